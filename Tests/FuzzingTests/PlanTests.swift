import ConsensusCore
import DiscreteEvents
import Experiments
import Notation
import Foundation
import Simulator
import Testing

@testable import Fuzzing
@testable import RunPlans

@Suite("Plans")
struct PlanTests {
  @Test("Half of the plans of proof of work adapt the difficulty, never after a single block")
  func retargeting() {
    let generator = PlanGenerator(sizes: 4...7)
    var intervals: [Int?: Int] = [:]
    for seed in 1...400 as ClosedRange<UInt64> {
      let plan = generator.plan(.pow, seed: seed)
      let interval = plan.parameters.retargetInterval
      intervals[interval, default: 0] += 1
      let rule = plan.planned.plan[MiningKeys.self].configuration.retargeting
      #expect(rule?.interval == interval.map { UInt64($0) })
    }
    #expect(Set(intervals.keys) == [nil, 2, 4, 8])
    #expect((150...250).contains(intervals[nil, default: 0]))
  }

  @Test("Every strategy of a miner occurs")
  func strategies() {
    let generator = PlanGenerator(sizes: 4...7)
    var seen: Set<String> = []
    for seed in 1...300 as ClosedRange<UInt64> {
      for case let strategy? in generator.plan(.pow, seed: seed).faults.map(\.strategy) {
        seen.insert("\(strategy)")
      }
    }
    #expect(
      seen == [
        "emptyBlocks", "oversizedBlocks", "selfish", "withhold(blocks: 1)", "withhold(blocks: 2)",
        "withhold(blocks: 3)",
      ])
  }

  @Test("Within the bound no plan has more than f Byzantine replicas, nor too few to make progress")
  func bounds() {
    let generator = PlanGenerator(sizes: 4...31)
    for subject in FuzzProtocol.builtIn {
      for seed in 1...400 as ClosedRange<UInt64> {
        var plan = generator.plan(subject, seed: seed)
        if seed % 2 == 0 {
          plan = generator.variant(of: plan, seed: seed &* 31)
        }
        guard !plan.isBeyondBound else { continue }
        #expect(plan.byzantine.count <= subject.faults(among: plan.replicas))
        #expect(plan.replicas - plan.awayCount >= subject.quorum(of: plan.replicas))
        for change in plan.changes {
          #expect(change.until.map { $0 <= plan.healing.at } ?? true)
        }
      }
    }
  }

  @Test("A run may have more events where a round has more messages")
  func events() {
    func limit(_ replicas: Int) -> UInt64 {
      PlanGenerator(sizes: replicas...replicas).plan(.pbft, seed: 1).eventLimit
    }
    #expect([4, 5, 6, 7].map(limit) == [400_000, 400_000, 400_000, 400_000])
    #expect(limit(8) == 1_600_000)
    #expect(limit(31) == 24_025_000)
    #expect((8...31).allSatisfy { limit($0) > limit($0 - 1) })
  }

  @Test("A Raft leader that checks no quorum is not deaf for good while others hear it")
  func deafLeaders() {
    var plan = PlanGenerator(sizes: 4...4).plan(.raft, seed: 1)
    let deaf = NodeSelector.nodes([NodeID(0)])
    let cut = NetworkChange(
      at: .zero + .milliseconds(1), until: nil, from: .all, to: deaf, effect: .cut)
    for checksQuorum in [false, true] {
      (plan.options.usesPreVote, plan.options.checksQuorum) = (true, checksQuorum)
      plan.faults = []
      plan.changes = [cut]
      plan.settle()
      #expect(plan.changes == (checksQuorum ? [cut] : []))
    }
  }
}
