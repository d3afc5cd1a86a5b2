import ConsensusCore
import DiscreteEvents
import Invariants
import Notation
import RunPlans
import Simulator
import Tables
import Traps
import YAMLDocuments

/// A scenario of one run that breaks an invariant.
public struct FailingPlan: Sendable {
  /// The values of the file.
  let tree: YAMLNode
  /// The text that was run.
  public let text: String
  /// The same, decoded.
  public let scenario: Scenario
  /// What its run broke.
  public let violation: Violation
  /// The digest of its run.
  public let digest: TraceDigest
  /// The events of its run.
  public let events: UInt64
  /// The virtual time at its end.
  public let end: VirtualTime

  var size: PlanSize { PlanSize(tree) }
  var cell: Scenario.Cell { scenario.cells[0] }
  var seed: UInt64 { cell.seeds.first ?? 1 }

  /// The first violation that is not expected, or else the first one; with an `invariant` only those
  /// of that name count.
  ///
  /// A run that was given up after `limit` events shows nothing that a replay would show as well;
  /// one that its scenario itself bounds was cut short.
  static func violation(
    in result: RunResult, of cell: Scenario.Cell, invariant: InvariantID?, limit: UInt64
  ) -> Violation? {
    if result.stopReason == .eventLimit, result.events >= limit { return nil }
    if let invariant { return result.violations.first { $0.invariant == invariant } }
    let judged = judge(result.violations, Expectations(cell.settings.expectations))
    return judged.unexpected.first ?? result.violations.first
  }
}

/// Why there is nothing to shrink.
public struct ShrinkError: Error, CustomStringConvertible {
  /// Why.
  public let description: String
  /// What it is about.
  public let cause: Cause

  /// Reasons for having nothing to shrink.
  public enum Cause: Hashable, Sendable {
    /// All runs were carried out and broke nothing.
    case sound
    /// A run went on for too long.
    case endless
    /// The run cannot be written as a scenario of its own.
    case unwritable
  }
}

/// A scenario of any number of runs, in which a failing one is looked for.
public struct ShrinkSubject: Sendable {
  /// The scenario as it is.
  public let scenario: Scenario
  /// The directory of its cost profiles.
  public let directory: String
  private let tree: YAMLNode

  /// Reads a scenario.
  ///
  /// - Parameters:
  ///   - source: The text.
  ///   - directory: Where its cost profiles are.
  ///   - settings: `key.path=value` arguments that win over the file.
  ///   - sweeps: `key.path=a,b,c` arguments that are swept beside what the file sweeps.
  ///   - seed: The first seed instead of the file's.
  /// - Throws: ``ScenarioError`` with every problem found.
  public init(
    _ source: SourceFile, directory: String, settings: [String], sweeps: [String] = [],
    seed: UInt64?
  ) throws(ScenarioError) {
    scenario = try Scenario(
      source, directory: directory, settings: settings, sweeps: sweeps, seed: seed)
    self.directory = directory
    let diagnostics = Diagnostics()
    let substitutions = settings.compactMap { Substitution(argument: $0, into: diagnostics) }
    tree = try YAMLDocument.load(source).substituting(
      substitutions, in: ScenarioSpec.file, into: diagnostics)
  }

  /// Whether its runs depend on another file, which is named relative to this one.
  public var needsItsDirectory: Bool { !["free", nil].contains(tree["costs"]?.scalarText) }

  /// Every run, in the order of the file.
  var runs: [(cell: Int, seed: UInt64)] {
    scenario.cells.indices.flatMap { cell in scenario.cells[cell].seeds.map { (cell, $0) } }
  }

  /// The events after which the search for a failing run gives one up.
  static let eventLimit: UInt64 = 1 << 26

