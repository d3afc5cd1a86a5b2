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
struct ForgetfulOversight: PrimaryOversight {
  static var isActive: Bool { true }
  private var inner: NodeStateOversight
  private var heard = 0

  init(options: NodeStateOversight.Options, owner: ReplicaID, replicas: Int) {
    inner = NodeStateOversight(options: options, owner: owner, replicas: replicas)
  }

  var skips: Bool { inner.skips }
  func admits(_ primary: ReplicaID, in membership: Membership) -> Bool {
    inner.admits(primary, in: membership)
  }
  func knows(_ primary: ReplicaID) -> Bool { inner.knows(primary) }
  var takesJudgements: Bool { true }
  mutating func completed(_ primary: ReplicaID) -> Marking? { inner.completed(primary) }
  mutating func judged(_ judgement: Judgement) -> Marking? {
    heard += 1
    return heard % 2 == 0 ? nil : inner.judged(judgement)
  }
  mutating func suspected(_ primary: ReplicaID, reason: Complaint, in view: View) -> Marking? {
    inner.suspected(primary, reason: reason, in: view)
  }
  func report(in membership: Membership) -> MembershipChange? { inner.report(in: membership) }
  func permits(_ change: MembershipChange?, in membership: Membership) -> Bool {
    inner.permits(change, in: membership)
  }
  mutating func applied(_ change: MembershipChange) -> [Marking] { inner.applied(change) }
  mutating func adopt(_ other: ForgetfulOversight) { inner.adopt(other.inner) }
  var fingerprint: UInt64 { inner.fingerprint }
}

@Suite("SC-4: judged turns are marked")
struct JudgedTurnTests {
  private func violations<Oversight: PrimaryOversight>(
    _ type: Oversight.Type, _ behaviour: Behaviour, seed: UInt64
  ) -> [Violation] where Oversight.Options == NodeStateOversight.Options {
    let parameters: PBFTConfiguration<Oversight> = pbft(
      4, sheet(.certified), rotation: .everyBlocks(1))
    var run = run(
      PBFTReplica<Oversight>.self, replicas: 4, seed: seed, parameters, quorum: 2, seconds: 6,
      dispatch: .multicast)
    run.faults = [rule([2], behaviour)]
    let probe = PBFTInvariants<Oversight, PBFTReplica<Oversight>>(
      parameters, assumptions: .none(replyQuorum: 2),
      rules: SheetRules(strikes: 2, isOrdered: true))
    return execute(run, probe).probe.violations
  }

  @Test(
    "A sheet that forgets a strike is caught", arguments: 1...3 as ClosedRange<UInt64>)
  func forgetful(seed: UInt64) {
    #expect(violations(NodeStateOversight.self, .silent, seed: seed) == [])
    #expect(
      violations(ForgetfulOversight.self, .silent, seed: seed).map(\.invariant).contains("SC-4"))
  }

  @Test(
    "A right sheet marks a liar as it should",
    arguments: [Behaviour.forge(.tamper), .forge(.wrongDigest)])
  func proven(behaviour: Behaviour) {
    #expect(violations(NodeStateOversight.self, behaviour, seed: 1) == [])
  }
}
