import ConsensusCore
import DiscreteEvents
import TestSupport
import Testing

@testable import Streamlet

@Suite("What a replica of Streamlet checks of messages")
struct StreamletCheckTests {
  @Test("A sound proposal is relayed and voted for")
  func soundProposal() {
    let group = quiet()
    let request = group.request(0, 1)
    let reaction = group.receive(0, .proposal(group.block(1, [request])), from: 1)
    #expect(reaction.kinds == ["proposal", "vote"])
    #expect(reaction.ownVotes == 1)
    #expect(reaction.rejections == [])
  }

  /// What is wrong with a proposal in epoch 1, and what it is rejected for.
  static let wrongProposals:
    [(reason: StreamletObservation.Rejection, make: @Sendable (Streamlets) -> StreamletProposal)] =
      [
        (.old, { $0.block(0, by: 0) }),
        (.early, { $0.block(3) }),
        (.wrongLeader, { $0.block(1, by: 2) }),
        (.badSignature, { $0.block(1, signedBy: 2) }),
        (.oversized, { $0.block(1, [$0.request(0, 1), $0.request(1, 1)]) }),
        (
          .badRequest,
          {
            var request = $0.request(0, 1)
            request.operation += 1
            return $0.block(1, [request])
          }
        ),
      ]

  // Rule: Streamlet propose-3
  @Test("A wrong proposal is neither relayed nor voted for", arguments: wrongProposals.indices)
  func wrongProposal(index: Int) {
    let group = quiet(batch: 1)
    let (reason, make) = Self.wrongProposals[index]
    let reaction = group.receive(0, .proposal(make(group)), from: 1)
    #expect(reaction.rejections == [reason])
    #expect(reaction.sends.isEmpty)
  }

  @Test("A block is no parent of one of its own epoch or an earlier one")
  func epochsGrow() {
    let group = quiet()
    let parent = group.block(2)
    group.receive(0, .proposal(parent), from: 2)
    let reaction = group.receive(0, .proposal(group.block(1, on: parent.block)), from: 1)
    #expect(reaction.rejections == [.notLater])
    #expect(reaction.sends.isEmpty)
    #expect(group.replicas[0].tree.place(of: group.block(1, on: parent.block).block.digest) == nil)
  }

  @Test("A block of its parent's epoch ends with the last copy of it, also if it came first")
  func noStorm() {
    let group = quiet()
    let parent = group.block(1)
    let child = group.block(1, on: parent.block)
    #expect(group.receive(0, .proposal(child), from: 1).kinds == ["proposal", "fetch"])
    group.receive(0, .proposal(parent), from: 1)
    #expect(!group.replicas[0].isKnown(child.block.digest))
    let again = group.receive(0, .proposal(child), from: 2)
    #expect(again.rejections == [.notLater])
    #expect(again.sends.isEmpty)
  }

  /// What is wrong with a vote for a block of epoch 1 that the replica has.
  static let wrongVotes:
    [(
      reason: StreamletObservation.Rejection,
      make: @Sendable (Streamlets, StreamletProposal) -> StreamletVote
    )] = [
      (.unknownVoter, { $0.vote(4, $1) }),
      (.badSignature, { $0.vote(2, $1, signedBy: 3) }),
      (.wrongEpoch, { $0.vote(2, $1, epoch: 2) }),
      (.old, { $0.vote(2, $1, epoch: 0) }),
      (.early, { $0.vote(2, $1, epoch: 3) }),
    ]

  // Rule: Streamlet notarise-1
  @Test("A wrong vote is neither relayed nor counted", arguments: wrongVotes.indices)
  func wrongVote(index: Int) {
    let group = quiet()
    let proposal = group.block(1)
    group.receive(0, .proposal(proposal), from: 1)
    group.receive(0, .vote(group.vote(1, proposal)), from: 1)
    let (reason, make) = Self.wrongVotes[index]
    let reaction = group.receive(0, .vote(make(group, proposal)), from: 2)
    #expect(reaction.rejections == [reason])
    #expect(reaction.sends.isEmpty)
    #expect(group.replicas[0].tree.longestHeight == 0)
    group.receive(0, .vote(group.vote(2, proposal)), from: 2)
    #expect(group.replicas[0].tree.longestHeight == 1)
  }

  @Test("A stray vote of another epoch than its block does not count")
  func strayVoteOfWrongEpoch() {
    let group = quiet()
    let proposal = group.block(1)
    group.receive(0, .vote(group.vote(2, proposal, epoch: 2)), from: 2)
    group.receive(0, .vote(group.vote(1, proposal)), from: 1)
    group.receive(0, .proposal(proposal), from: 1)
    #expect(group.replicas[0].tree.longestHeight == 0)
    #expect(group.replicas[0].tree.place(of: proposal.block.digest) != nil)
  }

  // Rule: Streamlet notarise-1
  @Test("A replica's second vote for a block counts no more, whoever passes it on")
  func duplicates() {
    let group = quiet()
    let proposal = group.block(1)
    group.receive(0, .vote(group.vote(2, proposal)), from: 2)
    #expect(group.receive(0, .vote(group.vote(2, proposal)), from: 3).sends.isEmpty)
    group.receive(0, .proposal(proposal), from: 1)
    #expect(group.receive(0, .vote(group.vote(2, proposal)), from: 1).sends.isEmpty)
    #expect(group.receive(0, .proposal(proposal), from: 2).sends.isEmpty)
    #expect(group.replicas[0].tree.longestHeight == 0)
  }

