import ConsensusCore
import PBFT

/// Compares what the types of a state hash with the stored properties that reflection finds.
struct StateInspector {
  /// Stored properties that are constant throughout a run, and that no hash need hold.
  private static let constants: Set = ["configuration", "signer", "verifier", "seed", "clock"]

  /// What is wrong, a line each.
  private(set) var faults: Set<String> = []
  /// The types that were inspected.
  private(set) var types: Set<String> = []

  /// Inspects a value and everything in it.
  mutating func inspect(_ value: Any) {
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .collection, .optional, .tuple: break
    case .struct, .class, .enum:
      types.insert(Self.name(of: value))
      switch value {
      case let value as any FieldHashable: compareFields(of: value, with: mirror)
      case is any WordHashable:
        if mirror.children.count > 1 { fault(value, "is more than a word") }
      case let value as any StateHashable: compare(value, with: mirror)
      case is any LeaderPolicy, is any Application: return
      default: fault(value, "does not hash itself")
      }
    default: return
    }
    for child in mirror.children where !Self.constants.contains(child.label ?? "") {
      inspect(child.value)
    }
  }

  private static func name(of value: Any) -> String { "\(type(of: value))" }

  private mutating func fault(_ value: Any, _ text: String) {
    faults.insert("\(Self.name(of: value)) \(text)")
  }

  /// The fields are the stored properties, and the hash of each is that of the stored property.
  private mutating func compareFields<T: FieldHashable>(of value: T, with mirror: Mirror) {
    if mirror.displayStyle == .enum { return }
    let fields = T.Field.allCases.filter { !T.readings.contains($0) }
    let names = fields.map { "\($0)" }
    guard names == mirror.children.map({ $0.label ?? "" }) else {
      return fault(value, "has the fields \(names)")
    }
    for (field, child) in zip(fields, mirror.children)
    where !Self.constants.contains(child.label ?? "") {
      if hash(of: OneField(value: value, field: field)) != hash(of: Reflected(value: child.value)) {
        fault(value, "hashes another property as \(field)")
      }
    }
  }

  /// The hash of a struct is that of its stored properties in their order; the compiler compares the
  /// cases of an enum.
  private mutating func compare(_ value: some StateHashable, with mirror: Mirror) {
    guard mirror.displayStyle != .enum else { return }
    let properties = mirror.children.map { Reflected(value: $0.value) }
    if hash(of: value) != hash(of: AllProperties(properties: properties)) {
      fault(value, "does not hash all its stored properties in their order")
    }
  }

  private func hash(of value: some StateHashable) -> StateHash {
    StateHash(of: value, ignoring: IgnoredFields())
  }
}

/// One field of a value.
private struct OneField<T: FieldHashable>: StateHashable {
  let value: T
  let field: T.Field

  func hashState(into hasher: inout StateHasher) { value.hash(field, into: &hasher) }
}

/// The stored properties of a value.
private struct AllProperties: StateHashable {
  let properties: [Reflected]

  func hashState(into hasher: inout StateHasher) {
    for property in properties { hasher.add(property) }
  }
}

/// A stored property, found by reflection.
private struct Reflected: StateHashable {
  let value: Any

  func hashState(into hasher: inout StateHasher) {
    switch value {
    case let value as any StateHashable: return value.hashState(into: &hasher)
    case let value as any LeaderPolicy: return hasher.add(value.fingerprint)
    case let value as any Application: return hasher.add(value.digest)
    default: break
    }
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .collection: hasher.add(mirror.children.count)
    case .optional: hasher.add(!mirror.children.isEmpty)
    case .tuple: break
    default: preconditionFailure("a \(type(of: value)) does not hash itself")
    }
    for child in mirror.children { hasher.add(Reflected(value: child.value)) }
  }
}
