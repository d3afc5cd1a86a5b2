import ConsensusCore
import DiscreteEvents

/// What clients asked, what became of it, and in which order: the client's side of P-3, P-16, R-14.
///
/// Replicated execution makes the history of a client linearizable if each accepted result is that
/// of an execution between issue and acceptance, and if a request that was issued after another was
/// accepted takes effect after it.
struct RequestBook: Sendable {
  /// The last requests of every client are known in full; older ones only by their signatures.
  private static let depth = 16

  struct Entry: Sendable {
    var timestamp: UInt64 = 0
    var content: UInt64 = 0
    var result = Digest(0)
    /// Where in the order the request took effect first, 0 for nowhere yet.
    var place: UInt64 = 0
    /// The greatest place of any request accepted before this one was issued.
    var floor: UInt64 = 0
    /// Executions by honest replicas.
    var executions = 0
    /// Where a replica that is not judged executed it first, 0 for nowhere yet, and with what result.
    var unjudgedPlace: UInt64 = 0
    var unjudgedResult = Digest(0)
    /// What the client accepted before an honest replica executed it.
    var accepted: Digest?
  }

  private var entries: [Entry] = []
  private var issued: [UInt64] = []
  private var acceptedPlace: UInt64 = 0
  /// By client, whether it lies: it may have signed anything, and nothing is promised to it.
  private var isLiar: [Bool] = []

  /// From now on believes nothing that a client says.
  mutating func distrust(_ client: ClientID) {
    while isLiar.count <= client.index { isLiar.append(false) }
    isLiar[client.index] = true
  }

  private func trusts(_ client: Int) -> Bool { client >= isLiar.count || !isLiar[client] }

  mutating func issue(_ request: Request) {
    let client = request.client.index
    guard trusts(client) else { return }
    while issued.count <= client {
      issued.append(0)
      entries.append(contentsOf: repeatElement(Entry(), count: Self.depth))
    }
    issued[client] = max(issued[client], request.timestamp)
    entries[index(client, request.timestamp)] = Entry(
      timestamp: request.timestamp, content: request.content, floor: acceptedPlace)
  }

  /// Whether the client issued exactly this request, as far as is remembered.
  func knows(_ request: Request) -> Bool {
    let client = request.client.index
    guard trusts(client) else { return true }
    guard client < issued.count, request.timestamp <= issued[client], request.timestamp > 0 else {
      return false
    }
    let entry = entries[index(client, request.timestamp)]
    return entry.timestamp != request.timestamp || entry.content == request.content
  }

  /// What is wrong with a request taking effect at `place`, if anything; the first place counts, and
  /// whoever executes it later must come to the same result.
  mutating func execute(
    _ client: ClientID, timestamp: UInt64, result: Digest, at place: UInt64
  ) -> String? {
    guard client.index < issued.count, trusts(client.index) else { return nil }
    let index = index(client.index, timestamp)
    guard entries[index].timestamp == timestamp else { return nil }
    entries[index].executions += 1
    guard entries[index].place == 0 else {
      guard entries[index].result != result else { return nil }
      return "c\(client) t\(timestamp) gave \(result), not \(entries[index].result)"
    }
    entries[index].place = place
    entries[index].result = result
    if let accepted = entries[index].accepted, accepted != result {
      return "c\(client) accepted \(accepted) for t\(timestamp), not \(result)"
    }
    guard place <= entries[index].floor else { return nil }
    return "c\(client) t\(timestamp) took effect at \(place), before a request accepted earlier"
  }

  /// Notes that a replica that is not judged executed a request, which others may do later.
  mutating func executeUnjudged(
    _ client: ClientID, timestamp: UInt64, result: Digest, at place: UInt64
  ) {
    guard client.index < issued.count, trusts(client.index) else { return }
    let index = index(client.index, timestamp)
    guard entries[index].timestamp == timestamp, entries[index].unjudgedPlace == 0 else { return }
    entries[index].unjudgedPlace = place
    entries[index].unjudgedResult = result
  }

  /// What is wrong with a client accepting a result, if anything.
  ///
  /// Of `quorum` equal replies at most `liars` can be false.
  mutating func accept(
    _ request: Request, result: Digest, quorum: Int, liars: Int
  ) -> String? {
    let client = request.client.index
    guard trusts(client) else { return nil }
    guard client < issued.count else { return "c\(client) accepted what it never issued" }
    let entry = entries[index(client, request.timestamp)]
    guard entry.timestamp == request.timestamp else {
      return "c\(client) accepted t\(request.timestamp), which it did not wait for"
    }
    acceptedPlace = max(acceptedPlace, entry.place)
    if entry.place == 0, entry.unjudgedPlace > 0, entry.unjudgedResult == result {
      // Whether the answer was wrong or only early shows once an honest replica executes the request.
      entries[index(client, request.timestamp)].accepted = result
      acceptedPlace = max(acceptedPlace, entry.unjudgedPlace)
      return nil
    }
    guard entry.place > 0 else {
      return "c\(client) accepted t\(request.timestamp), which no honest replica executed"
    }
    guard entry.result == result else {
      return "c\(client) accepted \(result) for t\(request.timestamp), not \(entry.result)"
    }
    guard entry.executions >= quorum - liars else {
      return "c\(client) accepted t\(request.timestamp) after \(entry.executions) executions"
    }
    return nil
  }

  @inline(__always)
  private func index(_ client: Int, _ timestamp: UInt64) -> Int {
    client * Self.depth + Int(truncatingIfNeeded: timestamp % UInt64(Self.depth))
  }
}
