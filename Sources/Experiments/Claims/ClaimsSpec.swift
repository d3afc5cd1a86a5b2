import Notation
import Tables

/// The keys of a file of claims: what the paper says, and which number of which result file decides.
public enum ClaimsSpec {
  /// The whole file.
  public static let file = MappingSpec(
    "claims", "What the paper claims, and how results judge it.",
    keys: [.required("claims", .list(of: .mapping(claim), count: 1...500), "The claims.")])

  /// A file for `consim judge`: any numbers, of whatever origin.
  public static let judged = MappingSpec(
    "judgements", "What numbers of tables must be, and how they are found.",
    keys: [.required("claims", .list(of: .mapping(judgement), count: 1...500), "The claims.")])

  static let claim = MappingSpec(
    "claim", "One statement of the paper that a number can bear out or not.",
    keys: [id] + origin.map { KeySpec.required($0.name, $0.kind, $0.doc) } + judging, rules: rules)

  static let judgement = MappingSpec(
    "judgement", "One statement that a number can bear out or not.",
    keys: [id] + origin.map { KeySpec.optional($0.name, $0.kind, $0.doc) } + judging, rules: rules)

  private static let id = KeySpec.required(
    "id", .text, "The number of the claim; several entries may share one.")

  /// Where a claim comes from; a paper's has all three.
  private static let origin: [(name: String, kind: ValueKind, doc: String)] = [
    ("where", .text, "The section or figure of the paper."),
    ("says", .text, "The paper's words in short."),
    (
      "kind",
      .choice([
        .init("emergent", "The number comes out of the model by itself."),
        .init("rule", "It holds by construction: a run only shows the rule at work."),
        .init("calibrated", "A parameter was chosen with this number in view."),
        .init("assumed", "The number is an input."),
      ]), "Where our number comes from."
    ),
  ]

  /// How a claim is judged.
  private static let judging: [KeySpec] = [
    .optional("value", .mapping(quantity), "What is measured."),
    .optional("over", .mapping(quantity), "What it is compared with."),
    .optional(
      "readings", .list(of: .mapping(reading), count: 2...20),
      "The ways to read the claim; where their verdicts differ, the verdict is `depends`."),
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
        .init("lower-95", "The lower end of the mean's 95 % confidence interval."),
        .init("upper-95", "The upper end."),
        .init("half-width-95", "Half of its width."),
      ]), default: "mean", "How rows become one number."),
    .optional("at-least", .decimal(-1e12...1e12), "The least value that bears the claim out."),
    .optional("at-most", .decimal(-1e12...1e12), "The largest value that bears it out."),
    .key("unit", .text, default: "-", "The unit of the number, for people."),
    .key("digits", .integer(0...9), default: "3", "Decimals of the number in tables."),
    .optional("not-testable", .text, "Why no run can decide it."),
    .key("expect", .choice(expectations), default: "holds", "Our finding so far."),
    .optional("note", .text, "What one should know about the verdict."),
  ]

  private static let rules: [MappingSpec.Rule] = [
    .exactlyOne(["value", "readings", "not-testable"])
  ]

  static let reading = MappingSpec(
    "reading", "One way to read a claim. Keys that it leaves out have the claim's values.",
    keys: [
      .required("reading", .text, "The reading in short."),
      .required("value", .mapping(quantity), "What is measured."),
      .optional("over", .mapping(quantity), "What it is compared with."),
      .optional("at-least", .decimal(-1e12...1e12), "The least value that bears the claim out."),
      .optional("at-most", .decimal(-1e12...1e12), "The largest value that bears it out."),
      .optional("expect", .choice(expectations), "Our finding so far."),
      .optional("note", .text, "What one should know about this reading."),
    ])

  private static let expectations: [ValueKind.Choice] = [
    .init("holds", "Anything else makes the exit code 2."),
    .init("does-not-hold", "A gap that is known and reported."),
  ]

  static let quantity = MappingSpec(
    "quantity", "A column of some rows of a result file.",
    keys: [
      .required(
        "file", .text,
        "The result file, without `.csv`; `consim judge` also takes a path that ends in `.csv`."),
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

  /// One number and the band that decides about it.
  struct Reading: Sendable {
    /// Empty for the only reading of a claim.
    var name: String
    var value: Quantity
    var over: Quantity?
    var least: Double?
    var most: Double?
    var isExpectedToHold: Bool
    var note: String
  }

  var id: String
  var place: String
  var says: String
  var kind: String
  /// Empty where no run can decide.
  var readings: [Reading]
  var relation: String
  var pairing: [String]
  var statistic: String
  var unit: String
  var digits: Int
  var reason: String?
  var note: String

  init(_ reader: MappingReader) {
    id = reader["id"].text()
    place = reader.optional("where")?.text() ?? ""
    says = reader.optional("says")?.text() ?? ""
    kind = reader.optional("kind")?.choice() ?? ""
    reason = reader.optional("not-testable")?.text()
    relation = reader["relation"].choice()
    pairing = reader["paired-by"].list { $0.text() }
    statistic = reader["statistic"].choice()
    unit = reader["unit"].text()
    digits = reader["digits"].integer()
    note = reader.optional("note")?.text() ?? ""
    readings = Self.readings(reader)
    let isOfInterval = statistic.hasSuffix("-95")
    if isOfInterval, pairing.isEmpty, readings.contains(where: { $0.over != nil }) {
      reader.error(
        "the statistic '\(statistic)' of two quantities needs 'paired-by'", at: "statistic",
        hint: "the interval is that of the pairs")
    }
  }

  private static func readings(_ reader: MappingReader) -> [Reading] {
    let over = reader.optional("over").map { Self.quantity($0) }
    let least = reader.optional("at-least")?.decimal()
    let most = reader.optional("at-most")?.decimal()
    let holds = reader["expect"].choice() == "holds"
    func checked(_ reading: Reading, _ reader: MappingReader, at key: String) -> Reading {
      if reading.least == nil, reading.most == nil {
        reader.error("a claim with a value needs 'at-least', 'at-most' or both", at: key)
      }
      return reading
    }
    if let value = reader.optional("value").map({ Self.quantity($0) }) {
      let only = Reading(
        name: "", value: value, over: over, least: least, most: most, isExpectedToHold: holds,
        note: "")
      return [checked(only, reader, at: "id")]
    }
    return reader.optional("readings")?.list { item in
      item.mapping { entry in
        let reading = Reading(
          name: entry["reading"].text(), value: Self.quantity(entry["value"]),
          over: entry.optional("over").map { Self.quantity($0) } ?? over,
          least: entry.optional("at-least")?.decimal() ?? least,
          most: entry.optional("at-most")?.decimal() ?? most,
          isExpectedToHold: entry.optional("expect").map { $0.choice() == "holds" } ?? holds,
          note: entry.optional("note")?.text() ?? "")
        return checked(reading, entry, at: "reading")
      }
    } ?? []
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

  /// The band of a reading as text.
  func band(of reading: Reading) -> String {
    func text(_ value: Double) -> String { Cell.decimal(value, digits: digits).text }
    return switch (reading.least, reading.most) {
    case (let least?, let most?):
      least == most ? "= \(text(least))" : "\(text(least)) to \(text(most))"
    case (let least?, nil): ">= \(text(least))"
    case (nil, let most?): "<= \(text(most))"
    case (nil, nil): "-"
    }
  }
}
