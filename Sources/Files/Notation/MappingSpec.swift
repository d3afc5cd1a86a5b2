/// A key of a mapping: its name, what its value must be, and what it means.
public struct KeySpec: Sendable {
  /// What happens when a key is not written.
  public enum Presence: Sendable {
    /// It must be written.
    case required
    /// The decoder gets nothing.
    case optional
    /// The decoder gets this text, read by the same rules; `[]` and `{}` are empty collections.
    case defaulted(String)
  }

  /// The name, a kebab-case noun.
  public let name: String

  /// What the value must be.
  public let kind: ValueKind

  /// What happens when it is not written.
  public let presence: Presence

  /// What it means, in one sentence.
  public let doc: String

  /// What a run must have for the key to have an effect; nil where every run has it.
  package private(set) var need: Need?

  /// The key with a condition of its effect.
  package func needing(_ need: Need) -> KeySpec {
    var key = self
    key.need = need
    return key
  }

  /// A key that must be written.
  public static func required(_ name: String, _ kind: ValueKind, _ doc: String) -> KeySpec {
    KeySpec(name: name, kind: kind, presence: .required, doc: doc)
  }

  /// A key that may be left out, which means something of its own.
  public static func optional(_ name: String, _ kind: ValueKind, _ doc: String) -> KeySpec {
    KeySpec(name: name, kind: kind, presence: .optional, doc: doc)
  }

  /// A key that may be left out, which means the same as `fallback`.
  public static func key(_ name: String, _ kind: ValueKind, default fallback: String, _ doc: String)
    -> KeySpec
  {
    KeySpec(name: name, kind: kind, presence: .defaulted(fallback), doc: doc)
  }
}

/// The keys of one kind of mapping.
///
/// It is declared once; from it come the checks for unknown, missing and conflicting keys, the JSON
/// Schema (``JSONSchema``) and the table of keys (``KeyTable``).
public struct MappingSpec: Sendable {
  /// Which keys go together.
  public enum Rule: Sendable {
    /// One of these keys is written and no other of them.
    case exactlyOne([String])
    /// No two of these keys are written.
    case atMostOne([String])
  }

  /// What this kind of mapping is called in schema and tables, a kebab-case noun.
  public let name: String

  /// What it describes, in one sentence.
  public let doc: String

  /// The keys in the order of the documentation.
  public let keys: [KeySpec]

  /// Which keys go together.
  public let rules: [Rule]

  /// What a run must have for such an item of a list to have an effect; nil where every run has it.
  package let need: Need?

  /// Declares a kind of mapping.
  public init(_ name: String, _ doc: String, keys: [KeySpec], rules: [Rule] = []) {
    self.init(name, doc, keys: keys, rules: rules, need: nil)
  }

  /// Declares a kind of mapping whose items have an effect in some runs only.
  package init(_ name: String, _ doc: String, keys: [KeySpec], rules: [Rule], need: Need?) {
    self.need = need
    self.name = name
    self.doc = doc
    self.keys = keys
    self.rules = rules
  }

  /// The declaration of a key.
  public subscript(name: String) -> KeySpec? {
    // In place: an iterator copies every declaration.
    let length = name.utf8.count
    for place in keys.indices
    where keys[place].name.utf8.count == length && keys[place].name == name {
      return keys[place]
    }
    return nil
  }

  /// What is wrong with the declaration itself, for a unit test: names, sentences, defaults that
  /// cannot be read, rules about unknown keys, and two mappings of one name.
  public var flaws: [String] {
    var flaws: [String] = []
    var seen: [String: [String]] = [:]
    collectFlaws(into: &flaws, seen: &seen)
    return flaws
  }

  private func collectFlaws(into flaws: inout [String], seen: inout [String: [String]]) {
    let names = keys.map(\.name)
    if let other = seen[name] {
      if other != names { flaws.append("two different mappings are called '\(name)'") }
      return
    }
    seen[name] = names
    if !Self.isSentence(doc) { flaws.append("'\(name)': the doc is no sentence") }
    for (index, key) in keys.enumerated() {
      let place = "'\(name).\(key.name)'"
      if !Self.isKebab(key.name) { flaws.append("\(place): not kebab-case") }
      if names.prefix(index).contains(key.name) { flaws.append("\(place): declared twice") }
      if !Self.isSentence(key.doc) { flaws.append("\(place): the doc is no sentence") }
      if case .defaulted(let text) = key.presence {
        let problems = key.problems(withDefault: text)
        flaws += problems.map { "\(place): default '\(text)': \($0)" }
      }
      key.kind.forEachMapping { $0.collectFlaws(into: &flaws, seen: &seen) }
    }
    for rule in rules {
      for name in rule.keys where self[name] == nil {
        flaws.append("'\(self.name)': a rule names the unknown key '\(name)'")
      }
    }
  }

  private static func isKebab(_ name: String) -> Bool {
    !name.isEmpty && name.first != "-" && name.last != "-"
      && name.utf8.allSatisfy {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
      }
  }

  private static func isSentence(_ text: String) -> Bool { text.hasSuffix(".") && text.count > 3 }
}

extension MappingSpec.Rule {
  /// The keys the rule is about.
  package var keys: [String] {
    switch self {
    case .exactlyOne(let keys), .atMostOne(let keys): keys
    }
  }
}

extension ValueKind {
  /// Calls `body` with every mapping directly inside this kind, in order.
  package func forEachMapping(_ body: (MappingSpec) -> Void) {
    switch self {
    case .mapping(let spec): body(spec)
    case .list(let kind, _), .entries(let kind, _): kind.forEachMapping(body)
    case .either(let kinds): for kind in kinds { kind.forEachMapping(body) }
    default: break
    }
  }
}

extension MappingSpec {
  /// Where a key belongs that is unknown here and declared one level below; nil if it is nowhere.
  package func hint(forMisplaced name: String) -> String? {
    let homes = keys.filter { key in
      guard case .mapping(let spec) = key.kind else { return false }
      return spec[name] != nil
    }
    guard let home = homes.first, homes.count == 1 else { return nil }
    return "it belongs into '\(home.name)': write '\(home.name).\(name)'"
  }
}
