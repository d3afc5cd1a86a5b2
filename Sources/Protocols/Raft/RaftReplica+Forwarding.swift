import ConsensusCore
import DiscreteEvents

/// A client's request that a replica took and owes a reply.
struct TakenRequest: Hashable, Sendable {
  /// Who asked.
  var client: ClientID
  /// The number of the request; 0 where nothing is owed.
  var timestamp: UInt64
  /// When the replica gives the request up.
  var due: VirtualTime
}

/// Requests that replicas pass on to the leader, and requests that are given up.
///
/// Neither is in Raft's papers, which let clients find the leader (Raft §8): this is how etcd serves
/// clients. The replica that a client asked is the one that replies, once it has applied the entry. A
/// request is passed on once. If the message is lost the client asks again, or the replica gives up.
///
/// Requests that are passed on come to rest: the leader of a term is in that term or in a later one, and
/// follows another leader only in a later one, so that terms grow on the way.
/// Assumption: the leader does not check again what the sender checked, since replicas trust each other
/// (Raft §2).
extension RaftReplica {
  /// Whether this replica owes the client a reply to the request of this timestamp.
  func owes(_ client: ClientID, _ timestamp: UInt64) -> Bool {
    client.index < taken.count && taken[client.index].timestamp == timestamp
  }

  /// Notes that a client asked this replica, where that matters.
  mutating func take(_ request: Request, into effects: inout Effects<RaftReplica>) {
    guard configuration.requests == .forward || configuration.requestTimeout != nil else { return }
    while taken.count <= request.client.index {
      taken.append(TakenRequest(client: ClientID(taken.count), timestamp: 0, due: .distantFuture))
    }
    guard request.timestamp > taken[request.client.index].timestamp else { return }
    let span = configuration.requestTimeout
    let owed = TakenRequest(
      client: request.client, timestamp: request.timestamp,
      due: span.map { now + $0 } ?? .distantFuture)
    taken[request.client.index] = owed
    guard let span else { return }
    deadlines.append(owed)
    if deadlines.count == 1 { effects.setTimer(.request, after: span) }
  }

  /// Notes that nothing more is owed for the request.
  mutating func release(_ client: ClientID, _ timestamp: UInt64) {
    if owes(client, timestamp) { taken[client.index].timestamp = 0 }
  }

  /// Replies to requests whose effects came with a snapshot.
  mutating func replyToTaken(into effects: inout Effects<RaftReplica>) {
    guard configuration.requests == .forward else { return }
    for owed in taken where owed.timestamp > 0 {
      answer(owed.client, owed.timestamp, into: &effects)
    }
  }

  /// Passes a request on to the leader, which is another replica.
  mutating func forward(_ request: Request, into effects: inout Effects<RaftReplica>) {
    guard let leader, leader != id else { return }
    send(.forward(request), to: .one(Endpoint(leader)), into: &effects)
  }

  /// Appends a request that another replica took, or passes it on to a later leader.
  mutating func onForward(
    _ request: Request, from sender: ReplicaID, into effects: inout Effects<RaftReplica>
  ) {
    guard configuration.requests == .forward, !isKnown(request) else { return }
    if role != .leader, let leader {
      if leader != sender { forward(request, into: &effects) }
    } else {
      proposeOrHold(request, into: &effects)
    }
  }

  /// Gives up the requests that have waited for too long: "not executed", and no leader is named.
  ///
  /// The outcome is unknown to the client as with a time-out of its own. What is logged may be applied
  /// later; what is held is forgotten.
  mutating func onRequestTimeout(into effects: inout Effects<RaftReplica>) {
    guard let first = deadlines.first else { return }
    // A fast clock runs out early.
    let instant = max(now, first.due)
    var passed = 0
    while passed < deadlines.count {
      let owed = deadlines[passed]
      let isOwed = taken[owed.client.index] == owed
      guard owed.due <= instant || !isOwed else { break }
      passed += 1
      if isOwed { giveUp(owed, into: &effects) }
    }
    deadlines.removeFirst(passed)
    if let next = deadlines.first {
      effects.setTimer(.request, after: max(next.due - now, VirtualDuration(nanoseconds: 1)))
    }
  }

  private mutating func giveUp(_ owed: TakenRequest, into effects: inout Effects<RaftReplica>) {
    release(owed.client, owed.timestamp)
    held.removeAll { $0.client == owed.client && $0.timestamp == owed.timestamp }
    let reply = Reply(
      client: owed.client, timestamp: owed.timestamp, replica: id, result: Digest(0),
      resultBytes: 0, view: term.number, leader: nil, isExecuted: false)
    effects.send(.reply(reply), to: .one(Endpoint(owed.client)))
  }
}

extension TakenRequest: StateHashable {
  func hashState(into hasher: inout StateHasher) { hasher.add(client, timestamp, due) }
}
