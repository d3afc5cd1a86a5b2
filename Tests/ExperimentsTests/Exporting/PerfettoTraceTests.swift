import Foundation
import Testing

@testable import Experiments

@Suite("Traces for Perfetto")
struct PerfettoTraceTests {
  static let protocols = ["PBFT", "sc-PBFT", "Raft", "PoW"]
  private static let group = """
    series: [{ protocol: pbft }, { protocol: sc-pbft }, { protocol: raft }, { protocol: pow }]
    replicas: 4
    network: { latency: { law: uniform, from: 1 ms, to: 2 ms } }
    clients: { connections: 3, timeout: 1 s }
    schedule: { duration: 60 ms }
    pow: { difficulty-bits: 10 }
    """

  private static let costs = "\ncosts: costs/openssl-rsa2048.yaml"

  private func slices(_ events: [PerfettoEvent]) -> [PerfettoEvent] {
    events.filter { $0.phase == "X" }
  }

  @Test("Slices of a lane are disjoint and are what JSON lines call handled", arguments: protocols)
  func slices(series: String) throws {
    let run = try ExportedRun(Self.group + Self.costs)
    let events = try ExportedRun.events(run.text(.perfetto, series: series))
    var last: [Int: Int] = [:]
    for slice in slices(events) {
      #expect(slice.begin >= last[slice.lane] ?? 0)
      last[slice.lane] = slice.end
    }
    let lines = try run.lines(series: series)
    let long = slices(events).filter { $0.end > $0.begin }
    let handled = lines.filter { $0["event"] as? String == "handled" }
    #expect(!long.isEmpty)
    #expect(long.map(\.begin) == handled.compactMap { $0["t_ns"] as? Int })
    #expect(long.map(\.end) == handled.compactMap { $0["until_ns"] as? Int })
  }

  @Test(
    "An arrow leads from the job that sent a copy to the one that handles it",
    arguments: protocols, ["", costs])
  func arrows(series: String, costs: String) throws {
    let run = try ExportedRun(Self.group + costs)
    let events = try ExportedRun.events(run.text(.perfetto, series: series))
    let tails = events.filter { $0.phase == "s" }
    let heads = events.filter { $0.phase == "f" }
    let lines = try run.lines(series: series)
    // Each copy is handled once, also those to other clients of a machine than the first.
    #expect(heads.count == lines.count { $0["event"] as? String == "delivered" })
    #expect(tails.map(\.copy) == heads.map(\.copy))
    #expect(Set(heads.map(\.copy)).count == heads.count)
    var sent: [Int: Int] = [:]
    for line in lines where line["event"] as? String == "sent" {
      sent[try #require(line["copy"] as? Int)] = line["t_ns"] as? Int
    }
    let jobs = Dictionary(grouping: slices(events), by: \.lane)
    for end in tails + heads {
      let around = jobs[end.lane]?.contains { $0.begin <= end.begin && end.begin <= $0.end }
      #expect(around == true)
    }
    for tail in tails { #expect(sent[try #require(tail.copy)] == tail.begin) }
    #expect(zip(tails, heads).allSatisfy { $0.begin <= $1.begin && $0.name == $1.name })
  }

  @Test("Of a copy that a link doubles the first to arrive has the arrow")
  func doubled() throws {
    let run = try ExportedRun(
      """
      series: [{ protocol: pbft }]
      replicas: 4
      network: { latency: { law: uniform, from: 1 ms, to: 9 ms }, duplication: 0.5, loss: 0.1 }
      clients: { connections: 1, timeout: 1 s, retransmit-after: 30 ms }
      schedule: { duration: 300 ms }
      """)
    let heads = try ExportedRun.events(run.text(.perfetto)).filter { $0.phase == "f" }
    let delivered = try run.lines().filter { $0["event"] as? String == "delivered" }
    let copies = Set(delivered.compactMap { $0["copy"] as? Int })
    #expect(copies.count < delivered.count)
    #expect(Set(heads.compactMap(\.copy)) == copies)
    #expect(heads.count == copies.count)
  }

  @Test("Copies that are dropped are marks without an arrow, and nodes that stop are marked")
  func drops() throws {
    let run = try ExportedRun(
      """
      series: [{ protocol: raft }]
      replicas: 4
      network: { latency: { law: uniform, from: 1 ms, to: 2 ms }, loss: 0.02 }
      clients: { connections: 8, timeout: 1 s }
      schedule: { duration: 300 ms }
      faults: [{ nodes: [0], behaviour: crash, from: 100 ms, down-for: 100 ms, disk: kept }]
      """)
    let events = try ExportedRun.events(run.text(.perfetto))
    let lines = try run.lines()
    let dropped = lines.filter { $0["event"] as? String == "dropped" }
    let drops = events.filter { $0.category == "drop" }
    #expect(!dropped.isEmpty)
    #expect(drops.count == dropped.count)
    #expect(
      Set(drops.map { $0.name.split(separator: " ").last }).isSuperset(of: ["loss", "crashed"]))
    let arrows = Set(events.filter { $0.phase == "s" }.compactMap(\.copy))
    #expect(arrows.isDisjoint(with: dropped.compactMap { $0["copy"] as? Int }))
    #expect(
      events.filter { $0.category == "fault" }.map(\.name) == [
        "becomes crashed", "becomes restarted",
      ])
    #expect(events.contains { $0.phase == "C" && $0.name == "view" })
  }

  @Test("A round has no arrow that begins before it, and chosen kinds have the only ones")
  func parts() throws {
    let run = try ExportedRun(Self.group)
    let part = try ExportedRun.events(run.text(.perfetto, series: "PBFT", round: 4))
    let lines = try run.lines(series: "PBFT", round: 4)
    let sent = Set(
      lines.filter { $0["event"] as? String == "sent" }.compactMap { $0["copy"] as? Int })
    let ends = part.filter { $0.phase == "s" || $0.phase == "f" }
    #expect(!ends.isEmpty && ends.count % 2 == 0)
    #expect(sent.isSuperset(of: ends.compactMap(\.copy)))
    let chosen = try ExportedRun.events(
      run.text(.perfetto, series: "PBFT", kinds: ["prepare", "reply"]))
    #expect(Set(chosen.filter { $0.phase == "f" }.map(\.name)) == ["prepare", "reply"])
  }

  @Test(
    "Times have three decimals, which are exact",
    arguments: [
      (0, "0.000"), (7, "0.007"), (999, "0.999"), (1_000, "1.000"),
      (9_007_199_254_740_993, "9007199254740.993"),
    ])
  func times(nanoseconds: Int64, text: String) {
    #expect(PerfettoLines.microseconds(nanoseconds).line == text)
  }
}