  @Test("Of a leader that proposes again and again two blocks an epoch are kept and relayed")
  func floodOfBlocks() {
    let group = quiet()
    let blocks = (0..<4).map { group.block(1, [group.request($0, 1)]) }
    let orphan = group.block(1, on: blocks[3].block)
    for (proposal, isTaken) in zip([blocks[0], orphan, blocks[1], blocks[2]], [true, true, false]) {
      let reaction = group.receive(0, .proposal(proposal), from: 1)
      #expect(reaction.kinds.contains("proposal") == isTaken)
      #expect(reaction.rejections == (isTaken ? [] : [.flood]))
    }
    #expect(group.receive(0, .proposal(blocks[0]), from: 2).rejections == [], "known")
    #expect(group.receive(0, .proposal(group.block(2)), from: 2).rejections == [])
    let votes = (1...3).map { group.vote($0, blocks[3]) }
    group.receive(0, .chain([VotedBlock(blocks[3], votes: votes)]), from: 1)
    #expect(group.replicas[0].tree.longestHeight == 1, "what others notarised is taken")
  }

  @Test("Of a replica that votes again and again for missing blocks two votes an epoch are kept")
  func floodOfVotes() {
    let group = quiet()
    let blocks = (0..<4).map { group.block(1, [group.request($0, 1)]) }
    for (index, isTaken) in [true, true, false].enumerated() {
      let reaction = group.receive(0, .vote(group.vote(2, blocks[index])), from: 2)
      #expect(reaction.kinds == (isTaken ? ["vote"] : []))
      #expect(reaction.rejections == (isTaken ? [] : [.flood]))
    }
    #expect(group.receive(0, .vote(group.vote(2, blocks[0])), from: 3).rejections == [], "known")
    #expect(group.receive(0, .vote(group.vote(3, blocks[2])), from: 3).kinds == ["vote"])
    group.receive(0, .proposal(blocks[3]), from: 1)
    #expect(group.receive(0, .vote(group.vote(2, blocks[3])), from: 2).kinds == ["vote"])
  }

  @Test("Work is charged where it is done, and copies of what is known cost none")
  func work() {
    var costs = WorkCosts.free
    for (kind, cost) in [(Work.sign, 1), (.verify, 10), (.hash, 100), (.checkRequest, 1_000)] {
      costs[kind] = Int64(cost)
    }
    costs[.execute] = 10_000
    costs[.persist] = 100_000
    let group = quiet()
    var effects = Effects<StreamletReplica>(replicas: 4, costs: costs)
    var replica = group.replicas[0]
    func work(_ message: StreamletMessage, from sender: Endpoint) -> Int64 {
      effects.begin(for: ReplicaID(0))
      replica.step(.message(message, from: sender), at: .zero, into: &effects)
      defer { effects.clear() }
      return effects.work
    }
    let one = Endpoint(ReplicaID(1))
    let request = group.request(0, 1)
    #expect(work(.request(request), from: Endpoint(request.client)) == 1_000)
    // The held request was checked; the other one was not. The vote is signed and written.
    let proposal = StreamletMessage.proposal(group.block(1, [request, group.request(1, 1)]))
    #expect(work(proposal, from: one) == 101_111)
    #expect(work(proposal, from: one) == 0)
    let vote = StreamletMessage.vote(group.vote(1, group.block(1, [request, group.request(1, 1)])))
    #expect(work(vote, from: one) == 10)
    #expect(work(vote, from: one) == 0)
  }

  @Test("Only replicas send what replicas send")
  func channels() {
    let group = quiet()
    let proposal = StreamletMessage.proposal(group.block(1))
    for endpoint in [
      Endpoint(ClientID(0)), Endpoint(ReplicaID(0)), Endpoint(ReplicaID(4)),
    ] {
      let reaction = group.step(0, .message(proposal, from: endpoint))
      #expect(reaction.sends.isEmpty && reaction.observations.isEmpty)
    }
  }

  @Test("A request that its client did not sign is not held")
  func badRequest() {
    let group = quiet()
    var request = group.request(0, 1)
    request.operation += 1
    group.issue(request, to: [0])
    #expect(group.replicas[0].unfinished == 0)
    group.issue(group.request(0, 1), to: [0])
    group.issue(group.request(0, 2), to: [0])
    group.issue(group.request(0, 1), to: [0])
    #expect(group.replicas[0].unfinished == 1)
  }

  @Test("A chain that is too long, or whose votes nobody cast, has no effect")
  func wrongChain() {
    let group = quiet()
    let proposal = group.block(1)
    let forged = (1...3).map { group.vote($0, proposal, signedBy: 1) }
    var reaction = group.receive(0, .chain([VotedBlock(proposal, votes: forged)]), from: 1)
    #expect(reaction.rejections == [.badSignature, .badSignature])
    #expect(group.replicas[0].tree.longestHeight == 0)
    let sound = VotedBlock(proposal, votes: (1...3).map { group.vote($0, proposal) })
    let long = Array(repeating: sound, count: StreamletReplica.longestAnswer + 1)
    reaction = group.receive(0, .chain(long), from: 1)
    #expect(reaction.rejections == [.longChain])
    #expect(group.replicas[0].tree.longestHeight == 0)
    reaction = group.receive(0, .chain([sound]), from: 1)
    #expect(reaction.sends.isEmpty, "a chain is not relayed")
    #expect(group.replicas[0].tree.longestHeight == 1)
  }
}
