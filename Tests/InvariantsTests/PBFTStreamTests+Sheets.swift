import ConsensusCore
import DiscreteEvents
import PBFT
import SCPBFT
import TestSupport
import Testing

@testable import Invariants
@testable import Simulator

/// Streams about the state sheet and epochs (SC-1 to SC-11).
extension PBFTStreamTests {
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
}
