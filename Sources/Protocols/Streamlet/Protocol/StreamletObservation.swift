import ConsensusCore
import RunPlans

/// An inner step of a replica, told to probes; enough to check the invariants of Streamlet.
///
/// A step that a replica must remember is told after the write that makes it durable.
public enum StreamletObservation: MarkedObservation {
  /// Why a replica dropped a message.
  public enum Rejection: UInt8, CaseIterable, Hashable, Sendable {
    /// Its epoch is not above that of the last final block.
    case old
    /// Its epoch is not to come so soon.
    case early
    /// Its proposer does not lead the epoch.
    case wrongLeader
    /// A signature is not that of who is named.
    case badSignature
    /// There are more requests in the block than may be.
    case oversized
    /// A client did not sign a request of the block.
    case badRequest
    /// Its epoch is not above that of its parent.
    case notLater
    /// The vote names another epoch than the block.
    case wrongEpoch
    /// There is no such replica.
    case unknownVoter
    /// The chain is longer than anybody would send.
    case longChain
    /// There are two blocks of the leader in the epoch already, or two votes for blocks that are missing.
    case flood
  }

  /// The replica is in this epoch from now on.
  case enteredEpoch(Epoch, leads: Bool)
  /// The replica proposed a block as the leader of its epoch.
  case proposed(Epoch, Digest)
  /// The replica voted for a block of its epoch that extends a notarised chain of this height.
  case voted(Epoch, Digest, proposer: ReplicaID, parentHeight: UInt64)
  /// A chain that ends with this block became a notarised one.
  case notarised(Digest, parent: Digest, Epoch, height: UInt64, voters: ReplicaSet)
  /// The block is final.
  case finalised(Digest, Epoch, height: UInt64, transactions: Int)
  /// A request took effect.
  case executed(client: ClientID, timestamp: UInt64, result: Digest)
  /// The replica asked for the chain that ends with this block.
  case asked(Digest, above: UInt64)
  /// The replica came back; what it has on disk is told again.
  case restarted(Epoch)
  /// The replica dropped a message.
  case rejected(Rejection, from: Endpoint)

  /// What the step means in terms that all protocols share.
  ///
  /// Assumption: a restarted replica reports what it finalises and executes again, since its state
  /// machine is volatile.
  public var milestone: Milestone? {
    switch self {
    case .finalised(let digest, _, let height, let transactions):
      .decided(
        height: height, digest: digest, transactions: transactions, isOrdinary: transactions > 0)
    case .executed(let client, let timestamp, let result):
      .executed(client: client, timestamp: timestamp, result: result)
    case .enteredEpoch(let epoch, let leads): leads ? .leads(view: epoch.number) : nil
    case .proposed, .voted, .notarised, .asked, .restarted, .rejected: nil
    }
  }

  /// The steps, then the reasons to drop a message.
  public static let markNames =
    [
      "entered-epoch", "proposed", "voted", "notarised", "finalised", "executed", "asked",
      "restarted",
    ] + Rejection.allCases.map { "rejected: \($0)" }

  /// The position of the step.
  public var mark: Int {
    switch self {
    case .enteredEpoch: 0
    case .proposed: 1
    case .voted: 2
    case .notarised: 3
    case .finalised: 4
    case .executed: 5
    case .asked: 6
    case .restarted: 7
    case .rejected(let reason, _): 8 + Int(reason.rawValue)
    }
  }

  /// One line of text.
  public var summary: String {
    switch self {
    case .enteredEpoch(let epoch, let leads): "enters epoch \(epoch)\(leads ? " and leads it" : "")"
    case .proposed(let epoch, let digest): "proposes \(digest) in epoch \(epoch)"
    case .voted(let epoch, let digest, _, let height):
      "votes for \(digest) of epoch \(epoch) above h\(height)"
    case .notarised(let digest, _, let epoch, let height, let voters):
      "has \(digest) of epoch \(epoch) notarised at h\(height) by \(voters.count)"
    case .finalised(let digest, let epoch, let height, let transactions):
      "finalises \(digest) of epoch \(epoch) at h\(height) with \(transactions) transactions"
    case .executed(let client, let timestamp, _): "executes c\(client) t\(timestamp)"
    case .asked(let digest, let height): "asks for the chain to \(digest) above h\(height)"
    case .restarted(let epoch): "restarts in epoch \(epoch)"
    case .rejected(let reason, let sender): "drops a message of \(sender): \(reason)"
    }
  }
}
