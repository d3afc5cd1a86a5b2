import ConsensusCore
import DiscreteEvents
import PBFT
import SCPBFT
import Testing

@testable import Invariants
@testable import Simulator

@Suite("Each PBFT invariant fires on the stream that breaks it and not on one close to it")
struct PBFTStreamTests {
  private static let crash: [S] = [.turned(1, .crashed), .turned(1, .restarted)]
  private static let forged = Request(
    client: ClientID(0), timestamp: 1, operation: 5, operationBytes: 0, signature: .none)
  private static let changes = (1..<4).map { viewChange($0, 1) }
  private static let provingChanges = (1..<4).map { viewChange($0, 1, [certificate(0, 1, a)]) }

  static let agreement: [Stream<CheckedPBFT>] = [
    Stream(
      invariant: "P-1", name: "executed", before: [executed(0, 1)], legal: [executed(1, 1)],
      broken: [executed(1, 1, b)]),
    Stream(
      invariant: "P-2", name: "gap", before: [executed(0, 1)], legal: [executed(0, 2)],
      broken: [executed(0, 3)]),
    Stream(
      invariant: "P-2", name: "again after a restart", before: [executed(1, 1)] + crash,
      legal: [executed(1, 2)], broken: [executed(1, 1)]),
    Stream(
      invariant: "P-3", name: "signature", before: [.issued(request(1)), executed(0, 1)],
      legal: [applied(0, request(1), 1)], broken: [applied(0, forged, 1)]),
    Stream(
      invariant: "P-3", name: "never asked", before: [.issued(request(1)), executed(0, 1)],
      legal: [applied(0, request(1), 1)], broken: [applied(0, request(2), 1)]),
    Stream(
      invariant: "P-3", name: "null", before: [.issued(request(1))],
      legal: [executed(0, 1), applied(0, request(1), 1)],
      broken: [executed(0, 1, Batch.null.digest), applied(0, request(1), 1)]),
    Stream(
      invariant: "P-4", name: "twice",
      before: [
        .issued(request(1)), .issued(request(2)), executed(0, 1), applied(0, request(1), 1),
        executed(0, 2),
      ], legal: [applied(0, request(2), 2)], broken: [applied(0, request(1), 2)]),
    Stream(
      invariant: "P-6", name: "one honest replica", before: (0..<4).map { accepted($0, 0, 1, a) },
      legal: (0..<3).map { prepared($0, 0, 1, a) } + [committed(0, 0, 1, a)],
      broken: [prepared(0, 0, 1, a), committed(0, 0, 1, a)]),
    Stream(
      invariant: "P-17", name: "f + 1 of four", before: (0..<4).map { accepted($0, 0, 1, a) },
      legal: [.turned(3, .lying)] + (0..<2).map { prepared($0, 0, 1, a) }
        + [committed(0, 0, 1, a)],
      broken: (0..<2).map { prepared($0, 0, 1, a) } + [committed(0, 0, 1, a)]),
    Stream(
      invariant: "P-7", name: "later view",
      before: agreed(0, 1, a) + [committed(0, 0, 1, a), entered(1, 1)],
      legal: [accepted(1, 1, 1, a, of: 1)], broken: [accepted(1, 1, 1, b, of: 1)]),
    Stream(
      invariant: "P-8", name: "proposals", before: [accepted(1, 0, 1, a)] + crash,
      legal: [accepted(1, 0, 1, a), accepted(1, 1, 1, b, of: 1)], broken: [accepted(1, 0, 1, b)]),
    Stream(
      invariant: "P-8", name: "PREPAREs", before: [vote(1, 0, 1, a)] + crash,
      legal: [vote(1, 0, 1, a), vote(1, 1, 1, b)], broken: [vote(1, 0, 1, b)]),
    Stream(
      invariant: "P-8", name: "COMMITs", before: [vote(1, 0, 1, a, isCommit: true)] + crash,
      legal: [vote(1, 0, 1, a, isCommit: true), vote(1, 1, 1, b, isCommit: true)],
      broken: [vote(1, 0, 1, b, isCommit: true)]),
    Stream(
      invariant: "P-5", name: "two digests",
      before: (0..<4).map { accepted($0, 0, 1, $0 == 3 ? b : a) } + [prepared(0, 0, 1, a)],
      legal: [prepared(1, 0, 1, a)], broken: [prepared(3, 0, 1, b)]),
    Stream(
      invariant: "P-9", name: "above the window", legal: [accepted(1, 0, 64, a)],
      broken: [accepted(1, 0, 65, a)]),
    Stream(
      invariant: "P-15", name: "a quorum of two", before: [accepted(0, 0, 1, a)],
      legal: [accepted(1, 0, 1, a), accepted(2, 0, 1, a), prepared(0, 0, 1, a)],
      broken: [accepted(1, 0, 1, a), prepared(0, 0, 1, a)]),
    Stream(
      invariant: "P-15", name: "another's name", legal: [vote(1, 0, 1, a)],
      broken: [vote(1, 0, 1, a, by: 2)]),
  ]

