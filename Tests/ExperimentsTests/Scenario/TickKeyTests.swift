import ConsensusCore
import DiscreteEvents
import Raft
import Testing

@testable import Experiments
@testable import Notation
@testable import RunPlans

@Suite("Raft's keys of clocks and of the first leader")
struct TickKeyTests {
  struct Refusal: Sendable, CustomTestStringConvertible {
    let section: String
    let complaint: String
    var hint = ""
    var testDescription: String { section }
  }

  static let refusals: [Refusal] = [
    Refusal(
      section: "tick: 100", complaint: "'raft.tick' must be a duration of at least 1 us",
      hint: "write '100 s'"),
    Refusal(section: "tick: 0 s", complaint: "'raft.tick' must be a duration of at least 1 us"),
    Refusal(section: "tick: 1 ns", complaint: "'raft.tick' must be a duration of at least 1 us"),
    Refusal(section: "tick: -1 ms", complaint: "'raft.tick' must be a duration of at least 1 us"),
    Refusal(section: "tick: 1 MB", complaint: "'raft.tick' must be a duration of at least 1 us"),
    Refusal(
      section: "tick: 70 ms",
      complaint: "100 ms of 'heartbeat' is no whole number of ticks of 70 ms",
      hint: "write 'heartbeat: 70 ms', or a shorter tick"),
    Refusal(
      section: "tick: 200 ms", complaint: "100 ms of 'heartbeat' is shorter than a tick of 200 ms",
      hint: "write 'heartbeat: 200 ms', or a shorter tick"),
    Refusal(
      section: "tick: 100 ms, election-timeout: [1 s, 1950 ms]",
      complaint: "1950 ms of 'election-timeout' is no whole number of ticks of 100 ms",
      hint: "write 'election-timeout: [1 s, 2 s]', or a shorter tick"),
    Refusal(
      section: "tick: 876600 h", complaint: "100 ms of 'heartbeat' is shorter than a tick"),
    Refusal(section: "tick-phase: together", complaint: "'raft.tick-phase' has no effect"),
    Refusal(
      section: "tick: 100 ms, tick-phase: togehter", complaint: "'raft.tick-phase' must be one of",
      hint: "did you mean 'together'?"),
    Refusal(
      section: "initial-leader: 4",
      complaint: "'raft.initial-leader' is replica 4, and there are 4 replicas",
      hint: "write a number from 0 to 3, or 'none'"),
    Refusal(section: "initial-leader: -1", complaint: "'raft.initial-leader' must be"),
    Refusal(section: "initial-leader: 256", complaint: "'raft.initial-leader' must be"),
    Refusal(section: "initial-leader: nobody", complaint: "'raft.initial-leader' must be"),
    Refusal(section: "initial-leader: [0]", complaint: "'raft.initial-leader' must be"),
  ]

  @Test("A mistake is refused with what is allowed", arguments: refusals)
  func refuses(_ refusal: Refusal) throws {
    let error = try #require(throws: ScenarioError.self) {
      _ = try scenario(of: small("raft: { \(refusal.section) }", subject: "raft"))
    }
    #expect(error.description.contains(refusal.complaint), "\(error)")
    #expect(refusal.hint.isEmpty || error.description.contains(refusal.hint), "\(error)")
  }

  @Test(
    "What is written is what runs, and is written again",
    arguments: [
      ("tick: 50 ms", VirtualDuration.milliseconds(50), TickPhase.random, 0),
      ("tick: 100 ms, tick-phase: together, initial-leader: 3", .milliseconds(100), .together, 3),
      ("initial-leader: none", nil, .random, nil),
      ("batch: 2", nil, .random, 0),
    ] as [(String, VirtualDuration?, TickPhase, Int?)])
  func reads(section: String, tick: VirtualDuration?, phase: TickPhase, leader: Int?) throws {
    let loaded = try scenario(of: small("raft: { \(section) }", subject: "raft"))
    let keys = try #require(loaded.cells.first?.settings[RaftConfiguration.self])
    #expect(keys.tick == tick && keys.tickPhase == phase)
    #expect(keys.initialLeader == leader.map { ReplicaID($0) })
    #expect(YAMLText.flow(RaftConfiguration.section.node(of: keys)) == "{ \(section) }")
  }

  @Test("A sweep may name each first leader, and one that does not exist is refused")
  func sweeps() throws {
    func sweep(_ leaders: String) throws -> Int {
      try scenario(of: small("sweep: { raft.initial-leader: \(leaders) }", subject: "raft"))
        .cells.count
    }
    #expect(try sweep("[0, 3, none]") == 3)
    #expect(throws: ScenarioError.self) { try sweep("[0, 4]") }
  }
}
