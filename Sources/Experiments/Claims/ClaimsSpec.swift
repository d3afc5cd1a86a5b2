/// The keys of a file of claims: what the paper says, and which number of which result file decides.
public enum ClaimsSpec {
  /// The whole file.
  public static let file = MappingSpec(
    "claims", "What the paper claims, and how results judge it.",
    keys: [.required("claims", .list(of: .mapping(claim), count: 1...500), "The claims.")])

  static let claim = MappingSpec(
    "claim", "One statement of the paper that a number can bear out or not.",
    keys: [
      .required("id", .text, "The number of the claim; several entries may share one."),
      .required("where", .text, "The section or figure of the paper."),
      .required("says", .text, "The paper's words in short."),
      .required(
        "kind",
        .choice([
          .init("emergent", "The number comes out of the model by itself."),
          .init("calibrated", "A parameter was chosen with this number in view."),
          .init("assumed", "The number is an input."),
        ]), "Where our number comes from."),
      .optional("value", .mapping(quantity), "What is measured."),
      .optional("over", .mapping(quantity), "What it is compared with."),
      .key(
        "relation",
        .choice([
          .init("ratio", "Value over the other."),
          .init("gain", "That ratio less one, in percent."),
          .init("difference", "Value less the other."),
        ]), default: "ratio", "How `value` and `over` are related."),
      .key(
        "paired-by", .list(of: .text), default: "[]",
        "Columns by whose values rows are paired before they are related."),
      .key(
        "statistic",
        .choice([
          .init("mean", "The mean of all rows."), .init("min", "The least."),
          .init("max", "The largest."), .init("sum", "The sum."),
          .init("zeros", "How many rows are 0."),
        ]), default: "mean", "How rows become one number."),
      .optional("at-least", .decimal(-1e12...1e12), "The least value that bears the claim out."),
      .optional("at-most", .decimal(-1e12...1e12), "The largest value that bears it out."),
      .key("unit", .text, default: "-", "The unit of the number, for people."),
      .key("digits", .integer(0...9), default: "3", "Decimals of the number in tables."),
      .optional("not-testable", .text, "Why no run can decide it."),
      .key(
        "expect",
        .choice([
          .init("holds", "Anything else fails `consim claims`."),
          .init("does-not-hold", "A gap that is known and reported."),
        ]), default: "holds", "Our finding so far."),
      .optional("note", .text, "What one should know about the verdict."),
    ], rules: [.exactlyOne(["value", "not-testable"])])

  static let quantity = MappingSpec(
    "quantity", "A column of some rows of a result file.",
    keys: [
      .required("file", .text, "The result file, without `.csv`."),
      .required("column", .text, "The column."),
      .key(
        "rows", .entries(of: .text, keyName: "column"), default: "{}",
        "The values that rows must have; `!x` stands for anything but x."),
    ])
}

/// One claim as declared.
struct Claim: Sendable {
  struct Quantity: Sendable {
    var file: String
    var column: String
    var rows: [(column: String, value: String)]
    var location: Location
  }

  var id: String
  var place: String
  var says: String
  var kind: String
  var value: Quantity?
  var over: Quantity?
  var relation: String
  var pairing: [String]
  var statistic: String
  var least: Double?
  var most: Double?
  var unit: String
  var digits: Int
  var reason: String?
  var expectation: String
  var note: String

  init(_ reader: MappingReader) {
    id = reader["id"].text()
    place = reader["where"].text()
    says = reader["says"].text()
    kind = reader["kind"].choice()
    reason = reader.optional("not-testable")?.text()
    value = reader.optional("value").map { Self.quantity($0) }
    over = reader.optional("over").map { Self.quantity($0) }
    relation = reader["relation"].choice()
    pairing = reader["paired-by"].list { $0.text() }
    statistic = reader["statistic"].choice()
    least = reader.optional("at-least")?.decimal()
    most = reader.optional("at-most")?.decimal()
    unit = reader["unit"].text()
    digits = reader["digits"].integer()
    expectation = reader["expect"].choice()
    note = reader.optional("note")?.text() ?? ""
    if value != nil, least == nil, most == nil {
      reader.error("a claim with a value needs 'at-least', 'at-most' or both", at: "id")
    }
  }

  private static func quantity(_ reader: ValueReader) -> Quantity {
    let location = reader.place
    return reader.mapping { quantity in
      Quantity(
        file: quantity["file"].text(), column: quantity["column"].text(),
        rows: quantity["rows"].entries { entry, value in (entry.key, value.text()) },
        location: location)
    }
  }

  /// The band as people read it.
  var band: String {
    func text(_ value: Double) -> String { Cell.decimal(value, digits: digits).text }
    return switch (least, most) {
    case (let least?, let most?):
      least == most ? "= \(text(least))" : "\(text(least)) to \(text(most))"
    case (let least?, nil): ">= \(text(least))"
    case (nil, let most?): "<= \(text(most))"
    case (nil, nil): "-"
    }
  }
}
