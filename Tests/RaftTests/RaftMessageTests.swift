import ConsensusCore
import DiscreteEvents
import Testing

@testable import Raft

@Suite("Raft's messages, log and configuration")
struct RaftMessageTests {
  private static let base = AppendEntries(
    term: Term(3), previous: at(4, 2), commit: LogIndex(2), entries: entries([3, 3]))

  /// Messages that differ pairwise in one field or in their kind.
  private static var distinct: [RaftMessage] {
    var all: [RaftMessage] = [.request(request(0, 1)), .request(request(0, 2))]
    var unsigned = request(0, 1)
    unsigned.signature = .none
    all.append(.request(unsigned))
    for (leader, isExecuted) in [(0, true), (1, true), (nil, true), (0, false)] as [(Int?, Bool)] {
      all.append(
        .reply(
          Reply(
            client: ClientID(0), timestamp: 1, replica: ReplicaID(0), result: Digest(1),
            resultBytes: 0, view: 1, leader: leader.map { ReplicaID($0) }, isExecuted: isExecuted)))
    }
    var changed = Array(repeating: base, count: 8)
    changed[1].term = Term(4)
    changed[2].previous = at(5, 2)
    changed[3].previous = at(4, 3)
    changed[4].commit = LogIndex(3)
    changed[5].entries = entries([3])
    changed[6].entries = entries([3, 2])
    changed[7].entries = entries([3, 3], first: 2)
    all += changed.map { .appendEntries($0) }
    for (term, isSuccess, index, conflict) in [
      (1, true, 1, at(1, 1)), (2, true, 1, at(1, 1)), (1, false, 1, at(1, 1)),
      (1, true, 2, at(1, 1)), (1, true, 1, at(2, 1)), (1, true, 1, at(1, 2)),
    ] as [(UInt64, Bool, UInt64, LogPosition)] {
      all.append(
        .appendReply(
          AppendReply(
            term: Term(term), isSuccess: isSuccess, index: LogIndex(index), conflict: conflict)))
    }
    for (term, last, isTransfer) in [
      (1, at(1, 1), false), (2, at(1, 1), false), (1, at(2, 1), false), (1, at(1, 1), true),
    ] as [(UInt64, LogPosition, Bool)] {
      let question = VoteRequest(term: Term(term), last: last, isTransfer: isTransfer)
      all += [.vote(question), .preVote(question)]
    }
    for (term, isGranted) in [(1, false), (1, true), (2, true)] as [(UInt64, Bool)] {
      let answer = VoteReply(term: Term(term), isGranted: isGranted)
      all += [.voteReply(answer), .preVoteReply(answer)]
    }
    all += [.timeoutNow(Term(1)), .timeoutNow(Term(2))]
    var ledger = Ledger(application: nil)
    _ = ledger.execute(request(0, 1), at: SequenceNumber(1))
    for state in [Ledger(application: nil), ledger] {
      let snapshot = RaftSnapshot(position: at(1, 1), ledger: state, clients: 1)
      all.append(.installSnapshot(InstallSnapshot(term: Term(1), snapshot: snapshot)))
    }
    all += [
      .snapshotReply(term: Term(1), match: LogIndex(1)),
      .snapshotReply(term: Term(1), match: LogIndex(2)),
      .recover(nonce: 1), .recover(nonce: 2),
    ]
    for (nonce, term, leads, position) in [
      (1, 1, false, at(1, 1)), (2, 1, false, at(1, 1)), (1, 2, false, at(1, 1)),
      (1, 1, true, at(1, 1)), (1, 1, false, at(2, 1)),
    ] as [(UInt64, UInt64, Bool, LogPosition)] {
      let answer = RecoverReply(nonce: nonce, term: Term(term), leads: leads, position: position)
      all.append(.recoverReply(answer))
    }
    all += [.forward(request(0, 1)), .forward(request(0, 2))]
    var recovering = AppendReply(
      term: Term(1), isSuccess: true, index: LogIndex(1), conflict: at(1, 1))
    recovering.isRecovering = true
    all.append(.appendReply(recovering))
    return all
  }

  @Test("The fingerprint covers the whole content and the kind, and is repeatable")
  func fingerprints() {
    let prints = Self.distinct.map(\.fingerprint)
    #expect(Set(prints).count == prints.count)
    #expect(Self.distinct.map(\.fingerprint) == prints)
  }

