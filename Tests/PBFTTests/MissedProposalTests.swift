import ConsensusCore
import DiscreteEvents
import TestSupport
import Testing

@testable import PBFT

@Suite("A PRE-PREPARE that its proposer kept from one backup")
struct MissedProposalTests {
  let group = PBFTTests.group()
  var batch: Batch { group.batch([group.request(0, 1)]) }
  var other: Batch { group.batch([group.request(1, 1)]) }

  /// COMMITs of `replicas` for `batch`, handed to replica 3.
  private func commit(_ batch: Batch, by replicas: [Int]) {
    for replica in replicas {
      group.receive(3, group.commit(batch, at: 1, by: replica), from: replica)
    }
  }

  private func target(_ reaction: Reaction<Plain>?) -> ReplicaID? {
    guard let send = reaction?.sends.first, case .fetch = send.message,
      case .one(let endpoint) = send.recipients
    else { return nil }
    return endpoint.replica
  }

  /// Replica 3 has the COMMITs of 1 and 2 and asks the first of them.
  private func asking() throws -> ReplicaID {
    commit(batch, by: [1, 2])
    return try #require(target(group.fire(.missing, of: 3)))
  }

  private func handedOn(_ proposal: Proposal, _ batch: Batch) -> Plain.Message {
    .batch(proposal.sequence, batch, of: proposal)
  }

  @Test(
    "A replica asks at n - f - 1 COMMITs for one digest, not before",
    arguments: [4, 5, 6, 7, 10])
  func threshold(n: Int) {
    let group = PBFTTests.group(n)
    let batch = group.batch([group.request(0, 1)])
    let needed = n - (n - 1) / 3 - 1
    for replica in 0..<needed {
      #expect(!group.runs(.missing, at: n - 1))
      group.receive(n - 1, group.commit(batch, at: 1, by: replica), from: replica)
      // A copy is no second vote.
      group.receive(n - 1, group.commit(batch, at: 1, by: replica), from: replica)
    }
    #expect(group.runs(.missing, at: n - 1))
    #expect(group.fire(.missing, of: n - 1)?.kinds == ["fetch"])
  }

  @Test("A liar's COMMIT for another digest hinders nobody and counts for nothing")
  func otherDigest() throws {
    commit(other, by: [0])
    commit(batch, by: [1])
    #expect(!group.runs(.missing, at: 3))
    commit(batch, by: [2])
    let reaction = try #require(group.fire(.missing, of: 3))
    guard case .fetch(_, let digest, _) = reaction.sends.first?.message else {
      Issue.record("asked for nothing")
      return
    }
    #expect(digest == batch.digest && target(reaction)?.index != 0)
  }

  @Test("A proposal that comes within the grace is not asked for")
  func grace() {
    commit(batch, by: [1, 2])
    #expect(group.deadlines[3][Int(PBFTTimer.missing.rawValue)] == .zero + .milliseconds(20))
    group.receive(3, group.prePrepare(batch, at: 1), from: 0)
    #expect(group.fire(.missing, of: 3)?.kinds == [] && !group.runs(.missing, at: 3))
  }

  @Test("The next voter is asked after the retransmission, each once")
  func nextVoter() throws {
    let first = try asking()
    #expect(group.deadlines[3][Int(PBFTTimer.missing.rawValue)] == .zero + .milliseconds(1_020))
    let second = try #require(target(group.fire(.missing, of: 3)))
    #expect([first.index, second.index].sorted() == [1, 2])
    #expect(group.fire(.missing, of: 3)?.kinds == [] && !group.runs(.missing, at: 3))
    // A voter who comes later may be asked, too.
    commit(batch, by: [0])
    #expect(target(group.fire(.missing, of: 3))?.index == 0)
  }

  @Test("Who prepared hands on the signed proposal, and the asker votes as if it came in time")
  func handsOn() throws {
    for replica in 1...2 { group.prepareAt(replica, batch, at: 1) }
    for replica in 1...2 {
      group.receive(3, group.prepare(batch, at: 1, by: replica), from: replica)
    }
    group.pending.removeAll()
    let voter = try asking().index
    let answer = try #require(group.deliver { $0.kind == "fetch" })
    #expect(answer.kinds == ["batch"])
    let reaction = try #require(group.deliver { $0.kind == "batch" && $0.to.replica?.index == 3 })
    #expect(reaction.accepts() && reaction.prepares() && reaction.commits())
    #expect(reaction.kinds.prefix(2) == ["prepare", "commit"] && group.executed[3] == 1)
    #expect(group.replicas[voter].view.number == 0)
  }

  @Test("Who committed hands on the certificate, in any phase")
  func handsOnCertificate() throws {
    for replica in 1...2 { group.commitAt(replica, batch, at: 1) }
    group.pending.removeAll()
    let voter = try asking().index
    group.issue(group.request(5, 1), to: [voter])
    group.fire(.request, of: voter)
    #expect(group.deliver { $0.kind == "fetch" }?.kinds == ["committed"])
    group.settle { $0.kind == "committed" }
    #expect(group.executed[3] == 1)
  }

