import ConsensusCore
import DiscreteEvents
import TestSupport
import Testing

@testable import Streamlet

@Suite("What a replica of Streamlet missed or forgot")
struct StreamletRecoveryTests {
  // Rule: Streamlet vote-3
  @Test("A vote leaves only after it is on disk")
  func voteIsDurable() {
    let group = quiet()
    var effects = Effects<StreamletReplica>(replicas: 4, costs: .free)
    for (writes, kinds) in [(0, ["proposal"]), (1, ["proposal", "vote"])] {
      var replica = group.replicas[0]
      effects.begin(for: ReplicaID(0))
      effects.failPower(afterWrites: writes)
      let message = StreamletMessage.proposal(group.block(1))
      replica.step(.message(message, from: Endpoint(ReplicaID(1))), at: .zero, into: &effects)
      #expect(
        effects.sends.map { StreamletMessage.kindNames[Int($0.message.kind)] } == kinds)
      #expect(
        effects.observations.contains { if case .voted = $0 { true } else { false } }
          == (writes == 1))
      effects.clear()
    }
  }

  // Rule: Streamlet vote-3
  @Test("A restarted replica votes no second time in the epoch")
  func restartedVoter() {
    let group = quiet()
    group.receive(0, .proposal(group.block(1)), from: 1)
    group.restart(0)
    #expect(group.replicas[0].standing.view == 1)
    let other = group.block(1, [group.request(0, 1)])
    #expect(group.receive(0, .proposal(other), from: 1).ownVotes == 0)
    group.restart(0, losingDisk: true)
    #expect(group.receive(0, .proposal(other), from: 1).ownVotes == 1)
  }

  @Test("A restarted leader proposes no second block in its epoch")
  func restartedLeader() {
    let group = started()
    group.sent = [:]
    group.restart(1)
    #expect(group.sent == [:])
    #expect(group.replicas[1].standing.leads)
  }

  @Test("A leader whose clock was ahead before a crash does not propose in its epoch again")
  func leaderAhead() throws {
    let group = quiet()
    group.now = at(5)
    #expect(group.step(2, .timeout(.epoch)).kinds == ["proposal", "vote"])
    group.restart(2)
    #expect(group.replicas[2].standing.view == 1)
    let reaction = try #require(group.fire(.epoch, of: 2))
    #expect(reaction.sends.isEmpty)
    let proposals = reaction.observations.count {
      if case .proposed = $0 { true } else { false }
    }
    #expect(group.replicas[2].standing.leads && proposals == 0)
  }

  @Test("A restarted replica knows its longest chain, what is final, and what was executed")
  func restartedState() {
    let group = started()
    group.issue(group.request(0, 1))
    group.run(until: at(75))
    let before = group.replicas[2]
    let reaction = group.restart(2)
    #expect(reaction.final.count == Int(before.standing.executed))
    #expect(reaction.sends.isEmpty, "what was answered is not answered again")
    #expect(group.replicas[2].standing == before.standing)
    #expect(group.replicas[2].tree.longestHeight == before.tree.longestHeight)
    #expect(group.replicas[2].ledger == before.ledger)
    #expect(group.deadlines[2][0] == at(80))
  }

  @Test("A replica that missed epochs asks once for the chain, with its votes, and votes")
  func missedBlocks() throws {
    let group = started()
    group.run(until: at(15))
    group.isLost = { $0.to == Endpoint(ReplicaID(0)) }
    group.run(until: at(65))
    #expect(group.replicas[0].tree.longestHeight == 1)
    #expect(group.replicas[1].standing.executed >= 2)
    group.isLost = { _ in false }
    group.sent = [:]
    // Replica 1 leads epoch 5; replica 0 led epoch 4 on the chain that it had.
    group.run(until: at(85))
    #expect(group.sent["fetch"] == 1)
    #expect(group.sent["chain"] == 1)
    #expect(group.replicas[0].tree.longestHeight == group.replicas[1].tree.longestHeight)
    #expect(group.replicas[0].ledger == group.replicas[1].ledger)
    group.run(until: at(200))
    #expect(group.sent["fetch"] == 1)
    #expect(group.replicas[0].standing.executed == group.replicas[1].standing.executed)
  }

  @Test("A replica that knows the parent but not its votes asks as well")
  func missedVotes() {
    let group = quiet()
    let first = group.block(1)
    group.receive(0, .proposal(first), from: 1)
    group.enter(2)
    let reaction = group.receive(0, .proposal(group.block(2, on: first.block)), from: 2)
    #expect(reaction.kinds == ["proposal", "fetch"])
    let votes = (1...3).map { group.vote($0, first) }
    let answer = group.receive(0, .chain([VotedBlock(first, votes: votes)]), from: 2)
    #expect(answer.ownVotes == 1)
  }

  @Test("Below a block without parent the replica asks for the lowest that is missing")
  func deepOrphans() {
    let group = quiet()
    let first = group.block(1)
    let second = group.block(2, on: first.block)
    let third = group.block(3, on: second.block)
    group.enter(2)
    group.receive(0, .proposal(third), from: 3)
    let reaction = group.receive(0, .proposal(second), from: 2)
    guard case .fetch(let digest, let height)? = reaction.sends.last?.message else {
      Issue.record("it asks")
      return
    }
    #expect(digest == first.block.digest && height == 0)
    group.receive(0, .proposal(first), from: 1)
    #expect(group.replicas[0].tree.place(of: third.block.digest) != nil)
  }

  @Test("An answer holds what lies above the height asked from, and there is none without blocks")
  func answers() {
    let group = started()
    group.run(until: at(95))
    let replica = group.replicas[0]
    let last = replica.tree[replica.tree.longest]
    for height in UInt64(0)...last.height {
      let reaction = group.receive(0, .fetch(last.block.digest, above: height), from: 1)
      guard height < last.height else {
        #expect(reaction.sends.isEmpty)
        continue
      }
      guard case .chain(let blocks)? = reaction.sends.first?.message else {
        Issue.record("it answers")
        return
      }
      #expect(blocks.count == Int(last.height - height))
      #expect(blocks.last?.proposal.block == last.block)
      #expect(blocks.allSatisfy { $0.votes.count >= 3 })
    }
    let final = replica.final[0].proposal.block.digest
    #expect(group.receive(0, .fetch(final, above: 0), from: 1).kinds == ["chain"])
    #expect(group.receive(0, .fetch(Digest(1), above: 0), from: 1).sends.isEmpty)
    #expect(group.receive(0, .fetch(final, above: .max), from: 1).sends.isEmpty)
  }
}
