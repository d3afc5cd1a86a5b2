import PairingCrypto

/// Whose public key is which: what the chain knows of owners and users who were enrolled.
///
/// Whoever checks a signature looks the key up here by the name in what was signed, so that nobody's
/// key serves under another name. A party has one key.
public struct KeyRegistry<Elements: SchemeElements>: Sendable {
  private var keys: [String: Elements.VerificationKey] = [:]

  /// Nobody is enrolled.
  public init() {}

  /// The key of an owner; nil for one who is not enrolled.
  public func key(of owner: OwnerID) -> Elements.VerificationKey? { keys[owner.partyName] }

  /// The key of a user; nil for one who is not enrolled.
  public func key(of user: UserID) -> Elements.VerificationKey? { keys[user.partyName] }

  /// Takes a key in.
  fileprivate mutating func take(
    _ key: Elements.VerificationKey, of party: String
  ) throws(EnrolmentFailure) {
    if let known = keys[party], known != key { throw .otherKey(party) }
    keys[party] = key
  }
}

extension SharingScheme {
  /// Takes the key of a certificate into the registry (BC).
  ///
  /// - Throws: if the centre did not sign it, or its party has another key.
  public mutating func enrol(
    _ certificate: Certificate<Elements>, by centre: Elements.VerificationKey,
    in registry: inout KeyRegistry<Elements>
  ) throws(EnrolmentFailure) {
    guard isValid(certificate, by: centre) else { throw .badSignature }
    try registry.take(certificate.key, of: certificate.party)
  }
}

extension OwnerID {
  /// The name in an owner's certificate, such as `DO 00000007`.
  public var partyName: String { numbered("DO", rawValue) }
}

extension UserID {
  /// The name in a user's certificate, such as `DU 00000007`.
  public var partyName: String { numbered("DU", rawValue) }
}

/// A role and a number of eight digits or more.
private func numbered(_ role: String, _ number: UInt32) -> String {
  let digits = String(number)
  return role + " " + String(repeating: "0", count: max(0, 8 - digits.utf8.count)) + digits
}
