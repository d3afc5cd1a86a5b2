import ConsensusCore
import DiscreteEvents
import PBFT
import SCPBFT
import Simulator
import Testing

@Suite("Whole runs of PBFT and sc-PBFT")
struct SimulationTests {
  // Rule: Paper III-C-4
  @Test(
    "P-18: n-1, (n-1)^2, n(n-1), n messages per block", arguments: [4, 7, 10, 13, 16, 31, 100])
  func messageCounts(n: Int) {
    // The next block is on its way when the last is decided, so that the run ends by time.
    let blocks = n > 50 ? 1 : 5
    let span = ms(Int64(blocks) * 5 - 1) + .microseconds(500)
    var configuration = run(
      n, StateSheetPolicy.self, sheetOptions(),
      schedule: .tests(
        TestPlan(
          tests: 1, ending: .window(span, rotationDelay: nil, interval: .seconds(1)))))
    configuration.protocolConfiguration.retransmission = .seconds(100)
    let outcome = outcome(configuration)
    #expect(outcome.blocks == blocks)
    #expect(outcome.sent(1) == blocks * (n - 1) && outcome.sent(2) == blocks * (n - 1) * (n - 1))
    #expect(outcome.sent(3) == blocks * n * (n - 1) && outcome.sent(4) == blocks * n)
    #expect(outcome.allMessages.sent == blocks * (n + (n - 1) + (n - 1) * (n - 1) + n * n))
  }

  @Test("The client waits exactly five link delays", arguments: [1, 3, 20])
  func latency(milliseconds: Int64) {
    var configuration = classic(4, connections: 3, schedule: .blocks(60))
    configuration.network = NetworkModel(
      uniform: LinkLaw(
        latency: .constant(ms(milliseconds)), loss: 0, duplication: 0, isFIFO: false))
    let accepted = outcome(configuration).requests.filter { $0.ending == .accepted }
    #expect(accepted.count >= 50)
    #expect(accepted.allSatisfy { $0.latency == ms(5 * milliseconds) && $0.isCorrect })
  }

  @Test(
    "C16, C17: of 30 tests with one silent primary sc-PBFT loses 2 and PBFT 7", arguments: [2, 3])
  func silentTests(culprit: Int) {
    let faults = [silentPrimary([culprit])]
    let withBlocks = { (outcome: Outcome) in outcome.tests.filter { $0.blocks > 0 }.count }
    // Free CPUs would decide 2000 blocks a test: slower links keep the test short.
    let slow = NetworkModel(
      uniform: LinkLaw(latency: .constant(ms(80)), loss: 0, duplication: 0, isFIFO: false))
    var plain = classic(4, schedule: series(30), faults: faults)
    plain.network = slow
    var checked = run(
      4, StateSheetPolicy.self, sheetOptions(), schedule: series(30), faults: faults)
    checked.network = slow
    var refusing = run(
      4, StateSheetPolicy.self, sheetOptions(.certified, .refuse), schedule: series(30),
      faults: faults)
    refusing.network = slow
    #expect(withBlocks(outcome(plain)) == 23)
    #expect(withBlocks(outcome(checked)) == 28)
    #expect(withBlocks(outcome(refusing)) == 28)
  }

  @Test(
    "SC-12: without faults and checkpoints the run is PBFT's bit by bit", arguments: [4, 7],
    1...2 as ClosedRange<UInt64>)
  func sameAsPBFT(n: Int, seed: UInt64) {
    let law = NetworkModel(
      uniform: LinkLaw(
        latency: .uniform(from: ms(1), to: ms(3)), loss: 0, duplication: 0, isFIFO: false))
    var plain = classic(n, connections: 4, interval: 512, seed: seed, schedule: .blocks(200))
    var checked = run(
      n, StateSheetPolicy.self, sheetOptions(), connections: 4, interval: 512, seed: seed,
      schedule: .blocks(200))
    var literal = run(
      n, StateSheetPolicy.self, sheetOptions(.literal), connections: 4, interval: 512, seed: seed,
      schedule: .blocks(200))
    plain.network = law
    checked.network = law
    literal.network = law
    let digest = outcome(plain).digest
    #expect(outcome(checked).digest == digest && outcome(literal).digest == digest)
  }

