import Foundation
import Simulator
import TestSupport
import Testing

@testable import Experiments
@testable import Notation

/// Scenarios of legal values that ask for too much together, and such as only just may.
@Suite("The extent of scenarios")
struct ExtentTests {
  struct Excess: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    let complaint: String
    var testDescription: String { name }
    /// What decides whether a build can read it.
    var section: String { text.contains("\nrecords:") ? "records" : "" }
  }

  static func scenario(_ extra: String, schedule: String = "{ duration: 1 s }") -> String {
    "name: extent\nmeasure: metrics\nseries: [{ protocol: pbft }]\nschedule: \(schedule)\n\(extra)\n"
  }

  private static func regions(_ count: Int) -> String {
    (0..<count).map { "    - { between: [a\($0), b\($0)], latency: 1 ms }\n" }.joined()
  }

  private static let records =
    "records: { attributes: 2, policy-rows: 1, crypto-costs: free, users: [{ name: u, attributes: "
    + "all, count: 100 }], patients: %, mix: { upload: 1 } }"

  static let excesses: [Excess] = KnownRecords.readable(all, \.section)

  private static let all: [Excess] = [
    Excess(
      name: "a billion runs",
      text: scenario(
        "repeat: 100000\nsweep: { pbft.batch: [\((1...100).map(String.init).joined(separator: ", "))] }"
      ),
      complaint: "there are 10000000 runs, and a scenario has at most 1000000"),
    Excess(
      name: "a long file with many points",
      text: scenario(
        "network: { links: [\(repeatElement("{ from: [0], to: [1], latency: 1 ms }", count: 250).joined(separator: ", "))] }\n"
          + "sweep: { pbft.batch: [\((1...1000).map(String.init).joined(separator: ", "))], clients.connections: [1, 2, 3, 4, 5, 6, 7, 8, 9] }"
      ),
      complaint: "values is too long for so many points"),
    Excess(
      name: "ten million points",
      text: scenario(
        "sweep:\n"
          + ["clients.connections", "pbft.batch", "replicas"].map {
            "  \($0): [\((4...240).map(String.init).joined(separator: ", "))]\n"
          }.joined()), complaint: "the sweep has more than 10000 points"),
    Excess(
      name: "more groups than laws are kept for",
      text: scenario("network:\n  regions:\n" + regions(1025)),
      complaint: "'network.regions' must be a list of 0 to 1024 items"),
    Excess(
      name: "windows of all replicas",
      text: scenario("replicas: 256\npbft: { window: 1000000, checkpoint-interval: 10 }"),
      complaint: "at most 1048576 are possible"),
    Excess(
      name: "more clients than an event can name",
      text: scenario(
        "replicas: 256\nclients: [\(repeatElement("{ connections: 100000 }", count: 64).joined(separator: ", "))]"
      ),
      complaint: "a run of 320 machines has at most 262144"),
    Excess(
      name: "more parties than an event can name",
      text: scenario(records.replacingOccurrences(of: "%", with: "20000")),
      complaint: "there are 20103 connections"),
    Excess(
      name: "more laws than can be looked up",
      text: scenario(
        "replicas: 256\nnetwork: { events: [\(repeatElement("{ at: 1 s, cut: { from: [0], to: [1] } }", count: 200).joined(separator: ", "))] }"
      ),
      complaint: "laws; at most 200000000 are possible"),
    Excess(
      name: "transactions of a petabyte",
      text: scenario("network: { transaction-size: 1000 GB }"), complaint: "at most 1 GB"),
    Excess(
      name: "work of a year", text: scenario("cost-overrides: { verify: 8760 h }"),
      complaint: "at most 1 h"),
  ]

  @Test("A scenario that asks for too much is refused at once", arguments: excesses)
  func refuses(_ excess: Excess) throws {
    let start = ContinuousClock.now
    let error = try #require(throws: ScenarioError.self) { try Self.read(excess.text) }
    #expect(error.description.contains(excess.complaint), "\(error.description.prefix(2000))")
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  /// Values at the ends of their ranges, in sums that are longer than any time.
  static let extremes: [String] = [
    scenario(
      "network: { uplink: 1 bit/s, downlink: 1 bit/s, message-size: 1 GB, transaction-size: 1 GB }"),
    scenario(
      "network: { events: [\(repeatElement("{ at: 0 s, slow: { from: [all], to: [all], by: 876600 h } }", count: 4).joined(separator: ", "))] }"
    ),
    scenario(
      "faults: [\(repeatElement("{ nodes: [0], behaviour: delay, delay: 876600 h }", count: 4).joined(separator: ", "))]"
    ),
    scenario(
      "expect: { fulfilled: may-break }\ncost-overrides: { receive: 1 h, send: 1 h, verify: 1 h, execute: 1 h }\nnodes: ["
        + (0..<4).map { "{ id: \($0), service-time: 1000, timer-scale: 1000 }" }
        .joined(separator: ", ") + "]\npbft: { view-timeout: 876600 h, retransmission: 876600 h }",
      schedule: "{ duration: 876600 h }"),
    scenario(
      "expect: { fulfilled: may-break }\npbft: { rotation: per-test }\n"
        + "clients: { timeout: 876600 h, retransmit-after: 876599 h, think-time: 876600 h }",
      schedule: "{ tests: 100000, window: 876600 h, rotation-delay: 876600 h }"),
    scenario(
      "pow: { hash-rates: [1000000000 GH/s], difficulty-bits: 1, retarget-every: 1, target-interval: 876600 h }\nlimits: { events: 2000 }"
    ).replacingOccurrences(of: "pbft }", with: "pow }"),
    scenario(
      "pow: { hash-rates: [1 H/s], difficulty-bits: 60, retarget-every: 1, target-interval: 1 ms }",
      schedule: "{ duration: 876600 h, time-limit: 876600 h }"
    ).replacingOccurrences(of: "pbft }", with: "pow }"),
    scenario(
      "expect: { fulfilled: may-break }\nnetwork: { latency: 1 s }\n"
        + "raft: { heartbeat: 876599 h, election-timeout: [876600 h, 876600 h] }",
      schedule: "{ heal-at: 876600 h, within: 876600 h }"
    ).replacingOccurrences(of: "pbft }", with: "raft }"),
  ]

  @Test("Values at the ends of their ranges make no run trap", arguments: extremes)
  func survives(_ text: String) async throws {
    var scenario = try Self.read(text)
    scenario.cells[0].settings.eventLimit = min(scenario.cells[0].settings.eventLimit, 3_000)
    let results = await Runner(workers: 1).run(scenario) { _, _ in }
    #expect(results.allSatisfy { $0.end >= .zero })
  }

  static func read(_ text: String) throws(ScenarioError) -> Scenario {
    try Scenario(
      SourceFile(name: "extent.yaml", text: text), directory: "", settings: [], seed: nil)
  }

  // Rule: PBFT 4.3-7
  @Test(
    "PBFT §4.3: the window spans two checkpoint intervals at least",
    arguments: [(2, 1, true), (1, 1, false), (8, 4, true), (7, 4, false)])
  func window(width: Int, interval: Int, isAllowed: Bool) throws {
    let text = Self.scenario(
      "network: { latency: 1 ms }\npbft: { window: \(width), checkpoint-interval: \(interval) }")
    var complaint: String?
    do throws(ScenarioError) { _ = try Self.read(text) } catch { complaint = error.description }
    let isTooNarrow = complaint?.contains("is less than twice the checkpoint interval") ?? false
    #expect((complaint == nil) == isAllowed && isTooNarrow == !isAllowed)
  }

  // MARK: Limits of events

  @Test("A run stops after the events that its scenario allows, and says so")
  func stops() async throws {
    let scenario = try Self.read(
      Self.scenario("limits: { events: 500 }\nnetwork: { latency: 1 ms }"))
    let results = await Runner(workers: 1).run(scenario) { _, _ in }
    #expect(results.map(\.events) == [500])
    #expect(results.map(\.stopReason) == [.eventLimit])
    #expect(
      Verdict(scenario, results).unexpected.map(\.detail) == [
        "the run did not end within 500 events, its limit"
      ])
  }

  @Test("A run that needs fewer events than it may have is the same as without a limit")
  func differsNot() async throws {
    let plain = Self.scenario("network: { latency: 1 ms }", schedule: "{ duration: 50 ms }")
    let free = await Runner(workers: 1).run(try Self.read(plain)) { _, _ in }
    let events = try #require(free.first?.events)
    let limited = await Runner(workers: 1).run(
      try Self.read(plain + "limits: { events: \(events + 1) }\n")
    ) { _, _ in }
    #expect(limited.map(\.digest) == free.map(\.digest))
    #expect(limited.map(\.stopReason) == [.scheduleEnded])
  }

  @Test("A run that was cut short is not judged for progress, and nothing excuses it")
  func demands() async throws {
    let schedule = "{ heal-at: 1 h, within: 1 h }"
    for expectation in ["", "expect: { PL-1: may-break }\n"] {
      let text = Self.scenario(
        "limits: { events: 500 }\nnetwork: { latency: 1 ms }", schedule: schedule)
      let scenario = try Self.read(text + expectation)
      let results = await Runner(workers: 1).run(scenario) { _, _ in }
      #expect(results.flatMap(\.violations).map(\.invariant) == ["cut short"])
      #expect(
        Verdict(scenario, results).unexpected.map(\.detail) == [
          "the run did not end within 500 events, its limit"
        ])
    }
  }

  @Test("What is promised of the end is not judged where a run was cut short")
  func promises() async throws {
    for limit in 300..<330 {
      let text = Self.scenario(
        "limits: { events: \(limit) }\nnetwork: { latency: 1 ms }\npromises: [settles]",
        schedule: "{ duration: 100 s }"
      ).replacingOccurrences(of: "pbft }", with: "raft }")
      let results = await Runner(workers: 1).run(try Self.read(text)) { _, _ in }
      #expect(results.flatMap(\.violations).map(\.invariant) == ["cut short"])
    }
  }

  @Test("The slot model plays no more rounds than it may")
  func slots() async throws {
    let scenario = try Self.read(
      """
      name: slots
      measure: survival
      model: slots
      series: [{ protocol: sc-pbft }]
      schedule: { arrivals: 10000 }
      faults: [{ arrivals-every: 1000000, behaviour: silent }]
      limits: { events: 1000 }

      """)
    let results = await Runner(workers: 1).run(scenario) { _, _ in }
    #expect(results.map(\.stopReason) == [.eventLimit])
    #expect(results.allSatisfy { $0.events <= 1000 })
  }
}
