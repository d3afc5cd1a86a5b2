import ConsensusCore
import DiscreteEvents
import Simulator

/// What makes a scripted replica act.
enum Trigger: Hashable, Sendable {
  case start
  case restarted([UInt64])
  case rotate
  case timeout(ToyTimer)
  case ping(UInt64)
  case request(UInt64)
}

/// What a scripted replica does.
enum Action: Sendable {
  case charge(Work, Int)
  case send(UInt64, Recipients, bytes: Int)
  case setTimer(ToyTimer, VirtualDuration)
  /// Counts so many ticks of a clock.
  case setTicks(ToyTimer, Int64, TickClock)
  case cancelTimer(ToyTimer)
  case persist(UInt64)
  case milestone(Milestone)
  /// Answers the request that triggered this.
  case reply(wrong: Bool, executed: Bool, leader: Int?, reportsExecution: Bool)
  case lead(Bool)
  case view(UInt64)
  /// Does something so often.
  indirect case again(Int, Action)
}

/// Actions of one node, or of all, on one trigger; a request matches any timestamp with 0.
struct Reaction: Sendable {
  var node: Int?
  var trigger: Trigger
  var actions: [Action]

  init(_ node: Int? = nil, on trigger: Trigger, _ actions: [Action]) {
    self.node = node
    self.trigger = trigger
    self.actions = actions
  }
}

/// What a scripted replica tells: every input, and milestones.
enum ScriptObservation: ConsensusObservation {
  case input(Trigger)
  case reached(Milestone)

  var milestone: Milestone? {
    if case .reached(let milestone) = self { milestone } else { nil }
  }
  var summary: String { "\(self)" }
}

/// A replica that carries out a script, for exact statements about time.
struct ScriptedReplica: Forgeable {
  typealias Configuration = [Reaction]
  typealias Message = ToyMessage
  typealias Timer = ToyTimer
  typealias Durable = ToyDisk
  typealias Observation = ScriptObservation

  let id: ReplicaID
  let script: [Reaction]
  var standing: Standing

  init(
    id: ReplicaID, configuration: [Reaction], signer: Signer, verifier: Verifier, seed: Seed
  ) {
    self.id = id
    script = configuration
    standing = Standing(leads: id.index == 0, view: 0, executed: 0)
  }

  mutating func step(
    _ input: Input<ScriptedReplica>, at now: VirtualTime,
    into effects: inout Effects<ScriptedReplica>
  ) {
    var request: Request?
    let trigger: Trigger
    switch input {
    case .start: trigger = .start
    case .restarted(let disk): trigger = .restarted(disk.records)
    case .command(.rotate): trigger = .rotate
    case .timeout(let timer): trigger = .timeout(timer)
    case .message(let message, _):
      request = message.content
      trigger = message.kind == 0 ? .request(request?.timestamp ?? 0) : .ping(message.sequence)
    }
    effects.observe(.input(trigger))
    for reaction in script where reaction.node ?? id.index == id.index {
      let isAnyRequest = request != nil && reaction.trigger == .request(0)
      guard reaction.trigger == trigger || isAnyRequest else { continue }
      for action in reaction.actions { perform(action, request, &effects) }
    }
  }

  private mutating func perform(
    _ action: Action, _ request: Request?, _ effects: inout Effects<ScriptedReplica>
  ) {
    switch action {
    case .charge(let work, let count): effects.charge(work, count: count)
    case .send(let tag, let recipients, let bytes):
      effects.send(.ping(tag, bytes: bytes), to: recipients)
    case .setTimer(let timer, let span): effects.setTimer(timer, after: span)
    case .setTicks(let timer, let count, let clock):
      effects.setTimer(timer, after: clock.period * count, of: clock)
    case .cancelTimer(let timer): effects.cancelTimer(timer)
    case .persist(let record): effects.persist(record)
    case .milestone(let milestone): effects.observe(.reached(milestone))
    case .lead(let leads): standing.leads = leads
    case .view(let view): standing.view = view
    case .again(let times, let action): for _ in 0..<times { perform(action, request, &effects) }
    case .reply(let wrong, let isExecuted, let leader, let reports):
      guard let request else { return }
      let result = wrong ? Digest(request.result.value ^ 1) : request.result
      if reports {
        effects.observe(
          .reached(
            .executed(
              client: request.client, timestamp: request.timestamp, result: request.result)))
      }
      let reply = Reply(
        client: request.client, timestamp: request.timestamp, replica: id, result: result,
        resultBytes: 0, view: standing.view, leader: leader.map { ReplicaID($0) },
        isExecuted: isExecuted)
      effects.send(.reply(reply), to: .one(Endpoint(request.client)))
    }
  }

  static func forge(
    _ message: inout ToyMessage, as forgery: Forgery, in context: inout ForgeryContext
  ) -> Bool {
    switch forgery {
    case .tamper: message.sequence += 1000
    case .equivocate where (context.recipient.replica?.index ?? 0) % 2 == 1:
      message.sequence += 2000
    default: return false
    }
    return true
  }
}
