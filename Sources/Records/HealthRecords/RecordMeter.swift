import DiscreteEvents

/// The kinds of message between parties.
enum PartyMessageKind: UInt8, CaseIterable, Sendable {
  /// TC to everybody: PK.
  case parameters
  /// TC to authorities, sealed: MK.
  case masterKey
  /// DO to TC: a public key to certify.
  case certificateRequest
  /// TC to DO.
  case certificate
  /// DU to AA.
  case keyRequest
  /// AA to DU, sealed: the key.
  case userKey
  /// DO to CS: ciphertext, digest, signature.
  case storageRequest
  /// CS to DO: it is stored, and where.
  case location
  /// CS to DO or DU: the failure symbol.
  case refusal
  /// DU to CS: the proof of a granted access.
  case fetch
  /// CS to DU; CS to DO, who is to encrypt the file anew.
  case ciphertext
  /// CS to DU: there is no such file.
  case absence
  /// AA to CS: a revocation was committed.
  case revocation
  /// AA to DU, sealed: the new component of an attribute.
  case renewal
  /// DU to AA: the component is taken up.
  case acknowledgement
  /// AA to CS, sealed: how to make the new rows; or that files are to be encrypted anew.
  case rekeying
  /// DO to CS: a store or a new version was committed.
  case committed
  /// DO to CS: a deletion was committed.
  case deleted
  /// A party to itself, without a network: the work of a job is done.
  case note

  /// The name in traces and tables.
  var name: String {
    switch self {
    case .parameters: "parameters"
    case .masterKey: "master-key"
    case .certificateRequest: "certificate-request"
    case .certificate: "certificate"
    case .keyRequest: "key-request"
    case .userKey: "user-key"
    case .storageRequest: "storage-request"
    case .location: "location"
    case .refusal: "refusal"
    case .fetch: "fetch"
    case .ciphertext: "ciphertext"
    case .absence: "absence"
    case .revocation: "revocation"
    case .renewal: "renewal"
    case .acknowledgement: "acknowledgement"
    case .rekeying: "rekeying"
    case .committed: "committed"
    case .deleted: "deleted"
    case .note: "note"
    }
  }
}

/// Counts what is reported of a run: messages, ended operations, attempts, the life of one file.
struct RecordMeter: Sendable {
  private var sent = [Int](repeating: 0, count: PartyMessageKind.allCases.count)
  private var bytes = [Int](repeating: 0, count: PartyMessageKind.allCases.count)
  /// Operations with their numbers.
  private var ended: [(number: Int, operation: RecordAccount.Operation)] = []
  /// The activities that ended before the run did.
  private(set) var completed = 0
  private(set) var life: [RecordAccount.LifeEvent] = []
  var attempts = 0
  var leaks = 0
  var unprotected = 0

  mutating func sent(_ kind: PartyMessageKind, bytes count: Int) {
    sent[Int(kind.rawValue)] += 1
    bytes[Int(kind.rawValue)] += count
  }

  mutating func ended(_ flow: Flow, as outcome: RecordOutcome, at time: VirtualTime) {
    if flow.activity != nil, outcome != .unfinished { completed += 1 }
    ended.append(
      (
        flow.number,
        RecordAccount.Operation(
          activity: flow.activity, outcome: outcome, misdeed: flow.misdeed, started: flow.started,
          ended: time, steps: flow.path.steps)
      ))
  }

  mutating func tell(_ party: String, _ text: String, at time: VirtualTime) {
    life.append(RecordAccount.LifeEvent(time: time, party: party, text: text))
  }

  /// Operations in the order of their ends, unfinished ones last; ties by number.
  var operations: [RecordAccount.Operation] {
    ended.sorted { left, right in
      let isLeftOpen = left.operation.outcome == .unfinished
      let isRightOpen = right.operation.outcome == .unfinished
      if isLeftOpen != isRightOpen { return isRightOpen }
      return (left.operation.ended, left.number) < (right.operation.ended, right.number)
    }.map(\.operation)
  }

  /// What travelled between parties; notes to oneself do not travel.
  var messages: [(kind: String, sent: Int, bytes: Int)] {
    PartyMessageKind.allCases.filter { $0 != .note }.map {
      ($0.name, sent[Int($0.rawValue)], bytes[Int($0.rawValue)])
    }
  }

  /// The life of the told file in the order of time.
  var orderedLife: [RecordAccount.LifeEvent] {
    life.enumerated().sorted {
      ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
    }.map(\.element)
  }
}
