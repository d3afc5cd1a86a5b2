/// What a scenario promises about a run, so that invariants that hold only then are checked.
public struct RunAssumptions: Hashable, Sendable {
  /// The network is synchronous, with delays well below every time-out, and nothing fails: no view
  /// change without cause (PL-2), and the exact number of messages (P-18).
  public var isCalm: Bool
  /// Faults are over and clients are content when the run ends, so that all replicas that are up
  /// agree: PL-5, SC-7; for chains, W-9.
  public var endsSettled: Bool
  /// Equal replies that make a client accept.
  public var replyQuorum: Int

  /// Promises nothing about the run but how many replies clients wait for.
  public static func none(replyQuorum: Int) -> RunAssumptions {
    RunAssumptions(isCalm: false, endsSettled: false, replyQuorum: replyQuorum)
  }

  /// Creates assumptions; every one is spelled out.
  public init(isCalm: Bool, endsSettled: Bool, replyQuorum: Int) {
    self.isCalm = isCalm
    self.endsSettled = endsSettled
    self.replyQuorum = replyQuorum
  }
}
