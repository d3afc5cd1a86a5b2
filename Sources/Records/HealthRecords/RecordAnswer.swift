import ConsensusCore
import DiscreteEvents

/// What replicas answer to a ``RecordOperation``, packed into the result's word.
///
/// The simulation carries results as words, so the word says what a client has to know of the
/// result; everything else, such as the list of abstracts, is in a check sum of it.
public struct RecordAnswer: Hashable, Sendable {
  /// What became of an operation.
  public enum Status: UInt8, CaseIterable, Hashable, Sendable {
    /// Done; an access found at least one file that may be read.
    case done = 1
    /// No live file holds the words: the failure symbol.
    case noMatch
    /// Files match; the asker's attributes satisfy the policy of none: the failure symbol.
    case unsatisfied
    /// They would, but for attributes that were revoked: the failure symbol.
    case revoked
    /// The token is not the asker's: the failure symbol.
    case invalidToken
    /// The submitter is not registered, or not who may ask for this.
    case unauthorised
    /// There is such a file, user or revocation already, or there is none to act on.
    case conflict
  }

  /// What became of the operation.
  public var status: Status
  /// Where it took effect: the low 24 bits of the sequence number.
  public var position: Int
  /// The file that is granted: the target of an access if it is among them, else the first; 0
  /// where there is none.
  public var file: Int
  /// Twelve bits of a hash of everything else the answer says.
  public var check: Int

  /// Creates an answer.
  public init(status: Status, position: Int, file: Int, check: Int) {
    self.status = status
    self.position = position & 0xFF_FFFF
    self.file = file & 0xFF_FFFF
    self.check = check & 0xFFF
  }

  /// Unpacks an answer; nil if no honest replica gives it.
  public init?(_ result: Digest) {
    let word = result.value
    guard let status = Status(rawValue: UInt8(word >> 60)) else { return nil }
    self.init(
      status: status, position: Int(word >> 36 & 0xFF_FFFF), file: Int(word >> 12 & 0xFF_FFFF),
      check: Int(word & 0xFFF))
  }

  /// The answer as the result of a request.
  public var result: Digest {
    Digest(
      UInt64(status.rawValue) << 60 | UInt64(position) << 36 | UInt64(file) << 12 | UInt64(check))
  }

  /// The check sum of what an answer says beside its other fields: the files that are granted in
  /// ascending order, or a count.
  public static func check(_ contents: some Sequence<Int>) -> Int {
    var hash = WordHash(domain: 0xA25_3E2)
    for word in contents { hash.combine(UInt64(truncatingIfNeeded: word)) }
    return Int(hash.value >> 52)
  }
}
