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

@Suite("The last phase of a plan")
struct SettlingTests {
  /// Plans within the bound that ask for a last phase.
  private func plans(_ subject: FuzzProtocol, _ sizes: ClosedRange<Int>) -> [Plan] {
    let generator = PlanGenerator(sizes: sizes)
    return (1...120).map { generator.plan(subject, seed: $0) }.filter {
      !$0.isBeyondBound && $0.healing.settling != nil && !$0.options.isLiteral
    }
  }

  /// Whether power fails at a write: the replicas below write before they send, whatever they do first.
  private func isTorn(_ plan: Plan) -> Bool {
    plan.faults.contains { if case .crash(_, .torn) = $0.rule.behaviour { true } else { false } }
  }

  @Test("A replica that sends every COMMIT twice breaks P-18 at rest, and nothing else")
  func commitsTwice() {
    var broken: Set<InvariantID> = []
    for plan in plans(.pbft, 4...4) where !plan.hasTwins && !isTorn(plan) {
      let configuration = ClassicPBFTSubject.configuration(of: plan.planned)
      let probe = PBFTInvariants<RoundRobin, Repeating<ClassicPBFT>>(
        configuration, assumptions: .none(replyQuorum: 3), rules: nil)
      for violation in plan.run(Repeating<ClassicPBFT>.self, configuration, probe).violations {
        broken.insert(violation.invariant)
      }
    }
    #expect(broken == ["P-18"])
  }

  @Test("A leader that sends every entry twice breaks RL-1 at rest, and nothing else")
  func entriesTwice() {
    var broken: Set<InvariantID> = []
    for plan in plans(.raft, 4...4) where !isTorn(plan) {
      let configuration = RaftSubject.configuration(of: plan.planned)
      let probe = RaftInvariants<Repeating<RaftReplica>>(
        configuration, assumptions: .none(replyQuorum: 1))
      for violation in plan.run(Repeating<RaftReplica>.self, configuration, probe).violations {
        broken.insert(violation.invariant)
      }
    }
    #expect(broken == ["RL-1"])
  }

  @Test("Without a majority that is up the last phase does not begin")
  func noQuorum() {
    var plan = calm()
    plan.faults = [fault(0, .silent), fault(1, .silent)]
    plan.healing.settling = SettlingPlan(within: .seconds(1), invariant: "PL-5")
    let result = plan.run()
    #expect(result.violations.map(\.invariant) == ["PL-1"])
    #expect(result.isSettled == false)
  }

  @Test("Liars and crashed nodes take part in the last phase, and lying clients do not")
  func everybody() {
    var plan = calm()
    plan.faults = [
      fault(2, .silent), fault(2, .crash(downFor: nil, disk: .kept)),
    ]
    plan.clients.append(
      Plan.Client(
        connections: 1, pause: .milliseconds(5), retransmission: .milliseconds(30),
        attack: .forkedRequests))
    plan.healing.settling = SettlingPlan(within: .seconds(5), invariant: "PL-5")
    let result = plan.run()
    #expect(result.violations == [])
    #expect(result.isSettled == true)
  }

  @Test("The commanded rotation of a plan moves the lead")
  func rotation() {
    var plan = calm()
    plan.healing.rotation = .milliseconds(20)
    let rotated = plan.run()
    #expect(rotated.violations == [])
    #expect(rotated.digest != calm().run().digest)
  }
}

@Suite("Dimensions of plans")
struct DimensionTests {
  @Test(
    "Each dimension is out of the ordinary in at least 5 % of the judged plans",
    arguments: FuzzProtocol.builtIn)
  func shares(subject: FuzzProtocol) {
    let generator = PlanGenerator(sizes: 4...7)
    let plans = (1...3000).map { generator.plan(subject, seed: $0) }.filter { !$0.isBeyondBound }
    for (place, name) in Plan.dimensionNames(of: subject).enumerated() {
      let used = plans.count { $0.dimensions[place].isUsed }
      if subject.reason(forUnused: name) != nil {
        #expect(used == 0, "\(name): \(used)")
        continue
      }
      #expect(used * 20 >= plans.count, "\(name): \(used) of \(plans.count)")
    }
  }
}

/// A replica that sends COMMITs and entries twice.
struct Repeating<R: Forgeable>: Replica where R.Message: Repeatable {
  typealias Configuration = R.Configuration
  typealias Message = R.Message
  typealias Timer = R.Timer
  typealias Durable = R.Durable
  typealias Observation = R.Observation

  private var inner: R

  init(
    id: ReplicaID, configuration: Configuration, signer: Signer, verifier: Verifier, seed: Seed
  ) {
    inner = R(
      id: id, configuration: configuration, signer: signer, verifier: verifier, seed: seed)
  }

  var standing: Standing { inner.standing }

  var unfinished: Int { inner.unfinished }

  mutating func step(
    _ input: Input<Repeating>, at now: VirtualTime, into effects: inout Effects<Repeating>
  ) {
    var own = Effects<R>(replicas: ReplicaSet.capacity, costs: .free)
    switch input {
    case .start: inner.step(.start, at: now, into: &own)
    case .message(let message, let sender):
      inner.step(.message(message, from: sender), at: now, into: &own)
    case .timeout(let timer): inner.step(.timeout(timer), at: now, into: &own)
    case .command(let command): inner.step(.command(command), at: now, into: &own)
    case .restarted(let disk): inner.step(.restarted(disk), at: now, into: &own)
    }
    while let record = own.takeRecord() { effects.persist(record) }
    for observation in own.observations { effects.observe(observation) }
    for change in own.timers {
      if let duration = change.duration {
        effects.setTimer(change.timer, after: duration)
      } else {
        effects.cancelTimer(change.timer)
      }
    }
    for send in own.sends {
      effects.send(send.message, to: send.recipients)
      if send.message.isRepeated { effects.send(send.message, to: send.recipients) }
    }
  }
}

extension Repeating: Forgeable {
  static func forge(
    _ message: inout Message, as forgery: Forgery, in context: inout ForgeryContext
  ) -> Bool { R.forge(&message, as: forgery, in: &context) }
}

/// A message that ``Repeating`` may send twice.
protocol Repeatable {
  var isRepeated: Bool { get }
}

extension PBFTMessage: Repeatable {
  var isRepeated: Bool { if case .commit = self { true } else { false } }
}

extension RaftMessage: Repeatable {
  var isRepeated: Bool {
    if case .appendEntries(let append) = self { append.entries.count > 0 } else { false }
  }
}
