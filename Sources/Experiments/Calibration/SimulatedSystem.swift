import ConsensusCore
import DiscreteEvents
import Invariants
import Raft
import Simulator

/// The system that prices are looked for: members of Raft whose jobs take all that waits, and a closed loop beside
/// the leader.
struct SimulatedSystem {
  /// The fixed part of a job, in seconds.
  var fixed: Double
  /// What a request costs in all jobs together, in seconds.
  var perRequest: Double
  /// The leader's part of it.
  var leaderShare: Double
  /// What was measured.
  var measured: SystemCalibration.Measured

  private var prices: WorkCosts {
    func nanoseconds(_ seconds: Double) -> Int64 { Int64((seconds * 1e9).rounded()) }
    var costs = WorkCosts.free
    costs[termsOf: .receive] = WorkTerms(fixed: nanoseconds(fixed))
    costs[.checkRequest] = nanoseconds(perRequest * leaderShare / 2)
    costs[.reply] = nanoseconds(perRequest * leaderShare / 2)
    costs[.verify] = nanoseconds(perRequest * (1 - leaderShare))
    return costs
  }

  /// The mean time of a request with so many connections: by Little's law from the rate, in seconds.
  func latency(connections: Int) -> Double {
    var parameters = RaftConfiguration(replicas: measured.replicas)
    parameters.commitNotice = .atOnce
    let client = ClientModel(
      load: .closed(connections: connections, thinkTime: nil), dispatch: .leader, replyQuorum: 1,
      timeout: nil, retransmission: nil)
    let delay = VirtualDuration(nanoseconds: Int64((measured.echo * 5e8).rounded()))
    func links(_ delay: VirtualDuration) -> LinkLaw {
      LinkLaw(latency: .constant(delay), loss: 0, duplication: 0, isFIFO: true)
    }
    var network = NetworkModel(uniform: links(delay))
    network.classes.append(links(.zero))
    let machine = NodeSelector.nodes([NodeID(measured.replicas)])
    network.overrides = [
      LinkOverride(from: machine, to: .all, linkClass: 1),
      LinkOverride(from: .all, to: machine, linkClass: 1),
    ]
    var node = NodeModel(
      name: "node", serviceTime: .one, uplinkBitsPerSecond: nil, downlinkBitsPerSecond: nil,
      group: 0)
    node.drains = true
    // As long as some hundred requests of a connection take.
    let round = VirtualDuration(
      nanoseconds: max(
        1_000, Int64((max(measured.latency, Double(connections) / measured.rate) * 1e9).rounded())))
    let window = VirtualDuration(nanoseconds: round.nanoseconds * 200)
    var run = RunConfiguration<RaftReplica>(
      seed: Seed(1), replicas: measured.replicas, protocolConfiguration: parameters, costs: prices,
      jitter: .zero, sizes: .none,
      nodes: Array(repeating: node, count: measured.replicas + 1), network: network,
      clients: [client], faults: [],
      schedule: .window(
        warmup: VirtualDuration(nanoseconds: round.nanoseconds * 20), duration: window),
      limits: RunLimits(
        time: VirtualTime(nanoseconds: 1 << 60), events: 1 << 40, messagesInFlight: 1 << 20),
      continuesAfterViolation: false)
    run.spread = nil
    var simulation = Simulation(
      run, probe: NoProbe<RaftReplica>(), trace: NoTrace<RaftReplica>())
    let outcome = simulation.run()
    let accepted = max(1, outcome.tests.first?.accepted ?? 0)
    return Double(connections) * window.inSeconds / Double(accepted)
  }
}
