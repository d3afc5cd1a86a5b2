import ConsensusCore
import DiscreteEvents
import Simulator

// Small-scope mutation: one field of a message, changed to a value near the true one or at the edge
// of its type. Most bugs of checks are off by one or overflow, and need no cleverer lie.
extension ForgeryContext {
  /// One of `count` choices.
  package mutating func choose(_ count: Int) -> Int { Int(draw.below(UInt64(max(count, 1)))) }

  /// From here on half of the mutations differ from one recipient to the next.
  package mutating func maybeDivide() {
    let word = draw.next()
    if word & 1 == 0 { draw = Draw(state: mix(word, recipient.word)) }
  }

  /// A value near `value`, or an extreme one, or noise.
  package mutating func mutated(_ value: UInt64) -> UInt64 {
    switch choose(10) {
    case 0, 1: value &+ 1
    case 2, 3: value &- 1
    case 4: value &+ draw.below(64)
    case 5: 0
    case 6: .max
    case 7: .max - 1
    case 8: value ^ 1 << draw.below(64)
    default: draw.next()
    }
  }

  mutating func mutated(_ value: Int) -> Int {
    Int(truncatingIfNeeded: mutated(UInt64(bitPattern: Int64(value))))
  }

  /// A digest near the true one, or of nothing.
  package mutating func mutated(_ digest: Digest) -> Digest { Digest(mutated(digest.value)) }

  /// A signature that nobody made, but for chance.
  package mutating func mutated(_ signature: Signature) -> Signature {
    Signature(tag: mutated(signature.tag))
  }

  /// Another replica, now and then one that does not exist.
  package mutating func mutated(_ replica: ReplicaID) -> ReplicaID {
    switch choose(8) {
    case 0: ReplicaID(replicas)
    case 1: ReplicaID(Int(Int32.max))
    default: ReplicaID(choose(replicas))
    }
  }

  mutating func mutated(_ set: ReplicaSet) -> ReplicaSet {
    var mutated = set
    let replica = ReplicaID(choose(replicas + 1))
    if !mutated.insert(replica) { mutated.remove(replica) }
    return mutated
  }

  /// The list with an element dropped, doubled or moved.
  package mutating func shuffled<Element>(_ list: [Element]) -> [Element] {
    guard !list.isEmpty else { return list }
    var list = list
    let place = choose(list.count)
    switch choose(4) {
    case 0: list.remove(at: place)
    case 1: list.insert(list[place], at: place)
    case 2: list.swapAt(place, choose(list.count))
    default: list.removeAll()
    }
    return list
  }

  /// A client's request with one field changed; the client's signature stays as it was.
  package mutating func mutated(_ request: Request) -> Request {
    var client = request.client
    var timestamp = request.timestamp
    var operation = request.operation
    var bytes = request.operationBytes
    var signature = request.signature
    switch choose(5) {
    case 0: client = ClientID(client.index + (choose(2) == 0 ? 1 : 1000))
    case 1: timestamp = mutated(timestamp)
    case 2: operation = mutated(operation)
    case 3: bytes = UInt32(truncatingIfNeeded: mutated(UInt64(bytes)))
    default: signature = mutated(signature)
    }
    return Request(
      client: client, timestamp: timestamp, operation: operation, operationBytes: bytes,
      signature: signature)
  }

  /// A reply with one field changed; replies carry no signature.
  package mutating func mutated(_ reply: Reply) -> Reply {
    let field = choose(7)
    return Reply(
      client: reply.client, timestamp: field == 0 ? mutated(reply.timestamp) : reply.timestamp,
      replica: field == 1 ? mutated(reply.replica) : reply.replica,
      result: field == 2 ? mutated(reply.result) : reply.result,
      resultBytes: field == 3
        ? UInt32(truncatingIfNeeded: mutated(UInt64(reply.resultBytes))) : reply.resultBytes,
      view: field == 4 ? mutated(reply.view) : reply.view,
      leader: field == 5 ? mutated(replica) : reply.leader,
      isExecuted: field == 6 ? !reply.isExecuted : reply.isExecuted)
  }
}
