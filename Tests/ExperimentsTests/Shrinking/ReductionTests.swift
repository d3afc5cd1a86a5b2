import ConsensusCore
import Foundation
import TestSupport
import Testing

@testable import Experiments
@testable import Notation
@testable import YAMLDocuments

private let scenarios = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("Scenarios")

private func tree(_ text: String) throws -> YAMLNode {
  try YAMLDocument.load(SourceFile(name: "plan.yaml", text: text))
}

extension YAMLNode {
  /// Everything but places and quotes, for comparison.
  fileprivate var shape: String {
    switch content {
    case .scalar(let text, _): "'\(text)'"
    case .sequence(let items): "[" + items.map(\.shape).joined(separator: ",") + "]"
    case .mapping(let entries):
      "{" + entries.map { "\($0.key):\($0.value.shape)" }.joined(separator: ",") + "}"
    }
  }
}

@Suite("Texts of trees")
struct YAMLTextTests {
  static let files: [String] = {
    let all = FileManager.default.enumerator(atPath: scenarios.path)?.compactMap { $0 as? String }
    return (all ?? []).filter { $0.hasSuffix(".yaml") && !$0.hasPrefix("costs") }.sorted()
  }()

  @Test("Every scenario in the repository is read again as it was", arguments: files)
  func roundTrip(file: String) throws {
    let text = try String(contentsOf: scenarios.appendingPathComponent(file), encoding: .utf8)
    let before = try tree(text)
    let after = try tree(YAMLText.text(of: before))
    #expect(after.shape == before.shape)
  }

  @Test(
    "Texts that mean something to YAML keep their meaning",
    arguments: [
      "a: b", "# no comment", "- item", "x, y", "[z]", "{k}", "\"q\"", "it's", "tab\tand\\slash",
      "line\nend", " blank ", "true", "1:30", "*alias", "&anchor", "%x", "é", "!tag", "a#b", "|",
    ])
  func quoting(text: String) throws {
    let place = Location(source: SourceFile(name: "", text: ""), line: 1, column: 1)
    let scalar = YAMLNode(.scalar(text, isQuoted: true), at: place)
    let entries = [
      YAMLNode.Entry(key: "title", location: place, value: scalar),
      YAMLNode.Entry(
        key: "list", location: place, value: YAMLNode(.sequence([scalar, scalar]), at: place)),
    ]
    let before = YAMLNode(.mapping(entries), at: place)
    #expect(try tree(YAMLText.text(of: before)).shape == before.shape)
  }

  @Test("There are scenarios to try")
  func exist() { #expect(Self.files.count >= 15) }
}

@Suite("Reductions")
struct ReductionTests {
  @Test("Numbers become smaller and rounder, the smallest first")
  func numbers() {
    #expect(
      RoundNumbers.below(140_300, atLeast: 0) == [0, 10_000, 70_000, 100_000, 140_000, 40_300])
    #expect(RoundNumbers.below(9, atLeast: 4) == [4, 8])
    #expect(RoundNumbers.below(1, atLeast: 1) == [])
    #expect(RoundNumbers.above(140_300) == 200_000)
    #expect(RoundNumbers.above(200) == 200)
    for value in stride(from: Int64(1), to: 3000, by: 7) {
      let found = RoundNumbers.below(value, atLeast: 1)
      #expect(found.allSatisfy { $0 >= 1 && $0 < value })
      #expect(Set(found).count == found.count)
    }
  }

  @Test("A plan is smaller with fewer values, then fewer digits, then smaller numbers")
  func sizes() throws {
    let sizes = try [
      "schedule: { duration: 2 ms }", "schedule: { duration: 3 ms }",
      "schedule: { duration: 35 ms }", "schedule: { duration: 1 ms, warmup: 0 s }",
    ].map { PlanSize(try tree($0)) }
    #expect(sizes == sizes.sorted())
    #expect(Set(sizes.map(\.values)) == [2, 3])
    let seeds = try ["seed: 1", "seed: 99"].map { PlanSize(try tree($0)) }
    #expect(!(seeds[0] < seeds[1]) && !(seeds[1] < seeds[0]))
  }

