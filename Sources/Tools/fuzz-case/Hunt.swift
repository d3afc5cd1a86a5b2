import ConsensusCore
import Fuzzing
import RunPlans

/// Runs of one protocol, one after the other, which learn from each other as a campaign's do.
struct Hunt {
  /// A run that broke something.
  struct Finding {
    /// How the plan came about.
    var lineage: [UInt64]
    var plan: Plan
    /// What it broke, each once, in order.
    var invariants: [InvariantID]
    /// What exactly it broke first.
    var detail: String
  }

  /// A plan and how it came about: the seed of a plan, then those of variants of it.
  private struct Kept {
    var lineage: [UInt64]
    var plan: Plan
  }

  /// Variants of kept plans among 64 plans.
  private static let variants: UInt64 = 24
  /// Plans with more events are not kept: many small runs find more than few large ones.
  private static let keptEvents: UInt64 = 3000
  /// Variants of variants beyond this are not kept, so that a lineage fits on a command line.
  private static let keptDepth = 32

  private static let generator = PlanGenerator(sizes: 4...7)

  let subject: FuzzProtocol
  private(set) var runs = 0
  private var seed: UInt64
  private var kept: [Kept] = []
  /// What the runs reached together.
  private(set) var coverage = Coverage()

  init(subject: FuzzProtocol, first: UInt64) {
    self.subject = subject
    seed = first
  }

  /// The plan of a lineage; nil for none.
  static func plan(_ subject: FuzzProtocol, _ lineage: [UInt64]) -> Plan? {
    guard let root = lineage.first else { return nil }
    return lineage.dropFirst().reduce(generator.plan(subject, seed: root)) { plan, seed in
      generator.variant(of: plan, seed: seed)
    }
  }

  /// Carries out the plan of a lineage; nil if nothing broke.
  static func replay(_ plan: Plan, _ lineage: [UInt64]) -> Finding? {
    finding(Kept(lineage: lineage, plan: plan), plan.run())
  }

  /// Makes one run; nil if nothing broke.
  ///
  /// Plans beyond the fault bound may break anything, and are left out.
  mutating func next() -> Finding? {
    runs += 1
    var next: Kept
    repeat {
      next = choose(seed)
      seed &+= 1
    } while next.plan.isBeyondBound
    let result = next.plan.run()
    if let finding = Self.finding(next, result) { return finding }
    if coverage.formUnion(result.coverage), result.events <= Self.keptEvents,
      next.lineage.count < Self.keptDepth
    {
      kept.append(next)
    }
    return nil
  }

  private func choose(_ seed: UInt64) -> Kept {
    let choice = seed &* 0x9E37_79B9_7F4A_7C15
    guard !kept.isEmpty, choice >> 58 < Self.variants else {
      return Kept(lineage: [seed], plan: Self.generator.plan(subject, seed: seed))
    }
    let parent = kept[Int(choice >> 20 & 0xFF_FFFF) % kept.count]
    return Kept(
      lineage: parent.lineage + [seed],
      plan: Self.generator.variant(of: parent.plan, seed: seed))
  }

  private static func finding(_ kept: Kept, _ result: PlanResult) -> Finding? {
    guard let first = result.violations.first else { return nil }
    var invariants: [InvariantID] = []
    for violation in result.violations {
      // What goes on for ever serves nobody, and is found where progress was named.
      let name = violation.isCut ? kept.plan.healing.invariant : violation.invariant
      if !invariants.contains(name) { invariants.append(name) }
    }
    return Finding(
      lineage: kept.lineage, plan: kept.plan, invariants: invariants, detail: first.detail)
  }
}
