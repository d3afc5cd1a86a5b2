import ConsensusCore
import DiscreteEvents

/// Recomputes every answer of honest replicas from the order in which they executed operations, one
/// file at a time, and says which invariant a different answer breaks (E-3, E-4, E-6, E-7, E-9).
///
/// Histories are a tree: all replicas of PBFT, sc-PBFT and Raft are on one branch, miners may fork.
/// Each operation of a history is evaluated once, whatever the number of replicas. A state is kept for
/// one place of the tree only and moved along it.
public struct RecordOracle: Sendable {
  /// An operation in a history.
  private struct Node: Sendable {
    var parent: Int
    var depth: Int
    var client: ClientID
    var timestamp: UInt64
    var operation: UInt64
    var answer: RecordAnswer
    var change: OracleState.Change
  }

  private struct ChildKey: Hashable {
    var parent: Int
    var client: ClientID
    var timestamp: UInt64
    /// Zero where all replicas have one order.
    var position: Int
  }

  private struct RequestKey: Hashable {
    var client: ClientID
    var timestamp: UInt64
  }

  /// What a replica took back and what that should have been.
  private struct Replica: Sendable {
    var tip = 0
    var announced: UInt64 = 0
    var popped: UInt64 = 0
  }

  private let ordersPerReplica: Bool
  private var state: OracleState
  private var cursor = 0
  private var nodes: [Node]
  private var children: [ChildKey: Int] = [:]
  private var places: [RequestKey: Int] = [:]
  private var replicas: [Replica] = []

  /// The state before the first operation; `ordersPerReplica` for proof of work, where honest nodes
  /// can confirm different orders and take some back.
  public init(_ world: RecordWorld, ordersPerReplica: Bool) {
    self.ordersPerReplica = ordersPerReplica
    state = OracleState(world)
    let start = RecordAnswer(status: .done, position: 0, file: 0, check: 0)
    nodes = [
      Node(
        parent: 0, depth: 0, client: ClientID(0), timestamp: 0, operation: 0, answer: start,
        change: .none)
    ]
  }

  /// An honest replica executed an operation; answers what is wrong about its result, if anything.
  ///
  /// `operation` is what was issued under client and timestamp, nil if nothing was.
  public mutating func executed(
    _ operation: UInt64?, client: ClientID, timestamp: UInt64, result: Digest, by replica: ReplicaID
  ) -> (invariant: InvariantID, detail: String)? {
    guard
      let finding = finding(
        operation, client: client, timestamp: timestamp, result: result, by: replica)
    else { return nil }
    let name = "c\(client) t=\(timestamp) at replica \(replica)"
    return (finding.invariant, "\(name): \(finding.detail)")
  }

  private mutating func finding(
    _ operation: UInt64?, client: ClientID, timestamp: UInt64, result: Digest, by replica: ReplicaID
  ) -> (invariant: InvariantID, detail: String)? {
    guard let operation else { return (.e3, "nobody issued what was executed") }
    while replicas.count <= replica.index { replicas.append(Replica()) }
    if replicas[replica.index].announced != replicas[replica.index].popped {
      replicas[replica.index].announced = replicas[replica.index].popped
      return (.e3, "took back other operations than it had executed last")
    }
    let request = RequestKey(client: client, timestamp: timestamp)
    let position = RecordAnswer(result)?.position
    if !ordersPerReplica, let place = places[request] {
      guard nodes[place].operation == operation else {
        return (.e3, "another operation than at other replicas")
      }
      replicas[replica.index].tip = max(replicas[replica.index].tip, place)
      return compare(nodes[place], result)
    }
    let parent = ordersPerReplica ? replicas[replica.index].tip : nodes.count - 1
    let last = nodes[parent].answer.position
    let child = child(of: parent, request, operation, at: position ?? last)
    replicas[replica.index].tip = child
    places[request] = child
    // Positions are 24 bits wide: half of them count as later.
    if let position, (position - last) & 0xFF_FFFF >= 1 << 23 {
      return (.e7, "position \(position) after \(last)")
    }
    return compare(nodes[child], result)
  }

  /// An honest replica took an operation back; those of a fork may be told in any order.
  public mutating func undone(client: ClientID, timestamp: UInt64, by replica: ReplicaID) {
    guard replica.index < replicas.count else { return }
    let tip = nodes[replicas[replica.index].tip]
    replicas[replica.index].announced &+= Self.mark(client, timestamp)
    guard tip.depth > 0 else { return }
    replicas[replica.index].popped &+= Self.mark(tip.client, tip.timestamp)
    replicas[replica.index].tip = tip.parent
  }

  /// A replica lost all it had and begins anew; where all have one order that shows in nothing.
  public mutating func forgot(_ replica: ReplicaID) {
    guard ordersPerReplica, replica.index < replicas.count else { return }
    replicas[replica.index] = Replica()
  }

  private static func mark(_ client: ClientID, _ timestamp: UInt64) -> UInt64 {
    mix(UInt64(client.index), timestamp)
  }

  private mutating func child(
    of parent: Int, _ request: RequestKey, _ operation: UInt64, at position: Int
  ) -> Int {
    let key = ChildKey(
      parent: parent, client: request.client, timestamp: request.timestamp,
      position: ordersPerReplica ? position : 0)
    if let known = children[key], nodes[known].operation == operation { return known }
    move(to: parent)
    let (answer, change) = state.apply(operation, client: request.client.index, at: position)
    nodes.append(
      Node(
        parent: parent, depth: nodes[parent].depth + 1, client: request.client,
        timestamp: request.timestamp, operation: operation, answer: answer,
        change: ordersPerReplica ? change : .none))
    if ordersPerReplica { children[key] = nodes.count - 1 }
    cursor = nodes.count - 1
    return cursor
  }

