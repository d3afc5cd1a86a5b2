import ConsensusCore
import DiscreteEvents
import TestSupport
import Testing

@testable import PBFT

/// What a replica takes from the old views into the new one.
extension ViewChangeTests {
  // Rule: PBFT 4.4-7
  @Test(
    "PBFT §4.4: a certificate outlives views, until the batch of a later one prepares",
    arguments: [false, true])
  func certificateOutlivesViews(preparesAgain: Bool) throws {
    group.prepareAt(2, batch, at: 1)
    let first = try #require(group.fire(.request, of: 2)?.viewChange())
    #expect(first.certificates.map(\.proposal.digest) == [batch.digest])
    // Of replicas that did not prepare it: O is empty, and the primary proposes something else.
    let changes = [0, 1, 3].map { group.viewChange($0, to: 1) }
    group.receive(2, .newView(group.newView(1, changes, by: 1)), from: 1)
    let later = group.batch([group.request(1, 1)], by: 1, in: 1)
    if preparesAgain {
      group.prepareAt(2, later, at: 1, in: 1)
    } else {
      let reaction = group.receive(2, group.prePrepare(later, at: 1, in: 1, by: 1), from: 1)
      #expect(reaction.accepts() && !reaction.prepares())
    }
    let second = try #require(group.fire(.request, of: 2)?.viewChange())
    #expect(second.target.number == 2)
    let expected = preparesAgain ? later.digest : batch.digest
    #expect(second.certificates.map(\.proposal.digest) == [expected])
    #expect(second.certificates.map(\.proposal.view.number) == [preparesAgain ? 1 : 0])
    #expect(group.replicas[1].isValid(second))
  }

  // Rule: PBFT 4.4-18
  @Test("PBFT §4.4: the new primary logs O, sends no PREPARE for it, and knows that it lacks min-s")
  func newPrimaryLogs() throws {
    let proof = group.proof(Digest(5), at: 4, by: [0, 2, 3])
    let certificate = group.certificate(batch, at: 5, by: [2, 3])
    let message = group.viewChange(2, to: 1, stable: proof, certificates: [certificate])
    group.receive(1, .viewChange(message), from: 2)
    let reaction = ask([3], for: 1, at: 1)
    let newView = try #require(reaction.newView())
    #expect(newView.proposals.map(\.sequence.number) == [5])
    #expect(group.replicas[1].unreachedCheckpoint == proof)
    let index = try #require(group.replicas[1].log.find(SequenceNumber(5)))
    #expect(group.replicas[1].log[index].proposal == newView.proposals[0])
    let body = group.receive(1, .batch(SequenceNumber(5), batch, of: nil), from: 2)
    #expect(body.accepts() && body.sends.isEmpty)
    #expect(!reaction.kinds.contains("prepare"))
  }

  // Rule: PBFT 4.4-15, PBFT 4.4-23
  @Test("PBFT §4.4: the new primary goes on above max-s")
  func continuesAboveMaxS() throws {
    group.issue(group.request(1, 1), to: [1])
    let certificate = group.certificate(batch, at: 2, by: [2, 3])
    group.receive(
      1, .viewChange(group.viewChange(2, to: 1, certificates: [certificate])), from: 2)
    let reaction = ask([3], for: 1, at: 1)
    let newView = try #require(reaction.newView())
    #expect(newView.proposals.map(\.digest) == [Batch.null.digest, batch.digest])
    var proposed: [UInt64] = []
    for case (.prePrepare(let proposal, _), _) in reaction.sends {
      proposed.append(proposal.sequence.number)
    }
    #expect(proposed == [3])
  }

  // Rule: PBFT 4.4-17, PBFT 4.4-21
  @Test("PBFT §4.4: the null request takes its number and changes nothing")
  func nullExecutes() {
    // The batch of n = 1 reaches nobody, that of n = 2 prepares.
    group.isLost = {
      if case .prePrepare(let proposal, _) = $0.message, proposal.sequence.number == 1 {
        return true
      }
      return $0.kind == "commit"
    }
    for client in 0...1 { group.issue(group.request(client, 1)) }
    group.settle()
    #expect(group.executed == [0, 0, 0, 0])
    group.isLost = { $0.from.replica?.index == 0 || $0.to.replica?.index == 0 }
    for index in 1...3 { group.fire(.request, of: index) }
    group.settle()
    // n = 1 is null, n = 2 as it prepared, and n = 3 is the request of the lost batch.
    #expect(group.executed[1...] == [3, 3, 3])
    #expect(group.replicas[1...].allSatisfy { $0.state.ledger.executed == 2 })
    #expect(group.replicas[1].installedBy?.proposals.map(\.digest).first == Batch.null.digest)
    #expect(Set(group.replicas[1...].map(\.state.digest)).count == 1)
  }

  // Rule: PBFT 4.4-23
  @Test("PBFT §4.4: up to max-s a backup that lags behind min-s believes nothing but O")
  func believesOnlyO() {
    let proof = group.proof(Digest(5), at: 4, by: [0, 1, 3])
    let certificate = group.certificate(batch, at: 5, by: [1, 3])
    let changes = [
      group.viewChange(0, to: 1), group.viewChange(1, to: 1),
      group.viewChange(3, to: 1, stable: proof, certificates: [certificate]),
    ]
    group.receive(2, .newView(group.newView(1, changes, by: 1)), from: 1)
    let mine = group.batch([group.request(1, 1)], by: 1, in: 1)
    // The second proposal for 5 proves that the primary lied, and ends the view.
    for (sequence, isBelieved) in [(3, false), (4, false), (6, true), (5, false)] {
      let message: Plain.Message = group.prePrepare(mine, at: UInt64(sequence), in: 1, by: 1)
      #expect(group.receive(2, message, from: 1).accepts() == isBelieved, "n = \(sequence)")
    }
  }
}
