import ConsensusCore
import DiscreteEvents

/// Requests of clients and the replies to them; the paper leaves both open.
extension StreamletReplica {
  /// Holds a request until it takes effect, or repeats the reply to one that did.
  mutating func onRequest(_ request: Request, into effects: inout Output) {
    effects.charge(.checkRequest)
    effects.charge(nanoseconds: ledger.admissionWork(of: request))
    guard request.isAuthentic(verifier) else {
      return effects.observe(.rejected(.badRequest, from: Endpoint(request.client)))
    }
    guard request.timestamp > ledger.lastTimestamp(of: request.client) else {
      return maybeAnswer(request, into: &effects)
    }
    guard let place = held.firstIndex(where: { $0.client == request.client }) else {
      return held.append(request)
    }
    if request.timestamp > held[place].timestamp { held[place] = request }
  }

  // Rule: Streamlet propose-2
  /// The requests of the next block: those held longest that the chain it extends does not hold.
  func requests(behind parent: Int) -> [Request] {
    let proposed = tree.path(to: parent).flatMap { tree[$0].block.requests }
    var requests: [Request] = []
    for request in held where requests.count < configuration.batch {
      let isProposed = proposed.contains {
        $0.client == request.client && $0.timestamp >= request.timestamp
      }
      if !isProposed { requests.append(request) }
    }
    return requests
  }

  // Rule: Streamlet finalise-2
  /// Executes a request of a final block and replies to its client.
  mutating func execute(_ request: Request, at height: UInt64, into effects: inout Output) {
    effects.charge(.execute)
    if let execution = ledger.execute(request, at: SequenceNumber(height)) {
      effects.charge(nanoseconds: execution.work)
      effects.observe(
        .executed(
          client: request.client, timestamp: request.timestamp, result: execution.result))
      if !isRestoring { maybeAnswer(request, into: &effects) }
    }
    held.removeAll { $0.client == request.client && $0.timestamp <= request.timestamp }
  }

  private func maybeAnswer(_ request: Request, into effects: inout Output) {
    guard let effect = ledger.lastEffect(of: request.client), effect.timestamp == request.timestamp
    else { return }
    let reply = Reply(
      client: request.client, timestamp: request.timestamp, replica: id, result: effect.result,
      resultBytes: effect.resultBytes, view: epoch.number, leader: nil, isExecuted: true)
    effects.send(.reply(reply), to: .one(Endpoint(request.client)))
  }
}
