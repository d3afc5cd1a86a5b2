import ConsensusCore
import DiscreteEvents
import Faults
import PBFT
import SCPBFT
import Simulator

func ms(_ count: Int64) -> VirtualDuration { .milliseconds(count) }
func at(_ milliseconds: Int64) -> VirtualTime { .zero + ms(milliseconds) }

func sheetOptions(
  _ marking: StateSheetPolicy.MarkingRule = .certified,
  _ exclusion: StateSheetPolicy.Exclusion = .skip, expires: Bool = false
) -> StateSheetPolicy.Options {
  StateSheetPolicy.Options(
    marking: marking, exclusion: exclusion, strikes: 2, agedThreshold: 5, expires: expires,
    allowsShrinking: false)
}

/// A run of n replicas, 1 ms links, free CPUs, one client machine of `connections`.
func run<O: PBFTPolicy>(
  _ replicas: Int, _ policy: O.Type, _ options: O.Options, connections: Int = 1,
  rotation: PBFTConfiguration<O>.Rotation = .onSuspicion, interval: UInt64 = 128,
  epoch: UInt64? = nil, timeout: VirtualDuration = .seconds(10), seed: UInt64 = 1,
  schedule: Schedule, faults: [FaultRule] = []
) -> RunConfiguration<PBFTReplica<O>> {
  let law = LinkLaw(latency: .constant(ms(1)), loss: 0, duplication: 0, isFIFO: false)
  let node = NodeModel(
    name: "node", serviceTime: .one, uplinkBitsPerSecond: nil, downlinkBitsPerSecond: nil, group: 0)
  let client = ClientModel(
    load: .closed(connections: connections, thinkTime: nil), dispatch: .multicast,
    replyQuorum: 2 * ((replicas - 1) / 3) + 1, timeout: .seconds(10), retransmission: nil)
  return RunConfiguration(
    seed: Seed(seed), replicas: replicas,
    protocolConfiguration: PBFTConfiguration(
      replicas: replicas, checkpointInterval: interval, window: interval * 2, batchLimit: 1,
      viewTimeout: timeout, retransmission: .seconds(1), rotation: rotation,
      relaysFirstReceipt: false, epochLength: epoch, policy: options, application: nil),
    costs: .free, jitter: .zero,
    sizes: MessageSizes(base: ByteCount(600), transaction: ByteCount(800)),
    nodes: Array(repeating: node, count: replicas + 1), network: NetworkModel(uniform: law),
    clients: [client], faults: faults, schedule: schedule,
    limits: RunLimits(time: at(3_000_000), events: 20_000_000, messagesInFlight: 1 << 20),
    continuesAfterViolation: false)
}

func classic(
  _ replicas: Int, connections: Int = 1, interval: UInt64 = 128, seed: UInt64 = 1,
  schedule: Schedule, faults: [FaultRule] = []
) -> RunConfiguration<ClassicPBFT> {
  run(
    replicas, RoundRobin.self, .init(), connections: connections, interval: interval, seed: seed,
    schedule: schedule, faults: faults)
}

func outcome<R: Forgeable>(_ configuration: RunConfiguration<R>) -> Outcome {
  var simulation = Simulation(configuration, probe: NoProbe<R>(), trace: NoTrace<R>())
  return simulation.run()
}

/// Keeps what replicas observe.
struct LogProbe<O: PBFTPolicy>: Probe {
  typealias Subject = PBFTReplica<O>
  var violations: [Violation] { [] }
  var log: [(replica: Int, what: PBFTObservation)] = []
  mutating func observe(_ observation: PBFTObservation, by replica: ReplicaID, at time: VirtualTime)
  { log.append((replica.index, observation)) }
}

func logged<O: PBFTPolicy>(
  _ configuration: RunConfiguration<PBFTReplica<O>>
) -> (Outcome, LogProbe<O>) {
  var simulation = Simulation(
    configuration, probe: LogProbe<O>(), trace: NoTrace<PBFTReplica<O>>())
  let outcome = simulation.run()
  return (outcome, simulation.probe)
}

/// Does not send PRE-PREPARE when it leads; votes as a backup.
func silentPrimary(_ replicas: [Int]) -> FaultRule {
  var activation = Activation.always
  activation.asPrimary = true
  return FaultRule(
    culprits: .replicas(replicas.map { ReplicaID($0) }), behaviour: .silent,
    activation: activation, kinds: KindFilter([1]), recipients: .everyone, probability: 1)
}

/// The paper's series of tests: 10 s each, rotation 2.5 s after, every 13 s.
func series(_ tests: Int) -> Schedule {
  .tests(
    TestPlan(
      tests: tests, ending: .window(.seconds(10), rotationDelay: ms(2_500), interval: .seconds(13)))
  )
}

extension Outcome {
  func sent(_ kind: Int) -> Int { messages[kind].sent }
}
