import ConsensusCore
import DiscreteEvents
import Simulator

/// A request of a client, as replicas tell requests apart.
struct RequestKey: Hashable, Sendable {
  let client: Int
  let timestamp: UInt64

  init(client: ClientID, timestamp: UInt64) {
    self.client = client.index
    self.timestamp = timestamp
  }

  init(_ submission: Submission) {
    self.init(client: submission.client, timestamp: submission.timestamp)
  }
}

/// What the chain holds as soon as one honest replica has executed it, for prices and sums.
///
/// In proof of work what every replica took back is taken back here.
struct ChainMirror: Sendable {
  /// A transaction that a party submitted.
  private struct Transaction: Sendable {
    var operation: RecordOperation
    /// Replicas that have executed it and not taken it back, a bit each: those by whom it was done
    /// and those by whom it was not.
    var done = Replicas.zero
    var refused = Replicas.zero
    /// Whether it was ever executed, which settles what it costs.
    var isPriced = false
    /// Its cryptography at one replica: admission and execution.
    var cryptography: Int64 = 0
    /// The real files that an access is compared on, and those of them that match.
    var among: [Int] = []
    var matching: [Int] = []

    var effect: Effect {
      if done != .zero { return .done }
      return refused != .zero ? .refused : .none
    }
  }

  /// 256 replicas, a bit each.
  private typealias Replicas = SIMD4<UInt64>

  private enum Effect {
    case none, refused, done
  }

  private let world: RecordWorld
  /// Looked up, never walked.
  private var transactions: [RequestKey: Transaction] = [:]
  private var liveOfOwner: [Int]
  private var owners: [Int: Int] = [:]
  /// Live files that the real engine carries out, ascending.
  private var realFiles: [Int] = []
  private var revoked: [[Bool]]
  private(set) var liveFiles: Int
  private(set) var auditRecords = 0
  private(set) var reports = 0
  /// New versions of files that are done, by file and version.
  private var versions: Set<FileVersion> = []
  /// How many announcements of each epoch of each attribute are done, from epoch 1 on.
  private var announced: [[Int]]
  /// The epoch of each attribute.
  private(set) var epochs: [Int]

  /// How many real files that do not match an access is compared on.
  private static let comparedFiles = 16

  init(_ world: RecordWorld) {
    self.world = world
    let settings = world.settings
    liveFiles = settings.preloaded
    liveOfOwner = Array(repeating: 0, count: settings.patients)
    for file in 0..<settings.preloaded { liveOfOwner[world.owner(ofPreloaded: file)] += 1 }
    if settings.engine != .counted {
      realFiles = (0..<settings.preloaded).filter(world.isReal)
    }
    revoked = Array(
      repeating: Array(repeating: false, count: settings.universe.count),
      count: world.roster.users)
    epochs = Array(repeating: 0, count: settings.universe.count)
    announced = Array(repeating: [], count: settings.universe.count)
  }

  func isRevoked(_ attribute: Int, of user: Int) -> Bool { revoked[user][attribute] }

  mutating func issued(_ submission: Submission) {
    guard let operation = RecordOperation(word: submission.operation) else { return }
    issued(operation, as: RequestKey(submission))
  }

  mutating func issued(_ operation: RecordOperation, as key: RequestKey) {
    transactions[key] = Transaction(operation: operation)
  }

  func operation(of key: RequestKey) -> RecordOperation? { transactions[key]?.operation }

  /// The cryptography of a transaction at one replica, in nanoseconds at service time 1.
  func cryptography(of submission: Submission) -> Int64 {
    transactions[RequestKey(submission)]?.cryptography ?? 0
  }

  /// The real files that an access is compared on, and those of them that match.
  func comparison(of submission: Submission) -> (among: [Int], matching: [Int]) {
    let transaction = transactions[RequestKey(submission)]
    return (transaction?.among ?? [], transaction?.matching ?? [])
  }

