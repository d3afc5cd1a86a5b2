import ConsensusCore
import DiscreteEvents
import TestSupport
import Testing

@testable import PBFT

/// NEW-VIEW: who sends it, what it holds, and who accepts it.
extension ViewChangeTests {
  // Rule: PBFT 4.4-12, PBFT 4.4-13
  @Test(
    "PBFT §4.4: the new primary sends NEW-VIEW with \"2f valid view-change messages … from other replicas\" and its own"
  )
  func newPrimary() throws {
    #expect(ask([2], for: 1, at: 1).newView() == nil)
    // The second makes f+1: the new primary joins, and has a quorum.
    let newView = try #require(ask([3], for: 1, at: 1).newView())
    #expect(newView.viewChanges.map(\.replica.index) == [1, 2, 3] && newView.proposals.isEmpty)
    #expect(group.replicas[1].view.number == 1 && group.replicas[1].standing.leads)
  }

  // Rule: PBFT 4.4-15, PBFT 4.4-16, PBFT 4.4-17
  @Test("PBFT §4.4: O: \"the highest view number\" wins, null requests fill gaps, min-s to max-s")
  func recomputation() {
    let (first, second) = (batch, other)
    let old = group.certificate(first, at: 3, in: 0, proposer: 0, by: [1, 2])
    let new = group.certificate(second, at: 3, in: 1, proposer: 1, by: [2, 3])
    let low = group.certificate(first, at: 1, in: 0, proposer: 0, by: [1, 3])
    let content = NewViewContent(
      [
        group.viewChange(1, to: 2, certificates: [old]),
        group.viewChange(2, to: 2, certificates: [low, new]), group.viewChange(3, to: 2),
      ], quorum: Quorum(replicas: 4), verifier: group.verifier)
    #expect(content.proposals.map(\.sequence.number) == [1, 2, 3])
    #expect(content.proposals.map(\.digest) == [first.digest, Batch.null.digest, second.digest])
  }

  // Rule: PBFT 4.4-14
  @Test("PBFT §4.4: \"min-s is the sequence number of the latest stable checkpoint in V\"")
  func minS() {
    let proof = group.proof(Digest(5), at: 4, by: [1, 2, 3])
    let content = NewViewContent(
      [
        group.viewChange(1, to: 1, certificates: [group.certificate(batch, at: 2, by: [1, 2])]),
        group.viewChange(
          2, to: 1, stable: proof, certificates: [group.certificate(other, at: 6, by: [1, 2])]),
        group.viewChange(3, to: 1),
      ], quorum: Quorum(replicas: 4), verifier: group.verifier)
    #expect(content.stable == proof && content.proposals.map(\.sequence.number) == [5, 6])
    #expect(content.proposals.map(\.digest) == [Batch.null.digest, other.digest])
  }

  // Rule: PBFT 4.4-20, PBFT 4.4-22
  @Test("PBFT §4.4: a backup accepts a NEW-VIEW and votes for its proposals")
  func acceptsNewView() {
    let certificate = group.certificate(batch, at: 1, by: [1, 3])
    group.issue(group.request(0, 1), to: [2])
    let newView = group.newView(
      1,
      [
        group.viewChange(1, to: 1), group.viewChange(3, to: 1, certificates: [certificate]),
        group.viewChange(0, to: 1),
      ], by: 1)
    let reaction = group.receive(2, .newView(newView), from: 1)
    #expect(group.replicas[2].view.number == 1 && group.runs(.request, at: 2))
    // It lacks the body and asks for it.
    #expect(reaction.kinds == ["fetch"])
    let first = SequenceNumber(1)
    #expect(group.receive(2, .batch(first, other, of: nil), from: 3).kinds.isEmpty)
    #expect(group.receive(2, .batch(first, batch, of: nil), from: 3).kinds == ["prepare"])
  }

  // Rule: PBFT 4.4-19
  @Test(
    "PBFT §4.4: a backup checks that V is valid and O is correct \"by performing a computation similar to the one used by the primary\"",
    arguments: [
      "few", "duplicate", "omits", "adds", "digest", "view", "sender", "signature", "target",
      "inside",
    ])
  func refusesNewView(flaw: String) {
    let certificate = group.certificate(batch, at: 1, by: [1, 3])
    var changes = [
      group.viewChange(0, to: 1), group.viewChange(1, to: 1),
      group.viewChange(3, to: 1, certificates: [certificate]),
    ]
    let good = group.newView(1, changes, by: 1)
    var newView = good
    let sign = { (proposals: [Proposal]) in
      NewView(
        view: View(1), viewChanges: changes, proposals: proposals, replica: ReplicaID(1),
        signedBy: group.signer(1))
    }
    switch flaw {
    case "few": newView = group.newView(1, Array(changes[1...]), by: 1)
    case "duplicate": newView = group.newView(1, [changes[1], changes[1], changes[2]], by: 1)
    case "omits": newView = sign([])
    case "adds":
      newView = sign(good.proposals + [group.proposal(other.digest, at: 2, in: 1, by: 1)])
    case "digest": newView = sign([group.proposal(other.digest, at: 1, in: 1, by: 1)])
    case "view": newView = sign([group.proposal(batch.digest, at: 1, in: 0, by: 1)])
    case "sender": newView = group.newView(1, changes, by: 3)
    case "signature": newView.view = View(5)
    case "target":
      changes[0] = group.viewChange(0, to: 2)
      newView = group.newView(1, changes, by: 1)
    default:
      changes[0].epoch = 0
      changes[0].signature = .none
      newView = group.newView(1, changes, by: 1)
    }
    let reaction = group.receive(2, .newView(newView), from: 1)
    #expect(reaction.rejections().count == 1 && group.replicas[2].view.number == 0)
    group.receive(2, .newView(good), from: 1)
    #expect(group.replicas[2].view.number == 1)
  }

  @Test("A backup checks no signature inside a NEW-VIEW whose VIEW-CHANGE is too long")
  func newViewCharges() {
    let proofs = Array(repeating: confession(of: 3, in: 1), count: 5_000)
    let viewChanges = [
      group.viewChange(1, to: 1, evidence: proofs), group.viewChange(2, to: 1),
      group.viewChange(3, to: 1),
    ]
    var costs = WorkCosts.free
    costs[.verify] = 1
    var replica = group.replicas[2]
    var effects = Effects<Plain>(replicas: 4, costs: costs)
    replica.receive(
      .newView(group.newView(1, viewChanges, by: 1)), from: Endpoint(ReplicaID(1)), at: .zero,
      into: &effects)
    // The NEW-VIEW's own signature and the first VIEW-CHANGE's.
    #expect(effects.work == 2)
    #expect(replica.view.number == 0)
  }
}
