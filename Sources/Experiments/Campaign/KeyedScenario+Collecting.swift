import RunPlans

/// What stores have of some runs.
public struct CollectedRuns: Sendable {
  /// The results, by cell and then by seed.
  public var results: [RunResult] = []
  /// The runs without a result.
  package var missing: [Scenario.Run] = []
  /// What is wrong with each file that is not what was written.
  public var torn: [String] = []
  /// What is wrong where two stores have different results of a run.
  public var contradictions: [String] = []

  /// Whether every run has a result and nothing is wrong.
  public var isComplete: Bool { missing.isEmpty && torn.isEmpty && contradictions.isEmpty }
  /// How many runs have no result.
  public var missingRuns: Int { missing.count }
}

extension KeyedScenario {
  /// Reads the results of runs; the order in which they were made changes nothing.
  ///
  /// - Throws: ``StoreError`` where a file cannot be read.
  package func collected(
    _ runs: [Scenario.Run], from stores: [RunStore]
  ) throws(StoreError) -> CollectedRuns {
    var collected = CollectedRuns()
    var torn: Set<String> = []
    for run in runs {
      let key = key(run)
      var found: (result: RunResult, path: String)?
      for store in stores {
        let path = store.path(key)
        switch try store.entry(key, of: run, in: scenario.cells[run.cell]) {
        case .missing: continue
        case .torn(let problem):
          // Runs that are described alike share the file.
          if torn.insert(path).inserted {
            collected.torn.append("\(path): error: this is not what was stored: \(problem)")
          }
        case .result(let result):
          if let first = found, RunText(first.result).bytes != RunText(result).bytes {
            collected.contradictions.append(RunStore.contradiction(path, first.path))
          }
          found = found ?? (result, path)
        }
      }
      if let found {
        collected.results.append(found.result)
      } else {
        collected.missing.append(run)
      }
    }
    return collected
  }

  /// The scenario with as many seeds as its key `until` asks for, as far as stores show.
  ///
  /// - Throws: ``StoreError`` where a file cannot be read.
  package func settled(from stores: [RunStore]) throws(StoreError) -> KeyedScenario {
    var looks = SeedLooks(scenario)
    while try looks.advance(with: with(looks).collected(looks.openRuns, from: stores).results) {}
    return with(looks)
  }

  /// The runs that still have to be made, each key once; a torn file is set aside.
  ///
  /// - Parameters:
  ///   - runs: The runs.
  ///   - store: Where their results are.
  ///   - tell: Told of every file that is set aside.
  /// - Returns: The runs, in the order of the plan.
  /// - Throws: ``StoreError`` where a file cannot be read or set aside.
  package func pending(
    _ runs: [Scenario.Run], in store: RunStore, tell: (String) -> Void
  ) throws(StoreError) -> [Scenario.Run] {
    var seen: Set<RunKey> = []
    var pending: [Scenario.Run] = []
    for run in runs {
      let key = key(run)
      guard seen.insert(key).inserted else { continue }
      switch try store.entry(key, of: run, in: scenario.cells[run.cell]) {
      case .result: continue
      case .missing: break
      case .torn(let problem):
        let aside = try store.setAside(key)
        tell(
          "\(store.path(key)): warning: this is not what was stored: \(problem)\n"
            + "  it is \(aside) now, and its run is made again")
      }
      pending.append(run)
    }
    return pending
  }
}
