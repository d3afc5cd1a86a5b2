import ConsensusCore
import DiscreteEvents
import TestSupport
import Testing

@testable import PBFT

@Suite("PBFT §4.2: pre-prepare, prepare, commit")
struct AgreementTests {
  let group = PBFTTests.group()
  var batch: Batch { group.batch([group.request(0, 1)]) }
  var other: Batch { group.batch([group.request(1, 1)]) }

  // Rule: PBFT 4.2-6
  @Test(
    "PBFT §4.2: \"it … multicasts a PRE-PREPARE message with m to all the backups\"; a backup votes"
  )
  func backupVotes() {
    let reaction = group.receive(1, group.prePrepare(batch, at: 1), from: 0)
    #expect(reaction.kinds == ["prepare"])
    #expect(reaction.accepts() && !reaction.prepares())
  }

  // Rule: PBFT 4.2-2
  @Test(
    "PBFT §4.2: a backup accepts if \"the signatures in the request and the PRE-PREPARE … are correct\": not the proposer's key"
  )
  func badSignature() {
    let message = Plain.Message.prePrepare(group.proposal(batch.digest, at: 1, by: 2), batch)
    let reaction = group.receive(1, message, from: 0)
    #expect(reaction.rejections() == [.badSignature] && reaction.kinds.isEmpty)
  }

  // Rule: PBFT 4.2-2
  @Test("PBFT §4.2: a PRE-PREPARE of a backup is not the primary's")
  func notThePrimary() {
    let reaction = group.receive(1, group.prePrepare(batch, at: 1, by: 0), from: 2)
    #expect(reaction.rejections() == [.notThePrimary] && reaction.kinds.isEmpty)
  }

  // Rule: PBFT 4.2-2
  @Test("PBFT §4.2: \"… and d is the digest for m\": else the backup leaves the view")
  func wrongDigest() {
    let message = Plain.Message.prePrepare(group.proposal(other.digest, at: 1), batch)
    let reaction = group.receive(1, message, from: 0)
    #expect(reaction.rejections() == [.wrongDigest] && !reaction.accepts())
    #expect(reaction.complaint() == .evidence)
  }

  @Test(
    "A batch names its view and its proposer, as its PRE-PREPARE does, else the backup leaves the view",
    arguments: [(1, 0), (0, 2), (7, 3)])
  func misattributed(view: UInt64, proposer: Int) {
    let batch = group.batch([group.request(0, 1)], by: proposer, in: view)
    let reaction = group.receive(1, group.prePrepare(batch, at: 1), from: 0)
    #expect(reaction.rejections() == [.invalidContent] && !reaction.accepts())
    #expect(reaction.complaint() == .evidence)
  }

  // Rule: PBFT 4.2-2, Paper III-B-6
  @Test("PBFT §4.2: a request that its client did not sign convicts the primary")
  func forgedRequest() {
    var forged = group.request(0, 1)
    forged.operation = 99
    let reaction = group.receive(1, group.prePrepare(group.batch([forged]), at: 1), from: 0)
    #expect(reaction.rejections() == [.invalidContent] && !reaction.accepts())
    #expect(reaction.viewChange()?.evidence.first?.subject == ReplicaID(0))
    #expect(reaction.viewChange()?.evidence.first?.isValid(group.verifier) == true)
  }

  // Rule: PBFT 4.2-3
  @Test("PBFT §4.2: \"it is in view v\": a PRE-PREPARE of another view is not acted on")
  func wrongView() {
    #expect(group.receive(1, group.prePrepare(batch, at: 1, in: 1, by: 1), from: 1).kinds.isEmpty)
    #expect(group.executed == [0, 0, 0, 0])
  }

  // Rule: PBFT 4.2-4, Paper III-B-6
  @Test(
    "PBFT §4.2: \"it has not accepted a pre-prepare message for view v and sequence number n containing a different digest\""
  )
  func conflicting() {
    group.receive(1, group.prePrepare(batch, at: 1), from: 0)
    let reaction = group.receive(1, group.prePrepare(other, at: 1), from: 0)
    #expect(reaction.rejections() == [.conflicting])
    #expect(!reaction.accepts() && !reaction.kinds.contains("prepare"))
    #expect(reaction.complaint() == .evidence)
  }

