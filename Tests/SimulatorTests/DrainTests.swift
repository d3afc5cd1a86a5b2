import ConsensusCore
import DiscreteEvents
import Simulator
import Testing

@Suite("Jobs that take all that waits, and costs of several terms")
struct DrainTests {
  /// Node 0 sends three messages at once to node 1.
  ///
  /// A job of node 1 costs 3 ms, and 1 ms for each message.
  static func burst(drains: Bool) -> RunConfiguration<ScriptedReplica> {
    let sends = (1...3).map { Action.send($0, .one(Endpoint(ReplicaID(1))), bytes: 0) }
    let answers = (1...3).map { (tag: UInt64) in
      Reaction(1, on: .ping(tag), [.send(tag + 10, .one(Endpoint(ReplicaID(0))), bytes: 0)])
    }
    var run = script(2, [Reaction(0, on: .start, sends)] + answers)
    run.costs[.receive] = 1_000_000
    run.costs[termsOf: .receive] = WorkTerms(fixed: 3_000_000)
    run.nodes[1].drains = drains
    return run
  }

  @Test("Without it every message is a job of its own and pays the fixed part")
  func oneByOne() {
    let (_, log) = logged(Self.burst(drains: false))
    #expect((1...3).map { log.milliseconds(.ping($0), at: 1) } == [[1], [5], [9]])
    #expect((11...13).map { log.milliseconds(.ping($0), at: 0).first } == [6, 10, 14])
  }

  @Test("With it what waits is handled at once, and the fixed part is paid once")
  func together() {
    let (outcome, log) = logged(Self.burst(drains: true))
    #expect((1...3).map { log.milliseconds(.ping($0), at: 1) } == [[1], [5], [5]])
    // 5 ms + 3 + 1 for the first of the job, 1 more for the second, and 1 ms under way.
    #expect((11...13).map { log.milliseconds(.ping($0), at: 0).first } == [6, 10, 14])
    let busy = outcome.usage[1].processor.nanoseconds
    #expect(busy == 9_000_000)
    #expect(outcome.conservesMessages)
  }

  @Test("What comes during a job waits for the next")
  func later() {
    var run = Self.burst(drains: true)
    run.protocolConfiguration.append(
      Reaction(0, on: .start, [.setTimer(.first, ms(5))]))
    run.protocolConfiguration.append(
      Reaction(0, on: .timeout(.first), [.send(7, .one(Endpoint(ReplicaID(1))), bytes: 0)]))
    let (_, log) = logged(run)
    // The job from 5 to 10 ms has messages 2 and 3; message 7 arrives at 6 ms.
    #expect(log.milliseconds(.ping(7), at: 1) == [10])
  }

  @Test("A node that crashes in a job loses what the job had left")
  func crash() {
    var run = Self.burst(drains: true)
    run.protocolConfiguration.append(Reaction(1, on: .ping(2), [.persist(1)]))
    run.faults = [
      rule(
        .replicas([ReplicaID(1)]),
        .crash(downFor: nil, disk: .torn(afterWrites: 0)))
    ]
    let (outcome, log) = logged(run)
    #expect(log.times(.ping(3), at: 1).isEmpty)
    #expect(outcome.conservesMessages)
  }

  @Test("A byte and a request of a message have prices of their own, for each copy")
  func carried() {
    var run = script(3, [Reaction(0, on: .start, [.send(1, .others, bytes: 2_000)])])
    run.costs[termsOf: .send] = WorkTerms(fixed: 4_000_000, perByte: 1_000_000)
    run.costs[termsOf: .receive] = WorkTerms(perByte: 500_000)
    let (outcome, log) = logged(run)
    // 4 ms once and 2 ms for the 2 kB of each copy, and 1 ms under way.
    #expect(log.milliseconds(.ping(1), at: 1) == [7])
    #expect(log.milliseconds(.ping(1), at: 2) == [9])
    #expect(outcome.usage[2].processor == ms(1))
  }
}