  mutating func executed(
    _ key: RequestKey, _ answer: RecordAnswer?, by replica: ReplicaID
  ) {
    guard var transaction = transactions[key] else { return }
    if !transaction.isPriced {
      transaction.isPriced = true
      transaction.cryptography = cryptography(of: transaction.operation, answer)
      if case .access(let request) = transaction.operation { compare(request, &transaction) }
    }
    change(&transaction) {
      Self.remove(replica, from: &$0)
      if answer?.status == .done {
        $0.done[replica.index / 64 % 4] |= 1 << UInt64(replica.index % 64)
      } else {
        $0.refused[replica.index / 64 % 4] |= 1 << UInt64(replica.index % 64)
      }
    }
    transactions[key] = transaction
  }

  mutating func undone(_ key: RequestKey, by replica: ReplicaID) {
    guard var transaction = transactions[key] else { return }
    change(&transaction) { Self.remove(replica, from: &$0) }
    transactions[key] = transaction
  }

  /// A replica lost all it had.
  mutating func forgot(_ replica: ReplicaID) {
    let keys = transactions.keys.sorted { ($0.client, $0.timestamp) < ($1.client, $1.timestamp) }
    for key in keys { undone(key, by: replica) }
  }

  // MARK: Effects

  private static func remove(_ replica: ReplicaID, from transaction: inout Transaction) {
    let mask = ~(1 << UInt64(replica.index % 64) as UInt64)
    transaction.done[replica.index / 64 % 4] &= mask
    transaction.refused[replica.index / 64 % 4] &= mask
  }

  /// Changes who holds a transaction, and what the chain holds with it.
  private mutating func change(
    _ transaction: inout Transaction, _ body: (inout Transaction) -> Void
  ) {
    let before = transaction.effect
    body(&transaction)
    let after = transaction.effect
    guard before != after else { return }
    if case .access = transaction.operation {
      auditRecords += (after == .none ? 0 : 1) - (before == .none ? 0 : 1)
    }
    if before == .done { apply(transaction.operation, by: -1) }
    if after == .done { apply(transaction.operation, by: 1) }
  }

  private mutating func apply(_ operation: RecordOperation, by sign: Int) {
    switch operation {
    case .store(let owner, let file): change(file, of: owner, by: sign)
    case .delete(let owner, let file): change(file, of: owner, by: -sign)
    case .revoke(let attribute, let user): revoked[user][attribute] = sign > 0
    case .rekey(let attribute, let epoch):
      while announced[attribute].count < epoch { announced[attribute].append(0) }
      announced[attribute][epoch - 1] += sign
      epochs[attribute] = (announced[attribute].lastIndex { $0 > 0 } ?? -1) + 1
    case .report:
      reports += sign
      auditRecords += sign
    case .supersede(_, let file, let version):
      let entry = FileVersion(file: file, number: version)
      if sign > 0 { versions.insert(entry) } else { versions.remove(entry) }
    case .enrol, .register, .access, .renew, .list: break
    }
  }

  /// Whether a new version of a file was accepted.
  func holds(_ file: Int, version: Int) -> Bool {
    versions.contains(FileVersion(file: file, number: version))
  }

  private mutating func change(_ file: Int, of owner: Int, by sign: Int) {
    liveFiles += sign
    liveOfOwner[owner] += sign
    if sign > 0 { owners[file] = owner }
    guard world.isReal(file) else { return }
    let place = realFiles.firstIndex { $0 >= file } ?? realFiles.count
    let isThere = place < realFiles.count && realFiles[place] == file
    if sign > 0, !isThere {
      realFiles.insert(file, at: place)
    } else if sign < 0, isThere {
      realFiles.remove(at: place)
    }
  }

  private func owner(of file: Int) -> Int? {
    file < world.settings.preloaded ? world.owner(ofPreloaded: file) : owners[file]
  }

  // MARK: Costs

