import ConsensusCore
import DiscreteEvents
import PBFT
import SCPBFT
import TestSupport
import Testing

@testable import Invariants
@testable import Simulator

@Suite("Each PBFT invariant fires on the stream that breaks it and not on one close to it")
struct PBFTStreamTests {
  static let crash: [S] = [.turned(1, .crashed), .turned(1, .restarted)]
  static let forged = Request(
    client: ClientID(0), timestamp: 1, operation: 5, operationBytes: 0, signature: .none)
  static let changes = (1..<4).map { viewChange($0, 1) }
  static let provingChanges = (1..<4).map { viewChange($0, 1, [certificate(0, 1, a)]) }

  // Rule: PBFT 4.5.1-1, PBFT 4.5.1-2
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
    let endings: [(PBFT.NodeState, [InvariantID])] = [(.malicious, []), (.unstable, ["SC-4"])]
    for (last, broken) in endings {
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
