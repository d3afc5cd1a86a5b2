import ConsensusCore
import DiscreteEvents
import Faults
import Invariants
import PBFT
import RunPlans
import SCPBFT
import Simulator

/// A sheet whose answers have nothing to do with what happened, and differ between replicas.
struct ArbitraryPolicy: EpochPolicy {
  struct Options: Sendable {
    var key: UInt64
  }

  static var hasSheet: Bool { true }
  private let key: UInt64
  /// The last view that it heard of, and how often it heard anything.
  private var view = View(0)
  private var heard: UInt64 = 0

  let turnLength: UInt64?

  init(configuration: PBFTConfiguration<Self>, owner: ReplicaID) {
    key = mix(configuration.policy.key, UInt64(owner.index))
    turnLength = configuration.turnLength
  }

  private func draw(_ purpose: UInt64, _ subject: ReplicaID, _ moment: UInt64) -> UInt64 {
    mix(mix(mix(key, purpose), UInt64(truncatingIfNeeded: subject.index)), moment)
  }

  private mutating func marking(_ subject: ReplicaID, in view: View) -> SheetChange? {
    heard += 1
    self.view = max(self.view, view)
    let drawn = draw(1, subject, mix(view.number, heard))
    guard drawn % 3 > 0 else { return nil }
    return SheetChange(
      subject: subject, before: .absent, after: drawn % 3 == 1 ? .unstable : .malicious,
      isProven: drawn & 0x100 > 0, unstableTotal: Int(drawn >> 60))
  }

  func nextView(after view: View, in membership: Membership) -> View {
    draw(2, ReplicaID(0), 0) % 2 == 0 ? nextAdmitted(after: view, in: membership) : view.next
  }
  func admits(_ primary: ReplicaID, in membership: Membership) -> Bool {
    draw(3, primary, mix(view.number, heard / 8)) % 4 > 0
  }
  func knows(_ primary: ReplicaID) -> Bool { draw(4, primary, heard) % 2 == 0 }
  var takesJudgements: Bool { draw(5, ReplicaID(0), 0) % 8 > 0 }
  var marksLocally: Bool { !takesJudgements }
  mutating func completed(_ primary: ReplicaID) -> SheetChange? { marking(primary, in: view) }
  mutating func judged(_ judgement: Judgement) -> SheetChange? {
    marking(judgement.subject, in: judgement.view)
  }
  mutating func suspected(_ primary: ReplicaID, reason: Complaint.Reason, in view: View)
    -> SheetChange?
  {
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
  mutating func applied(_ change: MembershipChange) -> [SheetChange] {
    change.cleared.members.compactMap { marking($0, in: view) }
  }
  mutating func adopt(_ other: ArbitraryPolicy) {}
  var fingerprint: UInt64 { 0 }
}

// SC-8: the safety of PBFT does not depend on what sheets say.
extension Plan {
  /// What may not break under any sheets: agreement, order, validity, once, and what they rest on.
  static let safetyInvariants: Set<InvariantID> = [.p1, .p2, .p3, .p4, .p5, .p6, .p7, .p8]

  /// The plan for runs on arbitrary sheets: within the bound, and without twins, which have one sheet for
  /// two copies.
  package func onArbitrarySheets() -> Plan {
    var plan = self
    plan.isBeyondBound = false
    plan.faults.removeAll { $0.strategy == .twins }
    plan.settle()
    return plan
  }

  /// Carries the plan out with a sheet at every replica whose answers are drawn (SC-8).
  ///
  /// P-1 to P-8 are judged to the end. Everything else is counted and ends nothing: arbitrary sheets
  /// promise no progress and no order of primaries.
  ///
  /// - Parameter key: What the answers are drawn from.
  /// - Returns: What the run showed.
  package func runOnArbitrarySheets(key: UInt64) -> PlanResult {
    var run = planned
    run.plan.expectations.append((.pl1, .mayBreak))
    let configuration = run.pbft(
      ArbitraryPolicy.self, options: .init(key: key), epochLength: options.epochLength)
    let probe = PBFTInvariants<ArbitraryPolicy, PBFTReplica<ArbitraryPolicy>>(
      configuration,
      assumptions: run.assumptions, rules: nil)
    var result = result(run.covered(configuration, probe))
    let all = result.violations + result.counted
    result.violations = all.filter { Self.safetyInvariants.contains($0.invariant) }
    result.counted = all.filter { !Self.safetyInvariants.contains($0.invariant) }
    result.isSettled = nil
    return result
  }
}
