import ConsensusCore
import DiscreteEvents
import Simulator
import TestSupport
import Testing

@Suite("Parties")
struct PartyTests {
  @Test("Every party is told that the run begins, at 0 and in order")
  func start() {
    let (result, workload) = played(parties(3, []))
    #expect(workload.jobs.map(\.party.index) == [0, 1, 2])
    #expect(workload.jobs.allSatisfy { $0.input == .started && $0.begun == .zero })
    #expect(workload.finished == result.end)
    #expect(result.stopReason == .scheduleEnded)
    #expect(result.end == at(10_000))
  }

  @Test("Jobs wait for their party's processor, one at a time in the order of arrival")
  func processor() {
    let (_, workload) = played(
      parties(
        2,
        [
          PartyReaction(
            0, on: .started,
            [.charge(milliseconds: 5), .send(2, to: 1, bytes: 1), .charge(milliseconds: 2)]
              + [.send(4, to: 1, bytes: 1), .send(6, to: 0, bytes: 1), .charge(milliseconds: 3)]),
          PartyReaction(1, on: .message(2), [.charge(milliseconds: 10)]),
          PartyReaction(1, on: .message(4), [.charge(milliseconds: 1), .send(8, to: 0, bytes: 1)]),
        ]))
    #expect(workload.times(.message(2), at: 1) == [[5, 6, 6]])
    #expect(workload.times(.message(4), at: 1) == [[7, 8, 16]])
    // To itself without a network, but not before its own job is over.
    #expect(workload.times(.message(6), at: 0) == [[7, 7, 10]])
    #expect(workload.times(.message(8), at: 0) == [[17, 18, 18]])
  }

  @Test("A faster machine does the same work in less time, and jitter changes it by its share")
  func speed() {
    var run = parties(
      1, [PartyReaction(on: .started, [.charge(milliseconds: 8), .send(0, to: 0, bytes: 1)])])
    run.nodes[1] = node(speed: Ratio(1, over: 4))
    #expect(played(run).1.times(.message(0), at: 0) == [[2, 2, 2]])
    run.jitter = Ratio(1, over: 2)
    var instants: Set<VirtualTime> = []
    for seed in 1...20 as ClosedRange<UInt64> {
      run.seed = Seed(seed)
      let begun = played(run).1.jobs[1].begun
      #expect((at(1)...at(3)).contains(begun))
      instants.insert(begun)
    }
    #expect(instants.count == 20)
  }

  @Test("Alarms of this party and of others ring when they are due, and wait for the processor")
  func alarms() {
    let (_, workload) = played(
      parties(
        2,
        [
          PartyReaction(
            0, on: .started,
            [
              .charge(milliseconds: 5), .alarm(1, of: 0, after: ms(3)),
              .alarm(2, of: 1, after: ms(4)),
              .alarm(3, of: 0, after: ms(40)),
            ])
        ]))
    #expect(workload.times(.alarm(1), at: 0) == [[3, 3, 5]])
    #expect(workload.times(.alarm(2), at: 1) == [[4, 4, 4]])
    #expect(workload.times(.alarm(3), at: 0) == [[40, 40, 40]])
  }

