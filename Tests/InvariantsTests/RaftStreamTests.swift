import ConsensusCore
import DiscreteEvents
import Raft
import TestSupport
import Testing

@testable import Invariants
@testable import Simulator

@Suite("Each Raft invariant fires on the stream that breaks it and not on one close to it")
struct RaftStreamTests {
  typealias S = Step<RaftReplica>

  private static func at(_ index: UInt64, _ term: UInt64) -> LogPosition {
    LogPosition(index: LogIndex(index), term: Term(term))
  }
  private static func appended(
    _ replica: Int, _ index: UInt64, _ term: UInt64, _ digest: UInt64 = 1
  ) -> S { .seen(replica, .appended(at(index, term), digest: Digest(digest))) }
  private static func committed(_ replica: Int, _ index: UInt64, _ term: UInt64) -> S {
    .seen(
      replica, .committed(at(index, term), digest: Digest(1), transactions: 1, isOrdinary: true))
  }
  private static func applied(_ replica: Int, _ index: UInt64) -> S {
    .seen(replica, .applied(at(index, 1), digest: Digest(1)))
  }
  private static func leads(_ replica: Int, _ term: UInt64) -> [S] {
    [
      .seen(replica, .enteredTerm(Term(term))),
      .seen(replica, .becameLeader(Term(term), last: .zero)),
    ]
  }
  private static func voted(
    _ replica: Int, _ term: UInt64, _ candidate: Int, last: LogPosition = .zero
  ) -> S {
    .seen(
      replica,
      .voted(Term(term), for: ReplicaID(candidate), candidateLast: .zero, ownLast: last))
  }
  private static func counted(_ replica: Int, _ index: UInt64, _ term: UInt64, in own: UInt64) -> S
  {
    .seen(replica, .counted(at(index, term), in: Term(own)))
  }
  private static func matched(_ replica: Int, _ follower: Int, _ index: UInt64) -> S {
    .seen(replica, .matched(ReplicaID(follower), through: LogIndex(index)))
  }
  private static func truncated(_ replica: Int, _ index: UInt64) -> S {
    .seen(replica, .truncated(from: LogIndex(index)))
  }
  private static func done(_ replica: Int, _ timestamp: UInt64, of client: Int = 0) -> S {
    .seen(
      replica,
      .executed(
        client: ClientID(client), timestamp: timestamp,
        result: request(timestamp, of: client).result))
  }
  private static func restarted(_ term: UInt64, _ vote: Int?, _ last: LogPosition) -> S {
    .seen(
      0,
      .restarted(
        Term(term), vote: vote.map { ReplicaID($0) }, last: last, snapshot: .zero, ledger: Digest(0)
      ))
  }

  private static func loaded(_ ledger: Digest) -> S {
    .seen(0, .restarted(.zero, vote: nil, last: at(1, 1), snapshot: at(1, 1), ledger: ledger))
  }

