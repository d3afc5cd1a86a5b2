extension YAMLNode {
  /// Decodes a whole file whose top level is a mapping of the declared keys.
  ///
  /// - Parameters:
  ///   - spec: The keys of the top level.
  ///   - body: Builds the value from the keys; it always runs to its end.
  /// - Returns: What `body` built, when nothing is wrong.
  /// - Throws: ``ScenarioError`` with every problem found, in the order of the text.
  public func decoded<T>(as spec: MappingSpec, _ body: (MappingReader) -> T)
    throws(ScenarioError) -> T
  {
    let diagnostics = Diagnostics()
    let value = decoded(as: spec, into: diagnostics, body)
    try diagnostics.throwIfErrors()
    return value
  }

  /// Decodes a whole file and adds its problems to those of other parts.
  public func decoded<T>(
    as spec: MappingSpec, into diagnostics: Diagnostics, _ body: (MappingReader) -> T
  ) -> T {
    ValueReader(
      node: self, path: "", kind: .mapping(spec), location: location, diagnostics: diagnostics
    ).mapping(body)
  }
}

extension KeySpec {
  /// The default as a node that stands at the mapping which lacks the key.
  package func node(forDefault text: String, at location: Location) -> YAMLNode {
    .flow(text, at: location)
  }

  /// What keeps a default from being read as its own key's value.
  package func problems(withDefault text: String) -> [String] {
    let source = SourceFile(name: "default", text: text)
    let location = Location(source: source, line: 1, column: 1)
    let node = node(forDefault: text, at: location)
    let diagnostics = Diagnostics()
    let reader = ValueReader(
      node: node, path: name, kind: kind, location: location, diagnostics: diagnostics)
    reader.check()
    return diagnostics.sorted.map(\.message)
  }
}

extension ValueReader {
  /// Reads the value as whatever it was declared to be, for its problems alone.
  public func check() {
    switch kind {
    case .text: _ = text()
    case .flag: _ = flag()
    case .integer: _ = integer()
    case .decimal: _ = decimal()
    case .probability: _ = probability()
    case .rate: _ = rate()
    case .quantity(.duration, _): _ = duration()
    case .quantity(.bandwidth, _): _ = bandwidth()
    case .quantity(.size, _): _ = size()
    case .quantity(.hashRate, _): _ = hashRate()
    case .quantity(.price, _): _ = price()
    case .choice: _ = choice()
    case .list: _ = list { $0.check() }
    case .mapping: mapping { $0.checkAll() }
    case .entries: _ = entries { _, value in value.check() }
    case .either(let kinds): alternative(among: kinds)?.check()
    case .anything: break
    }
  }

  /// The alternative whose form the value has; reports when there is none.
  private func alternative(among kinds: [ValueKind]) -> ValueReader? {
    guard let form else { return nil }
    guard let kind = kinds.first(where: { $0.form == nil || $0.form == form }) else {
      mismatch(TextProblem(""))
      return nil
    }
    return ValueReader(
      node: node, path: path, kind: kind, location: location, diagnostics: diagnostics)
  }
}

extension MappingReader {
  /// Reads every written key as what it was declared to be, for its problems alone.
  public func checkAll() {
    for key in spec.keys { optional(key.name)?.check() }
  }
}

extension YAMLNode {
  /// The tree of a default value: a plain text, or a list or mapping in brackets without quotes.
  ///
  /// - Precondition: The brackets of the text match.
  package static func flow(_ text: String, at location: Location) -> YAMLNode {
    let isPlain = !text.utf8.contains { $0 == 0x20 || "[]{},".utf8.contains($0) }
    if isPlain { return YAMLNode(.scalar(text, isQuoted: false), at: location) }
    var rest = Substring(text)
    let node = flow(&rest, at: location)
    precondition(rest.isEmpty, "the default '\(text)' goes on after its end")
    return node
  }

  private static func flow(_ rest: inout Substring, at location: Location) -> YAMLNode {
    func skipBlanks() { rest = rest.drop { $0 == " " } }
    func takes(_ character: Character) -> Bool {
      skipBlanks()
      guard rest.first == character else { return false }
      rest.removeFirst()
      return true
    }
    if takes("[") {
      var items: [YAMLNode] = []
      while !takes("]") {
        precondition(!rest.isEmpty, "a list of a default has no end")
        items.append(flow(&rest, at: location))
        _ = takes(",")
      }
      return YAMLNode(.sequence(items), at: location)
    }
    if takes("{") {
      var entries: [Entry] = []
      while !takes("}") {
        let key = rest.prefix { $0 != ":" }
        precondition(key.count < rest.count, "a mapping of a default has no end")
        rest = rest[key.endIndex...].dropFirst()
        entries.append(
          Entry(key: String(key), location: location, value: flow(&rest, at: location)))
        _ = takes(",")
        skipBlanks()
      }
      return YAMLNode(.mapping(entries), at: location)
    }
    var text = rest.prefix { !",]}".contains($0) }
    rest = rest[text.endIndex...]
    while text.last == " " { text.removeLast() }
    return YAMLNode(.scalar(String(text), isQuoted: false), at: location)
  }
}
