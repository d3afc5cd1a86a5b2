import ConsensusCore
import DiscreteEvents
import Invariants
import RunPlans
import Simulator
import Testing

@testable import Experiments

@Suite("Results as text")
struct RunTextTests {
  /// The runs of the small scenario, made once for all tests.
  private static let results = Task {
    await CampaignScenario.results(of: try CampaignScenario.read())
  }

  /// What is read from the text of a result.
  private func reread(_ run: RunResult, in cell: Scenario.Cell) throws -> RunResult {
    try RunTextReader.result(
      Array(RunText(run).text.utf8)[...], of: Scenario.Run(cell: run.cell, seed: run.seed), in: cell
    )
  }

  @Test("The result of a run of every protocol is read as it was written")
  func protocols() async throws {
    let scenario = try CampaignScenario.read()
    for run in try await Self.results.value {
      let copy = try reread(run, in: scenario.cells[run.cell])
      // The descriptions have every property, also one that the text forgets.
      #expect("\(copy)" == "\(run)")
    }
  }

  @Test("The result of the slot model is read as it was written")
  func slots() async throws {
    let scenario = try CampaignScenario.read(
      text: """
        name: slots
        measure: survival
        model: slots
        series: [{ protocol: sc-pbft }]
        replicas: 7
        schedule: { arrivals: 3 }
        faults: [{ behaviour: tamper, arrivals-every: 7 }]

        """)
    for run in await CampaignScenario.results(of: scenario) {
      #expect("\(try reread(run, in: scenario.cells[0]))" == "\(run)")
    }
  }

  @Test("Values at the edge of their types come back, and so does every text")
  func extremes() async throws {
    let scenario = try CampaignScenario.read()
    let first = try await Self.results.value[0]
    let reasons: [StopReason] = [
      .scheduleEnded, .timeLimit, .eventLimit, .arenaFull, .standstill(node: 3),
      .runawayStep(node: 4), .idle, .stranded, .violation, .traceEnded,
    ]
    let endings: [RunEnding] = [.fulfilled, .unfulfilled("a\nb \\n"), .violated(.p1)]
    for (index, reason) in reasons.enumerated() {
      var run = first
      run.stopReason = reason
      run.ending = endings[index % 3]
      run.events = .max
      run.end = VirtualTime(nanoseconds: .max)
      run.timeout = index % 2 == 0 ? nil : VirtualDuration(nanoseconds: .min)
      run.violations = [
        Violation(
          invariant: .p2, replica: index % 2 == 0 ? nil : ReplicaID(3), time: .zero,
          detail: ["", "two\nlines\r", "C:\\new  ", "é 🙂"][index % 4])
      ]
      run.counters.isolation = IsolationClock.Shares(
        excluded: 0.1 + 0.2, excludedAway: .leastNonzeroMagnitude)
      run.counters.firstMalicious = VirtualTime(nanoseconds: 7)
      run.counters.withoutHeartbeats = 0
      run.counters.windowFull = .microseconds(3)
      run.counters.chain = ChainCounters(mined: [1, 2, 3, 4], onMainChain: [1, 2, 3, 4])
      run.counters.chain?.tipChanges = 9
      run.tests = [
        RunResult.Test(
          number: 1, primary: nil, window: .zero, accepted: 0, blocks: 0, declined: 0,
          requests: RequestAccount(), bogus: 0, latencies: [])
      ]
      let copy = try reread(run, in: scenario.cells[0])
      #expect("\(copy)" == "\(run)")
    }
  }

  @Test("Without any one of its lines a result is refused or is another")
  func missingLines() async throws {
    let scenario = try CampaignScenario.read()
    let run = try await Self.results.value[0]
    let lines = RunText(run).text.split(separator: "\n")
    for place in lines.indices {
      var cut = lines
      cut.remove(at: place)
      let text = cut.joined(separator: "\n") + "\n"
      let copy = try? RunTextReader.result(
        Array(text.utf8)[...], of: Scenario.Run(cell: 0, seed: 1), in: scenario.cells[0])
      #expect(copy.map { RunText($0).text != RunText(run).text } ?? true, "\(lines[place])")
    }
  }

  @Test(
    "A line of another form is refused",
    arguments: [
      ("events ", "events x"), ("digest ", "digest 12"), ("stop schedule", "stop soon"),
      ("ending fulfilled", "ending well"), ("strikes", "strikes 1"), ("blocks ", "blocks 1 "),
      ("issued ", "issued - "), ("timeout 1", "timeout x"), ("chain -", "chain 1"),
      // What is the same number or text, written in another way.
      ("blocks ", "blocks 0"), ("end ", "end +"), ("elections ", "elections 0 "),
      ("strikes\n", "strikes \n"), ("stop ", "\nstop "), ("counters ", "counters  "),
      ("message ", "message -0 "),
      ("blocks ", "blocks 9007199254740993"), ("ending fulfilled", "ending fulfilled \r"),
    ])
  func forms(_ old: String, _ new: String) async throws {
    let scenario = try CampaignScenario.read()
    let text = RunText(try await Self.results.value[0]).text
    try #require(text.contains(old))
    let changed = text.replacing(old, with: new)
    #expect(throws: RunTextError.self) {
      try RunTextReader.result(
        Array(changed.utf8)[...], of: Scenario.Run(cell: 0, seed: 1), in: scenario.cells[0])
    }
  }

  @Test("A list of miners that does not match the replicas is refused")
  func miners() async throws {
    let scenario = try CampaignScenario.read()
    var run = try await Self.results.value[0]
    run.counters.chain = ChainCounters(mined: [1], onMainChain: [1])
    #expect(throws: RunTextError.self) { try reread(run, in: scenario.cells[0]) }
  }
}

@Suite("Files of runs")
struct RunFileTests {
  private let bytes = RunFile.bytes(model: "m", key: "k-1", body: Array("digest 0\nend 1\n".utf8))

  @Test("A file is read as it was written")
  func whole() throws {
    let file = try RunFile(bytes)
    #expect(file.model == "m" && file.key == "k-1")
    #expect(String(decoding: file.body, as: UTF8.self) == "digest 0\nend 1\n")
  }

  @Test("A file that ends early or goes on is refused, wherever it ends")
  func torn() {
    for length in 0..<bytes.count {
      #expect(throws: RunTextError.self) { try RunFile(Array(bytes.prefix(length))) }
    }
    #expect(throws: RunTextError.self) { try RunFile(bytes + [0x0A]) }
    #expect(throws: RunTextError.self) { try RunFile([UInt8](repeating: 0, count: bytes.count)) }
  }

  @Test("A file with any byte changed is refused, but for the names that its reader compares")
  func changed() {
    for place in bytes.indices {
      var copy = bytes
      copy[place] ^= 1
      let file = try? RunFile(copy)
      #expect(file == nil || file?.model != "m" || file?.key != "k-1", "byte \(place)")
    }
  }
}
