import DiscreteEvents

/// A hash of 128 bits; equal in every process.
///
/// Among 10^7 states two different ones share a hash with probability below 10^-24.
package struct StateHash: Hashable, Sendable {
  package private(set) var low: UInt64
  package private(set) var high: UInt64

  /// Starts a hash; `domain` keeps hashes for different uses apart.
  package init(domain: UInt64) {
    low = mix(domain, 0x2545_F491_4F6C_DD1D)
    high = mix(domain ^ 0x8CB9_2BA7_2F3D_8DD7, 0x9FB2_1C65_1E98_DF25)
  }

  /// The hash of all fields of a value that count.
  package init(of value: some StateHashable, ignoring ignored: IgnoredFields) {
    var hasher = StateHasher(hash: StateHash(domain: 0x5747E), ignored: ignored)
    value.hashState(into: &hasher)
    self = hasher.hash
  }

  /// Adds a word.
  package mutating func combine(_ word: UInt64) {
    low = mix(low, word)
    high = mix(high &+ 0xA076_1D64_78BD_642F, word ^ 0xE703_7ED1_A0B4_28DB)
  }
}

/// A hash in the making, and which fields it passes over.
package struct StateHasher: Sendable {
  /// The hash of what was added so far.
  package fileprivate(set) var hash: StateHash
  fileprivate let ignored: IgnoredFields

  fileprivate mutating func combine(_ word: UInt64) { hash.combine(word) }

  /// Adds everything that counts in some values.
  package mutating func add<each Value: StateHashable>(_ values: repeat each Value) {
    repeat (each values).hashState(into: &self)
  }
}

/// A type whose values are part of a replica's state, of its disk or of its messages.
///
/// A struct adds all its stored properties in their order, an enum the number of its case and its
/// values. A test compares every type with what reflection finds, so that no property is forgotten.
/// ``FieldHashable`` is for structs with fields that may be ignored, ``WordHashable`` for values
/// that are one word.
package protocol StateHashable {
  /// Adds everything that counts in a value.
  func hashState(into hasher: inout StateHasher)
}

/// A field of a type: a stored property of the same name, or a reading of several of them.
package protocol StateField: CaseIterable, RawRepresentable, Sendable where RawValue == UInt8 {}

/// A type whose fields may be ignored, each by its name.
package protocol FieldHashable: StateHashable {
  /// The stored properties in their order, then the readings.
  associatedtype Field: StateField
  /// Fields that are no stored property: they stand for stored properties that are ignored.
  static var readings: FieldSet<Field> { get }
  /// Adds one field.
  func hash(_ field: Field, into hasher: inout StateHasher)
}

extension FieldHashable {
  /// All fields are stored properties.
  package static var readings: FieldSet<Field> { [] }

  /// Adds all fields but the ignored ones.
  package func hashState(into hasher: inout StateHasher) {
    let ignored = hasher.ignored.fields(of: self)
    for field in Field.allCases where !ignored.contains(field) { hash(field, into: &hasher) }
  }
}

/// A type whose values are one word each.
package protocol WordHashable: StateHashable {
  /// The word; different for different values.
  var stateWord: UInt64 { get }
}

extension WordHashable {
  /// Adds the word.
  package func hashState(into hasher: inout StateHasher) { hasher.combine(stateWord) }
}

// MARK: What is ignored

/// A set of fields of one type.
package struct FieldSet<Field: StateField>: Hashable, Sendable, ExpressibleByArrayLiteral {
  fileprivate var bits: UInt64

  fileprivate init(bits: UInt64) { self.bits = bits }

  /// A set of these fields.
  package init(arrayLiteral fields: Field...) {
    bits = fields.reduce(0) { $0 | 1 << UInt64($1.rawValue) }
  }

  /// All fields of the type.
  package static var all: FieldSet {
    Field.allCases.reduce(into: []) { $0.bits |= 1 << UInt64($1.rawValue) }
  }

  /// Whether a field is in the set.
  package func contains(_ field: Field) -> Bool { bits & 1 << UInt64(field.rawValue) != 0 }

  /// The fields of both sets.
  package static func + (left: FieldSet, right: FieldSet) -> FieldSet {
    FieldSet(bits: left.bits | right.bits)
  }

  /// The fields of the left set that are not in the right one.
  package static func - (left: FieldSet, right: FieldSet) -> FieldSet {
    FieldSet(bits: left.bits & ~right.bits)
  }

  /// Adds the fields of another set.
  package static func += (left: inout FieldSet, right: FieldSet) { left = left + right }
}

/// Which fields of which types do not count where states are compared.
package struct IgnoredFields: Sendable {
  private typealias Rule<T: FieldHashable> = @Sendable (T) -> FieldSet<T.Field>

  private var fields: [ObjectIdentifier: UInt64] = [:]
  private var rules: [ObjectIdentifier: any Sendable] = [:]

  /// Every field counts.
  package init() {}

  /// Ignores fields of all values of a type.
  package mutating func ignore<T: FieldHashable>(_ ignored: FieldSet<T.Field>, of type: T.Type) {
    fields[ObjectIdentifier(type), default: 0] |= ignored.bits
  }

  /// Ignores fields by what else is in a value of a type; there is one rule for a type.
  package mutating func ignore<T: FieldHashable>(
    of type: T.Type, where rule: @escaping @Sendable (T) -> FieldSet<T.Field>
  ) {
    rules[ObjectIdentifier(type)] = rule as Rule<T>
  }

  fileprivate func fields<T: FieldHashable>(of value: T) -> FieldSet<T.Field> {
    let type = ObjectIdentifier(T.self)
    let always = FieldSet<T.Field>(bits: fields[type] ?? 0)
    guard !rules.isEmpty, let rule = rules[type] as? Rule<T> else { return always }
    return always + rule(value)
  }
}