  @Test("PBFT §4.2: the same PRE-PREPARE twice is answered once")
  func duplicate() {
    group.receive(1, group.prePrepare(batch, at: 1), from: 0)
    #expect(group.receive(1, group.prePrepare(batch, at: 1), from: 0).kinds.isEmpty)
  }

  // Rule: PBFT 4.2-5
  @Test(
    "PBFT §4.2: \"the sequence number … is between a low water mark, h, and a high water mark, H\"",
    arguments: [(1, true), (8, true), (9, false), (1_000, false), (UInt64.max, false), (0, false)])
  func watermarks(sequence: UInt64, isInside: Bool) {
    let reaction = group.receive(1, group.prePrepare(batch, at: sequence), from: 0)
    #expect(reaction.accepts() == isInside)
    #expect(reaction.kinds == (isInside ? ["prepare"] : []))
  }

  // Rule: PBFT 4.2-7
  @Test("PBFT §4.2: votes outside the watermarks are not counted", arguments: [0, 9, UInt64.max])
  func votesOutside(sequence: UInt64) {
    let vote = group.prepare(batch, at: sequence, by: 2)
    #expect(group.receive(1, vote, from: 2).kinds.isEmpty)
    let commit = group.commit(batch, at: sequence, by: 2)
    #expect(group.receive(1, commit, from: 2).kinds.isEmpty)
  }

  // Rule: PBFT 4.2-8, PBFT 4.2-10
  @Test(
    "PBFT §4.2: prepared needs \"2f prepares from different backups that match the pre-prepare\"")
  func preparedAtQuorum() {
    #expect(!group.receive(1, group.prePrepare(batch, at: 1), from: 0).prepares())
    let reaction = group.receive(1, group.prepare(batch, at: 1, by: 2), from: 2)
    #expect(reaction.prepares() && reaction.kinds == ["commit"])
    #expect(group.receive(1, group.prepare(batch, at: 1, by: 3), from: 3).kinds.isEmpty)
  }

  // Rule: PBFT 4.2-8
  @Test("PBFT §4.2: one backup's PREPARE twice counts once (\"different backups\")")
  func duplicatePrepare() {
    // Replica 0 leads, so it needs two backups.
    group.step(0, .message(.request(group.request(0, 1)), from: Endpoint(ClientID(0))))
    let batch = batch
    for _ in 0..<3 {
      #expect(!group.receive(0, group.prepare(batch, at: 1, by: 2), from: 2).prepares())
    }
    #expect(group.receive(0, group.prepare(batch, at: 1, by: 3), from: 3).prepares())
  }

  // Rule: PBFT 4.2-9
  @Test("PBFT §4.2: \"2f prepares from different backups\": the primary's PREPARE never counts")
  func primaryPrepare() {
    group.receive(1, group.prePrepare(batch, at: 1), from: 0)
    let reaction = group.receive(1, group.prepare(batch, at: 1, by: 0), from: 0)
    #expect(!reaction.prepares() && reaction.rejections() == [.notThePrimary])
  }

  // Rule: PBFT 4.2-9
  @Test("PBFT §4.2: the primary's PREPARE does not count when it comes before its PRE-PREPARE")
  func primaryPrepareEarly() {
    group.receive(1, group.prepare(batch, at: 1, by: 0), from: 0)
    #expect(!group.receive(1, group.prePrepare(batch, at: 1), from: 0).prepares())
    // The honest votes are worth as much as ever.
    #expect(group.receive(1, group.prepare(batch, at: 1, by: 3), from: 3).prepares())
  }

  @Test("The primary's early PREPARE takes no honest backup's early vote away")
  func primaryPrepareTakesNothing() {
    group.receive(1, group.prepare(batch, at: 1, by: 2), from: 2)
    group.receive(1, group.prepare(batch, at: 1, by: 0), from: 0)
    #expect(group.receive(1, group.prePrepare(batch, at: 1), from: 0).prepares())
  }

  @Test("The primary's PREPARE does not count when a vote for another digest came first")
  func primaryPrepareStray() {
    group.receive(1, group.prepare(other, at: 1, by: 2), from: 2)
    group.receive(1, group.prepare(batch, at: 1, by: 0), from: 0)
    #expect(!group.receive(1, group.prePrepare(batch, at: 1), from: 0).prepares())
  }

