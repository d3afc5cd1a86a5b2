import ConsensusCore
import DiscreteEvents
import RecordSharing

/// The replicated state of the shared records: who is registered, which files there are, who lost
/// what, and who asked for what (Paper §II-C).
///
/// It decides from the words of operations and from ``RecordWorld`` alone. What was there at the
/// beginning belongs to the world and is neither copied nor sent; the rest is in chunks that copies
/// share.
///
/// Assumption: an audit record concerns the owners of all files that match, readable or not, so that
/// owners learn who was turned away, too.
public struct RecordLedger: Application {
  /// What an operation led to.
  struct Verdict {
    var status: RecordAnswer.Status
    var file = 0
    /// What the answer says beside, as ``RecordAnswer/check(_:)`` takes it.
    var contents: [Int] = []
    var work: Int64 = 0
    var bytes = 0
    /// Whether an audit record is written, and whom it concerns, ascending.
    var isAudited = false
    var concerned: [Int] = []

    static let unauthorised = Self(status: .unauthorised)
    static let conflict = Self(status: .conflict)
    static let done = Self(status: .done)
  }

  /// What there is for all replicas.
  let world: RecordWorld
  private let abstractBytes: [Int]

  var owners = CatalogueChunks(blank: OwnerEntry())
  var users = CatalogueChunks(blank: false)
  var files = CatalogueChunks(blank: FileEntry())
  var revocations = AttributeRevocationList()
  var revoked: [RevokedAttribute] = []
  var epochs: [Int]
  var audits = CatalogueChunks(blank: AuditEntry())
  /// The exclusive or of a word for every entry but audit records.
  var table: UInt64 = 0
  /// The running hash of the audit records.
  var trail: UInt64 = 0
  /// The bytes of what was added since the beginning.
  var addedBytes = 0

  /// Files on the chain that were not deleted, those of the beginning included.
  public internal(set) var liveFiles: Int
  /// Audit records on the chain: one for every access and every report.
  public internal(set) var auditRecords = 0
  /// Reports of the cloud server on the chain.
  public internal(set) var reports = 0

  /// The state before the first operation.
  public init(_ world: RecordWorld) {
    self.world = world
    liveFiles = world.settings.preloaded
    epochs = [Int](repeating: 0, count: world.settings.universe.attributes.count)
    abstractBytes = world.settings.policies.indices.map {
      world.prices[.returnAbstract(policy: $0)].bytes
    }
  }

  /// Executes an operation; a word that nobody makes is refused.
  public mutating func execute(
    _ request: Request, at position: SequenceNumber
  ) -> Execution {
    let verdict = decide(request)
    let answer = RecordAnswer(
      status: verdict.status, position: Int(position.number & 0xFF_FFFF), file: verdict.file,
      check: RecordAnswer.check(verdict.contents))
    if verdict.isAudited {
      audit(
        AuditEntry(
          client: request.client.index, operation: request.operation,
          answer: answer.result.value),
        concerning: verdict.concerned)
    }
    return Execution(
      result: answer.result, work: verdict.work, resultBytes: UInt32(clamping: verdict.bytes))
  }

  /// What a node checks before it orders an operation.
  public func admissionWork(of request: Request) -> Int64 {
    switch RecordOperation(word: request.operation) {
    case .store(_, let file), .supersede(_, let file, _):
      world.prices[.admitTransaction(policy: world.policy(of: file))].nanoseconds
    case .access: world.prices[.admitToken].nanoseconds
    default: world.prices[.admitRequest].nanoseconds
    }
  }

  private mutating func decide(_ request: Request) -> Verdict {
    guard let operation = RecordOperation(word: request.operation) else { return .unauthorised }
    let role = world.roster.role(ofClient: request.client.index)
    switch operation {
    case .enrol(let owner): return role == .centre ? enrol(owner) : .unauthorised
    case .register(let user):
      let authority = user % world.roster.authorities
      return role == .authority(authority) ? register(user) : .unauthorised
    case .store(let owner, let file):
      guard role == .patient(owner), isEnrolled(owner) else { return .unauthorised }
      return store(file, of: owner)
    case .supersede(let owner, let file, let version):
      guard role == .patient(owner), isEnrolled(owner) else { return .unauthorised }
      return supersede(file, of: owner, with: version)
    case .access(let access):
      guard role == .user(access.user), isRegistered(access.user) else {
        return Verdict(status: .unauthorised, isAudited: true)
      }
      return self.access(access)
    case .revoke(let attribute, let user):
      return isAuthority(role) ? revoke(attribute, of: user) : .unauthorised
    case .rekey(let attribute, let epoch):
      return isAuthority(role) ? rekey(attribute, epoch) : .unauthorised
    case .renew(let file, let attribute, let epoch):
      return role == .cloud ? renew(file, attribute, epoch) : .unauthorised
    case .delete(let owner, let file):
      guard role == .patient(owner), isEnrolled(owner) else { return .unauthorised }
      return delete(file, of: owner)
    case .list(let owner):
      guard role == .patient(owner), isEnrolled(owner) else { return .unauthorised }
      return list(owner)
    case .report(let user, let file, _):
      guard role == .user(user), isRegistered(user) else { return .unauthorised }
      return report(file)
    }
  }

  private func isAuthority(_ role: Role?) -> Bool {
    if case .authority? = role { true } else { false }
  }

  /// The bytes of a file's abstract in an answer.
  func abstractSize(policy: Int) -> Int { abstractBytes[policy] }
}