  /// Carries runs out, in their order, until one breaks an invariant, and makes a plan of it alone.
  ///
  /// - Parameters:
  ///   - workers: How many runs at a time; it changes nothing but the time it takes.
  ///   - name: The name of the plan's scenario, or nil for the scenario's own with `-shrunk`.
  ///   - progress: Told how many runs are done, of how many.
  /// - Returns: The plan.
  /// - Throws: ``ShrinkError`` if none does.
  public func failingPlan(
    workers: Int, name: String? = nil, progress: @Sendable (_ done: Int, _ all: Int) -> Void
  ) async throws(ShrinkError) -> FailingPlan {
    let runs = runs
    var start = 0
    var givenUp = 0
    while start < runs.count {
      let batch = Array(runs[start..<min(start + workers, runs.count)])
      let results = await concurrently(batch) { run in
        TrapNote.during(scenario.note(run.cell, seed: run.seed)) {
          Self.result(of: scenario.cells[run.cell], index: run.cell, seed: run.seed)
        }
      }
      for (run, result) in zip(batch, results) {
        let cell = scenario.cells[run.cell]
        guard
          let violation = FailingPlan.violation(
            in: result, of: cell, invariant: nil, limit: Self.eventLimit)
        else {
          if result.violations.contains(where: \.isCut) { givenUp += 1 }
          continue
        }
        return try plan(of: run, named: name, result: result, violation: violation)
      }
      start += batch.count
      progress(start, runs.count)
    }
    guard givenUp == 0 else {
      let what = runs.count == 1 ? "its run" : "\(givenUp) of its \(runs.count) runs"
      throw ShrinkError(
        description:
          "\(scenario.fileName): error: \(what) did not end within \(Self.eventLimit) events, after "
          + "which shrinking gives a run up\n  allow fewer by 'limits.events'", cause: .endless)
    }
    let what = runs.count == 1 ? "its run breaks no" : "none of its \(runs.count) runs breaks an"
    throw ShrinkError(
      description:
        "\(scenario.fileName): error: \(what) invariant, so there is nothing to shrink",
      cause: .sound)
  }

  private static func result(
    of cell: Scenario.Cell, index: Int, seed: UInt64
  ) -> RunResult {
    guard cell.settings.model == .messages else {
      return SlotRun(cell: cell, index: index, seed: seed).result()
    }
    var run = CellRun(cell: cell, index: index, seed: seed)
    run.run.eventLimit = eventLimit
    return run.result()
  }

  /// The plan of one run: what its series, its variant and the sweep set stands in the file itself.
  private func plan(
    of run: (cell: Int, seed: UInt64), named other: String?, result: RunResult, violation: Violation
  ) throws(ShrinkError) -> FailingPlan {
    let cell = scenario.cells[run.cell]
    let diagnostics = Diagnostics()
    var alone = tree.substituting(
      cell.substitutions, in: ScenarioSpec.file, into: diagnostics)
    alone = alone.removing(ScenarioSpec.experimentNames.filter { $0 != "measure" })
    let place = alone.location
    func scalar(_ text: String) -> YAMLNode { YAMLNode(.scalar(text, isQuoted: false), at: place) }
    let series = YAMLNode(
      .mapping([
        YAMLNode.Entry(key: "protocol", location: place, value: scalar(cell.subject.name))
      ]), at: place)
    let suffix = "-shrunk"
    let own = scenario.name.hasSuffix(suffix) ? scenario.name : scenario.name + suffix
    let name = other ?? own
    alone = alone.setting("name", to: scalar(name))
      .setting("seed", to: scalar("\(run.seed)"))
      .setting("repeat", to: scalar("1"))
      .setting("series", to: YAMLNode(.sequence([series]), at: place))
      .inOrder(of: ScenarioSpec.file)
    let text = YAMLText.text(of: alone)
    guard
      let single = try? Scenario(
        SourceFile(name: scenario.fileName, text: text), directory: directory, settings: [],
        seed: nil), single.cells.count == 1,
      Self.result(of: single.cells[0], index: 0, seed: run.seed).digest == result.digest
    else {
      throw ShrinkError(
        description:
          "\(scenario.fileName): error: the run of \(cell.series), \(cell.variant), seed "
          + "\(run.seed) breaks \(violation.invariant), but cannot be written as a scenario of its own",
        cause: .unwritable)
    }
    return FailingPlan(
      tree: alone, text: text, scenario: single, violation: violation, digest: result.digest,
      events: result.events, end: result.end)
  }
}

/// Applies `body` to all items at the same time; the answers are in the order of the items.
func concurrently<Item: Sendable, Answer: Sendable>(
  _ items: [Item], _ body: @escaping @Sendable (Item) -> Answer
) async -> [Answer] {
  if items.count == 1 { return items.map(body) }
  return await withTaskGroup(of: (Int, Answer).self) { group in
    for (index, item) in items.enumerated() { group.addTask { (index, body(item)) } }
    var answers = [Answer?](repeating: nil, count: items.count)
    for await (index, answer) in group { answers[index] = answer }
    return answers.compactMap { $0 }
  }
}
