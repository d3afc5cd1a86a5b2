import Foundation
import Testing

@testable import Experiments

@Suite("Traces in ITF")
struct ITFTraceTests {
  private static let group = """
    series: [{ protocol: pbft }, { protocol: sc-pbft }, { protocol: raft }, { protocol: pow }]
    replicas: 4
    network: { latency: { law: uniform, from: 1 ms, to: 2 ms }, loss: 0.02 }
    clients: { connections: 2, timeout: 1 s }
    schedule: { duration: 60 ms }
    pow: { difficulty-bits: 10 }
    """

  /// An integer, or the values of a function from names to integers.
  private func integer(_ value: Any?) -> Int? {
    ((value as? [String: Any])?["#bigint"] as? String).flatMap { Int($0) }
  }

  private func integers(_ value: Any?) throws -> [String: Int] {
    let pairs = try #require((value as? [String: Any])?["#map"] as? [[Any]])
    return try Dictionary(
      uniqueKeysWithValues: pairs.map {
        (try #require($0[0] as? String), try #require(integer($0[1])))
      })
  }

  private func set(_ value: Any?) throws -> [Any] {
    try #require((value as? [String: Any])?["#set"] as? [Any])
  }

  @Test(
    "There is a state for each event of JSON lines and one before, each with all variables",
    arguments: PerfettoTraceTests.protocols)
  func states(series: String) throws {
    let run = try ExportedRun(Self.group)
    let object = try ExportedRun.object(run.text(.itf, series: series))
    let variables = try #require(object["vars"] as? [String])
    let states = try #require(object["states"] as? [[String: Any]])
    let lines = try run.lines(series: series)
    #expect(states.count == lines.count + 1)
    var flying: Set<Int> = []
    for (index, state) in states.enumerated() {
      #expect(Set(state.keys) == Set(variables + ["#meta"]))
      #expect((state["#meta"] as? [String: Any])?["index"] as? Int == index)
      guard index > 0 else { continue }
      let line = lines[index - 1]
      let action = try #require(state["action"] as? [String: Any])
      #expect(integer(state["time"]) == line["t_ns"] as? Int)
      #expect(state["node"] as? String == line["node"] as? String ?? "")
      #expect(action["event"] as? String == line["event"] as? String)
      if let copy = line["copy"] as? Int { #expect(integer(action["copy"]) == copy) }
      let copy = try #require(integer(action["copy"]))
      switch line["event"] as? String {
      case "sent": flying.insert(copy)
      case "delivered", "dropped": #expect(flying.remove(copy) != nil)
      default: break
      }
      let inFlight = try set(state["inFlight"]).compactMap {
        integer(($0 as? [String: Any])?["copy"])
      }
      #expect(inFlight == flying.sorted())
    }
  }

  @Test("What is decided grows to what the run decided, and views are those installed")
  func decided() throws {
    let run = try ExportedRun(Self.group)
    let states = try ExportedRun.states(run.text(.itf, series: "PBFT"))
    var before: [String: Int] = [:]
    for state in states {
      let after = try integers(state["decided"])
      #expect(before.allSatisfy { $0.value <= after[$0.key] ?? -1 })
      before = after
    }
    let heights = try run.lines(series: "PBFT").compactMap { line -> Int? in
      let words = (line["text"] as? String)?.split(separator: " ") ?? []
      guard words.first == "committed-local", line["node"] as? String == "r1" else { return nil }
      return Int(words[2].dropFirst())
    }
    #expect(before["r1"] == heights.max())
    #expect(heights.count > 1)
  }

  @Test("A liar is in the set of Byzantine nodes, in the sheets of the others, and leads no more")
  func liar() throws {
    let run = try ExportedRun(
      """
      series: [{ protocol: sc-pbft }]
      replicas: 4
      network: { latency: { law: uniform, from: 1 ms, to: 2 ms } }
      clients: { connections: 1, timeout: 2 s }
      schedule: { duration: 2 s }
      pbft: { view-timeout: 200 ms }
      faults: [{ nodes: [0], behaviour: tamper, messages: [pre-prepare], from: 100 ms }]
      """)
    let states = try ExportedRun.states(run.text(.itf))
    let last = try #require(states.last)
    #expect(try set(last["byzantine"]) as? [String] == ["r0"])
    #expect(try set(states.first?["byzantine"]).isEmpty)
    let sheets = try #require((last["sheet"] as? [String: Any])?["#map"] as? [[Any]])
    let entries = try #require((sheets[1][1] as? [String: Any])?["#map"] as? [[String]])
    #expect(entries.contains(["r0", "malicious"]) || entries.contains(["r0", "unstable"]))
    #expect(try #require(try integers(last["view"])["r1"]) > 0)
    #expect(try integers(last["led"]).values.max() == integers(last["view"])["r1"])
  }

  @Test("A node that crashed is down until it comes back")
  func crash() throws {
    let run = try ExportedRun(
      """
      series: [{ protocol: raft }]
      replicas: 4
      network: { latency: { law: uniform, from: 1 ms, to: 2 ms } }
      clients: { connections: 1, timeout: 1 s }
      schedule: { duration: 300 ms }
      faults: [{ nodes: [2], behaviour: crash, from: 100 ms, down-for: 50 ms, disk: kept }]
      """)
    let states = try ExportedRun.states(run.text(.itf))
    let isUp = try states.map { state -> Bool in
      let pairs = try #require((state["up"] as? [String: Any])?["#map"] as? [[Any]])
      return try #require(pairs[2][1] as? Bool)
    }
    #expect(isUp.first == true && isUp.last == true)
    let times = zip(states, isUp).filter { !$1 }.compactMap { integer($0.0["time"]) }
    #expect(times.min() == 100_000_000)
    #expect(try #require(times.max()) <= 150_000_000)
  }

  @Test("The first state of a round is the last before it")
  func part() throws {
    let run = try ExportedRun(Self.group)
    let whole = try run.text(.itf, series: "Raft").split(separator: "\n").map(Self.split)
    let part = try run.text(.itf, series: "Raft", round: 3).split(separator: "\n").map(Self.split)
    // The first line opens the object.
    let place = try #require(whole.firstIndex { $0 == part[2] })
    #expect(place > 2)
    #expect(part[1].state == whole[place - 1].state)
    #expect(part[1].step.contains(#""event":"init""#))
  }

  /// The step to a state, and the state itself, of a line.
  private static func split(_ line: Substring) -> (step: Substring, state: Substring) {
    let step = line.drop { $0 != "," }
    guard let border = step.range(of: ##","view":{"#map"##) else { return (step, "") }
    let state = step[border.lowerBound...]
    return (step[..<border.lowerBound], state.hasSuffix(",") ? state.dropLast() : state)
  }
}
