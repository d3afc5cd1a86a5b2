import ConsensusCore
import DiscreteEvents
import Exploration

@testable import PBFT
@testable import Raft

/// PBFT whose COMMITs each count twice: a commit quorum of f + 1.
typealias Careless = CountingTwice<CountsCommits>
/// PBFT whose own PREPARE counts twice: a prepare quorum of f + 1, the proposal included.
typealias Hasty = CountingTwice<CountsPrepares>

/// Which votes count twice.
protocol TwiceCounted: Sendable { static var isCommit: Bool { get } }
enum CountsCommits: TwiceCounted { static let isCommit = true }
enum CountsPrepares: TwiceCounted { static let isCommit = false }

/// PBFT in which each vote of one phase that arrives counts twice.
struct CountingTwice<Votes: TwiceCounted>: Replica, StateHashable {
  typealias Honest = PBFTReplica<RoundRobin>
  typealias Configuration = Honest.Configuration
  typealias Message = Honest.Message
  typealias Timer = Honest.Timer
  typealias Durable = Honest.Durable
  typealias Observation = Honest.Observation

  var inner: Honest
  let own: ReplicaID

  init(
    id: ReplicaID, configuration: Configuration, signer: Signer, verifier: Verifier, seed: Seed
  ) {
    inner = Honest(
      id: id, configuration: configuration, signer: signer, verifier: verifier, seed: seed)
    own = id
  }

  var standing: Standing { inner.standing }

  func hashState(into hasher: inout StateHasher) { hasher.add(inner) }

  mutating func step(
    _ input: Input<Self>, at now: VirtualTime, into effects: inout Effects<Self>
  ) {
    hand(input.asInner(), at: now, into: &effects)
    guard case .message(let message, let sender) = input, let copy = secondVote(for: message) else {
      return
    }
    hand(.message(copy, from: sender), at: now, into: &effects)
  }

  /// The same vote in the name of the next backup.
  private func secondVote(for message: Message) -> Message? {
    switch message {
    case .commit(let vote) where Votes.isCommit:
      .commit(copy(of: vote, signing: SignedContent.commit))
    case .prePrepare(let proposal, _) where !Votes.isCommit:
      .prepare(
        copy(
          of: Vote(
            view: proposal.view, sequence: proposal.sequence, digest: proposal.digest, replica: own,
            signature: .none, proposalSignature: proposal.signature),
          signing: SignedContent.prepare))
    default: nil
    }
  }

  private func copy(
    of vote: Vote, signing content: (View, SequenceNumber, Digest, ReplicaID) -> UInt64
  ) -> Vote {
    var copy = vote
    repeat {
      copy.replica = ReplicaID((copy.replica.index + 1) % 4)
    } while copy.replica == own
      || copy.replica.index == Int(vote.view.number) % 4
    copy.signature = Signer(endpoint: Endpoint(copy.replica), keys: Seed(7)).sign(
      content(vote.view, vote.sequence, vote.digest, copy.replica))
    return copy
  }

  private mutating func hand(
    _ input: Input<Honest>, at now: VirtualTime, into effects: inout Effects<Self>
  ) {
    inner.perform(input, at: now, into: &effects)
  }
}

/// PBFT that follows two proposals at once, by two states of which each sees one.
struct TwoFaced: Replica, StateHashable {
  typealias Honest = PBFTReplica<RoundRobin>
  typealias Configuration = Honest.Configuration
  typealias Message = Honest.Message
  typealias Timer = Honest.Timer
  typealias Durable = Honest.Durable
  typealias Observation = Honest.Observation

  var faces: [Honest]

  init(
    id: ReplicaID, configuration: Configuration, signer: Signer, verifier: Verifier, seed: Seed
  ) {
    let face = Honest(
      id: id, configuration: configuration, signer: signer, verifier: verifier, seed: seed)
    faces = [face, face]
  }

  var standing: Standing { faces[0].standing }

  func hashState(into hasher: inout StateHasher) { hasher.add(faces) }

  mutating func step(
    _ input: Input<TwoFaced>, at now: VirtualTime, into effects: inout Effects<TwoFaced>
  ) {
    var face = 0
    if case .message(.prePrepare(let proposal, _), _) = input {
      face = Int(proposal.digest.value & 1)
      if PBFTModel<Honest>.firstDigests.1.value & 1 == PBFTModel<Honest>.firstDigests.0.value & 1 {
        face = proposal.digest == PBFTModel<Honest>.firstDigests.0 ? 0 : 1
      }
    }
    faces[face].perform(input.asInner(), at: now, into: &effects)
  }
}

extension PBFTModel {
  /// The digests of the two batches that a Byzantine primary proposes.
  static var firstDigests: (Digest, Digest) {
    func batch(_ client: Int) -> Batch {
      let id = ClientID(client)
      let request = Request(
        client: id, timestamp: 1, operation: 1, operationBytes: 0,
        signedBy: Signer(endpoint: Endpoint(id), keys: Seed(7)))
      return Batch(
        proposer: ReplicaID(0), view: View(0), requests: [request], judgements: [], changes: [])
    }
    return (batch(0).digest, batch(1).digest)
  }
}

