/// Writes the tables of keys for the documentation, in Markdown.
public enum KeyTable {
  /// A section for the mapping itself and for every mapping inside it, each with one row a key.
  public static func markdown(for spec: MappingSpec) -> String {
    ([spec] + spec.nestedMappings).map(section).joined(separator: "\n")
  }

  private static func section(for spec: MappingSpec) -> String {
    let rows = spec.keys.map { key in
      let fallback =
        switch key.presence {
        case .required: "required"
        case .optional: ""
        case .defaulted(let text): "`\(text)`"
        }
      return [
        "`\(key.name)`", summary(of: key.kind), fallback, key.doc + choices(of: key.kind),
      ]
    }
    let lines = rows.map { row in
      "| " + row.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }
    return """
      ### \(spec.name)

      \(spec.doc)

      | key | value | default | meaning |
      | --- | --- | --- | --- |
      \(lines.joined(separator: "\n"))

      """
  }

  private static func summary(of kind: ValueKind) -> String {
    switch kind {
    case .mapping(let spec): "[\(spec.name)](#\(spec.name))"
    case .list(let item, _): "list of " + summary(of: item)
    case .entries(let value, let keyName): "by \(keyName): " + summary(of: value)
    case .either(let kinds): kinds.map(summary).joined(separator: ", or ")
    case .choice(let choices): choices.map { "`\($0.name)`" }.joined(separator: ", ")
    default: kind.expectation.replacing("'", with: "`")
    }
  }

  private static func choices(of kind: ValueKind) -> String {
    guard case .choice(let choices) = kind, choices.contains(where: { !$0.doc.isEmpty }) else {
      return ""
    }
    return choices.map { " `\($0.name)`: \($0.doc)" }.joined()
  }
}
