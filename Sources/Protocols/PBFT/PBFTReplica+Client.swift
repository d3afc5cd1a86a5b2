import ConsensusCore
import DiscreteEvents

/// Requests of clients and the replies to them (PBFT §4.1).
extension PBFTReplica {
  // MARK: PBFT §4.1: a client's request

  // Rule: PBFT 4.1-4, PBFT 4.1-6
  mutating func onRequest(
    _ request: Request, from sender: Endpoint, into effects: inout Output
  ) {
    effects.charge(.checkRequest)
    effects.charge(nanoseconds: state.ledger.admissionWork(of: request))
    guard isMember else { return }
    guard request.isAuthentic(verifier) else {
      return reject(.badSignature, from: sender, into: &effects)
    }
    guard isNew(request) else { return maybeAnswerAgain(request, into: &effects) }
    let isFirst = hold(request, into: &effects)
    let isFromClient = sender.client != nil
    // A proposed request needs no relay: the client's own copy came later than the proposal.
    let isKnown = requests.isProposed(request)
    if !leads, isFromClient, configuration.relaysFirstReceipt || !isFirst, !isKnown,
      phase == .normal
    {
      effects.send(.request(request), to: .one(Endpoint(proposer(of: nextToPropose))))
    }
    if isFirst { propose(into: &effects) }
  }

  // Rule: PBFT 4.1-8
  /// Whether a request has not taken effect here.
  func isNew(_ request: Request) -> Bool {
    request.timestamp > state.ledger.lastTimestamp(of: request.client)
  }

  // Rule: PBFT 4.4-1
  /// Holds a request until it executes; the timer starts if it does not run yet (PBFT §4.4).
  mutating func hold(_ request: Request, into effects: inout Output) -> Bool {
    let isFirst = requests.isEmpty
    guard requests.hold(request, at: now) else { return false }
    if isFirst { restartRequestTimer(into: &effects) }
    remindLater(into: &effects)
    return true
  }

  // MARK: PBFT §4.1: the reply

  // Rule: PBFT 4.1-7
  func answer(
    _ request: Request, _ result: Digest, _ resultBytes: UInt32, into effects: inout Output
  ) {
    let reply = Reply(
      client: request.client, timestamp: request.timestamp, replica: id, result: result,
      resultBytes: resultBytes, view: view.number, leader: membership.primary(of: view),
      isExecuted: true)
    effects.send(.reply(reply), to: .one(Endpoint(request.client)))
  }

  // Rule: PBFT 4.1-5
  /// Sends the reply to a client's last request again, which took effect before: "if the request has
  /// already been processed, the replicas simply re-send the reply" (PBFT §4.1).
  func maybeAnswerAgain(_ request: Request, into effects: inout Output) {
    guard let last = state.ledger.lastEffect(of: request.client),
      request.timestamp == last.timestamp
    else { return }
    answer(request, last.result, last.resultBytes, into: &effects)
  }
}