  @Test("Without a replica the others move down, and what named it alone goes")
  func replicas() throws {
    let plan = try tree(
      """
      replicas: 5
      nodes: [{ id: 0 }, { id: 1 }, { id: 2 }, { id: 3, timer-scale: 2 }, { id: 4 }]
      network:
        events:
          - { at: 1 s, cut: { from: ["2"], to: [all] } }
          - { at: 1 s, partition: [["0", "2"], ["3", clients]] }
      pow: { hash-rates: [1 H/s, 2 H/s, 3 H/s, 4 H/s, 5 H/s] }
      faults:
        - { nodes: [2], behaviour: silent }
        - { nodes: [1, 2, 4], behaviour: silent, recipients: [3] }
        - { nodes: [0], behaviour: silent, recipients: [2] }
      """)
    let cut = ReplicaCut.removing(2, of: 5, from: plan)
    let expected = try tree(
      """
      replicas: 4
      nodes: [{ id: 0 }, { id: 1 }, { id: 2, timer-scale: 2 }, { id: 3 }]
      network:
        events:
          - { at: 1 s, partition: [["0"], ["2", clients]] }
      pow: { hash-rates: [1 H/s, 2 H/s, 4 H/s, 5 H/s] }
      faults:
        - { nodes: [1, 3], behaviour: silent, recipients: [2] }
      """)
    #expect(cut.shape == expected.shape)
  }

  @Test("What a demand rests on is not touched, whatever the pass")
  func demands() throws {
    let plan = try tree(starving)
    let reductions = Reductions(invariant: "PL-1", keepsDemands: true)
    var tried = 0
    for pass in Reductions.Pass.allCases {
      for candidate in reductions.candidates(pass, of: plan) {
        tried += 1
        #expect(candidate["schedule"]?["within"]?.scalarText == "200 ms")
        #expect(candidate["pbft"]?["view-timeout"]?.scalarText == "30 ms")
        #expect(candidate["clients"]?["timeout"]?.scalarText == "100 h")
        #expect(candidate["name"]?.scalarText == "starving")
      }
    }
    #expect(tried > 100)
    let free = Reductions(invariant: "P-1", keepsDemands: false)
    #expect(free.candidates(.keys, of: plan).contains { $0["pbft"] == nil })
  }
}

@Suite("Cuts of promises and links")
struct PromiseCutTests {
  private static let text = """
    name: promising
    measure: metrics
    seed: 1
    repeat: 1
    series: [{ protocol: pow }]
    network:
      latency: { law: uniform, from: 12.5 ms, to: 19.5 ms }
      uplink: 12.5 Mbit/s
      loss: 12.5 %
      events: [{ at: 1.5 s, slow: { from: [all], to: [all], by: 12.5 ms } }]
    clients: { connections: 2, retransmit-after: 900 ms }
    schedule: { heal-at: 4 s, within: 300 s, requests: 3, settle-within: 60 s }
    pow: { difficulty-bits: 13, confirmations: 1, announce-every: 1 s }
    chain: { common-prefix: true, quality: { window: 20, share: 30 % }, interval: [50 ms, 5 s] }

    """

  private func candidates(_ invariant: InvariantID) throws -> [YAMLNode] {
    let plan = try tree(Self.text)
    let reductions = Reductions(invariant: invariant, keepsDemands: true)
    return Reductions.Pass.allCases.filter { $0 != .otherSeeds }
      .flatMap { reductions.candidates($0, of: plan) }
  }

  @Test(
    "Of the promises of a chain the broken one stays, and each other one can go",
    arguments: [
      ("W-1", "common-prefix"), ("W-2", "quality"), ("W-3", "interval"), ("W-9", nil),
    ])
  func promises(invariant: InvariantID, kept: String?) throws {
    let candidates = try candidates(invariant)
    for key in ["common-prefix", "quality", "interval"] {
      let isCut = candidates.contains { $0["chain"].map { $0[key] == nil } ?? true }
      #expect(isCut == (key != kept), "\(invariant) and \(key)")
    }
    #expect(candidates.contains { $0["chain"] == nil } == (kept == nil))
  }

  @Test(
    "What clients are given has to stay where progress is demanded, and nowhere else",
    arguments: [("W-1", true), ("W-2", true), ("W-3", false), ("W-9", false)])
  func patience(invariant: InvariantID, isFree: Bool) throws {
    let candidates = try candidates(invariant)
    #expect(candidates.contains { $0["pow"]?["announce-every"] == nil } == isFree)
    #expect(candidates.contains { $0["clients"]?["retransmit-after"] == nil } == isFree)
    #expect(candidates.contains { $0["schedule"]?["settle-within"] == nil } == isFree)
    #expect(candidates.allSatisfy { $0["pow"]?["confirmations"]?.scalarText == "1" })
  }

