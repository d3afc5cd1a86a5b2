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

  /// Two proposals for one place, both signed by `liar`.
  func confession(of liar: Int, in view: UInt64) -> Evidence {
    .equivocation(
      group.proposal(Digest(1), at: 1, in: view, by: liar),
      group.proposal(Digest(2), at: 1, in: view, by: liar), by: ReplicaID(liar))
  }

  // Rule: PBFT 4.4-3
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

  // Rule: PBFT 4.4-4
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

  // Rule: PBFT 4.4-5, PBFT 4.4-6, PBFT 4.4-8
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

  // Rule: PBFT 4.4-6, PBFT 4.4-10
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

  // Rule: PBFT 4.4-12
  @Test("A replica that is not the primary of the view asked for sends no NEW-VIEW")
  func notTheNewPrimary() {
    #expect(ask([1, 3], for: 1, at: 2).newView() == nil)
    #expect(group.replicas[2].view.number == 0)
  }

  // Rule: PBFT 4.4-10, PBFT 4.4-11
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
          Complaint(view: View($0), subject: ReplicaID(0), reason: .timeout)
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

  // Rule: PBFT 4.4-16, PBFT 4.4-21
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
}
