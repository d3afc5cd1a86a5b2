import ConsensusCore
import DiscreteEvents
import Simulator

/// A naive all-to-all vote, good enough to load a network.
///
/// A primary proposes, everybody votes to everybody, a majority decides. It is not safe when the
/// primary changes.
struct VotingReplica: Forgeable {
  struct Configuration: Sendable {
    var replicas: Int
    var timeout: VirtualDuration?
  }
  typealias Message = ToyMessage
  typealias Timer = ToyTimer
  typealias Durable = ToyDisk

  enum Observation: ConsensusObservation {
    case reached(Milestone)
    var milestone: Milestone? { if case .reached(let milestone) = self { milestone } else { nil } }
    var summary: String { "\(self)" }
  }

  private static let window = 64
  let id: ReplicaID
  let configuration: Configuration
  private var view: UInt64 = 0
  private var highest: UInt64 = 0
  private var executed: UInt64 = 0
  private var votes = [ReplicaSet](repeating: ReplicaSet(), count: window)
  private var proposals = [Request?](repeating: nil, count: window)
  private var sequences = [UInt64](repeating: 0, count: window)
  private var pending: [Request] = []

  init(
    id: ReplicaID, configuration: Configuration, signer: Signer, verifier: Verifier, seed: Seed
  ) {
    self.id = id
    self.configuration = configuration
  }

  var leads: Bool { Int(view % UInt64(configuration.replicas)) == id.index }
  var standing: Standing { Standing(leads: leads, view: view, executed: executed) }

  mutating func step(
    _ input: Input<VotingReplica>, at now: VirtualTime, into effects: inout Effects<VotingReplica>
  ) {
    switch input {
    case .message(let message, let sender):
      switch message.kind {
      case 0: onRequest(message, &effects)
      case 1: onProposal(message, from: sender, &effects)
      case 2: onVote(message.sequence, from: sender, &effects)
      default: break
      }
    case .restarted(let disk):
      executed = UInt64(disk.records.count)
      highest = disk.records.max() ?? 0
    case .start: break
    case .timeout, .command: takeTurn(&effects)
    }
  }

  private mutating func takeTurn(_ effects: inout Effects<VotingReplica>) {
    view += 1
    if leads {
      let waiting = pending
      pending = []
      for request in waiting { propose(request, &effects) }
    } else if !pending.isEmpty, let timeout = configuration.timeout {
      effects.setTimer(.progress, after: timeout)
    }
  }

  private mutating func onRequest(_ message: ToyMessage, _ effects: inout Effects<VotingReplica>) {
    guard let request = message.content else { return }
    effects.charge(.checkRequest)
    if leads {
      propose(request, &effects)
    } else if let timeout = configuration.timeout {
      pending.append(request)
      if pending.count == 1 { effects.setTimer(.progress, after: timeout) }
    }
  }

  private mutating func propose(_ request: Request, _ effects: inout Effects<VotingReplica>) {
    highest += 1
    effects.charge(.sign)
    effects.send(
      ToyMessage(kind: 1, sequence: highest, value: request.content, extra: .request(request)),
      to: .others)
    prepare(highest, request)
    onVote(highest, from: Endpoint(id), &effects)
  }

  private mutating func prepare(_ sequence: UInt64, _ request: Request) {
    let slot = open(sequence)
    proposals[slot] = request
  }

  private mutating func open(_ sequence: UInt64) -> Int {
    let slot = Int(sequence) % Self.window
    if sequences[slot] != sequence {
      sequences[slot] = sequence
      votes[slot] = ReplicaSet()
      proposals[slot] = nil
    }
    return slot
  }

  private mutating func onProposal(
    _ message: ToyMessage, from sender: Endpoint, _ effects: inout Effects<VotingReplica>
  ) {
    guard let request = message.content, message.sequence + 32 > highest else { return }
    highest = max(highest, message.sequence)
    effects.charge(.verify)
    prepare(message.sequence, request)
    effects.charge(.sign)
    effects.send(
      ToyMessage(
        kind: 2, sequence: message.sequence, value: request.content ^ UInt64(id.index)),
      to: .others)
    onVote(message.sequence, from: sender, &effects)
    onVote(message.sequence, from: Endpoint(id), &effects)
  }

  private mutating func onVote(
    _ sequence: UInt64, from sender: Endpoint, _ effects: inout Effects<VotingReplica>
  ) {
    guard let voter = sender.replica, sequence + 32 > highest else { return }
    let slot = open(sequence)
    guard votes[slot].insert(voter) else { return }
    guard votes[slot].count == configuration.replicas / 2 + 1, let request = proposals[slot]
    else { return }
    executed += 1
    effects.charge(.execute)
    effects.persist(sequence)
    effects.observe(
      .reached(
        .decided(
          height: sequence, digest: Digest(request.content), transactions: 1, isOrdinary: true)))
    effects.observe(
      .reached(
        .executed(client: request.client, timestamp: request.timestamp, result: request.result)))
    if !pending.isEmpty {
      pending.removeAll { $0.client == request.client && $0.timestamp <= request.timestamp }
      if pending.isEmpty { effects.cancelTimer(.progress) }
    }
    let reply = Reply(
      client: request.client, timestamp: request.timestamp, replica: id, result: request.result,
      resultBytes: 0, view: view, leader: ReplicaID(Int(view % UInt64(configuration.replicas))),
      isExecuted: true)
    effects.send(.reply(reply), to: .one(Endpoint(request.client)))
  }

  /// Acknowledges a request at once with a made-up result.
  static func falseAnswers(
    to message: ToyMessage, from sender: Endpoint, as fault: AnswerFault,
    in context: inout ForgeryContext
  ) -> [FalseAnswer<VotingReplica>]? {
    guard let request = message.content, sender.client != nil else { return nil }
    guard fault == .tamper else { return [] }
    let reply = Reply(
      client: request.client, timestamp: request.timestamp, replica: context.replica,
      result: Digest(context.draw.next()), resultBytes: 0, view: context.standing.view,
      leader: context.replica,
      isExecuted: true)
    return [FalseAnswer(.reply(reply), to: .one(sender))]
  }
}
