import ConsensusCore
import DiscreteEvents
import TestSupport
import Testing

@testable import PBFT

@Suite("PBFT §4.3: checkpoints, garbage collection, state transfer")
struct CheckpointTests {
  let group = PBFTTests.group()

  // Rule: PBFT 4.3-1, PBFT 4.3-2
  @Test(
    "PBFT §4.3: checkpoints are taken \"when a request with a sequence number divisible by some constant is executed\""
  )
  func interval() {
    group.complete(3)
    #expect(group.sent["checkpoint"] == nil)
    group.complete(1, from: 4)
    #expect(group.sent["checkpoint"] == 12)
    #expect(group.replicas.allSatisfy { $0.checkpoints.stable.sequence.number == 4 })
  }

  // Rule: Paper III-A-3
  @Test("Model §2.5: a commanded rotation takes its checkpoint first, and repeats no batch")
  func rotation() {
    group.complete(2)
    for index in 0..<4 { group.step(index, .command(.rotate)) }
    group.settle()
    #expect(group.replicas.allSatisfy { $0.view.number == 1 && $0.phase == .normal })
    #expect(group.replicas.allSatisfy { $0.checkpoints.stable.sequence.number == 2 })
    #expect(group.replicas[1].installedBy?.proposals.isEmpty == true)
  }

  // Rule: PBFT 4.3-3, PBFT 4.3-4
  @Test(
    "PBFT §4.3: stable needs \"2f+1 … messages for sequence number n with the same digest d\" of different replicas"
  )
  func quorum() {
    group.isLost = { $0.kind == "checkpoint" }
    group.complete(4)
    let digest = group.replicas[1].state.digest
    let isStable = { group.replicas[1].checkpoints.stable.sequence.number == 4 }
    let vote = { group.checkpointVote($0, at: 4, by: $1) }
    group.receive(1, .checkpoint(vote(Digest(1), 0)), from: 0)
    group.receive(1, .checkpoint(vote(digest, 2)), from: 2)
    group.receive(1, .checkpoint(vote(digest, 2)), from: 2)
    #expect(!isStable())
    var forged = vote(digest, 2)
    forged.replica = ReplicaID(3)
    #expect(group.receive(1, .checkpoint(forged), from: 3).rejections() == [.badSignature])
    #expect(group.receive(1, .checkpoint(vote(digest, 7)), from: 3).rejections() == [.notAMember])
    #expect(!isStable())
    group.receive(1, .checkpoint(vote(digest, 3)), from: 3)
    #expect(isStable())
  }

  // Rule: PBFT 4.3-5, PBFT 4.3-8
  @Test(
    "PBFT §4.3: \"the replica discards all … messages with sequence number less than or equal to n\"; h and H advance"
  )
  func garbage() {
    group.complete(4)
    let replica = group.replicas[1]
    #expect(replica.log.low.number == 4 && replica.log.high.number == 12)
    #expect((1...4).allSatisfy { replica.log.find(SequenceNumber($0)) == nil })
    #expect(replica.log.certificates.isEmpty && replica.checkpoints.unstable.isEmpty)
  }

  // Rule: PBFT 4.3-6
  @Test("PBFT §4.3: the low mark equals the last stable checkpoint; H = h + k bounds proposals")
  func exhaustion() {
    group.isLost = { $0.kind == "checkpoint" || $0.kind == "stable" }
    for client in 0..<20 { group.issue(group.request(client, 1)) }
    group.settle()
    #expect(group.executed == [8, 8, 8, 8])
    // The lost CHECKPOINTs are sent again in answer to reminders, and all goes on.
    group.isLost = { _ in false }
    group.run(until: .zero + .seconds(5))
    #expect(group.executed == [20, 20, 20, 20])
    #expect(group.replicas.allSatisfy { $0.view.number == 0 })
  }

