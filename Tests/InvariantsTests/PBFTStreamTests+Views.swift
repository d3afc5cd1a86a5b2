import ConsensusCore
import DiscreteEvents
import PBFT
import SCPBFT
import TestSupport
import Testing

@testable import Invariants
@testable import Simulator

/// Streams about views, checkpoints and replies (P-10 to P-18, PL-2, PL-5).
extension PBFTStreamTests {
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
}
