/// Who has lost which attributes (ALR_x of Paper §II-C), as the chain has it.
///
/// Nodes enforce it before they return an abstract and the cloud server before it returns a
/// ciphertext.
///
/// Deviation: in Paper §II-C the user is asked whether an own attribute is revoked; a check by whoever
/// is checked is none. And only what was lost is taken away: a user whose other attributes satisfy
/// the policy passes.
public struct AttributeRevocationList: Hashable, Sendable {
  /// Attribute and user of each revocation, ascending.
  private var revocations: [Revocation] = []

  private struct Revocation: Hashable, Comparable {
    let attribute: Attribute
    let user: UserID

    static func < (a: Self, b: Self) -> Bool {
      (a.attribute, a.user) < (b.attribute, b.user)
    }
  }

  /// Nobody has lost anything.
  public init() {}

  /// How many attributes were revoked of users.
  public var count: Int { revocations.count }

  /// Takes an attribute from a user; false if that was done before.
  public mutating func revoke(_ attribute: Attribute, of user: UserID) -> Bool {
    let revocation = Revocation(attribute: attribute, user: user)
    let index = position(of: revocation)
    guard index == revocations.count || revocations[index] != revocation else { return false }
    revocations.insert(revocation, at: index)
    return true
  }

  /// Gives an attribute back to a user; false if it wasn't taken.
  public mutating func restore(_ attribute: Attribute, to user: UserID) -> Bool {
    let revocation = Revocation(attribute: attribute, user: user)
    let index = position(of: revocation)
    guard index < revocations.count, revocations[index] == revocation else { return false }
    revocations.remove(at: index)
    return true
  }

  /// Whether a user has lost an attribute.
  public func isRevoked(_ attribute: Attribute, of user: UserID) -> Bool {
    let revocation = Revocation(attribute: attribute, user: user)
    let index = position(of: revocation)
    return index < revocations.count && revocations[index] == revocation
  }

  /// S_eff = S \ {x : uid in ALR_x}.
  public func effective(_ attributes: AttributeSet, of user: UserID) -> AttributeSet {
    guard !revocations.isEmpty else { return attributes }
    return AttributeSet(attributes.filter { !isRevoked($0, of: user) })
  }

  /// Whether a user may have a file with a policy.
  public func decide(
    _ policy: AccessPolicy, for user: UserID, holding attributes: AttributeSet
  ) -> AccessDecision {
    if policy.isSatisfied(by: effective(attributes, of: user)) { return .granted }
    return policy.isSatisfied(by: attributes) ? .revoked : .unsatisfied
  }

  /// The first place whose revocation isn't smaller.
  private func position(of revocation: Revocation) -> Int {
    var low = 0
    var high = revocations.count
    while low < high {
      let middle = (low + high) / 2
      if revocations[middle] < revocation { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// Whether a user may have a file.
public enum AccessDecision: Hashable, Sendable {
  /// The effective attributes satisfy the policy.
  case granted
  /// The attributes that were vouched for don't satisfy it.
  case unsatisfied
  /// They do, but some needed ones were revoked.
  case revoked
}
