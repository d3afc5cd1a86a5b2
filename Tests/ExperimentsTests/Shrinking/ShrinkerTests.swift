import Foundation
import TestSupport
import Testing

@testable import Experiments
@testable import Notation

/// Two of four replicas crash for good, so that clients starve; six other faults have no part in it.
let starving = """
  name: starving
  measure: metrics
  seed: 7
  series: [{ protocol: pbft }]
  replicas: 4
  network:
    latency: { law: uniform, from: 600 us, to: 1 ms }
    events:
      - { at: 2 ms, until: 3 ms, slow: { from: [all], to: ["1"], by: 500 us } }
  clients: { connections: 2, think-time: 3 ms, timeout: 100 h, retransmit-after: 30 ms }
  schedule: { heal-at: 20 ms, within: 200 ms, requests: 1 }
  pbft: { view-timeout: 30 ms, retransmission: 20 ms, checkpoint-interval: 4, window: 8 }
  faults:
    - { nodes: [0], behaviour: pause, by: 1 ms, from: 2 ms }
    - { nodes: [3], behaviour: crash, from: 5300 us }
    - { nodes: [1], behaviour: crash, down-for: 3 ms, from: 8 ms }
    - { nodes: [0], behaviour: pause, by: 1 ms, from: 9 ms }
    - { nodes: [0], behaviour: duplicate, copies: 2 }
    - { nodes: [2], behaviour: crash, from: 12 ms }
    - { nodes: [1], behaviour: pause, by: 2 ms, from: 14 ms }
    - { nodes: [0], behaviour: replay, probability: 0.25 }

  """

/// Replicas 0 and 1 run twice, which splits the other two; that is beyond what four tolerate.
let split = """
  name: split
  measure: metrics
  repeat: 2
  series: [{ protocol: sc-pbft, with: { faults.0.nodes: [0] } }, { protocol: pbft, with: { faults.0.behaviour: twins } }]
  variants: [{ name: calm, with: { faults.0.nodes: [0] } }, { name: torn }]
  sweep: { pbft.batch: [2, 1] }
  replicas: 4
  network: { latency: { law: uniform, from: 600 us, to: 1 ms } }
  clients: { connections: 2 }
  schedule: { duration: 30 ms }
  expect: { P-1: may-break, P-5: may-break, P-6: may-break, P-7: may-break, P-8: may-break, P-14: may-break, P-16: may-break }
  faults:
    - { nodes: [0, 1], behaviour: silent, recipients: [2] }
    - { nodes: [2], behaviour: pause, by: 1 ms, from: 20 ms }

  """

func subject(_ text: String) throws -> ShrinkSubject {
  try ShrinkSubject(
    SourceFile(name: "plan.yaml", text: text), directory: "", settings: [], seed: nil)
}

func shrunk(
  _ text: String, workers: Int = 2, runLimit: Int = 2000
) async throws -> Shrinker.Outcome {
  let plan = try await subject(text).failingPlan(workers: workers) { _, _ in }
  return await Shrinker(workers: workers, runLimit: runLimit, acceptsAny: false)
    .shrink(plan, directory: "") { _ in }
}

