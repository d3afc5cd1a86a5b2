import ConsensusCore
import DiscreteEvents
import ProofOfWork

let keys = Seed(0xBEEF)
let verifier = Verifier(keys: keys)

func signer(_ replica: Int) -> Signer { Signer(endpoint: Endpoint(ReplicaID(replica)), keys: keys) }

func request(_ client: Int, _ timestamp: UInt64, bytes: UInt32 = 0) -> Request {
  let id = ClientID(client)
  return Request(
    client: id, timestamp: timestamp, operation: timestamp &* 31 &+ UInt64(client),
    operationBytes: bytes, signedBy: Signer(endpoint: Endpoint(id), keys: keys))
}

func forgedRequest(_ client: Int, _ timestamp: UInt64) -> Request {
  var forged = request(client, timestamp)
  forged.operation ^= 1
  return forged
}

func seconds(_ count: Double) -> VirtualTime { VirtualTime(nanoseconds: Int64(count * 1e9)) }

/// A valid block on `parent` unless the arguments say otherwise; it comes ten seconds later.
func block(
  on parent: Block, by miner: Int = 1, nonce: UInt64 = 0, transactions: [Request] = [],
  timestamp: VirtualTime? = nil, difficulty: Difficulty? = nil, height: UInt64? = nil
) -> Block {
  Block(
    template(
      on: parent, by: miner, nonce: nonce, transactions: transactions, timestamp: timestamp,
      difficulty: difficulty, height: height), provedBy: signer(miner))
}

func template(
  on parent: Block, by miner: Int = 1, nonce: UInt64 = 0, transactions: [Request] = [],
  timestamp: VirtualTime? = nil, difficulty: Difficulty? = nil, height: UInt64? = nil
) -> BlockTemplate {
  BlockTemplate(
    parent: parent.id, height: height ?? parent.height + 1, miner: ReplicaID(miner),
    timestamp: timestamp ?? parent.timestamp + .seconds(10),
    difficulty: difficulty ?? parent.difficulty, nonce: nonce, transactions: transactions)
}

/// A chain of `count` empty blocks on `parent`.
func chain(on parent: Block, count: Int, by miner: Int = 1, nonce: UInt64 = 0) -> [Block] {
  var result: [Block] = []
  for _ in 0..<count {
    result.append(block(on: result.last ?? parent, by: miner, nonce: nonce))
  }
  return result
}

/// What one step of a miner did.
struct Output {
  var sends: [(message: MinerMessage, recipients: Recipients, workBefore: Int64)] = []
  var timers: [(timer: MinerTimer, duration: VirtualDuration?)] = []
  var records: [Block] = []
  var observations: [MinerObservation] = []
  var work: Int64 = 0

  var replies: [Reply] { sends.compactMap(\.message.reply) }
  func sent(_ kind: String) -> [MinerMessage] {
    sends.map(\.message).filter { MinerMessage.kindNames[Int($0.kind)] == kind }
  }
  var refusals: [BlockFault] {
    observations.compactMap { if case .refused(_, let fault) = $0 { fault } else { nil } }
  }
  var confirmed: [UInt64] {
    observations.compactMap { if case .confirmed(let height, _, _) = $0 { height } else { nil } }
  }
  var executed: [UInt64] {
    observations.compactMap { if case .executed(_, let time, _) = $0 { time } else { nil } }
  }
  var undone: [UInt64] {
    observations.compactMap { if case .undone(_, let time) = $0 { time } else { nil } }
  }
  var returned: [UInt64] {
    observations.compactMap { if case .returned(_, let time) = $0 { time } else { nil } }
  }
  var hasNewTip: Bool {
    observations.contains { if case .tipChanged = $0 { true } else { false } }
  }
}

extension Miner {
  mutating func perform(
    _ input: Input<Miner>, at now: VirtualTime, costs: WorkCosts = .free
  ) -> Output {
    var effects = Effects<Miner>(replicas: configuration.replicas, costs: costs)
    step(input, at: now, into: &effects)
    return Output(
      sends: effects.sends.map { ($0.message, $0.recipients, $0.workBefore) },
      timers: effects.timers.map { ($0.timer, $0.duration) }, records: effects.records,
      observations: effects.observations, work: effects.work)
  }

  /// Receives a message of a replica, an hour into the run.
  mutating func receive(
    _ message: MinerMessage, from sender: Int = 1, costs: WorkCosts = .free
  ) -> Output {
    perform(
      .message(message, from: Endpoint(ReplicaID(sender))), at: seconds(3600), costs: costs)
  }

  mutating func receive(_ request: Request) -> Output {
    perform(.message(.request(request), from: Endpoint(request.client)), at: seconds(3600))
  }

  @discardableResult
  mutating func receive(_ blocks: [Block]) -> Output {
    var all = Output()
    for block in blocks {
      let output = receive(.block(block))
      all.sends += output.sends
      all.records += output.records
      all.observations += output.observations
    }
    return all
  }
}

func makeMiner(_ id: Int = 0, _ configuration: MinerConfiguration = .paper) -> Miner {
  Miner(
    id: ReplicaID(id), configuration: configuration, signer: signer(id), verifier: verifier,
    seed: Seed(UInt64(id)))
}
