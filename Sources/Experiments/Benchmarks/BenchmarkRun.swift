import ConsensusCore
import DiscreteEvents
import RunPlans
import Simulator

/// The run of one case.
struct BenchmarkRun {
  let subject: BenchmarkCase
  /// The number of events after which the run ends.
  let messages: Int

  /// Carries the run out; returns what it delivered and the CPU time that took, in nanoseconds.
  func carryOut() -> (messages: Int, digest: TraceDigest, nanoseconds: Int) {
    let run = plannedRun
    let start = ProcessUsage.nanoseconds
    let outcome = run.executed().outcome
    let end = ProcessUsage.nanoseconds
    precondition(
      outcome.violations.isEmpty, "a benchmark broke an invariant: \(outcome.violations)")
    return (outcome.messages.reduce(0) { $0 + $1.delivered }, outcome.digest, end - start)
  }

  /// The same number of messages on the bare engine.
  func carryOutOnEngine() -> Int {
    let start = ProcessUsage.nanoseconds
    _ = EngineBenchmark.run(
      nodes: subject.replicas, messages: messages, law: subject.delays.law)
    return ProcessUsage.nanoseconds - start
  }

  /// PBFT with the values that a scenario has without keys, under a closed loop.
  private var plannedRun: PlannedRun {
    var plan = RunPlan()
    plan.replicas = subject.replicas
    plan.nodes = (0...subject.replicas).map { index in
      NodeModel(
        name: "n\(index)", serviceTime: .one, uplinkBitsPerSecond: nil,
        downlinkBitsPerSecond: nil, group: 0)
    }
    plan.network = NetworkModel(
      uniform: LinkLaw(latency: subject.delays.law, loss: 0, duplication: 0, isFIFO: false))
    var client = RunPlan.Client()
    client.load = .closed(connections: 10, thinkTime: nil)
    client.timeout = .seconds(10)
    client.retransmission = nil
    plan.clients = [client]
    plan.schedule = .window(warmup: .zero, duration: .seconds(10_000))
    plan.timeLimit = .zero + .seconds(10_000)
    plan.eventLimit = UInt64(messages)
    plan.usesProbes = subject.isProbed
    plan.isCalm = true
    return PlannedRun(plan, of: .pbft, seed: 1)
  }
}
