import ConsensusCore
import DiscreteEvents
import RecordSharing

/// What the chain knows of an owner since the beginning.
struct OwnerEntry: Hashable, Sendable {
  var isEnrolled = false
  /// Files stored less files deleted, those of the beginning among them.
  var addedFiles = 0
  /// Audit records that concern the owner.
  var audits = 0
}

/// What the chain knows of a file since the beginning.
struct FileEntry: Hashable, Sendable {
  /// Who stored it; -1 for nobody, and for files of the beginning.
  var owner = -1
  var isDeleted = false
  /// What ``RecordLedger`` recognises its words by; follows from its number.
  var pattern: UInt64 = 0
  /// The epochs of rows that were renewed, in the order in which each was first.
  var rows: [RowEpoch] = []
  /// Which version the abstract is of that is searched and returned.
  var version = 0

  struct RowEpoch: Hashable, Sendable {
    var attribute: Int
    var epoch: Int
  }

  /// The epoch of the rows of an attribute, as far as the chain was told.
  func epoch(of attribute: Int) -> Int {
    rows.first { $0.attribute == attribute }?.epoch ?? 0
  }

  mutating func renew(_ attribute: Int, epoch: Int) {
    if let place = rows.firstIndex(where: { $0.attribute == attribute }) {
      rows[place].epoch = epoch
    } else {
      rows.append(RowEpoch(attribute: attribute, epoch: epoch))
    }
  }
}

/// An attribute that was taken from a user.
struct RevokedAttribute: Hashable, Sendable {
  /// Attribute and user in four bytes each.
  static let byteCount = 8

  var attribute: Int
  var user: Int
}

/// An access or a report, as it stays on the chain (E-6).
struct AuditEntry: Hashable, Sendable {
  /// Who, what and the answer, and a hash of the signed request.
  static let byteCount = 56

  var client = 0
  var operation: UInt64 = 0
  var answer: UInt64 = 0

  func chained(to trail: UInt64) -> UInt64 {
    mix(mix(trail, UInt64(client)), mix(operation, answer))
  }
}

extension RecordLedger {
  /// The hash of everything that was added or changed since the beginning.
  public var digest: UInt64 { digest(table: table, trail: trail) }

  /// The hash from the contents.
  public var recomputedDigest: UInt64 {
    var table: UInt64 = 0
    owners.forEach(from: 0) { table ^= Self.word(owner: $0, $1) }
    users.forEach(from: 0) { if $1 { table ^= Self.word(user: $0) } }
    files.forEach(from: 0) { table ^= Self.word(file: $0, $1) }
    for entry in revoked where holds(entry) { table ^= Self.word(entry) }
    for (attribute, epoch) in epochs.enumerated() {
      table ^= Self.word(attribute: attribute, epoch: epoch)
    }
    var trail: UInt64 = 0
    audits.forEach(from: 0) { if $0 < auditRecords { trail = $1.chained(to: trail) } }
    return digest(table: table, trail: trail)
  }

  /// The bytes of what was added since the beginning; what was there before, every replica has.
  public var size: ByteCount { ByteCount(addedBytes) }

  private func holds(_ entry: RevokedAttribute) -> Bool {
    revocations.isRevoked(
      world.settings.universe.attributes[entry.attribute], of: UserID(UInt32(entry.user)))
  }

  private func digest(table: UInt64, trail: UInt64) -> UInt64 {
    var hash = WordHash(domain: 0x2EC0_2D)
    for word in [table, trail] { hash.combine(word) }
    for count in [auditRecords, reports, liveFiles, revocations.count, addedBytes] {
      hash.combine(UInt64(truncatingIfNeeded: count))
    }
    return hash.value
  }

  static func word(owner: Int, _ entry: OwnerEntry) -> UInt64 {
    guard entry != OwnerEntry() else { return 0 }
    let counts = mix(
      UInt64(bitPattern: Int64(entry.addedFiles)), UInt64(bitPattern: Int64(entry.audits)))
    return mix(mix(0x0_03E2, UInt64(owner)), entry.isEnrolled ? ~counts : counts)
  }

  static func word(user: Int) -> UInt64 { mix(0x05E2, UInt64(user)) }

  static func word(file: Int, _ entry: FileEntry) -> UInt64 {
    guard entry != FileEntry() else { return 0 }
    var hash = WordHash(domain: 0xF11E)
    hash.combine(UInt64(file))
    hash.combine(UInt64(bitPattern: Int64(entry.owner)))
    hash.combine(entry.isDeleted ? 1 : 0)
    for row in entry.rows {
      hash.combine(UInt64(row.attribute) << 32 | UInt64(row.epoch))
    }
    if entry.version > 0 { hash.combine(UInt64(entry.version) << 48) }
    return hash.value
  }

  static func word(_ entry: RevokedAttribute) -> UInt64 {
    mix(mix(0xA12, UInt64(entry.attribute)), UInt64(entry.user))
  }

  static func word(attribute: Int, epoch: Int) -> UInt64 {
    epoch == 0 ? 0 : mix(mix(0xE60C, UInt64(attribute)), UInt64(epoch))
  }
}
