import ConsensusCore

/// A replica's checkpoints: the stable one, later snapshots, and the votes towards the next.
struct CheckpointBook<Policy: LeaderPolicy>: Sendable {
  fileprivate struct Candidate: Sendable {
    var sequence: SequenceNumber
    var tally: Tally
  }

  /// The proof of the last stable checkpoint.
  private(set) var stable = CheckpointProof.genesis

  private var snapshots: [ReplicatedState<Policy>] = []
  private var candidates: [Candidate] = []
  private var votes: [Int]
  /// The stable checkpoint that each replica was shown last because it missed a proposal.
  private var shown: [SequenceNumber]

  /// Open candidates that one replica may have voted for; honest replicas need window / interval.
  private static var votesPerReplica: Int { 16 }

  init(replicas: Int) {
    votes = Array(repeating: 0, count: replicas)
    shown = Array(repeating: .zero, count: replicas)
  }

  // MARK: PBFT §4.3: copies of the state

  // Rule: PBFT 4.3-8
  /// Keeps a snapshot, so that this replica can prove and hand over the state at its point.
  mutating func keep(_ state: ReplicatedState<Policy>) {
    if !hasSnapshot(at: state.executed) { snapshots.append(state) }
    assert(snapshots.last?.executed == state.executed, "Snapshots ascend")
  }

  func hasSnapshot(at sequence: SequenceNumber) -> Bool {
    snapshots.indices.contains { snapshots[$0].executed == sequence }
  }

  func hasSnapshot(of proof: CheckpointProof) -> Bool {
    snapshots.indices.contains {
      snapshots[$0].executed == proof.sequence && snapshots[$0].digest == proof.digest
    }
  }

  /// The checkpoints that somebody voted for and that are not stable yet.
  var openCandidates: Int { candidates.count }

  /// The snapshots whose checkpoints are not stable yet, ascending.
  var unstable: [ReplicatedState<Policy>] {
    snapshots.filter { $0.executed > stable.sequence }
  }

  /// The state at the stable checkpoint.
  var stableState: ReplicatedState<Policy>? {
    snapshots.first { $0.executed == stable.sequence }
  }

  // MARK: PBFT §4.3: the proof that a checkpoint is stable

  // Rule: PBFT 4.3-4
  /// Counts a CHECKPOINT; answers a proof when it is the one that completes a quorum.
  mutating func add(_ vote: CheckpointVote, quorum: Int) -> CheckpointProof? {
    guard vote.sequence > stable.sequence, vote.replica.index < votes.count,
      votes[vote.replica.index] < Self.votesPerReplica
    else { return nil }
    let index: Int
    if let known = candidates.firstIndex(where: {
      $0.sequence == vote.sequence && $0.tally.digest == vote.digest
    }) {
      index = known
    } else {
      candidates.append(Candidate(sequence: vote.sequence, tally: Tally()))
      index = candidates.count - 1
    }
    guard !candidates[index].tally.signers.contains(vote.replica) else { return nil }
    votes[vote.replica.index] += 1
    _ = candidates[index].tally.add(vote.replica, vote.digest, vote.signature)
    let tally = candidates[index].tally
    guard tally.count >= quorum else { return nil }
    return CheckpointProof(
      sequence: vote.sequence, digest: vote.digest, signers: tally.signers,
      aggregate: tally.aggregate)
  }

  /// Whether `replica`, which missed a proposal, was not shown the stable checkpoint yet; it is now.
  mutating func showStable(to replica: ReplicaID) -> Bool {
    guard shown[replica.index] < stable.sequence else { return false }
    shown[replica.index] = stable.sequence
    return true
  }

  // MARK: PBFT §4.3: garbage collection

  // Rule: PBFT 4.3-5
  /// Discards everything a stable checkpoint makes superfluous (PBFT §4.3).
  mutating func becomeStable(_ proof: CheckpointProof) {
    assert(proof.sequence >= stable.sequence, "PBFT §4.3: the low watermark never decreases")
    stable = proof
    snapshots.removeAll { $0.executed < proof.sequence }
    for candidate in candidates where candidate.sequence <= proof.sequence {
      candidate.tally.signers.forEach { votes[$0.index] -= 1 }
    }
    candidates.removeAll { $0.sequence <= proof.sequence }
    assert(votes.reduce(0, +) == candidates.reduce(0) { $0 + $1.tally.count })
  }

  /// Replaces everything by a state that was transferred with its proof, or read from disk.
  mutating func restore(
    stable proof: CheckpointProof, snapshots states: [ReplicatedState<Policy>]
  ) {
    becomeStable(proof)
    snapshots = states
  }

  /// Votes of an old membership do not count in a new one.
  mutating func forgetVotes() {
    candidates.removeAll()
    for index in votes.indices { votes[index] = 0 }
  }
}

extension CheckpointBook: StateHashable {
  func hashState(into hasher: inout StateHasher) {
    hasher.add(stable, snapshots, candidates, votes, shown)
  }
}

extension CheckpointBook.Candidate: StateHashable {
  func hashState(into hasher: inout StateHasher) {
    hasher.add(sequence, tally)
  }
}
