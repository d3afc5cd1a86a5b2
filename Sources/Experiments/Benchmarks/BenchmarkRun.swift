import ConsensusCore
import DiscreteEvents
import Faults
import Invariants
import PBFT
import RunPlans
import Simulator

/// The run of one case.
struct BenchmarkRun {
  let subject: BenchmarkCase
  /// The number of events after which the run ends.
  let messages: Int

  /// Carries the run out and answers what it delivered and the CPU time that took, in nanoseconds.
  func carryOut() -> (messages: Int, digest: TraceDigest, nanoseconds: Int) {
    guard subject.isProbed else { return measure(NoProbe()) }
    let assumptions = RunAssumptions(isCalm: true, endsSettled: false, replyQuorum: replyQuorum)
    return measure(PBFTInvariants(protocolConfiguration, assumptions: assumptions))
  }

  /// The same number of messages on the bare engine.
  func carryOutOnEngine() -> Int {
    let start = ProcessUsage.nanoseconds
    _ = EngineBenchmark.run(
      nodes: subject.replicas, messages: messages, law: subject.delays.law)
    return ProcessUsage.nanoseconds - start
  }

  private func measure<P: Probe>(
    _ probe: P
  ) -> (messages: Int, digest: TraceDigest, nanoseconds: Int)
  where P.Subject == PBFTReplica<RoundRobin> {
    var simulation = Simulation(configuration, probe: probe, trace: NoTrace())
    let start = ProcessUsage.nanoseconds
    let outcome = simulation.run()
    let end = ProcessUsage.nanoseconds
    precondition(
      outcome.violations.isEmpty, "a benchmark broke an invariant: \(outcome.violations)")
    return (outcome.messages.reduce(0) { $0 + $1.delivered }, outcome.digest, end - start)
  }

  private var replyQuorum: Int { 2 * Quorum(replicas: subject.replicas).faults + 1 }

  private var protocolConfiguration: PBFTConfiguration<RoundRobin> {
    PBFTConfiguration(
      replicas: subject.replicas, checkpointInterval: 128, window: 256, batchLimit: 1,
      viewTimeout: .seconds(10), retransmission: .seconds(5), rotation: .onSuspicion,
      relaysFirstReceipt: false, epochLength: nil, policy: RoundRobin.Options(),
      application: nil)
  }

  private var configuration: RunConfiguration<PBFTReplica<RoundRobin>> {
    let law = LinkLaw(latency: subject.delays.law, loss: 0, duplication: 0, isFIFO: false)
    let clients = ClientModel(
      load: .closed(connections: 10, thinkTime: nil), dispatch: .multicast,
      replyQuorum: replyQuorum, timeout: .seconds(10), retransmission: nil)
    return RunConfiguration(
      seed: Seed(1), replicas: subject.replicas, protocolConfiguration: protocolConfiguration,
      costs: .free, jitter: .zero,
      sizes: MessageSizes(base: ByteCount(600), transaction: ByteCount(800)),
      nodes: (0...subject.replicas).map { index in
        NodeModel(
          name: "n\(index)", serviceTime: .one, uplinkBitsPerSecond: nil,
          downlinkBitsPerSecond: nil, group: 0)
      },
      network: NetworkModel(uniform: law), clients: [clients], faults: [],
      schedule: .window(warmup: .zero, duration: .seconds(10_000)),
      limits: RunLimits(
        time: .zero + .seconds(10_000), events: UInt64(messages), messagesInFlight: 1 << 20),
      continuesAfterViolation: false)
  }
}