  @Test("A replica answers each asker once for a sequence number, and members alone")
  func oneAnswer() {
    group.prepareAt(1, batch, at: 1)
    let fetch = Plain.Message.fetch(SequenceNumber(1), batch.digest, missedIn: View(0))
    #expect(group.receive(1, fetch, from: 3).kinds == ["batch"])
    #expect(group.receive(1, fetch, from: 3).kinds.isEmpty)
    #expect(group.receive(1, fetch, from: 2).kinds == ["batch"])
    #expect(group.receive(1, fetch, from: 9).kinds.isEmpty)
    #expect(group.step(1, .message(fetch, from: Endpoint(ClientID(0)))).kinds.isEmpty)
    // What committed later is no second answer.
    group.commitAt(1, batch, at: 1)
    #expect(group.receive(1, fetch, from: 3).kinds.isEmpty)
  }

  @Test("Behind a stable checkpoint its proof is the answer, once, and leads to the state")
  func behindCheckpoint() {
    group.isLost = { $0.to.replica?.index == 3 }
    group.complete(4)
    group.isLost = { _ in false }
    group.drop()
    let last = group.batch([group.request(0, 4)])
    let fetch = Plain.Message.fetch(SequenceNumber(4), last.digest, missedIn: View(0))
    #expect(group.receive(1, fetch, from: 3).kinds == ["stable"])
    #expect(group.receive(1, fetch, from: 3).kinds.isEmpty)
    group.settle()
    #expect(group.executed == [4, 4, 4, 4])
  }

  @Test("A replica answers neither for another digest nor for another view")
  func otherQuestion() {
    group.prepareAt(1, batch, at: 1)
    for (digest, view) in [(other.digest, View(0)), (batch.digest, View(1))] {
      let fetch = Plain.Message.fetch(SequenceNumber(1), digest, missedIn: view)
      #expect(group.receive(1, fetch, from: 3).kinds.isEmpty)
    }
    let fetch = Plain.Message.fetch(SequenceNumber(1), batch.digest, missedIn: View(0))
    #expect(group.receive(1, fetch, from: 3).kinds == ["batch"])
  }

  @Test("Nobody hands on a proposal unasked")
  func unasked() throws {
    let message = handedOn(group.proposal(batch.digest, at: 1), batch)
    #expect(!group.receive(3, message, from: 1).accepts())
    let voter = try asking().index
    #expect(!group.receive(3, message, from: 3 - voter).accepts())
    #expect(group.receive(3, message, from: voter).accepts())
  }

  @Test(
    "What is handed on is checked as the proposer's own, and a false answer is its sender's guilt",
    arguments: ["signer", "view", "batch", "request"])
  func strict(flaw: String) throws {
    let voter = try asking().index
    var (proposal, body) = (group.proposal(batch.digest, at: 1), batch)
    switch flaw {
    case "signer": proposal = group.proposal(batch.digest, at: 1, by: voter)
    case "view": proposal = group.proposal(batch.digest, at: 1, in: 4)
    case "batch": body = other
    default:
      var forged = group.request(0, 1)
      forged.operation = 99
      body = group.batch([forged])
      proposal = group.proposal(body.digest, at: 1)
    }
    let reaction = group.receive(3, handedOn(proposal, body), from: voter)
    #expect(!reaction.accepts() && group.executed[3] == 0)
    guard flaw == "request" else {
      #expect(reaction.complaint() == nil)
      let fault: [Rejection] = flaw == "signer" ? [.badSignature] : [.wrongDigest]
      #expect(reaction.rejections() == (flaw == "view" ? [] : fault))
      return
    }
    // The proposer did sign a request that its client did not: that convicts it.
    #expect(reaction.viewChange()?.evidence.first?.subject == ReplicaID(0))
  }

  @Test(
    "With serial rounds an evasion costs no reminder, even if the culprit withholds its COMMIT",
    arguments: [false, true], [4, 7])
  func evasion(withholdsCommit: Bool, n: Int) {
    let group = PlainGroup(n, configuration(n, interval: 8, window: 64, rotation: .everyBlocks(1)))
    group.isLost = {
      $0.from.replica?.index == n - 1 && $0.to.replica?.index == 0
        && ($0.kind == "pre-prepare" || withholdsCommit && $0.kind == "commit")
    }
    for client in 0..<(4 * n) { group.issue(group.request(client, 1)) }
    group.run(until: .zero + .milliseconds(500))
    #expect(group.executed == Array(repeating: UInt64(4 * n), count: n))
    #expect(group.sent["view-change"] == nil)
    #expect(group.sent["fetch"] == 4)
  }
}
