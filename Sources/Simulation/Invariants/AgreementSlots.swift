import ConsensusCore
import DiscreteEvents
import PBFT

/// What is known of one sequence number over all honest replicas.
struct AgreementSlot: Sendable {
  /// Who took which step for one digest in one view.
  struct Ballot: Sendable {
    var view = View(0)
    var digest = Digest(0)
    var proposer = ReplicaID(0)
    var accepted = ReplicaSet()
    var prepared = ReplicaSet()
  }

  var sequence: UInt64 = 0
  var hasBallot = false
  /// The ballot that was opened last; without faults the only one.
  var ballot = Ballot()
  /// Ballots of other views and, beyond the fault bound, of other digests.
  var others: [Ballot] = []
  var isCommitted = false
  var committedView = View(0)
  var committedDigest = Digest(0)
  /// The replicas that executed it, and broadcasts for it (P-18).
  var executions = 0
  var proposals = 0
  var prepares = 0
  var commits = 0

  /// The ballot for a digest in a view, opened if there is none; it becomes the last.
  @inline(__always)
  mutating func open(_ view: View, _ digest: Digest) {
    if hasBallot, ballot.view == view, ballot.digest == digest { return }
    openSlowly(view, digest)
  }

  private mutating func openSlowly(_ view: View, _ digest: Digest) {
    guard hasBallot else {
      hasBallot = true
      ballot = Ballot(view: view, digest: digest)
      return
    }
    if let index = others.firstIndex(where: { $0.view == view && $0.digest == digest }) {
      swap(&ballot, &others[index])
    } else {
      others.append(ballot)
      ballot = Ballot(view: view, digest: digest)
    }
  }

  /// The digest of another ballot of the view that an honest replica prepared, if there is one.
  func rival(of view: View, _ digest: Digest) -> Digest? {
    others.first { $0.view == view && $0.digest != digest && !$0.prepared.isEmpty }?.digest
  }

  /// Who proposed a digest in a view, as honest replicas that accepted it say.
  func proposer(of digest: Digest, in view: View) -> ReplicaID? {
    guard hasBallot else { return nil }
    let ballots = [ballot] + others
    return ballots.first {
      $0.view == view && $0.digest == digest && !$0.accepted.isEmpty
    }?.proposer
  }

  /// The proposer that another ballot of the view was accepted from, if there is one.
  func rivalProposer(in view: View, to proposer: ReplicaID) -> ReplicaID? {
    others.first { $0.view == view && $0.proposer != proposer && !$0.accepted.isEmpty }?.proposer
  }
}

/// What one honest replica said and did at one sequence number, restarts included (P-8).
struct ReplicaSlot: Sendable {
  var sequence: UInt64 = 0
  var acceptedView: UInt64 = 0
  var acceptedDigest = Digest(0)
  var prepareView: UInt64 = 0
  var prepareDigest = Digest(0)
  var commitView: UInt64 = 0
  var commitDigest = Digest(0)
  /// The last view plus one in which it prepared, 0 for never.
  var preparedView: UInt64 = 0
}

/// The digests that honest replicas executed, by sequence number; pruned at the front.
struct ExecutedHistory: Sendable {
  private var digests: [Digest] = []
  private var isKnown: [Bool] = []
  /// The sequence number before the first that is kept.
  private var base: UInt64 = 0

  /// The greatest sequence number that any honest replica executed.
  var last: UInt64 { base + UInt64(digests.count) }

  /// Enters an execution; answers the digest that another replica executed, if it is another one.
  @inline(__always)
  mutating func enter(_ sequence: UInt64, _ digest: Digest) -> Digest? {
    if sequence == last + 1 {
      digests.append(digest)
      isKnown.append(true)
      return nil
    }
    return enterSlowly(sequence, digest)
  }

  /// The greatest gap that is filled: beyond the fault bound a state can come from nowhere.
  private static let gapLimit: UInt64 = 1 << 16

  private mutating func enterSlowly(_ sequence: UInt64, _ digest: Digest) -> Digest? {
    guard sequence > base else { return nil }
    if sequence > last {
      guard sequence - last < Self.gapLimit else { return nil }
      while last < sequence {
        digests.append(Digest(0))
        isKnown.append(false)
      }
    }
    let index = Int(sequence - base) - 1
    guard isKnown[index] else {
      isKnown[index] = true
      digests[index] = digest
      return nil
    }
    return digests[index] == digest ? nil : digests[index]
  }

  /// What was executed at a sequence number, if that is known and not pruned.
  func digest(at sequence: UInt64) -> Digest? {
    guard sequence > base, sequence <= last else { return nil }
    let index = Int(sequence - base) - 1
    return isKnown[index] ? digests[index] : nil
  }

  /// Forgets what no honest replica can execute any more.
  mutating func prune(through sequence: UInt64) {
    guard sequence > base else { return }
    let dead = Int(min(sequence, last) - base)
    guard dead >= 1024, dead * 2 >= digests.count else { return }
    digests.removeFirst(dead)
    isKnown.removeFirst(dead)
    base += UInt64(dead)
  }
}
