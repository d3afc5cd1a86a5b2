import Notation
import Tables

extension CheckReport {
  /// So many differences of a file are listed.
  private static let listed = 1_000

  /// The report as one JSON object; Documentation/Regression.md describes its members.
  public var json: String {
    let root = JSONText.object([
      ("format", .literal("1")),
      ("verdict", .string(verdict.rawValue)),
      ("model_version", .string(Version.model)),
      (
        "summary",
        .object([
          ("checked", .literal("\(results.count)")), ("equal", .literal("\(count(.equal))")),
          ("within_tolerance", .literal("\(count(.withinTolerance))")),
          ("different", .literal("\(count(.different))")),
        ])
      ),
      ("results", .array(results.map(Self.json(of:)))),
    ])
    return root.text() + "\n"
  }

  private static func json(of result: CheckedResult) -> JSONText {
    .object([
      ("name", .string(result.name)),
      ("verdict", .string(result.verdict.rawValue)),
      ("model_version", result.models.map { .string($0.old) } ?? .literal("null")),
      ("causes", .array(result.causes.map(Self.json(of:)))),
      (
        "series",
        .array(
          result.series.map { series in
            .object([
              ("name", .string(series.name)), ("cells", .literal("\(series.changes.count)")),
              ("worse", .literal("\(series.worse)")), ("beyond", .literal("\(series.beyond)")),
              ("worst", series.changes.first.map(Self.json(of:)) ?? .literal("null")),
            ])
          })
      ),
      ("files", .array(result.files.map(Self.json(of:)))),
    ])
  }

  private static func json(of cause: CheckedResult.Cause) -> JSONText {
    let kind: String
    switch cause {
    case .input(.scenario): kind = "scenario"
    case .input(.costProfile): kind = "cost-profile"
    case .input(.seeds): kind = "seeds"
    case .input(.points): kind = "points"
    case .input(.claims): kind = "claims"
    case .altered: kind = "altered"
    case .model: kind = "model"
    case .nothing(let isModelKnown): kind = isModelKnown ? "none" : "none-known"
    }
    return .object([("kind", .string(kind)), ("text", .string(cause.description))])
  }

  private static func json(of file: CheckedResult.File) -> JSONText {
    let others = (file.others.map { ($0, false) } + file.admitted.map { ($0, true) }).map {
      difference, isAdmitted in
      JSONText.object([
        ("kind", .string(kind(of: difference))), ("text", .string(difference.description)),
        ("admitted", .literal("\(isAdmitted)")),
      ])
    }
    let cells = file.cells.filter { $0.reason == nil } + file.cells.filter { $0.reason != nil }
    let all = cells.prefix(listed).map(Self.json(of:)) + others.prefix(listed)
    let omitted = file.cells.count + others.count - all.count
    return .object([
      ("name", .string(file.name)), ("verdict", .string(file.verdict.rawValue)),
      ("kept", .literal("\(file.isKept)")), ("differences", .array(all)),
      ("omitted", .literal("\(omitted)")),
    ])
  }

  private static func kind(of difference: ResultDifference) -> String {
    switch difference {
    case .table(.columns): "columns"
    case .table(.missingRow): "missing-row"
    case .table(.additionalRow): "additional-row"
    case .table(.cell): "cell"
    case .input: "input"
    case .runs: "runs"
    case .altered: "altered"
    case .form: "form"
    }
  }

  private static func json(of cell: CellChange) -> JSONText {
    let percent = cell.percent.flatMap { FixedDecimal($0, digits: 4) }
    return .object([
      ("kind", .string("cell")),
      ("row", .object(zip(cell.key.columns, cell.key.texts).map { ($0, .string($1)) })),
      ("column", .string(cell.column)), ("old", .string(cell.old)), ("new", .string(cell.new)),
      ("percent", .literal(percent?.text ?? "null")),
      ("direction", cell.direction.map { .string($0) } ?? .literal("null")),
      ("effect", .string(cell.effect.rawValue)),
      ("tolerance", cell.reason.map { .string($0) } ?? .literal("null")),
    ])
  }
}