  static let views: [Stream<CheckedPBFT>] = [
    Stream(
      invariant: "P-10", name: "accepting", before: [accepted(1, 0, 1, a), left(1, 1)],
      legal: [entered(1, 1), accepted(1, 1, 2, a, of: 1)], broken: [accepted(1, 0, 2, a)]),
    Stream(
      invariant: "P-10", name: "sending", before: [vote(1, 0, 1, a), asks(1, 1)],
      legal: [
        vote(1, 1, 1, a),
        .sent(
          1,
          .checkpoint(
            CheckpointVote(
              sequence: seq(16), digest: a, replica: ReplicaID(1), signature: .none))),
      ], broken: [vote(1, 0, 2, a)]),
    Stream(
      invariant: "P-11", name: "entering", before: [entered(1, 3)] + crash,
      legal: [entered(1, 3)], broken: [entered(1, 2)]),
    Stream(
      invariant: "P-11", name: "below the view asked for", before: [left(1, 3)],
      legal: [entered(1, 3)], broken: [entered(1, 2)]),
    Stream(
      invariant: "P-11", name: "voting", before: [vote(1, 3, 1, a)], legal: [vote(1, 3, 2, a)],
      broken: [vote(1, 2, 2, a)]),
    Stream(
      invariant: "P-12", name: "too few", legal: [newView(changes)],
      broken: [newView(Array(changes.dropLast()))]),
    Stream(
      invariant: "P-12", name: "one counted twice", legal: [newView(changes)],
      broken: [newView([changes[0], changes[0], changes[1]])]),
    Stream(
      invariant: "P-12", name: "a certificate ignored",
      legal: [newView(provingChanges, [(1, a)])], broken: [newView(provingChanges)]),
    Stream(
      invariant: "P-12", name: "another digest", legal: [newView(provingChanges, [(1, a)])],
      broken: [newView(provingChanges, [(1, b)])]),
    Stream(
      invariant: "P-13", name: "a certificate kept back", before: agreed(0, 1, a),
      legal: [asks(1, 1, [certificate(0, 1, a)])], broken: [asks(1, 1)]),
    Stream(
      invariant: "P-13", name: "a certificate of the view asked for",
      legal: [asks(1, 2, [certificate(1, 1, a)])], broken: [asks(1, 1, [certificate(1, 1, a)])]),
    Stream(
      invariant: "P-13", name: "too few PREPAREs", legal: [asks(1, 1, [certificate(0, 1, a)])],
      broken: [asks(1, 1, [certificate(0, 1, a, signers: [1])])]),
    Stream(
      invariant: "P-14", name: "states differ",
      before: [executed(0, 1), executed(1, 1), checkpoint(0, 1)],
      legal: [checkpoint(1, 1)], broken: [checkpoint(1, 1, b)]),
    Stream(
      invariant: "P-14", name: "no quorum",
      before: (0..<3).map { executed($0, 1) } + [checkpoint(0, 1), checkpoint(1, 1)],
      legal: [checkpoint(2, 1), stable(0, 1)], broken: [stable(0, 1)]),
    Stream(
      invariant: "P-16", name: "result",
      before: [.issued(request(1)), executed(0, 1), executed(1, 1), applied(0, request(1), 1)],
      legal: [applied(1, request(1), 1), .believed(request(1), request(1).result)],
      broken: [.believed(request(1), b)]),
    Stream(
      invariant: "P-16", name: "another result",
      before: [.issued(request(1)), executed(0, 1), executed(1, 1), applied(0, request(1), 1)],
      legal: [applied(1, request(1), 1)],
      broken: [.seen(1, .executedRequest(request(1), result: b, seq(1)))]),
    Stream(
      invariant: "P-16", name: "nobody executed it", before: [.issued(request(1))],
      legal: [
        executed(0, 1), applied(0, request(1), 1), executed(1, 1), applied(1, request(1), 1),
        .believed(request(1), request(1).result),
      ], broken: [.believed(request(1), request(1).result)]),
    Stream(
      invariant: "P-16", name: "one reply with two wanted",
      before: [.issued(request(1)), executed(0, 1), applied(0, request(1), 1)],
      legal: [.turned(3, .lying), .believed(request(1), request(1).result)],
      broken: [.believed(request(1), request(1).result)]),
    Stream(
      invariant: "PL-2", name: "time-out", legal: [left(1, 1, .rotation)], broken: [left(1, 1)]),
    Stream(
      invariant: "PL-5", name: "lagging", before: [executed(0, 1), executed(1, 1), executed(2, 1)],
      legal: [executed(3, 1), .finished], broken: [.finished]),
    Stream(
      invariant: "P-18", name: "a PREPARE too many",
      before: (0..<4).map { accepted($0, 0, 1, a) } + (0..<4).map { executed($0, 1) }
        + [
          .sent(
            0,
            .prePrepare(
              Proposal(view: View(0), sequence: seq(1), digest: a, signedBy: key(0)), .null))
        ] + (1..<4).map { vote($0, 0, 1, a) } + (0..<4).map { vote($0, 0, 1, a, isCommit: true) },
      legal: [.finished], broken: [vote(1, 0, 1, a), .finished]),
  ]