  @Test("Every kind has its own name, in lower case with hyphens")
  func kinds() {
    #expect(Set(Self.distinct.map(\.kind)).count == RaftMessage.kindNames.count)
    #expect(Set(RaftMessage.kindNames).count == RaftMessage.kindNames.count)
    for message in Self.distinct where message.reply == nil {
      #expect(message.summary.hasPrefix(message.name))
    }
  }

  @Test("A message's size is the base, and a transaction for each request that it carries")
  func sizes() {
    let sizes = MessageSizes(base: ByteCount(600), transaction: ByteCount(800))
    #expect(RaftMessage.request(request(0, 1)).size(sizes) == ByteCount(1400))
    #expect(append(term: 1, after: .zero).size(sizes) == ByteCount(600))
    #expect(RaftMessage.appendEntries(Self.base).size(sizes) == ByteCount(2200))
    let snapshot = RaftSnapshot(position: at(9, 1), ledger: Ledger(application: nil), clients: 3)
    let install = RaftMessage.installSnapshot(InstallSnapshot(term: Term(1), snapshot: snapshot))
    #expect(install.size(sizes) == ByteCount(3000))
    let noOp = RaftEntries(
      first: RaftEntry(term: Term(1), request: nil, others: []), rest: [])
    #expect(append(term: 1, after: .zero, noOp).size(sizes) == ByteCount(600))
  }

  @Test("Milestones: a no-op is decided but not ordinary")
  func milestones() {
    let bench = Bench { $0.appendsNoOp = .always }
    bench.win()
    bench.receive(request(0, 1))
    bench.receive(acknowledge(term: 1, 2), from: 1)
    var decided: [String] = []
    for observation in bench.observations {
      if case .decided(let height, _, let transactions, let isOrdinary)? = observation.milestone {
        decided.append("\(height) \(transactions) \(isOrdinary)")
      }
    }
    #expect(decided == ["1 0 false", "2 1 true"])
  }

  @Test("Searches by term agree with a linear scan", arguments: 0..<40 as Range<UInt64>)
  func searches(seed: UInt64) {
    var draw = Seed(seed).draw(.choice, 1)
    var log = RaftLog()
    var terms: [UInt64] = []
    for _ in 0..<30 {
      terms.append((terms.last ?? 1) + (draw.chance(0.3) ? 1 + draw.below(2) : 0))
      log.append(entry(terms[terms.count - 1]))
    }
    let compacted = Int(draw.below(10))
    log.compact(through: LogIndex(UInt64(compacted)))
    for index in (compacted + 1)...30 {
      let first = terms[compacted...].firstIndex(of: terms[index - 1]).map { UInt64($0) + 1 }
      #expect(log.firstIndex(ofTermAt: LogIndex(UInt64(index))).number == first)
      #expect(log.term(at: LogIndex(UInt64(index))) == Term(terms[index - 1]))
    }
    for term in 0...(terms[29] + 1) {
      let low = max(compacted - 1, 0)
      let last = terms[low...].lastIndex(of: term).map { UInt64($0) + 1 }
      #expect(log.lastIndex(of: Term(term))?.number == (term == 0 && compacted == 0 ? 0 : last))
    }
    #expect(log.run(from: LogIndex(28), limit: 2).count == 2)
    #expect(log.run(from: LogIndex(28), limit: 9).count == 3)
    #expect(log.run(from: LogIndex(31), limit: 9).isEmpty)
    log.truncate(from: LogIndex(20))
    #expect(log.last == at(19, terms[18]))
  }

  @Test("A configuration is checked at the door")
  func configuration() {
    var valid = RaftConfiguration(replicas: 3)
    #expect(valid.isValid)
    valid.initialLeader = nil
    #expect(valid.isValid)
    let breaks: [(inout RaftConfiguration) -> Void] = [
      { $0.heartbeat = .zero }, { $0.heartbeat = .seconds(1) },
      { $0.longestElectionTimeout = .milliseconds(999) }, { $0.maximumEntries = 0 },
      { $0.maximumBatch = 0 }, { $0.inFlight = 0 }, { $0.snapshotThreshold = 0 },
      { $0.entriesKeptBySnapshot = -1 }, { $0.initialLeader = ReplicaID(3) },
      { $0.requestTimeout = .zero },
    ]
    for change in breaks {
      var broken = valid
      change(&broken)
      #expect(!broken.isValid)
    }
  }
}
