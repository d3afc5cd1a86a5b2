extension ValueReader {
  /// Every item of a list, in order; an empty array after a problem.
  public func list<T>(_ body: (ValueReader) -> T) -> [T] {
    guard
      case .list(let itemKind, let count)? = declared({ if case .list = $0 { true } else { false } }
      ),
      let node
    else { return [] }
    guard case .sequence(let items) = node.content else {
      mismatch(TextProblem("", hint: bracketed(node, least: count.lowerBound)))
      return []
    }
    if !count.contains(items.count) {
      diagnostics.error(
        "\(label) must be \(kind.expectation), found \(items.count) items", path: path, at: location
      )
    }
    // Further items than there may be are reported as one problem and not read.
    return items.prefix(count.upperBound).enumerated().map { index, item in
      body(
        ValueReader(
          node: item, path: "\(path).\(index)", kind: itemKind, location: item.location,
          diagnostics: diagnostics))
    }
  }

  /// The list that a value without brackets most likely stands for: as many of it as there must be.
  private func bracketed(_ node: YAMLNode, least: Int) -> String? {
    guard case .scalar(let text, isQuoted: false) = node.content, !node.isNothing,
      text.unicodeScalars.count <= 40, least <= 4
    else { return nil }
    let items = [String](repeating: text, count: max(1, least))
    return "write '[\(items.joined(separator: ", "))]'"
  }

  /// A mapping with declared keys; `body` runs even after a problem, and reads placeholders then.
  public func mapping<T>(_ body: (MappingReader) -> T) -> T {
    guard
      case .mapping(let spec)? = declared({ if case .mapping = $0 { true } else { false } })
    else { preconditionFailure("'\(path)' is declared as another kind") }
    var entries: [YAMLNode.Entry]?
    if let node {
      if case .mapping(let found) = node.content {
        entries = found
      } else {
        mismatch(TextProblem(""))
      }
    }
    let reader = MappingReader(
      spec: spec, entries: entries, path: path, location: location, diagnostics: diagnostics)
    let value = body(reader)
    reader.finish()
    return value
  }

  /// Every entry of a mapping whose keys the user names, in the order of the text.
  public func entries<T>(_ body: (_ key: YAMLNode.Entry, _ value: ValueReader) -> T) -> [T] {
    guard
      case .entries(let valueKind, _)? = declared({ if case .entries = $0 { true } else { false } }),
      let node
    else { return [] }
    guard case .mapping(let entries) = node.content else {
      mismatch(TextProblem(""))
      return []
    }
    return entries.map { entry in
      body(
        entry,
        ValueReader(
          node: entry.value, path: "\(path).\(entry.key)", kind: valueKind,
          location: entry.value.location(orKey: entry.location), diagnostics: diagnostics))
    }
  }
}

extension YAMLNode {
  /// Where to point for this value: nothing was written at its own place when it is empty.
  package func location(orKey key: Location) -> Location { isNothing ? key : location }
}
