import DiscreteEvents
import PairingCrypto
import RecordSharing

/// Everything that the sharing of health records in a run depends on, but its seed.
public struct RecordSettings: Sendable {
  /// Which cryptography is carried out besides what is charged.
  public enum Engine: Hashable, Sendable {
    /// None: sizes and costs are moved, decisions follow from what artefacts stand for.
    case counted
    /// All of it: every artefact is made, checked and opened, and must decide alike.
    case real
    /// The files of this share, drawn for each file: 0 to 1.
    case sampled(Double)
  }

  /// A kind of data user: all of it hold the same attributes.
  public struct UserClass: Hashable, Sendable {
    /// The name in tables.
    public var name: String
    /// What its users hold.
    public var attributes: AttributeSet
    /// How many users there are, at least 1.
    public var count: Int
    /// The group of the network they live in.
    public var group: Int

    /// Creates a class.
    public init(name: String, attributes: AttributeSet, count: Int, group: Int) {
      self.name = name
      self.attributes = attributes
      self.count = count
      self.group = group
    }
  }

  /// A value with its weight among others.
  public struct Weighted<Value: Sendable>: Sendable {
    /// The value.
    public var value: Value
    /// The weight, not negative; not all of a list are 0.
    public var weight: Double

    /// Creates a value with a weight.
    public init(_ value: Value, weight: Double) {
      self.value = value
      self.weight = weight
    }
  }

  /// Where operations come from.
  public enum Load: Hashable, Sendable {
    /// So many operations are under way at a time; the next begins after a think time.
    case closed(concurrency: Int, thinkTime: Distribution?)
    /// Operations arrive in a Poisson process.
    case open(ratePerSecond: Double)
  }

  /// How far a search reaches.
  public enum Scope: String, CaseIterable, Hashable, Sendable {
    /// All files on the chain.
    case everything
    /// The files of one owner, whose keyword key the token is for.
    case owner
  }

  /// How an attribute is taken from a user (Sharing §7).
  public enum Revocation: String, CaseIterable, Hashable, Sendable {
    /// The user is put on the attribute's list on the chain.
    case list
    /// The same, and the attribute gets a new key: its rows and its holders' keys are renewed.
    case rekey
    /// The same with its holders' keys, and owners encrypt the files that name the attribute anew.
    case reencrypt = "re-encrypt"
  }

  /// Whether the first two steps are part of the run.
  public enum Enrolment: String, CaseIterable, Hashable, Sendable {
    /// Parties get their keys when the run begins.
    case simulated
    /// Everybody has had keys before.
    case done
  }

  /// Which cryptography is carried out.
  public var engine: Engine
  /// The groups of the pairing.
  public var parameters: ParameterSet
  /// What operations cost.
  public var costs: OperationCosts
  /// All attributes there are.
  public var universe: AttributeSet
  /// Attribute authorities, at least 1; user u gets keys from authority u modulo this number.
  public var authorities: Int
  /// Patients, at least 1.
  public var patients: Int
  /// The users by class, in the order of their numbers.
  public var users: [UserClass]
  /// The group of the network that the trusted centre lives in; other roles have theirs.
  public var centreGroup: Int
  /// See ``centreGroup``.
  public var authorityGroup: Int
  /// See ``centreGroup``.
  public var cloudGroup: Int
  /// See ``centreGroup``.
  public var patientGroup: Int
  /// The policies that owners choose from; each is satisfied by some class.
  public var policies: [Weighted<SharingPolicy>]
  /// Keyword slots of a file, m: 1 to ``Slot/maximumCount``.
  public var slots: Int
  /// Slots that a token asks for, m': 1 to m.
  public var queriedSlots: Int
  /// Words that a slot can hold, at least 1.
  public var vocabulary: Int
  /// The exponent of Zipf's law of words; 0 is uniform.
  public var wordExponent: Double
  /// The exponent of Zipf's law of records; 0 is uniform.
  public var recordExponent: Double
  /// The share of queries for a word that no file holds.
  public var missShare: Double
  /// Sizes of records in bytes, 1 to 2^30.
  public var recordSizes: [Weighted<Int>]
  /// Files that are stored before the run begins.
  public var preloaded: Int
  /// What is done how often.
  public var mix: [Weighted<RecordActivity>]
  /// Where operations come from.
  public var load: Load
  /// The run is over when this many operations have ended; nil for the schedule's end.
  public var operations: Int?
  /// How far a search reaches.
  public var scope: Scope
  /// How attributes are revoked.
  public var revocation: Revocation
  /// Whether keys are issued in the run.
  public var enrolment: Enrolment
  /// Whether owners keep tables of the hashes of attributes.
  public var usesTables: Bool
  /// Requests that a party may have outstanding at once, at least 1.
  public var connections: Int
  /// Who does what is forbidden.
  public var misdeeds: [MisdeedRule]
  /// A file whose life is to be told, by its number.
  public var toldFile: Int?
  /// Whether E-1 to E-9 are checked.
  public var usesProbes: Bool
}

/// What a patient, a doctor or an authority does.
public enum RecordActivity: UInt8, CaseIterable, Hashable, Sendable {
  /// A patient encrypts a record, stores it and puts its abstract on the chain (steps 3 and 4).
  case upload
  /// A user asks which files hold some words (first half of step 5).
  case search
  /// A user asks, fetches a file and opens it (steps 5 and 6).
  case access
  /// An authority takes an attribute from a user.
  case revoke
  /// A patient deletes a file.
  case delete
  /// A patient lists the accesses to own files.
  case list

  /// The key in scenarios and the name in tables.
  public var name: String {
    switch self {
    case .upload: "upload"
    case .search: "search"
    case .access: "access"
    case .revoke: "revoke"
    case .delete: "delete"
    case .list: "list"
    }
  }
}
