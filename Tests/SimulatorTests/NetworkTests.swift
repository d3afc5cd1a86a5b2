import ConsensusCore
import DiscreteEvents
import Simulator
import Testing

@Suite("Network")
struct NetworkTests {
  /// Node 0 sends `count` pings to node 1, one every millisecond.
  static func stream(_ count: Int, replicas: Int = 2) -> RunConfiguration<ScriptedReplica> {
    var reactions = [Reaction(0, on: .start, [.setTimer(.first, ms(1))])]
    reactions.append(
      Reaction(0, on: .timeout(.first), [.send(1, .others, bytes: 0), .setTimer(.first, ms(1))]))
    var run = script(replicas, reactions)
    run.schedule = .window(warmup: .zero, duration: ms(Int64(count) + 1))
    return run
  }

  @Test("The uplink sends one copy after the other, rounded up to whole nanoseconds")
  func uplinkQueues() {
    var run = script(
      3, [Reaction(0, on: .start, [.send(1, .others, bytes: 1000), .send(2, .others, bytes: 1)])])
    run.nodes[0] = node(up: 3_000_000)
    let (_, log) = logged(run)
    // 8000 bits at 3 Mbit/s take 2 666 666.7 ns, 8 bits 2 666.7 ns.
    #expect(log.times(.ping(1), at: 1) == [3_666_667])
    #expect(log.times(.ping(1), at: 2) == [6_333_334])
    #expect(log.times(.ping(2), at: 1) == [6_336_001])
    #expect(log.times(.ping(2), at: 2) == [6_338_668])
  }

  @Test("The downlink takes what arrives together one after the other")
  func downlinkQueues() {
    let send = Action.send(1, .one(Endpoint(ReplicaID(2))), bytes: 1000)
    var run = script(3, [Reaction(0, on: .start, [send]), Reaction(1, on: .start, [send])])
    run.nodes[2] = node(down: 8_000_000)
    let (outcome, log) = logged(run)
    #expect(log.times(.ping(1), at: 2) == [2_000_000, 3_000_000])
    #expect(outcome.conservesMessages)
  }

  @Test("Groups, overrides and laws decide the latency of a link")
  func classesByGroup() {
    var run = script(4, [Reaction(on: .start, [.send(1, .others, bytes: 0)])])
    run.nodes = [node(0), node(0), node(1), node(1)]
    run.network = NetworkModel(
      classes: [plain(.constant(ms(1))), plain(.constant(ms(50))), plain(.constant(ms(7)))],
      groupLinks: [[0, 1], [1, 0]],
      overrides: [
        LinkOverride(from: .nodes([NodeID(2)]), to: .nodes([NodeID(3)]), linkClass: 2)
      ], changes: [])
    let (_, log) = logged(run)
    #expect(log.milliseconds(.ping(1), at: 0) == [1, 50, 50])
    #expect(log.milliseconds(.ping(1), at: 2) == [1, 50, 50])
    #expect(log.milliseconds(.ping(1), at: 3) == [7, 50, 50])
  }

  @Test("Loss and duplication strike as often as they should")
  func ratesAreRight() {
    let count = 8000
    var run = Self.stream(count)
    run.network = NetworkModel(
      uniform: LinkLaw(
        latency: .constant(ms(1)), loss: 0.2, duplication: 0.1, isFIFO: false))
    let counts = outcome(run).messages[4]
    let originals = Double(counts.sent - counts.duplicated)
    #expect(originals >= Double(count) - 1)
    func agrees(_ found: Int, _ trials: Double, _ p: Double) -> Bool {
      abs(Double(found) - trials * p) < 4 * (trials * p * (1 - p)).squareRoot()
    }
    #expect(agrees(counts[.loss], originals, 0.2))
    #expect(agrees(counts.duplicated, originals, 0.1))
  }

  @Test("A one-way cut stops one direction, a partition both, and both heal")
  func cutsAreDirected() {
    var run = script(
      2,
      [
        Reaction(on: .start, [.setTimer(.first, ms(10))]),
        Reaction(
          on: .timeout(.first), [.send(1, .others, bytes: 0), .setTimer(.first, ms(10))]),
      ])
    run.schedule = .window(warmup: .zero, duration: ms(100))
    let left = NodeSelector.nodes([NodeID(0)])
    let right = NodeSelector.nodes([NodeID(1)])
    run.network.changes = [
      NetworkChange(at: at(15), until: at(35), from: left, to: right, effect: .cut)
    ]
    run.network.changes += NetworkChange.partition(left, from: right, at: at(55), until: at(75))
    let (outcome, log) = logged(run)
    #expect(log.milliseconds(.ping(1), at: 1) == [11, 41, 51, 81, 91])
    #expect(log.milliseconds(.ping(1), at: 0) == [11, 21, 31, 41, 51, 81, 91])
    #expect(outcome.messages[4][.cut] == 6)
    #expect(outcome.conservesMessages)
  }

