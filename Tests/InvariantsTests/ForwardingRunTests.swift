import ConsensusCore
import DiscreteEvents
import Invariants
import Raft
import Simulator
import Testing

@Suite("Runs of Raft whose replicas pass requests on")
struct ForwardingRunTests {
  private func configuration(_ n: Int, seed: UInt64) -> RaftConfiguration {
    var parameters = RaftConfiguration(replicas: n)
    parameters.shortestElectionTimeout = ms(300)
    parameters.longestElectionTimeout = ms(600)
    parameters.heartbeat = ms(50)
    parameters.snapshotThreshold = seed % 2 == 0 ? 20 : nil
    parameters.requests = .forward
    parameters.requestTimeout = seed % 2 == 1 ? ms(350) : nil
    parameters.application = HistoryApplication(parts: 1)
    return parameters
  }

  @Test(
    "Answers are linearizable and no invariant breaks, with a client at each replica",
    arguments: 3...7, Disturbance.allCases)
  func linearizable(n: Int, disturbance: Disturbance) {
    for seed in UInt64(1)...4 {
      let parameters = configuration(n, seed: seed)
      var run = run(
        RaftReplica.self, replicas: n, seed: seed, parameters, connections: 1, dispatch: .leader)
      disturbance.apply(to: &run, faults: 1)
      run.faults.removeAll { $0.behaviour.isByzantine }
      var client = run.clients[0]
      client.timeout = ms(500)
      client.retransmission?.period = ms(200)
      client.afterRejection = seed % 4 == 1 ? .decline : .retry(after: ms(30))
      run.clients = (0..<n).map { member in
        client.dispatch = .member(member)
        return client
      }
      run.nodes += (1..<n).map { _ in node() }
      let result = execute(
        run, RaftInvariants<RaftReplica>(parameters, assumptions: .none(replyQuorum: 1)))
      #expect(result.probe.violations.isEmpty, "seed \(seed): \(result.probe.violations.prefix(2))")
      #expect(result.probe.linearizability == .linearizable, "seed \(seed)")
      let served = Set(
        result.outcome.requests.filter { $0.ending == .accepted }.map(\.client.index))
      #expect(served.count == n, "seed \(seed): every member served its client")
      #expect(result.outcome.messages.last?.sent ?? 0 > 20, "seed \(seed): requests passed on")
    }
  }
}