  // Rule: PBFT 4.2-8
  @Test("PBFT §4.2: PREPAREs without the PRE-PREPARE do not prepare, but count once it comes")
  func preparedNeedsPrePrepare() {
    #expect(!group.receive(1, group.prepare(batch, at: 1, by: 2), from: 2).prepares())
    #expect(!group.receive(1, group.prepare(batch, at: 1, by: 3), from: 3).prepares())
    #expect(group.receive(1, group.prePrepare(batch, at: 1), from: 0).prepares())
  }

  // Rule: PBFT 4.2-8
  @Test("PBFT §4.2: PREPAREs \"match the pre-prepare\": those for another digest do not count")
  func otherDigest() {
    group.receive(1, group.prePrepare(batch, at: 1), from: 0)
    var vote = group.prepareVote(other, at: 1, by: 2)
    vote.proposalSignature = .none
    #expect(!group.receive(1, .prepare(vote), from: 2).prepares())
    #expect(group.receive(1, group.prepare(batch, at: 1, by: 3), from: 3).prepares())
  }

  @Test("Votes for the accepted digest count although a wrong one came first")
  func strayFirst() {
    group.receive(1, group.prepare(other, at: 1, by: 2), from: 2)
    group.receive(1, group.prepare(batch, at: 1, by: 3), from: 3)
    #expect(group.receive(1, group.prePrepare(batch, at: 1), from: 0).prepares())
  }

  @Test("A replica that votes for many digests early cannot push the honest votes out")
  func strayFlood() {
    for client in 10..<60 {
      let wrong = group.batch([group.request(client, 1)])
      group.receive(1, group.prepare(wrong, at: 1, by: 2), from: 2)
    }
    group.receive(1, group.prepare(batch, at: 1, by: 3), from: 3)
    #expect(group.receive(1, group.prePrepare(batch, at: 1), from: 0).prepares())
  }

  @Test("PBFT §4.2: two PREPAREs prove that the primary signed two digests")
  func equivocationByVotes() {
    group.receive(1, group.prePrepare(batch, at: 1), from: 0)
    let reaction = group.receive(1, group.prepare(other, at: 1, by: 2), from: 2)
    #expect(reaction.complaint() == .evidence)
    #expect(reaction.viewChange()?.evidence.first?.subject == ReplicaID(0))
  }

  @Test("A PREPARE that invents the primary's signature proves nothing")
  func inventedEquivocation() {
    group.receive(1, group.prePrepare(batch, at: 1), from: 0)
    let vote = group.prepare(other, at: 1, by: 2, proposer: 2)
    #expect(group.receive(1, vote, from: 2).complaint() == nil)
  }

  // Rule: PBFT 4.2-7
  @Test("PBFT §4.2: votes with a wrong signature are dropped")
  func voteSignature() {
    group.receive(1, group.prePrepare(batch, at: 1), from: 0)
    var vote = group.prepareVote(batch, at: 1, by: 2)
    vote.replica = ReplicaID(3)
    #expect(group.receive(1, .prepare(vote), from: 3).rejections() == [.badSignature])
    var commit = group.commitVote(batch, at: 1, by: 2)
    commit.replica = ReplicaID(3)
    #expect(group.receive(1, .commit(commit), from: 3).rejections() == [.badSignature])
  }

  @Test("A signature over a PREPARE is none over a COMMIT")
  func domains() {
    let vote = group.prepareVote(batch, at: 1, by: 2)
    #expect(group.receive(1, .commit(vote), from: 2).rejections() == [.badSignature])
  }

