import ConsensusCore
import DiscreteEvents

/// How the values of a type stand in a file: what they must be, how they are read, and how they are
/// written.
package struct Codec<Value>: Sendable {
  /// What a value must be.
  package let kind: ValueKind
  /// Reads a value; a placeholder after a problem, which is reported.
  package let read: @Sendable (ValueReader) -> Value
  /// Writes a value, from which ``read`` makes an equal one.
  package let write: @Sendable (Value) -> YAMLNode

  /// Creates a codec.
  package init(
    _ kind: ValueKind, read: @escaping @Sendable (ValueReader) -> Value,
    write: @escaping @Sendable (Value) -> YAMLNode
  ) {
    self.kind = kind
    self.read = read
    self.write = write
  }

  /// The codec of another type whose values stand for those of this one.
  package func map<Other>(
    _ forward: @escaping @Sendable (Value) -> Other,
    _ backward: @escaping @Sendable (Other) -> Value
  ) -> Codec<Other> {
    Codec<Other>(kind, read: { forward(read($0)) }, write: { write(backward($0)) })
  }
}

extension YAMLNode {
  /// A text that stands in no file.
  package static func made(_ text: String) -> YAMLNode {
    YAMLNode(.scalar(text, isQuoted: false), at: .nowhere)
  }

  /// A list that stands in no file.
  package static func made(_ items: [YAMLNode]) -> YAMLNode {
    YAMLNode(.sequence(items), at: .nowhere)
  }

  /// A mapping that stands in no file, of the keys that have a value.
  package static func made(_ entries: [(key: String, value: YAMLNode?)]) -> YAMLNode {
    YAMLNode(
      .mapping(
        entries.compactMap { key, value in
          value.map { Entry(key: key, location: .nowhere, value: $0) }
        }), at: .nowhere)
  }
}

extension Location {
  /// The place of what a program wrote.
  package static let nowhere = Location(
    source: SourceFile(name: "written by consim", text: ""), line: 1, column: 1)
}

extension Codec where Value == String {
  /// Any text that is not empty.
  package static var text: Self { Codec(.text, read: { $0.text() }, write: { .made($0) }) }
}

extension Codec where Value == Bool {
  /// `true` or `false`.
  package static var flag: Self { Codec(.flag, read: { $0.flag() }, write: { .made("\($0)") }) }
}

extension Codec where Value == Int {
  /// A whole number in a range.
  package static func integer(_ range: ClosedRange<Int>) -> Self {
    Codec(.integer(range), read: { $0.integer() }, write: { .made("\($0)") })
  }
}

extension Codec where Value == UInt64 {
  /// A whole number in a range.
  package static func integer(_ range: ClosedRange<Int>) -> Self {
    Codec<Int>.integer(range).map({ UInt64($0) }, { Int($0) })
  }
}

extension Codec where Value == Double {
  /// A decimal number in a range.
  package static func decimal(_ range: ClosedRange<Double>) -> Self {
    Codec(.decimal(range), read: { $0.decimal() }, write: { .made("\($0)") })
  }

  /// A number from 0 to 1.
  package static var probability: Self {
    Codec(.probability, read: { $0.probability() }, write: { .made("\($0)") })
  }
}

extension Codec where Value == VirtualDuration {
  /// A duration of at least `least`.
  package static func duration(from least: VirtualDuration = .zero) -> Self {
    Codec(
      .duration(from: least), read: { $0.duration() },
      write: { .made(Quantity.duration.text($0.nanoseconds)) })
  }
}

extension Codec where Value == VirtualTime {
  /// A time since the start of a run.
  package static var instant: Self {
    Codec<VirtualDuration>.duration().map({ .zero + $0 }, { $0 - .zero })
  }
}

extension Codec where Value == Int64 {
  /// A bandwidth in bit/s.
  package static var bandwidth: Self {
    Codec(
      .bandwidth, read: { $0.bandwidth() }, write: { .made(Quantity.bandwidth.text($0)) })
  }

  /// A hash rate in H/s.
  package static var hashRate: Self {
    Codec(.hashRate, read: { $0.hashRate() }, write: { .made(Quantity.hashRate.text($0)) })
  }
}

extension Codec {
  /// One of some values, each with its word and what it means; the first stands in for a wrong word.
  package static func choice(_ cases: [(value: Value, name: String, doc: String)]) -> Self
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
  package static func list<Item>(of item: Codec<Item>, count: ClosedRange<Int> = 0...Int.max)
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
  package static func range<Bound>(
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
