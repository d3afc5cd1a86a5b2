import DiscreteEvents

/// The replicated state machine: the last effect of every client and a digest of the history.
///
/// Executing is deterministic and exactly once: a request whose timestamp is not newer than the
/// client's last one has no effect (PBFT §4.1, invariant P-4). The digest can be recomputed from a
/// transferred copy, so that a replica can check a state it was sent.
public struct Ledger: Hashable, Sendable {
  private struct Entry: Hashable, Sendable {
    var timestamp: UInt64 = 0
    var result = Digest(0)
  }

  private var entries: [Entry] = []
  private var history: UInt64 = 0x1ED6_E4
  private var table: UInt64 = 0

  /// The number of requests that took effect.
  public private(set) var executed: UInt64 = 0

  /// The number of clients that the state has room for.
  public var clientCount: Int { entries.count }

  /// Creates the state before the first request.
  public init() {}

  /// Executes a request and answers its result, or nil when the request is not new.
  public mutating func execute(_ request: Request) -> Digest? {
    let index = request.client.index
    while entries.count <= index { entries.append(Entry()) }
    guard request.timestamp > entries[index].timestamp else { return nil }
    table ^= Self.word(index, entries[index])
    entries[index] = Entry(timestamp: request.timestamp, result: request.result)
    table ^= Self.word(index, entries[index])
    history = mix(history, request.content)
    executed += 1
    return request.result
  }

  /// The timestamp of the client's last request that took effect, 0 for none.
  @inline(__always)
  public func lastTimestamp(of client: ClientID) -> UInt64 {
    client.index < entries.count ? entries[client.index].timestamp : 0
  }

  /// The timestamp and the result of the client's last request, for answering a retransmission.
  public func lastEffect(of client: ClientID) -> (timestamp: UInt64, result: Digest)? {
    guard client.index < entries.count, entries[client.index].timestamp > 0 else { return nil }
    return (entries[client.index].timestamp, entries[client.index].result)
  }

  /// The digest that checkpoints carry.
  public var digest: Digest { Digest(mix(history ^ executed, table)) }

  /// Recomputes the digest from the contents, as the receiver of a transferred copy does.
  public var recomputedDigest: Digest {
    var sum: UInt64 = 0
    for (index, entry) in entries.enumerated() where entry.timestamp > 0 {
      sum ^= Self.word(index, entry)
    }
    return Digest(mix(history ^ executed, sum))
  }

  private static func word(_ index: Int, _ entry: Entry) -> UInt64 {
    entry.timestamp == 0
      ? 0
      : mix(mix(UInt64(truncatingIfNeeded: index) ^ 0x7AB1E, entry.timestamp), entry.result.value)
  }
}
