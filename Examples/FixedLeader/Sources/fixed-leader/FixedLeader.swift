import ConsensusCore
import DiscreteEvents
import RunPlans
import Simulator

/// The parameters of a group with a fixed leader, equal at all its replicas.
struct FixedLeaderConfiguration: Sendable {
  /// n.
  var replicas = 4
  /// Whether every replica replies to clients, or the leader alone.
  var allReply = false
}

/// What a group with a fixed leader exchanges.
enum FixedLeaderMessage: ConsensusMessage {
  case request(Request)
  case reply(Reply)
  /// The leader gives a request its place in the order.
  case order(place: UInt64, Request)

  static let kindNames = ["request", "reply", "order"]

  var kind: UInt8 {
    switch self {
    case .request: 0
    case .reply: 1
    case .order: 2
    }
  }

  var fingerprint: UInt64 {
    switch self {
    case .request(let request): mix(1, request.content)
    case .reply(let reply): mix(mix(2, reply.result.value), UInt64(reply.replica.index))
    case .order(let place, let request): mix(mix(3, place), request.content)
    }
  }

  func size(_ sizes: MessageSizes) -> ByteCount {
    switch self {
    case .request(let request), .order(_, let request): sizes.base + request.carriedSize(sizes)
    case .reply(let reply): sizes.base + reply.carriedSize
    }
  }

  var requestCount: Int {
    switch self {
    case .request, .order: 1
    case .reply: 0
    }
  }

  var reply: Reply? { if case .reply(let reply) = self { reply } else { nil } }

  var summary: String {
    switch self {
    case .request(let request): "REQUEST c\(request.client) t\(request.timestamp)"
    case .reply(let reply): "REPLY c\(reply.client) t\(reply.timestamp)"
    case .order(let place, let request): "ORDER n\(place) c\(request.client) t\(request.timestamp)"
    }
  }
}

/// An inner step of a replica, for probes, traces and coverage.
enum FixedLeaderStep: MarkedObservation {
  case leads
  case decided(height: UInt64, Request)
  case executed(Request)

  static let markNames = ["leads", "decided", "executed"]

  var mark: Int {
    switch self {
    case .leads: 0
    case .decided: 1
    case .executed: 2
    }
  }

  var milestone: Milestone? {
    switch self {
    case .leads: .leads(view: 0)
    case .decided(let height, let request):
      .decided(height: height, digest: request.result, transactions: 1, isOrdinary: true)
    case .executed(let request):
      .executed(client: request.client, timestamp: request.timestamp, result: request.result)
    }
  }

  var summary: String {
    switch self {
    case .leads: "leads"
    case .decided(let height, _): "decides n\(height)"
    case .executed(let request): "executes c\(request.client) t\(request.timestamp)"
    }
  }
}

/// There are no timers: nobody suspects the leader.
enum FixedLeaderTimer: UInt8, TimerName { case none }

/// Nothing survives a crash.
struct FixedLeaderDisk: DurableState {
  mutating func apply(_ record: Never) {}
}

/// A replica of a group in which replica 0 orders all requests and everybody executes them in order.
///
/// It tolerates no fault: an example of what a protocol of another package has to bring.
struct FixedLeader: Forgeable {
  typealias Configuration = FixedLeaderConfiguration
  typealias Message = FixedLeaderMessage
  typealias Timer = FixedLeaderTimer
  typealias Durable = FixedLeaderDisk
  typealias Observation = FixedLeaderStep

  private let id: ReplicaID
  private let configuration: FixedLeaderConfiguration
  /// The places given so far; the leader's alone.
  private var ordered: UInt64 = 0
  private var executed: UInt64 = 0
  /// Requests whose place is not the next one, by place.
  private var waiting: [(place: UInt64, request: Request)] = []
  /// By client, the highest timestamp with a place, so that a request that comes twice has one.
  private var newest: [ClientID: UInt64] = [:]

  init(
    id: ReplicaID, configuration: FixedLeaderConfiguration, signer: Signer, verifier: Verifier,
    seed: Seed
  ) {
    self.id = id
    self.configuration = configuration
  }

  private var leads: Bool { id.index == 0 }

  var standing: Standing { Standing(leads: leads, view: 0, executed: executed) }

  mutating func step(
    _ input: Input<FixedLeader>, at now: VirtualTime, into effects: inout Effects<FixedLeader>
  ) {
    switch input {
    case .start, .restarted: if leads { effects.observe(.leads) }
    case .message(.request(let request), _): order(request, into: &effects)
    case .message(.order(let place, let request), let sender):
      if sender == Endpoint(ReplicaID(0)) { take(request, at: place, into: &effects) }
    case .message(.reply, _), .timeout, .command: break
    }
  }

  private mutating func order(_ request: Request, into effects: inout Effects<FixedLeader>) {
    guard leads, newest[request.client] ?? 0 < request.timestamp else { return }
    newest[request.client] = request.timestamp
    ordered += 1
    effects.send(.order(place: ordered, request), to: .others)
    take(request, at: ordered, into: &effects)
  }

  private mutating func take(
    _ request: Request, at place: UInt64, into effects: inout Effects<FixedLeader>
  ) {
    waiting.append((place, request))
    while let index = waiting.firstIndex(where: { $0.place == executed + 1 }) {
      let next = waiting.remove(at: index).request
      executed += 1
      effects.charge(.execute)
      effects.observe(.decided(height: executed, next))
      effects.observe(.executed(next))
      guard leads || configuration.allReply else { continue }
      let reply = Reply(
        client: next.client, timestamp: next.timestamp, replica: id, result: next.result,
        resultBytes: 0, view: 0, leader: ReplicaID(0), isExecuted: true)
      effects.send(.reply(reply), to: .one(Endpoint(next.client)))
    }
  }
}
