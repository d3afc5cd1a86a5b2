import ArgumentParser
import Experiments
import Synchronization

/// The runs of one scenario that `run --store` makes.
struct StoredRuns {
  private(set) var campaign: KeyedScenario
  let store: RunStore
  /// The cells whose runs are made.
  let cells: Set<Int>
  /// What is made, such as `shard 3/64`; nil for everything.
  let part: String?
  let workers: Int
  let isQuiet: Bool

  private var scenario: Scenario { campaign.scenario }

  /// The runs that belong to this command.
  var runs: [Scenario.Run] { scenario.runs.filter { cells.contains($0.cell) } }

  /// Makes what is missing, with as many seeds as the scenario's key `until` asks for.
  mutating func carryOut() async throws {
    var looks = SeedLooks(scenario)
    campaign = campaign.with(looks)
    try await makeMissing()
    guard scenario.until != nil else { return }
    while looks.advance(with: try collected(looks.openRuns).results) {
      campaign = campaign.with(looks)
      try await makeMissing()
    }
  }

  /// Makes the runs that are missing, and stores each as soon as it is done.
  private func makeMissing() async throws {
    let runs = runs
    let (campaign, store) = (campaign, store)
    let pending = try RunStore.reporting { () throws(StoreError) in
      try campaign.pending(runs, in: store) { Console.error($0) }
    }
    let kept = Mutex(0)
    let failure = Mutex<StoreError?>(nil)
    let (all, name, directory) = (pending.count, scenario.name, store.directory)
    Interruption.beforeEnding {
      let done = kept.withLock { $0 }
      return "interrupted: \(done) of \(all) missing runs of \(name) were made and are in "
        + "\(directory); the same command goes on"
    }
    await Progress.run(
      pending, of: scenario, workers: workers, isQuiet: isQuiet
    ) { result in
      do throws(StoreError) {
        let key = campaign.key(Scenario.Run(cell: result.cell, seed: result.seed))
        try Interruption.deferring { () throws(StoreError) in try store.keep(result, as: key) }
        kept.withLock { $0 += 1 }
        return true
      } catch {
        failure.withLock { $0 = $0 ?? error }
        return false
      }
    }
    Interruption.beforeEnding(nil)
    if let error = failure.withLock({ $0 }) {
      Console.error(error.description)
      throw error.exitCode
    }
  }

  /// The results of some runs.
  func collected(_ runs: [Scenario.Run]) throws -> CollectedRuns {
    let collected = try RunStore.reporting { () throws(StoreError) in
      try campaign.collected(runs, from: [store])
    }
    for problem in collected.torn { Console.error(problem) }
    return collected
  }

  /// Warns of results that another model version made.
  func remarkOnOthers() {
    for other in store.others(with: campaign.keys) {
      Console.error(
        "\(store.directory): warning: \(other.runs) runs of \(scenario.name) are there from the model "
          + "version \(other.model); this program, \(store.model), makes its own")
    }
  }
}

extension RunCommand {
  /// Runs with a store: makes what is missing, and writes tables once everything is there.
  func runStored(_ loaded: [Scenario], in directory: String) async throws {
    let shard = try kept.part()
    let campaigns = loaded.map { KeyedScenario($0) }
    let cells = try loaded.map { try kept.cells(of: $0) }
    let store = try RunStore.opened(directory, creates: true)
    var writer: ResultWriter?
    if shard == nil {
      writer = try ResultWriter.opened(out)
      try writer?.requireSoundProvenance(loaded.map(\.name))
    }
    store.removeLeftovers()
    Interruption.terminateAsUnfinished()
    var verdicts = Verdicts()
    var speech = Speech()
    for (campaign, chosen) in zip(campaigns, cells) {
      let points = campaign.points(chosen)
      let own = shard?.share(of: points) ?? points
      var stored = StoredRuns(
        campaign: campaign, store: store, cells: Set(own.flatMap(\.cells)),
        part: shard.map { "shard \($0.index)/\($0.count)" }, workers: workers.count,
        isQuiet: quiet)
      for remark in campaign.scenario.remarks {
        Console.error("\(campaign.scenario.fileName): \(remark)")
      }
      stored.remarkOnOthers()
      try await stored.carryOut()
      try report(stored, writer, &verdicts, &speech)
    }
    try verdicts.check()
    try speech.check()
  }

  private func report(
    _ stored: StoredRuns, _ writer: ResultWriter?, _ verdicts: inout Verdicts,
    _ speech: inout Speech
  ) throws {
    let scenario = stored.campaign.scenario
    let all = writer == nil ? stored.runs : scenario.runs
    let collected = try stored.collected(all)
    if let writer, collected.isComplete {
      try finish(scenario, collected.results, writer, &verdicts, &speech)
      return
    }
    // The runs that were asked for are judged; the others belong to somebody else's command.
    let own = Set(stored.runs)
    let results = collected.results.filter {
      own.contains(Scenario.Run(cell: $0.cell, seed: $0.seed))
    }
    if !quiet {
      let place = stored.part.map { ", \($0)" } ?? ""
      let rest =
        writer == nil
        ? ""
        : "; \(collected.missing.count) of \(scenario.runs.count) are missing, so that no tables are written"
      speech.say(
        "\(scenario.heading)\(place): \(results.count) of \(own.count) runs asked for are in "
          + "\(stored.store.directory)\(rest)")
    }
    verdicts.note(Verdict(scenario, results), settings: plan.settings)
    guard results.count == own.count else { throw ExitCode.unfinished }
  }
}
