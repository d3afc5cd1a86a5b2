import DiscreteEvents
import Simulator

/// One operation under way: who does what for whom, and how far it is.
struct Flow: Sendable {
  /// What the operation is.
  enum Kind: Hashable, Sendable {
    /// The trusted centre's setup.
    case setup
    /// A patient gets a certificate.
    case enrolment(owner: Int)
    /// A user gets a key.
    case registration(user: Int)
    /// What the planner drew.
    case activity(RecordActivity)
  }

  let number: Int
  let kind: Kind
  let started: VirtualTime
  var path: FlowPath

  /// The patient of an upload, deletion or listing.
  var owner = 0
  /// The user of an access or search, or who loses an attribute.
  var user = 0
  /// The file that is uploaded, deleted, asked for or fetched.
  var file = 0
  /// The attribute that is taken away.
  var attribute = 0
  /// The request of an access or search.
  var request: AccessRequest?
  /// The misdeeds that are done if there is an occasion, by their place in the settings.
  var intents: [Misdeed] = []
  /// The misdeed that was done.
  var misdeed: Misdeed?
  /// What was handed in to be stored.
  var flaw = StorageFlaw.none
  /// What the cloud server returned.
  var returned = ReturnedCiphertext.stored
  /// Whether the file was replaced by a new version after it was granted.
  var isSuperseded = false
  /// The proof of the access, by its place in the table.
  var proof: Int?
  /// Whether it is over.
  var hasEnded = false
  /// How it will end, once the last work is done.
  var verdict: RecordOutcome?

  /// The path up to where branches part, the branches by number, and how many are under way.
  var fork: FlowPath?
  var branches: [Int: FlowPath] = [:]
  var outstanding = 0
  /// By file: how often its owner asked for the new version to be taken, if more than once.
  var attempts: [Int: Int] = [:]

  init(number: Int, kind: Kind, step: RecordStep, started: VirtualTime) {
    self.number = number
    self.kind = kind
    self.started = started
    path = FlowPath(step, at: started)
  }

  /// The activity; nil for enrolment.
  var activity: RecordActivity? {
    if case .activity(let activity) = kind { activity } else { nil }
  }

  /// Whether a misdeed was drawn, whose occasion is there now; it is then what the operation did.
  mutating func commits(_ misdeed: Misdeed) -> Bool {
    guard intents.contains(misdeed), self.misdeed == nil || self.misdeed == misdeed else {
      return false
    }
    self.misdeed = misdeed
    return true
  }
}