  @Test("A copy on its way when the cut begins is dropped when it arrives")
  func cutsAreCheckedOnArrival() {
    var run = Self.stream(100)
    run.network = NetworkModel(uniform: plain(.constant(ms(10))))
    run.network.changes = [
      NetworkChange(at: at(50), until: at(60), from: .all, to: .all, effect: .cut)
    ]
    let (outcome, log) = logged(run)
    let arrivals = log.milliseconds(.ping(1), at: 1)
    // What leaves in [50, 60) is never sent; what leaves in [40, 50) arrives while the link is cut.
    #expect(arrivals.allSatisfy { !(50..<70).contains($0) })
    #expect(arrivals.contains(49) && arrivals.contains(70))
    #expect(outcome.messages[4][.cut] == 20)
  }

  @Test("Laws, loss and slowness hold from their first instant to their last")
  func changesHoldForAWhile() {
    var run = Self.stream(100)
    run.network.changes = [
      NetworkChange(at: at(20), until: at(30), from: .all, to: .all, effect: .slower(by: ms(100))),
      NetworkChange(at: at(40), until: at(50), from: .all, to: .all, effect: .loss(1)),
      NetworkChange(
        at: at(60), until: nil, from: .all, to: .all, effect: .law(plain(.constant(ms(2))))),
    ]
    run.schedule = .window(warmup: .zero, duration: ms(200))
    let (outcome, log) = logged(run)
    let arrivals = Set(log.milliseconds(.ping(1), at: 1))
    #expect(arrivals.contains(20) && !arrivals.contains(21) && !arrivals.contains(30))
    #expect(arrivals.contains(31) && arrivals.contains(40) && !arrivals.contains(41))
    #expect(!arrivals.contains(50) && arrivals.contains(51))
    #expect(arrivals.contains(60) && !arrivals.contains(61) && arrivals.contains(62))
    #expect(outcome.messages[4][.loss] == 10)
  }

  @Test("Without FIFO copies overtake each other, with it they do not", arguments: [false, true])
  func orderOnALink(isFIFO: Bool) {
    let sends = (1...40).map { Action.send($0, .others, bytes: 0) }
    var run = script(2, [Reaction(0, on: .start, sends)])
    run.network = NetworkModel(
      uniform: LinkLaw(
        latency: .uniform(from: ms(1), to: ms(20)), loss: 0, duplication: 0, isFIFO: isFIFO))
    let (_, log) = logged(run)
    let order = log.observations.compactMap { entry -> UInt64? in
      guard case .input(.ping(let tag)) = entry.what else { return nil }
      return tag
    }
    #expect(order.count == 40)
    #expect((order == order.sorted()) == isFIFO)
  }

  @Test("Every copy is delivered, dropped with a reason, or in flight", arguments: 1...30)
  func conservation(seed: Int) {
    var draw = Seed(UInt64(seed)).draw(.sampling, 1)
    let replicas = 3 + Int(draw.below(6))
    var run = voting(replicas, clients: [closed(1 + Int(draw.below(8)))])
    run.seed = Seed(UInt64(seed))
    run.protocolConfiguration.timeout = ms(50)
    run.costs[.receive] = Int64(draw.below(400_000))
    run.costs[.send] = Int64(draw.below(400_000))
    run.jitter = Ratio(Int(draw.below(10)), over: 100)
    run.network = NetworkModel(
      uniform: LinkLaw(
        latency: .exponential(minimum: ms(1), mean: ms(5)), loss: draw.unit() / 4,
        duplication: draw.unit() / 4, isFIFO: draw.chance(0.5)))
    let victim = NodeSelector.nodes([NodeID(Int(draw.below(UInt64(replicas))))])
    run.network.changes = NetworkChange.partition(victim, from: .all, at: at(100), until: at(300))
    if draw.chance(0.5) { run.nodes[1] = node(up: 10_000_000, down: 20_000_000) }
    var crash = Activation.always
    crash.from = at(150)
    run.faults = [
      rule(.random(count: 1), .crash(downFor: ms(100), disk: .kept), crash),
      rule(.random(count: 1), .silent, probability: 0.3),
      rule(.random(count: 1), .duplicate(copies: 2), probability: 0.3),
      rule(.random(count: 1), .replay, probability: 0.3),
    ]
    run.schedule = .window(warmup: .zero, duration: ms(500))
    let result = outcome(run)
    #expect(result.conservesMessages)
    let total = result.allMessages
    #expect(total.delivered > 0 && total[.cut] > 0)
    #expect(total.bytes >= total.sent * 600)
    #expect(outcome(run).digest == result.digest)
  }

  @Test("A broadcast counts the bytes of each copy, whatever the links", arguments: [false, true])
  func bytesOfBroadcasts(isPlain: Bool) {
    var run = script(4, [Reaction(0, on: .start, [.send(1, .others, bytes: 1000)])])
    if !isPlain { run.nodes[0] = node(up: 10_000_000) }
    let total = outcome(run).allMessages
    #expect(total.sent == 3)
    #expect(total.bytes == 3 * 1000)
  }

  @Test("The arena is as large as what is in flight, and a full one stops the run")
  func arenaIsReused() {
    let run = Self.stream(5000, replicas: 4)
    let result = outcome(run)
    #expect(result.messages[4].sent == 15_000)
    #expect(result.largestArena <= 4)
    var small = Self.stream(100)
    small.network = NetworkModel(uniform: plain(.constant(ms(50))))
    small.limits.messagesInFlight = 20
    let stopped = outcome(small)
    #expect(stopped.stopReason == .arenaFull)
    #expect(stopped.end == at(21))
  }
}
