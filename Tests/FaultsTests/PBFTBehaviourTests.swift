import ConsensusCore
import DiscreteEvents
import PBFT
import SCPBFT
import Simulator
import TestSupport
import Testing

import Faults

@Suite("Byzantine primaries and backups of PBFT")
struct PBFTBehaviourTests {
  @Test(
    "Two-faced and tampering primaries lose the lead at once and change nothing",
    arguments: [4, 7], [Forgery.equivocate, .tamper])
  func misbehavingPrimary(n: Int, forgery: Forgery) {
    for seed in 1...3 {
      var run = classic(n)
      run.seed = Seed(UInt64(seed))
      run.protocolConfiguration.viewTimeout = .seconds(10)
      run.faults = [rule(replicas(0), .forge(forgery))]
      let (outcome, watch) = watched(run)
      #expect(watch.isSafe)
      #expect(outcome.bogus == 0)
      #expect(watch.lastViews == Array(repeating: 1, count: n - 1))
      // At least one replica has a proof, and nobody waits for its timer.
      #expect(watch.reasons.contains(.evidence))
      #expect(!watch.reasons.contains(.timeout))
      #expect(watch.views.dropFirst().allSatisfy { ($0.last?.time ?? .distantFuture) < at(1000) })
      #expect(outcome.accepted > 500)
    }
  }

  // Rule: Paper III-B-6
  @Test(
    "sc-PBFT marks two-faced and tampering primaries malicious, by proof, after one turn",
    arguments: [4, 7], [Forgery.equivocate, .tamper])
  func conviction(n: Int, forgery: Forgery) {
    var run = checked(n)
    run.protocolConfiguration.viewTimeout = .seconds(10)
    run.faults = [rule(replicas(0), .forge(forgery))]
    let (outcome, watch) = watched(run)
    #expect(watch.isSafe)
    #expect(outcome.accepted > 500)
    let marks = watch.markings.filter { $0.after == .malicious }
    #expect(marks.count == n - 1)
    #expect(marks.allSatisfy { $0.subject == ReplicaID(0) && $0.isProven })
  }

  @Test("With only delays and drops nobody is ever proven malicious", arguments: 1...6)
  func noFalseProof(seed: Int) {
    var run = checked(4, seconds: 4)
    run.seed = Seed(UInt64(seed))
    run.network = NetworkModel(
      uniform: plain(.exponential(minimum: ms(1), mean: ms(20)), loss: 0.1, duplication: 0.1))
    run.faults = [rule(replicas(seed % 4), .slow(by: ms(300)), probability: 0.5)]
    let (_, watch) = watched(run)
    #expect(watch.isSafe)
    #expect(watch.markings.allSatisfy { !$0.isProven })
  }

  @Test("A silent primary costs exactly one view change", arguments: [4, 5, 7, 10])
  func silentPrimary(n: Int) {
    var run = classic(n)
    run.faults = [rule(replicas(0), .silent)]
    let (outcome, watch) = watched(run)
    #expect(watch.isSafe)
    #expect(watch.lastViews == Array(repeating: 1, count: n - 1))
    #expect(watch.reasons.count == n - 1)
    #expect(outcome.accepted > 500)
  }

  @Test("A primary that holds requests costs exactly one view change")
  func holdingPrimary() {
    var run = classic(4)
    run.faults = [rule(replicas(0), .hold)]
    let (outcome, watch) = watched(run)
    #expect(watch.lastViews == [1, 1, 1])
    #expect(watch.reasons.count == 3)
    #expect(outcome.accepted > 500)
  }

  @Test("Two silent primaries in a row cost exactly two view changes")
  func twoSilentPrimaries() {
    var run = classic(7, seconds: 4)
    run.faults = [rule(replicas(0, 1), .silent)]
    let (outcome, watch) = watched(run)
    #expect(watch.isSafe)
    #expect(watch.lastViews == [2, 2, 2, 2, 2])
    #expect(watch.reasons.count == 10)
    #expect(watch.views[2...].allSatisfy { $0.map(\.view) == [0, 2] })
    #expect(outcome.accepted > 500)
  }

  // Rule: PBFT 4.5.2-6
  @Test("f silent backups cost no view change", arguments: [4, 7, 10])
  func silentBackups(n: Int) {
    var run = classic(n)
    run.faults = [rule(.replicas((1...(n - 1) / 3).map { ReplicaID($0) }), .silent)]
    let (outcome, watch) = watched(run)
    #expect(watch.reasons.isEmpty)
    #expect(watch.lastViews.allSatisfy { $0 == 0 })
    #expect(outcome.accepted > 500)
  }

  @Test("Two halves execute nothing while parted, and go on together once healed")
  func partition() {
    var run = classic(4, seconds: 6)
    run.network.changes = NetworkChange.partition(
      .nodes([NodeID(0), NodeID(1)]), from: .nodes([NodeID(2), NodeID(3)]), at: at(500),
      until: at(2000))
    let (outcome, watch) = watched(run)
    #expect(watch.isSafe)
    // What was on its way at the cut may still be accepted.
    let parted = outcome.requests.count {
      $0.ending == .accepted && $0.ended > at(510) && $0.ended < at(2000)
    }
    #expect(parted == 0)
    #expect(outcome.accepted(since: at(3500)) > 500)
    #expect(Set(watch.heights).count <= 2)
    #expect(outcome.requests.allSatisfy { $0.ending != .accepted || $0.isCorrect })
  }

