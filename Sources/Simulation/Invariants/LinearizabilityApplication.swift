import ConsensusCore
import DiscreteEvents

/// An application whose every result tells what took effect before: how many requests, and which, in
/// which order.
///
/// The result of a request without an application depends on the request alone, so that a history
/// of such results is linearizable whatever the order was. With this application the first result
/// that does not fit any order is a violation of P-16 or R-14. Runs with it are checked at their end.
///
/// Requests concern one of several independent parts each, by their operation; with more parts the
/// check is cheaper and sees less.
public struct HistoryApplication: Application {
  /// The state of one part.
  public struct Part: Hashable, Sendable {
    /// Requests that took effect.
    public var count: UInt64 = 0
    /// A hash of them in their order.
    public var history: UInt64 = 0x11FE_A2

    /// Executes a request.
    mutating func append(_ content: UInt64) {
      count += 1
      history = mix(history, content)
    }

    /// 24 bits of the number of requests and 40 of the hash: the request just executed is in both.
    var result: Digest { Digest(count << 40 | history >> 24) }
  }

  private var parts: [Part]
  /// The hash of ``parts``, kept up to date.
  private var sum: UInt64 = 0

  /// Creates the application before the first request, with at least one part.
  public init(parts: Int) {
    precondition(parts > 0, "an application has at least one part")
    self.parts = Array(repeating: Part(), count: parts)
  }

  /// The number of parts.
  public var partCount: Int { parts.count }

  /// Appends the request to its part, and answers with the history of that part.
  public mutating func execute(_ request: Request, at position: SequenceNumber) -> Execution {
    let index = Int(request.operation % UInt64(parts.count))
    sum ^= word(index)
    parts[index].append(request.content)
    sum ^= word(index)
    return Execution(result: parts[index].result, work: 0, resultBytes: 0)
  }

  /// The parts, as kept.
  public var digest: UInt64 { sum }

  /// The parts, as they are.
  public var recomputedDigest: UInt64 { parts.indices.reduce(0) { $0 ^ word($1) } }

  /// Sixteen bytes a part.
  public var size: ByteCount { ByteCount(16 * parts.count) }

  private func word(_ index: Int) -> UInt64 {
    parts[index].count == 0 ? 0 : mix(UInt64(index) ^ 0x41_5701, parts[index].history)
  }
}

/// ``HistoryApplication`` as clients see it: what an order of requests makes it answer.
public struct HistoryObject: SequentialObject {
  /// What answers depend on.
  public struct State: Hashable, Sendable {
    /// The requests that took effect.
    public var part = HistoryApplication.Part()
    /// By client, the timestamp of the last request that took effect.
    public var timestamps: [UInt64] = []
  }

  private let parts: UInt64

  /// The object that an application with this many parts is.
  public init(parts: Int) { self.parts = UInt64(parts) }

  /// A part before the first request.
  public var initial: State { State() }

  /// The part after one more request, if the answer is that part's result.
  ///
  /// A request that is older than the client's last one has no effect (PBFT §4.1, Raft §8), so that
  /// it never gets a place: a request that was given up is out of question after the next one.
  public func applying(_ input: Request, answering output: Digest?, to state: State) -> State? {
    let client = input.client.index
    let last = client < state.timestamps.count ? state.timestamps[client] : 0
    guard input.timestamp > last else { return nil }
    var part = state.part
    part.append(input.content)
    if let output, output != part.result { return nil }
    var after = State(part: part, timestamps: state.timestamps)
    while after.timestamps.count <= client { after.timestamps.append(0) }
    after.timestamps[client] = input.timestamp
    return after
  }

  /// By the operation.
  public func part(of input: Request) -> UInt64 { input.operation % parts }
  /// The number of requests.
  public func place(in state: State) -> UInt64? { state.part.count & 0xFF_FFFF }
  /// The number of requests.
  public func place(claimedBy output: Digest) -> UInt64? { output.value >> 40 }
}