  @Test("SC-12: with checkpoints only the digests in them differ")
  func sameWithCheckpoints() {
    let plain = outcome(classic(4, connections: 4, interval: 16, schedule: .blocks(200)))
    let checked = outcome(
      run(
        4, StateSheetPolicy.self, sheetOptions(), connections: 4, interval: 16,
        schedule: .blocks(200)))
    #expect(plain.requests == checked.requests && plain.messages == checked.messages)
    #expect(plain.events == checked.events && plain.end == checked.end)
  }

  // Rule: Paper III-A-2
  @Test("C1: every-blocks visits the proposers in order", arguments: [1, 2, 3], [4, 7])
  func turns(length: Int, n: Int) {
    let (_, probe) = logged(
      run(
        n, StateSheetPolicy.self, sheetOptions(), connections: 3, rotation: .everyBlocks(length),
        interval: 16, schedule: .blocks(60)))
    var accepted = 0
    for case (1, .accepted(_, let sequence, _, let proposer, _)) in probe.log {
      accepted += 1
      #expect(proposer.index == (Int(sequence.number) - 1) / length % n)
    }
    #expect(accepted >= 59)
    #expect(!probe.log.contains { if case .leftView = $0.what { true } else { false } })
  }

  // Rule: Paper III-B-2
  @Test(
    "Paper §III-B: the identity of each proposer is checked once, at its first lead",
    arguments: [(1, 1), (3, 3), (4, 4), (8, 4)])
  func identities(blocks: Int, checks: Int64) {
    var plain = run(
      4, StateSheetPolicy.self, sheetOptions(), rotation: .everyBlocks(1),
      schedule: .blocks(blocks))
    let end = outcome(plain).end
    plain.costs[.identity] = ms(1).nanoseconds
    #expect(outcome(plain).end == end + ms(checks))
  }

  // Rule: Paper III-B-3
  @Test("C6: after n rounds every node has an entry in the sheet")
  func completeSheet() {
    let (_, probe) = logged(
      run(
        7, StateSheetPolicy.self, sheetOptions(), rotation: .everyBlocks(1),
        schedule: .blocks(8)))
    for replica in 0..<7 {
      var marked = ReplicaSet()
      for case (replica, .marked(let marking)) in probe.log where marking.before == .absent {
        #expect(marking.after == .normal)
        marked.insert(marking.subject)
      }
      #expect(marked.count == 7)
    }
  }

  // Rule: Paper III-B-5
  @Test(
    "SC-4: a primary silent on every turn is malicious after exactly two turns", arguments: [4, 7])
  func twoTurns(n: Int) {
    let (outcome, probe) = logged(
      run(
        n, StateSheetPolicy.self, sheetOptions(), rotation: .everyBlocks(1), interval: 16,
        timeout: .seconds(1), schedule: .blocks(60), faults: [silentPrimary([2])]))
    #expect(outcome.blocks == 60)
    for replica in 0..<n where replica != 2 {
      var states: [NodeState] = []
      for case (replica, .marked(let marking)) in probe.log where marking.subject.index == 2 {
        states.append(marking.after)
      }
      #expect(states == [.unstable, .malicious])
    }
    // SC-3: nobody else is marked.
    for case (_, .marked(let marking)) in probe.log where marking.subject.index != 2 {
      #expect(marking.after == .normal)
    }
    let timeouts = probe.log.filter {
      if case .leftView(_, .timeout) = $0.what { $0.replica == 1 } else { false }
    }
    #expect(timeouts.count == 2)
  }

  // Rule: Paper III-B-10, Paper III-B-11
  @Test(
    "Experiment-model 4.3: silent primaries are removed, the group shrinks and goes on",
    arguments: 1...3 as ClosedRange<UInt64>)
  func epochs(seed: UInt64) {
    var configuration = run(
      10, StateSheetPolicy.self, sheetOptions(), connections: 2, rotation: .everyBlocks(1),
      interval: 16, epoch: 10, timeout: ms(200), seed: seed, schedule: .blocks(150),
      faults: [silentPrimary([2, 5, 8])])
    configuration.network = NetworkModel(
      uniform: LinkLaw(
        latency: .uniform(from: ms(1), to: ms(3)), loss: 0, duplication: 0, isFIFO: false))
    let (outcome, probe) = logged(configuration)
    #expect(outcome.blocks == 150 && outcome.stopReason == .scheduleEnded)
    for replica in [0, 1, 3, 4, 6, 7, 9] {
      var members: [ReplicaSet] = []
      for case (replica, .enteredEpoch(_, let set, _)) in probe.log { members.append(set) }
      #expect(!members.isEmpty)
      #expect(members.last?.members.map(\.index) == [0, 1, 3, 4, 6, 7, 9])
    }
  }

