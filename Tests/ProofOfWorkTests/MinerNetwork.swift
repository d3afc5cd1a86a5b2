import ConsensusCore
import DiscreteEvents
import ProofOfWork

/// Miners on a network with a constant delay, cuts and losses; work takes no time.
struct MinerNetwork {
  struct Event {
    var time: VirtualTime
    var order: Int
    var target: Int
    var input: Input<Miner>
    var timer: MinerTimer?
    var generation = 0
  }

  var miners: [Miner]
  var disks: [MinerDurable]
  var isUp: [Bool]
  /// Nodes in different groups do not reach each other.
  var groups: [Int]
  var delay: VirtualDuration
  var loss = 0.0
  var now = VirtualTime.zero
  var observations: [(time: VirtualTime, replica: Int, observation: MinerObservation)] = []
  var replies: [Reply] = []
  var sent = [Int](repeating: 0, count: MinerMessage.kindNames.count)
  let seed: Seed
  private var queue: [Event] = []
  private var scheduled = 0
  private var generations: [[Int]]

  init(_ configuration: MinerConfiguration, delay: VirtualDuration, seed: UInt64) {
    let count = configuration.replicas
    self.seed = Seed(seed)
    self.delay = delay
    miners = (0..<count).map {
      Miner(
        id: ReplicaID($0), configuration: configuration, signer: signer($0), verifier: verifier,
        seed: Seed(seed))
    }
    disks = Array(repeating: MinerDurable(), count: count)
    isUp = Array(repeating: true, count: count)
    groups = Array(repeating: 0, count: count)
    generations = Array(repeating: [0, 0], count: count)
    for target in 0..<count { schedule(.start, for: target, at: .zero) }
  }

  mutating func run(until end: VirtualTime) {
    while let next = queue.indices.min(by: {
      (queue[$0].time, queue[$0].order) < (queue[$1].time, queue[$1].order)
    }), queue[next].time <= end {
      let event = queue[next]
      queue.swapAt(next, queue.count - 1)
      queue.removeLast()
      now = event.time
      deliver(event)
    }
    now = end
  }

  /// Runs until some miner's tip is as high as `height`.
  mutating func run(untilHeight height: UInt64) {
    while !miners.contains(where: { $0.tip.height >= height }) {
      run(until: now + .seconds(500))
    }
  }

  mutating func submit(_ request: Request, to target: Int, at time: VirtualTime) {
    schedule(.message(.request(request), from: Endpoint(request.client)), for: target, at: time)
  }

  mutating func crash(_ target: Int) {
    isUp[target] = false
    generations[target] = generations[target].map { $0 + 1 }
  }

  mutating func restart(_ target: Int, keepingDisk: Bool) {
    if !keepingDisk { disks[target] = MinerDurable() }
    isUp[target] = true
    schedule(.restarted(disks[target]), for: target, at: now)
  }

  var minedBlocks: [Block] {
    observations.compactMap { if case .mined(let block) = $0.observation { block } else { nil } }
  }

  private mutating func schedule(_ input: Input<Miner>, for target: Int, at time: VirtualTime) {
    queue.append(Event(time: time, order: scheduled, target: target, input: input))
    scheduled += 1
  }

  private mutating func deliver(_ event: Event) {
    let target = event.target
    guard isUp[target] else { return }
    if let timer = event.timer {
      guard generations[target][Int(timer.rawValue)] == event.generation else { return }
    }
    let output = miners[target].perform(event.input, at: now)
    for record in output.records { disks[target].apply(record) }
    for observation in output.observations { observations.append((now, target, observation)) }
    for change in output.timers {
      generations[target][Int(change.timer.rawValue)] += 1
      guard let duration = change.duration else { continue }
      queue.append(
        Event(
          time: now + duration, order: scheduled, target: target, input: .timeout(change.timer),
          timer: change.timer, generation: generations[target][Int(change.timer.rawValue)]))
      scheduled += 1
    }
    for send in output.sends { transmit(send.message, from: target, to: send.recipients) }
  }

  private mutating func transmit(_ message: MinerMessage, from: Int, to recipients: Recipients) {
    switch recipients {
    case .others:
      for index in miners.indices where index != from { transmit(message, from: from, to: index) }
    case .members(let members):
      for member in members.members { transmit(message, from: from, to: member.index) }
    case .one(let endpoint):
      if let replica = endpoint.replica {
        transmit(message, from: from, to: replica.index)
      } else if let reply = message.reply {
        replies.append(reply)
      }
    }
  }

  private mutating func transmit(_ message: MinerMessage, from: Int, to: Int) {
    sent[Int(message.kind)] += 1
    guard groups[from] == groups[to] else { return }
    var draw = seed.draw(.loss, UInt64(sent.reduce(0, +)))
    if loss > 0, draw.chance(loss) { return }
    schedule(.message(message, from: Endpoint(ReplicaID(from))), for: to, at: now + delay)
  }
}
