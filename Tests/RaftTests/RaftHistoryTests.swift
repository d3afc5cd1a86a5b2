import ConsensusCore
import DiscreteEvents
import Raft
import TestSupport
import Testing

@Suite("The checks of R-1 to R-15 fire on broken histories")
struct RaftHistoryTests {
  struct Broken: Sendable, CustomTestStringConvertible {
    let invariant: InvariantID
    let steps: [(Int, RaftObservation)]
    var testDescription: String { invariant.name }
  }

  private static func appended(_ index: UInt64, _ term: UInt64, _ digest: UInt64 = 1)
    -> RaftObservation
  {
    .appended(at(index, term), digest: Digest(digest))
  }

  private static func committed(_ index: UInt64, _ term: UInt64) -> RaftObservation {
    .committed(at(index, term), digest: Digest(1), transactions: 1, isOrdinary: true)
  }

  private static func executed(_ timestamp: UInt64) -> RaftObservation {
    .executed(client: ClientID(0), timestamp: timestamp, result: Digest(0))
  }

  private static func voted(_ term: UInt64, _ candidate: Int, _ last: LogPosition = .zero)
    -> RaftObservation
  {
    .voted(Term(term), for: ReplicaID(candidate), candidateLast: .zero, ownLast: last)
  }

  private static let histories = [
    Broken(
      invariant: "R-1",
      steps: [(0, .becameLeader(Term(1), last: .zero)), (1, .becameLeader(Term(1), last: .zero))]),
    Broken(
      invariant: "R-2",
      steps: [
        (0, .becameLeader(Term(1), last: .zero)), (0, appended(1, 1)),
        (0, .truncated(from: LogIndex(1))),
      ]),
    Broken(invariant: "R-3", steps: [(0, appended(1, 1)), (1, appended(1, 1, 2))]),
    Broken(
      invariant: "R-3",
      steps: [(0, appended(1, 1)), (0, appended(2, 2)), (1, appended(1, 2)), (1, appended(2, 2))]),
    Broken(
      invariant: "R-4",
      steps: [
        (0, appended(1, 1)), (1, appended(1, 1)), (0, .counted(at(1, 1), in: Term(1))),
        (2, .becameLeader(Term(2), last: .zero)),
      ]),
    Broken(
      invariant: "R-5",
      steps: [
        (0, appended(1, 1)), (0, committed(1, 1)), (1, appended(1, 2)), (1, committed(1, 2)),
      ]),
    Broken(
      invariant: "R-6", steps: [(0, .enteredTerm(Term(2))), (0, .enteredTerm(Term(1)))]),
    Broken(invariant: "R-6", steps: [(0, voted(1, 1)), (0, voted(1, 2))]),
    Broken(
      invariant: "R-6",
      steps: [
        (0, .enteredTerm(Term(2))),
        (0, .restarted(Term(1), vote: nil, last: .zero, snapshot: .zero, ledger: Digest(0))),
      ]),
    Broken(
      invariant: "R-7", steps: [(0, appended(1, 1)), (0, .counted(at(1, 1), in: Term(1)))]),
    Broken(invariant: "R-7", steps: [(0, committed(1, 1))]),
    Broken(
      invariant: "R-8",
      steps: [
        (0, appended(1, 1)), (1, appended(1, 1)), (0, .counted(at(1, 1), in: Term(2))),
      ]),
    Broken(
      invariant: "R-9",
      steps: [(0, appended(1, 1)), (0, .matched(ReplicaID(1), through: LogIndex(1)))]),
    Broken(invariant: "R-10", steps: [(0, voted(1, 1, at(1, 1)))]),
    Broken(
      invariant: "R-11",
      steps: [(0, appended(1, 1)), (0, .truncated(from: LogIndex(1))), (0, appended(1, 1))]),
    Broken(
      invariant: "R-11",
      steps: [(0, appended(1, 1)), (0, committed(1, 1)), (0, .truncated(from: LogIndex(1)))]),
    Broken(invariant: "R-13", steps: [(0, .applied(at(2, 1), digest: Digest(1)))]),
    Broken(invariant: "R-14", steps: [(0, executed(2)), (0, executed(2))]),
    Broken(
      invariant: "R-15",
      steps: [
        (0, appended(1, 1)), (0, .compacted(at(1, 1), through: LogIndex(1), ledger: Digest(0))),
      ]),
    Broken(invariant: "R-15", steps: [(0, .installed(at(1, 1), ledger: Digest(0)))]),
  ]

  // Rule: Raft state-1, Raft state-4, Raft state-5, Raft servers-1
  @Test("Each broken history violates exactly its invariant", arguments: histories)
  func fires(broken: Broken) {
    var history = RaftHistory(replicas: 3)
    for (index, (id, observation)) in broken.steps.enumerated() {
      if index + 1 < broken.steps.count {
        history.note(observation, by: id)
        #expect(history.violations.isEmpty, "it fires on the last step, not before")
      } else {
        history.note(observation, by: id)
      }
    }
    #expect(history.violations.count == 1)
    #expect(history.violations.first?.hasPrefix("\(broken.invariant):") == true)
  }

  @Test(
    "Where a majority forgot or never knew a committed entry, nothing happens until one comes back")
  func amnesia() {
    let cluster = RaftCluster(3, clients: 1)
    cluster.start()
    cluster.run(for: .milliseconds(10))
    cluster.crash(2)
    cluster.issue(5)
    cluster.run(for: .milliseconds(50))
    cluster.crash(0)
    cluster.crash(1)
    cluster.restart(1, losingDisk: true)
    cluster.restart(2)
    cluster.issue(5)
    cluster.run(for: .seconds(10))
    #expect(cluster.leader == nil && cluster.history.committedCount == 5)
    cluster.restart(0)
    cluster.run(for: .seconds(10))
    #expect(cluster.history.committedCount >= 10)
    #expect(cluster.violations.isEmpty)
  }
}
