/// One step into a tree of values.
package enum TreeStep: Hashable, Sendable {
  /// To the value of a key.
  case key(String)
  /// To an item of a list, from 0.
  case item(Int)
}

/// The way from the top of a tree to one of its values.
package typealias TreePath = [TreeStep]

extension TreePath {
  /// The keys on the way, with dots; which items of lists it passes does not show.
  package var keys: String {
    compactMap { if case .key(let name) = $0 { name } else { nil } }.joined(separator: ".")
  }
}

extension YAMLNode {
  /// The value at the end of a path.
  package func value(at path: ArraySlice<TreeStep>) -> YAMLNode? {
    guard let step = path.first else { return self }
    switch (step, content) {
    case (.key(let name), .mapping): return self[name]?.value(at: path.dropFirst())
    case (.item(let index), .sequence(let items)):
      return items.indices.contains(index) ? items[index].value(at: path.dropFirst()) : nil
    default: return nil
    }
  }

  /// The tree with another value at the end of a path, or without the value where it is nil.
  package func replacing(at path: ArraySlice<TreeStep>, by value: YAMLNode?) -> YAMLNode {
    guard let step = path.first else { return value ?? self }
    let isLast = path.count == 1
    var changed = self
    switch (step, content) {
    case (.key(let name), .mapping(var entries)):
      guard let place = entries.firstIndex(where: { $0.key == name }) else { return self }
      if isLast, value == nil {
        entries.remove(at: place)
      } else {
        entries[place].value = entries[place].value.replacing(at: path.dropFirst(), by: value)
      }
      changed.content = .mapping(entries)
    case (.item(let index), .sequence(var items)):
      guard items.indices.contains(index) else { return self }
      if isLast, value == nil {
        items.remove(at: index)
      } else {
        items[index] = items[index].replacing(at: path.dropFirst(), by: value)
      }
      changed.content = .sequence(items)
    default: break
    }
    return changed
  }

  /// The mapping with a key that has this value, at its old place or at the end.
  package func setting(_ key: String, to value: YAMLNode) -> YAMLNode {
    guard case .mapping(var entries) = content else { return self }
    if let place = entries.firstIndex(where: { $0.key == key }) {
      entries[place].value = value
    } else {
      entries.append(Entry(key: key, location: location, value: value))
    }
    return YAMLNode(.mapping(entries), at: location)
  }

  /// The mapping without some keys.
  package func removing(_ keys: [String]) -> YAMLNode {
    guard case .mapping(let entries) = content else { return self }
    return YAMLNode(.mapping(entries.filter { !keys.contains($0.key) }), at: location)
  }

  /// The mapping with its keys in the order in which they are declared.
  package func inOrder(of spec: MappingSpec) -> YAMLNode {
    let ordered = spec.keys.compactMap { key in entries.first { $0.key == key.name } }
    return YAMLNode(.mapping(ordered), at: location)
  }

  /// A scalar without quotes that stands where this value stood.
  package func scalar(_ text: String) -> YAMLNode {
    YAMLNode(.scalar(text, isQuoted: false), at: location)
  }

  /// The text of a scalar.
  package var scalarText: String? {
    if case .scalar(let text, _) = content { return text }
    return nil
  }

  /// The items of a list; none if it is something else.
  package var items: [YAMLNode] {
    if case .sequence(let items) = content { return items }
    return []
  }

  /// The entries of a mapping; none if it is something else.
  package var entries: [Entry] {
    if case .mapping(let entries) = content { return entries }
    return []
  }
}

/// A value of a scenario with what its key is declared to be.
package struct TreeSite {
  package var path: TreePath
  package var kind: ValueKind
  package var node: YAMLNode
  /// Whether its key may be left out; false for items of lists.
  package var isOptional: Bool
}

extension YAMLNode {
  /// Every value below, outer ones before inner ones, in the order of the text.
  package func sites(of spec: MappingSpec) -> [TreeSite] {
    var sites: [TreeSite] = []
    collect(.mapping(spec), [], into: &sites)
    return sites
  }

  private func collect(_ kind: ValueKind, _ path: TreePath, into sites: inout [TreeSite]) {
    switch kind {
    case .mapping(let spec):
      for entry in entries {
        guard let key = spec[entry.key] else { continue }
        var isOptional = true
        if case .required = key.presence { isOptional = false }
        entry.value.add(
          key.kind, path + [.key(entry.key)], isOptional: isOptional, into: &sites)
      }
    case .entries(let valueKind, _):
      for entry in entries {
        entry.value.add(valueKind, path + [.key(entry.key)], isOptional: true, into: &sites)
      }
    case .list(let itemKind, _):
      for (index, item) in items.enumerated() {
        item.add(itemKind, path + [.item(index)], isOptional: false, into: &sites)
      }
    default: break
    }
  }

  private func add(
    _ kind: ValueKind, _ path: TreePath, isOptional: Bool, into sites: inout [TreeSite]
  ) {
    var kind = kind
    if case .either(let kinds) = kind {
      kind = kinds.first { $0.form == form } ?? kinds.first { $0.form == nil } ?? kind
    }
    sites.append(TreeSite(path: path, kind: kind, node: self, isOptional: isOptional))
    collect(kind, path, into: &sites)
  }
}
