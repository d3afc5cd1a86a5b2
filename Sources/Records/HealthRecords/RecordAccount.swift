import DiscreteEvents

/// The steps of Paper §II-C, and what this project adds, between which an operation's time divides.
public enum RecordStep: UInt8, CaseIterable, Hashable, Sendable {
  /// Step 1: the trusted centre draws and hands out parameters.
  case setup
  /// Step 2: keys of owners and users.
  case keys
  /// Step 3: index and encryption.
  case encryption
  /// Step 4: the cloud server's check, and the abstract's way onto the chain.
  case storage
  /// Step 5: token, match at the replicas, opening the capsule, the cloud server's check.
  case access
  /// Step 6: digest against the chain, then the record.
  case decryption
  /// Taking an attribute from a user.
  case revocation
  /// Deleting a file.
  case deletion
  /// Listing the accesses to own files.
  case listing
  /// Reporting the cloud server.
  case reporting

  /// The name in tables.
  public var name: String {
    switch self {
    case .setup: "setup"
    case .keys: "keys"
    case .encryption: "encryption"
    case .storage: "storage"
    case .access: "access"
    case .decryption: "decryption"
    case .revocation: "revocation"
    case .deletion: "deletion"
    case .listing: "listing"
    case .reporting: "reporting"
    }
  }
}

/// Where the time of a step went, in nanoseconds; the parts add up to the whole.
public struct TimeBreakdown: Hashable, Sendable {
  /// Cryptography: of the parties, and of the replicas that check and search, once each.
  public var crypto: Int64 = 0
  /// From submitting a request until enough replicas answered, without the replicas' cryptography
  /// and without waiting for a connection.
  public var consensus: Int64 = 0
  /// Messages between parties, on links and on the way.
  public var network: Int64 = 0
  /// Waiting for a party's processor or for a connection.
  public var queueing: Int64 = 0

  /// No time at all.
  public init() {}

  /// The sum of the parts.
  public var total: Int64 { crypto + consensus + network + queueing }

  /// Adds another breakdown.
  public mutating func add(_ other: Self) {
    crypto += other.crypto
    consensus += other.consensus
    network += other.network
    queueing += other.queueing
  }
}

/// How an operation ended.
public enum RecordOutcome: UInt8, CaseIterable, Hashable, Sendable {
  /// It did what it was for.
  case done
  /// No file holds the words.
  case noMatch
  /// The attributes do not satisfy the policy.
  case unsatisfied
  /// They would, but for what was revoked.
  case revoked
  /// The token is not the asker's.
  case invalidToken
  /// The cloud server refused to store: wrong digest or signature.
  case storageRefused
  /// The cloud server refused to hand a file out.
  case accessRefused
  /// The ciphertext is not the one on the chain; reported.
  case tampered
  /// The cloud server has no such file; reported.
  case missing
  /// Colluders or a revoked user could not open what they got hold of.
  case undecipherable
  /// The replicas refused for another reason.
  case refused
  /// The replicas did not answer in time.
  case declined
  /// The run ended first.
  case unfinished
  /// Somebody read what was not theirs, or read something else than was written.
  case leaked

  /// The name in tables and scenarios.
  public var name: String {
    switch self {
    case .done: "done"
    case .noMatch: "no-match"
    case .unsatisfied: "unsatisfied"
    case .revoked: "revoked"
    case .invalidToken: "invalid-token"
    case .storageRefused: "storage-refused"
    case .accessRefused: "access-refused"
    case .tampered: "tampered"
    case .missing: "missing"
    case .undecipherable: "undecipherable"
    case .refused: "refused"
    case .declined: "declined"
    case .unfinished: "unfinished"
    case .leaked: "leaked"
    }
  }
}

/// What is known of the records of a run when it is over.
public struct RecordAccount: Sendable {
  /// One operation.
  public struct Operation: Hashable, Sendable {
    /// What was done; nil for enrolment.
    public var activity: RecordActivity?
    /// How it ended.
    public var outcome: RecordOutcome
    /// Who did what is forbidden in it, if anybody.
    public var misdeed: Misdeed?
    /// When it was due.
    public var started: VirtualTime
    /// When it ended.
    public var ended: VirtualTime
    /// Its steps in order with their breakdown; together they last from start to end.
    public var steps: [(step: RecordStep, time: TimeBreakdown)]

    /// Whether both are the same in everything.
    public static func == (left: Self, right: Self) -> Bool {
      left.activity == right.activity && left.outcome == right.outcome
        && left.misdeed == right.misdeed && left.started == right.started
        && left.ended == right.ended && left.steps.elementsEqual(right.steps, by: ==)
    }

    /// Feeds start and end to a hasher: equal operations have the same.
    public func hash(into hasher: inout Hasher) {
      hasher.combine(started)
      hasher.combine(ended)
    }
  }

  /// Every operation in the order in which they ended; unfinished ones last.
  public var operations: [Operation]
  /// Files on the chain at the end that were not deleted, those stored before the run included.
  public var liveFiles: Int
  /// Audit records on the chain at the end.
  public var auditRecords: Int
  /// Reports of the cloud server on the chain at the end.
  public var reports: Int
  /// Bytes that the cloud server stores at the end.
  public var storedBytes: Int
  /// Messages and bytes between parties, by ``Workload/messageKinds``.
  public var messages: [(kind: String, sent: Int, bytes: Int)]
  /// What those tried who keep to no rule.
  public var attempts: Int
  /// How often they learned something.
  public var leaks: Int
  /// How often an owner gave up asking for a new version: the file stays open to old keys.
  public var unprotected: Int
  /// Artefacts that the real engine made.
  public var realArtefacts: Int
  /// Bytes that were scanned for secrets.
  public var scannedBytes: Int
  /// Records that were read and compared with what was written.
  public var comparedRecords: Int
  /// The life of the file that was to be told.
  public var life: [LifeEvent]

  /// One thing that happened to a file.
  public struct LifeEvent: Hashable, Sendable {
    /// When.
    public var time: VirtualTime
    /// The role and number of who did it, such as `DU 3`.
    public var party: String
    /// What.
    public var text: String

    /// Creates an event.
    public init(time: VirtualTime, party: String, text: String) {
      self.time = time
      self.party = party
      self.text = text
    }
  }
}
