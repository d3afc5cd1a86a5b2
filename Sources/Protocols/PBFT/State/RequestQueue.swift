import ConsensusCore
import DiscreteEvents

/// The requests a replica holds because they have not executed yet, in order of arrival.
///
/// A client has at most one outstanding request (PBFT §4.1), so a newer one replaces an older.
package struct RequestQueue: Sendable {
  package struct Entry: Sendable {
    var request: Request?
    var arrival = VirtualTime.zero
    var ticket = 0
    var isProposed = false
  }

  fileprivate struct Place: Sendable {
    var client: Int
    var ticket: Int
  }

  private var entries: [Entry] = []
  private var order: [Place] = []
  private var head = 0
  private var cursor = 0
  private var tickets = 0

  /// The number of requests held.
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  /// Whether exactly this request is held, and hence was checked before.
  @inline(__always)
  func holds(_ request: Request) -> Bool {
    request.client.index < entries.count && entries[request.client.index].request == request
  }

  // MARK: PBFT §4.1: one request of each client

  // Rule: PBFT 4.1-9
  /// Holds a request that is newer than what the client had here; tells whether it was.
  mutating func hold(_ request: Request, at now: VirtualTime) -> Bool {
    let index = request.client.index
    while entries.count <= index { entries.append(Entry()) }
    if let held = entries[index].request {
      guard request.timestamp > held.timestamp else { return false }
    } else {
      count += 1
    }
    tickets += 1
    entries[index] = Entry(request: request, arrival: now, ticket: tickets)
    order.append(Place(client: index, ticket: tickets))
    return true
  }

  /// Drops what the client asked up to `timestamp`: it executed.
  mutating func drop(_ client: ClientID, upTo timestamp: UInt64) {
    guard client.index < entries.count, let held = entries[client.index].request,
      held.timestamp <= timestamp
    else { return }
    entries[client.index].request = nil
    count -= 1
    compact()
  }

  /// Drops what a transferred state has executed.
  mutating func dropExecuted(by ledger: Ledger) {
    for index in entries.indices {
      let client = ClientID(index)
      drop(client, upTo: ledger.lastTimestamp(of: client))
    }
  }

  /// Marks a request as proposed in this view, so that it is not proposed twice.
  mutating func markProposed(_ request: Request) {
    guard holds(request) else { return }
    entries[request.client.index].isProposed = true
  }

  /// Whether a request is held and in a batch that this view has proposed.
  func isProposed(_ request: Request) -> Bool {
    holds(request) && entries[request.client.index].isProposed
  }

  /// A new view: everything held may be proposed again.
  mutating func forgetProposals() {
    for index in entries.indices { entries[index].isProposed = false }
    cursor = head
  }

  /// Takes up to `limit` requests that this view has not proposed, in order of arrival, and no more
  /// than fit in one batch.
  mutating func takeUnproposed(limit: Int, _ batching: Batching) -> [Request] {
    var taken: [Request] = []
    var size = 0
    while cursor < order.count, taken.count < limit {
      let place = order[cursor]
      guard entries[place.client].ticket == place.ticket, !entries[place.client].isProposed,
        let request = entries[place.client].request
      else {
        cursor += 1
        continue
      }
      guard batching.fits(request, after: size) else { break }
      cursor += 1
      entries[place.client].isProposed = true
      size += batching.size(of: request)
      taken.append(request)
    }
    return taken
  }

  /// When the first request arrived that this view has not proposed; nil if there is none, or if
  /// those that wait make a full batch.
  func firstOfPartialBatch(_ limit: Int, _ batching: Batching) -> VirtualTime? {
    var arrival: VirtualTime?
    var count = 0
    var size = 0
    for place in order[cursor...] where isLive(place) && !entries[place.client].isProposed {
      guard let request = entries[place.client].request else { continue }
      guard batching.fits(request, after: size) else { return nil }
      arrival = arrival ?? entries[place.client].arrival
      count += 1
      size += batching.size(of: request)
      guard count < limit else { return nil }
    }
    if let bytes = batching.bytes, size >= bytes.bytes { return nil }
    return arrival
  }

  /// Whether a request is held that this view has not proposed.
  var hasUnproposed: Bool {
    order[cursor...].contains { isLive($0) && !entries[$0.client].isProposed }
  }

  /// The held request that arrived first.
  var oldest: Request? {
    var index = head
    while index < order.count {
      if isLive(order[index]) { return entries[order[index].client].request }
      index += 1
    }
    return nil
  }

  /// When the oldest held request arrived.
  var oldestArrival: VirtualTime? {
    var index = head
    while index < order.count {
      if isLive(order[index]) { return entries[order[index].client].arrival }
      index += 1
    }
    return nil
  }

  private func isLive(_ place: Place) -> Bool {
    entries[place.client].ticket == place.ticket && entries[place.client].request != nil
  }

  /// Skips dead places at the front, and gives their memory back now and then.
  private mutating func compact() {
    while head < order.count, !isLive(order[head]) { head += 1 }
    cursor = max(cursor, head)
    assert(cursor <= order.count && (count == 0) == (head == order.count))
    guard head >= 64, head * 2 >= order.count else { return }
    order.removeFirst(head)
    cursor -= head
    head = 0
  }
}

extension RequestQueue: FieldHashable {
  package enum Field: UInt8, StateField {
    case entries, order, head, cursor, tickets, count, held, proposed
  }

  package static var readings: FieldSet<Field> { [.held, .proposed] }

  package func hash(_ field: Field, into hasher: inout StateHasher) {
    switch field {
    case .entries: hasher.add(entries)
    case .order: hasher.add(order)
    case .head: hasher.add(head)
    case .cursor: hasher.add(cursor)
    case .tickets: hasher.add(tickets)
    case .count: hasher.add(count)
    case .held: for place in order where isLive(place) { hasher.add(entries[place.client].request) }
    case .proposed:
      for (index, place) in order.enumerated() where isLive(place) {
        hasher.add(index < cursor || entries[place.client].isProposed)
      }
    }
  }
}

extension RequestQueue.Entry: FieldHashable {
  package enum Field: UInt8, StateField {
    case request, arrival, ticket, isProposed
  }

  package func hash(_ field: Field, into hasher: inout StateHasher) {
    switch field {
    case .request: hasher.add(request)
    case .arrival: hasher.add(arrival)
    case .ticket: hasher.add(ticket)
    case .isProposed: hasher.add(isProposed)
    }
  }
}

extension RequestQueue.Place: StateHashable {
  func hashState(into hasher: inout StateHasher) {
    hasher.add(client, ticket)
  }
}
