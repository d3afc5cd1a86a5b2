import DiscreteEvents
import Simulator
import Testing

@testable import Fuzzing
@testable import RunPlans
@testable import Streamlet

@Suite("Plans of a protocol of another module")
struct RegisteredProtocolTests {
  static let streamlet = FuzzProtocol.registered(.streamlet)

  @Test("What is drawn are keys of the protocol's section, and each value occurs")
  func keys() {
    let drawing = StreamletSubject.drawing
    let names = StreamletConfiguration.section.spec.keys.map(\.name)
    #expect(drawing.keys.allSatisfy { names.contains($0.name) })
    let generator = PlanGenerator(sizes: 4...7)
    let drawn = (1...200).map { generator.plan(Self.streamlet, seed: $0).options.choices }
    for (place, key) in drawing.keys.enumerated() {
      #expect(Set(drawn.map { $0[place] }) == Set(0..<key.choices), "\(key.name)")
    }
  }

  @Test("The values that were drawn stand in the plan of the run, and Delta fits the network")
  func parameters() {
    let generator = PlanGenerator(sizes: 4...9)
    for seed in 1...200 as ClosedRange<UInt64> {
      let plan = generator.plan(Self.streamlet, seed: seed)
      let keys = plan.planned.plan[StreamletConfiguration.self]
      #expect(keys.leaders == (plan.options.choices[1] == 0 ? .roundRobin : .drawn))
      #expect(keys.batch == (plan.options.choices[2] == 0 ? 1 : 3))
      #expect(keys.delta >= plan.surroundings.latency * 4)
    }
  }

  @Test("A plan run twice gives the same run, and another key another one")
  func repeats() {
    let generator = PlanGenerator(sizes: 4...7)
    for seed in 1...8 as ClosedRange<UInt64> {
      var plan = generator.plan(Self.streamlet, seed: seed)
      #expect(plan == generator.plan(Self.streamlet, seed: seed))
      let digest = plan.run().digest
      #expect(plan.run().digest == digest)
      plan.options.choices[0] = 2 - plan.options.choices[0] / 2 * 2
      plan.options.choices[1] = 1 - plan.options.choices[1]
      #expect(plan.run().digest != digest)
    }
  }

  @Test("Within the bound no plan and no variant has too many liars, or a last phase")
  func bounds() {
    let generator = PlanGenerator(sizes: 4...31)
    for seed in 1...400 as ClosedRange<UInt64> {
      var plan = generator.plan(Self.streamlet, seed: seed)
      if seed % 2 == 0 { plan = generator.variant(of: plan, seed: seed &* 31) }
      #expect(plan.healing.settling == nil)
      guard !plan.isBeyondBound else { continue }
      #expect(plan.byzantine.count <= Self.streamlet.faults(among: plan.replicas))
      #expect(plan.replicas - plan.awayCount >= Self.streamlet.quorum(of: plan.replicas))
    }
  }

  @Test("Each dimension is out of the ordinary in at least 5 % of the plans")
  func shares() {
    let generator = PlanGenerator(sizes: 4...7)
    let plans = (1...1000).map { generator.plan(Self.streamlet, seed: $0) }
    for (place, name) in Plan.dimensionNames(of: Self.streamlet).enumerated() {
      let used = plans.count { $0.dimensions[place].isUsed }
      #expect(used * 20 >= plans.count, "\(name): \(used) of \(plans.count)")
    }
  }

  @Test("Within the bound nothing breaks, and every run comes to an end")
  func clean() {
    let generator = PlanGenerator(sizes: 4...7)
    for seed in 1...60 as ClosedRange<UInt64> {
      let plan = generator.plan(Self.streamlet, seed: seed)
      guard !plan.isBeyondBound else { continue }
      let result = plan.run()
      #expect(result.violations.isEmpty, "\(seed): \(result.violations.prefix(2))")
      #expect(result.isJudged)
    }
  }

  @Test("Names that are not registered cannot be fuzzed, and `all` are the four of this package")
  func names() {
    #expect(FuzzProtocol.builtIn.map(\.name) == ["pbft", "sc-pbft", "raft", "pow"])
    #expect(FuzzProtocol(named: "sc-pbft") == .scPBFT)
    #expect(FuzzProtocol(named: "nobody") == nil)
    #expect(Self.streamlet.name == "streamlet" && Self.streamlet.leastReplicas == 4)
  }
}
