import ConsensusCore

/// The requests that wait for a block, first come first served.
///
/// Requests of one client stay in the order of their timestamps, since the ledger executes no
/// request after a newer one of its client. A client usually has one request here; there are more
/// when it went on to its next request before the block with the last one arrived, or when that
/// block lost. Then both must stay, or a reorganisation would lose a request for good.
public struct Mempool: Sendable {
  /// What happened to a request that was offered.
  public enum Admission: Hashable, Sendable {
    /// It waits here now.
    case admitted
    /// The same client and timestamp already waits.
    case duplicate
    /// There is no room for it.
    case full
  }

  /// The most requests that wait at once.
  public let capacity: Int
  /// The most requests of one client; a newer one then replaces the client's oldest.
  public let capacityPerClient: Int

  /// The requests, the next one to be mined first.
  public private(set) var requests: [Request] = []
  private var waiting: [Int] = []

  /// Creates an empty pool.
  public init(capacity: Int, capacityPerClient: Int) {
    self.capacity = capacity
    self.capacityPerClient = capacityPerClient
  }

  /// Tells whether exactly this request, its signature included, waits here.
  public func contains(_ request: Request) -> Bool {
    count(of: request.client) > 0 && requests.contains(request)
  }

  /// Offers a request of a client whose signature was checked.
  public mutating func insert(_ request: Request) -> Admission {
    let client = request.client
    guard count(of: client) > 0 else {
      guard requests.count < capacity else { return .full }
      place(request, at: requests.count)
      return .admitted
    }
    if requests.contains(where: { $0.client == client && $0.timestamp == request.timestamp }) {
      return .duplicate
    }
    if count(of: client) >= capacityPerClient {
      guard let first = requests.firstIndex(where: { $0.client == client }),
        requests[first].timestamp < request.timestamp
      else { return .full }
      waiting[client.index] -= 1
      requests.remove(at: first)
    } else if requests.count >= capacity {
      return .full
    }
    let newer = requests.firstIndex { $0.client == client && $0.timestamp > request.timestamp }
    place(request, at: newer ?? requests.count)
    return .admitted
  }

  /// Puts the requests of a lost branch, in the order of that branch, before all others.
  ///
  /// They were admitted once, so that neither capacity applies to them.
  ///
  /// - Returns: The requests that were not here already.
  public mutating func restore(_ lost: [Request]) -> [Request] {
    var restored: [Request] = []
    for request in lost {
      let isKnown =
        count(of: request.client) > 0
        && requests.contains {
          $0.client == request.client && $0.timestamp == request.timestamp
        }
      guard !isKnown else { continue }
      place(request, at: restored.count)
      restored.append(request)
    }
    return restored
  }

  /// Removes every request that can take no effect after `ledger`.
  public mutating func prune(_ ledger: Ledger) {
    guard !requests.isEmpty else { return }
    requests.removeAll { request in
      let isStale = request.timestamp <= ledger.lastTimestamp(of: request.client)
      if isStale { waiting[request.client.index] -= 1 }
      return isStale
    }
  }

  private mutating func place(_ request: Request, at index: Int) {
    while waiting.count <= request.client.index { waiting.append(0) }
    waiting[request.client.index] += 1
    requests.insert(request, at: index)
  }

  @inline(__always)
  private func count(of client: ClientID) -> Int {
    client.index < waiting.count ? waiting[client.index] : 0
  }
}
