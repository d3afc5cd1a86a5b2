import ConsensusCore
import DiscreteEvents

/// The distinct replicas that voted for one digest, and their signatures XORed.
struct Tally: Sendable {
  var digest = Digest(0)
  var signers = ReplicaSet()
  var aggregate = Signature.none
  var count = 0
  /// Whether the digest is that of an accepted proposal, not just of the first vote.
  var isSettled = false

  /// Counts a vote once; a vote for another digest is left to the caller.
  @inline(__always)
  mutating func add(_ replica: ReplicaID, _ voted: Digest, _ signature: Signature) -> Bool {
    if count == 0, !isSettled { digest = voted }
    guard voted == digest else { return false }
    if signers.insert(replica) {
      count += 1
      aggregate.tag ^= signature.tag
    }
    assert(count == signers.count, "A vote counts once")
    return true
  }
}

/// A vote for a digest other than the one its slot counts; there are none without faults.
struct StrayVote: Sendable {
  var isCommit: Bool
  var vote: Vote
}

/// What a replica knows about one sequence number.
///
/// Votes belong to the current view and are forgotten when it changes. The certificate is kept
/// apart from them: it is the highest-view proof that a batch prepared here, and survives.
///
/// What a vote looks at comes first and fills three cache lines: a log is far larger than a cache.
package struct Slot: Sendable {
  package var sequence: SequenceNumber = .zero
  package var view = View(0)
  var proposer = ReplicaID(0)
  /// The accepted PRE-PREPARE of ``view``.
  var proposal: Proposal?
  var sentPrepare = false
  package var isPrepared = false
  package var isCommitted = false

  var prepares = Tally()
  var commits = Tally()
  var strays: [StrayVote] = []

  /// The body of the accepted batch; nil while it must be fetched.
  var batch: Batch?

  /// The prepared certificate of the highest view, and its batch.
  var certificate: PreparedCertificate?
  var certified: Batch?
  /// The batch that committed here, whatever the view, and the proof for replicas that missed it.
  var decided: Batch?
  var commitCertificate: CommitCertificate?

  /// When to ask for the missing proposal of ``view``.
  var askingTime: VirtualTime?
  /// Whom this replica asked for a missing proposal, in any view: nobody answers twice.
  var asked: [ReplicaID] = []
  /// Whom this replica answered.
  var answered: [ReplicaID] = []

  // MARK: PBFT §4.2: votes of one view

  /// Empties the slot for `sequence` in `view`.
  mutating func reset(for sequence: SequenceNumber, in view: View) {
    self = Slot()
    self.sequence = sequence
    self.view = view
  }

  // Rule: PBFT 4.4-7, PBFT 4.4-8
  /// Forgets the votes of the old view; certificates and bodies stay.
  mutating func enter(_ view: View) {
    guard self.view != view else { return }
    assert(view > self.view, "P-11: the view never decreases")
    self.view = view
    proposal = nil
    prepares = Tally()
    commits = Tally()
    strays.removeAll()
    sentPrepare = false
    isPrepared = false
    isCommitted = false
    askingTime = nil
  }

  /// The digest for which `count` replicas or more sent COMMIT, and who they are.
  func committers(atLeast count: Int) -> (digest: Digest, replicas: ReplicaSet)? {
    if commits.count >= count { return (commits.digest, commits.signers) }
    for first in strays where first.isCommit {
      var replicas = ReplicaSet()
      for stray in strays where stray.isCommit && stray.vote.digest == first.vote.digest {
        replicas.insert(stray.vote.replica)
      }
      if replicas.count >= count { return (first.vote.digest, replicas) }
    }
    return nil
  }

  /// A body with this digest, if the slot holds one from any view.
  func body(of digest: Digest) -> Batch? {
    if let batch, batch.digest == digest { return batch }
    if let certified, certified.digest == digest { return certified }
    if let decided, decided.digest == digest { return decided }
    return digest == Batch.null.digest ? .null : nil
  }

  // Rule: PBFT 4.2-9
  /// Re-counts the votes once the slot's digest is known; the proposer's PREPARE never counts.
  mutating func settle(on digest: Digest) {
    if prepares.signers.contains(proposer) { prepares = Tally() }
    prepares.settle(on: digest, strays.filter { !$0.isCommit && $0.vote.replica != proposer })
    commits.settle(on: digest, strays.filter(\.isCommit))
    assert(!prepares.signers.contains(proposer), "PBFT §4.2: PREPAREs are of backups")
    assert(prepares.digest == digest && commits.digest == digest)
  }

  /// Keeps a vote for another digest; the first of each replica and phase, since an honest replica
  /// has no second.
  mutating func keep(_ stray: StrayVote) {
    let isKnown = strays.contains {
      $0.isCommit == stray.isCommit && $0.vote.replica == stray.vote.replica
    }
    if !isKnown { strays.append(stray) }
  }
}

extension Tally {
  fileprivate mutating func settle(on digest: Digest, _ strays: [StrayVote]) {
    if count == 0 || self.digest != digest { self = Tally() }
    self.digest = digest
    isSettled = true
    for stray in strays where stray.vote.digest == digest {
      _ = add(stray.vote.replica, digest, stray.vote.signature)
    }
  }
}

extension Tally: StateHashable {
  func hashState(into hasher: inout StateHasher) {
    hasher.add(digest, signers, aggregate, count, isSettled)
  }
}

extension StrayVote: StateHashable {
  func hashState(into hasher: inout StateHasher) {
    hasher.add(isCommit, vote)
  }
}

extension Slot: FieldHashable {
  package enum Field: UInt8, StateField {
    case sequence, view, proposer, proposal, sentPrepare, isPrepared, isCommitted, prepares,
      commits, strays, batch, certificate, certified, decided, commitCertificate, askingTime,
      asked, answered
  }

  package func hash(_ field: Field, into hasher: inout StateHasher) {
    switch field {
    case .sequence: hasher.add(sequence)
    case .view: hasher.add(view)
    case .proposer: hasher.add(proposer)
    case .proposal: hasher.add(proposal)
    case .sentPrepare: hasher.add(sentPrepare)
    case .isPrepared: hasher.add(isPrepared)
    case .isCommitted: hasher.add(isCommitted)
    case .prepares: hasher.add(prepares)
    case .commits: hasher.add(commits)
    case .strays: hasher.add(strays)
    case .batch: hasher.add(batch)
    case .certificate: hasher.add(certificate)
    case .certified: hasher.add(certified)
    case .decided: hasher.add(decided)
    case .commitCertificate: hasher.add(commitCertificate)
    case .askingTime: hasher.add(askingTime)
    case .asked: hasher.add(asked)
    case .answered: hasher.add(answered)
    }
  }
}
