import DiscreteEvents
import Tables
import Traps

/// Carries out all runs of a scenario, several at a time.
///
/// Results are stored by the run's place in the plan, never by completion, so that the number of
/// workers changes nothing but the time it takes.
public struct Runner: Sendable {
  /// How many runs at a time.
  public var workers: Int

  /// Creates a runner with at least one worker.
  public init(workers: Int) { self.workers = max(1, workers) }

  /// Carries out every cell of `scenario` for every seed.
  ///
  /// - Parameters:
  ///   - scenario: What to run.
  ///   - progress: Told after each run how many are done, of how many.
  /// - Returns: The results, by cell and then by seed.
  public func run(
    _ scenario: Scenario, progress: @Sendable (_ done: Int, _ all: Int) -> Void
  ) async -> [RunResult] {
    await run(scenario) { (_: RunResult, done, all) in progress(done, all) }
  }

  /// Carries out every cell of `scenario` for every seed, and hands each result over as soon as it
  /// is there, for a caller that keeps what is done when it is interrupted.
  ///
  /// - Parameters:
  ///   - scenario: What to run.
  ///   - finished: Given each result, in the order of completion, with how many are done, of how many.
  /// - Returns: The results, by cell and then by seed.
  public func run(
    _ scenario: Scenario,
    finished: @Sendable (_ result: RunResult, _ done: Int, _ all: Int) -> Void
  ) async -> [RunResult] {
    await run(scenario.runs, of: scenario) { result, done, all in
      finished(result, done, all)
      return true
    }
  }

  /// Carries some runs of `scenario` out.
  ///
  /// - Parameters:
  ///   - runs: The runs, each with the index of its cell.
  ///   - scenario: Where they are from.
  ///   - finished: Given each result, in the order of completion, with how many are done, of how many;
  ///     no further run begins once it returns false.
  /// - Returns: The results in the order of `runs`.
  package func run(
    _ runs: [Scenario.Run], of scenario: Scenario,
    finished: @Sendable (_ result: RunResult, _ done: Int, _ all: Int) -> Bool
  ) async -> [RunResult] {
    let count = runs.count
    var results = [RunResult?](repeating: nil, count: count)
    await withTaskGroup(of: (Int, RunResult).self) { group in
      var next = 0
      func start() {
        guard next < count else { return }
        let place = next
        next += 1
        group.addTask {
          let (cell, seed) = (runs[place].cell, runs[place].seed)
          let result = TrapNote.during(scenario.note(cell, seed: seed)) {
            Self.run(scenario.cells[cell], index: cell, seed: seed)
          }
          return (place, result)
        }
      }
      for _ in 0..<workers { start() }
      var done = 0
      while let (place, result) = await group.next() {
        results[place] = result
        done += 1
        if !finished(result, done, count) { next = count }
        start()
      }
    }
    return results.compactMap { $0 }
  }

  private static func run(_ cell: Scenario.Cell, index: Int, seed: UInt64) -> RunResult {
    switch cell.settings.model {
    case .messages: CellRun(cell: cell, index: index, seed: seed).result()
    case .slots: SlotRun(cell: cell, index: index, seed: seed).result()
    }
  }
}
