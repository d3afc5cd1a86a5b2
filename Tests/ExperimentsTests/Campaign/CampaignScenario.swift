import Foundation
import Notation
import YAMLDocuments

@testable import Experiments

/// Scenarios of campaigns, and directories for their stores.
enum CampaignScenario {
  /// Four protocols at two sizes with two seeds.
  static let small = """
    name: small
    measure: metrics
    repeat: 2
    series:
      - { protocol: pbft }
      - { protocol: sc-pbft }
      - { protocol: raft }
      - { protocol: pow }
    sweep: { replicas: [4, 5] }
    replicas: 4
    network: { latency: { law: uniform, from: 1 ms, to: 2 ms } }
    clients: { connections: 2, timeout: 1 s }
    schedule: { tests: 2, window: 200 ms, rotation-delay: 50 ms, interval: 300 ms }
    pbft: { rotation: per-test }
    pow: { difficulty-bits: 12 }

    """

  /// A scenario with a part of the small one replaced.
  static func read(_ old: String = "", _ new: String = "") throws -> Scenario {
    try read(text: old.isEmpty ? small : small.replacingOccurrences(of: old, with: new))
  }

  static func read(text: String, settings: [String] = []) throws -> Scenario {
    try Scenario(
      SourceFile(name: "small.yaml", text: text), directory: "", settings: settings, seed: nil)
  }

  /// All runs of a scenario.
  static func results(of scenario: Scenario) async -> [RunResult] {
    await Runner(workers: 1).run(scenario) { (_: Int, _: Int) in }
  }
}

/// A directory of its own, removed with the last reference.
final class StoreDirectory: Sendable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("consim-store-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Every file below, sorted.
  var files: [String] {
    (try? FileManager.default.subpathsOfDirectory(atPath: path))?.filter {
      var isDirectory: ObjCBool = false
      let exists = FileManager.default.fileExists(
        atPath: "\(path)/\($0)", isDirectory: &isDirectory)
      return exists && !isDirectory.boolValue
    }.sorted() ?? []
  }
}
