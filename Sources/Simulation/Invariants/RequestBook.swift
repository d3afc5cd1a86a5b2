import ConsensusCore
import DiscreteEvents

/// What clients asked, what became of it, and in which order: the client's side of P-3, P-16, R-14.
///
/// Replicated execution makes the history of a client linearizable if each accepted result is that
/// of an execution between issue and acceptance, and if a request that was issued after another was
/// accepted takes effect after it.
package struct RequestBook: Sendable {
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
    /// How many requests were issued up to this one.
    var number: UInt64 = 0
  }

  /// A result that a client accepted before any honest replica executed the request.
  private struct EarlyAnswer: Sendable {
    var timestamp: UInt64
    var result: Digest
    /// How many requests had been issued when it was accepted.
    var issued: UInt64
    /// Where a replica that is not judged came to the same result, 0 for nowhere.
    var unjudgedPlace: UInt64
  }

  private var entries: [Entry] = []
  private var issued: [UInt64] = []
  private var issuedCount: UInt64 = 0
  private var acceptedPlace: UInt64 = 0
  /// By client, its early answers, until honest replicas show whether they were right.
  private var early: [[EarlyAnswer]] = []
  /// By client, whether it lies: it may have signed anything, and nothing is promised to it.
  private var isLiar: [Bool] = []

  /// Nothing was asked yet.
  package init() {}

  /// From now on believes nothing that a client says.
  package mutating func distrust(_ client: ClientID) {
    while isLiar.count <= client.index { isLiar.append(false) }
    isLiar[client.index] = true
  }

  private func trusts(_ client: Int) -> Bool { client >= isLiar.count || !isLiar[client] }

  package mutating func issue(_ request: Request) {
    let client = request.client.index
    guard trusts(client) else { return }
    while issued.count <= client {
      issued.append(0)
      early.append([])
      entries.append(contentsOf: repeatElement(Entry(), count: Self.depth))
    }
    issued[client] = max(issued[client], request.timestamp)
    issuedCount += 1
    entries[index(client, request.timestamp)] = Entry(
      timestamp: request.timestamp, content: request.content, floor: acceptedPlace,
      number: issuedCount)
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

  /// What is wrong with a request taking effect at an honest replica at `place`, in words; the first
  /// place counts, and whoever executes it later must come to the same result.
  package mutating func execute(
    _ client: ClientID, timestamp: UInt64, result: Digest, at place: UInt64
  ) -> [String] {
    guard client.index < issued.count, trusts(client.index) else { return [] }
    let index = index(client.index, timestamp)
    var problems: [String] = []
    if !early[client.index].isEmpty {
      problems = settle(client, timestamp: timestamp, result: result, at: place)
    }
    guard entries[index].timestamp == timestamp else { return problems }
    entries[index].executions += 1
    guard entries[index].place == 0 else {
      guard entries[index].result != result else { return problems }
      return problems + ["c\(client) t\(timestamp) gave \(result), not \(entries[index].result)"]
    }
    entries[index].place = place
    entries[index].result = result
    guard place <= entries[index].floor else { return problems }
    return problems + [
      "c\(client) t\(timestamp) took effect at \(place), before a request accepted earlier"
    ]
  }

  /// Judges a client's early answers by the execution of one of its requests.
  ///
  /// Timestamps that take effect grow, so that no earlier request will ever take effect.
  private mutating func settle(
    _ client: ClientID, timestamp: UInt64, result: Digest, at place: UInt64
  ) -> [String] {
    var problems: [String] = []
    var left: [EarlyAnswer] = []
    for answer in early[client.index] {
      if answer.timestamp > timestamp {
        left.append(answer)
      } else if answer.timestamp < timestamp {
        problems.append("c\(client) accepted t\(answer.timestamp), which never took effect")
      } else if answer.result != result {
        problems.append("c\(client) accepted \(answer.result) for t\(timestamp), not \(result)")
      } else {
        acceptedPlace = max(acceptedPlace, place)
        if let overtaken = raiseFloors(to: place, above: answer.issued) {
          problems.append(
            "c\(client) t\(timestamp) took effect at \(place), after one issued later at \(overtaken)"
          )
        }
      }
    }
    early[client.index] = left
    return problems
  }

  /// What was issued after an early answer was accepted takes effect after its request; returns the
  /// place of one that did not.
  private mutating func raiseFloors(to place: UInt64, above number: UInt64) -> UInt64? {
    var overtaken: UInt64?
    for index in entries.indices where entries[index].number > number {
      if entries[index].place > 0, entries[index].place <= place {
        overtaken = entries[index].place
      }
      entries[index].floor = max(entries[index].floor, place)
    }
    return overtaken
  }

  /// Notes that an honest replica took over a state that holds what was executed up to `place`, maybe
  /// from a replica that is not judged: early answers that this one came to as well were right.
  mutating func takeOver(through place: UInt64) {
    for client in early.indices {
      for answer in early[client]
      where answer.unjudgedPlace > 0 && answer.unjudgedPlace <= place {
        acceptedPlace = max(acceptedPlace, answer.unjudgedPlace)
        _ = raiseFloors(to: answer.unjudgedPlace, above: answer.issued)
      }
      early[client].removeAll { $0.unjudgedPlace > 0 && $0.unjudgedPlace <= place }
    }
  }

  /// Notes that a replica that is not judged executed a request, which others may do later.
  package mutating func executeUnjudged(
    _ client: ClientID, timestamp: UInt64, result: Digest, at place: UInt64
  ) {
    guard client.index < issued.count, trusts(client.index) else { return }
    let index = index(client.index, timestamp)
    guard entries[index].timestamp == timestamp, entries[index].unjudgedPlace == 0 else { return }
    entries[index].unjudgedPlace = place
    entries[index].unjudgedResult = result
    for answer in early[client.index].indices
    where early[client.index][answer].timestamp == timestamp
      && early[client.index][answer].result == result
    {
      early[client.index][answer].unjudgedPlace = place
    }
  }

  /// What is wrong with a client accepting a result, if anything.
  ///
  /// Of `quorum` equal replies at most `liars` can be false. Where that many replicas are not judged,
  /// the result may be theirs alone: whether it was wrong or only early shows once an honest replica
  /// executes this or a later request of the client, or else in ``unsettled(isCommitted:)``.
  package mutating func accept(
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
    guard entry.place > 0 else {
      guard liars >= quorum else {
        return "c\(client) accepted t\(request.timestamp), which no honest replica executed"
      }
      early[client].append(
        EarlyAnswer(
          timestamp: request.timestamp, result: result, issued: issuedCount,
          unjudgedPlace: entry.unjudgedResult == result ? entry.unjudgedPlace : 0))
      return nil
    }
    guard entry.result == result else {
      return "c\(client) accepted \(result) for t\(request.timestamp), not \(entry.result)"
    }
    guard entry.executions >= quorum - liars else {
      return "c\(client) accepted t\(request.timestamp) after \(entry.executions) executions"
    }
    return nil
  }

  /// At the end of a run, what is wrong with the early answers that no honest replica executed.
  ///
  /// - Parameter isCommitted: Whether what a replica that is not judged executed at a place is
  ///   committed, so that honest replicas would execute it if the run went on.
  /// - Returns: A sentence for each wrong answer.
  package func unsettled(isCommitted: (UInt64) -> Bool) -> [String] {
    var problems: [String] = []
    for (client, answers) in early.enumerated() {
      for answer in answers
      where answer.unjudgedPlace == 0 || !isCommitted(answer.unjudgedPlace) {
        problems.append("c\(client) accepted t\(answer.timestamp), which never took effect")
      }
    }
    return problems
  }

  @inline(__always)
  private func index(_ client: Int, _ timestamp: UInt64) -> Int {
    client * Self.depth + Int(truncatingIfNeeded: timestamp % UInt64(Self.depth))
  }
}
