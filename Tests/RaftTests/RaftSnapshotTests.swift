import ConsensusCore
import DiscreteEvents
import Testing

@testable import Raft

@Suite("Raft §7: log compaction")
struct RaftSnapshotTests {
  private func snapshot(_ position: LogPosition) -> RaftSnapshot {
    var ledger = Ledger(application: nil)
    _ = ledger.execute(request(3, 9), at: position.sequence)
    return RaftSnapshot(position: position, ledger: ledger, clients: 4)
  }

  private func install(term: UInt64, _ position: LogPosition) -> RaftMessage {
    .installSnapshot(InstallSnapshot(term: Term(term), snapshot: snapshot(position)))
  }

  @Test("A replica takes a snapshot after the threshold and keeps as many entries as asked")
  func compacts() {
    let bench = Bench {
      $0.snapshotThreshold = 4
      $0.entriesKeptBySnapshot = 1
    }
    bench.receive(append(term: 1, after: .zero, entries([1, 1, 1]), commit: 3), from: 1)
    #expect(bench.durable.snapshot == nil)
    bench.receive(append(term: 1, after: at(3, 1), entries([1, 1], first: 4), commit: 4), from: 1)
    #expect(bench.durable.snapshot?.position == at(4, 1))
    #expect(bench.durable.log.compacted == at(3, 1) && bench.durable.terms == [1, 1])
    let ledger = bench.replica.ledger
    bench.restart(from: bench.durable)
    #expect(bench.replica.standing.executed == 4 && bench.replica.ledger == ledger)
    bench.receive(append(term: 1, after: at(5, 1), commit: 5), from: 1)
    #expect(bench.committed == [at(5, 1)])
  }

  @Test("Raft §7: the leader sends a snapshot when it has discarded the next entry")
  func sendsSnapshot() {
    let bench = Bench { $0.snapshotThreshold = 2 }
    bench.win()
    for timestamp in 1...4 { bench.receive(request(0, UInt64(timestamp))) }
    bench.receive(acknowledge(term: 1, 4), from: 1)
    #expect(bench.durable.log.compacted == at(4, 1))
    let refusal = AppendReply(
      term: Term(1), isSuccess: false, index: LogIndex(3), conflict: at(1, 0))
    bench.receive(.appendReply(refusal), from: 2)
    #expect(bench.names == ["install-snapshot"])
    bench.receive(request(0, 5))
    #expect(bench.sent[0].to.map(\.description) == ["r1"])
    bench.receive(.snapshotReply(term: Term(1), match: LogIndex(4)), from: 2)
    #expect(bench.appends.map(\.previous) == [at(4, 1)])
    #expect(bench.appends.first?.entries.count == 1)
  }

  @Test("The leader sends entries that it kept, not a snapshot, to a follower that lags a little")
  func sendsKeptEntries() {
    let bench = Bench {
      $0.snapshotThreshold = 2
      $0.entriesKeptBySnapshot = 2
    }
    bench.win()
    for timestamp in 1...4 { bench.receive(request(0, UInt64(timestamp))) }
    bench.receive(acknowledge(term: 1, 4), from: 1)
    #expect(bench.durable.snapshot?.position == at(4, 1))
    #expect(bench.durable.log.compacted == at(2, 1))
    func refuse(_ index: UInt64, next: UInt64) {
      let refusal = AppendReply(
        term: Term(1), isSuccess: false, index: LogIndex(index), conflict: at(next, 0))
      bench.receive(.appendReply(refusal), from: 2)
    }
    refuse(4, next: 3)
    #expect(bench.appends.map(\.previous) == [at(2, 1)])
    #expect(bench.appends.first?.entries.count == 2)
    refuse(2, next: 2)
    #expect(bench.names == ["install-snapshot"])
  }

  @Test("A lost snapshot is noticed by the next heartbeat's refusal and sent again")
  func resendsSnapshot() {
    let bench = Bench { $0.snapshotThreshold = 2 }
    bench.win()
    for timestamp in 1...2 { bench.receive(request(0, UInt64(timestamp))) }
    bench.receive(acknowledge(term: 1, 2), from: 1)
    bench.receive(
      .appendReply(
        AppendReply(term: Term(1), isSuccess: false, index: LogIndex(1), conflict: at(1, 0))),
      from: 2)
    #expect(bench.names == ["install-snapshot"])
    bench.advance(.milliseconds(100))
    bench.step(.timeout(.heartbeat))
    #expect(bench.appends.map(\.previous) == [at(2, 1), at(2, 1)])
    bench.receive(
      .appendReply(
        AppendReply(term: Term(1), isSuccess: false, index: LogIndex(2), conflict: at(1, 0))),
      from: 2)
    #expect(bench.names == ["install-snapshot"])
  }

  @Test(
    "Raft §7: a snapshot replaces the log, or its prefix if the log has the snapshot's last entry",
    arguments: [
      ([1, 1], at(3, 2), []), ([1, 1, 1, 1], at(3, 2), []), ([1, 1, 2, 2], at(3, 2), [2]),
      ([1, 1, 2], at(3, 2), []),
    ] as [([UInt64], LogPosition, [UInt64])])
  func installs(log: [UInt64], position: LogPosition, rest: [UInt64]) {
    let bench = Bench()
    bench.restart(from: disk(term: 2, log: log))
    bench.receive(install(term: 3, position), from: 1)
    #expect(bench.durable.terms == rest && bench.durable.log.compacted == position)
    #expect(bench.replica.log == bench.durable.log)
    #expect(bench.replica.standing == Standing(leads: false, view: 3, executed: 3))
    #expect(bench.replica.ledger == snapshot(position).ledger)
    let match: LogIndex? =
      if case .snapshotReply(_, let match)? = bench.messages.first { match } else { nil }
    #expect(match == position.index)
  }

  @Test("A snapshot that brings nothing new changes nothing")
  func ignoresOld() {
    let bench = Bench()
    bench.receive(append(term: 1, after: .zero, entries([1, 1, 1]), commit: 3), from: 1)
    let ledger = bench.replica.ledger
    bench.receive(install(term: 1, at(2, 1)), from: 1)
    #expect(bench.replica.ledger == ledger && bench.records == 0)
    #expect(bench.durable.terms == [1, 1, 1] && bench.replica.standing.executed == 3)
  }

  @Test("A replica that was away for long catches up by a snapshot", arguments: [3, 5])
  func catchesUp(n: Int) {
    let cluster = RaftCluster(n, clients: 2) { $0.snapshotThreshold = 10 }
    cluster.start()
    cluster.run(for: .milliseconds(10))
    cluster.crash(n - 1)
    cluster.issue(50)
    cluster.run(for: .seconds(2))
    #expect(cluster.history.committedCount == 100)
    cluster.restart(n - 1)
    cluster.run(for: .seconds(3))
    #expect(cluster.messages("install-snapshot") > 0)
    #expect(cluster.replicas[n - 1].ledger == cluster.replicas[0].ledger)
    #expect(cluster.violations.isEmpty)
  }
}
