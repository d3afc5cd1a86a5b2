import ConsensusCore
import DiscreteEvents

/// What one replica asked for in answer to one input.
public struct Reaction<R: Replica> {
  /// What it sent, in order.
  public var sends: [(message: R.Message, recipients: Recipients)] = []
  /// What it observed, in order.
  public var observations: [R.Observation] = []
  /// The timers it set, or stopped with nil, in order.
  public var timers: [(timer: R.Timer, duration: VirtualDuration?)] = []
  /// How many records it persisted.
  public var records = 0

  /// Nothing asked for.
  public init() {}

  /// The names of the kinds of message it sent, in order.
  public var kinds: [String] { sends.map { R.Message.kindNames[Int($0.message.kind)] } }

  /// What it last did to a timer: nil for nothing, .some(nil) for stopping it.
  public func change(of timer: R.Timer) -> VirtualDuration?? {
    timers.last { $0.timer == timer }.map(\.duration)
  }
}

/// A group of replicas without time or network: the test decides what is delivered next.
///
/// Copies wait in ``pending`` in the order they were sent. Timers are kept as instants and fire
/// only when the test says so.
public final class Group<R: Replica> {
  /// One copy on its way.
  public struct Envelope {
    /// The message.
    public var message: R.Message
    /// Who sent it.
    public var from: Endpoint
    /// Whom it is for.
    public var to: Endpoint
    /// The name of its kind.
    public var kind: String { R.Message.kindNames[Int(message.kind)] }
  }

  /// The parameters of all replicas.
  public let configuration: R.Configuration
  /// The seed of all keys.
  public let keys: Seed
  /// Checks everybody's signatures.
  public let verifier: Verifier
  /// The replicas.
  public var replicas: [R] = []
  /// What they have on disk.
  public var disks: [R.Durable]
  /// Copies that were sent and not delivered, oldest first.
  public var pending: [Envelope] = []
  /// Copies in a network with delay and when they arrive, oldest first.
  public var underway: [(at: VirtualTime, envelope: Envelope)] = []
  /// Replies to clients, oldest first.
  public var replies: [Reply] = []
  /// What each replica observed.
  public var observations: [[R.Observation]]
  /// When each timer of each replica fires, by raw value.
  public var deadlines: [[VirtualTime?]]
  /// The present.
  public var now = VirtualTime.zero
  /// Copies for which this answers true are dropped when they are sent.
  public var isLost: (Envelope) -> Bool = { _ in false }
  /// The copies handed to the network by kind, lost ones included.
  public var sent: [String: Int] = [:]
  private var effects: Effects<R>

  /// Creates and starts `count` replicas.
  public init(_ count: Int, _ configuration: R.Configuration, keys: Seed = Seed(7)) {
    self.configuration = configuration
    self.keys = keys
    verifier = Verifier(keys: keys)
    disks = Array(repeating: R.Durable(), count: count)
    observations = Array(repeating: [], count: count)
    deadlines = Array(repeating: Array(repeating: nil, count: R.Timer.allCases.count), count: count)
    effects = Effects(replicas: count, costs: .free)
    for index in 0..<count {
      replicas.append(create(index))
      step(index, .start)
    }
  }

  private func create(_ index: Int) -> R {
    R(
      id: ReplicaID(index), configuration: configuration, signer: signer(index),
      verifier: verifier, seed: Seed(1))
  }

  /// The key of a replica.
  public func signer(_ replica: Int) -> Signer {
    Signer(endpoint: Endpoint(ReplicaID(replica)), keys: keys)
  }

  /// A request signed by its client.
  public func request(_ client: Int, _ timestamp: UInt64, operation: UInt64 = 1, bytes: UInt32 = 0)
    -> Request
  {
    let id = ClientID(client)
    return Request(
      client: id, timestamp: timestamp, operation: operation, operationBytes: bytes,
      signedBy: Signer(endpoint: Endpoint(id), keys: keys))
  }

