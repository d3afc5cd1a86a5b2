import ConsensusCore
import DiscreteEvents
import Raft

/// One replica whose peers are played by the test.
final class Bench {
  struct Sent {
    var message: RaftMessage
    var to: [Endpoint]
    var workBefore: Int64
  }

  private(set) var replica: RaftReplica
  private(set) var durable = RaftDurable.formatted
  /// What the last step did.
  private(set) var sent: [Sent] = []
  private(set) var observations: [RaftObservation] = []
  private(set) var timers: [Effects<RaftReplica>.TimerChange] = []
  /// The clock of timers that count ticks.
  var clock: TickClock? { effects.clock }
  private(set) var records = 0
  private(set) var work: Int64 = 0
  var now = VirtualTime.zero

  private let id: Int
  private let count: Int
  private var effects: Effects<RaftReplica>

  /// A replica that has not started and is not the initial leader unless `configure` says so.
  init(
    _ id: Int = 0, of count: Int = 3, costs: WorkCosts = .free,
    _ configure: (inout RaftConfiguration) -> Void = { _ in }
  ) {
    var configuration = RaftConfiguration(replicas: count)
    configuration.initialLeader = nil
    configuration.usesPreVote = false
    configure(&configuration)
    self.id = id
    self.count = count
    replica = RaftReplica(
      id: ReplicaID(id), configuration: configuration,
      signer: Signer(endpoint: Endpoint(ReplicaID(id)), keys: testKeys),
      verifier: Verifier(keys: testKeys), seed: Seed(11))
    effects = Effects(replicas: count, costs: costs)
  }

  @discardableResult
  func step(_ input: Input<RaftReplica>) -> [Sent] {
    effects.clear()
    replica.step(input, at: now, into: &effects)
    for record in effects.records { durable.apply(record) }
    records = effects.records.count
    observations = effects.observations
    timers = effects.timers
    work = effects.work
    sent = effects.sends.map { send in
      switch send.recipients {
      case .others:
        let all = (0..<count).filter { $0 != id }.map { Endpoint(ReplicaID($0)) }
        return Sent(message: send.message, to: all, workBefore: send.workBefore)
      case .members(let members):
        let all = members.members.filter { $0.index != id }.map { Endpoint($0) }
        return Sent(message: send.message, to: all, workBefore: send.workBefore)
      case .one(let endpoint):
        return Sent(message: send.message, to: [endpoint], workBefore: send.workBefore)
      }
    }
    return sent
  }

  @discardableResult
  func receive(_ message: RaftMessage, from peer: Int) -> [Sent] {
    step(.message(message, from: Endpoint(ReplicaID(peer))))
  }

  @discardableResult
  func receive(_ request: Request) -> [Sent] {
    step(.message(.request(request), from: Endpoint(request.client)))
  }

  /// Restarts from this disk, which is not blank.
  func restart(from disk: RaftDurable) {
    durable = disk
    step(.restarted(disk))
  }

  /// Wins an election of a replica of three or more with the votes of the lowest others.
  func win() {
    step(.timeout(.election))
    let term = replica.standing.view
    for peer in 0..<count where peer != id && !replica.standing.leads {
      receive(vote(term: term), from: peer)
    }
  }

  func advance(_ span: VirtualDuration) { now = now + span }

  var messages: [RaftMessage] { sent.map(\.message) }
  var names: [String] { messages.map(\.name) }
  var appends: [AppendEntries] { messages.compactMap(\.asAppend) }
  var replies: [Reply] { messages.compactMap(\.reply) }
  var voteReply: VoteReply? { messages.compactMap(\.asVoteReply).first }
  var preVoteReply: VoteReply? { messages.compactMap(\.asPreVoteReply).first }
  var appendReply: AppendReply? { messages.compactMap(\.asAppendReply).first }
  var committed: [LogPosition] {
    observations.compactMap {
      if case .committed(let position, _, _, _) = $0 { position } else { nil }
    }
  }
}