  /// Takes the state to another place of the tree.
  private mutating func move(to place: Int) {
    guard cursor != place else { return }
    var ahead: [Int] = []
    var goal = place
    while cursor != goal {
      if nodes[cursor].depth >= nodes[goal].depth {
        state.revert(nodes[cursor].change)
        cursor = nodes[cursor].parent
      } else {
        ahead.append(goal)
        goal = nodes[goal].parent
      }
    }
    for next in ahead.reversed() {
      let node = nodes[next]
      _ = state.apply(node.operation, client: node.client.index, at: node.answer.position)
    }
    cursor = place
  }

  private func compare(
    _ node: Node, _ result: Digest
  ) -> (invariant: InvariantID, detail: String)? {
    guard result != node.answer.result else { return nil }
    guard let found = RecordAnswer(result) else {
      return (Self.invariant(node, nil), "a result that is no answer")
    }
    return (Self.invariant(node, found), "answered \(found) instead of \(node.answer)")
  }

  /// The invariant that a different answer breaks.
  private static func invariant(_ node: Node, _ found: RecordAnswer?) -> InvariantID {
    let statuses = [node.answer.status, found?.status ?? node.answer.status]
    if let found, found.position != node.answer.position { return .e7 }
    if statuses[0] != statuses[1], statuses.contains(.unauthorised) { return .e3 }
    switch RecordOperation(word: node.operation) {
    case .enrol, .register: return .e9
    case .revoke, .rekey, .renew, .supersede: return .e7
    case .list, .report: return .e6
    case .store, .delete: return .e4
    case nil: return .e3
    case .access:
      if statuses[0] == statuses[1] || statuses.contains(.noMatch) { return .e4 }
      return statuses.contains(.invalidToken) ? .e3 : .e7
    }
  }
}

/// What parties may ask: of the longest history that an honest replica executed.
extension RecordOracle {
  /// Whether a file is on the chain and was not deleted.
  public mutating func isLive(_ file: Int) -> Bool {
    atLead { $0.isLive(file) }
  }

  /// The position at which a file was stored: 0 for one of the beginning, nil for one that is not on
  /// the chain.
  public mutating func storePosition(of file: Int) -> Int? { atLead { $0.storePosition(of: file) } }

  /// Which version of a file is on the chain: 0 for the first.
  public mutating func version(of file: Int) -> Int { atLead { $0.version(of: file) } }

  /// The live files in scope that hold the words of a request, ascending.
  public mutating func matching(_ request: AccessRequest) -> [Int] {
    atLead { $0.matching(request) }
  }

  /// The live files in scope of a request, of those that the real engine carries out, ascending.
  public mutating func realFiles(inScopeOf request: AccessRequest) -> [Int] {
    atLead { $0.realFiles(inScopeOf: request) }
  }

  /// Whether a user may read a file after all operations at positions up to `position`, which may
  /// not be before the last revocation that was taken back.
  public mutating func mayRead(_ file: Int, user: Int, asOf position: Int) -> Bool {
    atLead { $0.decision(user, file, asOf: position) == .done }
  }

  /// What was revoked at positions up to `position`, ascending by user and attribute.
  public mutating func revocations(asOf position: Int) -> [(attribute: Int, user: Int)] {
    atLead { $0.revocations(asOf: position) }
  }

  /// The answer that was computed for a request when it was last executed for the first time; nil
  /// if it was not.
  public func answer(to client: ClientID, timestamp: UInt64) -> RecordAnswer? {
    places[RequestKey(client: client, timestamp: timestamp)].map { nodes[$0].answer }
  }

  /// Files on the chain that were not deleted.
  public var liveFiles: Int { mutating get { atLead { $0.liveCount } } }
  /// Audit records on the chain.
  public var auditRecords: Int { mutating get { atLead { $0.audits } } }
  /// Reports on the chain.
  public var reports: Int { mutating get { atLead { $0.reports } } }

  /// Whether what every honest replica executed is the beginning of the longest history.
  public var isSettled: Bool {
    guard ordersPerReplica else { return true }
    guard let lead = replicas.map(\.tip).max(by: { nodes[$0].depth < nodes[$1].depth }) else {
      return true
    }
    var known: Set<Int> = [lead]
    var place = lead
    while nodes[place].depth > 0 {
      place = nodes[place].parent
      known.insert(place)
    }
    return replicas.allSatisfy { known.contains($0.tip) }
  }

  /// The epoch of an attribute's key.
  public mutating func epoch(of attribute: Int) -> Int { atLead { $0.epoch(of: attribute) } }

  /// Audit records that concern files of an owner.
  public mutating func auditCount(concerning owner: Int) -> Int {
    atLead { $0.concerning[owner] ?? 0 }
  }

  private mutating func atLead<Value>(_ body: (inout OracleState) -> Value) -> Value {
    var lead = ordersPerReplica ? 0 : nodes.count - 1
    if ordersPerReplica {
      for replica in replicas where nodes[replica.tip].depth > nodes[lead].depth {
        lead = replica.tip
      }
    }
    move(to: lead)
    return body(&state)
  }
}
