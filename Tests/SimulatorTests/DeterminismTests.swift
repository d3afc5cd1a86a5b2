import ConsensusCore
import DiscreteEvents
import Simulator
import Testing

@Suite("Determinism")
struct DeterminismTests {
  static func rich(_ seed: UInt64) -> RunConfiguration<VotingReplica> {
    var run = voting(5, clients: [closed(6, quorum: 2)])
    run.seed = Seed(seed)
    run.protocolConfiguration.timeout = ms(400)
    run.costs[.receive] = 20_000
    run.costs[.send] = 50_000
    run.jitter = Ratio(5, over: 100)
    run.network = NetworkModel(
      uniform: LinkLaw(
        latency: .exponential(minimum: ms(1), mean: ms(2)), loss: 0.01, duplication: 0.01,
        isFIFO: false))
    run.faults = [rule(.random(count: 1), .delay(.uniform(from: ms(1), to: ms(9))))]
    run.schedule = .window(warmup: .zero, duration: .seconds(2))
    return run
  }

  @Test("The same configuration gives the same digest and counts", arguments: 1...5)
  func repeats(seed: Int) {
    let first = outcome(Self.rich(UInt64(seed)))
    let second = outcome(Self.rich(UInt64(seed)))
    #expect(first.digest == second.digest)
    #expect(first.requests == second.requests)
    #expect(first.messages == second.messages)
    #expect(first.blocks > 10)
  }

  @Test("Another seed gives another run")
  func seedsDiffer() {
    #expect(outcome(Self.rich(1)).digest != outcome(Self.rich(2)).digest)
  }

  @Test("A probe and a trace change nothing")
  func observersChangeNothing() {
    let run = Self.rich(3)
    let bare = outcome(run)
    var watched = Simulation(
      run, probe: LogProbe<VotingReplica>(), trace: RecordedTrace<VotingReplica>())
    let seen = watched.run()
    #expect(seen.digest == bare.digest)
    #expect(seen.requests == bare.requests)
    #expect(watched.trace.events.count > bare.blocks)
  }

  /// A trace that has enough after some events.
  struct ShortTrace: TraceSink {
    typealias Subject = VotingReplica
    static var isEnabled: Bool { true }
    var events: [VirtualTime] = []
    var wantsMore: Bool { events.count < 40 }
    mutating func record(_ event: TraceEvent<VotingReplica>) { events.append(event.time) }
  }

  @Test("A trace that has enough ends the run, which was the same until then")
  func traceEndsRun() {
    var short = Simulation(Self.rich(3), probe: NoProbe<VotingReplica>(), trace: ShortTrace())
    let ended = short.run()
    var whole = Simulation(
      Self.rich(3), probe: NoProbe<VotingReplica>(), trace: RecordedTrace<VotingReplica>())
    let complete = whole.run()
    #expect(ended.stopReason == .traceEnded)
    #expect(ended.events < complete.events)
    #expect(short.trace.events.count >= 40)
    #expect(
      short.trace.events == whole.trace.events.prefix(short.trace.events.count).map(\.time))
  }

  @Test("An idle client machine shifts nothing")
  func idleClientShiftsNothing() {
    let run = Self.rich(4)
    var wider = run
    wider.clients += [
      ClientModel(
        load: .open(ratePerSecond: 0), dispatch: .multicast, replyQuorum: 1, timeout: nil,
        retransmission: nil),
      closed(0),
    ]
    wider.nodes += [node(), node()]
    let narrow = outcome(run)
    let wide = outcome(wider)
    #expect(wide.digest == narrow.digest)
    #expect(wide.requests == narrow.requests)
  }

  @Test("A busy client machine shifts no draw of another's arrivals")
  func arrivalsAreKeyedByMachine() {
    func machine(_ rate: Double) -> ClientModel {
      ClientModel(
        load: .open(ratePerSecond: rate), dispatch: .one, replyQuorum: 1, timeout: ms(100),
        retransmission: nil)
    }
    let one = logged(voting(3, clients: [machine(50)])).1.issued.map(\.1)
    let two = logged(voting(3, clients: [machine(50), machine(80)])).1.issued.map(\.1)
    let set = Set(two.map(\.nanoseconds))
    #expect(one.count > 300)
    #expect(one.allSatisfy { set.contains($0.nanoseconds) })
  }

  @Test("A fault that never strikes changes no latency")
  func idleFaultShiftsNothing() {
    var run = Self.rich(5)
    run.faults = []
    var faulty = run
    faulty.network.changes = [
      NetworkChange(at: at(50_000), until: nil, from: .all, to: .all, effect: .cut)
    ]
    #expect(outcome(faulty).digest == outcome(run).digest)
  }

  @Test("With free processors too, a trace and a far-off cut change nothing")
  func shortCutsChangeNothing() {
    var run = Self.rich(6)
    run.costs = .free
    run.faults = []
    run.network = NetworkModel(uniform: plain(.exponential(minimum: ms(1), mean: ms(2))))
    let bare = outcome(run)
    var traced = Simulation(
      run, probe: NoProbe<VotingReplica>(), trace: RecordedTrace<VotingReplica>())
    #expect(traced.run().digest == bare.digest)
    let sent = traced.trace.events.count { if case .sent = $0.kind { true } else { false } }
    #expect(sent > bare.allMessages.sent / 2)
    run.network.changes = [
      NetworkChange(at: at(50_000), until: nil, from: .all, to: .all, effect: .cut)
    ]
    #expect(outcome(run).digest == bare.digest)
  }

  @Test("A run that was carried out answers the same outcome again")
  func runsOnce() {
    var simulation = Simulation(
      Self.rich(1), probe: NoProbe<VotingReplica>(), trace: NoTrace<VotingReplica>())
    let first = simulation.run()
    let second = simulation.run()
    #expect(first.digest == second.digest)
    #expect(first.events == second.events)
  }
}
