import ConsensusCore
import DiscreteEvents
import TestSupport
import Testing

@testable import Streamlet

@Suite("The rules of Streamlet, step by step")
struct StreamletRuleTests {
  // Rule: Streamlet epochs-1, Streamlet epochs-3
  @Test("Epochs last 2 Delta, and their leaders propose at the beginning")
  func epochs() {
    let group = started()
    for epoch in Int64(1)...9 {
      group.settle()
      for index in 0..<4 {
        #expect(group.replicas[index].standing.view == UInt64(epoch))
        #expect(group.replicas[index].standing.leads == (epoch % 4 == Int64(index)))
        #expect(group.deadlines[index][0] == at(20 * epoch))
      }
      for index in 0..<4 {
        let reaction = group.fire(.epoch, of: index)
        let kinds = (epoch + 1) % 4 == Int64(index) ? ["proposal", "vote"] : []
        #expect(reaction?.kinds == kinds)
      }
    }
  }

  @Test("A replica that enters an epoch late is in time for the next one")
  func lateEpoch() {
    let group = started()
    group.now = at(27)
    group.step(0, .timeout(.epoch))
    #expect(group.deadlines[0][0] == at(40))
    group.now = at(70)
    group.step(0, .timeout(.epoch))
    #expect(group.deadlines[0][0] == at(70))
  }

  // Rule: Streamlet epochs-2
  @Test("Leaders are drawn alike everywhere, by the run's key, and each leads now and then")
  func drawnLeaders() {
    var first = parameters(7)
    first.leaders = .drawn
    var second = first
    second.leaderSeed = Seed(5)
    let epochs = (UInt64(1)...70).map { Epoch($0) }
    #expect(Set(epochs.map { first.leader(of: $0).index }) == Set(0..<7))
    #expect(epochs.map { first.leader(of: $0) } != epochs.map { second.leader(of: $0) })
    #expect(epochs.map { parameters(7).leader(of: $0).index } == epochs.map { Int($0.number % 7) })
  }

  // Rule: Streamlet epochs-4
  @Test("Each proposal and each vote is passed on once: n³ - n copies an epoch", arguments: 4...8)
  func echo(n: Int) {
    let group = started(n)
    group.settle()
    group.sent = [:]
    for index in 0..<n { group.fire(.epoch, of: index) }
    group.settle()
    #expect(group.sent == ["proposal": n * (n - 1), "vote": n * n * (n - 1)])
  }

  // Rule: Streamlet propose-1
  @Test("A leader extends a longest notarised chain, of two the one it saw first")
  func extendsLongest() {
    let group = quiet()
    let first = group.block(1)
    let second = group.block(2)
    let longer = group.block(3, on: first.block)
    group.notarise(first)
    group.enter(2)
    group.notarise(second)
    group.enter(3)
    group.receive(0, .proposal(longer), from: 3)
    group.enter(4)
    let proposed = group.pending.compactMap { envelope -> StreamletBlock? in
      if case .proposal(let proposal) = envelope.message, proposal.block.epoch == Epoch(4) {
        proposal.block
      } else {
        nil
      }
    }
    #expect(proposed.count == 3)
    #expect(proposed.allSatisfy { $0.parent == first.block.digest && $0.proposer.index == 0 })
  }

  // Rule: Streamlet propose-2
  @Test("A block holds the oldest requests that the chain below does not hold, up to the batch")
  func requests() {
    let group = quiet(batch: 2)
    for client in 0..<4 { group.issue(group.request(client, 1), to: [0]) }
    group.notarise(group.block(1, [group.request(1, 1)]))
    #expect(group.replicas[0].requests(behind: 0).map(\.client.index) == [0, 1])
    #expect(group.replicas[0].requests(behind: 1).map(\.client.index) == [0, 2])
  }

  // Rule: Streamlet vote-1, Streamlet vote-3
  @Test("A replica votes for the first proposal of an epoch and for no other")
  func firstOnly() {
    let group = quiet()
    let first = group.block(1)
    let second = group.block(1, [group.request(0, 1)])
    #expect(group.receive(0, .proposal(first), from: 1).ownVotes == 1)
    let reaction = group.receive(0, .proposal(second), from: 1)
    #expect(reaction.kinds == ["proposal"])
  }

  // Rule: Streamlet vote-1
  @Test("A replica votes neither for a late proposal nor for an early one before its epoch")
  func rightEpoch() throws {
    let group = quiet()
    let early = group.block(2)
    #expect(group.receive(0, .proposal(early), from: 2).ownVotes == 0)
    #expect(try #require(group.fire(.epoch, of: 0)).ownVotes == 1)
    #expect(group.receive(0, .proposal(group.block(1)), from: 1).ownVotes == 0)
  }

