import ConsensusCore
import RecordSharing
import Simulator

/// E-1 to E-9: what may never happen to records, checked on what did happen.
///
/// It is told of every deed, decides by itself whether that was allowed, and keeps what later deeds
/// depend on. What replicas answer is checked by ``RecordOracle``. E-8 is the real engine's: no
/// message of the simulation has room for a key or a plaintext.
struct RecordInvariants: Sendable {
  /// An access that some honest replica has executed.
  private struct Access: Sendable {
    var request: AccessRequest
    /// What honest replicas answered; several answers only where each has an order of its own.
    var answers: [RecordAnswer] = []
    var hasServed = false
  }

  /// What a party did on the strength of an access.
  private enum Deed: Sendable {
    case served(file: Int, user: Int, RecordAnswer)
    case read(file: Int, user: Int, ReturnedCiphertext, RecordAnswer)
  }

  private let world: RecordWorld
  private let ordersPerReplica: Bool
  private var oracle: RecordOracle
  /// Uploaded files and later versions for which the cloud server answered a location.
  private var acknowledged: Set<Int> = []
  /// Uploaded files whose store some replica has executed.
  private var stored: Set<Int> = []
  /// By request; looked up, never walked.
  private var accesses: [RequestKey: Access] = [:]
  /// What Byzantine replicas answered to accesses that no honest one has executed yet.
  private var earlyAnswers: [RequestKey: [RecordAnswer]] = [:]
  /// What was done on the strength of such answers.
  private var earlyDeeds: [RequestKey: [Deed]] = [:]
  private var revocations: [(attribute: Attribute, user: Int, position: Int)] = []
  private var issuedKeys: Set<Int> = []

  init(_ world: RecordWorld, ordersPerReplica: Bool) {
    self.world = world
    self.ordersPerReplica = ordersPerReplica
    oracle = RecordOracle(world, ordersPerReplica: ordersPerReplica)
  }

  // MARK: Storage

  /// The cloud server answers a location (E-2).
  mutating func acknowledged(
    _ file: Int, _ flaw: StorageFlaw, isStored: Bool
  ) -> ShadowFinding? {
    acknowledged.insert(file)
    if flaw != .none {
      return ShadowFinding(.e2, "CS takes file \(file) in, whose \(flaw) is wrong")
    }
    return isStored
      ? nil : ShadowFinding(.e2, "CS answers a location of file \(file) before it is stored")
  }

  /// A party submits an operation (E-3, and E-5's first half).
  mutating func submitted(_ operation: RecordOperation, by role: Role) -> ShadowFinding? {
    if case .store(_, let file) = operation, file >= world.settings.preloaded,
      !acknowledged.contains(file)
    {
      return ShadowFinding(.e5, "the abstract of file \(file) precedes its location")
    }
    if case .supersede(_, let file, let version) = operation,
      !acknowledged.contains(Self.name(file, version))
    {
      return ShadowFinding(
        .e5, "the abstract of version \(version) of file \(file) precedes its location")
    }
    return nil
  }

  /// Notes that the cloud server returned the location of a new version to its owner.
  mutating func acknowledged(_ file: Int, version: Int) {
    acknowledged.insert(Self.name(file, version))
  }

  /// A version of a file; the first is called as the file.
  private static func name(_ file: Int, _ version: Int) -> Int { version << 24 | file }

  // MARK: Keys

  /// An authority issues the key of a user (E-9).
  mutating func keyIssued(to user: Int) -> ShadowFinding? {
    issuedKeys.insert(user).inserted
      ? nil : ShadowFinding(.e9, "a second key of DU \(user) is issued")
  }

  // MARK: The chain

  /// A replica executed a request (E-3, and through the oracle E-4, E-6, E-7, E-9).
  mutating func executed(
    _ operation: RecordOperation?, _ key: RequestKey, result: Digest, by replica: ReplicaID
  ) -> [ShadowFinding] {
    guard let operation else {
      return [
        ShadowFinding(
          .e3, "request \(key.timestamp) of client \(key.client) was never submitted")
      ]
    }
    var findings: [ShadowFinding] = []
    let answer = RecordAnswer(result)
    if answer?.status == .done, let role = world.roster.role(ofClient: key.client),
      !mayCause(operation, role)
    {
      findings.append(ShadowFinding(.e3, "\(operation) took effect for \(role.name)"))
    }
    take(operation, key, answer)
    let finding = oracle.executed(
      operation.word, client: ClientID(key.client), timestamp: key.timestamp, result: result,
      by: replica)
    if let finding { findings.append(ShadowFinding(finding.invariant, finding.detail)) }
    earlyAnswers[key] = nil
    for deed in earlyDeeds.removeValue(forKey: key) ?? [] {
      let finding =
        switch deed {
        case .served(let file, let user, let answer):
          served(file, to: user, for: key, with: answer)
        case .read(let file, let user, let returned, let answer):
          read(file, by: user, returned: returned, for: key, with: answer)
        }
      if let finding { findings.append(finding) }
    }
    return findings
  }

  /// A Byzantine replica executed an access by the rules.
  ///
  /// A Raft leader does so before its followers, be it one that is late or repeats itself. What is
  /// done on the strength of its answer waits for an honest replica's; where none ever follows, P-16
  /// and R-14 say whether the answer was wrong.
  mutating func executedEarly(_ key: RequestKey, _ answer: RecordAnswer) {
    guard accesses[key] == nil, !ordersPerReplica else { return }
    earlyAnswers[key, default: []].append(answer)
  }

  private func isEarly(_ key: RequestKey, _ answer: RecordAnswer) -> Bool {
    accesses[key] == nil && earlyAnswers[key]?.contains(answer) == true
  }

