import ConsensusCore
import DiscreteEvents

/// What the value of a key must be: the one description behind decoder, JSON Schema and key table.
public indirect enum ValueKind: Sendable {
  /// Any text that is not empty.
  case text
  /// `true` or `false`.
  case flag
  /// A whole number in a range.
  case integer(ClosedRange<Int>)
  /// A decimal number in a range, at most 15 digits.
  case decimal(ClosedRange<Double>)
  /// A number from 0 to 1, or a percentage.
  case probability
  /// A rate per second, such as `100 /s`, in a range.
  case rate(ClosedRange<Double>)
  /// A number with a unit, in a range of base units.
  case quantity(Quantity, ClosedRange<Int64>)
  /// One of some words.
  case choice([Choice])
  /// A list whose items are alike.
  case list(of: ValueKind, count: ClosedRange<Int>)
  /// A mapping with declared keys.
  case mapping(MappingSpec)
  /// A mapping whose keys the user names, such as swept key paths; `keyName` says what a key is.
  case entries(of: ValueKind, keyName: String)
  /// One of several kinds told apart by form: scalar, list, mapping.
  case either([ValueKind])
  /// Any value; the decoder looks at the node itself.
  case anything

  /// One word of a choice and what it means.
  public struct Choice: Sendable {
    /// The word.
    public let name: String
    /// Its meaning in one sentence, or empty.
    public let doc: String

    /// Creates a word.
    public init(_ name: String, _ doc: String = "") {
      self.name = name
      self.doc = doc
    }
  }

  /// A duration that is not negative.
  public static var duration: ValueKind { .quantity(.duration, 0...Quantity.duration.limit) }

  /// A duration in a range.
  public static func duration(
    from least: VirtualDuration,
    to most: VirtualDuration = VirtualDuration(nanoseconds: Quantity.duration.limit)
  ) -> ValueKind { .quantity(.duration, least.nanoseconds...most.nanoseconds) }

  /// A bandwidth of at least 1 bit/s.
  public static var bandwidth: ValueKind { .quantity(.bandwidth, 1...Quantity.bandwidth.limit) }

  /// A size that is not negative.
  public static var size: ValueKind { .quantity(.size, 0...Quantity.size.limit) }

  /// A size of at least `least`.
  public static func size(from least: ByteCount) -> ValueKind {
    .quantity(.size, Int64(least.bytes)...Quantity.size.limit)
  }

  /// A hash rate that is not negative.
  public static var hashRate: ValueKind { .quantity(.hashRate, 0...Quantity.hashRate.limit) }

  /// The time of one operation, in whole picoseconds.
  public static var price: ValueKind { .quantity(.price, 0...Quantity.price.limit) }

  /// A rate per second that is positive.
  public static var rate: ValueKind { .rate(1e-9...1e9) }

  /// A list of any length.
  public static func list(of kind: ValueKind) -> ValueKind { .list(of: kind, count: 0...Int.max) }

  /// The words of an enumeration, in the order of its cases.
  public static func choice<T: CaseIterable & RawRepresentable<String>>(_: T.Type) -> ValueKind {
    .choice(T.allCases.map { Choice($0.rawValue) })
  }
}

extension ValueKind {
  /// The form in which a value of some kind is written.
  public enum Form: Sendable {
    /// A single text or number.
    case scalar
    /// A list.
    case list
    /// A mapping.
    case mapping
  }

  /// The form of this kind; nil where several are possible.
  package var form: Form? {
    switch self {
    case .list: .list
    case .mapping, .entries: .mapping
    case .either, .anything: nil
    default: .scalar
    }
  }

  /// What is allowed, as messages say it.
  public var expectation: String {
    switch self {
    case .text: "a text"
    case .flag: "'true' or 'false'"
    case .integer(let range): "a whole number" + Self.limits(range, lowest: .min, highest: .max)
    case .decimal(let range):
      "a number"
        + Self.limits(range, lowest: -.greatestFiniteMagnitude, highest: .greatestFiniteMagnitude)
    case .probability: "a probability from 0 to 1, such as '0.05' or '5 %'"
    case .rate: "a rate such as '100 /s'"
    case .quantity(let quantity, let range):
      "\(quantity.noun)\(Self.limits(range, of: quantity)) such as '\(quantity.example)'"
    case .choice(let choices):
      (choices.count > 1 ? "one of " : "") + listed(choices.map(\.name))
    case .list(let kind, let count):
      Self.list(of: count)
        + (kind.form == .mapping ? ", each a mapping" : ", each \(kind.expectation)")
    case .mapping, .entries: "a mapping"
    case .either(let kinds): kinds.map(\.expectation).joined(separator: ", or ")
    case .anything: "a value"
    }
  }

  private static func limits<T: Comparable>(
    _ range: ClosedRange<T>, lowest: T, highest: T
  ) -> String {
    let least = plain(range.lowerBound)
    let most = plain(range.upperBound)
    switch (range.lowerBound > lowest, range.upperBound < highest) {
    case (true, true): return " from \(least) to \(most)"
    case (true, false): return " of at least \(least)"
    case (false, true): return " of at most \(most)"
    case (false, false): return ""
    }
  }

  /// A number as a person writes it: 10 and not 10.0.
  package static func plain<T: Comparable>(_ number: T) -> String {
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private static func list(of count: ClosedRange<Int>) -> String {
    switch (count.lowerBound, count.upperBound) {
    case (0, .max): "a list"
    case (let least, .max): "a list of at least \(least) items"
    case (let least, let most) where least == most: "a list of \(least) items"
    case (let least, let most): "a list of \(least) to \(most) items"
    }
  }

  private static func limits(_ range: ClosedRange<Int64>, of quantity: Quantity) -> String {
    let least = quantity.text(range.lowerBound)
    let most = quantity.text(range.upperBound)
    switch (range.lowerBound > 0, range.upperBound < quantity.limit) {
    case (true, true): return " from \(least) to \(most)"
    case (true, false): return " of at least \(least)"
    case (false, true): return " of at most \(most)"
    case (false, false): return ""
    }
  }
}
