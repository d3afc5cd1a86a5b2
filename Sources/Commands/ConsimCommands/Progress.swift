import Experiments
import Synchronization

/// The results of a scenario that are there so far, for an interruption to write.
final class RunLedger: Sendable {
  private let kept = Mutex<[RunResult]>([])

  /// The results, in the order of completion.
  var results: [RunResult] { kept.withLock { $0 } }

  /// Keeps a result.
  func note(_ result: RunResult) { kept.withLock { $0.append(result) } }
}

/// Runs a scenario and shows how far it is.
enum Progress {
  /// The line is rewritten no more often than this.
  private static let pause = Duration.milliseconds(100)

  /// Carries all runs of a scenario out; how many seeds there are may depend on results.
  ///
  /// - Parameters:
  ///   - scenario: The scenario.
  ///   - workers: How many runs at a time.
  ///   - isQuiet: Whether nothing is shown meanwhile.
  ///   - goesOn: Told what is run next, and where its results are kept.
  /// - Returns: The scenario with the seeds that were run, and the results in the order of the plan.
  static func run(
    _ scenario: Scenario, workers: Int, isQuiet: Bool,
    goesOn: (Scenario, RunLedger) -> Void = { _, _ in }
  ) async -> (scenario: Scenario, results: [RunResult]) {
    var looks = SeedLooks(scenario)
    let ledger = RunLedger()
    var done: Set<Scenario.Run> = []
    repeat {
      goesOn(looks.scenario, ledger)
      let next = looks.scenario.runs.filter { done.insert($0).inserted }
      await run(next, of: looks.scenario, workers: workers, isQuiet: isQuiet) { result in
        ledger.note(result)
        return true
      }
    } while looks.advance(with: ledger.results)
    return (looks.scenario, looks.ordered(ledger.results))
  }

  /// Carries some runs out; no further run begins once `finished` returns false.
  @discardableResult
  static func run(
    _ runs: [Scenario.Run], of scenario: Scenario, workers: Int, isQuiet: Bool,
    finished: @Sendable (RunResult) -> Bool
  ) async -> [RunResult] {
    let isShown = !isQuiet && Console.isTerminal
    let name = scenario.name
    let start = ContinuousClock.now
    let shown = Mutex(start - pause)
    let results = await Runner(workers: workers).run(runs, of: scenario) { result, done, all in
      let goesOn = finished(result)
      guard isShown else { return goesOn }
      let now = ContinuousClock.now
      let isDue = shown.withLock { last in
        guard now - last >= pause || done == all else { return false }
        last = now
        return true
      }
      if isDue { Console.status("\(name): " + line(done, of: all, after: now - start)) }
      return goesOn
    }
    if isShown { Console.status("") }
    return results
  }

  /// How far the runs are, how many there are in a second, and how long the rest takes at that rate.
  private static func line(_ done: Int, of all: Int, after elapsed: Duration) -> String {
    let rate = Double(done) / max(elapsed / .seconds(1), 1e-6)
    let tenths = Int(min(rate * 10, 1e9))
    let speed = tenths < 1000 ? "\(tenths / 10).\(tenths % 10)" : "\(tenths / 10)"
    let left = Int(min(Double(all - done) / rate, 1e9).rounded(.up))
    return "run \(done) of \(all), \(speed) runs/s, \(span(left)) left"
  }

  private static func span(_ seconds: Int) -> String {
    switch seconds {
    case ..<60: "\(seconds) s"
    case ..<3600: "\(seconds / 60) min \(seconds % 60) s"
    default: "\(seconds / 3600) h \(seconds % 3600 / 60) min"
    }
  }
}