  private func cryptography(of operation: RecordOperation, _ answer: RecordAnswer?) -> Int64 {
    func cost(_ step: PricedStep) -> Int64 { world.prices[step].nanoseconds }
    switch operation {
    case .store(_, let file), .supersede(_, let file, _):
      let policy = world.policy(of: file)
      let admission = cost(.admitTransaction(policy: policy))
      return answer?.status == .done ? admission + cost(.executeStore(policy: policy)) : admission
    case .access(let request):
      let admission = cost(.admitToken)
      switch answer?.status {
      case .unauthorised, .conflict, nil: return admission
      case .invalidToken: return admission + cost(.checkToken)
      case .done, .noMatch, .unsatisfied, .revoked:
        return admission + cost(.checkToken) + Int64(scope(of: request)) * cost(.matchFile)
      }
    case .renew(let file, let attribute, _):
      let admission = cost(.admitRequest)
      guard answer?.status == .done else { return admission }
      return admission + cost(.checkRows(policy: world.policy(of: file), attribute: attribute))
    case .enrol, .register, .revoke, .rekey, .delete, .list, .report:
      return cost(.admitRequest)
    }
  }

  /// The live files that a request is matched with.
  private func scope(of request: AccessRequest) -> Int {
    guard world.settings.scope == .owner else { return liveFiles }
    return owner(of: request.target).map { liveOfOwner[$0] } ?? 0
  }

  /// Draws the real files that a request is compared on: all that match, and the first others from
  /// its target on.
  private func compare(_ request: AccessRequest, _ transaction: inout Transaction) {
    guard !realFiles.isEmpty else { return }
    let query = world.query(request)
    let owner = owner(of: request.target)
    let start = realFiles.firstIndex { $0 >= request.target } ?? 0
    var others = 0
    for step in realFiles.indices {
      let file = realFiles[(start + step) % realFiles.count]
      if world.settings.scope == .owner, self.owner(of: file) != owner { continue }
      if query.allSatisfy({ world.word(of: file, slot: $0.slot) == $0.word }) {
        transaction.matching.append(file)
      } else {
        guard others < Self.comparedFiles else { continue }
        others += 1
      }
      transaction.among.append(file)
    }
    transaction.matching.sort()
    transaction.among.sort()
  }
}

// What the workload is told of the replicas.
extension RecordWorkload {
  /// A replica executed a request: the chain's mirror and the probes take notice.
  public mutating func executed(
    client: ClientID, timestamp: UInt64, result: Digest, by replica: ReplicaID,
    at time: VirtualTime
  ) {
    now = max(now, time)
    let key = RequestKey(client: client, timestamp: timestamp)
    let answer = RecordAnswer(result)
    chain.executed(key, answer, by: replica)
    if let answer {
      let word = chain.operation(of: key)?.word ?? 0
      blocks.executed(
        BlockArchive.Transaction(key: key, operation: word), at: answer.position, by: replica)
    }
    guard invariants != nil else { return }
    let operation = chain.operation(of: key)
    let findings = invariants?.executed(operation, key, result: result, by: replica) ?? []
    for finding in findings { note(finding, by: replica) }
  }

  /// A Byzantine replica executed a request: what parties do on the strength of that is judged when an
  /// honest one follows.
  public mutating func executedEarly(
    client: ClientID, timestamp: UInt64, result: Digest, at time: VirtualTime
  ) {
    let key = RequestKey(client: client, timestamp: timestamp)
    guard case .access? = chain.operation(of: key), let answer = RecordAnswer(result) else {
      return
    }
    invariants?.executedEarly(key, answer)
  }

  /// A replica took a request's effect back.
  public mutating func undone(
    client: ClientID, timestamp: UInt64, by replica: ReplicaID, at time: VirtualTime
  ) {
    now = max(now, time)
    let key = RequestKey(client: client, timestamp: timestamp)
    undone += 1
    chain.undone(key, by: replica)
    blocks.undone(key, by: replica)
    invariants?.undone(key, by: replica)
  }

  /// A replica lost all it had; where all have one order it takes up what it had answered.
  public mutating func forgot(_ replica: ReplicaID, at time: VirtualTime) {
    now = max(now, time)
    if ordersPerReplica { chain.forgot(replica) }
    blocks.forgot(replica)
    invariants?.forgot(replica)
  }
}
