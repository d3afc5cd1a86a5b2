import ConsensusCore
import DiscreteEvents
import PBFT
import SCPBFT
import TestSupport
import Testing

@testable import Invariants
@testable import Simulator

@Suite("What one calm request may cost")
struct CalmStreamTests {
  private static func proposed(_ replica: Int, _ number: UInt64, _ digest: Digest) -> S {
    .sent(
      replica,
      .prePrepare(
        Proposal(view: View(0), sequence: seq(number), digest: digest, signedBy: key(replica)),
        .null))
  }

  private static func replied(_ replica: Int, to request: Request) -> S {
    .sent(
      replica,
      .reply(
        Reply(
          client: request.client, timestamp: request.timestamp, replica: ReplicaID(replica),
          result: request.result, resultBytes: 0, view: 0, leader: ReplicaID(0), isExecuted: true)))
  }

  private static func copy(to replica: Int, from sender: Endpoint = Endpoint(ClientID(0))) -> S {
    .handled(replica, .request(request(2)), from: sender)
  }

  /// What the first `members` replicas send for the second request of a client.
  private static func agreement(of members: Int) -> [S] {
    [.calmed, .issued(request(2)), proposed(0, 2, a)] + (1..<members).map { vote($0, 0, 2, a) }
      + (0..<members).map { vote($0, 0, 2, a, isCommit: true) }
      + (0..<members).map { replied($0, to: request(2)) }
  }

  private static let round = agreement(of: 4)

  static let streams: [Stream<CheckedPBFT>] = [
    Stream(
      invariant: "P-18", name: "a PREPARE too many", before: round, legal: [.calmOver],
      broken: [vote(2, 0, 2, a), .calmOver]),
    Stream(
      invariant: "P-18", name: "a COMMIT too few", legal: round + [.calmOver],
      broken: round.filter {
        if case .sent(3, .commit) = $0 { false } else { true }
      } + [.calmOver]),
    Stream(
      invariant: "P-18", name: "a second reply", before: round,
      legal: [copy(to: 2), replied(2, to: request(2)), .calmOver],
      broken: [replied(2, to: request(2)), .calmOver]),
    Stream(
      invariant: "P-18", name: "a reply to a copy that a replica passed on", before: round,
      legal: [copy(to: 0), replied(0, to: request(2)), .calmOver],
      broken: [
        copy(to: 0, from: Endpoint(ReplicaID(1))), replied(0, to: request(2)), .calmOver,
      ]),
    Stream(
      invariant: "P-18", name: "a second reply after a copy in time",
      legal: [.calmed, copy(to: 2)] + round.dropFirst() + [.calmOver],
      broken: [.calmed, copy(to: 2)] + round.dropFirst() + [replied(2, to: request(2)), .calmOver]),
    Stream(
      invariant: "P-18", name: "a reply to an earlier request instead",
      legal: round + [replied(3, to: request(1)), .calmOver],
      broken: round.dropLast() + [replied(3, to: request(1)), .calmOver]),
    Stream(
      invariant: "P-18", name: "a vote on another batch", before: round,
      legal: [.turned(2, .lying), accepted(3, 0, 3, b, of: 2), vote(3, 0, 3, b), .calmOver],
      broken: [accepted(3, 0, 3, b, of: 2), vote(3, 0, 3, b), .calmOver]),
    Stream(
      invariant: "P-18", name: "a PRE-PREPARE sent again without a reminder", before: round,
      legal: [
        .handled(
          0,
          .status(
            Status(epoch: 0, view: View(0), target: nil, stable: seq(0), executed: seq(1))),
          from: Endpoint(ReplicaID(3))), proposed(0, 2, a), .calmOver,
      ], broken: [proposed(0, 2, a), .calmOver]),
    Stream(
      invariant: "PL-2", name: "a VIEW-CHANGE of a member",
      before: (0..<3).map { executed($0, 1) } + [epoch(0, [0, 1, 2])] + agreement(of: 3),
      legal: [blames(3, 1, in: [0]), .calmOver], broken: [blames(2, 1, in: [0]), .calmOver]),
  ]

  @Test("Streams of a calm group", arguments: streams)
  func fires(stream: Stream<CheckedPBFT>) {
    var probe = CheckedPBFTInvariants(
      pbft(4, sheet(.certified)),
      assumptions: RunAssumptions(isCalm: false, endsSettled: false, replyQuorum: 2))
    probe.begin(ProbeSetting(replicas: 4, verifier: verifier))
    probe.check(stream)
  }
}
