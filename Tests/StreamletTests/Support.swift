import ConsensusCore
import DiscreteEvents
import Faults
import Simulator
import TestSupport

@testable import Invariants
@testable import Streamlet

typealias Streamlets = Group<StreamletReplica>

func ms(_ count: Int64) -> VirtualDuration { .milliseconds(count) }
func at(_ milliseconds: Int64) -> VirtualTime { .zero + .milliseconds(milliseconds) }

/// Delta of all tests.
let delta = ms(10)

func parameters(_ n: Int, batch: Int = 4) -> StreamletConfiguration {
  var parameters = StreamletConfiguration(replicas: n)
  parameters.delta = delta
  parameters.batch = batch
  return parameters
}

/// Replicas in epoch 1, whose leader is replica 1; nothing was delivered.
func started(_ n: Int = 4, batch: Int = 4) -> Streamlets { Group(n, parameters(n, batch: batch)) }

/// Replicas of which the first takes only what the test hands it.
func quiet(_ n: Int = 4, batch: Int = 4) -> Streamlets {
  let group = started(n, batch: batch)
  group.drop()
  return group
}

extension Streamlets {
  /// A block signed by its proposer, by default the epoch's leader.
  func block(
    _ epoch: UInt64, on parent: StreamletBlock = .genesis, by proposer: Int? = nil,
    _ requests: [Request] = [], signedBy signer: Int? = nil
  ) -> StreamletProposal {
    let leader = proposer ?? configuration.leader(of: Epoch(epoch)).index
    return StreamletProposal(
      StreamletBlock(
        parent: parent.digest, epoch: Epoch(epoch), proposer: ReplicaID(leader),
        requests: requests), signedBy: self.signer(signer ?? leader))
  }

  /// A vote signed by its voter.
  func vote(
    _ voter: Int, _ proposal: StreamletProposal, epoch: UInt64? = nil, signedBy signer: Int? = nil
  ) -> StreamletVote {
    StreamletVote(
      epoch: epoch.map { Epoch($0) } ?? proposal.block.epoch, block: proposal.block.digest,
      replica: ReplicaID(voter), signedBy: self.signer(signer ?? voter))
  }

  /// Hands replica 0 a block and the votes of others.
  func notarise(_ proposal: StreamletProposal, by voters: [Int] = [1, 2, 3]) {
    receive(0, .proposal(proposal), from: proposal.block.proposer.index)
    for voter in voters { receive(0, .vote(vote(voter, proposal)), from: voter) }
  }

  /// Lets replica 0 enter an epoch.
  func enter(_ epoch: UInt64) {
    while replicas[0].standing.view < epoch, fire(.epoch, of: 0) != nil {}
  }
}

extension Reaction where R == StreamletReplica {
  /// Why messages were dropped.
  var rejections: [StreamletObservation.Rejection] {
    observations.compactMap { if case .rejected(let reason, _) = $0 { reason } else { nil } }
  }

  /// The votes it sent that it cast itself.
  var ownVotes: Int {
    observations.count { if case .voted = $0 { true } else { false } }
  }

  /// The epochs of the blocks that became final.
  var final: [UInt64] {
    observations.compactMap {
      if case .finalised(_, let epoch, _, _) = $0 { epoch.number } else { nil }
    }
  }
}

// MARK: Runs

/// A run with free processors and links of one latency, with closed clients.
func run<R: Replica>(
  _ type: R.Type, _ n: Int, _ configuration: R.Configuration,
  latency: Distribution = .constant(ms(2)), connections: Int = 4,
  thinkTime: Distribution? = .exponential(minimum: .zero, mean: ms(20)), seed: UInt64 = 1,
  for duration: VirtualDuration
) -> RunConfiguration<R> {
  let node = NodeModel(
    name: "node", serviceTime: .one, uplinkBitsPerSecond: nil, downlinkBitsPerSecond: nil, group: 0)
  let client = ClientModel(
    load: .closed(connections: connections, thinkTime: thinkTime), dispatch: .multicast,
    replyQuorum: (n - 1) / 3 + 1, timeout: nil,
    retransmission: ClientModel.Retransmission(period: ms(400), target: .all))
  return RunConfiguration(
    seed: Seed(seed), replicas: n, protocolConfiguration: configuration, costs: .free,
    jitter: .zero, sizes: MessageSizes(base: ByteCount(600), transaction: ByteCount(800)),
    nodes: (0...n).map { _ in node },
    network: NetworkModel(
      uniform: LinkLaw(latency: latency, loss: 0, duplication: 0, isFIFO: false)),
    clients: [client], faults: [], schedule: .window(warmup: .zero, duration: duration),
    limits: RunLimits(time: at(1_000_000), events: 20_000_000, messagesInFlight: 1 << 20),
    continuesAfterViolation: true)
}

func rule(
  _ culprits: [Int], _ behaviour: Behaviour, from: VirtualTime = .zero,
  until: VirtualTime = .distantFuture, probability: Double = 1
) -> FaultRule {
  FaultRule(
    culprits: .replicas(culprits.map { ReplicaID($0) }), behaviour: behaviour,
    activation: Activation(
      from: from, until: until, afterRounds: 0, views: nil, tests: nil, asPrimary: false,
      alternateTurns: false),
    kinds: .all, recipients: .everyone, probability: probability)
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

/// A run under all invariants; a calm one is synchronous throughout.
func judged(
  _ run: RunConfiguration<StreamletReplica>, calm: Bool = false
) -> Result<StreamletInvariants> {
  let n = run.replicas
  let assumptions = RunAssumptions(
    isCalm: calm, endsSettled: false, replyQuorum: (n - 1) / 3 + 1)
  return execute(run, StreamletInvariants(run.protocolConfiguration, assumptions: assumptions))
}

extension Outcome {
  /// The copies of a kind that were sent.
  func sent(_ kind: String) -> Int {
    StreamletMessage.kindNames.firstIndex(of: kind).map { messages[$0].sent } ?? -1
  }
}
