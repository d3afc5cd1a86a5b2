import ConsensusCore
import DiscreteEvents
import TestSupport

@testable import PBFT

typealias Plain = PBFTReplica<RoundRobin>
typealias PlainGroup = Group<Plain>
typealias Rejection = PBFTObservation.Rejection

func configuration(
  _ replicas: Int = 4, interval: UInt64 = 4, window: UInt64 = 8, batch: Int = 1,
  rotation: PBFTConfiguration<RoundRobin>.Rotation = .onSuspicion, relays: Bool = false
) -> PBFTConfiguration<RoundRobin> {
  PBFTConfiguration(
    replicas: replicas, checkpointInterval: interval, window: window, batchLimit: batch,
    viewTimeout: .seconds(10), retransmission: .seconds(1), rotation: rotation,
    relaysFirstReceipt: relays, epochLength: nil, policy: .init(), application: nil)
}

func group(_ replicas: Int = 4, interval: UInt64 = 4, window: UInt64 = 8) -> PlainGroup {
  PlainGroup(replicas, configuration(replicas, interval: interval, window: window))
}

/// Messages made by hand with the keys of their senders.
extension Group {
  func batch(
    _ requests: [Request], by proposer: Int = 0, in view: UInt64 = 0, judgements: [Judgement] = []
  ) -> Batch {
    Batch(
      proposer: ReplicaID(proposer), view: View(view), requests: requests, judgements: judgements,
      changes: [])
  }

  func proposal(
    _ digest: Digest, at sequence: UInt64, in view: UInt64 = 0, by proposer: Int = 0
  ) -> Proposal {
    Proposal(
      view: View(view), sequence: SequenceNumber(sequence), digest: digest,
      signedBy: signer(proposer))
  }

  func prepareVote(
    _ batch: Batch, at sequence: UInt64, in view: UInt64 = 0, by replica: Int, proposer: Int = 0
  ) -> Vote {
    let (view, sequence) = (View(view), SequenceNumber(sequence))
    return Vote(
      view: view, sequence: sequence, digest: batch.digest, replica: ReplicaID(replica),
      signature: signer(replica).sign(
        SignedContent.prepare(view, sequence, batch.digest, ReplicaID(replica))),
      proposalSignature: proposal(
        batch.digest, at: sequence.number, in: view.number, by: proposer
      ).signature)
  }

  func commitVote(
    _ batch: Batch, at sequence: UInt64, in view: UInt64 = 0, by replica: Int
  ) -> Vote {
    let (view, sequence) = (View(view), SequenceNumber(sequence))
    return Vote(
      view: view, sequence: sequence, digest: batch.digest, replica: ReplicaID(replica),
      signature: signer(replica).sign(
        SignedContent.commit(view, sequence, batch.digest, ReplicaID(replica))),
      proposalSignature: .none)
  }

  func checkpointVote(_ digest: Digest, at sequence: UInt64, by replica: Int) -> CheckpointVote {
    let sequence = SequenceNumber(sequence)
    return CheckpointVote(
      sequence: sequence, digest: digest, replica: ReplicaID(replica),
      signature: signer(replica).sign(
        SignedContent.checkpoint(sequence, digest, ReplicaID(replica))))
  }

  func proof(_ digest: Digest, at sequence: UInt64, by replicas: [Int]) -> CheckpointProof {
    var tag: UInt64 = 0
    for replica in replicas {
      tag ^= checkpointVote(digest, at: sequence, by: replica).signature.tag
    }
    return CheckpointProof(
      sequence: SequenceNumber(sequence), digest: digest,
      signers: ReplicaSet(replicas.map { ReplicaID($0) }), aggregate: Signature(tag: tag))
  }

  func certificate(
    _ batch: Batch, at sequence: UInt64, in view: UInt64 = 0, proposer: Int = 0,
    by replicas: [Int]
  ) -> PreparedCertificate {
    var tag: UInt64 = 0
    for replica in replicas {
      tag ^= prepareVote(batch, at: sequence, in: view, by: replica).signature.tag
    }
    return PreparedCertificate(
      proposal: proposal(batch.digest, at: sequence, in: view, by: proposer),
      proposer: ReplicaID(proposer), signers: ReplicaSet(replicas.map { ReplicaID($0) }),
      aggregate: Signature(tag: tag))
  }

  func viewChange(
    _ replica: Int, to target: UInt64, stable: CheckpointProof = .genesis,
    certificates: [PreparedCertificate] = [], complaints: [Complaint] = [],
    evidence: [Evidence] = []
  ) -> ViewChange {
    ViewChange(
      epoch: 0, target: View(target), stable: stable, certificates: certificates,
      complaints: complaints, evidence: evidence, replica: ReplicaID(replica),
      signedBy: signer(replica))
  }

