import ConsensusCore
import DiscreteEvents
import TestSupport
import Testing

@testable import PBFT

@Suite("PBFT §4.4: view changes")
struct ViewChangeTests {
  let group = PBFTTests.group()
  var batch: Batch { group.batch([group.request(0, 1)]) }
  var other: Batch { group.batch([group.request(1, 1)]) }

  /// The VIEW-CHANGEs of others for `target`, handed to `index`.
  func ask(_ replicas: [Int], for target: UInt64, at index: Int) -> Reaction<Plain> {
    var last = Reaction<Plain>()
    for replica in replicas {
      last = group.receive(
        index, .viewChange(group.viewChange(replica, to: target)), from: replica)
    }
    return last
  }

  @Test(
    "PBFT §4.4: \"if the timer of backup i expires in view v, the backup starts a view change to … v+1\""
  )
  func timeout() throws {
    group.issue(group.request(0, 1), to: [2])
    let reaction = try #require(group.fire(.request, of: 2))
    let message = try #require(reaction.viewChange())
    #expect(message.target.number == 1 && message.complaints.map(\.reason) == [.timeout])
    #expect(
      message.complaints.map(\.subject.index) == [0]
        && message.stable == .genesis)
    #expect(
      group.verifier.isValid(message.signature, of: Endpoint(ReplicaID(2)), over: message.content))
  }

  @Test(
    "PBFT §4.4: \"it stops accepting messages (other than checkpoint, view-change, and new-view messages)\""
  )
  func quiet() {
    group.issue(group.request(0, 1), to: [2])
    group.fire(.request, of: 2)
    #expect(group.receive(2, group.prePrepare(batch, at: 1), from: 0).sends.isEmpty)
    #expect(group.receive(2, group.prepare(batch, at: 1, by: 3), from: 3).sends.isEmpty)
    #expect(group.receive(2, group.commit(batch, at: 1, by: 3), from: 3).sends.isEmpty)
    #expect(group.replicas[2].log.certificates.isEmpty)
  }

  @Test(
    "PBFT §4.4: VIEW-CHANGE carries \"the last stable checkpoint\", its proof, and \"a set for each request that prepared at i\""
  )
  func contents() throws {
    group.complete(4)
    let next = group.batch([group.request(5, 1)])
    group.prepareAt(2, next, at: 5)
    group.receive(2, group.prePrepare(group.batch([group.request(6, 1)]), at: 6), from: 0)
    let message = try #require(group.fire(.request, of: 2)?.viewChange())
    #expect(message.stable.sequence.number == 4)
    #expect(message.stable.isValid(in: group.replicas[0].membership, group.verifier))
    #expect(message.certificates.map(\.proposal.sequence.number) == [5])
    #expect(message.certificates[0].proposal.digest == next.digest)
    #expect(message.certificates[0].signers.count == 2)
    #expect(group.replicas[1].isValid(message))
  }

  @Test(
    "Every honest VIEW-CHANGE is valid, even after a proposer's PREPARE and votes for two digests")
  func alwaysValid() throws {
    group.receive(2, group.prepare(other, at: 1, by: 1), from: 1)
    group.receive(2, group.prepare(batch, at: 1, by: 0), from: 0)
    group.receive(2, group.prePrepare(batch, at: 1), from: 0)
    group.receive(2, group.prepare(batch, at: 1, by: 3), from: 3)
    let message = try #require(group.fire(.request, of: 2)?.viewChange())
    #expect(message.certificates.count == 1 && group.replicas[1].isValid(message))
  }

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

  @Test("A replica that is not the primary of the view asked for sends no NEW-VIEW")
  func notTheNewPrimary() {
    #expect(ask([1, 3], for: 1, at: 2).newView() == nil)
    #expect(group.replicas[2].view.number == 0)
  }

  @Test(
    "A VIEW-CHANGE that is not valid is not counted",
    arguments: [
      "signature", "member", "certificate", "view", "later view", "window", "far", "below", "proof",
      "order", "proposer", "accused twice", "accused twice in one view", "accused stranger",
      "complaints",
    ])
  func invalid(flaw: String) {
    var message = group.viewChange(3, to: 1)
    let good = group.certificate(batch, at: 1, by: [1, 2])
    switch flaw {
    case "signature": message.target = View(5)
    case "member": message = group.viewChange(9, to: 1)
    case "certificate":
      message = group.viewChange(3, to: 1, certificates: [group.certificate(batch, at: 1, by: [2])])
    case "view":
      let late = group.certificate(batch, at: 1, in: 1, proposer: 1, by: [2, 3])
      message = group.viewChange(3, to: 1, certificates: [late])
    case "later view":
      let late = group.certificate(batch, at: 1, in: 6, proposer: 2, by: [1, 3])
      message = group.viewChange(3, to: 1, certificates: [late])
    case "far":
      let far = group.certificate(batch, at: .max, by: [1, 2])
      message = group.viewChange(3, to: 1, certificates: [far])
    case "below":
      let below = group.certificate(batch, at: 0, by: [1, 2])
      message = group.viewChange(3, to: 1, certificates: [below])
    case "accused twice":
      message = group.viewChange(
        3, to: 1, evidence: [confession(of: 3, in: 1), confession(of: 3, in: 2)])
    case "accused twice in one view":
      message = group.viewChange(
        3, to: 1, evidence: [confession(of: 3, in: 1), confession(of: 3, in: 1)])
    case "accused stranger":
      message = group.viewChange(3, to: 1, evidence: [confession(of: 9, in: 1)])
    case "complaints":
      message = group.viewChange(
        3, to: 1,
        complaints: (0...512).map {
          SignedComplaint(view: View($0), subject: ReplicaID(0), reason: .timeout)
        })
    case "window":
      let far = group.certificate(batch, at: 9, by: [1, 2])
      message = group.viewChange(3, to: 1, certificates: [far])
    case "proof":
      message = group.viewChange(3, to: 1, stable: group.proof(Digest(5), at: 4, by: [2, 3]))
    case "order": message = group.viewChange(3, to: 1, certificates: [good, good])
    default:
      message = group.viewChange(
        3, to: 1, certificates: [group.certificate(batch, at: 1, by: [0, 2])])
    }
    let reaction = group.receive(1, .viewChange(message), from: 3)
    #expect(reaction.rejections().count == 1)
    #expect(ask([2], for: 1, at: 1).sends.isEmpty)
    // The same without the flaw is counted.
    let valid = group.viewChange(3, to: 1, certificates: [good])
    #expect(group.receive(1, .viewChange(valid), from: 3).newView()?.proposals.count == 1)
  }

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

  @Test(
    "PBFT §4.4: a prepared batch survives the view change with its sequence number, and nothing executes twice"
  )
  func survives() {
    group.issue(group.request(0, 1))
    // All prepare, replica 1 alone commits.
    group.isLost = { $0.kind == "commit" && $0.to.replica?.index != 1 }
    group.settle()
    #expect(group.executed == [0, 1, 0, 0])
    group.isLost = { $0.from.replica?.index == 0 || $0.to.replica?.index == 0 }
    for index in 2...3 { group.fire(.request, of: index) }
    group.run(until: .zero + .seconds(25))
    #expect(group.executed[1...] == [1, 1, 1])
    #expect(group.replicas[2].view.number == 1)
    #expect(Set(group.replicas[1...].map(\.state.digest)).count == 1)
  }

  @Test(
    "PBFT §4.5.2: \"if a replica receives a set of f+1 valid view-change messages from other replicas for views greater than its current view, it sends a view-change message for the smallest view in the set\"",
    arguments: [4, 7, 10])
  func join(n: Int) throws {
    let group = PBFTTests.group(n)
    let faults = (n - 1) / 3
    var reaction = Reaction<Plain>()
    for index in 0...faults {
      #expect(reaction.viewChange() == nil)
      let target = UInt64(20 + n - index)
      reaction = group.receive(
        1, .viewChange(group.viewChange(index + 2, to: target)), from: index + 2)
    }
    let message = try #require(reaction.viewChange())
    #expect(message.target.number == UInt64(20 + n - faults))
    #expect(message.complaints.map(\.reason) == [.join])
  }

  @Test("A joiner that itself waited for more than half the time-out says so")
  func firstHandJoin() {
    group.issue(group.request(0, 1), to: [3])
    group.now = .zero + .seconds(5)
    #expect(ask([1, 2], for: 1, at: 3).complaint() == .join)
    let late = PBFTTests.group()
    late.issue(late.request(0, 1), to: [3])
    late.now = .zero + .milliseconds(5_001)
    late.receive(3, .viewChange(late.viewChange(1, to: 1)), from: 1)
    #expect(
      late.receive(3, .viewChange(late.viewChange(2, to: 1)), from: 2).complaint() == .timeout)
  }

  @Test(
    "PBFT §4.5.2: \"a replica that multicasts a view-change message for view v+1 waits for 2f+1 view-change messages … before starting its timer\"; it doubles per view"
  )
  func doubling() throws {
    group.issue(group.request(0, 1), to: [3])
    group.fire(.request, of: 3)
    #expect(!group.runs(.newView, at: 3) && !group.runs(.request, at: 3))
    var expected: Int64 = 10
    for target in 1...5 as ClosedRange<UInt64> {
      // The primaries of views 1, 2, 5 are others; view 3 is this replica's own.
      if target % 4 == 3 { break }
      let primary = Int(target % 4)
      let others = (0..<4).filter { $0 != 3 }
      var change: VirtualDuration??
      for replica in others {
        let reaction = group.receive(
          3, .viewChange(group.viewChange(replica, to: target)), from: replica)
        change = change ?? reaction.change(of: .newView)
      }
      _ = primary
      #expect(change == .some(.seconds(expected)))
      let reaction = try #require(group.fire(.newView, of: 3))
      #expect(reaction.viewChange()?.target.number == target + 1)
      expected *= 2
    }
  }

  @Test("Progress resets the waiting time (PL-4)")
  func reset() {
    // Nobody hears the first three primaries: views 0 and 1 have failed after twice 10 s.
    group.isLost = {
      ["pre-prepare", "new-view"].contains($0.kind) && ($0.from.replica?.index ?? 9) < 3
    }
    group.issue(group.request(0, 1))
    group.run(until: .zero + .seconds(25))
    #expect(group.executed == [0, 0, 0, 0])
    #expect(group.replicas.allSatisfy { $0.patience == .seconds(20) })
    group.run(until: .zero + .seconds(400))
    #expect(group.executed.allSatisfy { $0 >= 1 })
    #expect(group.replicas.allSatisfy { $0.patience == .seconds(10) })
  }

  @Test("What a backup signs in the primary's place convicts the backup, not the primary")
  func framing() {
    let evidence = Evidence.equivocation(
      group.proposal(Digest(1), at: 1, by: 3), group.proposal(Digest(2), at: 1, by: 3),
      by: ReplicaID(3))
    #expect(evidence.isValid(group.verifier))
    let message = group.viewChange(3, to: 1, evidence: [evidence])
    let reaction = group.receive(2, .viewChange(message), from: 3)
    #expect(reaction.complaint() == nil && group.replicas[2].phase == .normal)
  }

  @Test("Paper §III-B: one valid proof against the primary suffices to leave its view at once")
  func conviction() {
    let evidence = Evidence.equivocation(
      group.proposal(Digest(1), at: 1, by: 0), group.proposal(Digest(2), at: 1, by: 0),
      by: ReplicaID(0))
    let message = group.viewChange(3, to: 1, evidence: [evidence])
    #expect(group.receive(2, .viewChange(message), from: 3).complaint() == .evidence)
  }

  /// Two proposals for one place, both signed by `liar`.
  func confession(of liar: Int, in view: UInt64) -> Evidence {
    .equivocation(
      group.proposal(Digest(1), at: 1, in: view, by: liar),
      group.proposal(Digest(2), at: 1, in: view, by: liar), by: ReplicaID(liar))
  }

  @Test("A liar that signs proofs against itself for ever other views takes bounded room")
  func confessions() throws {
    for target in 1...200 as ClosedRange<UInt64> {
      let message = group.viewChange(
        3, to: target, evidence: [confession(of: 3, in: 1_000 + target)])
      #expect(group.receive(2, .viewChange(message), from: 3).rejections().isEmpty)
    }
    #expect(group.replicas[2].changes.evidence == [confession(of: 3, in: 1_001)])
    // Others' proofs have their room, and what is sent stays valid.
    group.receive(
      2, .viewChange(group.viewChange(3, to: 201, evidence: [confession(of: 1, in: 1)])), from: 3)
    group.issue(group.request(0, 1), to: [2])
    let own = try #require(group.fire(.request, of: 2)?.viewChange())
    #expect(own.evidence.map(\.subject.index) == [3, 1] && group.replicas[0].isValid(own))
  }

  @Test("Signatures are checked, and paid for, only in a VIEW-CHANGE that is not too long")
  func charges() {
    let good = group.certificate(batch, at: 1, by: [1, 2])
    var forged = group.request(1, 1)
    forged.operation = 99
    let body = group.batch([group.request(0, 1), forged])
    let proof = Evidence.forgedRequest(group.proposal(body.digest, at: 1), body, by: ReplicaID(0))
    var costs = WorkCosts.free
    costs[.verify] = 1_000
    costs[.checkRequest] = 10
    costs[.hash] = 1
    func work(_ message: ViewChange) -> Int64 {
      var replica = group.replicas[2]
      var effects = Effects<Plain>(replicas: 4, costs: costs)
      replica.receive(
        .viewChange(message), from: Endpoint(ReplicaID(3)), at: .zero, into: &effects)
      return effects.work
    }
    #expect(work(group.viewChange(3, to: 1)) == 1_000)
    #expect(work(group.viewChange(3, to: 1, certificates: [good])) == 4_000)
    #expect(work(group.viewChange(3, to: 1, evidence: [confession(of: 3, in: 1)])) == 3_000)
    #expect(work(group.viewChange(3, to: 1, evidence: [proof])) == 2_021)
    let proofs = Array(repeating: confession(of: 3, in: 1), count: 5_000)
    #expect(work(group.viewChange(3, to: 1, evidence: proofs)) == 1_000)
    let certificates = Array(repeating: good, count: 5_000)
    #expect(work(group.viewChange(3, to: 1, certificates: certificates)) == 1_000)
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

  @Test("Evidence that the subject did not sign is none", arguments: [-1, 1, 2])
  func falseEvidence(subject: Int) {
    let evidence = Evidence.equivocation(
      group.proposal(Digest(1), at: 1, by: 3), group.proposal(Digest(2), at: 1, by: 3),
      by: ReplicaID(subject))
    #expect(!evidence.isValid(group.verifier))
  }

  @Test("A client's key convicts nobody")
  func clientEvidence() {
    let signer = Signer(endpoint: Endpoint(ClientID(0)), keys: group.keys)
    let proposals = [1, 2].map {
      Proposal(view: View(0), sequence: SequenceNumber(1), digest: Digest($0), signedBy: signer)
    }
    let evidence = Evidence.equivocation(proposals[0], proposals[1], by: ReplicaID(-1))
    #expect(!evidence.isValid(group.verifier))
  }

  @Test("A replica behind in views gets the NEW-VIEW it missed by a reminder")
  func missedNewView() {
    group.isLost = { $0.to.replica?.index == 3 && $0.kind == "new-view" }
    group.issue(group.request(0, 1))
    group.drop()
    for index in 1...3 { group.fire(.request, of: index) }
    group.settle()
    #expect(group.replicas.map(\.view.number) == [1, 1, 1, 0])
    group.isLost = { _ in false }
    group.run(until: group.now + .seconds(3))
    #expect(group.replicas.map(\.view.number) == [1, 1, 1, 1] && group.executed == [1, 1, 1, 1])
  }

  @Test("PL-1: f silent primaries in a row are left behind", arguments: [4, 7, 10])
  func silentPrimaries(n: Int) {
    let group = PBFTTests.group(n)
    let faults = (n - 1) / 3
    group.isLost = { ($0.from.replica?.index ?? n) < faults }
    group.issue(group.request(0, 1))
    group.run(until: .zero + .seconds(200))
    #expect(group.replicas[faults...].allSatisfy { $0.standing.executed == 1 })
    #expect(group.replicas[faults...].allSatisfy { $0.view.number == UInt64(faults) })
  }

  @Test("Beyond the fault bound nothing executes (C10)", arguments: [4, 7])
  func tooManySilent(n: Int) {
    let group = PBFTTests.group(n)
    let silent = (n - 1) / 3 + 1
    group.isLost = { ($0.from.replica?.index ?? n) < silent }
    group.issue(group.request(0, 1))
    group.run(until: .zero + .seconds(100))
    #expect(group.executed[silent...].allSatisfy { $0 == 0 })
  }

  @Test("P-1, PL-1: under loss all execute the same history", arguments: 0..<12 as Range<UInt64>)
  func loss(seed: UInt64) {
    let group = PBFTTests.group(seed % 2 == 0 ? 4 : 7)
    var draw = Seed(seed).draw(.loss, 3)
    group.isLost = { _ in draw.below(10) == 0 }
    for client in 0..<12 {
      group.issue(group.request(client, 1))
      group.run(until: group.now + .seconds(2))
    }
    group.isLost = { _ in false }
    group.issue(group.request(50, 1))
    group.run(until: group.now + .seconds(200))
    #expect(group.replicas.allSatisfy { $0.state.ledger.executed == 13 })
    #expect(Set(group.replicas.map(\.state.digest)).count == 1)
  }
}
