import ConsensusCore

/// Tests name invariants as documents do.
extension InvariantID: ExpressibleByStringLiteral {
  /// Names an invariant.
  public init(stringLiteral name: String) { self.init(name) }
}
