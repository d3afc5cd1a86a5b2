import ConsensusCore

/// Tests name invariants as documents do.
extension InvariantID: ExpressibleByStringLiteral {
  public init(stringLiteral name: String) { self.init(name) }
}