  @Test("If the first proposal cannot be voted for, the second is not either")
  func firstIsBad() {
    let group = quiet()
    let first = group.block(1)
    group.notarise(first)
    group.enter(2)
    #expect(group.receive(0, .proposal(group.block(2)), from: 2).ownVotes == 0)
    #expect(group.receive(0, .proposal(group.block(2, on: first.block)), from: 2).ownVotes == 0)
  }

  // Rule: Streamlet vote-2
  @Test("A vote extends a longest notarised chain, of two equally long ones either")
  func longestRule() {
    let group = quiet()
    let first = group.block(1)
    let second = group.block(2)
    group.notarise(first)
    group.enter(2)
    group.notarise(second)
    group.enter(3)
    #expect(group.receive(0, .proposal(group.block(3)), from: 3).ownVotes == 0)
    let other = quiet()
    other.notarise(first)
    other.enter(2)
    other.notarise(second)
    other.enter(3)
    #expect(other.receive(0, .proposal(other.block(3, on: second.block)), from: 3).ownVotes == 1)
  }

  @Test("A replica votes within the epoch once late votes notarise the parent")
  func lateVotes() {
    let group = quiet()
    let first = group.block(1)
    group.receive(0, .proposal(first), from: 1)
    group.enter(2)
    let second = group.block(2, on: first.block)
    #expect(group.receive(0, .proposal(second), from: 2).ownVotes == 0)
    #expect(group.receive(0, .vote(group.vote(1, first)), from: 1).ownVotes == 0)
    #expect(group.receive(0, .vote(group.vote(2, first)), from: 2).ownVotes == 1)
  }

  // Rule: Streamlet notarise-1
  @Test("ceil(2n / 3) votes notarise, one less does not", arguments: 4...10)
  func quorum(n: Int) {
    let q = (2 * n + 2) / 3
    #expect(parameters(n).quorum == q && 3 * q >= 2 * n && 3 * (q - 1) < 2 * n)
    let group = quiet(n)
    let proposal = group.block(1)
    group.receive(0, .proposal(proposal), from: 1)
    for voter in 1..<q - 1 { group.receive(0, .vote(group.vote(voter, proposal)), from: voter) }
    #expect(group.replicas[0].tree.longestHeight == 0)
    group.receive(0, .vote(group.vote(q - 1, proposal)), from: q - 1)
    #expect(group.replicas[0].tree.longestHeight == 1)
  }

  // Rule: Streamlet notarise-2
  @Test("A notarised block on one that is not ends no notarised chain")
  func chains() {
    let group = quiet()
    let first = group.block(1)
    let second = group.block(2, on: first.block)
    group.receive(0, .proposal(first), from: 1)
    group.enter(2)
    group.notarise(second)
    #expect(group.replicas[0].tree.longestHeight == 0)
    group.receive(0, .vote(group.vote(1, first)), from: 1)
    group.receive(0, .vote(group.vote(2, first)), from: 2)
    #expect(group.replicas[0].tree.longestHeight == 2)
    #expect(group.replicas[0].standing.executed == 1)
  }

  // Rule: Streamlet finalise-1
  @Test(
    "Three blocks of consecutive epochs make the middle one final, and what is below",
    arguments: [
      ([1, 2], [1]), ([1, 3], []), ([1, 3, 4], []), ([1, 3, 4, 5], [1, 3, 4]),
      ([2, 3], []), ([2, 3, 4], [2, 3]), ([1, 2, 4, 5, 7], [1]), ([1, 2, 3, 4], [1, 2, 3]),
    ] as [([UInt64], [UInt64])])
  func finality(epochs: [UInt64], expected: [UInt64]) {
    let group = quiet()
    var parent = StreamletBlock.genesis
    for epoch in epochs {
      group.enter(epoch)
      group.drop()
      let proposal = group.block(epoch, on: parent)
      // Replica 0 leads epoch 4 and made the same block itself.
      group.notarise(proposal)
      parent = proposal.block
    }
    let final = group.observations[0].compactMap {
      if case .finalised(_, let epoch, _, _) = $0 { epoch.number } else { nil }
    }
    #expect(final == expected)
    #expect(group.replicas[0].standing.executed == UInt64(expected.count))
  }

  // Rule: Streamlet finalise-2
  @Test("Every replica executes what is final, replies once, and replies again if asked again")
  func replies() {
    let group = started()
    let request = group.request(3, 1)
    group.issue(request)
    group.run(until: at(70))
    #expect(group.replies.map(\.replica.index).sorted() == [0, 1, 2, 3])
    #expect(Set(group.replies.map(\.result)).count == 1)
    #expect(group.replicas.allSatisfy { $0.unfinished == 0 })
    group.issue(request, to: [2])
    #expect(group.replies.count == 5)
  }
}
