import ConsensusCore
import DiscreteEvents
import PBFT
import SCPBFT
import Simulator
import TestSupport

@testable import Faults

func ms(_ count: Int64) -> VirtualDuration { .milliseconds(count) }
func at(_ milliseconds: Int64) -> VirtualTime { .zero + ms(milliseconds) }
func replicas(_ numbers: Int...) -> Culprits { .replicas(numbers.map { ReplicaID($0) }) }

func rule(
  _ culprits: Culprits, _ behaviour: Behaviour, from: VirtualTime = .zero,
  until: VirtualTime = .distantFuture, kinds: KindFilter = .all,
  to recipients: RecipientFilter = .everyone, asPrimary: Bool = false, probability: Double = 1
) -> FaultRule {
  FaultRule(
    culprits: culprits, behaviour: behaviour,
    activation: Activation(
      from: from, until: until, afterRounds: 0, views: nil, tests: nil, asPrimary: asPrimary,
      alternateTurns: false),
    kinds: kinds, recipients: recipients, probability: probability)
}

func plain(_ latency: Distribution, loss: Double = 0, duplication: Double = 0) -> LinkLaw {
  LinkLaw(latency: latency, loss: loss, duplication: duplication, isFIFO: false)
}

func closed(
  _ connections: Int, dispatch: ClientModel.Dispatch = .multicast, quorum: Int = 1,
  timeout: VirtualDuration? = nil, resend: VirtualDuration? = ms(250)
) -> ClientModel {
  ClientModel(
    load: .closed(connections: connections, thinkTime: nil), dispatch: dispatch,
    replyQuorum: quorum, timeout: timeout,
    retransmission: resend.map { ClientModel.Retransmission(period: $0, target: .all) })
}

/// A run on free processors and 1 ms links, measured from the start.
func quiet<R: Replica>(
  _ type: R.Type, replicas: Int, _ parameters: R.Configuration, clients: [ClientModel],
  seconds: Int64
) -> RunConfiguration<R> {
  RunConfiguration(
    seed: Seed(1), replicas: replicas, protocolConfiguration: parameters, costs: .free,
    jitter: .zero,
    sizes: MessageSizes(base: ByteCount(600), transaction: ByteCount(800)),
    nodes: (0..<replicas + clients.count).map { _ in
      NodeModel(
        name: "node", serviceTime: .one, uplinkBitsPerSecond: nil, downlinkBitsPerSecond: nil,
        group: 0)
    },
    network: NetworkModel(uniform: plain(.constant(ms(1)))), clients: clients, faults: [],
    schedule: .window(warmup: .zero, duration: .seconds(seconds)),
    limits: RunLimits(
      time: .zero + .seconds(1_000_000), events: 20_000_000, messagesInFlight: 1 << 18),
    continuesAfterViolation: true)
}

func parameters<O: PBFTPolicy>(
  _ replicas: Int, _ options: O.Options
) -> PBFTConfiguration<O> {
  PBFTConfiguration(
    replicas: replicas, checkpointInterval: 16, window: 64, batchLimit: 1, viewTimeout: ms(500),
    retransmission: ms(100), rotation: .onSuspicion, relaysFirstReceipt: false, epochLength: nil,
    policy: options, application: nil)
}

let certified = StateSheetPolicy.Options(
  marking: .certified, exclusion: .skip, strikes: 2, agedThreshold: 1000, expires: false,
  allowsShrinking: false)

func classic(_ n: Int, clients: Int = 2, seconds: Int64 = 2) -> RunConfiguration<ClassicPBFT> {
  quiet(
    ClassicPBFT.self, replicas: n, parameters(n, RoundRobin.Options()),
    clients: [closed(clients, quorum: (n - 1) / 3 + 1)], seconds: seconds)
}

func checked(_ n: Int, clients: Int = 2, seconds: Int64 = 2) -> RunConfiguration<CheckedPBFT> {
  quiet(
    CheckedPBFT.self, replicas: n, parameters(n, certified),
    clients: [closed(clients, quorum: (n - 1) / 3 + 1)], seconds: seconds)
}