  @Test("A backup that the primary leaves out gets what it misses from the others")
  func selectiveSilence() {
    var run = classic(4)
    run.faults = [
      rule(
        replicas(0), .silent,
        to: RecipientFilter(replicas: ReplicaSet([ReplicaID(1)]), clients: false))
    ]
    let (outcome, watch) = watched(run)
    #expect(watch.isSafe)
    #expect(outcome.accepted > 300)
    #expect((watch.heights.max() ?? 0) - (watch.heights.min() ?? 0) < 70)
  }

  @Test(
    "A replica that crashes under load comes back and catches up", arguments: [Disk.kept, .lost])
  func crash(disk: Disk) {
    for seed in 1...4 {
      var run = classic(4, seconds: 3)
      run.seed = Seed(UInt64(seed))
      run.network = NetworkModel(
        uniform: plain(.exponential(minimum: ms(1), mean: ms(2)), loss: 0.01))
      let who = seed % 4
      run.faults = [
        rule(replicas(who), .crash(downFor: ms(300), disk: disk), from: at(700 + Int64(seed)))
      ]
      let (outcome, watch) = watched(run)
      #expect(watch.isSafe)
      #expect(outcome.bogus == 0)
      #expect(outcome.accepted(since: at(2500)) > 20)
      #expect((watch.heights.max() ?? 0) - (watch.heights.min() ?? 0) < 40)
      #expect(watch.lastExecution.allSatisfy { $0 > at(2500) })
    }
  }

  @Test("All replicas crash, one after the other, and the group goes on")
  func rollingRestart() {
    var run = classic(4, seconds: 6)
    run.faults = (0..<4).map {
      rule(
        replicas($0), .crash(downFor: ms(400), disk: .kept), from: at(500 + 1000 * Int64($0)))
    }
    let (outcome, watch) = watched(run)
    #expect(watch.isSafe)
    #expect(outcome.accepted(since: at(5500)) > 50)
    #expect((watch.heights.max() ?? 0) - (watch.heights.min() ?? 0) < 40)
  }

  @Test("All replicas crash at once and resume from their disks")
  func blackout() {
    var run = classic(4, seconds: 4)
    run.faults = [
      rule(replicas(0, 1, 2, 3), .crash(downFor: ms(500), disk: .kept), from: at(1001))
    ]
    let (outcome, watch) = watched(run)
    #expect(watch.isSafe)
    #expect(outcome.accepted(since: at(3000)) > 100)
    #expect(Set(watch.heights).count <= 2)
  }
}

@Suite("Twins: two copies of the honest code under one identity")
struct TwinTests {
  static func run(
    _ n: Int, twins: [Int], left: [Int]
  ) -> RunConfiguration<TwinReplica<ClassicPBFT>> {
    let set = ReplicaSet(twins.map { ReplicaID($0) })
    let configuration = TwinConfiguration<ClassicPBFT>(
      base: parameters(n, RoundRobin.Options()), twins: set,
      left: ReplicaSet(left.map { ReplicaID($0) }))
    var run = quiet(
      TwinReplica<ClassicPBFT>.self, replicas: n, configuration,
      clients: [closed(4, quorum: (n - 1) / 3 + 1)], seconds: 2)
    run.faults = [rule(.replicas(set.members), .silent, probability: 0)]
    return run
  }

  /// The honest replicas of both sides do not hear each other for a while.
  static func part(
    _ run: inout RunConfiguration<TwinReplica<ClassicPBFT>>, _ left: [Int], _ right: [Int]
  ) {
    run.network.changes = NetworkChange.partition(
      .nodes(left.map { NodeID($0) }), from: .nodes(right.map { NodeID($0) }), at: .zero,
      until: at(400))
  }

  @Test("Without twins the run is that of the protocol itself")
  func noTwins() {
    let plain = bare(classic(4, clients: 4))
    let wrapped = bare(Self.run(4, twins: [], left: []))
    #expect(wrapped.requests == plain.requests)
    #expect(wrapped.messages == plain.messages)
  }

  @Test("Up to f twins break nothing", arguments: [4, 7])
  func withinBound(n: Int) {
    let f = (n - 1) / 3
    for seed in 1...4 {
      let left = Array(f..<(f + (n - f) / 2))
      var run = Self.run(n, twins: Array(0..<f), left: left)
      run.seed = Seed(UInt64(seed))
      if seed % 2 == 0 { Self.part(&run, left, Array((f + (n - f) / 2)..<n)) }
      let (outcome, watch) = watched(run)
      #expect(watch.isSafe)
      #expect(outcome.bogus == 0)
      #expect(outcome.accepted(since: at(1200)) > 100)
    }
  }

  @Test("Beyond f, twins that part the honest replicas break agreement, and it is noticed")
  func beyondBound() {
    var run = Self.run(4, twins: [0, 3], left: [1])
    Self.part(&run, [1], [2])
    let (_, watch) = watched(run)
    #expect(watch.violations.contains { $0.invariant == "P-1" })
  }
}
