import DiscreteEvents
import Testing

@testable import Fuzzing

@Suite("Drawn plans with limits of what is in flight")
struct InFlightPlanTests {
  @Test(
    "No drawn plan breaks an invariant or ends without progress, whatever may be in flight",
    arguments: [FuzzProtocol.pbft, .scPBFT, .raft], [1, 2])
  func sweep(subject: FuzzProtocol, inFlight: Int) {
    let generator = PlanGenerator(sizes: 4...7)
    for seed in 1...60 as ClosedRange<UInt64> {
      var plan = generator.plan(subject, seed: seed)
      guard !plan.isBeyondBound else { continue }
      plan.options.inFlight = inFlight
      plan.options.batchDelay = seed % 2 == 0 ? .milliseconds(2) : nil
      plan.options.commitsAtOnce = seed % 3 == 0
      if seed % 2 == 0 { plan.parameters.batch = 3 }
      let run = plan.run()
      #expect(run.violations.isEmpty, "seed \(seed): \(run.violations.prefix(2))")
    }
  }
}
