import Notation

/// A value that replaces another at a key path: one `--set` argument, or one point of a sweep.
///
/// Key and value keep the places where they were written, so that an error points at the argument
/// or into the sweep and not at what was replaced.
public struct Substitution: Sendable {
  /// One step of a key path: a key, or the index of a list item from 0.
  package struct Step: Sendable {
    package let name: String
    package let location: Location
  }

  package let steps: [Step]

  /// The new value.
  public let value: YAMLNode

  /// The key path with dots, such as `faults.0.from`.
  public var path: String { steps.map(\.name).joined(separator: ".") }

  /// Where the key path was written.
  package var location: Location { steps.first?.location ?? value.location }

  /// Puts a value at a key path that was written at `location`.
  public init(path: String, at location: Location, value: YAMLNode) {
    var column = location.column
    steps = path.split(separator: ".", omittingEmptySubsequences: false).map { name in
      let length = name.unicodeScalars.count
      let step = Step(
        name: String(name),
        location: Location(
          source: location.source, line: location.line, column: column, length: length))
      column += length + 1
      return step
    }
    self.value = value
  }

  /// The option that sets a key.
  public static let settingFlag = "--set"

  /// Reads `key.path=value` as given to a flag; nil after a problem.
  ///
  /// The value is a scalar, or a list or mapping in brackets; blanks around it do not count. Errors
  /// name the flag as the file, and the column in the argument.
  public init?(argument: String, of flag: String = settingFlag, into diagnostics: Diagnostics) {
    let source = SourceFile(name: flag, text: argument)
    let start = Location(source: source, line: 1, column: 1)
    guard let equals = argument.firstIndex(of: "=") else {
      diagnostics.error(
        "no '=' in '\(argument)'", at: start, hint: "write \(flag) key.path=value")
      return nil
    }
    if argument.contains("\n") {
      diagnostics.error("a line end in the argument", at: start, hint: "write one line")
      return nil
    }
    let raw = argument[argument.index(after: equals)...]
    let text = raw.drop { $0 == " " }
    let column = argument[..<text.startIndex].unicodeScalars.count + 1
    var value = text
    while value.last == " " { value.removeLast() }
    var path = argument[..<equals]
    while path.last == " " { path.removeLast() }
    guard !path.split(separator: ".", omittingEmptySubsequences: false).contains(""), !value.isEmpty
    else {
      let what = value.isEmpty ? "no value behind '='" : "an empty step in the key path"
      diagnostics.error(what, at: start, hint: "write \(flag) key.path=value")
      return nil
    }
    let location = Location(
      source: source, line: 1, column: column, length: value.unicodeScalars.count)
    guard value.first == "[" || value.first == "{" else {
      self.init(
        path: String(path), at: start,
        value: YAMLNode(.scalar(String(value), isQuoted: false), at: location))
      return
    }
    guard let collection = Self.collection(value, in: source, at: column, into: diagnostics) else {
      return nil
    }
    self.init(path: String(path), at: start, value: collection)
  }

  /// A list or mapping in brackets; nil after a problem.
  private static func collection(
    _ text: Substring, in source: SourceFile, at column: Int, into diagnostics: Diagnostics
  ) -> YAMLNode? {
    // Blanks in the place of the key keep the columns.
    let padding = String(repeating: " ", count: column - 1)
    do throws(ScenarioError) {
      return try YAMLDocument.load(SourceFile(name: source.name, text: padding + text))
        .moved(to: source)
    } catch {
      for problem in error.diagnostics {
        let column = problem.location?.column ?? column
        diagnostics.error(
          problem.message, at: Location(source: source, line: 1, column: column), hint: problem.hint
        )
      }
      return nil
    }
  }
}

extension YAMLNode {
  /// The tree as if it stood at the same places of another text.
  fileprivate func moved(to source: SourceFile) -> YAMLNode {
    func moved(_ place: Location) -> Location {
      Location(source: source, line: place.line, column: place.column, length: place.length)
    }
    switch content {
    case .scalar: return YAMLNode(content, at: moved(location))
    case .sequence(let items):
      return YAMLNode(.sequence(items.map { $0.moved(to: source) }), at: moved(location))
    case .mapping(let entries):
      let places = entries.map {
        Entry(key: $0.key, location: moved($0.location), value: $0.value.moved(to: source))
      }
      return YAMLNode(.mapping(places), at: moved(location))
    }
  }