  @Test("A replica that lost the CHECKPOINTs of others is not left behind")
  func lostVotes() {
    group.isLost = { $0.kind == "checkpoint" && $0.to.replica?.index == 1 }
    for client in 0..<8 { group.issue(group.request(client, 1)) }
    group.settle()
    #expect(group.replicas[1].log.low.number == 0)
    group.issue(group.request(9, 1))
    group.settle()
    group.run(until: .zero + .seconds(3))
    #expect(group.executed == [9, 9, 9, 9] && group.replicas[1].log.low.number == 8)
  }

  @Test("One replica's votes for invented checkpoints take bounded room")
  func invented() {
    for number in 1...1_000 as ClosedRange<UInt64> {
      let vote = group.checkpointVote(Digest(number), at: 4, by: 3)
      group.receive(1, .checkpoint(vote), from: 3)
    }
    group.complete(4)
    #expect(group.replicas[1].checkpoints.stable.sequence.number == 4)
    #expect("\(group.replicas[1].checkpoints)".count < 100_000)
  }

  @Test("An endless stream of CHECKPOINTs for ever other points takes bounded room")
  func endless() {
    let far = [1, 5, 1 << 40, UInt64.max - 100_000]
    for round in 1...6 as ClosedRange<UInt64> {
      for number in 1...500 as ClosedRange<UInt64> {
        let sequence = far[Int(number % 4)] + 500 * round + number
        let vote = group.checkpointVote(Digest(mix(round, number)), at: sequence, by: 3)
        group.receive(1, .checkpoint(vote), from: 3)
      }
      #expect(group.replicas[1].checkpoints.openCandidates <= 16)
      // The others' checkpoints become stable.
      group.complete(4, from: 4 * round - 3)
      #expect(group.replicas[1].checkpoints.stable.sequence.number == 4 * round)
    }
  }

  /// Replica 3 hears nothing while the others execute `count` requests.
  func leaveBehind(_ count: Int) {
    group.isLost = { $0.to.replica?.index == 3 || $0.from.replica?.index == 3 }
    for number in 1...UInt64(count) {
      group.issue(group.request(0, number), to: [0, 1, 2])
      group.settle()
    }
    group.isLost = { _ in false }
  }

  // Rule: PBFT 4.4-22
  @Test(
    "PBFT §4.3, §4.6: a lagging replica takes the state of a stable checkpoint",
    arguments: [4, 7, 12, 33])
  func transfer(count: Int) {
    leaveBehind(count)
    group.issue(group.request(1, 1))
    group.settle()
    group.run(until: .zero + .seconds(4))
    let executed = UInt64(count + 1)
    #expect(group.executed == [executed, executed, executed, executed])
    #expect(Set(group.replicas.map(\.state.digest)).count == 1)
    #expect(group.replicas.allSatisfy { $0.view.number == 0 && $0.phase == .normal })
  }

  // Rule: PBFT 4.4-22
  @Test("PBFT §4.3: a state whose digest is not the certificate's is refused")
  func wrongState() {
    leaveBehind(4)
    let proof = group.replicas[0].checkpoints.stable
    let other = PBFTTests.group()
    other.complete(4, client: 5)
    let wrong = other.replicas[0].state
    let reaction = group.receive(3, .state(StateTransfer(proof: proof, state: wrong)), from: 0)
    #expect(reaction.rejections() == [.badCertificate] && group.executed[3] == 0)
    let right = group.replicas[0].state
    group.receive(3, .state(StateTransfer(proof: proof, state: right)), from: 0)
    #expect(group.executed[3] == 4)
  }

  @Test(
    "A state that only f+1 replicas vouch for is refused: its proof would spoil every VIEW-CHANGE")
  func weakProof() {
    leaveBehind(4)
    let state = group.replicas[0].state
    let weak = group.proof(state.digest, at: 4, by: [0, 1])
    let reaction = group.receive(3, .state(StateTransfer(proof: weak, state: state)), from: 0)
    #expect(reaction.rejections() == [.badCertificate] && group.executed[3] == 0)
  }

