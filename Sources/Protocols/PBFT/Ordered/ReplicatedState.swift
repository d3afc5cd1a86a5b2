import ConsensusCore
import DiscreteEvents

/// Everything that is a deterministic function of the executed batches: the ledger, the ordered
/// part of the policy, and the membership.
///
/// Checkpoints are its digest.
public struct ReplicatedState<Policy: LeaderPolicy>: Sendable {
  /// The last executed sequence number.
  public private(set) var executed: SequenceNumber = .zero
  /// The state machine, with the application if there is one.
  public private(set) var ledger: Ledger
  /// The sheet, if any.
  public internal(set) var policy: Policy
  /// Who votes.
  public private(set) var membership: Membership
  /// Who votes once the checkpoint of the CONFIG block just executed is stable.
  public private(set) var nextMembership: Membership? {
    didSet { isClosingEpoch = nextMembership != nil }
  }
  /// Whether ``nextMembership`` is set: asked for every request, and far smaller.
  private(set) var isClosingEpoch = false

  /// The state before the first batch.
  init(policy: Policy, replicas: Int, application: (any Application)?) {
    ledger = Ledger(application: application)
    self.policy = policy
    membership = Membership(replicas: replicas)
  }

  /// Executes a whole batch when nobody asks what it did: replay from disk.
  mutating func apply(_ batch: Batch) {
    _ = begin(batch)
    for request in batch.requests { _ = execute(request) }
    _ = finish(batch)
  }

  /// Moves to the next sequence number and enters the batch's judgements in the sheet.
  ///
  /// They come first: they concern turns before the batch's own, and E2 of this batch may concern
  /// a later turn of the same replica.
  mutating func begin(_ batch: Batch) -> [SheetChange] {
    assert(!isClosingEpoch, "Nothing executes between CONFIG and its stable checkpoint")
    executed = executed.next
    return batch.judgements.compactMap { policy.judged($0) }
  }

  /// Executes one request of the batch; nil if it is not new and has no effect.
  @inline(__always)
  mutating func execute(_ request: Request) -> Execution? {
    ledger.execute(request, at: executed)
  }

  // Rule: PBFT 4.4-17
  /// Ends the batch: its proposer completed a round, and its membership change is scheduled.
  mutating func finish(_ batch: Batch) -> [SheetChange] {
    guard let proposer = batch.proposer else { return [] }
    var changes: [SheetChange] = []
    if let change = policy.completed(proposer) { changes.append(change) }
    if let change = batch.changes.first {
      changes += policy.applied(change)
      nextMembership = membership.applying(
        change, at: executed, proposedBy: proposer, in: batch.view)
    }
    return changes
  }

  /// Puts the next membership into effect; its closing checkpoint is stable.
  mutating func enterNextEpoch() {
    guard let next = nextMembership else { return }
    assert(next.epoch == membership.epoch + 1 && next.start == executed)
    membership = next
    nextMembership = nil
  }

  /// Takes over a state that was checked against a stable checkpoint.
  ///
  /// What the policy keeps outside the order (literal marking) stays this replica's own.
  mutating func adopt(_ other: ReplicatedState) {
    assert(other.executed > executed, "P-2: no way back")
    executed = other.executed
    ledger = other.ledger
    membership = other.membership
    nextMembership = other.nextMembership
    policy.adopt(other.policy)
  }

  /// The digest that checkpoints carry.
  public var digest: Digest { digest(ledger: ledger.digest) }

  /// The digest recomputed from the contents, as the receiver of a transferred state does.
  var recomputedDigest: Digest { digest(ledger: ledger.recomputedDigest) }

  /// The state with another ledger, as a liar may hand it over; its digest is another too.
  public func replacing(_ ledger: Ledger) -> ReplicatedState {
    var state = self
    state.ledger = ledger
    return state
  }

  private func digest(ledger: Digest) -> Digest {
    Digest(
      mix(
        mix(executed.number, ledger.value),
        mix(
          policy.fingerprint,
          membership.fingerprint ^ (nextMembership.map { mix(1, $0.fingerprint) } ?? 0))))
  }
}

extension ReplicatedState: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(executed, ledger, policy.fingerprint, membership, nextMembership, isClosingEpoch)
  }
}