  /// The NEW-VIEW that an honest primary makes of these VIEW-CHANGEs.
  func newView(_ view: UInt64, _ viewChanges: [ViewChange], by primary: Int) -> NewView {
    let content = NewViewContent(
      viewChanges, quorum: Quorum(replicas: replicas.count), verifier: verifier)
    return NewView(
      view: View(view), viewChanges: viewChanges,
      proposals: content.proposals.map {
        proposal($0.digest, at: $0.sequence.number, in: view, by: primary)
      }, replica: ReplicaID(primary), signedBy: signer(primary))
  }
}

extension Group {
  func prePrepare<O>(
    _ batch: Batch, at sequence: UInt64, in view: UInt64 = 0, by proposer: Int = 0
  ) -> R.Message where R == PBFTReplica<O> {
    .prePrepare(proposal(batch.digest, at: sequence, in: view, by: proposer), batch)
  }

  func prepare<O>(
    _ batch: Batch, at sequence: UInt64, in view: UInt64 = 0, by replica: Int, proposer: Int = 0
  ) -> R.Message where R == PBFTReplica<O> {
    .prepare(prepareVote(batch, at: sequence, in: view, by: replica, proposer: proposer))
  }

  func commit<O>(
    _ batch: Batch, at sequence: UInt64, in view: UInt64 = 0, by replica: Int
  ) -> R.Message where R == PBFTReplica<O> {
    .commit(commitVote(batch, at: sequence, in: view, by: replica))
  }

  /// Makes `index` accept `batch` and prepare it with the votes of others.
  func prepareAt<O>(_ index: Int, _ batch: Batch, at sequence: UInt64, in view: UInt64 = 0)
  where R == PBFTReplica<O> {
    let primary = Int(view) % replicas.count
    receive(index, prePrepare(batch, at: sequence, in: view, by: primary), from: primary)
    for replica in replicas.indices where replica != primary && replica != index {
      receive(
        index, prepare(batch, at: sequence, in: view, by: replica, proposer: primary),
        from: replica)
    }
  }

  /// Makes `index` commit `batch` with the votes of others.
  func commitAt<O>(_ index: Int, _ batch: Batch, at sequence: UInt64, in view: UInt64 = 0)
  where R == PBFTReplica<O> {
    prepareAt(index, batch, at: sequence, in: view)
    for replica in replicas.indices where replica != index {
      receive(index, commit(batch, at: sequence, in: view, by: replica), from: replica)
    }
  }

  /// How far the replicas executed.
  var executed: [UInt64] { replicas.map(\.standing.executed) }

  /// Lets one client after the other complete `count` requests in all.
  func complete<O>(_ count: Int, client: Int = 0, from first: UInt64 = 1)
  where R == PBFTReplica<O> {
    for number in 0..<UInt64(count) {
      issue(request(client, first + number))
      settle()
    }
  }
}

extension Reaction {
  func rejections<O>() -> [Rejection] where R == PBFTReplica<O> {
    observations.compactMap {
      if case .rejected(let reason, _) = $0 { reason } else { nil }
    }
  }

  func accepts<O>() -> Bool where R == PBFTReplica<O> {
    observations.contains { if case .accepted = $0 { true } else { false } }
  }

  func prepares<O>() -> Bool where R == PBFTReplica<O> {
    observations.contains { if case .prepared = $0 { true } else { false } }
  }

  func commits<O>() -> Bool where R == PBFTReplica<O> {
    observations.contains { if case .committed = $0 { true } else { false } }
  }

  func complaint<O>() -> Complaint.Reason? where R == PBFTReplica<O> {
    for case .leftView(_, let reason) in observations { return reason }
    return nil
  }

  func viewChange<O>() -> ViewChange? where R == PBFTReplica<O> {
    for case (.viewChange(let message), _) in sends { return message }
    return nil
  }

  func newView<O>() -> NewView? where R == PBFTReplica<O> {
    for case (.newView(let message), _) in sends { return message }
    return nil
  }
}

extension Group {
  /// Lets time pass as ``run(until:events:)`` does, in a network that takes `delay` for every copy.
  func run(until end: VirtualTime, delayingBy delay: VirtualDuration, events: Int = 20_000) {
    for _ in 0..<events {
      underway += pending.map { (now + delay, $0) }
      pending.removeAll()
      var timer: (at: VirtualTime, replica: Int, timer: R.Timer)?
      for index in replicas.indices {
        for name in R.Timer.allCases {
          guard let at = deadlines[index][Int(name.rawValue)], at <= end else { continue }
          if timer.map({ at < $0.at }) ?? true { timer = (at, index, name) }
        }
      }
      if let first = underway.first, first.at <= end, timer.map({ first.at <= $0.at }) ?? true {
        underway.removeFirst()
        now = first.at
        guard let replica = first.envelope.to.replica else { continue }
        step(replica.index, .message(first.envelope.message, from: first.envelope.from))
      } else if let timer {
        fire(timer.timer, of: timer.replica)
      } else {
        break
      }
    }
    now = max(now, end)
  }
}