  // Rule: PBFT 4.2-7
  @Test("PBFT §4.2: who is no replica has no vote", arguments: [4, 200, 1 << 33 + 2])
  func nonMember(index: Int) {
    group.receive(1, group.prePrepare(batch, at: 1), from: 0)
    let reaction = group.receive(1, group.prepare(batch, at: 1, by: index), from: 2)
    #expect(reaction.rejections() == [.notAMember] && !reaction.prepares())
    #expect(
      group.receive(1, group.commit(batch, at: 1, by: index), from: 2).rejections()
        == [.notAMember])
  }

  // Rule: PBFT 4.2-11
  @Test(
    "PBFT §4.2: committed-local needs prepared and \"2f+1 commits (possibly including its own)\"")
  func committedAtQuorum() {
    group.receive(1, group.prePrepare(batch, at: 1), from: 0)
    group.receive(1, group.prepare(batch, at: 1, by: 2), from: 2)
    #expect(!group.receive(1, group.commit(batch, at: 1, by: 2), from: 2).commits())
    #expect(!group.receive(1, group.commit(batch, at: 1, by: 2), from: 2).commits())
    let reaction = group.receive(1, group.commit(batch, at: 1, by: 0), from: 0)
    #expect(reaction.commits() && reaction.kinds.first == "reply")
  }

  // Rule: PBFT 4.2-11
  @Test("PBFT §4.2: COMMITs alone do not commit: \"committed-local is true iff prepared is\"")
  func committedNeedsPrepared() {
    for replica in [0, 2, 3] {
      #expect(
        !group.receive(1, group.commit(batch, at: 1, by: replica), from: replica).commits())
    }
    #expect(!group.receive(1, group.prePrepare(batch, at: 1), from: 0).commits())
    #expect(group.receive(1, group.prepare(batch, at: 1, by: 2), from: 2).commits())
  }

  // Rule: PBFT 4.2-11
  @Test("COMMITs for another digest do not count")
  func commitDigest() {
    group.prepareAt(1, batch, at: 1)
    for replica in [0, 2] {
      #expect(
        !group.receive(1, group.commit(other, at: 1, by: replica), from: replica).commits())
    }
    #expect(!group.receive(1, group.commit(batch, at: 1, by: 3), from: 3).commits())
  }

  // Rule: PBFT 4.2-12
  @Test("PBFT §4.2: \"replicas execute … after all requests with lower numbers\"")
  func executionOrder() {
    let (first, second) = (batch, other)
    group.commitAt(1, second, at: 2)
    #expect(group.replicas[1].standing.executed == 0 && group.replies.isEmpty)
    group.commitAt(1, first, at: 1)
    #expect(group.replicas[1].standing.executed == 2)
    #expect(group.replies.map(\.client.index) == [0, 1])
  }

  // Rule: PBFT 4.2-1, PBFT 4.2-6, PBFT 4.2-10, Paper III-C-4
  @Test("PBFT §4.2: phases take n-1, (n-1)^2, n(n-1), n messages", arguments: [4, 5, 6, 7, 10])
  func messageCounts(n: Int) {
    let group = PBFTTests.group(n)
    group.complete(1)
    #expect(group.sent["pre-prepare"] == n - 1 && group.sent["prepare"] == (n - 1) * (n - 1))
    #expect(group.sent["commit"] == n * (n - 1) && group.sent["reply"] == n)
    #expect(group.executed.allSatisfy { $0 == 1 })
  }

  @Test("Early votes kept for a replica are its own: nobody else can use up its share")
  func earlyShares() {
    // Replica 2 invents votes of a later view in the name of replica 3.
    for sequence in 1...8 {
      for _ in 0..<4 {
        var vote = group.prepareVote(batch, at: UInt64(sequence), in: 1, by: 2)
        vote.replica = ReplicaID(3)
        group.receive(1, .prepare(vote), from: 2)
      }
    }
    let honest = group.prepare(batch, at: 1, in: 1, by: 3, proposer: 1)
    #expect(group.receive(1, honest, from: 3).rejections().isEmpty)
  }

  // Rule: PBFT 4.2-14
  @Test("One sender's early messages are bounded")
  func earlyBound() {
    var refused = 0
    for sequence in 1...20 as ClosedRange<UInt64> {
      let vote = group.prepare(batch, at: sequence, in: 1, by: 3, proposer: 1)
      refused += group.receive(1, vote, from: 3).rejections().filter { $0 == .tooEarly }.count
    }
    #expect(refused == 12)
  }

  // Rule: PBFT 4.2-14, PBFT 4.5.1-1
  @Test("Any order of delivery executes the same history", arguments: 0..<20 as Range<UInt64>)
  func anyOrder(seed: UInt64) {
    let group = PBFTTests.group()
    for client in 0..<6 { group.issue(group.request(client, 1)) }
    var draw = Seed(seed).draw(.choice, 1)
    while !group.pending.isEmpty {
      let place = Int(draw.below(UInt64(group.pending.count)))
      let envelope = group.pending[place]
      // One copy in four comes twice.
      if draw.below(4) > 0 { group.pending.remove(at: place) }
      if let replica = envelope.to.replica {
        group.step(replica.index, .message(envelope.message, from: envelope.from))
      }
    }
    #expect(group.executed == [6, 6, 6, 6])
    #expect(Set(group.replicas.map(\.state.digest)).count == 1)
  }
}
