import ConsensusCore
import DiscreteEvents
import Faults
import Invariants
import PBFT
import Raft
import SCPBFT
import Simulator
import TestSupport
import Testing

@testable import Fuzzing
@testable import RunPlans

/// Counts what happens to nodes and what they reject.
struct Counting<Subject: Replica>: Probe where Subject.Observation == PBFTObservation {
  var crashes = 0
  var restarts = 0
  var rejections = 0
  var executions = 0
  var liars = 0
  var violations: [Violation] = []

  mutating func changed(_ replica: ReplicaID, to condition: NodeCondition, at time: VirtualTime) {
    if condition == .crashed { crashes += 1 }
    if condition == .restarted { restarts += 1 }
  }

  mutating func distrust(_ client: ClientID) { liars += 1 }

  mutating func observe(
    _ observation: PBFTObservation, by replica: ReplicaID, at time: VirtualTime
  ) {
    if case .rejected = observation { rejections += 1 }
    if case .executed = observation { executions += 1 }
  }
}

/// A calm run of PBFT at n = 4 that lasts 100 ms.
func calm(_ subject: FuzzProtocol = .pbft) -> Plan {
  Plan(
    subject: subject, replicas: 4, seed: 5, isBeyondBound: false,
    parameters: Plan.Parameters(
      timeout: .milliseconds(40), retransmission: .milliseconds(20), checkpointInterval: 4,
      windowIntervals: 2, batch: 1, blocksPerTurn: 0, refuses: false, strikes: 2,
      confirmations: 1),
    link: LinkLaw(
      latency: .constant(.milliseconds(1)), loss: 0, duplication: 0, isFIFO: false),
    clocks: [],
    clients: [
      Plan.Client(
        connections: 2, pause: .milliseconds(5), retransmission: .milliseconds(30), attack: nil)
    ], changes: [], faults: [],
    healing: HealingPlan(
      at: .zero + .milliseconds(100), within: .seconds(2), requests: 1,
      invariant: subject.subject.traits.progressInvariant))
}

func fault(
  _ node: Int, _ behaviour: Behaviour, until: VirtualTime = .distantFuture,
  messages: ClosedRange<Int>? = nil
) -> Plan.Fault {
  var activation = Activation(
    from: .zero, until: until, afterRounds: 0, views: nil, tests: nil, asPrimary: false,
    alternateTurns: false)
  activation.messages = messages
  return Plan.Fault(
    rule: FaultRule(
      culprits: .replicas([ReplicaID(node)]), behaviour: behaviour, activation: activation,
      kinds: .all, recipients: .everyone, probability: 1), strategy: nil)
}

@Suite("Fault engines")
struct EngineTests {
  private func counted(_ plan: Plan) -> (PlanResult, Counting<ClassicPBFT>) {
    var simulation = Simulation(
      plan.planned.configuration(ClassicPBFTSubject.configuration(of: plan.planned)),
      probe: Counting<ClassicPBFT>(), trace: NoTrace<ClassicPBFT>())
    _ = simulation.run()
    return (plan.run(), simulation.probe)
  }

  @Test("Power that fails at a write stops the node in the middle of a job, and it comes back")
  func torn() {
    for writes in 0...6 {
      var plan = calm()
      plan.faults = [
        fault(
          1, .crash(downFor: .milliseconds(5), disk: .torn(afterWrites: writes)),
          until: .zero + .milliseconds(90))
      ]
      let (result, probe) = counted(plan)
      #expect(probe.crashes == 1)
      #expect(probe.restarts == 1)
      #expect(result.violations == [])
    }
  }

  @Test("A crash after the third message a node sends strikes once")
  func byMessage() {
    var plan = calm()
    plan.faults = [
      fault(
        2, .crash(downFor: .milliseconds(5), disk: .kept), until: .zero + .milliseconds(90),
        messages: 3...3)
    ]
    let (result, probe) = counted(plan)
    #expect(probe.crashes == 1)
    #expect(probe.restarts == 1)
    #expect(result.violations == [])
  }

  @Test(
    "Mutated and invented messages reach honest replicas, which reject some and stay right",
    arguments: [Behaviour.mutate, .invent])
  func lies(behaviour: Behaviour) {
    for node in 0..<4 {
      var plan = calm()
      plan.faults = [fault(node, behaviour)]
      plan.settle()
      let (result, probe) = counted(plan)
      #expect(probe.rejections > 0)
      #expect(result.violations == [])
    }
  }

