import ConsensusCore
import DiscreteEvents

/// How the values of a type stand in a file: what they must be, how they are read, and how they are
/// written.
public struct Codec<Value>: Sendable {
  /// What a value must be.
  public let kind: ValueKind
  /// Reads a value; a placeholder after a problem, which is reported.
  public let read: @Sendable (ValueReader) -> Value
  /// Writes a value, from which ``read`` makes an equal one.
  public let write: @Sendable (Value) -> YAMLNode

  /// Creates a codec.
  public init(
    _ kind: ValueKind, read: @escaping @Sendable (ValueReader) -> Value,
    write: @escaping @Sendable (Value) -> YAMLNode
  ) {
    self.kind = kind
    self.read = read
    self.write = write
  }

  /// The codec of another type whose values stand for those of this one.
  public func map<Other>(
    _ forward: @escaping @Sendable (Value) -> Other,
    _ backward: @escaping @Sendable (Other) -> Value
  ) -> Codec<Other> {
    Codec<Other>(kind, read: { forward(read($0)) }, write: { write(backward($0)) })
  }
}

extension YAMLNode {
  /// A text that stands in no file.
  public static func made(_ text: String) -> YAMLNode {
    YAMLNode(.scalar(text, isQuoted: false), at: .nowhere)
  }

  /// A list that stands in no file.
  public static func made(_ items: [YAMLNode]) -> YAMLNode {
    YAMLNode(.sequence(items), at: .nowhere)
  }

  /// A mapping that stands in no file, of the keys that have a value.
  public static func made(_ entries: [(key: String, value: YAMLNode?)]) -> YAMLNode {
    YAMLNode(
      .mapping(
        entries.compactMap { key, value in
          value.map { Entry(key: key, location: .nowhere, value: $0) }
        }), at: .nowhere)
  }
}

extension Location {
  /// The place of what a program wrote.
  public static let nowhere = Location(
    source: SourceFile(name: "written by consim", text: ""), line: 1, column: 1)
}

extension Codec where Value == String {
  /// Any text that is not empty.
  public static var text: Self { Codec(.text, read: { $0.text() }, write: { .made($0) }) }
}

extension Codec where Value == Bool {
  /// `true` or `false`.
  public static var flag: Self { Codec(.flag, read: { $0.flag() }, write: { .made("\($0)") }) }
}

extension Codec where Value == Int {
  /// A whole number in a range.
  public static func integer(_ range: ClosedRange<Int>) -> Self {
    Codec(.integer(range), read: { $0.integer() }, write: { .made("\($0)") })
  }
}

extension Codec where Value == UInt64 {
  /// A whole number in a range.
  public static func integer(_ range: ClosedRange<Int>) -> Self {
    Codec<Int>.integer(range).map({ UInt64($0) }, { Int($0) })
  }
}

extension Codec where Value == Double {
  /// A decimal number in a range.
  public static func decimal(_ range: ClosedRange<Double>) -> Self {
    Codec(.decimal(range), read: { $0.decimal() }, write: { .made(decimalText($0)) })
  }

  /// A number from 0 to 1.
  public static var probability: Self {
    Codec(.probability, read: { $0.probability() }, write: { .made(decimalText($0)) })
  }
}

extension Codec where Value == VirtualDuration {
  /// A duration of at least `least`.
  public static func duration(from least: VirtualDuration = .zero) -> Self {
    Codec(
      .duration(from: least), read: { $0.duration() },
      write: { .made(Quantity.duration.text($0.nanoseconds)) })
  }
}

extension Codec where Value == ByteCount {
  /// A size of at least `least`.
  public static func size(from least: ByteCount = ByteCount(0)) -> Self {
    Codec(
      .size(from: least), read: { $0.size() },
      write: { .made(Quantity.size.text(Int64($0.bytes))) })
  }
}

extension Codec where Value == VirtualTime {
  /// A time since the start of a run.
  public static var instant: Self {
    Codec<VirtualDuration>.duration().map({ .zero + $0 }, { $0 - .zero })
  }
}

extension Codec where Value == Int64 {
  /// A bandwidth in bit/s.
  public static var bandwidth: Self {
    Codec(
      .bandwidth, read: { $0.bandwidth() }, write: { .made(Quantity.bandwidth.text($0)) })
  }

  /// A hash rate in H/s.
  public static var hashRate: Self {
    Codec(.hashRate, read: { $0.hashRate() }, write: { .made(Quantity.hashRate.text($0)) })
  }
}

extension Codec {
  /// One of some values, each with its word and what it means; the first stands in for a wrong word.
  public static func choice(_ cases: [(value: Value, name: String, doc: String)]) -> Self
  where Value: Equatable & Sendable {
    let first = cases[0]
    return Codec(
      .choice(cases.map { ValueKind.Choice($0.name, $0.doc) }),
      read: { reader in
        let word = reader.choice()
        return cases.first { $0.name == word }?.value ?? first.value
      },
      write: { value in .made(cases.first { $0.value == value }?.name ?? first.name) })
  }

  /// A list of values that are alike.
  public static func list<Item>(of item: Codec<Item>, count: ClosedRange<Int> = 0...Int.max)
    -> Self where Value == [Item]
  {
    Codec(
      .list(of: item.kind, count: count), read: { $0.list(item.read) },
      write: { .made($0.map(item.write)) })
  }

  /// Two values, the lower and the upper bound of a range.
  ///
  /// - Parameters:
  ///   - item: How the bounds are written.
  ///   - placeholder: Stands for a range that is none.
  ///   - complaint: What is said of an upper bound below the lower one.
  /// - Returns: A codec of ranges.
  public static func range<Bound>(
    of item: Codec<Bound>, placeholder: ClosedRange<Bound>, complaint: String
  ) -> Self where Value == ClosedRange<Bound>, Bound: Sendable {
    Codec(
      .list(of: item.kind, count: 2...2),
      read: { reader in
        let bounds = reader.list(item.read)
        guard bounds.count == 2 else { return placeholder }
        guard bounds[0] <= bounds[1] else {
          reader.error(complaint)
          return placeholder
        }
        return bounds[0]...bounds[1]
      },
      write: { .made([item.write($0.lowerBound), item.write($0.upperBound)]) })
  }
}

extension YAMLNode {
  /// A value that stands in no file, as a codec writes it.
  public static func made<Value>(_ codec: Codec<Value>, _ value: Value) -> YAMLNode {
    codec.write(value)
  }

  /// The bounds of a range, as a list that stands in no file.
  public static func made<Bound>(range: ClosedRange<Bound>) -> YAMLNode {
    .made([.made("\(range.lowerBound)"), .made("\(range.upperBound)")])
  }
}

/// A number in decimal without an exponent; the shortest that reads as the same number.
public func decimalText(_ value: Double) -> String {
  let text = "\(value)"
  guard let mark = text.firstIndex(of: "e") else {
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
  guard let exponent = Int(text[text.index(after: mark)...]) else { return text }
  var digits = text[..<mark].filter { $0 != "." && $0 != "-" }
  let sign = value < 0 ? "-" : ""
  guard exponent < 0 else {
    let zeros = exponent + 1 - digits.count
    return sign + digits + String(repeating: "0", count: max(0, zeros))
  }
  while digits.count > 1, digits.last == "0" { digits.removeLast() }
  return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits
}
