import ConsensusCore
import DiscreteEvents
import Exploration
import PBFT
import Raft

/// PBFT with a quorum of two: each vote that arrives counts twice.
struct Careless: Replica {
  typealias Honest = PBFTReplica<NoOversight>
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

  mutating func step(
    _ input: Input<Careless>, at now: VirtualTime, into effects: inout Effects<Careless>
  ) {
    hand(input.asInner(), at: now, into: &effects)
    guard case .message(let message, let sender) = input, let copy = secondVote(for: message) else {
      return
    }
    hand(.message(copy, from: sender), at: now, into: &effects)
  }

  /// The same vote in the name of the next backup.
  private func secondVote(for message: Message) -> Message? {
    guard case .commit(var vote) = message else { return nil }
    var other = (vote.replica.index + 1) % 4
    if other == own.index { other = (other + 1) % 4 }
    vote.replica = ReplicaID(other)
    vote.signature = Signer(endpoint: Endpoint(vote.replica), keys: Seed(7)).sign(
      SignedContent.commit(vote.view, vote.sequence, vote.digest, vote.replica))
    return .commit(vote)
  }

  private mutating func hand(
    _ input: Input<Honest>, at now: VirtualTime, into effects: inout Effects<Careless>
  ) {
    inner.perform(input, at: now, into: &effects)
  }
}

/// PBFT that follows two proposals at once, by two states of which each sees one.
struct TwoFaced: Replica {
  typealias Honest = PBFTReplica<NoOversight>
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
struct Forgetful: Replica {
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

  mutating func step(
    _ input: Input<Forgetful>, at now: VirtualTime, into effects: inout Effects<Forgetful>
  ) {
    if case .message(.vote, _) = input, !inner.standing.leads { inner = blank }
    inner.perform(input.asInner(), at: now, into: &effects)
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
    _ input: Input<Self>, at now: VirtualTime, into effects: inout Effects<Outer>
  )
  where
    Outer.Message == Message, Outer.Timer == Timer, Outer.Durable == Durable,
    Outer.Observation == Observation
  {
    var own = Effects<Self>(replicas: 4, costs: .free)
    step(input, at: now, into: &own)
    for record in own.records { effects.persist(record) }
    for observation in own.observations { effects.observe(observation) }
    for send in own.sends { effects.send(send.message, to: send.recipients) }
    for change in own.timers {
      if let duration = change.duration {
        effects.setTimer(change.timer, after: duration)
      } else {
        effects.cancelTimer(change.timer)
      }
    }
  }
}
