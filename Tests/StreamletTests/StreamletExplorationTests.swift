import ConsensusCore
import DiscreteEvents
import Testing

@testable import Exploration
@testable import Streamlet

private typealias Plain = StreamletModel<StreamletReplica>

@Suite("Exploration of Streamlet")
struct StreamletExplorationTests {
  @Test(
    "The outcomes are those without any reduction",
    arguments: [
      (Plain.honest(replicas: 2, epochs: 2, clients: 1), [14, 970]),
      (Plain.honest(replicas: 2, epochs: 3, clients: 0), [34, 2728]),
      (Plain.silent([1], replicas: 3, epochs: 3), [10, 178]),
    ])
  private func outcomes(model: Plain, counts: [Int]) {
    var reduced = Exploration(model, limit: 100_000, usesSymmetry: true)
    var plain = PlainExploration(model.withoutReductions)
    let findings = reduced.run()
    let (reference, breaches) = plain.run(limit: 300_000)
    #expect(findings.isComplete && findings.isSymmetric && reference.isComplete)
    #expect(findings.counterexample == nil && breaches.isEmpty)
    #expect(findings.outcomes == reference.outcomes)
    #expect([findings.states, reference.states] == counts)
  }

  @Test("What replicas send at their start has its image in a permuted state")
  func symmetry() {
    let model = Plain.honest(replicas: 4, epochs: 1, clients: 0)
    var reduced = Exploration(model, limit: 10_000, usesSymmetry: true)
    var full = Exploration(model, limit: 10_000, usesSymmetry: false)
    let (few, all) = (reduced.run(), full.run())
    #expect(few.isComplete && few.isSymmetric && all.isComplete)
    #expect(few.states == all.classes && few.classes < all.classes)
    #expect(few.outcomes == all.outcomes)
  }

  @Test("A leader that equivocates in epoch 1 gets a block notarised and breaks nothing")
  func equivocation() {
    var exploration = Exploration(
      Plain.equivocating(replicas: 4, epochs: 1), limit: 10_000, usesSymmetry: true)
    let findings = exploration.run()
    #expect(findings.isComplete && findings.isSymmetric)
    #expect(findings.counterexample == nil)
    #expect(findings.outcomes.contains { $0.contains("notarised h1") })
  }

  @Test("Two liars of four bring different final blocks to one height")
  func twoLiars() throws {
    var exploration = Exploration(
      Plain.twoLiars(replicas: 4), limit: 1_000, usesSymmetry: true)
    let counterexample = try #require(exploration.run().counterexample)
    #expect(counterexample.breaches.map(\.invariant) == ["S-1"])
    #expect(counterexample.script.count == 10)
  }

  @Test("A replica that votes in each epoch as if for the first time breaks S-2")
  func votesTwice() throws {
    var exploration = Exploration(
      StreamletModel<Voting>.equivocating(replicas: 4, epochs: 1), limit: 1_000, usesSymmetry: true)
    let counterexample = try #require(exploration.run().counterexample)
    #expect(counterexample.breaches.contains { $0.invariant == "S-2" })
  }

  @Test("A replica that believes unsigned votes breaks S-3")
  func unsignedVotes() {
    let model = Plain.honest(replicas: 4, epochs: 1, clients: 0)
    let block = StreamletProposal(.genesis, signature: .none)
    let votes = (0..<3).map {
      StreamletVote(
        epoch: .zero, block: block.block.digest, replica: ReplicaID($0), signature: .none)
    }
    var disk = StreamletDurable()
    disk.apply(.notarised(VotedBlock(block, votes: votes)))
    var record = StreamletRecord()
    let standing = Standing(leads: false, view: 1, executed: 0)
    model.record(
      Transition<StreamletReplica>(
        replica: ReplicaID(0), before: standing, after: standing, isRestart: false, isStart: false,
        observations: [], sends: [], disk: disk), in: &record)
    #expect(record.breaches.map(\.invariant) == ["S-3"])
  }

  @Test("The program offers the explorations under names of their own")
  func cases() {
    let names = [ExplorationCase].streamlet.map(\.name)
    #expect(names.allSatisfy { $0.hasPrefix("streamlet") })
    #expect(Set(names).count == names.count)
  }
}

extension StreamletModel {
  /// The same group, of which no states are merged.
  fileprivate var withoutReductions: StreamletModel {
    StreamletModel(
      name: name, replicas: replicas, epochs: epochs, byzantine: byzantine, requests: requests,
      environment: environment, reduces: false)
  }
}

/// Streamlet that forgets after each input that it voted.
private struct Voting: Replica, StateHashable {
  typealias Configuration = StreamletConfiguration
  typealias Message = StreamletMessage
  typealias Timer = StreamletReplica.Timer
  typealias Durable = StreamletDurable
  typealias Observation = StreamletObservation

  var inner: StreamletReplica

  init(
    id: ReplicaID, configuration: Configuration, signer: Signer, verifier: Verifier, seed: Seed
  ) {
    inner = StreamletReplica(
      id: id, configuration: configuration, signer: signer, verifier: verifier, seed: seed)
  }

  var standing: Standing { inner.standing }

  func hashState(into hasher: inout StateHasher) { hasher.add(inner) }

  mutating func step(
    _ input: Input<Voting>, at now: VirtualTime, into effects: inout Effects<Voting>
  ) {
    let own: Input<StreamletReplica> =
      switch input {
      case .start: .start
      case .message(let message, let sender): .message(message, from: sender)
      case .timeout(let timer): .timeout(timer)
      case .command(let command): .command(command)
      case .restarted(let durable): .restarted(durable)
      }
    var output = Effects<StreamletReplica>(replicas: 4, costs: .free)
    inner.step(own, at: now, into: &output)
    inner.lastVoted = .zero
    inner.firstProposal = nil
    for record in output.records { effects.persist(record) }
    for observation in output.observations { effects.observe(observation) }
    for send in output.sends { effects.send(send.message, to: send.recipients) }
    for change in output.timers {
      if let duration = change.duration { effects.setTimer(change.timer, after: duration) }
    }
  }
}
