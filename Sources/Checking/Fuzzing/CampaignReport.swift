import ConsensusCore
import DiscreteEvents
import Invariants
import RunPlans
import Simulator

/// What a campaign found.
public struct CampaignReport: Sendable {
  /// A plan that broke something.
  public struct Finding: Sendable {
    /// The plan.
    public var plan: Plan
    /// What it broke first.
    public var violation: Violation
    /// The digest of its run.
    public var digest: TraceDigest

    /// The name of its scenario.
    public var name: String {
      "\(plan.subject.name)-\(violation.isCut ? "cut" : violation.invariant.name.lowercased())-\(String(digest.value, radix: 16))"
    }
  }

  /// What was counted for one protocol.
  struct Tally: Sendable {
    var runs = 0
    var events: UInt64 = 0
    var repeated = 0
    var coverage = Coverage()
    var beyond = 0
    var beyondBroken = 0
    /// Runs within the bound, those judged to their end, and those that left it by themselves.
    var within = 0
    var judged = 0
    var left = 0
    /// By dimension of ``Plan/dimensions``, the judged runs in which it is out of the ordinary.
    var shares: [Int] = []
    /// Sorted by name.
    var broken: [(invariant: InvariantID, runs: Int)] = []
    var expected: [(invariant: InvariantID, runs: Int)] = []
    /// Counted under literal marking.
    var counted: [(invariant: InvariantID, runs: Int)] = []
    var digest = TraceDigest()
  }

  /// Findings that are kept for each broken invariant.
  private static let keptPerInvariant = 4

  /// The runs that broke what should hold: the first few of each protocol and invariant, by seed.
  public private(set) var findings: [Finding] = []
  /// All of them.
  public private(set) var findingCount = 0
  private var tallies: [(subject: FuzzProtocol, tally: Tally)]

  init(subjects: [FuzzProtocol]) {
    tallies = subjects.map { ($0, Tally()) }
  }

  /// The runs so far.
  public var runs: Int { tallies.reduce(0) { $0 + $1.tally.runs } }
  /// The events so far.
  public var events: UInt64 { tallies.reduce(0) { $0 + $1.tally.events } }
  /// The points reached so far.
  public var points: Int { tallies.reduce(0) { $0 + $1.tally.coverage.count } }

  /// Adds a run; tells whether it reached something new.
  mutating func note(_ attempt: Campaign.Attempt) -> Bool {
    let plan = attempt.plan
    guard let index = tallies.firstIndex(where: { $0.subject == plan.subject }) else {
      return false
    }
    let result = attempt.result
    tallies[index].tally.runs += 1
    tallies[index].tally.events += result.events
    tallies[index].tally.digest.combine(
      time: result.end, target: plan.seed, content: result.digest.value)
    if plan.isBeyondBound { tallies[index].tally.beyond += 1 }
    if attempt.differs {
      let difference = Violation(
        invariant: .determinism, replica: nil, time: result.end,
        detail: "a second run was another one")
      keep(Finding(plan: plan, violation: difference, digest: result.digest))
    }
    note(result, of: plan, in: index)
    return tallies[index].tally.coverage.formUnion(result.coverage)
  }

  private mutating func note(_ result: PlanResult, of plan: Plan, in index: Int) {
    var names: [InvariantID] = []
    for violation in result.violations where !names.contains(violation.invariant) {
      names.append(violation.invariant)
    }
    if plan.isBeyondBound {
      if !names.isEmpty { tallies[index].tally.beyondBroken += 1 }
      for name in names { Self.count(name, in: &tallies[index].tally.expected) }
      return
    }
    tallies[index].tally.within += 1
    if result.leftBound != nil || result.isStranded { tallies[index].tally.left += 1 }
    if result.isJudged { countShares(of: plan, in: index) }
    var counted: [InvariantID] = []
    for violation in result.counted where !counted.contains(violation.invariant) {
      counted.append(violation.invariant)
    }
    for name in counted { Self.count(name, in: &tallies[index].tally.counted) }
    for name in names { Self.count(name, in: &tallies[index].tally.broken) }
    guard let violation = result.violations.first else { return }
    keep(Finding(plan: plan, violation: violation, digest: result.digest))
  }

  private mutating func countShares(of plan: Plan, in index: Int) {
    tallies[index].tally.judged += 1
    let dimensions = plan.dimensions
    if tallies[index].tally.shares.isEmpty {
      tallies[index].tally.shares = Array(repeating: 0, count: dimensions.count)
    }
    for place in dimensions.indices where dimensions[place].isUsed {
      tallies[index].tally.shares[place] += 1
    }
  }