@Suite("Shrinking")
struct ShrinkerTests {
  @Test("A run that its own limit cuts short is shrunk as such, and recorded without an invariant")
  func cutShort() async throws {
    let outcome = try await shrunk(starving + "limits: { events: 150 }\n", runLimit: 40)
    #expect(outcome.plan.violation.isCut)
    #expect(outcome.plan.events == 150)
    #expect(
      PlanScript(outcome.plan).text.contains("the run did not end within 150 events, its limit"))
    let early = try await subject(starving + "limits: { events: 5 }\n").failingPlan(workers: 1) {
      _, _ in
    }
    #expect(!PlanScript(early).text.contains("the faults are over"))
    let text = ReplayText(outcome, source: "a.yaml", name: "b.yaml").text
    #expect(text.contains("replay: { digest: \(outcome.plan.digest) }"))
    let replay = try Replay(
      Scenario(
        SourceFile(name: "b.yaml", text: text), directory: "", settings: [], seed: nil),
      number: nil, hasSeed: false)
    #expect(try replay.replayed(from: nil, to: nil).differences == [])
  }

  @Test("Of eight faults only the guilty two stay, and little else")
  func core() async throws {
    let outcome = try await shrunk(starving)
    #expect(outcome.isComplete)
    #expect(outcome.plan.violation.invariant == "PL-1")
    let settings = outcome.plan.cell.settings
    #expect(settings.faults.map(\.behaviour) == [.crash, .crash])
    #expect(settings.faults.allSatisfy { $0.details.span == nil })
    #expect(settings.network.changes.isEmpty)
    #expect(settings.replicas == 4)
    #expect(outcome.plan.size < outcome.original.size)
    // What the demand rests on is as it was.
    #expect(outcome.plan.text.contains("within: 200 ms"))
    #expect(outcome.plan.text.contains("view-timeout: 30 ms"))
    #expect(outcome.plan.text.contains("retransmit-after: 30 ms"))
  }

  @Test("The result is the same for any number of workers, and shrinks no further")
  func sameAgain() async throws {
    let one = try await shrunk(starving, workers: 1)
    let three = try await shrunk(starving, workers: 3)
    #expect(one.plan.text == three.plan.text)
    #expect(one.runs == three.runs)
    let again = try await shrunk(one.plan.text)
    #expect(again.plan.text == one.plan.text)
    #expect(again.plan.digest == one.plan.digest)
  }

  @Test("The file for the replay breaks the same and records its digest")
  func replayable() async throws {
    let outcome = try await shrunk(starving)
    let text = ReplayText(outcome, source: "plan.yaml", name: "plan-shrunk.yaml").text
    let scenario = try Scenario(
      SourceFile(name: "plan-shrunk.yaml", text: text), directory: "", settings: [], seed: nil)
    let recorded = try #require(scenario.replay)
    #expect(recorded.breaks == "PL-1")
    let results = await Runner(workers: 1).run(scenario) { _, _ in }
    #expect(results.map(\.digest.description) == [recorded.digest])
    #expect(results[0].violations.contains { $0.invariant == "PL-1" })
    #expect(text.contains("# Replay: consim replay plan-shrunk.yaml"))
  }

  @Test(
    "The run of a point stands alone without what describes the whole experiment",
    arguments: [
      "zip: { pbft.batch: [1, 2], pbft.window: [8, 12] }\n",
      "until: { half-width: 1 %, metric: tps, at-most: 10 }\n", "sweep: { pbft.batch: [1, 2] }\n",
    ])
  func experiment(lines: String) async throws {
    let plan = try await subject(starving + lines).failingPlan(workers: 2) { _, _ in }
    #expect(plan.scenario.cells.count == 1 && plan.scenario.cells[0].seeds == [7])
    for key in ["\nzip:", "\nuntil:", "\nsweep:"] { #expect(!plan.text.contains(key)) }
  }

  @Test("Of several runs the first that fails is taken, with what its series and variant set")
  func isolation() async throws {
    let subject = try subject(split)
    let all = await Runner(workers: 2).run(subject.scenario) { _, _ in }
    let first = try #require(all.first { !$0.violations.isEmpty })
    let plan = try await subject.failingPlan(workers: 2) { _, _ in }
    #expect(plan.digest == first.digest)
    #expect(plan.violation == first.violations[0])
    #expect(plan.scenario.cells.count == 1)
    let cell = subject.scenario.cells[first.cell]
    #expect(plan.cell.subject == cell.subject)
    #expect(plan.cell.settings.faults[0].behaviour == .twins)
    #expect(!plan.text.contains("variants") && !plan.text.contains("sweep"))
    let core = await Shrinker(workers: 2, runLimit: 2000, acceptsAny: false)
      .shrink(plan, directory: "") { _ in }
    #expect(core.plan.violation.invariant == plan.violation.invariant)
    #expect(core.plan.cell.settings.faults.map(\.behaviour) == [.twins])
    #expect(core.plan.cell.settings.expectations.map(\.invariant) == [plan.violation.invariant])
  }

  @Test("The limit of runs ends it, and that is said")
  func limit() async throws {
    let outcome = try await shrunk(starving, runLimit: 3)
    #expect(outcome.runs == 3)
    #expect(!outcome.isComplete)
    let text = ReplayText(outcome, source: "plan.yaml", name: "core.yaml").text
    #expect(text.contains("not minimal"))
  }

  @Test("A scenario that breaks nothing is refused")
  func sound() async throws {
    let calm = try subject(
      starving.replacing(
        "nodes: [2], behaviour: crash", with: "nodes: [2], behaviour: pause, by: 1 ms"))
    await #expect(throws: ShrinkError.self) {
      try await calm.failingPlan(workers: 1) { _, _ in }
    }
  }

  @Test("The script names nodes, faults, times and what breaks")
  func script() async throws {
    let plan = try await subject(starving).failingPlan(workers: 1) { _, _ in }
    let text = PlanScript(plan).text
    for part in [
      "PBFT, 4 replicas, seed 7", "messages take 600 us to 1 ms", "2 connections",
      "5.300 ms  replica 3: crashes for good", "8.000 ms  replica 1: crashes for 3 ms",
      "replica 0: sends old messages again (25 %)",
      "20.000 ms  the faults are over: every client must have a request served within 200 ms",
      "220.000 ms  PL-1:",
    ] {
      #expect(text.contains(part), "\(part) in\n\(text)")
    }
  }
}