  /// A replica took a request's effect back.
  ///
  /// What parties did on the strength of its answer before is not held against them: in proof of
  /// work they wait for as many confirmations as they find enough.
  mutating func undone(_ key: RequestKey, by replica: ReplicaID) {
    oracle.undone(client: ClientID(key.client), timestamp: key.timestamp, by: replica)
  }

  /// A replica lost all it had.
  mutating func forgot(_ replica: ReplicaID) { oracle.forgot(replica) }

  /// What parties took the chain to hold, against all that replicas executed (E-4, E-6, E-7).
  ///
  /// Where replicas have orders of their own this says something once they agree.
  mutating func compare(_ mirror: ChainMirror) -> [ShadowFinding] {
    guard oracle.isSettled else { return [] }
    var findings: [ShadowFinding] = []
    func expect(_ found: Int, _ expected: Int, _ invariant: InvariantID, _ what: String) {
      guard found != expected else { return }
      findings.append(
        ShadowFinding(invariant, "at the end there are \(found) \(what) instead of \(expected)"))
    }
    expect(mirror.liveFiles, oracle.liveFiles, .e4, "files")
    expect(mirror.auditRecords, oracle.auditRecords, .e6, "audit records")
    expect(mirror.reports, oracle.reports, .e6, "reports")
    for (attribute, epoch) in mirror.epochs.enumerated() {
      expect(epoch, oracle.epoch(of: attribute), .e7, "epochs of attribute \(attribute)")
    }
    return findings
  }

  /// Whether a role may submit an operation that takes effect.
  private func mayCause(_ operation: RecordOperation, _ role: Role) -> Bool {
    switch (operation, role) {
    case (.enrol, .centre), (.renew, .cloud): true
    case (.register(let user), .authority(let number)):
      number == user % world.settings.authorities
    case (.revoke, .authority), (.rekey, .authority): true
    case (.store(let owner, _), .patient(let number)): owner == number
    case (.supersede(let owner, _, _), .patient(let number)): owner == number
    case (.delete(let owner, _), .patient(let number)): owner == number
    case (.list(let owner), .patient(let number)): owner == number
    case (.access(let request), .user(let number)): request.user == number
    case (.report(let user, _, _), .user(let number)): user == number
    default: false
    }
  }

  private mutating func take(
    _ operation: RecordOperation, _ key: RequestKey, _ answer: RecordAnswer?
  ) {
    switch operation {
    case .access(let request):
      if accesses[key] == nil { accesses[key] = Access(request: request) }
      if let answer, accesses[key]?.answers.contains(answer) == false {
        accesses[key]?.answers.append(answer)
      }
    case .store(_, let file) where answer?.status == .done:
      stored.insert(file)
    case .revoke(let attribute, let user):
      guard let answer, answer.status == .done else { return }
      let name = world.settings.universe[attribute]
      if !revocations.contains(where: { $0.attribute == name && $0.user == user }) {
        revocations.append((name, user, answer.position))
      }
    default: break
    }
  }

  // MARK: Access

  /// The cloud server hands a file out against what replicas answered (E-6, E-7).
  mutating func served(
    _ file: Int, to user: Int, for key: RequestKey, with answer: RecordAnswer
  ) -> ShadowFinding? {
    if isEarly(key, answer) {
      earlyDeeds[key, default: []].append(.served(file: file, user: user, answer))
      return nil
    }
    guard let access = accesses[key], access.answers.contains(answer) else {
      return ShadowFinding(.e6, "CS hands file \(file) out without an access on the chain")
    }
    defer { accesses[key]?.hasServed = true }
    if access.hasServed {
      return ShadowFinding(.e6, "CS hands file \(file) out twice for one audit record")
    }
    guard access.request.user == user, answer.status == .done, answer.file == file else {
      return ShadowFinding(
        .e7, "CS hands file \(file) out to DU \(user), whom the replicas granted no such thing")
    }
    guard isAllowed(file, user, before: answer.position) else {
      return ShadowFinding(
        .e7, "CS hands file \(file) out to DU \(user), whose attributes do not suffice")
    }
    return nil
  }

  /// A user got a plaintext (E-1, and E-5's second half).
  mutating func read(
    _ file: Int, by user: Int, returned: ReturnedCiphertext, for key: RequestKey,
    with answer: RecordAnswer
  ) -> ShadowFinding? {
    if isEarly(key, answer) {
      earlyDeeds[key, default: []].append(.read(file: file, user: user, returned, answer))
      return nil
    }
    guard returned == .stored else {
      return ShadowFinding(.e1, "DU \(user) reads file \(file) from another ciphertext")
    }
    if file >= world.settings.preloaded, !stored.contains(file) {
      return ShadowFinding(.e5, "DU \(user) reads file \(file) before it is on the chain")
    }
    guard let access = accesses[key], access.answers.contains(answer),
      access.request.user == user, answer.status == .done, answer.file == file,
      isAllowed(file, user, before: answer.position)
    else {
      return ShadowFinding(.e1, "DU \(user) reads file \(file) without a right to")
    }
    return nil
  }

  /// Whether what a user holds at a position, as revocations before it leave it, satisfies a policy.
  ///
  /// Where replicas order on their own a position says nothing of another's order: the oracle alone
  /// takes revocations into account.
  private func isAllowed(_ file: Int, _ user: Int, before position: Int) -> Bool {
    let lost = revocations.filter {
      !ordersPerReplica && $0.user == user && $0.position < position
    }
    let held = world.attributes(of: user).subtracting(AttributeSet(lost.map(\.attribute)))
    return world.settings.policies[world.policy(of: file)].value.policy.isSatisfied(by: held)
  }
}
