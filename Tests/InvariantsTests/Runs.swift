import ConsensusCore
import DiscreteEvents
import Faults
import PBFT
import ProofOfWork
import Raft
import SCPBFT
import Simulator

@testable import Invariants

func ms(_ count: Int64) -> VirtualDuration { .milliseconds(count) }
func at(_ milliseconds: Int64) -> VirtualTime { .zero + .milliseconds(milliseconds) }

func law(_ latency: Distribution, loss: Double = 0, duplication: Double = 0) -> LinkLaw {
  LinkLaw(latency: latency, loss: loss, duplication: duplication, isFIFO: false)
}

func node() -> NodeModel {
  NodeModel(
    name: "node", serviceTime: .one, uplinkBitsPerSecond: nil, downlinkBitsPerSecond: nil, group: 0)
}

func rule(
  _ culprits: [Int], _ behaviour: Behaviour, from: VirtualTime = .zero,
  until: VirtualTime = .distantFuture, asPrimary: Bool = false
) -> FaultRule {
  FaultRule(
    culprits: .replicas(culprits.map { ReplicaID($0) }), behaviour: behaviour,
    activation: Activation(
      from: from, until: until, afterRounds: 0, views: nil, tests: nil, asPrimary: asPrimary,
      alternateTurns: false),
    kinds: .all, recipients: .everyone, probability: 1)
}

/// A run with free CPUs, links of about 1 ms and closed clients.
func run<R: Replica>(
  _ type: R.Type, replicas: Int, seed: UInt64, _ protocolConfiguration: R.Configuration,
  connections: Int = 3, quorum: Int = 1, seconds: Int64 = 10, dispatch: ClientModel.Dispatch
) -> RunConfiguration<R> {
  let client = ClientModel(
    load: .closed(
      connections: connections, thinkTime: .exponential(minimum: .zero, mean: ms(100))),
    dispatch: dispatch, replyQuorum: quorum, timeout: nil,
    retransmission: ClientModel.Retransmission(
      period: ms(400), target: dispatch == .leader ? .next : .all))
  return RunConfiguration(
    seed: Seed(seed), replicas: replicas, protocolConfiguration: protocolConfiguration,
    costs: .free, jitter: .zero,
    sizes: MessageSizes(base: ByteCount(600), transaction: ByteCount(800)),
    nodes: (0...replicas).map { _ in node() },
    network: NetworkModel(
      uniform: law(.uniform(from: .microseconds(200), to: ms(3)))),
    clients: [client], faults: [],
    schedule: .window(warmup: .zero, duration: .seconds(seconds)),
    limits: RunLimits(time: at(1_000_000), events: 20_000_000, messagesInFlight: 1 << 18),
    continuesAfterViolation: true)
}

func pbft<Policy: PBFTPolicy>(
  _ n: Int, _ options: Policy.Options,
  rotation: PBFTConfiguration<Policy>.Rotation = .onSuspicion, epochLength: UInt64? = nil
) -> PBFTConfiguration<Policy> {
  PBFTConfiguration(
    replicas: n, checkpointInterval: 16, window: 64, batchLimit: 4, viewTimeout: ms(300),
    retransmission: ms(150), rotation: rotation, relaysFirstReceipt: false,
    epochLength: epochLength, policy: options, application: nil)
}

func sheet(
  _ marking: StateSheetPolicy.MarkingRule, _ exclusion: StateSheetPolicy.Exclusion = .skip
) -> StateSheetPolicy.Options {
  StateSheetPolicy.Options(
    marking: marking, exclusion: exclusion, strikes: 2, agedThreshold: 5, expires: false,
    allowsShrinking: false)
}

/// What a run left behind.
struct Result<P: Probe> {
  var outcome: Outcome
  var probe: P
}

func execute<R: Forgeable, P: Probe>(
  _ configuration: RunConfiguration<R>, _ probe: P
) -> Result<P> where P.Subject == R {
  var simulation = Simulation(configuration, probe: probe, trace: NoTrace<R>())
  let outcome = simulation.run()
  return Result(outcome: outcome, probe: simulation.probe)
}

func partition(_ side: [Int], _ n: Int, _ from: Int64, _ until: Int64) -> [NetworkChange] {
  let others = (0...n).filter { !side.contains($0) }
  return NetworkChange.partition(
    .nodes(side.map { NodeID($0) }), from: .nodes(others.map { NodeID($0) }), at: at(from),
    until: at(until))
}

/// The ways in which runs are disturbed; all are within the fault bound.
enum Disturbance: String, CaseIterable, Sendable {
  case none, silentPrimary, crashes, loss, partitions, mixture

  func apply<R: Replica>(to run: inout RunConfiguration<R>, faults f: Int) {
    let n = run.replicas
    let spread = Distribution.uniform(from: .microseconds(200), to: ms(30))
    switch self {
    case .none: break
    case .silentPrimary:
      run.faults = [rule(Array(0..<f), .silent, asPrimary: true)]
    case .crashes:
      run.faults = (0..<n).map {
        rule([$0], .crash(downFor: ms(700), disk: .kept), from: at(500 + Int64($0) * 900))
      }
    case .loss:
      run.network = NetworkModel(uniform: law(spread, loss: 0.1, duplication: 0.1))
    case .partitions:
      run.network.changes =
        partition([0], n, 500, 2500) + partition([1, 2], n, 3000, 5000)
        + partition([n - 1], n, 6000, 8000)
    case .mixture:
      run.network = NetworkModel(uniform: law(spread, loss: 0.05, duplication: 0.05))
      run.network.changes = partition([n - 1, 0], n, 2000, 4000) + partition([1], n, 5000, 7000)
      run.faults = [
        rule([n - 1], .silent, from: at(4000)),
        rule([1], .crash(downFor: ms(900), disk: .kept), from: at(1200)),
        rule([2], .crash(downFor: ms(900), disk: .kept), from: at(7500)),
      ]
    }
  }
}
