import DiscreteEvents

/// The replicated state machine: the last effect of every client, a digest of the history, and the
/// application, if there is one.
///
/// Executing is deterministic and exactly once: a request whose timestamp is not newer than the
/// client's last one has no effect (PBFT §4.1, invariant P-4). The digest can be recomputed from a
/// transferred copy, so that a replica can check a state it was sent.
public struct Ledger: Sendable {
  fileprivate struct Entry: Hashable, Sendable {
    var timestamp: UInt64 = 0
    var result = Digest(0)
    var resultBytes: UInt32 = 0
  }

  private var entries: [Entry] = []
  private var history: UInt64 = 0x1ED6_E4
  private var table: UInt64 = 0
  /// The bytes of all results that are kept for retransmission.
  private var resultBytes = 0

  /// The number of requests that took effect.
  public private(set) var executed: UInt64 = 0

  /// The application; an existential, since it is asked once for a request and never for a message.
  public private(set) var application: (any Application)?

  /// The number of clients that the state has room for.
  public var clientCount: Int { entries.count }

  /// Creates the state before the first request, with the application in its initial state.
  public init(application: (any Application)?) { self.application = application }

  // Rule: PBFT 4.1-8
  /// Executes a request at a place in the order and answers what it did, or nil when it is not new.
  public mutating func execute(
    _ request: Request, at position: SequenceNumber
  ) -> Execution? {
    let index = request.client.index
    while entries.count <= index { entries.append(Entry()) }
    guard request.timestamp > entries[index].timestamp else { return nil }
    let execution =
      application?.execute(request, at: position)
      ?? Execution(result: request.result, work: 0, resultBytes: 0)
    table ^= Self.word(index, entries[index])
    resultBytes += Int(execution.resultBytes) - Int(entries[index].resultBytes)
    entries[index] = Entry(
      timestamp: request.timestamp, result: execution.result, resultBytes: execution.resultBytes)
    table ^= Self.word(index, entries[index])
    history = mix(history, request.content)
    executed += 1
    return execution
  }

  /// What the application asks for admitting a request, in nanoseconds at speed 1.
  @inline(__always)
  public func admissionWork(of request: Request) -> Int64 {
    guard let application else { return 0 }
    return application.admissionWork(of: request)
  }

  /// The timestamp of the client's last request that took effect, 0 for none.
  @inline(__always)
  public func lastTimestamp(of client: ClientID) -> UInt64 {
    client.index < entries.count ? entries[client.index].timestamp : 0
  }

  /// The timestamp of the client's last request, its result and the result's size, for answering a
  /// retransmission.
  public func lastEffect(
    of client: ClientID
  ) -> (timestamp: UInt64, result: Digest, resultBytes: UInt32)? {
    guard client.index < entries.count, entries[client.index].timestamp > 0 else { return nil }
    let entry = entries[client.index]
    return (entry.timestamp, entry.result, entry.resultBytes)
  }

  /// The size of a transferred copy beyond the fixed share of each client: the results that are kept
  /// for retransmission, and the application.
  public var additionalSize: ByteCount {
    ByteCount(resultBytes) + (application?.size ?? ByteCount(0))
  }

  /// The digest that checkpoints carry.
  public var digest: Digest { digest(table: table, application: application?.digest) }

  /// Recomputes the digest from the contents, as the receiver of a transferred copy does.
  public var recomputedDigest: Digest {
    var sum: UInt64 = 0
    for (index, entry) in entries.enumerated() where entry.timestamp > 0 {
      sum ^= Self.word(index, entry)
    }
    return digest(table: sum, application: application?.recomputedDigest)
  }

  private func digest(table: UInt64, application: UInt64?) -> Digest {
    let own = mix(history ^ executed, table)
    guard let application else { return Digest(own) }
    return Digest(mix(own ^ 0xA99_11CA, application))
  }

  private static func word(_ index: Int, _ entry: Entry) -> UInt64 {
    guard entry.timestamp > 0 else { return 0 }
    let effect = mix(
      mix(UInt64(truncatingIfNeeded: index) ^ 0x7AB1E, entry.timestamp), entry.result.value)
    return entry.resultBytes == 0 ? effect : mix(effect, UInt64(entry.resultBytes))
  }
}

extension Ledger: Hashable {
  /// Two ledgers are equal when their own states are and the digests of their applications are.
  public static func == (left: Ledger, right: Ledger) -> Bool {
    left.history == right.history && left.executed == right.executed && left.table == right.table
      && left.entries == right.entries && left.application?.digest == right.application?.digest
  }

  /// Feeds the digest to a hasher: equal ledgers have equal digests.
  public func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

extension Ledger: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(entries, history, table, resultBytes, executed, application?.digest)
  }
}

extension Ledger.Entry: StateHashable {
  func hashState(into hasher: inout StateHasher) {
    hasher.add(timestamp, result, resultBytes)
  }
}