/// Raft whose followers vote as if they had never voted.
struct Forgetful: Replica, StateHashable {
  typealias Configuration = RaftReplica.Configuration
  typealias Message = RaftMessage
  typealias Timer = RaftReplica.Timer
  typealias Durable = RaftDurable
  typealias Observation = RaftObservation

  var inner: RaftReplica
  let blank: RaftReplica

  init(
    id: ReplicaID, configuration: Configuration, signer: Signer, verifier: Verifier, seed: Seed
  ) {
    inner = RaftReplica(
      id: id, configuration: configuration, signer: signer, verifier: verifier, seed: seed)
    blank = inner
  }

  var standing: Standing { inner.standing }

  func hashState(into hasher: inout StateHasher) { hasher.add(inner) }

  mutating func step(
    _ input: Input<Forgetful>, at now: VirtualTime, into effects: inout Effects<Forgetful>
  ) {
    if case .message(.vote, _) = input, !inner.standing.leads { inner = blank }
    inner.perform(input.asInner(), at: now, into: &effects)
  }
}

/// PBFT whose VIEW-CHANGEs leave out what prepared.
struct Secretive: Replica, StateHashable {
  typealias Honest = PBFTReplica<RoundRobin>
  typealias Configuration = Honest.Configuration
  typealias Message = Honest.Message
  typealias Timer = Honest.Timer
  typealias Durable = Honest.Durable
  typealias Observation = Honest.Observation

  var inner: Honest

  init(
    id: ReplicaID, configuration: Configuration, signer: Signer, verifier: Verifier, seed: Seed
  ) {
    inner = Honest(
      id: id, configuration: configuration, signer: signer, verifier: verifier, seed: seed)
  }

  var standing: Standing { inner.standing }

  func hashState(into hasher: inout StateHasher) { hasher.add(inner) }

  mutating func step(
    _ input: Input<Secretive>, at now: VirtualTime, into effects: inout Effects<Secretive>
  ) {
    let signer = inner.signer
    inner.perform(input.asInner(), at: now, into: &effects) { message in
      guard case .viewChange(let change) = message else { return message }
      return .viewChange(
        ViewChange(
          epoch: change.epoch, target: change.target, stable: change.stable, certificates: [],
          complaints: change.complaints, evidence: change.evidence, replica: change.replica,
          signedBy: signer))
    }
  }
}

/// Raft whose leader commits whatever a majority holds, of whatever term (not Raft §5.4.2).
struct Impatient: Replica, StateHashable {
  typealias Configuration = RaftReplica.Configuration
  typealias Message = RaftMessage
  typealias Timer = RaftReplica.Timer
  typealias Durable = RaftDurable
  typealias Observation = RaftObservation

  var inner: RaftReplica

  init(
    id: ReplicaID, configuration: Configuration, signer: Signer, verifier: Verifier, seed: Seed
  ) {
    inner = RaftReplica(
      id: id, configuration: configuration, signer: signer, verifier: verifier, seed: seed)
  }

  var standing: Standing { inner.standing }

  func hashState(into hasher: inout StateHasher) { hasher.add(inner) }

  mutating func step(
    _ input: Input<Impatient>, at now: VirtualTime, into effects: inout Effects<Impatient>
  ) {
    inner.perform(input.asInner(), at: now, into: &effects)
    guard inner.role == .leader else { return }
    let matches = inner.progress.indices.map {
      $0 == inner.id.index ? inner.log.last.index : inner.progress[$0].match
    }.sorted()
    let held = matches[inner.progress.count - inner.majority]
    guard held > inner.commitIndex, let term = inner.log.term(at: held) else { return }
    var own = Effects<RaftReplica>(replicas: 4, costs: .free)
    own.observe(.counted(LogPosition(index: held, term: term), in: inner.term))
    inner.commit(through: held, into: &own)
    for observation in own.observations { effects.observe(observation) }
  }
}

extension Input {
  /// The same input for the replica inside.
  func asInner<Inner: Replica>() -> Input<Inner>
  where Inner.Message == R.Message, Inner.Timer == R.Timer, Inner.Durable == R.Durable {
    switch self {
    case .start: .start
    case .message(let message, let sender): .message(message, from: sender)
    case .timeout(let timer): .timeout(timer)
    case .command(let command): .command(command)
    case .restarted(let durable): .restarted(durable)
    }
  }
}

extension Replica {
  /// Steps and hands on everything asked for.
  mutating func perform<Outer: Replica>(
    _ input: Input<Self>, at now: VirtualTime, into effects: inout Effects<Outer>,
    sending change: (Message) -> Message = { $0 }
  )
  where
    Outer.Message == Message, Outer.Timer == Timer, Outer.Durable == Durable,
    Outer.Observation == Observation
  {
    var own = Effects<Self>(replicas: 4, costs: .free)
    step(input, at: now, into: &own)
    for record in own.records { effects.persist(record) }
    for observation in own.observations { effects.observe(observation) }
    for send in own.sends { effects.send(change(send.message), to: send.recipients) }
    for change in own.timers {
      if let duration = change.duration {
        effects.setTimer(change.timer, after: duration)
      } else {
        effects.cancelTimer(change.timer)
      }
    }
  }
}