  static let streams: [Stream<RaftReplica>] = [
    Stream(
      invariant: "R-1", name: "two leaders", before: leads(0, 1), legal: leads(1, 2),
      broken: leads(1, 1)),
    Stream(
      invariant: "R-2", name: "truncating leader", before: leads(0, 1) + [appended(0, 1, 1)],
      legal: [.seen(0, .steppedDown(Term(1))), truncated(0, 1), appended(0, 1, 2)],
      broken: [truncated(0, 1)]),
    Stream(
      invariant: "R-3", name: "one position, two entries", before: [appended(0, 1, 1)],
      legal: [appended(1, 1, 1), appended(2, 1, 2, 2)], broken: [appended(1, 1, 1, 2)]),
    Stream(
      invariant: "R-3", name: "another prefix", before: [appended(0, 1, 1), appended(0, 2, 2)],
      legal: [appended(1, 1, 1), appended(1, 2, 2)],
      broken: [appended(1, 1, 2), appended(1, 2, 2)]),
    Stream(
      invariant: "R-4", name: "a committed entry is missing",
      before: leads(0, 1) + [appended(0, 1, 1), appended(1, 1, 1), counted(0, 1, 1, in: 1)],
      legal: leads(1, 2), broken: leads(2, 2)),
    Stream(
      invariant: "R-5", name: "two entries at one index",
      before: [appended(0, 1, 1), committed(0, 1, 1)],
      legal: [appended(1, 1, 1), committed(1, 1, 1)],
      broken: [appended(1, 1, 2), committed(1, 1, 2)]),
    Stream(
      invariant: "R-6", name: "term", before: [.seen(0, .enteredTerm(Term(2)))],
      legal: [.seen(0, .enteredTerm(Term(3)))], broken: [.seen(0, .enteredTerm(Term(1)))]),
    Stream(
      invariant: "R-6", name: "vote", before: [voted(0, 1, 1)], legal: [voted(0, 2, 2)],
      broken: [voted(0, 1, 2)]),
    Stream(
      invariant: "R-6", name: "vote forgotten",
      before: [
        .seen(0, .enteredTerm(Term(1))), voted(0, 1, 1),
        .sent(0, .voteReply(VoteReply(term: Term(1), isGranted: true))),
      ],
      legal: [restarted(1, 1, .zero)], broken: [restarted(1, nil, .zero)]),
    Stream(
      invariant: "R-6", name: "term forgotten after an answer",
      before: [.seen(0, .enteredTerm(Term(1)))], legal: [restarted(0, nil, .zero)],
      broken: [
        .sent(0, .voteReply(VoteReply(term: Term(1), isGranted: false))),
        restarted(0, nil, .zero),
      ]),
    Stream(
      invariant: "R-6", name: "log forgotten", before: [appended(0, 1, 1)],
      legal: [restarted(0, nil, at(1, 1))], broken: [restarted(0, nil, .zero)]),
    Stream(
      invariant: "R-7", name: "no majority", before: leads(0, 1) + [appended(0, 1, 1)],
      legal: [appended(1, 1, 1), counted(0, 1, 1, in: 1)], broken: [counted(0, 1, 1, in: 1)]),
    Stream(
      invariant: "R-7", name: "not in the log", before: [appended(0, 1, 1)],
      legal: [committed(0, 1, 1)], broken: [committed(1, 1, 1)]),
    Stream(
      invariant: "R-8", name: "an older term",
      before: [appended(0, 1, 1), appended(1, 1, 1)] + leads(0, 2),
      legal: [appended(0, 2, 2), appended(1, 2, 2), counted(0, 2, 2, in: 2)],
      broken: [counted(0, 1, 1, in: 2)]),
    Stream(
      invariant: "R-9", name: "not there", before: leads(0, 1) + [appended(0, 1, 1)],
      legal: [appended(1, 1, 1), matched(0, 1, 1)], broken: [matched(0, 1, 1)]),
    Stream(
      invariant: "R-10", name: "a worse log", legal: [voted(0, 1, 1)],
      broken: [voted(0, 1, 1, last: at(1, 1))]),
    Stream(
      invariant: "R-11", name: "no conflict", before: [appended(0, 1, 1), truncated(0, 1)],
      legal: [appended(0, 1, 2, 2)], broken: [appended(0, 1, 1)]),
    Stream(
      invariant: "R-11", name: "committed",
      before: [appended(0, 1, 1), appended(0, 2, 1)]
        + [committed(0, 1, 1)], legal: [truncated(0, 2)], broken: [truncated(0, 1)]),
    Stream(
      invariant: "R-12", name: "no leader",
      before: leads(0, 1) + [appended(0, 1, 1), appended(1, 1, 1)], legal: [matched(0, 1, 1)],
      broken: [.seen(0, .steppedDown(Term(1))), matched(0, 1, 1)]),
    Stream(
      invariant: "R-5", name: "another state at one index, taken and received",
      before: [
        appended(0, 1, 1), committed(0, 1, 1),
        .seen(0, .compacted(at(1, 1), through: LogIndex(1), ledger: Digest(3))),
      ],
      legal: [.seen(1, .installed(at(1, 1), ledger: Digest(3)))],
      broken: [.seen(1, .installed(at(1, 1), ledger: Digest(4)))]),
    Stream(
      invariant: "R-5", name: "another state at one index, taken and loaded",
      before: [
        appended(0, 1, 1), committed(0, 1, 1),
        .seen(0, .compacted(at(1, 1), through: LogIndex(1), ledger: Digest(3))),
      ],
      legal: [loaded(Digest(3))], broken: [loaded(Digest(4))]),
    Stream(
      invariant: "R-13", name: "out of order", before: [applied(0, 1)], legal: [applied(0, 2)],
      broken: [applied(0, 3)]),
    Stream(
      invariant: "R-14", name: "twice",
      before: [.issued(request(1)), .issued(request(2)), applied(0, 1), done(0, 1), applied(0, 2)],
      legal: [done(0, 2)], broken: [done(0, 1)]),
    Stream(
      invariant: "R-14", name: "another result",
      before: [.issued(request(1)), applied(0, 1), done(0, 1), applied(1, 1)],
      legal: [done(1, 1)],
      broken: [.seen(1, .executed(client: ClientID(0), timestamp: 1, result: Digest(7)))]),
    Stream(
      invariant: "R-14", name: "acknowledged and never executed", before: [.issued(request(1))],
      legal: [applied(0, 1), done(0, 1), .believed(request(1), request(1).result)],
      broken: [.believed(request(1), request(1).result)]),
    Stream(
      invariant: "R-14", name: "acknowledged by a slow leader, executed elsewhere in another way",
      before: [
        .turned(0, .lying), .issued(request(1)), applied(0, 1), done(0, 1),
        .believed(request(1), request(1).result), applied(1, 1),
      ],
      legal: [done(1, 1)],
      broken: [.seen(1, .executed(client: ClientID(0), timestamp: 1, result: Digest(7)))]),
    Stream(
      invariant: "R-14", name: "acknowledged with another result than a slow leader executed",
      before: [.turned(0, .lying), .issued(request(1)), applied(0, 1), done(0, 1)],
      legal: [.believed(request(1), request(1).result), applied(1, 1), done(1, 1)],
      broken: [.believed(request(1), Digest(7)), applied(1, 1), done(1, 1)]),
    Stream(
      invariant: "R-14", name: "acknowledged by a Byzantine leader that has not lied yet",
      before: [.turned(0, .byzantine), .issued(request(1))],
      legal: [applied(0, 1), done(0, 1), .believed(request(1), request(1).result)],
      broken: [.believed(request(1), request(1).result)]),
    Stream(
      invariant: "R-14", name: "acknowledged by a liar and passed over",
      before: [
        .turned(0, .lying), .issued(request(1)), .believed(request(1), request(1).result),
        .issued(request(2)), applied(1, 1),
      ],
      legal: [done(1, 1)], broken: [done(1, 2)]),
    Stream(
      invariant: "R-14", name: "acknowledged by a liar and in nobody's log at the end",
      before: [
        .turned(0, .lying), .issued(request(1)), .believed(request(1), request(1).result),
        appended(0, 1, 1), applied(0, 1), done(0, 1),
      ],
      legal: [appended(1, 1, 1), .finished], broken: [.finished]),
    Stream(
      invariant: "R-14", name: "made up by a liar, with something else in everybody's log",
      before: [.turned(0, .lying), .issued(request(1)), appended(0, 1, 1), appended(1, 1, 1)],
      legal: [.finished], broken: [.believed(request(1), request(1).result), .finished]),
    Stream(
      invariant: "R-14", name: "acknowledged early, after what was asked later",
      before: [
        .turned(0, .lying), .issued(request(1)), .believed(request(1), request(1).result),
        .issued(request(1, of: 1)), applied(1, 1),
      ],
      legal: [done(1, 1), applied(1, 2), done(1, 1, of: 1)],
      broken: [done(1, 1, of: 1), applied(1, 2), done(1, 1)]),
    Stream(
      invariant: "R-14", name: "acknowledged early, and in a snapshot that a follower installs",
      before: [
        .turned(0, .lying), .issued(request(1)), appended(0, 1, 1), committed(0, 1, 1),
        applied(0, 1), done(0, 1), .believed(request(1), request(1).result), .issued(request(2)),
      ],
      legal: [
        .seen(1, .installed(at(1, 1), ledger: Digest(0))), applied(1, 2), done(1, 2), .finished,
      ],
      broken: [applied(1, 1), done(1, 2)]),
    Stream(
      invariant: "R-15", name: "uncommitted snapshot", before: [appended(0, 1, 1)],
      legal: [
        committed(0, 1, 1), .seen(0, .compacted(at(1, 1), through: LogIndex(1), ledger: Digest(0))),
      ],
      broken: [.seen(0, .compacted(at(1, 1), through: LogIndex(1), ledger: Digest(0)))]),
    Stream(
      invariant: "R-15", name: "received snapshot",
      before: [appended(0, 1, 1), committed(0, 1, 1)],
      legal: [.seen(1, .installed(at(1, 1), ledger: Digest(0)))],
      broken: [.seen(1, .installed(at(1, 2), ledger: Digest(0)))]),
    Stream(
      invariant: "R-15", name: "snapshot of a slow leader",
      before: [.turned(0, .lying), appended(0, 1, 1), committed(0, 1, 1)],
      legal: [
        .seen(1, .installed(at(1, 1), ledger: Digest(0))), appended(1, 2, 1), committed(1, 2, 1),
      ],
      broken: [.seen(1, .installed(at(1, 2), ledger: Digest(0)))]),
    Stream(
      invariant: "RL-1", name: "lagging", before: [appended(0, 1, 1), committed(0, 1, 1)],
      legal: [
        appended(1, 1, 1), committed(1, 1, 1), appended(2, 1, 1), committed(2, 1, 1), .finished,
      ], broken: [.finished]),
  ]