  static let sheets: [Stream<CheckedPBFT>] = [
    Stream(
      invariant: "SC-1", name: "malicious at the first strike",
      before: [blames(2, 1, in: [1, 5])],
      legal: [
        marked(0, 1, .absent, .unstable, total: 1), marked(0, 1, .unstable, .malicious, total: 2),
      ],
      broken: [marked(0, 1, .absent, .malicious, total: 1)]),
    Stream(
      invariant: "SC-1", name: "another state before",
      before: [blames(2, 1, in: [1]), marked(0, 1, .absent, .normal, total: 0)],
      legal: [marked(0, 1, .normal, .unstable, total: 1)],
      broken: [marked(0, 1, .absent, .unstable, total: 1)]),
    Stream(
      invariant: "SC-1", name: "a time-out that only a liar saw",
      before: [.turned(3, .lying), blames(3, 1, in: [1]), blames(2, 1, in: [1], .join)],
      legal: [blames(2, 1, in: [1]), marked(0, 1, .absent, .unstable, total: 1)],
      broken: [blames(1, 1, in: [1]), marked(0, 1, .absent, .unstable, total: 1)]),
    Stream(
      invariant: "SC-1", name: "one turn judged twice",
      before: [
        blames(0, 1, in: [1]), blames(2, 1, in: [1]), marked(0, 1, .absent, .unstable, total: 1),
      ],
      legal: [blames(2, 1, in: [1, 5]), marked(0, 1, .unstable, .malicious, total: 2)],
      broken: [marked(0, 1, .unstable, .malicious, total: 2)]),
    Stream(
      invariant: "SC-1", name: "malicious no more",
      before: [
        .turned(1, .lying), blames(2, 1, in: [5]),
        marked(0, 1, .absent, .malicious, total: 0, isProven: true),
      ],
      legal: [marked(0, 1, .malicious, .malicious, total: 1)],
      broken: [marked(0, 1, .malicious, .normal, total: 0)]),
    Stream(
      invariant: "SC-2", name: "honest",
      legal: [
        .turned(1, .lying), marked(0, 1, .absent, .malicious, total: 0, isProven: true),
      ], broken: [marked(0, 1, .absent, .malicious, total: 0, isProven: true)]),
    Stream(
      invariant: "SC-4", name: "a batch without the judgement",
      before: [newView(blaming(0, in: 0))],
      legal: [proposes(judging(0, in: 0))], broken: [proposes([])]),
    Stream(
      invariant: "SC-4", name: "f complaints and f + 1",
      legal: [newView(blaming(0, in: 0, by: 1)), proposes([])],
      broken: [newView(blaming(0, in: 0, by: 2)), proposes([])]),
    Stream(
      invariant: "SC-4", name: "a judgement that is not marked",
      before: blaming(0, in: 0).map { .sent($0.replica.index, .viewChange($0)) }
        + [proposes(judging(0, in: 0)), executed(2, 1, judgingBatch(0, in: 0).digest)],
      legal: [marked(2, 0, .absent, .unstable, total: 1), executed(2, 2)],
      broken: [executed(2, 2)]),
    Stream(
      invariant: "SC-4", name: "a turn that a batch of a liar judged before",
      before: blaming(0, in: 0).map { .sent($0.replica.index, .viewChange($0)) }
        + [proposes(judging(0, in: 0))],
      legal: [
        executed(2, 1, b), marked(2, 0, .absent, .unstable, total: 1),
        executed(2, 2, judgingBatch(0, in: 0).digest), executed(2, 3),
      ],
      broken: [executed(2, 1, b), executed(2, 2, judgingBatch(0, in: 0).digest), executed(2, 3)]),
    Stream(
      invariant: "SC-4", name: "a NEW-VIEW of the epoch before",
      before: [newView(blaming(0, in: 0, [certificate(0, 1, a)]), [(1, a)])],
      legal: [executed(2, 1), epoch(2, [0, 1, 2, 3]), proposes([], at: 2)],
      broken: [executed(2, 1), proposes([], at: 2)]),
    Stream(
      invariant: "SC-4", name: "two NEW-VIEWs of one primary",
      before: [newView(blaming(0, in: 0))],
      legal: [.turned(1, .amnesiac), proposes([], by: 2)], broken: [proposes([], by: 2)]),
    Stream(
      invariant: "SC-4", name: "a batch of which a transferred sheet knew one turn",
      before: (0..<3).flatMap { [executed($0, 1), checkpoint($0, 1)] }
        + [
          blames(1, 0, in: [0, 4, 8]), proposes(judging(0, in: 0) + judging(0, in: 4)),
          proposes(judging(0, in: 4)), proposes(judging(0, in: 8)),
          .seen(3, .transferred(seq(1), a)),
          executed(3, 2, judgingBatch(judging(0, in: 0) + judging(0, in: 4)).digest),
          marked(3, 0, .normal, .unstable, total: 2),
        ],
      legal: [executed(3, 3, judgingBatch(0, in: 4).digest), executed(3, 4)],
      broken: [executed(3, 3, judgingBatch(0, in: 8).digest), executed(3, 4)]),
    Stream(
      invariant: "SC-4", name: "a proof that is not marked",
      before: [
        .turned(0, .lying), proposes(judging(0, in: 0, .provenMalicious)),
        executed(2, 1, judgingBatch(0, in: 0, .provenMalicious).digest),
      ],
      legal: [marked(2, 0, .absent, .malicious, total: 0, isProven: true), .finished],
      broken: [.finished]),
    Stream(
      invariant: "SC-5", name: "voting for a malicious primary",
      before: [
        .turned(1, .lying), blames(3, 2, in: [2, 6]),
        marked(0, 1, .absent, .malicious, total: 0, isProven: true),
      ],
      legal: [
        marked(0, 2, .absent, .unstable, total: 1), marked(0, 2, .unstable, .malicious, total: 2),
        accepted(0, 1, 1, a, of: 1),
      ], broken: [accepted(0, 1, 1, a, of: 1)]),
    Stream(
      invariant: "SC-6", name: "two primaries", before: [entered(0, 1)], legal: [entered(2, 1)],
      broken: [entered(2, 1, primary: 2)]),
    Stream(
      invariant: "SC-6", name: "two proposers", before: [accepted(0, 1, 1, a, of: 1)],
      legal: [accepted(2, 1, 1, a, of: 1)], broken: [accepted(2, 1, 1, a, of: 2)]),
    Stream(
      invariant: "SC-6", name: "two proposers by two NEW-VIEWs",
      before: [entered(0, 1), accepted(0, 1, 1, a, of: 1)],
      legal: [.turned(1, .amnesiac), entered(2, 1), accepted(2, 1, 1, b, of: 2)],
      broken: [entered(2, 1), accepted(2, 1, 1, b, of: 2)]),
    Stream(
      invariant: "SC-7", name: "sheets differ",
      before: [.turned(3, .lying), marked(0, 3, .absent, .malicious, total: 0, isProven: true)]
        + [marked(1, 3, .absent, .malicious, total: 0, isProven: true)],
      legal: [marked(2, 3, .absent, .malicious, total: 0, isProven: true), .finished],
      broken: [.finished]),
    Stream(
      invariant: "SC-9", name: "two of four removed", before: [executed(0, 1)],
      legal: [epoch(0, [0, 1, 2])], broken: [epoch(0, [0, 1])]),
    Stream(
      invariant: "P-1", name: "epochs differ", before: [epoch(0, [0, 1, 2])],
      legal: [epoch(1, [0, 1, 2])], broken: [epoch(1, [0, 1, 3])]),
    Stream(
      invariant: "SC-10", name: "the counter jumps",
      before: [
        blames(2, 1, in: [1, 5, 9]), marked(0, 1, .absent, .unstable, total: 1),
        marked(0, 1, .unstable, .normal, total: 1),
      ],
      legal: [marked(0, 1, .normal, .unstable, total: 2)],
      broken: [marked(0, 1, .normal, .unstable, total: 3)]),
    Stream(
      invariant: "SC-11", name: "the sheet is forgotten",
      before: [blames(3, 2, in: [2]), marked(1, 2, .absent, .unstable, total: 1)] + crash,
      legal: [marked(1, 2, .unstable, .normal, total: 1)],
      broken: [marked(1, 2, .absent, .normal, total: 1)]),
  ]

