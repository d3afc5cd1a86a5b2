import ConsensusCore
import DiscreteEvents
import Invariants
import RunPlans
import Simulator

/// One run of one cell, and its outcome as a result.
package struct CellRun {
  let cell: Scenario.Cell
  let index: Int
  /// What is run.
  package var run: PlannedRun

  /// The run of a cell with one seed.
  package init(cell: Scenario.Cell, index: Int, seed: UInt64) {
    self.cell = cell
    self.index = index
    run = PlannedRun(cell.settings, of: cell.subject, seed: seed)
  }

  var seed: UInt64 { run.seed }

  /// Carries the run out.
  package func result() -> RunResult {
    let executed = run.executed()
    let outcome = executed.outcome
    let census = outcome.census.map {
      RunResult.Census(
        rounds: $0.rounds, time: $0.time, active: $0.byzantine, members: $0.members)
    }
    return RunResult(
      cell: index, seed: seed, digest: outcome.digest, events: outcome.events,
      stopReason: outcome.stopReason, ending: ending(outcome, census), end: outcome.end,
      tests: outcome.tests.map { test in
        RunResult.Test(
          number: test.number, primary: test.primary?.index, window: test.end - test.start,
          accepted: test.accepted, blocks: test.blocks, declined: test.declined,
          requests: test.requests, bogus: test.bogus, latencies: test.latencies,
          transactions: test.transactions)
      },
      requests: outcome.account,
      strikes: zip(cell.settings.faults, outcome.strikes).map { $0.isStrategy ? nil : $1 },
      census: census, blocks: outcome.blocks,
      messages: zip(cell.subject.traits.kinds, outcome.messages).map { ($0, $1.sent, $1.bytes) },
      counters: executed.counters, violations: outcome.failures,
      timeout: run.clients.first?.timeout, usage: outcome.usage, elections: outcome.elections,
      leaderChanges: outcome.leaderChanges,
      series: RunInterval.intervals(of: outcome, every: run.plan.recording.every),
      account: Workloads.counted?.account(of: executed.workload))
  }

  private func ending(_ outcome: Outcome, _ census: [RunResult.Census]) -> RunEnding {
    let isLost = cell.settings.horizonArrivals != nil && RunResult.lostRound(census) != nil
    let reason = isLost && outcome.stopReason == .timeLimit ? .scheduleEnded : outcome.stopReason
    return RunEnding(
      reason, progress: run.schedule.progress(of: outcome, in: cell.settings),
      broken: outcome.failures, Expectations(cell.settings.expectations))
  }
}
