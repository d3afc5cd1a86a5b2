/// What replicas are asked to do with the shared records: the word that a request carries.
///
/// The word stands for the bytes of a transaction. What these bytes would show to a replica that
/// checks them, such as a token made without a registered key, is a flag of it: an attacker cannot
/// choose the flag apart from the bytes. With the real engine the checks are carried out and have
/// to say the same.
public enum RecordOperation: Hashable, Sendable {
  /// The trusted centre has certified the key of an owner (step 2).
  case enrol(owner: Int)
  /// An authority has issued a key to a user (step 2): the registry gets the user, attributes, D'.
  case register(user: Int)
  /// An owner puts the abstract of a stored file on the chain (step 4).
  case store(owner: Int, file: Int)
  /// A user asks for files (step 5).
  case access(AccessRequest)
  /// An authority takes attribute `attribute` of the universe from a user.
  case revoke(attribute: Int, user: Int)
  /// An authority announces a new key for an attribute; `epoch` is the one that begins.
  case rekey(attribute: Int, epoch: Int)
  /// The cloud server puts the new rows of a file for an attribute on the chain.
  case renew(file: Int, attribute: Int, epoch: Int)
  /// An owner deletes a file.
  case delete(owner: Int, file: Int)
  /// An owner lists the accesses to own files.
  case list(owner: Int)
  /// An owner puts the abstract of version `version`, 1 to 65535, in the place of an earlier one.
  case supersede(owner: Int, file: Int, version: Int)
  /// A user reports that the cloud server returned no file, or one with another digest.
  case report(user: Int, file: Int, isMissing: Bool)
}

/// A user's request for files, as a transaction.
public struct AccessRequest: Hashable, Sendable {
  /// Why a token would not pass the replicas' check.
  public enum Flaw: UInt8, CaseIterable, Hashable, Sendable {
    /// It passes.
    case none
    /// It was made without the key of a registered user.
    case forged
    /// It was made with another user's key.
    case foreign
    /// It was made of what the registry shows, without a proof of its own.
    case unproved
  }

  /// Who asks.
  public var user: Int
  /// The file whose words are asked for; the asker has it in mind, the token does not name it.
  public var target: Int
  /// Tells the requests of a user apart and draws the slots that are asked for: below 2^15.
  public var occasion: Int
  /// Whether a word is asked for that no file holds.
  public var misses: Bool
  /// What is wrong with the token.
  public var flaw: Flaw

  /// Creates a request.
  public init(user: Int, target: Int, occasion: Int, misses: Bool, flaw: Flaw) {
    self.user = user
    self.target = target
    self.occasion = occasion
    self.misses = misses
    self.flaw = flaw
  }
}