  @Test("Streams of PBFT and of sheets", arguments: agreement + views + sheets)
  func fires(stream: Stream<CheckedPBFT>) {
    var probe = CheckedPBFTInvariants(
      pbft(4, sheet(.certified)),
      assumptions: RunAssumptions(
        isCalm: ["PL-2", "P-18"].contains(stream.invariant),
        endsSettled: ["PL-5", "SC-7"].contains(stream.invariant), replyQuorum: 2))
    probe.begin(ProbeSetting(replicas: 4, verifier: verifier))
    probe.check(stream)
  }

  @Test("Every invariant that probes report is in the catalog and fires in some stream")
  func coverage() {
    let fired = Set((Self.agreement + Self.views + Self.sheets).map(\.invariant))
    for entry in InvariantCatalog.all
    where [.pbft, .checkedPBFT].contains(entry.subject)
      && [.probe, .probeIfPromised].contains(entry.watch) && FiringTests.others[entry.id] == nil
    {
      #expect(fired.contains(entry.id), "\(entry.id)")
    }
    #expect(fired.allSatisfy { InvariantCatalog.description(of: $0) != nil })
  }

  @Test(
    "P-16 asks for the clients' quorum in the membership of the answer",
    arguments: [
      // Of seven 2f + 1 = 5 and f + 1 = 3, of six 3 and 2, of three and in a fixed rule what is said.
      (ClientModel.QuorumRule.strong, 5, 7, 5), (.strong, 5, 6, 3), (.weak, 3, 6, 2),
      (.fixed, 4, 6, 4), (.strong, 5, 3, 1),
    ])
  func repliesOfMembers(
    rule: ClientModel.QuorumRule, quorum: Int, members: Int, needed: Int
  ) {
    for executions in 1...6 {
      var probe = CheckedPBFTInvariants(
        pbft(7, sheet(.certified), epochLength: 1),
        assumptions: RunAssumptions(
          isCalm: false, endsSettled: false, replyQuorum: quorum, quorumRule: rule))
      probe.begin(ProbeSetting(replicas: 7, verifier: verifier))
      var steps: [S] = (0..<7).map { executed($0, 1) }
      var left = 7
      while left > members {
        left = max(members, left - (left - 1) / 3)
        let epoch = PBFTObservation.enteredEpoch(
          probe.epochs.count, members: ReplicaSet((0..<left).map { ReplicaID($0) }), start: seq(1))
        probe.tell(steps + [.seen(0, epoch)])
        steps = []
      }
      steps += [.issued(request(1))]
      for replica in 0..<executions {
        steps += [executed(replica, 2), applied(replica, request(1), 2)]
      }
      probe.tell(steps + [.believed(request(1), request(1).result)])
      #expect(
        probe.violations.map(\.invariant) == (executions < needed ? ["P-16"] : []),
        "\(executions): \(probe.violations)")
    }
  }

  @Test("SC-4: the third time-out in a row makes malicious where three are needed")
  func thirdStrike() {
    for (last, broken) in [(NodeState.malicious, []), (.unstable, ["SC-4"])] {
      var probe = CheckedPBFTInvariants(
        pbft(4, sheet(.certified)), assumptions: .none(replyQuorum: 2),
        rules: SheetRules(strikes: 3, isOrdered: true))
      probe.begin(ProbeSetting(replicas: 4, verifier: verifier))
      probe.tell([
        blames(3, 1, in: [1, 5, 9]), marked(0, 1, .absent, .unstable, total: 1),
        marked(0, 1, .unstable, .unstable, total: 2), marked(0, 1, .unstable, last, total: 3),
      ])
      #expect(probe.violations.map(\.invariant) == broken)
    }
  }

  @Test(
    "What a replica did since it last sent something may be lost with its last writes, and no more",
    arguments: [false, true], [NodeCondition.rolledBack, .restarted])
  func rolledBack(sends: Bool, condition: NodeCondition) {
    var probe = CheckedPBFTInvariants(
      pbft(4, sheet(.certified)), assumptions: .none(replyQuorum: 2))
    var setting = ProbeSetting(replicas: 4, verifier: verifier)
    setting.losesWrites = true
    probe.begin(setting)
    probe.tell((0..<4).map { executed($0, 1) } + (0..<4).map { checkpoint($0, 1) })
    let reminder = S.sent(1, .fetchState(seq(1)))
    let back = [.turned(1, .crashed), .turned(1, condition), entered(1, 0)]
    probe.tell([reminder, entered(1, 1), stable(1, 1)])
    probe.tell((sends ? [reminder] : []) + back)
    #expect(
      probe.violations.map(\.invariant) == (sends || condition == .restarted ? ["P-11"] : []))
    let before = probe.violations.count
    probe.tell([stable(1, 1)])
    #expect(
      (probe.violations.count > before) == (sends || condition == .restarted),
      "\(probe.violations)")
    probe.tell([executed(1, 1)])
    #expect(probe.violations.last?.invariant == "P-2")
  }

  @Test("SC-4: a proof that is repeated is judged by the sheet before its loss")
  func repeatedProof() {
    var probe = CheckedPBFTInvariants(
      pbft(4, sheet(.certified)), assumptions: .none(replyQuorum: 2))
    var setting = ProbeSetting(replicas: 4, verifier: verifier)
    setting.losesWrites = true
    probe.begin(setting)
    let proof = judgingBatch(0, in: 0, .provenMalicious).digest
    let mark = marked(2, 0, .absent, .malicious, total: 0, isProven: true)
    probe.tell([
      .turned(0, .lying), proposes(judging(0, in: 0, .provenMalicious)),
      executed(2, 1, proof), mark, executed(2, 2, proof),
      .turned(2, .crashed), .turned(2, .rolledBack),
      executed(2, 1, proof), mark, executed(2, 2, proof), .finished,
    ])
    #expect(probe.violations == [])
  }

  @Test("SC-3: an isolated honest node is counted and is no violation")
  func falseIsolation() {
    var probe = CheckedPBFTInvariants(
      pbft(4, sheet(.certified)), assumptions: .none(replyQuorum: 2))
    probe.begin(ProbeSetting(replicas: 4, verifier: verifier))
    probe.tell([
      .turned(2, .lying), blames(3, 1, in: [1, 5]), marked(0, 1, .absent, .unstable, total: 1),
      marked(0, 1, .unstable, .malicious, total: 2),
      marked(0, 2, .absent, .malicious, total: 0, isProven: true),
    ])
    #expect(probe.violations.isEmpty)
    #expect(probe.counters.falseIsolations == 1)
    #expect(probe.counters.unstableMarks == 1)
  }

  @Test("Memory stays bounded and old records give way to new ones")
  func pruning() {
    var probe = CheckedPBFTInvariants(
      pbft(4, sheet(.certified)), assumptions: .none(replyQuorum: 2))
    probe.begin(ProbeSetting(replicas: 4, verifier: verifier))
    for number in UInt64(1)...20_000 {
      probe.tell((0..<4).map { executed($0, number, Digest(number)) })
      guard number % 16 == 0 else { continue }
      probe.tell((0..<4).map { checkpoint($0, number) } + (0..<4).map { stable($0, number) })
    }
    #expect(probe.violations.isEmpty)
    // Who was removed while it lagged may still take one of these over.
    #expect(probe.checkpoints.count <= 512)
    #expect(probe.history.digest(at: 10) == nil)
    #expect(probe.history.digest(at: 20_000) == Digest(20_000))
  }
}