  @Test("A transferred state answers for the requests it executed: nobody waits for them")
  func transferredRequests() {
    leaveBehind(3)
    group.issue(group.request(0, 4))
    group.drop { $0.to.replica?.index == 3 }
    group.settle { $0.to.replica?.index != 3 }
    group.drop()
    #expect(group.runs(.request, at: 3))
    let transfer = StateTransfer(
      proof: group.replicas[0].checkpoints.stable, state: group.replicas[0].state)
    group.receive(3, .state(transfer), from: 0)
    #expect(group.executed[3] == 4 && group.replicas[3].requests.isEmpty)
    #expect(!group.runs(.request, at: 3))
  }

  @Test(
    "A reminder from beyond all windows breaks nothing",
    arguments: [UInt64.max, UInt64.max - 1, 40] as [UInt64])
  func absurdStatus(executed: UInt64) {
    group.complete(2)
    let status = Status(
      epoch: 0, view: View(0), target: nil, stable: .zero, executed: SequenceNumber(executed))
    #expect(group.receive(1, .status(status), from: 3).kinds.isEmpty)
  }
}

@Suite("Restart from disk")
struct RestartTests {
  let group = PBFTTests.group()

  @Test(
    "P-8: a replica restarted after any number of deliveries contradicts nothing it signed",
    arguments: 0..<4, 0..<3)
  func noConflict(victim: Int, phase: Int) {
    for moment in 0..<26 {
      let group = PBFTTests.group()
      for client in 0..<2 { group.issue(group.request(client, 1)) }
      for _ in 0..<(moment + phase * 8) { group.deliver() }
      group.restart(victim)
      group.run(until: .zero + .seconds(40))
      #expect(group.executed == [2, 2, 2, 2], "at \(moment)")
      #expect(Set(group.replicas.map(\.state.digest)).count == 1)
    }
  }

  @Test("A primary restarted right after a stable checkpoint goes on proposing")
  func primaryAtCheckpoint() {
    group.complete(4)
    group.restart(0)
    group.settle()
    group.complete(1, from: 5)
    #expect(group.executed == [5, 5, 5, 5] && group.replicas[1].view.number == 0)
  }

  @Test("P-11: a restarted replica is in the view it was in, changing or not")
  func view() {
    group.issue(group.request(0, 1))
    group.drop()
    for index in 1...3 { group.fire(.request, of: index) }
    let target = group.replicas[2].standing.view
    group.restart(2)
    #expect(target == 1 && group.replicas[2].standing.view == 1)
    group.run(until: .zero + .seconds(30))
    #expect(group.executed == [1, 1, 1, 1])
  }

  @Test("A replica that lost its disk is brought up to date")
  func amnesia() {
    group.complete(10)
    group.restart(3, losingDisk: true)
    group.run(until: .zero + .seconds(5))
    #expect(group.executed == [10, 10, 10, 10])
    #expect(Set(group.replicas.map(\.state.digest)).count == 1)
  }

  @Test("All replicas at once lose nothing that was executed")
  func allAtOnce() {
    group.complete(6)
    let digest = group.replicas[0].state.digest
    for index in 0..<4 { group.restart(index) }
    group.run(until: .zero + .seconds(2))
    #expect(group.replicas.allSatisfy { $0.state.digest == digest })
    group.complete(3, from: 7)
    #expect(group.executed == [9, 9, 9, 9])
  }

  @Test("A checkpoint whose votes were lost in a crash of all becomes stable by reminders")
  func checkpointVotes() {
    group.isLost = { $0.kind == "checkpoint" }
    for client in 0..<8 { group.issue(group.request(client, 1)) }
    group.settle()
    for index in 0..<4 { group.restart(index) }
    group.isLost = { _ in false }
    group.drop()
    group.issue(group.request(8, 1))
    group.run(until: .zero + .seconds(5))
    #expect(group.executed == [9, 9, 9, 9])
  }
}