  @Test("No cut makes a link slower or worse")
  func links() throws {
    func value(_ node: YAMLNode?, _ quantity: Quantity) throws -> Int64? {
      guard let text = node?.scalarText else { return nil }
      return try QuantityText.parse(text, as: quantity).get()
    }
    let candidates = try candidates("P-1")
    var uplinks: Set<Int64> = []
    for candidate in candidates {
      let network = candidate["network"]
      if let uplink = try value(network?["uplink"], .bandwidth) { uplinks.insert(uplink) }
      for key in ["from", "to"] {
        let most: Int64 = key == "from" ? 12_500_000 : 19_500_000
        #expect(try value(network?["latency"]?[key], .duration) ?? 0 <= most)
      }
      #expect(["12.5 %", "0.1", nil].contains(network?["loss"]?.scalarText))
      let slow = network?["events"]?.items.first?["slow"]
      #expect(try value(slow?["by"], .duration) ?? 0 <= 12_500_000)
    }
    #expect(uplinks == [12_500_000, 20_000_000])
    #expect(candidates.contains { $0["network"]?["uplink"] == nil })
  }
}

@Suite("What shrinking tries")
struct CandidateTests {
  @Test(
    "Every candidate is refused by the reader or runs, and is written as it is read",
    arguments: ["pbft", "sc-pbft", "raft", "pow"])
  func candidates(subject: String) throws {
    let text =
      starving.replacing("protocol: pbft", with: "protocol: \(subject)")
      .replacing("within: 200 ms", with: "within: 40 ms")
      .split(separator: "\n")
      .filter { subject.hasSuffix("pbft") || !$0.hasPrefix("pbft:") }.joined(separator: "\n")
      .replacing(", timeout: 100 h", with: subject == "pow" ? "" : ", timeout: 100 h") + "\n"
    let invariant = ["raft": "R-1", "pow": "W-1"][subject] ?? "P-1"
    let plan = try tree(text + "expect: { \(invariant): may-break }\n")
    let reductions = Reductions(invariant: nil, keepsDemands: false)
    var ran = 0
    for pass in Reductions.Pass.allCases where pass != .otherSeeds {
      for candidate in reductions.candidates(pass, of: plan) {
        let written = YAMLText.text(of: candidate)
        #expect(try tree(written).shape == candidate.shape)
        let source = SourceFile(name: "plan.yaml", text: written)
        guard
          let scenario = try? Scenario(source, directory: "", settings: [], seed: nil)
        else { continue }
        var run = CellRun(cell: scenario.cells[0], index: 0, seed: 1)
        run.run.eventLimit = 2000
        _ = run.result()
        ran += 1
      }
    }
    #expect(ran > 50)
  }
}

@Suite("Recorded replays")
struct ReplayKeyTests {
  static let mistakes: [(record: String, complaint: String)] = [
    ("{ digest: 123 }", "'123' is no digest: sixteen digits from 0 to 9 and a to f"),
    ("{ digest: 54C581B84605A037 }", "is no digest"),
    ("{ breaks: P-1 }", "'replay' lacks the key 'digest'"),
    ("{ digest: 54c581b84605a037, breaks: P-99 }", "there is no invariant 'P-99'"),
    ("{ digest: 54c581b84605a037, braeks: P-1 }", "did you mean 'breaks'?"),
  ]

  @Test("A record that cannot be right is refused with its place", arguments: mistakes)
  func refused(record: String, complaint: String) {
    let error = #expect(throws: ScenarioError.self) { try subject(starving + "replay: \(record)") }
    #expect(error?.description.contains(complaint) ?? false, "\(error?.description ?? "")")
    #expect(error?.description.hasPrefix("plan.yaml:") ?? false)
  }

  @Test("A record of several runs is refused")
  func several() {
    let text = split + "replay: { digest: 54c581b84605a037 }"
    let error = #expect(throws: ScenarioError.self) { try subject(text) }
    #expect(
      error?.description.contains("'replay' is about one run, and the scenario has 16") ?? false)
  }
}
