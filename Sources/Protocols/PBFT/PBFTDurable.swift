import ConsensusCore

/// What a PBFT replica keeps on disk: everything it must not forget after a crash, written before
/// the message that depends on it leaves.
///
/// Assumption: PBFT §4 leaves restarts open; this is the least that keeps P-8 (no self-conflict),
/// P-2 (order) and P-11 (views) true across them.
public struct PBFTDurable<Policy: LeaderPolicy>: DurableState {
  /// One write.
  public enum Record: Sendable {
    /// The node was set up, or took over a state transferred from its peers.
    indirect case state(ReplicatedState<Policy>)
    /// A PRE-PREPARE was accepted, and may be voted for.
    case accepted(Proposal, proposer: ReplicaID, Batch)
    /// A batch prepared; a COMMIT follows.
    case prepared(PreparedCertificate, Batch)
    /// The next batch executed.
    case executed(Batch, CommitCertificate)
    /// A VIEW-CHANGE follows.
    indirect case changing(ViewChange)
    /// A view was installed by this certificate.
    indirect case entered(NewView)
    /// A checkpoint was taken.
    indirect case checkpoint(ReplicatedState<Policy>)
    /// A checkpoint became stable.
    indirect case stable(CheckpointProof)
    /// The next membership took effect.
    case enteredEpoch
    /// The part of the policy that is kept outside the order changed (literal marking).
    indirect case marked(Policy)
  }

  struct Entry: Sendable {
    var sequence: SequenceNumber
    var proposal: Proposal?
    var proposer = ReplicaID(0)
    var batch: Batch?
    var certificate: PreparedCertificate?
    var certified: Batch?
    var commitCertificate: CommitCertificate?
  }

  private(set) var view = View(0)
  private(set) var newView: NewView?
  private(set) var viewChange: ViewChange?
  private(set) var state: ReplicatedState<Policy>?
  private(set) var stable = CheckpointProof.genesis
  private(set) var snapshots: [ReplicatedState<Policy>] = []
  /// Ascending by sequence number, all above the stable checkpoint.
  private(set) var entries: [Entry] = []

  /// The state of an empty disk.
  public init() {}

  /// Applies one write.
  public mutating func apply(_ record: Record) {
    switch record {
    case .state(let value):
      state = value
      // What was taken over must be there to be handed on once its checkpoint is stable.
      if value.executed > .zero { snapshots.append(value) }
    case .accepted(let proposal, let proposer, let batch):
      update(proposal.sequence) {
        $0.proposal = proposal
        $0.proposer = proposer
        $0.batch = batch
      }
    case .prepared(let certificate, let batch):
      update(certificate.proposal.sequence) {
        $0.certificate = certificate
        $0.certified = batch
      }
    case .executed(let batch, let certificate):
      state?.apply(batch)
      update(certificate.sequence) {
        $0.commitCertificate = certificate
        $0.certified = batch
      }
    case .changing(let message): viewChange = message
    case .entered(let message):
      view = message.view
      newView = message
    case .checkpoint(let snapshot): snapshots.append(snapshot)
    case .stable(let proof):
      stable = proof
      entries.removeAll { $0.sequence <= proof.sequence }
      snapshots.removeAll { $0.executed < proof.sequence }
    case .enteredEpoch: state?.enterNextEpoch()
    case .marked(let value): state?.policy = value
    }
  }

  private mutating func update(_ sequence: SequenceNumber, _ change: (inout Entry) -> Void) {
    guard sequence > stable.sequence else { return }
    var index = entries.count
    while index > 0, entries[index - 1].sequence > sequence { index -= 1 }
    if index == 0 || entries[index - 1].sequence < sequence {
      if index == entries.count {
        entries.append(Entry(sequence: sequence))
      } else {
        entries.insert(Entry(sequence: sequence), at: index)
      }
      index += 1
    }
    assert(index == 1 || entries[index - 2].sequence < sequence, "Entries ascend")
    change(&entries[index - 1])
  }
}

extension PBFTDurable: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(view, newView, viewChange, state, stable, snapshots, entries)
  }
}

extension PBFTDurable.Entry: StateHashable {
  func hashState(into hasher: inout StateHasher) {
    hasher.add(sequence, proposal, proposer, batch, certificate, certified, commitCertificate)
  }
}
