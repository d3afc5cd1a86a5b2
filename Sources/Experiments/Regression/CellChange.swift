import Tables

/// A cell that reads differently than in the results that are kept.
public struct CellChange: Sendable {
  /// What a change of a number does to what is measured.
  public enum Effect: String, Sendable {
    /// More of what ought to be large, or less of what ought to be small.
    case better
    /// The opposite.
    case worse
    /// Neither way is better.
    case neutral
  }

  /// The table.
  public let path: String
  /// The difference; always of a cell.
  public let difference: TableDifference
  /// What names the row.
  public let key: TableDifference.RowKey
  /// The column.
  public let column: String
  /// The text that is kept, and that there is now.
  public let old, new: String
  /// The change in percent of the old value; nil unless both are numbers and the old is not 0.
  public let percent: Double?
  /// Whether the number is larger now; nil unless both texts are numbers.
  public let isUp: Bool?
  /// Whether that is good.
  public let effect: Effect
  /// Why a tolerance admits the change; nil where none does.
  public let reason: String?

  /// Judges a difference; nil for one that is not of a cell.
  init?(
    _ difference: TableDifference, path: String, file: String, of scenario: String,
    _ tolerances: Tolerances
  ) {
    guard case .cell(let key, let column, let old, let new, let percent) = difference else {
      return nil
    }
    self.path = path
    self.difference = difference
    self.key = key
    self.column = column
    self.old = old
    self.new = new
    self.percent = percent
    guard let before = Cell(reading: old).number, let now = Cell(reading: new).number else {
      isUp = nil
      effect = .neutral
      reason = nil
      return
    }
    isUp = before == now ? nil : now > before
    effect = Self.effect(of: column, isUp: isUp)
    reason = tolerances.reason(
      toAdmit: column, from: before, to: now, in: file, of: scenario)
  }

  private static func effect(of column: String, isUp: Bool?) -> Effect {
    guard let isUp, let sense = MetricSense(column: column) else { return .neutral }
    return isUp == (sense == .bigger) ? .better : .worse
  }

  /// The series that the row belongs to: protocol and variant, or the first key.
  public var series: String {
    let named = zip(key.columns, key.texts).filter { ["protocol", "variant"].contains($0.0) }
    let texts = named.isEmpty ? key.texts.prefix(1) : named.map(\.1)[...]
    return texts.filter { !$0.isEmpty }.joined(separator: ", ")
  }

  /// Whether this is a worse change than another: harm first, then size.
  func isWorse(than other: CellChange) -> Bool {
    if (reason == nil) != (other.reason == nil) { return reason == nil }
    let ranks: [Effect] = [.worse, .neutral, .better]
    let (mine, others) = (ranks.firstIndex(of: effect), ranks.firstIndex(of: other.effect))
    if let mine, let others, mine != others { return mine < others }
    return magnitude > other.magnitude
  }

  /// A change from 0 is larger than any that has a percentage; one of a text is smaller.
  private var magnitude: Double { percent?.magnitude ?? (isUp == nil ? -1 : .infinity) }

  /// `down`, `up`, or nothing for texts.
  public var direction: String? { isUp.map { $0 ? "up" : "down" } }

  /// The difference, and what it means: `tps of ... was 2.000, now 1.000 (-50.00 %, worse)`.
  public var text: String {
    var remarks: [String] = []
    if percent == nil, let direction { remarks.append(direction) }
    if effect != .neutral { remarks.append(effect.rawValue) }
    if let reason { remarks.append("within tolerance: \(reason)") }
    let sentence = "\(path): \(difference)"
    guard !remarks.isEmpty else { return sentence }
    let remark = remarks.joined(separator: ", ")
    return percent == nil ? "\(sentence) (\(remark))" : "\(sentence.dropLast()), \(remark))"
  }
}