  /// The tree with some values replaced or added, in order, so that a later one wins.
  ///
  /// A path must exist in the declaration of the file: keys that are declared and not written are
  /// added with the mappings around them, list items must exist. A path that does not is reported
  /// and changes nothing. Whether the new values fit is found by decoding the result.
  public func substituting(
    _ substitutions: [Substitution], in spec: MappingSpec, into diagnostics: Diagnostics
  ) -> YAMLNode {
    substitutions.reduce(self) { tree, substitution in
      let editor = TreeEditor(substitution: substitution, diagnostics: diagnostics)
      return editor.replaced(tree, of: .mapping(spec), from: 0) ?? tree
    }
  }
}

/// Walks down a tree and its declaration along one key path.
private struct TreeEditor {
  package let substitution: Substitution
  package let diagnostics: Diagnostics

  /// The node with the value put in at the steps from `index`; nil after a problem.
  package func replaced(_ node: YAMLNode?, of kind: ValueKind, from index: Int) -> YAMLNode? {
    guard index < substitution.steps.count else { return substitution.value }
    switch kind {
    case .mapping(let spec): return replacedKey(in: node, of: spec, from: index)
    case .entries(let valueKind, _):
      return replacedEntry(in: node, of: valueKind, from: index)
    case .list(let itemKind, _): return replacedItem(in: node, of: itemKind, from: index)
    case .either(let kinds):
      let collections = kinds.filter { $0.form != .scalar }
      let written = collections.first { $0.form != nil && $0.form == node?.form }
      guard let chosen = written ?? collections.first else { return refuse(kind, at: index) }
      return replaced(written == nil ? nil : node, of: chosen, from: index)
    default: return refuse(kind, at: index)
    }
  }

  private func replacedKey(in node: YAMLNode?, of spec: MappingSpec, from index: Int) -> YAMLNode? {
    let step = substitution.steps[index]
    guard let key = spec[step.name] else {
      let names = spec.keys.map(\.name)
      let place = index == 0 ? "at the top level" : "in '\(pathBefore(index))'"
      diagnostics.error(
        "unknown key '\(step.name)' \(place)", at: step.location,
        hint: spec.hint(forMisplaced: step.name)
          ?? nearestName(to: step.name, among: names).map { "did you mean '\($0)'?" }
          ?? "allowed: \(listed(names, or: "and"))")
      return nil
    }
    return replacedEntry(in: node, of: key.kind, from: index)
  }

  private func replacedEntry(in node: YAMLNode?, of kind: ValueKind, from index: Int) -> YAMLNode? {
    let step = substitution.steps[index]
    var entries: [YAMLNode.Entry] = []
    if let node, !node.isNothing {
      // A value of the wrong form stays, for the decoder to report it.
      guard case .mapping(let found) = node.content else { return node }
      entries = found
    }
    let place = entries.firstIndex { $0.key == step.name }
    guard
      let value = replaced(place.map { entries[$0].value }, of: kind, from: index + 1)
    else { return nil }
    if let place {
      entries[place].value = value
      if index + 1 == substitution.steps.count { entries[place].location = step.location }
    } else {
      entries.append(YAMLNode.Entry(key: step.name, location: step.location, value: value))
    }
    return YAMLNode(.mapping(entries), at: node?.location ?? step.location)
  }

  private func replacedItem(in node: YAMLNode?, of kind: ValueKind, from index: Int) -> YAMLNode? {
    let step = substitution.steps[index]
    var items: [YAMLNode] = []
    if case .sequence(let found)? = node?.content { items = found }
    // One item has one name, so that no two key paths mean the same.
    guard let item = Int(step.name), items.indices.contains(item), String(item) == step.name
    else {
      let range =
        items.isEmpty ? "it is empty" : "items are 0 to \(items.count - 1)"
      diagnostics.error(
        "no item '\(step.name)' in the list '\(pathBefore(index))': \(range)", at: step.location)
      return nil
    }
    guard let value = replaced(items[item], of: kind, from: index + 1) else { return nil }
    items[item] = value
    return YAMLNode(.sequence(items), at: node?.location ?? step.location)
  }

  private func refuse(_ kind: ValueKind, at index: Int) -> YAMLNode? {
    diagnostics.error(
      "'\(pathBefore(index))' is \(kind.expectation), and has no key",
      at: substitution.steps[index].location, hint: "write '\(pathBefore(index))=...'")
    return nil
  }

  private func pathBefore(_ index: Int) -> String {
    substitution.steps.prefix(index).map(\.name).joined(separator: ".")
  }
}
