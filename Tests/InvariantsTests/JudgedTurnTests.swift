import ConsensusCore
import DiscreteEvents
import Faults
import Invariants
import PBFT
import SCPBFT
import Simulator
import TestSupport
import Testing

/// A sheet that forgets every second time-out.
struct ForgetfulPolicy: EpochPolicy {
  static var hasSheet: Bool { true }
  private var inner: StateSheetPolicy
  private var heard = 0

  typealias Options = StateSheetPolicy.Options

  init(configuration: PBFTConfiguration<Self>, owner: ReplicaID) {
    inner = StateSheetPolicy(
      configuration.policy, replicas: configuration.replicas, turnLength: configuration.turnLength)
  }

  var turnLength: UInt64? { inner.turnLength }
  func nextView(after view: View, in membership: Membership) -> View {
    inner.nextView(after: view, in: membership)
  }
  func admits(_ primary: ReplicaID, in membership: Membership) -> Bool {
    inner.admits(primary, in: membership)
  }
  func knows(_ primary: ReplicaID) -> Bool { inner.knows(primary) }
  var takesJudgements: Bool { true }
  mutating func completed(_ primary: ReplicaID) -> SheetChange? { inner.completed(primary) }
  mutating func judged(_ judgement: Judgement) -> SheetChange? {
    heard += 1
    return heard % 2 == 0 ? nil : inner.judged(judgement)
  }
  mutating func suspected(
    _ primary: ReplicaID, reason: Complaint.Reason, in view: View
  ) -> SheetChange? {
    inner.suspected(primary, reason: reason, in: view)
  }
  func report(in membership: Membership) -> MembershipChange? { inner.report(in: membership) }
  func permits(_ change: MembershipChange?, in membership: Membership) -> Bool {
    inner.permits(change, in: membership)
  }
  mutating func applied(_ change: MembershipChange) -> [SheetChange] { inner.applied(change) }
  mutating func adopt(_ other: ForgetfulPolicy) { inner.adopt(other.inner) }
  var fingerprint: UInt64 { inner.fingerprint }
}

@Suite("SC-4: judged turns are marked")
struct JudgedTurnTests {
  private func violations<Policy: PBFTPolicy>(
    _ type: Policy.Type, _ behaviour: Behaviour, seed: UInt64
  ) -> [Violation] where Policy.Options == StateSheetPolicy.Options {
    let parameters: PBFTConfiguration<Policy> = pbft(
      4, sheet(.certified), rotation: .everyBlocks(1))
    var run = run(
      PBFTReplica<Policy>.self, replicas: 4, seed: seed, parameters, quorum: 2, seconds: 6,
      dispatch: .multicast)
    run.faults = [rule([2], behaviour)]
    let probe = PBFTInvariants<Policy, PBFTReplica<Policy>>(
      parameters, assumptions: .none(replyQuorum: 2),
      rules: SheetRules(strikes: 2, isOrdered: true))
    return execute(run, probe).probe.violations
  }

  @Test(
    "A sheet that forgets a strike is caught", arguments: 1...3 as ClosedRange<UInt64>)
  func forgetful(seed: UInt64) {
    #expect(violations(StateSheetPolicy.self, .silent, seed: seed) == [])
    #expect(
      violations(ForgetfulPolicy.self, .silent, seed: seed).map(\.invariant).contains("SC-4"))
  }

  @Test(
    "A right sheet marks a liar as it should",
    arguments: [Behaviour.forge(.tamper), .forge(.wrongDigest)])
  func proven(behaviour: Behaviour) {
    #expect(violations(StateSheetPolicy.self, behaviour, seed: 1) == [])
  }
}
