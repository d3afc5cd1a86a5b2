import ConsensusCore
import DiscreteEvents

/// A hash of 128 bits; equal in every process.
///
/// Among 10^7 states two different ones share a hash with probability below 10^-24.
public struct StateHash: Hashable, Sendable {
  private(set) var low: UInt64
  private(set) var high: UInt64

  /// Starts a hash; `domain` keeps hashes for different uses apart.
  init(domain: UInt64) {
    low = mix(domain, 0x2545_F491_4F6C_DD1D)
    high = mix(domain ^ 0x8CB9_2BA7_2F3D_8DD7, 0x9FB2_1C65_1E98_DF25)
  }

  /// Adds a word.
  mutating func combine(_ word: UInt64) {
    low = mix(low, word)
    high = mix(high &+ 0xA076_1D64_78BD_642F, word ^ 0xE703_7ED1_A0B4_28DB)
  }

  /// Adds a text.
  mutating func combine(_ text: String) {
    combine(UInt64(text.utf8.count))
    var word: UInt64 = 0
    for (index, byte) in text.utf8.enumerated() {
      word = word << 8 | UInt64(byte)
      if index % 8 == 7 {
        combine(word)
        word = 0
      }
    }
    combine(word)
  }
}

/// The stored properties of a value, by name.
public struct Parts {
  fileprivate let mirror: Mirror

  /// The property of that name and type, nil if there is none.
  public func value<T>(_ name: String, as type: T.Type) -> T? {
    for child in mirror.children where child.label == name { return child.value as? T }
    return nil
  }

  /// The name of the case of a property without payload.
  public func caseName(of name: String) -> String? {
    for child in mirror.children where child.label == name { return "\(child.value)" }
    return nil
  }

  /// Whether a property is an array without elements.
  public func isEmpty(_ name: String) -> Bool {
    for child in mirror.children where child.label == name {
      return Mirror(reflecting: child.value).children.isEmpty
    }
    return true
  }

  /// The properties of a property, which may be an array.
  public func parts(of name: String) -> [Parts] {
    for child in mirror.children where child.label == name {
      return Mirror(reflecting: child.value).children.map {
        Parts(mirror: Mirror(reflecting: $0.value))
      }
    }
    return []
  }
}

/// Whose state is read, in which role.
public struct Glance: Hashable, Sendable {
  /// The replica.
  public let replica: ReplicaID
  /// Its role.
  public let standing: Standing

  /// Creates a glance.
  public init(replica: ReplicaID, standing: Standing) {
    self.replica = replica
    self.standing = standing
  }
}

/// Decides which values are equal: reads every stored property of a value, private ones included,
/// and hashes what it finds, except where a rule says that it cannot matter.
///
/// Properties are found by reflection, so that none can be forgotten; memory is never hashed, and a
/// value that cannot be taken apart stops the program.
public struct Reflection: Sendable {
  /// How the values of one type are reduced to words that stand for all that matters in them.
  public typealias Rule = @Sendable (Any) -> [UInt64]

  /// Which properties of a value are passed over, and words that stand for what matters in them.
  public typealias Mask = @Sendable (Parts, Glance) -> (ignored: [String], words: [UInt64])

  private let ignored: Set<String>
  private var rules: [ObjectIdentifier: Rule] = [:]
  private var masks: [String: Mask] = [:]
  /// The masks of types met so far; nil where a type has none.
  private var knownMasks: [ObjectIdentifier: Mask?] = [:]

  /// Creates a reader.
  ///
  /// - Parameter ignored: The names of stored properties that are passed over at any depth. Each
  ///   must be constant, or unable to change anything but how long a timer runs.
  public init(ignored: Set<String>) {
    self.ignored = ignored
    addRule(for: UInt64.self) { [$0] }
    addRule(for: UInt32.self) { [UInt64($0)] }
    addRule(for: UInt8.self) { [UInt64($0)] }
    addRule(for: Int.self) { [UInt64(bitPattern: Int64($0))] }
    addRule(for: Int64.self) { [UInt64(bitPattern: $0)] }
    addRule(for: Int32.self) { [UInt64(bitPattern: Int64($0))] }
    addRule(for: Bool.self) { [$0 ? 1 : 0] }
    addRule(for: Digest.self) { [$0.value] }
    addRule(for: Signature.self) { [$0.tag] }
    addRule(for: ReplicaID.self) { [UInt64(bitPattern: Int64($0.index))] }
    addRule(for: ClientID.self) { [UInt64(bitPattern: Int64($0.index))] }
    addRule(for: Endpoint.self) { [$0.word] }
    addRule(for: View.self) { [$0.number] }
    addRule(for: SequenceNumber.self) { [$0.number] }
    addRule(for: Ledger.self) { [$0.digest.value] }
    addRule(for: ReplicaSet.self) { set in
      [set.members.reduce(0) { $0 ^ UInt64(1) << UInt64($1.index & 63) }, UInt64(set.count)]
    }
  }

  /// Reduces the values of a type by `words` instead of taking them apart.
  public mutating func addRule<T>(for type: T.Type, _ words: @escaping @Sendable (T) -> [UInt64]) {
    rules[ObjectIdentifier(type)] = { value in
      guard let value = value as? T else {
        preconditionFailure("a rule for \(T.self) met a \(Swift.type(of: value))")
      }
      return words(value)
    }
  }

  /// Passes over properties of the values of a type, which may be private to another module, where
  /// it is known whose they are.
  public mutating func addMask(forTypeNamed name: String, _ mask: @escaping Mask) {
    masks[name] = mask
  }

  /// The hash of everything that matters in a value.
  public func hash(of value: Any) -> StateHash {
    var copy = self
    return copy.hash(of: value, at: nil)
  }

  /// The hash of everything that matters in a value of a replica in a role.
  mutating func hash(of value: Any, at glance: Glance?) -> StateHash {
    var hash = StateHash(domain: 0x5747E)
    combine(value, at: glance, into: &hash)
    return hash
  }

  private mutating func mask(for type: Any.Type) -> Mask? {
    if let known = knownMasks[ObjectIdentifier(type)] { return known }
    let found = masks[String(describing: type)]
    knownMasks[ObjectIdentifier(type)] = .some(found)
    return found
  }

  private mutating func combine(_ value: Any, at glance: Glance?, into hash: inout StateHash) {
    let type = type(of: value)
    if let rule = rules[ObjectIdentifier(type)] {
      for word in rule(value) { hash.combine(word) }
      return
    }
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .collection, .optional:
      hash.combine(UInt64(mirror.children.count))
      for child in mirror.children { combine(child.value, at: glance, into: &hash) }
    case .enum:
      guard let child = mirror.children.first else { return hash.combine("\(value)") }
      hash.combine(child.label ?? "")
      combine(child.value, at: glance, into: &hash)
    case .struct, .tuple, .class:
      var hidden: [String] = []
      if let glance, let mask = mask(for: type) {
        let masked = mask(Parts(mirror: mirror), glance)
        hidden = masked.ignored
        for word in masked.words { hash.combine(word) }
      }
      for child in mirror.children {
        if let label = child.label, ignored.contains(label) || hidden.contains(label) { continue }
        combine(child.value, at: glance, into: &hash)
      }
    default:
      preconditionFailure("a \(type) cannot be compared")
    }
  }
}
