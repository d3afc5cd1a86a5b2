import ConsensusCore
import DiscreteEvents
import PBFT
import SCPBFT
import TestSupport
import Testing

@testable import Invariants
@testable import Simulator

/// Streams about agreement in one view (P-1 to P-9, P-15, P-17).
extension PBFTStreamTests {
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
}
