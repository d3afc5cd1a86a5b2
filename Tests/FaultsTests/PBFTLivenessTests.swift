import ConsensusCore
import DiscreteEvents
import PBFT
import SCPBFT
import Simulator
import Testing

import Faults

/// The position of a kind of message.
func kind(_ name: String) -> UInt8 {
  UInt8(PBFTMessage<RoundRobin>.kindNames.firstIndex(of: name) ?? 63)
}

@Suite("PBFT gets over what the network does")
struct PBFTLivenessTests {
  @Test("A window that fills because every CHECKPOINT was lost moves on once they arrive")
  func lostCheckpoints() {
    var run = classic(4)
    run.faults = [
      rule(
        replicas(0, 1, 2, 3), .silent, until: at(1000), kinds: KindFilter([kind("checkpoint")]))
    ]
    let outcome = bare(run)
    #expect(outcome.accepted > 60)
    #expect(outcome.accepted(since: at(1500)) > 50)
  }

  @Test("A replica that executed but lacks the proof of a checkpoint is sent it")
  func lostProof() {
    var run = classic(4)
    // Two of the four see no CHECKPOINT and hence cannot go on when their window is full.
    run.faults = [
      rule(
        replicas(0, 1, 2, 3), .silent, until: at(600), kinds: KindFilter([kind("checkpoint")]),
        to: RecipientFilter(
          replicas: ReplicaSet([ReplicaID(2), ReplicaID(3)]), clients: false))
    ]
    run.protocolConfiguration.viewTimeout = .seconds(10)
    let outcome = bare(run)
    #expect(outcome.accepted(since: at(1000)) > 50)
  }

  @Test("A replica that took over a state waits for no request that is in it")
  func transferredRequests() {
    var run = classic(4)
    run.schedule = .tests(
      TestPlan(tests: 2, ending: .firstRequests(count: 96, pause: .seconds(5))))
    run.network.changes = NetworkChange.partition(
      .nodes([NodeID(2)]), from: .nodes([NodeID(0), NodeID(1), NodeID(3)]), at: at(5),
      until: at(300))
    let (outcome, watch) = watched(run)
    #expect(outcome.stopReason == .scheduleEnded)
    #expect(watch.reasons.isEmpty)
    #expect(Set(watch.heights).count <= 2)
    #expect((watch.heights.min() ?? 0) > 150)
  }

  // Rule: PBFT 4.5.2-1
  @Test("A quorum that wants views from some view on is enough to give that view up")
  func overtakenViewChange() {
    var run = classic(4, seconds: 20)
    run.faults = [rule(replicas(0), .silent)]
    // Nobody hears replica 3 ask for view 1; it gives up on that view before the others can.
    run.network.changes = [
      NetworkChange(
        at: .zero, until: at(1300), from: .nodes([NodeID(3)]),
        to: .nodes([NodeID(1), NodeID(2)]), effect: .cut)
    ]
    let (outcome, watch) = watched(run)
    #expect(watch.isSafe)
    #expect(outcome.accepted(since: at(10_000)) > 1000)
  }

  @Test("Votes for views to come cost their receiver no work again and again")
  func earlyMessagesAreCheap() {
    var run = classic(4)
    run.costs[.verify] = 50_000
    let honest = bare(run)
    run.faults = [
      rule(replicas(3), .forge(.futureView), kinds: KindFilter([kind("prepare"), kind("commit")]))
    ]
    let flooded = bare(run)
    #expect(flooded.accepted * 10 > honest.accepted * 9)
  }
}

@Suite("sc-PBFT gets over the change of its membership")
struct EpochLivenessTests {
  @Test("A view change right after a CONFIG block stands on the checkpoint of the old members")
  func viewChangeInNewEpoch() {
    var run = checked(7, seconds: 3)
    run.protocolConfiguration.epochLength = 10
    // Replica 0 is convicted and removed; its CHECKPOINT helped to close the epoch. The leader of
    // the next epoch is silent.
    run.faults = [
      rule(replicas(0), .tamper, kinds: KindFilter([kind("pre-prepare")])),
      rule(replicas(2), .silent, kinds: KindFilter([kind("pre-prepare")])),
    ]
    let (outcome, watch) = watched(run)
    #expect(watch.isSafe)
    #expect(watch.epochs.contains(1))
    #expect(outcome.accepted(since: at(2000)) > 100)
  }
}

@Suite("No proposal is asked for without a fault")
struct MissedProposalRunTests {
  @Test(
    "Where no hop takes longer than three others nobody asks, in whatever order copies come",
    arguments: [4, 7, 10], [1, 2] as [UInt64])
  func faultFree(n: Int, seed: UInt64) {
    for rotation in [PBFTConfiguration<RoundRobin>.Rotation.onSuspicion, .everyBlocks(1)] {
      var run = classic(n, clients: 4, seconds: 1)
      run.seed = Seed(seed)
      run.protocolConfiguration.rotation = rotation
      run.network = NetworkModel(uniform: plain(.uniform(from: ms(1), to: ms(3))))
      let outcome = bare(run)
      #expect(outcome.accepted > 50)
      #expect(outcome.messages[Int(kind("fetch"))].sent == 0)
    }
  }
}