@Suite("What a demand for progress rests on")
struct HealingPromiseTests {
  static let promises: [(faults: String, events: String, isKept: Bool)] = [
    ("", "", true),
    ("{ nodes: [0], behaviour: crash }", "", true),
    ("{ nodes: [0], behaviour: crash }, { nodes: [1], behaviour: crash }", "", false),
    ("{ nodes: [0], behaviour: crash }, { nodes: [1], behaviour: mutate }", "", false),
    ("{ nodes: [1], behaviour: crash }, { nodes: [1], behaviour: mutate }", "", true),
    ("{ nodes: [0, 1, 2], behaviour: crash, from: 10 ms, down-for: 10 ms }", "", true),
    ("{ nodes: [0], behaviour: crash, from: 10 ms, down-for: 11 ms }", "", false),
    ("{ nodes: [0], behaviour: crash, down-for: 1 ms, as-primary: true }", "", false),
    (
      "{ nodes: [0], behaviour: crash, down-for: 1 ms, as-primary: true, until: 19 ms }", "", true
    ),
    ("{ nodes: [0], behaviour: pause, by: 30 ms }", "", false),
    ("", "{ at: 1 ms, until: 20 ms, cut: { from: [all], to: [all] } }", true),
    ("", "{ at: 1 ms, until: 21 ms, cut: { from: [all], to: [all] } }", false),
    ("", "{ at: 1 ms, cut: { from: [all], to: [all] } }", false),
    ("", "{ at: 1 ms, cut: { from: [all], to: ['2'] } }", true),
    ("", "{ at: 1 ms, cut: { from: ['1', '3'], to: [all] } }", false),
    ("", "{ at: 1 ms, cut: { from: [clients], to: [all] } }", false),
    ("{ nodes: [0], behaviour: crash }", "{ at: 1 ms, cut: { from: [all], to: ['2'] } }", false),
  ]

  @Test("A quorum that is up and connected, and nothing else going on", arguments: promises)
  func promise(faults: String, events: String, isKept: Bool) throws {
    let text = """
      name: promise
      measure: metrics
      series: [{ protocol: pbft }]
      network: { latency: 1 ms, events: [\(events)] }
      schedule: { heal-at: 20 ms, within: 1 s }
      faults: [\(faults)]
      """
    let scenario = try Scenario(
      SourceFile(name: "promise.yaml", text: text), directory: "", settings: [], seed: nil)
    #expect(scenario.cells[0].keepsHealingPromise == isKept)
  }
}
