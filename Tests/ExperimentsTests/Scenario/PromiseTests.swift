import ConsensusCore
import TestSupport
import Testing

@testable import Experiments
@testable import RunPlans

/// What scenarios promise of their runs, kept and broken.
@Suite("Promises")
struct PromiseTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let subject: String
    let schedule: String
    let lines: String
    /// The invariants that break; none where the promise is kept.
    var broken: [InvariantID] = []
    var testDescription: String { name }
  }

  /// Less than half of the power, which is enough for a selfish miner.
  ///
  /// With more than half it stays ahead to the end, and others never see what it keeps back.
  private static let selfish =
    "pow: { hash-rates: [450 kH/s, 200 kH/s, 200 kH/s, 150 kH/s] }\n"
    + "faults: [{ nodes: [0], behaviour: selfish }]\n"
  private static let withholding =
    "pow: { hash-rates: [900 kH/s, 100 kH/s, 100 kH/s, 100 kH/s] }\n"
    + "faults: [{ nodes: [0], behaviour: withhold, hidden-blocks: 3 }]\nexpect: { W-4: may-break }\n"
  private static let prefix = "chain: { common-prefix: true }\n"
  private static let quality = "chain: { quality: { window: 20, share: 40 % } }\n"
  /// Eight times the power that a block every 25 s needs.
  private static let strong = "pow: { hash-rates: [1400 kH/s]"
  private static let interval = "chain: { interval: [20 s, 40 s] }\n"

  private static func chain(_ name: String, _ lines: String, breaks broken: InvariantID...) -> Case
  {
    Case(
      name: name, subject: "pow", schedule: "{ blocks: 100 }", lines: lines, broken: broken)
  }

  static let chains: [Case] = [
    chain("W-1 among honest miners", prefix),
    chain("W-1 with a selfish miner", prefix + selfish, breaks: "W-1"),
    chain("W-1 under a majority that withholds", prefix + withholding, breaks: "W-1"),
    chain("W-1 is not judged unless promised", selfish),
    chain("W-2 among honest miners", quality),
    chain("W-2 with a selfish miner", quality + selfish, breaks: "W-2"),
    chain("W-2 under a majority that withholds", quality + withholding, breaks: "W-2"),
    chain(
      "W-3 with retargeting", interval + strong + ", retarget-every: 5, target-interval: 25 s }"),
    chain("W-3 with a fixed difficulty", interval + strong + " }", breaks: "W-3"),
  ]

  /// One request every 700 ms, so that nothing is under way when a run of three seconds ends.
  private static let settling =
    "promises: [settles]\nclients: { connections: 1, think-time: 700 ms }\n"
  private static let cut =
    "variants: [{ name: v, with: { network.events: [{ at: 1 s, "
    + "partition: [[0, 1, 2, clients], [3]] }] } }]\n"
  private static let short = "pow: { hash-rates: [1 MH/s], difficulty-bits: 20 }\n"

  static let settled: [Case] = [
    ("pbft", "PL-5"), ("sc-pbft", "PL-5"), ("raft", "RL-1"), ("pow", "W-9"),
  ].flatMap { subject, invariant in
    let lines = settling + (subject == "pow" ? short : "")
    let schedule = subject == "pow" ? "{ duration: 60 s }" : "{ duration: 6500 ms }"
    return [
      Case(
        name: "\(subject) settles", subject: subject, schedule: schedule,
        lines: lines),
      Case(
        name: "\(subject) with a replica cut off to the end", subject: subject,
        schedule: schedule, lines: lines + cut, broken: [InvariantID(invariant)]),
    ]
  }

  @Test(
    "A run that breaks a promise fails, and one that keeps it does not",
    arguments: chains + settled)
  func judged(_ promise: Case) async throws {
    let loaded = try scenario(
      of: small(
        promise.lines, subject: promise.subject, schedule: promise.schedule))
    let results = await Runner(workers: 1).run(loaded) { _, _ in }
    let found = results.flatMap(\.violations)
    #expect(Set(found.map(\.invariant)) == Set(promise.broken), "\(found)")
    #expect(Verdict(loaded, results).unexpected.isEmpty == promise.broken.isEmpty)
  }

  @Test(
    "A promise that makes no sense is refused",
    arguments: [
      ("chain: { interval: [3 s, 2 s] }", "the largest interval is less than the least"),
      ("chain: { quality: { window: 5, share: 0 } }", "a share of 0 promises nothing"),
      ("chain: { quality: { share: 0.5 } }", "window"),
      ("chain: { quality: { window: 5, share: 1.5 } }", "probability"),
    ])
  func refused(_ line: String, _ complaint: String) {
    do {
      _ = try scenario(of: small(line, subject: "pow"))
      Issue.record("accepted")
    } catch {
      #expect("\(error)".contains(complaint), "\(error)")
    }
  }

  @Test(
    "The honest blocks that a share demands are rounded up exactly",
    arguments: [
      ("7 %", 100, 7), ("40 %", 50, 20), ("0.5", 5, 3), ("100 %", 9, 9), ("0.1 %", 20, 1),
    ])
  func share(_ share: String, _ window: Int, _ blocks: Int) throws {
    let loaded = try scenario(
      of: small(
        "chain: { quality: { window: \(window), share: \(share) } }", subject: "pow"))
    #expect(loaded.cells[0].settings[ChainPromises.self].quality?.honestBlocks == blocks)
  }

  struct Idle: Sendable, CustomTestStringConvertible {
    let lines: String
    var schedule = "{ blocks: 12 }"
    /// What is said of the runs; nil where the promise was judged.
    var remark: String?
    var testDescription: String { lines }
  }

  static let idle: [Idle] = [
    Idle(lines: prefix, remark: nil),
    Idle(
      lines: prefix + "pow: { confirmations: 100 }", schedule: "{ duration: 10 s }",
      remark: "'chain.common-prefix' was never judged: the longest chain has "),
    Idle(lines: "chain: { quality: { window: 5, share: 40 % } }", remark: nil),
    Idle(
      lines: "chain: { quality: { window: 1000000, share: 1 } }",
      remark: "'chain.quality' was never judged: the longest chain has "),
    Idle(
      lines: "chain: { interval: [1 s, 2 s] }", schedule: "{ duration: 1 ms }",
      remark: "'chain.interval' was never judged: the longest chain has 0 blocks"),
  ]

  @Test("A promise of the chain that was judged in no run is named", arguments: idle)
  func idlePromise(_ promise: Idle) async throws {
    let loaded = try scenario(
      of: small(promise.lines, subject: "pow", schedule: promise.schedule))
    let results = await Runner(workers: 1).run(loaded) { _, _ in }
    let remarks = loaded.idleSettings(in: results)
    guard let remark = promise.remark else { return #expect(remarks == []) }
    #expect(remarks.count == 1 && remarks[0].contains(remark), "\(remarks)")
  }

  @Test(
    "A section that promises nothing is remarked on",
    arguments: [
      ("chain: {}", true), ("chain: { common-prefix: false }", true), ("", false), (prefix, false),
      ("sweep: { chain.common-prefix: [true, false] }", false),
      ("sweep: { chain.common-prefix: [false] }", true),
    ])
  func empty(lines: String, isEmpty: Bool) throws {
    let loaded = try scenario(of: small(lines, subject: "pow"))
    #expect(loaded.remarks.contains { $0.contains("'chain' promises nothing") } == isEmpty)
  }
}