  // Rule: Raft state-4, Raft state-5, Raft servers-1
  @Test("Streams of Raft", arguments: streams)
  func fires(stream: Stream<RaftReplica>) {
    var probe = RaftInvariants<RaftReplica>(
      RaftConfiguration(replicas: 3),
      assumptions: RunAssumptions(
        isCalm: false, endsSettled: stream.invariant == "RL-1", replyQuorum: 1))
    probe.begin(ProbeSetting(replicas: 3, verifier: verifier))
    probe.check(stream)
  }

  @Test("Every Raft invariant fires in some stream")
  func coverage() {
    let fired = Set(Self.streams.map(\.invariant))
    #expect(fired == Set(InvariantCatalog.all.filter { $0.subject == .raft }.map(\.id)))
  }

  @Test("What an amnesiac replica does is not held against it")
  func amnesia() {
    var probe = RaftInvariants<RaftReplica>(
      RaftConfiguration(replicas: 3), assumptions: .none(replyQuorum: 1))
    probe.tell([Self.voted(0, 1, 1), .turned(0, .amnesiac), Self.voted(0, 1, 2)])
    #expect(probe.violations.isEmpty)
  }

  @Test("An amnesiac replica that has recovered is judged again")
  func recovery() {
    var probe = RaftInvariants<RaftReplica>(
      RaftConfiguration(replicas: 3), assumptions: .none(replyQuorum: 1))
    probe.tell([
      Self.voted(0, 1, 1), .turned(0, .amnesiac), .seen(0, .recovered(through: Term(1))),
      Self.voted(0, 2, 1),
    ])
    #expect(probe.violations.isEmpty)
    probe.tell([Self.voted(0, 2, 2)])
    #expect(probe.violations.map(\.invariant) == ["R-6"])
  }

