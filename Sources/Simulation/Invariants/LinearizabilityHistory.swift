import ConsensusCore
import DiscreteEvents

/// What clients asked and were answered, kept for a check at the end of the run: the order part of
/// P-16 and R-14.
///
/// A request that its client declined, abandoned or still waits for is pending: it may have taken
/// effect at any time after it was issued, or never. Nothing is kept unless the run's application
/// tells the order; the cost is bounded, and what is beyond the bounds is unknown, never a pass.
package struct ClientHistory: Sendable {
  /// The most requests that are kept.
  static let capacity = 1 << 16
  /// The most steps of the search.
  package static let maximumSteps = 1 << 19

  private struct Entry: Sendable {
    var request: Request
    var result: Digest?
    var invoked: Int
    var returned: Int?
  }

  private let object: HistoryObject?
  private var entries: [Entry] = []
  /// By client, the entry of its last request.
  private var latest: [Int] = []
  private var events = 0
  private var isTruncated = false

  package init(_ application: (any Application)?) {
    object = (application as? HistoryApplication).map { HistoryObject(parts: $0.partCount) }
  }

  /// A client lies: whatever it signed may have taken effect, and shows in the answers of others.
  package mutating func distrust() { isTruncated = true }

  package mutating func issue(_ request: Request) {
    guard object != nil else { return }
    let client = request.client.index
    while latest.count <= client { latest.append(-1) }
    guard entries.count < Self.capacity else {
      latest[client] = -1
      isTruncated = true
      return
    }
    latest[client] = entries.count
    entries.append(Entry(request: request, invoked: events))
    events += 1
  }

  package mutating func accept(_ request: Request, result: Digest) {
    guard object != nil, latest.indices.contains(request.client.index) else { return }
    let index = latest[request.client.index]
    guard index >= 0, entries[index].request.timestamp == request.timestamp,
      entries[index].returned == nil
    else { return }
    entries[index].result = result
    entries[index].returned = events
    events += 1
  }

  /// Decides the history; nil where the application does not tell the order.
  package func verdict(maximumSteps: Int = maximumSteps) -> LinearizabilityVerdict? {
    guard let object else { return nil }
    guard !isTruncated else { return .unknown(steps: 0) }
    return Linearizability.check(operations, of: object, maximumSteps: maximumSteps)
  }

  /// A violation as one sentence.
  package func sentence(about verdict: LinearizabilityVerdict?) -> String? {
    guard case .violated(let operation, let placed)? = verdict else { return nil }
    let entry = entries[operation]
    let answer = entry.result.map(\.description) ?? "nothing"
    return
      "no order explains the answers: after \(placed) of them, \(answer) for "
      + "c\(entry.request.client) t\(entry.request.timestamp) does not fit"
  }

  private var operations: [HistoryOperation<HistoryObject>] {
    entries.map { entry in
      guard let result = entry.result, let returned = entry.returned else {
        return HistoryOperation(pending: entry.request, invoked: entry.invoked)
      }
      return HistoryOperation(
        input: entry.request, output: result, invoked: entry.invoked, returned: returned)
    }
  }
}
