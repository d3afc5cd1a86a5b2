/// Reads the keys of one mapping by name.
///
/// Unknown, missing and conflicting keys are reported when the reader is made. When it is done, keys
/// that were written and never read are reported too: what has no effect is a mistake, not a comment.
/// It is a class because it remembers which keys were read.
public final class MappingReader {
  /// The declared keys.
  public let spec: MappingSpec

  /// The key path of the mapping, empty for the whole file.
  public let path: String

  /// Where the mapping itself is pointed at: its key, or its beginning.
  public let location: Location

  private let diagnostics: Diagnostics
  private let entries: [YAMLNode.Entry]
  private let isPlaceholder: Bool
  private let errorsBefore: Int
  private var readKeys: [String] = []

  package init(
    spec: MappingSpec, entries: [YAMLNode.Entry]?, path: String, location: Location,
    diagnostics: Diagnostics
  ) {
    self.spec = spec
    self.entries = entries ?? []
    self.isPlaceholder = entries == nil
    self.path = path
    self.location = location
    self.diagnostics = diagnostics
    self.errorsBefore = diagnostics.errorCount
    guard !isPlaceholder else { return }
    reportUnknownKeys()
    reportMissingKeys()
    reportConflicts()
  }

  /// The value of a key, or its default where it is not written.
  ///
  /// - Precondition: The key is declared, and declared as required or with a default.
  public subscript(key: String) -> ValueReader {
    let declared = declaration(of: key)
    if let written = optional(declared) { return written }
    if case .optional = declared.presence {
      preconditionFailure("'\(pathOf(key))' is optional and has no default: use optional(_:)")
    }
    guard case .defaulted(let text) = declared.presence, !isPlaceholder else {
      return reader(nil, for: declared, at: location)
    }
    return reader(declared.node(forDefault: text, at: location), for: declared, at: location)
  }

  /// The value of a key, or nil where it is not written.
  ///
  /// - Precondition: The key is declared.
  public func optional(_ key: String) -> ValueReader? { optional(declaration(of: key)) }

  /// Whether a key is written.
  ///
  /// - Precondition: The key is declared.
  public func has(_ key: String) -> Bool {
    _ = declaration(of: key)
    return entries.contains { $0.key == key }
  }

  /// Whether the values of these keys were read without a problem, inside them too.
  ///
  /// Ask before values are compared with each other: a wrong value was replaced by a placeholder,
  /// and what that contradicts is no mistake of the user's.
  ///
  /// - Precondition: The keys are declared and were read.
  public func isSound(_ keys: String...) -> Bool {
    !isPlaceholder
      && keys.allSatisfy { diagnostics.isSound(pathOf(declaration(of: $0).name)) }
  }

  /// What is written in one line, but for some keys.
  package func text(without keys: [String]) -> String {
    YAMLText.flow(
      .made(entries.filter { !keys.contains($0.key) }.map { (key: $0.key, value: $0.value) }))
  }

  /// Where the value of a key is written, or else the mapping.
  package func location(of key: String) -> Location {
    entries.first { $0.key == key }.map { $0.value.location(orKey: $0.location) } ?? location
  }

  /// Reports a problem that no single value shows, at the value of a key or at the mapping.
  public func error(_ message: String, at key: String? = nil, hint: String? = nil) {
    guard !isPlaceholder else { return }
    diagnostics.error(message, at: key.map(location(of:)) ?? location, hint: hint)
  }

  /// Reports a problem at an item of a list, or at the value of the key where that is no list.
  package func error(_ message: String, at key: String, item: Int, hint: String? = nil) {
    let items = entries.first { $0.key == key }?.value.items ?? []
    guard items.indices.contains(item) else { return error(message, at: key, hint: hint) }
    error(message, at: items[item].location, hint: hint)
  }

  /// Reports a problem at a place inside the mapping.
  package func error(_ message: String, at location: Location, hint: String? = nil) {
    guard !isPlaceholder else { return }
    diagnostics.error(message, at: location, hint: hint)
  }

  /// Reports what was written and has no effect, unless other problems may be the reason.
  package func finish() {
    guard !isPlaceholder, diagnostics.errorCount == errorsBefore else { return }
    for entry in entries where !readKeys.contains(entry.key) {
      diagnostics.error(
        "'\(pathOf(entry.key))' has no effect here", at: entry.location,
        hint: "remove it, or change what makes it pointless")
    }
  }

  /// Takes every key as read: this reader decodes a part of the mapping, others decode the rest.
  package func ignoreUnread() { readKeys = spec.keys.map(\.name) }

  /// The declared keys that were not read, for the test of a decoder.
  public var unreadKeys: [String] {
    spec.keys.map(\.name).filter { !readKeys.contains($0) }
  }
}

extension MappingReader {
  private func declaration(of key: String) -> KeySpec {
    guard let declared = spec[key] else {
      preconditionFailure("'\(spec.name)' does not declare the key '\(key)'")
    }
    return declared
  }

  private func optional(_ declared: KeySpec) -> ValueReader? {
    if !readKeys.contains(declared.name) { readKeys.append(declared.name) }
    guard let entry = entries.first(where: { $0.key == declared.name }) else { return nil }
    return reader(
      entry.value, for: declared, at: entry.value.location(orKey: entry.location))
  }

  private func reader(_ node: YAMLNode?, for key: KeySpec, at location: Location) -> ValueReader {
    ValueReader(
      node: node, path: pathOf(key.name), kind: key.kind, location: location,
      diagnostics: diagnostics)
  }

  private func pathOf(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  private func reportUnknownKeys() {
    let names = spec.keys.map(\.name)
    for entry in entries where !names.contains(entry.key) {
      let place = path.isEmpty ? "at the top level" : "in '\(path)'"
      // Past what is kept, problems are only counted.
      let nearest =
        diagnostics.count < Diagnostics.keptAtMost ? nearestName(to: entry.key, among: names) : nil
      let hint =
        spec.hint(forMisplaced: entry.key) ?? nearest.map { "did you mean '\($0)'?" }
        ?? "allowed: \(listed(names, or: "and"))"
      diagnostics.error(
        "unknown key '\(entry.key)' \(place)", path: pathOf(entry.key), at: entry.location,
        hint: hint)
    }
  }

  private func reportMissingKeys() {
    for key in spec.keys {
      guard case .required = key.presence, !entries.contains(where: { $0.key == key.name }) else {
        continue
      }
      let place = path.isEmpty ? "the file" : "'\(path)'"
      diagnostics.error(
        "\(place) lacks the key '\(key.name)': \(key.kind.expectation)", path: pathOf(key.name),
        at: location,
        hint: key.doc)
    }
  }

  private func reportConflicts() {
    let place = path.isEmpty ? "the file" : "'\(path)'"
    for rule in spec.rules {
      let written = entries.filter { rule.keys.contains($0.key) }
      if written.count > 1 {
        let first = written[0]
        for entry in written.dropFirst() {
          diagnostics.error(
            "'\(entry.key)' cannot stand beside '\(first.key)'", path: pathOf(entry.key),
            at: entry.location,
            hint: "keep one of \(listed(rule.keys))")
        }
      } else if case .exactlyOne(let keys) = rule, written.isEmpty {
        diagnostics.error("\(place) needs one of the keys \(listed(keys))", at: location)
      }
    }
  }
}
