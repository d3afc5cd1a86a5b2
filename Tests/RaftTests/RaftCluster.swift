import ConsensusCore
import DiscreteEvents
import Raft

/// A deterministic cluster with its own clock, links, timers and closed-loop clients.
///
/// Processing takes no time. Equal times fire in the order of sending. Every step is checked
/// against ``RaftHistory``, and every message against the sender's disk.
final class RaftCluster {
  struct Packet {
    var message: RaftMessage
    var from: Endpoint
    var to: Endpoint
    var due: Int64
    var order: UInt64
  }

  struct Client {
    var timestamp: UInt64 = 0
    var remaining: Int
    var target = 0
    var sentAt: Int64 = 0
    var deadline = Int64.max
  }

  let count: Int
  let configuration: RaftConfiguration
  let seed: Seed
  private(set) var now = VirtualTime.zero
  private(set) var replicas: [RaftReplica] = []
  private(set) var durables: [RaftDurable]
  private(set) var isUp: [Bool]
  private(set) var packets: [Packet] = []
  private(set) var history: RaftHistory
  private(set) var clients: [Client] = []
  private(set) var latencies: [Int64] = []
  private(set) var messageCounts = [Int](repeating: 0, count: RaftMessage.kindNames.count)
  private(set) var leaders: [(term: UInt64, replica: Int)] = []
  private(set) var problems: [String] = []
  private(set) var steps = 0

  /// The delay of a link, plus up to `jitter`, which lets messages overtake each other.
  var delay = VirtualDuration.milliseconds(1)
  var jitter: Int64 = 0
  var loss = 0.0
  var duplication = 0.0
  var retry = VirtualDuration.milliseconds(500)
  /// Whether a client asks only the replica with its number modulo n.
  var clientsStay = false
  /// Links from one replica to another that lose everything.
  var isCut: [[Bool]]
  /// Told of every message between replicas that is sent; false loses it.
  var admits: (RaftMessage, Int, Int) -> Bool = { _, _, _ in true }

  private static let noTimers = RaftReplica.Timer.allCases.map { _ in Int64.max }
  private var timers: [[Int64]]
  private var effects: Effects<RaftReplica>
  private var order: UInt64 = 0

  init(
    _ count: Int, seed: UInt64 = 1, clients: Int = 0, requests: Int = 0,
    _ configure: (inout RaftConfiguration) -> Void = { _ in }
  ) {
    var configuration = RaftConfiguration(replicas: count)
    configure(&configuration)
    self.count = count
    self.configuration = configuration
    self.seed = Seed(seed)
    durables = Array(repeating: .formatted, count: count)
    isUp = Array(repeating: true, count: count)
    history = RaftHistory(replicas: count)
    isCut = Array(repeating: Array(repeating: false, count: count), count: count)
    timers = Array(repeating: Self.noTimers, count: count)
    effects = Effects(replicas: count, costs: .free)
    self.clients = Array(repeating: Client(remaining: requests), count: clients)
    for id in 0..<count {
      replicas.append(
        RaftReplica(
          id: ReplicaID(id), configuration: configuration,
          signer: Signer(endpoint: Endpoint(ReplicaID(id)), keys: testKeys),
          verifier: Verifier(keys: testKeys), seed: Seed(seed)))
    }
  }

  func start() {
    for id in 0..<count { step(id, .start) }
  }

  /// The replica that leads the highest term, if one that is up does.
  var leader: Int? {
    (0..<count).filter { isUp[$0] && replicas[$0].standing.leads }
      .max { replicas[$0].standing.view < replicas[$1].standing.view }
  }

  var violations: [String] { history.violations + problems }

  func messages(_ name: String) -> Int {
    RaftMessage.kindNames.firstIndex(of: name).map { messageCounts[$0] } ?? -1
  }

  // MARK: Faults

  func crash(_ id: Int) {
    isUp[id] = false
    timers[id] = Self.noTimers
  }

  func restart(_ id: Int, losingDisk: Bool = false) {
    guard !isUp[id] else { return }
    isUp[id] = true
    if losingDisk {
      durables[id] = RaftDurable()
      history.forget(id)
    }
    step(id, .restarted(durables[id]))
  }

  func isolate(_ id: Int, _ cut: Bool = true) {
    for other in 0..<count where other != id {
      isCut[id][other] = cut
      isCut[other][id] = cut
    }
  }

  func heal() {
    loss = 0
    duplication = 0
    isCut = Array(repeating: Array(repeating: false, count: count), count: count)
    for id in 0..<count { restart(id) }
  }

  func command(_ command: Command, to id: Int) { step(id, .command(command)) }

  func inject(_ message: RaftMessage, from: Int, to: Int) {
    step(to, .message(message, from: Endpoint(ReplicaID(from))))
  }

  // MARK: Clients

  func issue(_ count: Int) {
    for id in clients.indices {
      let wasIdle = clients[id].remaining == 0
      clients[id].remaining += count
      if wasIdle { next(id) }
    }
  }

  /// Lets every client ask for at most `count` more.
  func limit(to count: Int) {
    for id in clients.indices { clients[id].remaining = min(clients[id].remaining, count) }
  }

  var unanswered: Int { clients.reduce(0) { $0 + $1.remaining } }

  private func next(_ id: Int) {
    clients[id].deadline = .max
    guard clients[id].remaining > 0 else { return }
    clients[id].timestamp += 1
    clients[id].sentAt = now.nanoseconds
    send(id)
  }

