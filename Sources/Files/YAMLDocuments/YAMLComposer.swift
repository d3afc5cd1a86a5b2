import Notation
import Yams

/// Builds our tree from that of the YAML parser; nothing else here knows the parser.
package struct YAMLComposer {
  private let source: SourceFile
  private let diagnostics = Diagnostics()
  private var nodes = 0

  private init(_ source: SourceFile) { self.source = source }

  /// The tree of a text that passed ``TextCheck`` and ``YAMLScan``.
  package static func compose(_ source: SourceFile) throws(ScenarioError) -> YAMLNode {
    let root: Yams.Node?
    do {
      // The encoding is given, since its default would be read from the environment, and the basic
      // resolver leaves every scalar a text.
      let parser = try Yams.Parser(
        yaml: String(decoding: source.bytes, as: UTF8.self), resolver: .basic, encoding: .utf8)
      root = try parser.singleRoot()
    } catch {
      throw ScenarioError(YAMLProblem(error, in: source).diagnostic)
    }
    var composer = YAMLComposer(source)
    guard let root, let node = composer.node(root, depth: 0), !node.isNothing else {
      try composer.diagnostics.throwIfErrors()
      throw ScenarioError(
        Diagnostic("the file is empty", file: source.name, hint: "a scenario is a mapping of keys"))
    }
    try composer.diagnostics.throwIfErrors()
    return node
  }

  /// Converts a node; nil after a problem.
  private mutating func node(_ node: Yams.Node, depth: Int) -> YAMLNode? {
    nodes += 1
    let location = location(of: node)
    guard depth <= YAMLScan.depthAtMost, nodes <= 2 * YAMLScan.nodesAtMost else {
      diagnostics.error(
        depth > YAMLScan.depthAtMost
          ? "nested more than \(YAMLScan.depthAtMost) levels deep" : "too many values in one file",
        at: location, hint: "a scenario needs far less")
      return nil
    }
    switch node {
    case .scalar(let scalar):
      return YAMLNode(.scalar(scalar.string, isQuoted: scalar.style != .plain), at: location)
    case .sequence(let sequence):
      return YAMLNode(
        .sequence(sequence.compactMap { self.node($0, depth: depth + 1) }), at: location)
    case .mapping(let mapping):
      return YAMLNode(
        .mapping(mapping.compactMap { entry(key: $0.key, value: $0.value, depth: depth) }),
        at: location)
    case .alias:
      diagnostics.error("a YAML alias is not allowed in a scenario", at: location)
      return nil
    }
  }

  private mutating func entry(key: Yams.Node, value: Yams.Node, depth: Int) -> YAMLNode.Entry? {
    guard case .scalar(let scalar) = key else {
      diagnostics.error(
        "a collection cannot be a key", at: location(of: key), hint: "a key is a plain word")
      return nil
    }
    guard let value = node(value, depth: depth + 1) else { return nil }
    return YAMLNode.Entry(key: scalar.string, location: location(of: key), value: value)
  }

  private func location(of node: Yams.Node) -> Location {
    let mark = node.mark
    var length = 1
    if case .scalar(let scalar) = node, scalar.style == .plain {
      length = scalar.string.unicodeScalars.count
    }
    return Location(
      source: source, line: mark?.line ?? 1, column: mark?.column ?? 1, length: length)
  }
}