  private mutating func keep(_ finding: Finding) {
    findingCount += 1
    let alike = findings.count {
      $0.plan.subject == finding.plan.subject
        && $0.violation.invariant == finding.violation.invariant
    }
    if alike < Self.keptPerInvariant { findings.append(finding) }
  }

  private static func count(
    _ name: InvariantID, in list: inout [(invariant: InvariantID, runs: Int)]
  ) {
    if let index = list.firstIndex(where: { $0.invariant == name }) {
      list[index].runs += 1
    } else {
      list.append((name, 1))
      list.sort { $0.invariant < $1.invariant }
    }
  }

  // MARK: Text

  /// The report for people: the same for equal seeds, whatever the number of workers.
  public var text: String {
    var lines: [String] = []
    for (subject, tally) in tallies { lines += Self.lines(subject, tally) }
    return lines.joined(separator: "\n")
  }

  private static func lines(_ subject: FuzzProtocol, _ tally: Tally) -> [String] {
    var lines = [
      "\(subject.name): \(tally.runs) runs, \(tally.events) events, "
        + "\(tally.coverage.count) points reached, digest \(tally.digest)"
    ]
    if tally.beyond > 0 {
      lines.append(
        "  beyond the bound: \(tally.beyondBroken) of \(tally.beyond) runs broke something"
          + list(tally.expected))
    }
    if tally.within > 0 {
      lines.append(
        "  judged to the end: \(tally.judged) of \(tally.within) within the bound"
          + (tally.left > 0 ? "; \(tally.left) left it by removing honest members" : ""))
    }
    if !tally.counted.isEmpty {
      lines.append("  counted, not judged\(list(tally.counted))")
    }
    if !tally.broken.isEmpty { lines.append("  broken: \(list(tally.broken).dropFirst(2))") }
    let names = subject.markNames
    let missed = names.indices.filter { mark in
      !(0..<CoveragePoint.states).contains {
        tally.coverage.contains(CoveragePoint.step(mark, state: $0))
      }
    }
    if !missed.isEmpty {
      lines.append("  steps never reached: \(missed.map { names[$0] }.joined(separator: ", "))")
      for mark in missed {
        guard let reason = subject.reason(forMissing: names[mark]) else { continue }
        lines.append("    \(names[mark]): \(reason)")
      }
    }
    let kinds = subject.kindNames
    let unread = kinds.indices.filter { kind in
      !(0..<CoveragePoint.states * CoveragePoint.outcomes).contains {
        let point = CoveragePoint.message(UInt8(kind), state: 0, outcome: 0) + $0
        return tally.coverage.contains(point)
      }
    }
    if !unread.isEmpty {
      lines.append("  messages never handled: \(unread.map { kinds[$0] }.joined(separator: ", "))")
    }
    lines.append("  \(tally.coverage.summary(kinds: kinds))")
    return lines
  }

  /// What was never reached, in full, and how often each dimension was out of the ordinary: the same
  /// for equal seeds.
  public var gaps: String {
    var lines: [String] = []
    for (subject, tally) in tallies {
      lines.append("\(subject.name), of \(tally.judged) judged plans:")
      for (name, runs) in zip(Plan.dimensionNames(of: subject), tally.shares) {
        let reason = subject.reason(forUnused: name).map { " (\($0))" } ?? ""
        lines.append("  \(name): \(Self.percent(runs, of: tally.judged))\(reason)")
      }
      lines.append("\(subject.name), never reached:")
      let gaps = tally.coverage.gaps(kinds: subject.kindNames, marks: subject.markNames)
      lines += gaps.map { "  \($0)" }
    }
    return lines.joined(separator: "\n")
  }

  /// A share in tenths of a percent.
  private static func percent(_ part: Int, of whole: Int) -> String {
    let tenths = whole > 0 ? (part * 1000 + whole / 2) / whole : 0
    return "\(tenths / 10).\(tenths % 10) %"
  }

  private static func list(_ counts: [(invariant: InvariantID, runs: Int)]) -> String {
    counts.isEmpty
      ? "" : ": " + counts.map { "\($0.invariant) \($0.runs)" }.joined(separator: ", ")
  }
}

extension InvariantID {
  /// D-1: a run repeats itself.
  public static let determinism = InvariantID("D-1")
}
