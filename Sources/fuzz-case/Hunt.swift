import Fuzzing

/// Runs of one protocol, one after the other, which learn from each other as a campaign's do.
struct Hunt {
  /// A run that broke something.
  struct Finding {
    var plan: Plan
    var invariant: String
    var detail: String
  }

  /// Variants of kept plans among 64 plans.
  private static let variants: UInt64 = 24
  /// Plans with more events are not kept: many small runs find more than few large ones.
  private static let keptEvents: UInt64 = 3000

  let subject: FuzzProtocol
  private(set) var runs = 0
  private let generator = PlanGenerator(sizes: 4...7)
  private var seed: UInt64
  private var kept: [Plan] = []
  private var coverage = Coverage()

  init(subject: FuzzProtocol, first: UInt64) {
    self.subject = subject
    seed = first
  }

  /// Makes one run; nil if nothing broke.
  ///
  /// Plans beyond the fault bound may break anything, and are left out.
  mutating func next() -> Finding? {
    runs += 1
    var plan: Plan
    repeat {
      plan = self.plan(of: seed)
      seed &+= 1
    } while plan.isBeyondBound
    let result = plan.run()
    if let violation = result.violations.first {
      return Finding(plan: plan, invariant: violation.invariant, detail: violation.detail)
    }
    if coverage.formUnion(result.coverage), result.events <= Self.keptEvents { kept.append(plan) }
    return nil
  }

  private func plan(of seed: UInt64) -> Plan {
    let choice = seed &* 0x9E37_79B9_7F4A_7C15
    guard !kept.isEmpty, choice >> 58 < Self.variants else {
      return generator.plan(subject, seed: seed)
    }
    return generator.variant(
      of: kept[Int(choice >> 20 & 0xFF_FFFF) % kept.count], seed: seed)
  }
}
