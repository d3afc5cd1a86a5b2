import ConsensusCore
import DiscreteEvents
import Simulator
import Testing

@Suite("Hosts whose machines share cores")
struct HostTests {
  /// Node 0 sends to three others at once, which work 5 ms each, answer, and share so many cores.
  static func shared(cores: Int, of machines: [Int]) -> RunConfiguration<ScriptedReplica> {
    var run = script(
      4,
      [
        Reaction(0, on: .start, [.send(1, .others, bytes: 0), .send(2, .others, bytes: 0)]),
        Reaction(
          nil, on: .ping(1),
          [.charge(.execute, 1), .send(9, .one(Endpoint(ReplicaID(0))), bytes: 0)]
        ),
      ])
    run.costs[.execute] = 5_000_000
    run.hosts = [cores]
    for machine in machines { run.nodes[machine].host = 0 }
    return run
  }

  @Test(
    "A job waits until a core is free, in the order in which machines asked",
    arguments: [(1, [1, 6, 11]), (2, [1, 1, 6]), (3, [1, 1, 1])] as [(Int, [Int64])])
  func cores(cores: Int, starts: [Int64]) {
    let (outcome, log) = logged(Self.shared(cores: cores, of: [1, 2, 3]))
    #expect((1...3).map { log.milliseconds(.ping(1), at: $0).first } == starts)
    // The second message of each waits in its inbox, behind those who asked before.
    #expect((1...3).allSatisfy { log.times(.ping(2), at: $0).count == 1 })
    #expect(log.milliseconds(.ping(9), at: 0) == starts.map { $0 + 6 })
    #expect(outcome.conservesMessages)
  }

  @Test("Machines elsewhere have cores of their own")
  func apart() {
    let (_, log) = logged(Self.shared(cores: 1, of: [1, 2]))
    #expect((1...3).map { log.milliseconds(.ping(1), at: $0).first } == [1, 6, 1])
  }

  @Test("A job that takes all that waits holds one core for all of it")
  func drained() {
    var run = Self.shared(cores: 1, of: [1, 2, 3])
    for node in 1...3 { run.nodes[node].drains = true }
    let (_, log) = logged(run)
    #expect((1...3).map { log.milliseconds(.ping(1), at: $0).first } == [1, 6, 11])
    #expect(log.milliseconds(.ping(2), at: 2) == [6])
  }

  @Test("A node that goes down gives its core back", arguments: [Int64(2), 4])
  func crash(instant: Int64) {
    var run = Self.shared(cores: 1, of: [1, 2, 3])
    run.faults = [
      rule(
        .replicas([ReplicaID(1)]), .crash(downFor: nil, disk: .kept),
        AdversaryTests.during(instant))
    ]
    let (outcome, log) = logged(run)
    #expect(log.milliseconds(.ping(1), at: 2) == [6])
    #expect(log.milliseconds(.ping(1), at: 3) == [11])
    #expect(outcome.conservesMessages)
  }

  @Test("A client machine takes its time for each reply")
  func clients() {
    var run = voting(4, clients: [closed(4)])
    run.clients[0].work = ms(2)
    let outcome = logged(run).0
    let free = logged(voting(4, clients: [closed(4)])).0
    let busy = outcome.usage[4].processor.nanoseconds
    #expect(outcome.account.accepted < free.account.accepted)
    #expect(busy > 9_900_000_000 && busy <= 10_000_000_000)
    #expect(outcome.conservesMessages)
  }
}
