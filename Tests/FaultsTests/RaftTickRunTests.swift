import ConsensusCore
import DiscreteEvents
import Raft
import Simulator
import TestSupport
import Testing

import Faults

@Suite("Raft's ticks in runs")
struct RaftTickRunTests {
  /// When a replica that hears nobody asks for votes.
  private struct Campaigns: Probe {
    typealias Subject = RaftReplica
    var instants: [[Int64]] = [[], [], []]
    var violations: [Violation] { [] }

    mutating func observe(
      _ observation: RaftObservation, by replica: ReplicaID, at time: VirtualTime
    ) {
      if case .preCampaigned = observation { instants[replica.index].append(time.nanoseconds) }
    }
  }

  /// Three replicas whose messages are all lost; all restart after 60 s.
  private func campaigns(_ phase: TickPhase) -> [[Int64]] {
    var configuration = RaftConfiguration(replicas: 3)
    configuration.tick = .milliseconds(100)
    configuration.tickPhase = phase
    configuration.longestElectionTimeout = .milliseconds(1_900)
    configuration.initialLeader = nil
    var run = quiet(RaftReplica.self, replicas: 3, configuration, clients: [], seconds: 120)
    run.costs[.persist] = 7_000
    run.costs[.send] = 30_000
    var restart = rule(replicas(0, 1, 2), .crash(downFor: .milliseconds(50), disk: .kept))
    restart.activation.from = .zero + .seconds(60)
    run.faults = [rule(replicas(0, 1, 2), .silent), restart]
    var simulation = Simulation(run, probe: Campaigns(), trace: NoTrace<RaftReplica>())
    _ = simulation.run()
    return simulation.probe.instants
  }

  private func offsets(_ instants: [Int64], _ range: Range<Int64>) -> Set<Int64> {
    Set(
      instants.filter { range.contains($0 / 1_000_000_000) }.map { $0 % 100_000_000 })
  }

  @Test("A replica asks at the ticks of its clock, and a restart gives it another clock")
  func random() {
    var drawn: Set<Int64> = []
    for instants in campaigns(.random) {
      #expect(instants.count > 60)
      let before = offsets(instants, 0..<60)
      let after = offsets(instants, 60..<120)
      #expect(before.count == 1 && after.count == 1, "\(before) \(after)")
      drawn.formUnion(before.union(after))
    }
    #expect(drawn.count == 6)
  }

  @Test("Clocks in phase tick at the multiples of the tick, also after a restart")
  func together() {
    for instants in campaigns(.together) {
      #expect(instants.count > 60)
      #expect(offsets(instants, 0..<120) == [0])
    }
  }
}
