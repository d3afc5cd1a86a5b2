import ConsensusCore
import DiscreteEvents
import Faults
import Invariants
import PBFT
import Simulator
import Testing

@testable import Fuzzing

/// A sheet whose answers have nothing to do with what happened, and differ between replicas.
struct ArbitraryOversight: PrimaryOversight {
  struct Options: Sendable {
    var key: UInt64
    /// The replica whose sheet it is.
    var owner = 0
  }

  static var isActive: Bool { true }
  private let options: Options
  /// The last view that it heard of, and how often it heard anything.
  private var view = View(0)
  private var heard: UInt64 = 0

  init(options: Options, replicas: Int) { self.options = options }

  private func draw(_ purpose: UInt64, _ subject: ReplicaID, _ moment: UInt64) -> UInt64 {
    let owner = mix(mix(options.key, UInt64(options.owner)), purpose)
    return mix(mix(owner, UInt64(truncatingIfNeeded: subject.index)), moment)
  }

  private mutating func marking(_ subject: ReplicaID, in view: View) -> Marking? {
    heard += 1
    self.view = max(self.view, view)
    let drawn = draw(1, subject, mix(view.number, heard))
    guard drawn % 3 > 0 else { return nil }
    return Marking(
      subject: subject, before: .absent, after: drawn % 3 == 1 ? .unstable : .malicious,
      isProven: drawn & 0x100 > 0, unstableTotal: Int(drawn >> 60))
  }

  var skips: Bool { draw(2, ReplicaID(0), 0) % 2 == 0 }
  func admits(_ primary: ReplicaID, in membership: Membership) -> Bool {
    draw(3, primary, mix(view.number, heard / 8)) % 4 > 0
  }
  func knows(_ primary: ReplicaID) -> Bool { draw(4, primary, heard) % 2 == 0 }
  var takesJudgements: Bool { draw(5, ReplicaID(0), 0) % 8 > 0 }
  mutating func completed(_ primary: ReplicaID) -> Marking? { marking(primary, in: view) }
  mutating func judged(_ judgement: Judgement) -> Marking? {
    marking(judgement.subject, in: judgement.view)
  }
  mutating func suspected(_ primary: ReplicaID, reason: Complaint, in view: View) -> Marking? {
    marking(primary, in: view)
  }
  func report(in membership: Membership) -> MembershipChange? {
    let member = membership.members[0]
    guard membership.quorum.faults > 0, draw(6, member, heard) % 4 == 0 else { return nil }
    let removed = membership.member(at: draw(7, member, heard) % 64)
    return MembershipChange(removed: ReplicaSet([removed]), cleared: ReplicaSet())
  }
  /// Whatever the sheet says, a change removes at most f members (SC-9): that is no mark.
  func permits(_ change: MembershipChange?, in membership: Membership) -> Bool {
    guard let change else { return draw(8, ReplicaID(0), heard) % 8 > 0 }
    return change.removed.intersection(membership.set) == change.removed
      && change.removed.count <= membership.quorum.faults
      && draw(8, ReplicaID(1), heard) % 8 > 0
  }
  mutating func applied(_ change: MembershipChange) -> [Marking] {
    change.cleared.members.compactMap { marking($0, in: view) }
  }
  mutating func adopt(_ other: ArbitraryOversight) {}
  var fingerprint: UInt64 { 0 }
}

/// A replica of PBFT with an arbitrary sheet of its own.
struct ArbitrarilyChecked: Forgeable {
  typealias Inner = PBFTReplica<ArbitraryOversight>
  typealias Configuration = Inner.Configuration
  typealias Message = Inner.Message
  typealias Timer = Inner.Timer
  typealias Durable = Inner.Durable
  typealias Observation = Inner.Observation

  private var inner: Inner
  private let replicas: Int

  init(
    id: ReplicaID, configuration: Configuration, signer: Signer, verifier: Verifier, seed: Seed
  ) {
    var own = configuration
    own.oversight.owner = id.index
    replicas = configuration.replicas
    inner = Inner(id: id, configuration: own, signer: signer, verifier: verifier, seed: seed)
  }

  var standing: Standing { inner.standing }
  var unfinished: Int { inner.unfinished }

  mutating func step(_ input: Input<Self>, at now: VirtualTime, into effects: inout Effects<Self>) {
    let own: Input<Inner> =
      switch input {
      case .start: .start
      case .message(let message, let sender): .message(message, from: sender)
      case .timeout(let timer): .timeout(timer)
      case .command(let command): .command(command)
      case .restarted(let durable): .restarted(durable)
      }
    var asked = Effects<Inner>(replicas: replicas, costs: .free)
    inner.step(own, at: now, into: &asked)
    for record in asked.records { effects.persist(record) }
    for observation in asked.observations { effects.observe(observation) }
    for send in asked.sends { effects.send(send.message, to: send.recipients) }
    for change in asked.timers {
      if let duration = change.duration {
        effects.setTimer(change.timer, after: duration)
      } else {
        effects.cancelTimer(change.timer)
      }
    }
  }

  static func forge(
    _ message: inout Message, as forgery: Forgery, in context: inout ForgeryContext
  ) -> Bool { Inner.forge(&message, as: forgery, in: &context) }
  static func mutate(_ message: inout Message, in context: inout ForgeryContext) -> Bool {
    Inner.mutate(&message, in: &context)
  }
  static func invent(like example: Message, in context: inout ForgeryContext) -> Message? {
    Inner.invent(like: example, in: &context)
  }
}

@Suite("SC-8: safety does not depend on sheets")
struct ArbitrarySheetTests {
  /// What may not break: agreement, order, validity, once, and what they rest on.
  static let safety = Set((1...8).map { "P-\($0)" })

  private func result(_ plan: Plan, key: UInt64) -> PlanResult {
    let configuration = plan.pbft(ArbitraryOversight.self, options: .init(key: key))
    let quorum = Quorum(replicas: plan.replicas)
    let probe = PBFTInvariants<ArbitraryOversight, ArbitrarilyChecked>(
      configuration, assumptions: .none(replyQuorum: 2 * quorum.faults + 1), rules: nil)
    return plan.run(ArbitrarilyChecked.self, configuration, probe)
  }

  @Test("P-1 to P-8 hold with arbitrary sheets", arguments: [4, 7], 0..<4)
  func safe(n: Int, part: Int) {
    let generator = PlanGenerator(sizes: n...n)
    var runs = 0
    var differ = 0
    for seed in 0..<UInt64(40) {
      let plan = generator.plan(.scPBFT, seed: UInt64(part) * 1000 + seed)
      guard !plan.isBeyondBound, !plan.hasTwins else { continue }
      let result = result(plan, key: seed)
      let broken = result.violations.filter { Self.safety.contains($0.invariant) }
      #expect(broken.isEmpty, "seed \(plan.seed): \(broken)")
      runs += 1
      differ += result.digest == self.result(plan, key: seed + 1).digest ? 0 : 1
    }
    #expect(runs > 20)
    // The answers matter: other sheets make other runs.
    #expect(differ * 2 > runs, "\(differ) of \(runs)")
  }
}
