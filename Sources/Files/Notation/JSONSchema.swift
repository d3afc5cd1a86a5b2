/// Writes the JSON Schema (draft 2020-12) of a mapping, for editors.
///
/// The schema is a little wider than the decoder: it knows forms, words and plain ranges, not the
/// ranges of quantities.
public enum JSONSchema {
  /// The schema as a text that ends in a line feed, the same for the same declaration.
  public static func text(for spec: MappingSpec) -> String {
    var members: [(key: String, value: JSONText)] = [
      ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
      ("title", .string(spec.name)),
    ]
    members += self.members(of: spec)
    let nested = spec.nestedMappings
    if !nested.isEmpty {
      members.append(
        ("$defs", .object(nested.map { (key: $0.name, value: .object(self.members(of: $0))) })))
    }
    return JSONText.object(members).text() + "\n"
  }

  private static func members(of spec: MappingSpec) -> [(key: String, value: JSONText)] {
    var members: [(key: String, value: JSONText)] = [
      ("description", .string(spec.doc)), ("type", .string("object")),
      ("additionalProperties", .literal("false")),
    ]
    let required = spec.keys.filter { if case .required = $0.presence { true } else { false } }
    if !required.isEmpty {
      members.append(("required", .array(required.map { .string($0.name) })))
    }
    members.append(
      ("properties", .object(spec.keys.map { (key: $0.name, value: property($0)) })))
    let rules = spec.rules.flatMap(schemas)
    if !rules.isEmpty { members.append(("allOf", .array(rules))) }
    return members
  }

  private static func property(_ key: KeySpec) -> JSONText {
    var members: [(key: String, value: JSONText)] = [("description", .string(key.doc))]
    if case .defaulted(let text) = key.presence {
      let node = key.node(forDefault: text, at: .nowhere)
      members.append(("default", json(node, as: key.kind)))
    }
    return .object(members + schema(of: key.kind))
  }

  /// A default in JSON: numbers and flags are bare, everything else is a string.
  private static func json(_ node: YAMLNode, as kind: ValueKind) -> JSONText {
    switch node.content {
    case .mapping(let entries):
      return .object(entries.map { (key: $0.key, value: json($0.value, as: .text)) })
    case .sequence(let items):
      let itemKind = if case .list(let item, _) = kind { item } else { ValueKind.text }
      return .array(items.map { json($0, as: itemKind) })
    case .scalar(let text, _):
      switch kind {
      case .integer, .decimal, .flag: return .literal(text)
      case .probability where !text.contains("%"): return .literal(text)
      default: return .string(text)
      }
    }
  }

  private static func schema(of kind: ValueKind) -> [(key: String, value: JSONText)] {
    switch kind {
    case .text:
      // A text may look like a number or a flag: `figure: 8`.
      return [
        ("type", .array(["string", "number", "boolean"].map { .string($0) })),
        ("minLength", .literal("1")),
      ]
    case .flag: return [("type", .string("boolean"))]
    case .integer(let range):
      return [("type", .string("integer"))] + limits(range, lowest: .min, highest: .max)
    case .decimal(let range):
      return [("type", .string("number"))]
        + limits(range, lowest: -.greatestFiniteMagnitude, highest: .greatestFiniteMagnitude)
    case .probability:
      let number: JSONText = .object(
        [("type", .string("number"))] + limits(0...1, lowest: -1, highest: 2))
      let percentage = #"^(100(\.0+)?|[1-9]?[0-9](\.[0-9]+)?) *%$"#
      return [
        (
          "anyOf",
          .array([
            number, .object([("type", .string("string")), ("pattern", .string(percentage))]),
          ])
        )
      ]
    case .rate(let range): return pattern(units: ["/s", "per s"], isPositive: range.lowerBound > 0)
    case .quantity(let quantity, let range):
      return pattern(units: quantity.units.map(\.name), isPositive: range.lowerBound > 0)
    case .choice(let choices): return schema(of: choices)
    case .list(let item, let count):
      return [("type", .string("array")), ("items", .object(schema(of: item)))]
        + limits(count, lowest: 0, highest: .max, names: ("minItems", "maxItems"))
    case .mapping(let spec): return [("$ref", .string("#/$defs/\(spec.name)"))]
    case .entries(let value, _):
      return [
        ("type", .string("object")), ("additionalProperties", .object(schema(of: value))),
      ]
    case .either(let kinds): return [("anyOf", .array(kinds.map { .object(schema(of: $0)) }))]
    case .anything: return []
    }
  }

  private static func schema(of choices: [ValueKind.Choice])
    -> [(key: String, value: JSONText)]
  {
    guard choices.contains(where: { !$0.doc.isEmpty }) else {
      return [("enum", .array(choices.map { .string($0.name) }))]
    }
    let words: [JSONText] = choices.map {
      .object([("const", .string($0.name)), ("description", .string($0.doc))])
    }
    return [("oneOf", .array(words))]
  }

  private static func pattern(units: [String], isPositive: Bool)
    -> [(key: String, value: JSONText)]
  {
    let number = (isPositive ? #"(?!0(\.0*)?[^.0-9])"# : "") + #"(0|[1-9][0-9]*)(\.[0-9]+)?"#
    return [
      ("type", .string("string")),
      ("pattern", .string("^\(number) *(\(units.joined(separator: "|")))$")),
    ]
  }

  private static func limits<T: Comparable>(
    _ range: ClosedRange<T>, lowest: T, highest: T,
    names: (String, String) = ("minimum", "maximum")
  ) -> [(key: String, value: JSONText)] {
    var members: [(key: String, value: JSONText)] = []
    if range.lowerBound > lowest {
      members.append((names.0, .literal(ValueKind.plain(range.lowerBound))))
    }
    if range.upperBound < highest {
      members.append((names.1, .literal(ValueKind.plain(range.upperBound))))
    }
    return members
  }

  private static func schemas(of rule: MappingSpec.Rule) -> [JSONText] {
    func required(_ keys: [String]) -> JSONText {
      .object([("required", .array(keys.map { .string($0) }))])
    }
    switch rule {
    case .exactlyOne(let keys): return [.object([("oneOf", .array(keys.map { required([$0]) }))])]
    case .atMostOne(let keys):
      return keys.indices.flatMap { first in
        keys[(first + 1)...].map { .object([("not", required([keys[first], $0]))]) }
      }
    }
  }
}

extension MappingSpec {
  /// Every mapping inside this one, each once, in the order of its first mention.
  package var nestedMappings: [MappingSpec] {
    var found: [MappingSpec] = []
    func visit(_ spec: MappingSpec) {
      for key in spec.keys {
        key.kind.forEachMapping { nested in
          guard !found.contains(where: { $0.name == nested.name }) else { return }
          found.append(nested)
          visit(nested)
        }
      }
    }
    visit(self)
    return found
  }
}
