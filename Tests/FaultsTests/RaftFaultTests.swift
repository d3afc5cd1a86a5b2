import ConsensusCore
import DiscreteEvents
import Raft
import Simulator
import TestSupport
import Testing

import Faults

@Suite("Raft, whose leaders are believed")
struct RaftFaultTests {
  static func run(_ faults: [FaultRule], seconds: Int64 = 25) -> RunConfiguration<RaftReplica> {
    var run = quiet(
      RaftReplica.self, replicas: 4, RaftConfiguration(replicas: 4),
      clients: [closed(3, dispatch: .leader, timeout: .seconds(10), resend: nil)],
      seconds: seconds)
    run.costs[.receive] = 500_000
    run.costs[.reply] = 500_000
    run.faults = faults
    return run
  }

  @Test("A leader that tampers is believed at once and does nothing useful")
  func tamper() throws {
    let honest = bare(Self.run([], seconds: 2))
    let outcome = bare(Self.run([rule(replicas(0), .tamper)], seconds: 2))
    let test = try #require(outcome.tests.first)
    #expect(test.accepted == 0)
    #expect(test.bogus > honest.accepted)
    // Only the first requests, which came before there was a leader, were ever replicated.
    #expect(outcome.standings.map(\.executed).allSatisfy { $0 <= 3 })
    // It is never detected: the first leader stays.
    #expect(outcome.standings[0].leads)
  }

  @Test("A leader that holds requests costs every client its whole time-out")
  func hold() throws {
    let outcome = bare(Self.run([rule(replicas(0), .hold)]))
    let test = try #require(outcome.tests.first)
    #expect(test.accepted == 0)
    #expect(test.declined == 6)
    #expect(
      outcome.requests.filter { $0.ending == .declined }.allSatisfy { $0.latency == .seconds(10) })
    #expect(outcome.standings[0].leads)
  }

  @Test("A follower that tampers or holds harms nobody who asks the leader")
  func faultyFollower() throws {
    for behaviour in [Behaviour.tamper, .hold] {
      let outcome = bare(Self.run([rule(replicas(2), behaviour)], seconds: 2))
      #expect(outcome.accepted > 300)
      #expect(outcome.bogus == 0)
    }
  }

  /// Who applied something else than another replica did, by the honest replicas' own account.
  struct AppliedProbe: Probe {
    typealias Subject = RaftReplica
    var violations: [Violation] = []
    var faulty = ReplicaSet()
    var applied: [UInt64: Digest] = [:]
    var forgedRequests = 0
    mutating func changed(_ replica: ReplicaID, to condition: NodeCondition, at time: VirtualTime) {
      if condition == .byzantine { faulty.insert(replica) }
    }
    mutating func observe(_ step: RaftObservation, by replica: ReplicaID, at time: VirtualTime) {
      guard !faulty.contains(replica), case .applied(let position, let digest) = step else {
        return
      }
      guard
        applied.updateValue(digest, forKey: position.index.number).map({ $0 != digest }) ?? false
      else { return }
      violations.append(
        Violation(invariant: "R-5", replica: replica, time: time, detail: "\(position)"))
    }
  }

  @Test("A leader that equivocates makes followers apply different entries: Raft has no defence")
  func equivocate() {
    var simulation = Simulation(
      Self.run([rule(replicas(0), .equivocate)], seconds: 2), probe: AppliedProbe(),
      trace: NoTrace<RaftReplica>())
    _ = simulation.run()
    #expect(!simulation.probe.violations.isEmpty)
    var honest = Simulation(
      Self.run([], seconds: 2), probe: AppliedProbe(), trace: NoTrace<RaftReplica>())
    _ = honest.run()
    #expect(honest.probe.violations.isEmpty)
    #expect(!honest.probe.applied.isEmpty)
  }

  @Test("Messages of terms that are over do nothing but stop their sender")
  func staleTerms() {
    let outcome = bare(
      Self.run([rule(replicas(0), .forge(.staleView), from: at(200))], seconds: 10))
    // The others elect a leader of their own.
    #expect(outcome.standings[1...].contains { $0.leads })
    #expect(outcome.bogus == 0)
  }

  @Test("No forgery stops a run", arguments: Forgery.allCases)
  func robustness(forgery: Forgery) {
    for culprit in [0, 3] {
      let outcome = bare(Self.run([rule(replicas(culprit), .forge(forgery))], seconds: 3))
      #expect(outcome.stopReason == .scheduleEnded)
    }
  }
}