/// Watches what honest replicas of any kind of PBFT do.
struct Watch<Subject: Replica>: Probe where Subject.Observation == PBFTObservation {
  var violations: [Violation] = []
  var verifier = Verifier(keys: Seed(0))
  var faulty = ReplicaSet()
  /// By sequence number, what the first honest replica executed.
  var decided: [UInt64: Digest] = [:]
  var executed: [UInt64] = []
  /// By replica, the views entered and when.
  var views: [[(view: UInt64, time: VirtualTime)]] = []
  var rejections: [PBFTObservation.Rejection: Int] = [:]
  var reasons: [Complaint.Reason] = []
  var markings: [SheetChange] = []
  var prepared: [[UInt64]: Digest] = [:]
  /// When each replica executed last.
  var lastExecution: [VirtualTime] = []
  var epochs: Set<Int> = []

  mutating func begin(_ setting: ProbeSetting) {
    verifier = setting.verifier
    executed = Array(repeating: 0, count: setting.replicas)
    views = Array(repeating: [], count: setting.replicas)
    lastExecution = Array(repeating: .zero, count: setting.replicas)
  }

  mutating func changed(_ replica: ReplicaID, to condition: NodeCondition, at time: VirtualTime) {
    switch condition {
    case .byzantine: faulty.insert(replica)
    case .amnesiac: executed[replica.index] = 0
    case .crashed, .restarted, .rolledBack, .lying: break
    }
  }

  private mutating func report(_ name: InvariantID, _ replica: ReplicaID, _ time: VirtualTime) {
    violations.append(Violation(invariant: name, replica: replica, time: time, detail: ""))
  }

  mutating func observe(
    _ observation: PBFTObservation, by replica: ReplicaID, at time: VirtualTime
  ) {
    guard !faulty.contains(replica) else { return }
    switch observation {
    case .executed(let sequence, let digest):
      if decided[sequence.number, default: digest] != digest { report("P-1", replica, time) }
      decided[sequence.number] = digest
      if sequence.number != executed[replica.index] + 1 { report("P-2", replica, time) }
      executed[replica.index] = sequence.number
      lastExecution[replica.index] = time
    case .executedRequest(let request, _, _):
      if !request.isAuthentic(verifier) { report("P-3", replica, time) }
    case .prepared(let view, let sequence, let digest):
      let key = [view.number, sequence.number]
      if prepared[key, default: digest] != digest { report("P-5", replica, time) }
      prepared[key] = digest
    case .transferred(let sequence, _):
      executed[replica.index] = sequence.number
      lastExecution[replica.index] = time
    case .enteredView(let view, _, _): views[replica.index].append((view.number, time))
    case .rejected(let reason, _): rejections[reason, default: 0] += 1
    case .leftView(_, let reason): reasons.append(reason)
    case .marked(let marking): markings.append(marking)
    case .enteredEpoch(let epoch, _, _): epochs.insert(epoch)
    case .accepted, .committed, .tookCheckpoint, .stable, .heldRequests: break
    }
  }

  /// Whether nothing is broken.
  var isSafe: Bool { violations.isEmpty }
  /// The highest view that each honest replica entered.
  var lastViews: [UInt64] {
    views.indices.filter { !faulty.contains(ReplicaID($0)) }.map { views[$0].last?.view ?? 0 }
  }
  /// Executed sequence numbers of honest replicas.
  var heights: [UInt64] {
    executed.indices.filter { !faulty.contains(ReplicaID($0)) }.map { executed[$0] }
  }
}

func watched<R: Forgeable>(_ run: RunConfiguration<R>) -> (Outcome, Watch<R>)
where R.Observation == PBFTObservation {
  var simulation = Simulation(run, probe: Watch<R>(), trace: NoTrace<R>())
  let outcome = simulation.run()
  return (outcome, simulation.probe)
}

func bare<R: Forgeable>(_ run: RunConfiguration<R>) -> Outcome {
  var simulation = Simulation(run, probe: NoProbe<R>(), trace: NoTrace<R>())
  return simulation.run()
}

extension Outcome {
  var accepted: Int { requests.count { $0.ending == .accepted } }
  var bogus: Int { requests.count { $0.ending == .accepted && !$0.isCorrect } }
  /// Requests accepted at or after an instant.
  func accepted(since instant: VirtualTime) -> Int {
    requests.count { $0.ending == .accepted && $0.ended >= instant }
  }
}
