import ConsensusCore
import DiscreteEvents

/// The message of both toy protocols: small, with what is rare boxed.
struct ToyMessage: ConsensusMessage, Hashable {
  indirect enum Extra: Hashable, Sendable {
    case none
    case request(Request)
    case reply(Reply)
  }

  static let kindNames = ["request", "propose", "vote", "reply", "ping"]
  var kind: UInt8
  var sequence: UInt64 = 0
  var value: UInt64 = 0
  var bytes = 0
  var extra = Extra.none

  var content: Request? { if case .request(let request) = extra { request } else { nil } }

  static func request(_ request: Request) -> ToyMessage {
    ToyMessage(kind: 0, value: request.content, extra: .request(request))
  }

  static func ping(_ tag: UInt64, bytes: Int = 0) -> ToyMessage {
    ToyMessage(kind: 4, sequence: tag, bytes: bytes)
  }

  static func reply(_ reply: Reply) -> ToyMessage {
    ToyMessage(
      kind: 3, sequence: reply.timestamp, value: reply.result.value ^ UInt64(reply.replica.index),
      extra: .reply(reply))
  }

  var fingerprint: UInt64 { mix(mix(UInt64(kind), sequence), value) }
  func size(_ sizes: MessageSizes) -> ByteCount {
    bytes > 0 ? ByteCount(bytes) : kind == 1 ? sizes.base + sizes.transaction : sizes.base
  }
  var requestCount: Int { kind == 1 ? 1 : 0 }
  var reply: Reply? { if case .reply(let reply) = extra { reply } else { nil } }
  var summary: String { "\(Self.kindNames[Int(kind)]) \(sequence)" }
}

enum ToyTimer: UInt8, TimerName { case first, second, progress }

/// A disk that keeps its records.
struct ToyDisk: DurableState, Hashable {
  var records: [UInt64] = []
  init() {}
  mutating func apply(_ record: UInt64) { records.append(record) }
}
