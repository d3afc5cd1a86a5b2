import Foundation
import RunPlans
import Testing

@testable import Experiments

@Suite("Stores of runs")
struct RunStoreTests {
  private static let model = "0123456789abcdef"
  private static let other = "fedcba9876543210"

  /// A small campaign with its results.
  private func campaign() async throws -> (KeyedScenario, [RunResult]) {
    let scenario = try CampaignScenario.read("[4, 5]", "[4]")
    return (KeyedScenario(scenario), await CampaignScenario.results(of: scenario))
  }

  private func store(
    _ directory: StoreDirectory, _ model: String = model, creates: Bool = true
  ) throws -> RunStore {
    try RunStore(directory.path, model: model, creates: creates)
  }

  private func key(_ result: RunResult, _ campaign: KeyedScenario) -> RunKey {
    campaign.key(Scenario.Run(cell: result.cell, seed: result.seed))
  }

  @Test("Stored runs give the tables and the provenance of runs that were just made, in any order")
  func tables() async throws {
    let (campaign, results) = try await campaign()
    let directory = try StoreDirectory()
    let store = try store(directory)
    for result in results.reversed() { try store.keep(result, as: key(result, campaign)) }
    let collected = try campaign.collected(campaign.scenario.runs, from: [store])
    #expect(collected.isComplete)
    let (kept, made) = (
      Report(campaign.scenario, collected.results), Report(campaign.scenario, results)
    )
    #expect(kept.files.map(\.table.csv) == made.files.map(\.table.csv))
    let entries = [collected.results, results].map { results in
      NSDictionary(dictionary: Provenance.entry(campaign.scenario, results))
    }
    #expect(entries[0] == entries[1])
    #expect(try campaign.pending(campaign.scenario.runs, in: store, tell: { _ in }) == [])
  }

