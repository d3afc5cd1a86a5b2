import ConsensusCore
import DiscreteEvents
import Faults
import HealthRecords
import PBFT
import PairingCrypto
import ProofOfWork
import Raft
import RecordSharing
import SCPBFT
import Simulator

/// The protocols that the records run over.
package enum Chain: String, CaseIterable, Sendable {
  case pbft, raft, work
}

/// What a run left behind.
package struct WorkloadResult {
  package var outcome: Outcome
  package var workload: RecordWorkload
  package var account: RecordAccount { workload.account }

  package var operations: [RecordAccount.Operation] {
    account.operations.filter { $0.activity != nil }
  }

  package func outcomes(_ activity: RecordActivity) -> [RecordOutcome] {
    account.operations.filter { $0.activity == activity }.map(\.outcome)
  }

  package func count(_ outcome: RecordOutcome) -> Int {
    operations.filter { $0.outcome == outcome }.count
  }
}

/// A clinic of three patients and two kinds of user, one of whom one policy shuts out.
package func clinic() throws -> RecordSettings {
  let physician = try AttributeSet(["physician", "cardiology"].map { try Attribute($0) })
  let insurer = try AttributeSet(["insurer"].map { try Attribute($0) })
  let texts = ["physician AND cardiology", "physician OR insurer"]
  let policies = try texts.map { try SharingPolicy(AccessPolicy.parse($0)) }
  var settings = RecordSettings(
    universe: physician.union(insurer),
    users: [
      .init(name: "physician", attributes: physician, count: 3, group: 0),
      .init(name: "insurer", attributes: insurer, count: 2, group: 0),
    ],
    policies: policies.map { .init($0, weight: 1) })
  for operation in CountedOperation.allCases {
    settings.costs[operation] =
      operation == .byteHashed || operation == .byteSealed ? 900 : 40_000_000
  }
  settings.authorities = 2
  settings.patients = 3
  settings.slots = 4
  settings.queriedSlots = 2
  settings.vocabulary = 20
  settings.wordExponent = 1
  settings.recordExponent = 0.8
  settings.recordSizes = [.init(100, weight: 1), .init(3_000, weight: 1)]
  settings.preloaded = 12
  settings.missShare = 0.1
  settings.mix = [
    .init(.upload, weight: 3), .init(.access, weight: 5), .init(.search, weight: 1),
    .init(.delete, weight: 1), .init(.list, weight: 1),
  ]
  settings.load = .closed(
    concurrency: 4, thinkTime: .exponential(minimum: .zero, mean: .milliseconds(5)))
  settings.operations = 60
  settings.connections = 2
  return settings
}

package func execute(
  _ settings: RecordSettings, over chain: Chain = .pbft, seed: UInt64 = 1,
  loss: Double = 0, timeout: VirtualDuration? = nil, checks: CloudServer.Checks = .all,
  confirmations: UInt64 = 4, faults: [FaultRule] = [], duration: VirtualDuration = .seconds(3_000)
) -> WorkloadResult {
  let world = RecordWorld(settings, seed: Seed(seed))
  let ledger = RecordLedger(world)
  switch chain {
  case .pbft:
    let parameters = PBFTConfiguration<RoundRobin>(
      replicas: 4, checkpointInterval: 16, window: 64, batchLimit: 4, viewTimeout: .seconds(2),
      retransmission: .milliseconds(500), rotation: .onSuspicion, relaysFirstReceipt: false,
      epochLength: nil, policy: RoundRobin.Options(), application: ledger)
    return execute(
      PBFTReplica<RoundRobin>.self, parameters, world, replicas: 4, weakQuorum: 2, seed,
      dispatch: .multicast, loss: loss, timeout: timeout, checks: checks, faults: faults,
      duration: duration)
  case .raft:
    var parameters = RaftConfiguration(replicas: 3)
    parameters.application = ledger
    return execute(
      RaftReplica.self, parameters, world, replicas: 3, weakQuorum: 1, seed, dispatch: .leader,
      loss: loss, timeout: timeout, checks: checks, faults: faults,
      duration: duration)
  case .work:
    var parameters = MinerConfiguration(
      hashRates: Array(repeating: 1000, count: 3), peers: .everyone)
    parameters.difficulty = Difficulty(hashes: 400)
    parameters.timestampTolerance = .seconds(60)
    parameters.confirmations = Int(confirmations)
    parameters.application = ledger
    return execute(
      Miner.self, parameters, world, replicas: 3, weakQuorum: 2, seed, dispatch: .multicast,
      loss: loss, timeout: timeout, checks: checks, faults: faults,
      duration: duration)
  }
}

/// Not specialised: a copy of the simulator for each protocol takes longer to compile than it saves.
@inline(never)
@_semantics("optimize.sil.specialize.generic.never")
package func execute<R: Forgeable>(
  _ type: R.Type, _ parameters: R.Configuration, _ world: RecordWorld, replicas: Int,
  weakQuorum: Int, _ seed: UInt64, dispatch: ClientModel.Dispatch, loss: Double,
  timeout: VirtualDuration?, checks: CloudServer.Checks, faults: [FaultRule],
  duration: VirtualDuration
) -> WorkloadResult {
  var workload = RecordWorkload(
    world, replicas: replicas, weakQuorum: weakQuorum, ordersPerReplica: R.self == Miner.self)
  workload.cloud.checks = checks
  let client = ClientModel(
    load: .submitted(connections: world.roster.connections), dispatch: dispatch,
    replyQuorum: weakQuorum, timeout: timeout,
    retransmission: ClientModel.Retransmission(
      period: .seconds(3), target: dispatch == .leader ? .next : .all))
  let law = LinkLaw(
    latency: .uniform(from: .microseconds(200), to: .milliseconds(3)), loss: loss,
    duplication: 0, isFIFO: false)
  var run = RunConfiguration<R>(
    seed: Seed(seed), replicas: replicas, protocolConfiguration: parameters, costs: .free,
    jitter: Ratio(1, over: 10),
    sizes: MessageSizes(base: ByteCount(600), transaction: ByteCount(800)),
    nodes: (0..<replicas + world.roster.count).map { number in
      NodeModel(
        name: "node \(number)", serviceTime: number < replicas ? .one : Ratio(3, over: 2),
        uplinkBitsPerSecond: 100_000_000, downlinkBitsPerSecond: 100_000_000, group: 0)
    },
    network: NetworkModel(uniform: law),
    clients: Array(repeating: client, count: world.roster.count), faults: faults,
    schedule: .window(warmup: .zero, duration: duration),
    limits: RunLimits(
      time: .zero + .seconds(4_000), events: 20_000_000, messagesInFlight: 1 << 16),
    continuesAfterViolation: true)
  run.workload = workload
  var simulation = Simulation(run, probe: NoProbe<R>(), trace: NoTrace<R>())
  let outcome = simulation.run()
  return WorkloadResult(
    outcome: outcome, workload: simulation.workload as? RecordWorkload ?? workload)
}
