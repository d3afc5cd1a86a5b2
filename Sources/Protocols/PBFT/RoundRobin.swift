import ConsensusCore

/// PBFT as published: the primary of view v is v mod n, and everybody may lead (PBFT §4.4).
///
/// The configuration may rotate the lead besides (Paper §III-A): the paper's baseline.
public struct RoundRobin: PBFTPolicy {
  /// There is nothing to set.
  public struct Options: Sendable {
    /// Creates the empty options.
    public init() {}
  }

  /// The sequence numbers of one turn within a view, if the lead rotates.
  public let turnLength: UInt64?

  /// Creates the policy, which has no state.
  public init(configuration: PBFTConfiguration<Self>, owner: ReplicaID) {
    self.init(turnLength: configuration.turnLength)
  }

  /// Creates the policy with turns of `turnLength` sequence numbers.
  public init(turnLength: UInt64? = nil) { self.turnLength = turnLength }
}
