import ConsensusCore
import Simulator

/// What a scenario promises about a run, so that invariants that hold only then are checked.
public struct RunAssumptions: Hashable, Sendable {
  /// The network is synchronous, with delays well below every time-out, and nothing fails: no view
  /// change without cause (PL-2), and the exact number of messages (P-18).
  public var isCalm: Bool
  /// Faults are over and clients are content when the run ends, so that all replicas that are up
  /// agree: PL-5, SC-7; for chains, W-9.
  public var endsSettled: Bool
  /// Equal replies that make the least demanding client accept, in the first membership.
  public var replyQuorum: Int
  /// How many suffice it once the membership has changed.
  public var quorumRule: ClientModel.QuorumRule

  /// Promises nothing about the run but how many replies clients wait for.
  public static func none(replyQuorum: Int) -> RunAssumptions {
    RunAssumptions(isCalm: false, endsSettled: false, replyQuorum: replyQuorum)
  }

  /// Creates assumptions; clients wait for as many replies after changes of the membership as before
  /// unless a rule says otherwise.
  public init(
    isCalm: Bool, endsSettled: Bool, replyQuorum: Int,
    quorumRule: ClientModel.QuorumRule = .fixed
  ) {
    self.isCalm = isCalm
    self.endsSettled = endsSettled
    self.replyQuorum = replyQuorum
    self.quorumRule = quorumRule
  }

  /// Creates assumptions about runs with these clients, of which the least demanding one counts.
  public init(isCalm: Bool, endsSettled: Bool, clients: [ClientModel]) {
    let weakest = clients.min { $0.replyQuorum < $1.replyQuorum }
    self.init(
      isCalm: isCalm, endsSettled: endsSettled, replyQuorum: weakest?.replyQuorum ?? 1,
      quorumRule: weakest?.quorumRule ?? .fixed)
  }

  /// Equal replies that make the least demanding client accept while so many members are left.
  func replyQuorum(members: Int) -> Int {
    // f, the most faults with 3f < n (PBFT §3), apart from the protocols' own quorums.
    let faults = (max(1, members) - 1) / 3
    return switch quorumRule {
    case .fixed: replyQuorum
    case .strong: 2 * faults + 1
    case .weak: faults + 1
    }
  }
}
