import PairingCrypto
import RecordSharing

/// Why a walk through the scheme cannot begin: what the user asked for is not possible.
public struct DemoProblem: Error, Sendable, CustomStringConvertible {
  /// What is wrong.
  public let description: String
}

/// One record on its way through the six steps of Paper §II-C, computed for real.
///
/// The same arguments give the same text: all that is random comes from the seed.
public struct RecordDemo {
  var scheme: RealScheme
  var log: DemoLog
  var registry = KeyRegistry<RealElements>()
  let profile: CryptoCostProfile
  let seed: UInt64
  let policy: SharingPolicy
  let reader: AttributeSet
  let refused: AttributeSet
  let universe: AttributeSet

  static let slots = ["hospital", "department", "diagnosis", "year"]
  static let words = ["general hospital", "cardiology", "I48.0", "2026"]
  static let record = "2026-11-30, patient 7: paroxysmal atrial fibrillation, I48.0"
  static let owner = OwnerID(7)
  static let file = FileID(1)
  static let location = StorageLocation(0x2A)

  /// Whose attributes satisfy the policy, whose do not, and who keeps them when the first loses one.
  enum User {
    static let reader = UserID(1)
    static let refused = UserID(2)
    static let colleague = UserID(3)
  }

  /// Checks what is asked for.
  ///
  /// - Parameters:
  ///   - profile: What operations cost; its parameter set is used.
  ///   - policy: Who may read, such as `(cardiology AND doctor) OR 2 of (a, b, c)`.
  ///   - attributes: What the reader has.
  ///   - seed: What all random numbers follow from.
  /// - Throws: ``DemoProblem`` if the reader could not read or a text is wrong.
  public init(
    profile: CryptoCostProfile, policy: String, attributes: [String], seed: UInt64
  ) throws(DemoProblem) {
    self.profile = profile
    self.seed = seed
    reader = AttributeSet(try Self.attributes(attributes))
    self.policy = try Self.policy(policy)
    guard self.policy.policy.isSatisfied(by: reader) else {
      throw DemoProblem(
        description: "the attributes \(Self.list(reader)) do not satisfy the policy "
          + "'\(self.policy.policy)'")
    }
    // The most that the reader could hold and still be refused, and something that nobody asks for.
    var less = reader
    while self.policy.policy.isSatisfied(by: less) { less = AttributeSet(less.dropLast()) }
    let known = self.policy.policy.attributes.union(reader)
    var names = ["visitor"]
    while known.contains(where: { $0.name == names[0] }) { names[0] += "-2" }
    refused = less.union(AttributeSet(try Self.attributes(names)))
    universe = known.union(refused)
    guard universe.count <= SharingBounds.attributes else {
      throw DemoProblem(
        description: "policy and reader name \(known.count) attributes; with one that nobody asks "
          + "for at most \(SharingBounds.attributes) are possible")
    }
    scheme = RealScheme(
      profile.parameters, keySize: RSAKeySize(rawValue: profile.rsaBits) ?? .bits2048, seed: seed)
    log = DemoLog(profile)
  }

  private static func attributes(_ names: [String]) throws(DemoProblem) -> [Attribute] {
    var attributes: [Attribute] = []
    for name in names {
      do throws(AttributeProblem) {
        attributes.append(try Attribute(name))
      } catch {
        throw DemoProblem(description: "'\(name)' is no attribute: \(error.description)")
      }
    }
    return attributes
  }

  private static func policy(_ text: String) throws(DemoProblem) -> SharingPolicy {
    let policy: AccessPolicy
    do throws(PolicySyntaxError) {
      policy = try AccessPolicy.parse(text)
    } catch {
      throw DemoProblem(description: error.description)
    }
    do throws(PolicyViolation) {
      return try SharingPolicy(policy)
    } catch {
      throw DemoProblem(description: error.description)
    }
  }

  static func list(_ attributes: AttributeSet) -> String {
    attributes.isEmpty ? "(none)" : attributes.map(\.name).joined(separator: ", ")
  }
}