  @Test("A store names a run by model version, description and seed, and leaves no other file")
  func names() async throws {
    let (campaign, results) = try await campaign()
    let directory = try StoreDirectory()
    let store = try store(directory)
    try store.keep(results[0], as: key(results[0], campaign))
    let digest = RunKey.digest(of: campaign.scenario.cells[0])
    #expect(
      directory.files == [
        "\(Self.model)/\(digest.prefix(2))/\(digest)-1.run", "consim-store",
      ])
  }

  @Test("A missing run is told, and one run of those that are described alike is made")
  func missing() async throws {
    let (campaign, results) = try await campaign()
    let store = try store(try StoreDirectory())
    for result in results.dropFirst() { try store.keep(result, as: key(result, campaign)) }
    let collected = try campaign.collected(campaign.scenario.runs, from: [store])
    #expect(collected.missing == [Scenario.Run(cell: 0, seed: 1)] && !collected.isComplete)
    let twice = campaign.scenario.runs + campaign.scenario.runs
    #expect(
      try campaign.pending(twice, in: store, tell: { _ in }) == [Scenario.Run(cell: 0, seed: 1)])
  }

  @Test("A torn file is named, set aside and made again", arguments: [0, 1, 100, 200])
  func torn(length: Int) async throws {
    let (campaign, results) = try await campaign()
    let directory = try StoreDirectory()
    let store = try store(directory)
    for result in results { try store.keep(result, as: key(result, campaign)) }
    let path = store.path(key(results[3], campaign))
    let bytes = try #require(FileManager.default.contents(atPath: path))
    try bytes.prefix(length).write(to: URL(fileURLWithPath: path))
    let collected = try campaign.collected(campaign.scenario.runs, from: [store])
    #expect(collected.torn.count == 1 && collected.torn[0].hasPrefix(path))
    #expect(!collected.isComplete && collected.missing.count == 1)
    var told: [String] = []
    let pending = try campaign.pending(campaign.scenario.runs, in: store) { told.append($0) }
    #expect(pending == [Scenario.Run(cell: results[3].cell, seed: results[3].seed)])
    #expect(told.count == 1 && told[0].hasPrefix(path))
    #expect(FileManager.default.contents(atPath: path + ".torn") == bytes.prefix(length))
    try store.keep(results[3], as: key(results[3], campaign))
    #expect(FileManager.default.contents(atPath: path) == bytes)
  }

  @Test("A file of another model version or another run is torn, whatever its name")
  func misplaced() async throws {
    let (campaign, results) = try await campaign()
    let store = try store(try StoreDirectory())
    for result in results { try store.keep(result, as: key(result, campaign)) }
    let path = store.path(key(results[0], campaign))
    let body = Array(RunText(results[0]).text.utf8)
    let keys = [(Self.other, key(results[0], campaign)), (Self.model, key(results[1], campaign))]
    for (model, key) in keys {
      try Data(RunFile.bytes(model: model, key: key.text, body: body))
        .write(to: URL(fileURLWithPath: path))
      let collected = try campaign.collected(campaign.scenario.runs, from: [store])
      #expect(collected.torn.count == 1 && collected.torn[0].hasPrefix(path))
    }
  }

  @Test("A result that differs from the stored one is refused, and the stored one stays")
  func contradiction() async throws {
    let (campaign, results) = try await campaign()
    let directory = try StoreDirectory()
    let store = try store(directory)
    let key = key(results[0], campaign)
    try store.keep(results[0], as: key)
    let before = FileManager.default.contents(atPath: store.path(key))
    try store.keep(results[0], as: key)
    var other = results[0]
    other.events += 1
    let error = #expect(throws: StoreError.self) { try store.keep(other, as: key) }
    #expect(error?.description.hasPrefix(store.path(key)) == true)
    #expect(FileManager.default.contents(atPath: store.path(key)) == before)
    #expect(directory.files.count == 2)
  }

  @Test("Two stores are read as one, and two results of one run are named")
  func twoStores() async throws {
    let (campaign, results) = try await campaign()
    let stores = try [store(StoreDirectory()), store(StoreDirectory())]
    for (place, result) in results.enumerated() {
      try stores[place % 2].keep(result, as: key(result, campaign))
    }
    #expect(try campaign.collected(campaign.scenario.runs, from: stores).isComplete)
    try stores[1].keep(results[0], as: key(results[0], campaign))
    #expect(try campaign.collected(campaign.scenario.runs, from: stores).isComplete)
    var other = results[1]
    other.blocks += 1
    try stores[0].keep(other, as: key(other, campaign))
    let collected = try campaign.collected(campaign.scenario.runs, from: stores)
    #expect(collected.contradictions.count == 1 && !collected.isComplete)
    #expect(collected.contradictions[0].contains(stores[0].path(key(other, campaign))))
  }

  @Test("Runs of other model versions are counted, not read, and pruned with what is torn")
  func versions() async throws {
    let (campaign, results) = try await campaign()
    let directory = try StoreDirectory()
    let old = try store(directory, Self.other)
    let new = try store(directory)
    for result in results { try old.keep(result, as: key(result, campaign)) }
    try new.keep(results[0], as: key(results[0], campaign))
    #expect(try campaign.collected(campaign.scenario.runs, from: [new]).missing.count == 7)
    let others = new.others(with: campaign.keys)
    #expect(others.map(\.model) == [Self.other] && others.map(\.runs) == [8])
    #expect(new.others(with: []).isEmpty)
    _ = try new.setAside(key(results[0], campaign))
    try new.keep(results[0], as: key(results[0], campaign))
    try Data().write(to: URL(fileURLWithPath: "\(directory.path)/notes.txt"))
    #expect(try new.prune() == 9)
    let name = String(new.path(key(results[0], campaign)).dropFirst(directory.path.count + 1))
    #expect(directory.files == [name, "consim-store", "notes.txt"])
    #expect(new.others(with: campaign.keys).isEmpty)
  }

  @Test(
    "A directory with other files, of another format or without a store is refused and left alone")
  func noStore() throws {
    let foreign = try StoreDirectory()
    try Data().write(to: URL(fileURLWithPath: "\(foreign.path)/figure8.csv"))
    #expect(throws: StoreError.self) { try store(foreign) }
    #expect(foreign.files == ["figure8.csv"])
    let empty = try StoreDirectory()
    #expect(throws: StoreError.self) { try store(empty, creates: false) }
    #expect(empty.files == [])
    let later = try StoreDirectory()
    try Data("consim-store 2\n".utf8).write(to: URL(fileURLWithPath: "\(later.path)/consim-store"))
    #expect(throws: StoreError.self) { try store(later) }
    #expect(later.files == ["consim-store"])
  }

  @Test("Directories that another process removed are made again")
  func vanished() async throws {
    let (campaign, results) = try await campaign()
    let directory = try StoreDirectory()
    let store = try store(directory)
    for result in results.prefix(2) {
      try store.keep(result, as: key(result, campaign))
      try FileManager.default.removeItem(atPath: store.folder)
    }
    try store.keep(results[0], as: key(results[0], campaign))
    #expect(directory.files.count == 2)
  }

  @Test("Many may make a store at once, as the tasks of a scheduler's array do")
  func manyMakers() async throws {
    for _ in 0..<10 {
      let directory = try StoreDirectory()
      await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<8 {
          group.addTask {
            let store = try? RunStore(directory.path, model: Self.model, creates: true)
            return store != nil
          }
        }
        for await isMade in group { #expect(isMade) }
      }
      #expect(directory.files == ["consim-store"])
    }
  }

  @Test("A file of a run that cannot be read is an error and not a missing run")
  func unreadable() async throws {
    let (campaign, results) = try await campaign()
    let store = try store(try StoreDirectory())
    let path = store.path(key(results[0], campaign))
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    #expect(throws: StoreError.self) {
      try campaign.collected(campaign.scenario.runs, from: [store])
    }
  }
}
