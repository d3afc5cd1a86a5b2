import ConsensusCore
import DiscreteEvents
import Invariants
import Notation
import RunPlans
import Simulator
import Traps

/// Cuts a failing plan down to one that is as small as can be and still breaks the same invariant.
///
/// Candidates are tried in a fixed order, and the first that fails is taken, however many are tried
/// at the same time; runs that were started in vain are not counted. The result is thus the same for
/// any number of workers.
public struct Shrinker: Sendable {
  /// How many runs at a time.
  public var workers: Int
  /// How many runs at most.
  public var runLimit: Int
  /// Whether a plan may break another invariant than the one it was given for.
  public var acceptsAny: Bool

  /// Creates a shrinker.
  public init(workers: Int, runLimit: Int, acceptsAny: Bool) {
    self.workers = max(1, workers)
    self.runLimit = runLimit
    self.acceptsAny = acceptsAny
  }

  /// How far it is.
  public struct Progress: Sendable {
    /// Runs so far.
    public var runs: Int
    /// Values that are written in the smallest plan so far.
    public var values: Int
  }

  /// What shrinking came to.
  public struct Outcome: Sendable {
    /// The plan at the beginning.
    public var original: FailingPlan
    /// The smallest plan found.
    public var plan: FailingPlan
    /// Runs carried out.
    public var runs: Int
    /// Whether everything was tried, so that no single step makes the plan smaller.
    public var isComplete: Bool
    /// Whether what is demanded of the run, and what the demand rests on, had to stay.
    var keepsDemands: Bool

    /// What a complete search shows.
    public var minimality: String {
      "no single cut \(keepsDemands ? "that keeps its demands " : "")makes it smaller"
    }
  }

  /// Shrinks a plan.
  ///
  /// - Parameters:
  ///   - plan: The plan.
  ///   - directory: Where its cost profiles are.
  ///   - progress: Told after each batch of runs.
  /// - Returns: The smallest plan found, and how it was found.
  public func shrink(
    _ plan: FailingPlan, directory: String, progress: @Sendable (Progress) -> Void
  ) async -> Outcome {
    let invariant = acceptsAny ? nil : plan.violation.invariant
    let isDemand = acceptsAny || Self.isDemand(plan.violation.invariant)
    var search = Search(
      best: plan, directory: directory, invariant: invariant,
      reductions: Reductions(
        invariant: invariant, keepsDemands: isDemand),
      needsPromise: isDemand && plan.cell.keepsHealingPromise,
      eventLimit: 4 * plan.events + 100_000, runLimit: runLimit, workers: workers)
    let passes = Reductions.Pass.allCases.filter { $0 != .otherSeeds }
    repeat {
      var before: PlanSize
      repeat {
        before = search.best.size
        for pass in passes { await search.carryOut(pass, progress: progress) }
      } while search.best.size < before
      await search.carryOut(.otherSeeds, progress: progress)
      if search.best.size == before { break }
    } while !search.isExhausted
    return Outcome(
      original: plan, plan: search.best, runs: search.runs, isComplete: !search.isExhausted,
      keepsDemands: isDemand)
  }

  /// What is said when the run of a cut traps.
  static func note(_ text: String, of file: String) -> String {
    """
    \(file): this cut of it trapped
      replay: consim run FILE, with this in FILE:
    \(text)
    """
  }

  /// Whether an invariant is a demand on runs of some kind, which other parameters could make
  /// impossible to meet.
  static func isDemand(_ invariant: InvariantID) -> Bool {
    invariant == Violation.cutShort
      || Subjects.all.contains { $0.traits.progressInvariant == invariant }
      || InvariantCatalog.description(of: invariant)?.watch == .probeIfPromised
  }
}

/// The state of shrinking one plan.
private struct Search {
  var best: FailingPlan
  let directory: String
  let invariant: InvariantID?
  let reductions: Reductions
  let needsPromise: Bool
  let eventLimit: UInt64
  let runLimit: Int
  let workers: Int

  var runs = 0
  /// Texts that were run and did not fail; only asked whether they hold one.
  private var refused: Set<String> = []

  init(
    best: FailingPlan, directory: String, invariant: InvariantID?, reductions: Reductions,
    needsPromise: Bool, eventLimit: UInt64, runLimit: Int, workers: Int
  ) {
    self.best = best
    self.directory = directory
    self.invariant = invariant
    self.reductions = reductions
    self.needsPromise = needsPromise
    self.eventLimit = eventLimit
    self.runLimit = runLimit
    self.workers = workers
  }

  /// Whether the limit of runs ended the search.
  var isExhausted: Bool { runs >= runLimit }

  private struct Candidate: Sendable {
    var place: Int
    var tree: YAMLNode
    var text: String
    var scenario: Scenario
  }

  mutating func carryOut(
    _ pass: Reductions.Pass, progress: @Sendable (Shrinker.Progress) -> Void
  ) async {
    var trees = reductions.candidates(pass, of: best.tree)
    var place = 0
    while !isExhausted, place < trees.count {
      var batch: [Candidate] = []
      while batch.count < workers, place < trees.count {
        if let candidate = candidate(trees[place], place) { batch.append(candidate) }
        place += 1
      }
      guard !batch.isEmpty else { return }
      // A cut that makes the run much longer, such as a default that is larger, explains nothing.
      let (limit, invariant) = (min(eventLimit, 2 * best.events + 1000), invariant)
      let plans = await concurrently(batch) { Self.run($0, limit: limit, invariant: invariant) }
      for (candidate, plan) in zip(batch, plans) where !isExhausted {
        runs += 1
        guard let plan else {
          refused.insert(candidate.text)
          continue
        }
        best = plan
        trees = reductions.candidates(pass, of: best.tree)
        // What stood behind the part that is gone stands in its place now.
        place = candidate.place
        break
      }
      progress(Shrinker.Progress(runs: runs, values: best.size.values))
    }
  }

  /// A plan that is worth a run: smaller, valid, and not tried before.
  private func candidate(_ tree: YAMLNode, _ place: Int) -> Candidate? {
    guard PlanSize(tree) < best.size else { return nil }
    let text = YAMLText.text(of: tree)
    guard !refused.contains(text),
      let scenario = try? Scenario(
        SourceFile(name: best.scenario.fileName, text: text), directory: directory, settings: [],
        seed: nil), scenario.cells.count == 1, scenario.cells[0].seeds.count == 1,
      scenario.cells[0].settings.model == .messages,
      !needsPromise || scenario.cells[0].keepsHealingPromise
    else { return nil }
    return Candidate(place: place, tree: tree, text: text, scenario: scenario)
  }

  /// What is said when the run of a candidate traps: no file has it, so that it is told in full.
  private static func note(_ candidate: Candidate) -> String {
    Shrinker.note(candidate.text, of: candidate.scenario.fileName)
  }

  /// The plan if its run breaks the invariant.
  private static func run(
    _ candidate: Candidate, limit: UInt64, invariant: InvariantID?
  ) -> FailingPlan? {
    let cell = candidate.scenario.cells[0]
    var run = CellRun(cell: cell, index: 0, seed: cell.seeds.first ?? 1)
    run.run.eventLimit = limit
    let result = TrapNote.during(note(candidate)) { run.result() }
    guard
      let violation = FailingPlan.violation(
        in: result, of: cell, invariant: invariant, limit: limit)
    else { return nil }
    return FailingPlan(
      tree: candidate.tree, text: candidate.text, scenario: candidate.scenario,
      violation: violation, digest: result.digest, events: result.events, end: result.end)
  }
}