  @Test("Messages share the uplink of their sender, with its requests too")
  func uplink() {
    // 1,000 bytes take 1 ms; a request of 600 bytes takes 0.6 ms.
    var run = parties(
      2,
      [
        PartyReaction(
          0, on: .started,
          [.send(0, to: 1, bytes: 4000), .submit(1), .send(2, to: 1, bytes: 1000)])
      ])
    run.nodes[1] = node(up: 8_000_000)
    let (result, workload) = played(run)
    #expect(
      workload.jobs.filter { $0.party.index == 1 }.map(\.begun) == [
        .zero, at(5), at(6) + .microseconds(600),
      ])
    // 4 ms for the message, 0.6 ms for the request, 1 ms each way.
    #expect(result.requests[0].latency == .microseconds(6600))
    #expect(workload.jobs.filter { $0.party.index == 1 }.map(\.sent) == [.zero, .zero, .zero])
  }

  @Test("Messages share the downlink of their receiver")
  func downlink() {
    var run = parties(
      3,
      [
        PartyReaction(0, on: .started, [.send(0, to: 2, bytes: 3000)]),
        PartyReaction(1, on: .started, [.send(2, to: 2, bytes: 2000)]),
      ])
    run.nodes[3] = node(down: 8_000_000)
    let (_, workload) = played(run)
    #expect(workload.times(.message(0), at: 2) == [[0, 4, 4]])
    #expect(workload.times(.message(2), at: 2) == [[0, 6, 6]])
  }

  @Test("The groups of the machines decide the latency")
  func groups() {
    var run = parties(
      3,
      [PartyReaction(0, on: .started, [.send(0, to: 1, bytes: 1), .send(2, to: 2, bytes: 1)])])
    run.nodes[3] = node(1)
    run.network = NetworkModel(
      classes: [plain(.constant(ms(2))), plain(.constant(ms(30)))], groupLinks: [[0, 1], [1, 0]],
      overrides: [], changes: [])
    let (_, workload) = played(run)
    #expect(workload.times(.message(0), at: 1) == [[0, 2, 2]])
    #expect(workload.times(.message(2), at: 2) == [[0, 30, 30]])
  }

  @Test("A message over a cut link arrives late: a copy a second until the link is back")
  func cuts() {
    var run = parties(
      2,
      [
        PartyReaction(
          0, on: .started, [.send(1, to: 1, bytes: 10), .alarm(5, of: 0, after: ms(3499))]),
        PartyReaction(0, on: .alarm(5), [.send(3, to: 1, bytes: 10)]),
      ])
    run.network.changes = [
      NetworkChange(at: at(0), until: at(2500), from: .all, to: .all, effect: .cut),
      // Open when the copy of 3,499 ms leaves, cut when it would arrive.
      NetworkChange(at: at(3500), until: at(3600), from: .all, to: .all, effect: .cut),
    ]
    let (result, workload) = played(run)
    #expect(workload.times(.message(1), at: 1) == [[0, 3001, 3001]])
    #expect(workload.times(.message(3), at: 1) == [[3499, 4500, 4500]])
    #expect(result.partyMessages.map(\.sent) == [0, 2])
    #expect(result.partyMessages.map(\.delivered) == [0, 2])
    #expect(result.partyMessages.map(\.resent) == [0, 4])
    #expect(result.partyMessages.map(\.bytes) == [0, 60])
  }

  @Test("Messages over links that lose and double every other copy arrive once each, some late")
  func losses() {
    var run = parties(
      2, [PartyReaction(0, on: .started, (0..<100).map { .send($0 * 2, to: 1, bytes: 1) })])
    run.network = NetworkModel(
      uniform: LinkLaw(latency: .constant(ms(1)), loss: 0.5, duplication: 0.5, isFIFO: false))
    run.schedule = .window(warmup: .zero, duration: .seconds(100))
    let (result, workload) = played(run)
    let arrivals = workload.jobs.filter { $0.party.index == 1 }.dropFirst()
    #expect(arrivals.count == 100)
    #expect(Set(arrivals.map { ToyWorkload.trigger($0.input) }).count == 100)
    #expect(arrivals.allSatisfy { $0.arrived.nanoseconds % 1_000_000_000 == 1_000_000 })
    #expect((20...80).contains(arrivals.filter { $0.arrived == at(1) }.count))
    #expect(result.partyMessages[0].resent > 20)
  }

  @Test("A FIFO link delivers in the order of sending", arguments: [false, true])
  func order(isFIFO: Bool) {
    var run = parties(
      2,
      [
        PartyReaction(
          0, on: .started,
          (0..<50).flatMap {
            [PartyAction.charge(milliseconds: 1), .send($0 * 2, to: 1, bytes: 1)]
          })
      ])
    run.network = NetworkModel(
      uniform: LinkLaw(
        latency: .uniform(from: ms(1), to: ms(40)), loss: 0, duplication: 0, isFIFO: isFIFO))
    let flows = played(run).1.jobs.compactMap { job -> UInt64? in
      guard case .message(let message, _) = job.input else { return nil }
      return message.flow
    }
    #expect(flows.count == 50)
    #expect((flows == flows.sorted()) == isFIFO)
  }

  @Test("Equal seeds give equal runs and different seeds different ones")
  func determinism() {
    var run = parties(
      3, replicas: 4, client: submitted(2, quorum: 3),
      [
        PartyReaction(
          on: .started, [.charge(milliseconds: 1), .send(2, to: 1, bytes: 500), .submit(1)]),
        PartyReaction(on: .accepted(1), [.send(3, to: 2, bytes: 200), .submit(1)]),
      ])
    run.network = NetworkModel(uniform: plain(.uniform(from: ms(1), to: ms(9))))
    run.jitter = Ratio(1, over: 10)
    let (first, one) = played(run)
    let (second, two) = played(run)
    #expect(first.digest == second.digest)
    #expect(one.jobs == two.jobs)
    #expect(one.jobs.count > 100)
    run.seed = Seed(2)
    #expect(played(run).0.digest != first.digest)
  }

  @Test("What a message says is part of the digest, even if nothing depends on it")
  func digests() {
    let digests = [(2, 10), (4, 10), (2, 11)].map { flow, bytes in
      played(
        parties(2, [PartyReaction(0, on: .started, [.send(flow, to: 1, bytes: bytes)])])
      ).0.digest
    }
    #expect(Set(digests).count == 3)
  }

  @Test("A broken invariant of the workload stops the run unless it is told to go on")
  func violations() {
    var run = parties(
      1,
      [
        PartyReaction(on: .started, [.alarm(1, of: 0, after: ms(70))]),
        PartyReaction(on: .alarm(1), [.complain]),
      ])
    let (stopped, _) = played(run)
    #expect(stopped.stopReason == .violation)
    #expect(stopped.end == at(70))
    #expect(stopped.violations.map(\.invariant) == ["E-0"])
    run.continuesAfterViolation = true
    let (whole, _) = played(run)
    #expect(whole.stopReason == .scheduleEnded)
    #expect(whole.violations.count == 1)
  }

  @Test("A party can end the run")
  func end() {
    let (result, workload) = played(
      parties(
        1,
        [
          PartyReaction(on: .started, [.alarm(1, of: 0, after: ms(70))]),
          PartyReaction(on: .alarm(1), [.endRun]),
        ]))
    #expect(result.stopReason == .scheduleEnded)
    #expect(result.end == at(70))
    #expect(workload.finished == at(70))
  }

  @Test("More under way than the limit allows ends the run, and slots are used again")
  func limits() {
    var run = parties(
      2, [PartyReaction(on: .started, (0..<20).map { .send($0, to: 1, bytes: 1) })])
    run.limits.messagesInFlight = 30
    #expect(played(run).0.stopReason == .arenaFull)
    run.workload = ToyWorkload([
      PartyReaction(on: .started, [.send(0, to: 1, bytes: 1)]),
      PartyReaction(0, on: .message(0), [.send(0, to: 1, bytes: 1)]),
      PartyReaction(1, on: .message(0), [.send(0, to: 0, bytes: 1)]),
    ])
    run.limits.messagesInFlight = 5
    let (result, workload) = played(run)
    #expect(result.stopReason == .scheduleEnded)
    #expect(workload.jobs.count > 10_000)
  }

  @Test("A trace has every copy sent and every message handled")
  func traces() {
    var run = parties(2, [PartyReaction(0, on: .started, [.send(1, to: 1, bytes: 10)])])
    run.network.changes = [
      NetworkChange(at: at(0), until: at(500), from: .all, to: .all, effect: .cut)
    ]
    var simulation = Simulation(
      run, probe: NoProbe<ScriptedReplica>(), trace: RecordedTrace<ScriptedReplica>())
    let traced = simulation.run()
    #expect(traced.digest == played(run).0.digest)
    let lines = simulation.trace.events.compactMap { event -> [Int64]? in
      switch event.kind {
      case .partySent(_, "odd", let sender, let recipient, let leaves):
        [0, Int64(sender.index), Int64(recipient.index), leaves.nanoseconds / 1_000_000]
      case .partyHandled(_, "odd", let sender, let party):
        [1, Int64(sender.index), Int64(party.index), event.time.nanoseconds / 1_000_000]
      default: nil
      }
    }
    #expect(lines == [[0, 0, 1, 0], [0, 0, 1, 1000], [1, 0, 1, 1001]])
  }
}