  @Test("A clock that is not right gives another run")
  func clocks() {
    var plan = calm()
    plan.faults = [fault(0, .silent)]
    plan.settle()
    let right = plan.run()
    plan.clocks = (1..<4).map { Plan.Clock(replica: ReplicaID($0), thousandths: 1250) }
    #expect(plan.run().end > right.end)
  }

  @Test(
    "A client that lies is served or not, and breaks nothing",
    arguments: ClientModel.Attack.allCases)
  func clients(attack: ClientModel.Attack) {
    var plan = calm()
    plan.clients.append(
      Plan.Client(
        connections: 1, pause: .milliseconds(5), retransmission: .milliseconds(30), attack: attack))
    let (result, probe) = counted(plan)
    #expect(probe.liars == 1)
    #expect(result.violations == [])
    #expect(result.digest != calm().run().digest)
  }

  @Test("Without a quorum the demand for progress is broken")
  func healing() {
    var plan = calm()
    plan.faults = [fault(0, .silent), fault(1, .silent)]
    let result = plan.run()
    #expect(result.violations.map(\.invariant) == ["PL-1"])
    #expect(result.end == plan.healing.at + plan.healing.within)
  }
}

@Suite("Broken replicas")
struct BrokenReplicaTests {
  private let seeds: ClosedRange<UInt64> = 1...1500

  @Test("A PBFT replica that forgets its votes in a restart is found")
  func forgetfulPBFT() throws {
    let generator = PlanGenerator(sizes: 4...4)
    var broken: [InvariantID] = []
    for seed in seeds where broken.isEmpty {
      let plan = generator.plan(.pbft, seed: seed)
      guard !plan.isBeyondBound, !plan.hasTwins else { continue }
      let configuration = ClassicPBFTSubject.configuration(of: plan.planned)
      let probe = PBFTInvariants<RoundRobin, Forgetful<ClassicPBFT>>(
        configuration, assumptions: .none(replyQuorum: 3), rules: nil)
      broken = plan.run(Forgetful<ClassicPBFT>.self, configuration, probe).violations.map(
        \.invariant)
    }
    #expect(!broken.isEmpty)
  }

  @Test("A Raft replica that forgets its vote in a restart is found")
  func forgetfulRaft() throws {
    let generator = PlanGenerator(sizes: 4...5)
    var broken: [InvariantID] = []
    for seed in seeds where broken.isEmpty {
      let plan = generator.plan(.raft, seed: seed)
      guard !plan.isBeyondBound else { continue }
      let configuration = RaftSubject.configuration(of: plan.planned)
      let probe = RaftInvariants<Forgetful<RaftReplica>>(
        configuration, assumptions: .none(replyQuorum: 1))
      broken = plan.run(Forgetful<RaftReplica>.self, configuration, probe).violations.map(
        \.invariant)
    }
    #expect(!broken.isEmpty)
  }
}

/// A replica whose disk is empty whenever it restarts, though it counts as one that remembers.
struct Forgetful<R: Forgeable>: Replica {
  typealias Configuration = R.Configuration
  typealias Message = R.Message
  typealias Timer = R.Timer
  typealias Durable = EmptyDisk
  typealias Observation = R.Observation

  private var inner: R

  init(
    id: ReplicaID, configuration: Configuration, signer: Signer, verifier: Verifier, seed: Seed
  ) {
    inner = R(
      id: id, configuration: configuration, signer: signer, verifier: verifier, seed: seed)
  }

  var standing: Standing { inner.standing }

  mutating func step(
    _ input: Input<Forgetful>, at now: VirtualTime, into effects: inout Effects<Forgetful>
  ) {
    var own = Effects<R>(replicas: ReplicaSet.capacity, costs: .free)
    switch input {
    case .start: inner.step(.start, at: now, into: &own)
    case .message(let message, let sender):
      inner.step(.message(message, from: sender), at: now, into: &own)
    case .timeout(let timer): inner.step(.timeout(timer), at: now, into: &own)
    case .command(let command): inner.step(.command(command), at: now, into: &own)
    case .restarted: inner.step(.restarted(R.Durable()), at: now, into: &own)
    }
    for observation in own.observations { effects.observe(observation) }
    for change in own.timers {
      if let duration = change.duration {
        effects.setTimer(change.timer, after: duration)
      } else {
        effects.cancelTimer(change.timer)
      }
    }
    for send in own.sends { effects.send(send.message, to: send.recipients) }
  }
}

extension Forgetful: Forgeable {
  static func forge(
    _ message: inout Message, as forgery: Forgery, in context: inout ForgeryContext
  ) -> Bool { R.forge(&message, as: forgery, in: &context) }
}

/// A disk that keeps nothing.
struct EmptyDisk: DurableState {
  mutating func apply(_ record: Int) {}
}
