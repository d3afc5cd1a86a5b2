import ConsensusCore
import DiscreteEvents

/// What one sequence number orders: requests, what is to be entered in the state sheet, and a
/// change of membership; the paper's "block".
///
/// Copies share the contents: a batch is in every log and on every disk of a run.
public struct Batch: Sendable, Hashable {
  fileprivate final class Contents: Sendable {
    let proposer: ReplicaID?
    let view: View
    let requests: [Request]
    let judgements: [Judgement]
    let changes: [MembershipChange]
    let operationBytes: Int

    init(
      _ proposer: ReplicaID?, _ view: View, _ requests: [Request], _ judgements: [Judgement],
      _ changes: [MembershipChange]
    ) {
      self.proposer = proposer
      self.view = view
      self.requests = requests
      self.judgements = judgements
      self.changes = changes
      operationBytes = requests.reduce(0) { $0 + Int($1.operationBytes) }
    }
  }

  private let contents: Contents
  /// D(m), over everything else.
  public let digest: Digest

  /// Who proposed the batch first, or nil for the null request of a gap (PBFT §4.4).
  @inline(__always)
  public var proposer: ReplicaID? { contents.proposer }
  /// The view in which it was proposed first.
  @inline(__always)
  public var view: View { contents.view }
  /// The clients' requests in order of execution.
  @inline(__always)
  public var requests: [Request] { contents.requests }
  /// What the NEW-VIEW certificate of ``view`` says of earlier primaries; at most in the first
  /// batch proposed in a view.
  @inline(__always)
  public var judgements: [Judgement] { contents.judgements }
  /// The change of membership that this CONFIG block makes; none or one.
  @inline(__always)
  public var changes: [MembershipChange] { contents.changes }
  /// The size of all operations beyond ``MessageSizes/transaction`` each, in bytes.
  @inline(__always)
  public var operationBytes: Int { contents.operationBytes }

  /// The null request: executing it changes nothing.
  public static let null = Batch(
    proposer: nil, view: View(0), requests: [], judgements: [], changes: [])

  /// Creates a batch and computes its digest.
  public init(
    proposer: ReplicaID?, view: View, requests: [Request], judgements: [Judgement],
    changes: [MembershipChange]
  ) {
    contents = Contents(proposer, view, requests, judgements, changes)
    var hash = WordHash(domain: 0xBA7C4)
    hash.combine(UInt64(bitPattern: Int64(proposer?.index ?? -1)))
    hash.combine(view.number)
    for request in requests {
      hash.combine(request.content)
      hash.combine(request.signature.tag)
    }
    for judgement in judgements { hash.combine(judgement.fingerprint) }
    for change in changes { hash.combine(change.fingerprint) }
    digest = Digest(hash.value)
  }

  /// Two batches are equal when everything in them is.
  public static func == (left: Batch, right: Batch) -> Bool {
    left.contents === right.contents
      || left.digest == right.digest && left.proposer == right.proposer && left.view == right.view
        && left.requests == right.requests && left.judgements == right.judgements
        && left.changes == right.changes
  }

  /// Feeds the digest to a hasher: equal batches have equal digests.
  public func hash(into hasher: inout Hasher) { hasher.combine(digest) }

  /// Whether this is the null request.
  public var isNull: Bool { proposer == nil }

  /// Whether the batch counts as a block in the figures: neither null nor CONFIG.
  public var isOrdinary: Bool { proposer != nil && changes.isEmpty }

  /// Tells whether every request is signed by its client.
  public func isAuthentic(_ verifier: Verifier) -> Bool {
    for request in requests where !request.isAuthentic(verifier) { return false }
    return true
  }
}

/// A change of the group's membership, ordered like any batch.
public struct MembershipChange: Hashable, Sendable {
  /// The replicas that leave.
  public let removed: ReplicaSet
  /// The replicas whose marks without proof are cleared.
  public let cleared: ReplicaSet

  /// Creates a change.
  public init(removed: ReplicaSet, cleared: ReplicaSet) {
    self.removed = removed
    self.cleared = cleared
  }

  /// A hash of the change.
  public var fingerprint: UInt64 { mix(removed.fingerprint ^ 0xC0F16, cleared.fingerprint) }
}

extension Batch: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(contents, digest)
  }
}

extension Batch.Contents: StateHashable {
  func hashState(into hasher: inout StateHasher) {
    hasher.add(proposer, view, requests, judgements, changes, operationBytes)
  }
}

extension MembershipChange: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(removed, cleared)
  }
}
