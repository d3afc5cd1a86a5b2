import ConsensusCore
import DiscreteEvents
import RunPlans
import Simulator

/// The common part of the self-test's runs: free processors, nothing but the stated delays.
enum SelfTestRun {
  /// A law of links with a constant delay.
  static func links(
    _ delay: VirtualDuration, loss: Double
  ) -> LinkLaw {
    LinkLaw(latency: .constant(delay), loss: loss, duplication: 0, isFIFO: false)
  }

  /// A run without faults.
  static func configuration<R: Replica>(
    _ type: R.Type, seed: Seed, replicas: Int, _ parameters: R.Configuration,
    network: NetworkModel, clients: [ClientModel], schedule: Schedule
  ) -> RunConfiguration<R> {
    let node = NodeModel(
      name: "node", serviceTime: .one, uplinkBitsPerSecond: nil, downlinkBitsPerSecond: nil,
      group: 0)
    return RunConfiguration(
      seed: seed, replicas: replicas, protocolConfiguration: parameters, costs: .free,
      jitter: .zero, sizes: MessageSizes(base: ByteCount(0), transaction: ByteCount(0)),
      nodes: Array(repeating: node, count: replicas + clients.count), network: network,
      clients: clients, faults: [], schedule: schedule,
      limits: RunLimits(
        time: VirtualTime(nanoseconds: 1 << 60), events: 1 << 40, messagesInFlight: 1 << 16),
      continuesAfterViolation: false)
  }

  /// Runs to the end and answers what the probe has seen.
  static func execute<R: Forgeable, P: Probe>(
    _ configuration: RunConfiguration<R>, _ probe: P
  ) -> P where P.Subject == R {
    var simulation = Simulation(configuration, probe: probe, trace: NoTrace<R>())
    _ = simulation.run()
    return simulation.probe
  }
}