  @Test("R-7: half of an even number of replicas is no majority", arguments: [2, 4, 6])
  func half(replicas: Int) {
    for holders in [replicas / 2, replicas / 2 + 1] {
      var probe = RaftInvariants<RaftReplica>(
        RaftConfiguration(replicas: replicas), assumptions: .none(replyQuorum: 1))
      probe.tell(
        Self.leads(0, 1) + (0..<holders).map { Self.appended($0, 1, 1) }
          + [Self.counted(0, 1, 1, in: 1)])
      #expect(probe.violations.map(\.invariant) == (holders * 2 > replicas ? [] : ["R-7"]))
    }
  }

  @Test("Copies on a lost disk count for R-7 until the replica has recovered, and not after")
  func copiesOnLostDisk() {
    for hasRecovered in [false, true] {
      var probe = RaftInvariants<RaftReplica>(
        RaftConfiguration(replicas: 3), assumptions: .none(replyQuorum: 1))
      probe.tell(
        Self.leads(0, 1) + [
          Self.appended(0, 1, 1), Self.appended(1, 1, 1), .turned(1, .amnesiac),
        ])
      if hasRecovered { probe.tell([.seen(1, .recovered(through: Term(1)))]) }
      probe.tell([Self.counted(0, 1, 1, in: 1)])
      #expect(probe.violations.map(\.invariant) == (hasRecovered ? ["R-7"] : []))
    }
  }

  @Test(
    "R-9 compares entries that the leader or the follower compacted away with the committed ones")
  func compacted() {
    var probe = RaftInvariants<RaftReplica>(
      RaftConfiguration(replicas: 3), assumptions: .none(replyQuorum: 1))
    var steps = Self.leads(0, 1)
    for index in UInt64(1)...600 {
      steps += (0...2).map { Self.appended($0, index, 1) }
      steps.append(Self.committed(0, index, 1))
    }
    steps.append(.seen(0, .compacted(Self.at(600, 1), through: LogIndex(600), ledger: Digest(0))))
    steps += [Self.matched(0, 1, 500), Self.counted(0, 500, 1, in: 1)]
    steps += (1...600 as ClosedRange<UInt64>).map { Self.committed(1, $0, 1) }
    steps.append(.seen(1, .compacted(Self.at(600, 1), through: LogIndex(600), ledger: Digest(0))))
    steps += [Self.matched(0, 1, 400), Self.matched(0, 2, 500)]
    probe.tell(steps)
    #expect(probe.violations.isEmpty)
    probe.tell([Self.appended(0, 601, 1), Self.matched(0, 2, 601)])
    #expect(probe.violations.map(\.invariant) == ["R-9"])
  }
}