  /// Hands one input to one replica and queues what it sends.
  @discardableResult
  public func step(_ index: Int, _ input: Input<R>) -> Reaction<R> {
    var reaction = Reaction<R>()
    effects.begin(for: ReplicaID(index))
    replicas[index].step(input, at: now, into: &effects)
    for record in effects.records { disks[index].apply(record) }
    reaction.records = effects.records.count
    for send in effects.sends {
      reaction.sends.append((send.message, send.recipients))
      post(send.message, from: index, to: send.recipients)
    }
    for change in effects.timers {
      reaction.timers.append((change.timer, change.duration))
      deadlines[index][Int(change.timer.rawValue)] = change.duration.map { now + $0 }
    }
    reaction.observations = effects.observations
    observations[index] += effects.observations
    effects.clear()
    return reaction
  }

  private func post(_ message: R.Message, from index: Int, to recipients: Recipients) {
    var targets: [Endpoint] = []
    switch recipients {
    case .others: targets = replicas.indices.map { Endpoint(ReplicaID($0)) }
    case .members(let set): targets = set.members.map { Endpoint($0) }
    case .one(let endpoint): targets = [endpoint]
    }
    for target in targets where target.replica?.index != index {
      let envelope = Envelope(message: message, from: Endpoint(ReplicaID(index)), to: target)
      sent[envelope.kind, default: 0] += 1
      if isLost(envelope) { continue }
      if target.client != nil {
        if let reply = message.reply { replies.append(reply) }
      } else {
        pending.append(envelope)
      }
    }
  }

  /// Delivers a hand-made message.
  @discardableResult
  public func receive(_ index: Int, _ message: R.Message, from sender: Int) -> Reaction<R> {
    step(index, .message(message, from: Endpoint(ReplicaID(sender))))
  }

  /// Delivers a client's request to the replicas given, or to all.
  public func issue(_ request: Request, to targets: [Int]? = nil) {
    for index in targets ?? Array(replicas.indices) {
      step(index, .message(.request(request), from: Endpoint(request.client)))
    }
  }

  /// Delivers the first copy that matches, if any.
  @discardableResult
  public func deliver(where matches: (Envelope) -> Bool = { _ in true }) -> Reaction<R>? {
    guard let place = pending.firstIndex(where: matches) else { return nil }
    let envelope = pending.remove(at: place)
    guard let replica = envelope.to.replica else { return nil }
    return step(replica.index, .message(envelope.message, from: envelope.from))
  }

  /// Delivers matching copies, oldest first, until none is left; false if that does not end.
  @discardableResult
  public func settle(limit: Int = 200_000, where matches: (Envelope) -> Bool = { _ in true })
    -> Bool
  {
    for _ in 0..<limit {
      if deliver(where: matches) == nil { return true }
    }
    return false
  }

  /// Drops matching copies.
  public func drop(where matches: (Envelope) -> Bool = { _ in true }) {
    pending.removeAll(where: matches)
  }

  /// Fires a timer that runs, at its deadline.
  @discardableResult
  public func fire(_ timer: R.Timer, of index: Int) -> Reaction<R>? {
    guard let deadline = deadlines[index][Int(timer.rawValue)] else { return nil }
    now = max(now, deadline)
    deadlines[index][Int(timer.rawValue)] = nil
    return step(index, .timeout(timer))
  }

  /// Whether a timer runs.
  public func runs(_ timer: R.Timer, at index: Int) -> Bool {
    deadlines[index][Int(timer.rawValue)] != nil
  }

  /// Lets time pass: settles, then fires the next timer, until `end`.
  public func run(until end: VirtualTime, events: Int = 20_000) {
    for _ in 0..<events {
      settle()
      var next: (at: VirtualTime, replica: Int, timer: R.Timer)?
      for index in replicas.indices {
        for timer in R.Timer.allCases {
          guard let deadline = deadlines[index][Int(timer.rawValue)], deadline <= end else {
            continue
          }
          if next.map({ deadline < $0.at }) ?? true { next = (deadline, index, timer) }
        }
      }
      guard let next else { break }
      fire(next.timer, of: next.replica)
    }
    now = max(now, end)
  }

  /// Crashes a replica and restarts it from its disk, or from an empty one.
  @discardableResult
  public func restart(_ index: Int, losingDisk: Bool = false) -> Reaction<R> {
    replicas[index] = create(index)
    if losingDisk { disks[index] = R.Durable() }
    for timer in R.Timer.allCases { deadlines[index][Int(timer.rawValue)] = nil }
    return step(index, .restarted(disks[index]))
  }
}