  private func send(_ id: Int) {
    clients[id].deadline = (now + retry).nanoseconds
    if clientsStay { clients[id].target = id % count }
    enqueue(
      .request(request(id, clients[id].timestamp)), from: Endpoint(ClientID(id)),
      to: Endpoint(ReplicaID(clients[id].target)))
  }

  private func onReply(_ reply: Reply) {
    let id = reply.client.index
    guard clients.indices.contains(id), reply.timestamp == clients[id].timestamp,
      clients[id].remaining > 0
    else { return }
    if reply.isExecuted {
      if configuration.application == nil, reply.result != request(id, reply.timestamp).result {
        problems.append("wrong result")
      }
      latencies.append(now.nanoseconds - clients[id].sentAt)
      clients[id].remaining -= 1
      clients[id].target = reply.replica.index
      next(id)
    } else if let leader = reply.leader, !clientsStay {
      clients[id].target = leader.index
      send(id)
    }
  }

  // MARK: The loop

  /// Handles everything that is due by `time`.
  func run(until time: VirtualTime) {
    while fire(by: time.nanoseconds) {}
    now = max(now, time)
  }

  func run(for span: VirtualDuration) { run(until: now + span) }

  /// Runs until `condition` holds; false if it does not within `span`.
  func run(for span: VirtualDuration, until condition: () -> Bool) -> Bool {
    let end = (now + span).nanoseconds
    while !condition() { guard fire(by: end) else { return false } }
    return true
  }

  private func fire(by end: Int64) -> Bool {
    var best = end
    var packet = -1
    for index in packets.indices {
      let due = packets[index].due
      if due < best || (due == best && (packet < 0 || packets[index].order < packets[packet].order))
      {
        best = due
        packet = index
      }
    }
    var timer: (id: Int, name: Int)?
    for id in 0..<count {
      for name in timers[id].indices
      where timers[id][name] < best || (timers[id][name] == best && packet < 0) {
        best = timers[id][name]
        timer = (id, name)
      }
    }
    for id in clients.indices where clients[id].deadline < best {
      now = VirtualTime(nanoseconds: clients[id].deadline)
      clients[id].target = (clients[id].target + 1) % count
      send(id)
      return true
    }
    now = VirtualTime(nanoseconds: best)
    if let timer, let name = RaftReplica.Timer(rawValue: UInt8(timer.name)) {
      timers[timer.id][timer.name] = .max
      step(timer.id, .timeout(name))
    } else if packet >= 0 {
      deliver(packet)
    } else {
      return false
    }
    return true
  }

  private func deliver(_ index: Int) {
    let packet = packets[index]
    packets.swapAt(index, packets.count - 1)
    packets.removeLast()
    if let replica = packet.to.replica {
      if isUp[replica.index] { step(replica.index, .message(packet.message, from: packet.from)) }
    } else if let reply = packet.message.reply {
      onReply(reply)
    }
  }

  private func step(_ id: Int, _ input: Input<RaftReplica>) {
    steps += 1
    effects.clear()
    replicas[id].step(input, at: now, into: &effects)
    for record in effects.records { durables[id].apply(record) }
    for observation in effects.observations {
      if case .becameLeader(let term, _) = observation { leaders.append((term.number, id)) }
      history.note(observation, by: id)
    }
    for change in effects.timers {
      let due = change.duration.map { (now + $0).nanoseconds } ?? .max
      timers[id][Int(change.timer.rawValue)] = due
    }
    let sends = effects.sends
    for send in sends {
      checkDurable(send.message, by: id)
      switch send.recipients {
      case .others:
        for other in 0..<count where other != id { transmit(send.message, id, other) }
      case .members(let members):
        for member in members.members where member.index != id {
          transmit(send.message, id, member.index)
        }
      case .one(let endpoint):
        if let other = endpoint.replica {
          transmit(send.message, id, other.index)
        } else {
          enqueue(send.message, from: Endpoint(ReplicaID(id)), to: endpoint)
        }
      }
    }
  }

  /// what a message promises is on disk before it leaves.
  private func checkDurable(_ message: RaftMessage, by id: Int) {
    let disk = durables[id]
    switch message {
    case .voteReply(let reply):
      if disk.term != reply.term || (reply.isGranted && disk.vote == nil) {
        problems.append("R-6: r\(id) answers before its vote is durable")
      }
    case .vote(let request):
      if disk.term != request.term || disk.vote != ReplicaID(id) {
        problems.append("R-6: r\(id) campaigns before its vote is durable")
      }
    case .appendReply(let reply):
      if disk.term != reply.term || (reply.isSuccess && disk.log.last.index < reply.index) {
        problems.append("R-9: r\(id) acknowledges what is not durable")
      }
    default: break
    }
  }

  private func transmit(_ message: RaftMessage, _ from: Int, _ to: Int) {
    messageCounts[Int(message.kind)] += 1
    guard !isCut[from][to], admits(message, from, to) else { return }
    enqueue(message, from: Endpoint(ReplicaID(from)), to: Endpoint(ReplicaID(to)))
  }

  private func enqueue(_ message: RaftMessage, from: Endpoint, to: Endpoint) {
    order += 1
    var draw = seed.draw(.loss, order)
    if loss > 0, draw.chance(loss) { return }
    let copies = duplication > 0 && draw.chance(duplication) ? 2 : 1
    for _ in 0..<copies {
      let extra = jitter > 0 ? Int64(draw.below(UInt64(jitter))) : 0
      packets.append(
        Packet(
          message: message, from: from, to: to, due: (now + delay).nanoseconds + extra,
          order: order))
    }
  }
}