  @Test(
    "Several epochs with the primary kept: one removal after the other",
    arguments: [StateSheetPolicy.Exclusion.skip, .refuse])
  func epochsOnSuspicion(exclusion: StateSheetPolicy.Exclusion) {
    var configuration = run(
      10, StateSheetPolicy.self, sheetOptions(.certified, exclusion), rotation: .onCommand,
      interval: 32, epoch: 20, timeout: ms(500),
      schedule: .tests(
        TestPlan(
          tests: 30, ending: .window(ms(800), rotationDelay: ms(100), interval: ms(1_000)))),
      faults: [silentPrimary([1, 4])])
    configuration.network = NetworkModel(
      uniform: LinkLaw(latency: .constant(ms(10)), loss: 0, duplication: 0, isFIFO: false))
    let (outcome, probe) = logged(configuration)
    #expect(outcome.tests.suffix(6).allSatisfy { $0.blocks > 10 })
    for replica in [0, 2, 3, 5, 6, 7, 8, 9] {
      var last: ReplicaSet?
      for case (replica, .enteredEpoch(_, let set, _)) in probe.log { last = set }
      #expect(last?.members.map(\.index) == [0, 2, 3, 5, 6, 7, 8, 9])
    }
  }

  @Test("A view change in the first blocks of an epoch succeeds")
  func viewChangeAfterEpoch() {
    // Node 2 is removed at 30; node 4 falls silent later, before the next checkpoint.
    var late = silentPrimary([4])
    late.activation.afterRounds = 31
    let outcome = outcome(
      run(
        10, StateSheetPolicy.self, sheetOptions(), rotation: .everyBlocks(1), interval: 64,
        epoch: 30, timeout: ms(200), schedule: .blocks(60),
        faults: [silentPrimary([2]), late]))
    #expect(outcome.blocks == 60)
  }

  @Test(
    "A replica restarted from disk in mid-run takes part again", arguments: [0, 2],
    [Disk.kept, .lost])
  func restart(victim: Int, disk: Disk) {
    var activation = Activation.always
    activation.from = at(300)
    let crash = FaultRule(
      culprits: .replicas([ReplicaID(victim)]), behaviour: .crash(downFor: ms(1_000), disk: disk),
      activation: activation, kinds: .all, recipients: .everyone, probability: 1)
    let outcome = outcome(
      run(
        4, StateSheetPolicy.self, sheetOptions(), connections: 3, interval: 16,
        timeout: ms(500), schedule: .blocks(1_000), faults: [crash]))
    #expect(outcome.blocks == 1_000)
    #expect(outcome.standings.allSatisfy { $0.executed > 950 })
  }

  @Test(
    "Loss of one message in ten slows, and stops nobody", arguments: [4, 7],
    1...3 as ClosedRange<UInt64>)
  func loss(n: Int, seed: UInt64) {
    var configuration = run(
      n, StateSheetPolicy.self, sheetOptions(), connections: 3, interval: 16,
      timeout: .seconds(2),
      seed: seed, schedule: .blocks(150))
    configuration.network = NetworkModel(
      uniform: LinkLaw(
        latency: .uniform(from: ms(1), to: ms(2)), loss: 0.1, duplication: 0.02, isFIFO: false))
    configuration.protocolConfiguration.retransmission = ms(100)
    let outcome = outcome(configuration)
    #expect(outcome.blocks == 150)
  }

  @Test("A long run reuses the ring and goes idle at nothing but its end")
  func longRun() {
    let outcome = outcome(classic(4, connections: 4, interval: 16, schedule: .blocks(3_000)))
    #expect(outcome.blocks == 3_000 && outcome.sent(6) == 0 && outcome.sent(8) == 0)
    #expect(outcome.largestArena < 500)
  }

  @Test("D-1: the same run twice has the same digest")
  func repeatable() {
    let configuration = run(
      4, StateSheetPolicy.self, sheetOptions(), rotation: .everyBlocks(1), timeout: ms(300),
      schedule: .blocks(40), faults: [silentPrimary([1])])
    #expect(outcome(configuration).digest == outcome(configuration).digest)
  }
}
