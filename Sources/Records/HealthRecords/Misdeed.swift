/// What somebody does who keeps to no rule (Paper §II, the threats; Sharing §7).
public enum Misdeed: String, CaseIterable, Hashable, Sendable {
  /// The cloud server returns an altered ciphertext.
  case tamperingCloud = "tampering-cloud"
  /// The cloud server returns another file's ciphertext.
  case swappingCloud = "swapping-cloud"
  /// The cloud server has lost the ciphertext.
  case deletingCloud = "deleting-cloud"
  /// The cloud server tries to open what it stores and to guess its keywords.
  case curiousCloud = "curious-cloud"
  /// An owner hands a ciphertext in whose digest or signature is wrong.
  case lyingOwner = "lying-owner"
  /// An outsider who saw messages sends a token made of guessed keywords.
  case sniffer
  /// An outsider makes a token of what the registry shows, t1 = t2 = g and t3 = D', with a proof that
  /// was seen.
  case forgedToken = "forged-token"
  /// A user presents a token that another user made.
  case replayedToken = "replayed-token"
  /// A user whose attributes do not suffice pools keys with another.
  case collusion
  /// A user asks the cloud server again with the proof of an earlier access.
  case replayedProof = "replayed-proof"
  /// A user who lost an attribute goes on with old keys, past the chain.
  case revokedUser = "revoked-user"
  /// A user who lost an attribute opens the abstract in the block of the upload with old keys, and
  /// the ciphertext as it is now, which the cloud server hands out to anybody.
  case chainReader = "chain-reader"
}

/// Who misbehaves how often.
public struct MisdeedRule: Hashable, Sendable {
  /// What.
  public var misdeed: Misdeed
  /// The share of occasions, drawn for each: 0 to 1.
  public var share: Double

  /// Creates a rule.
  public init(_ misdeed: Misdeed, share: Double) {
    self.misdeed = misdeed
    self.share = share
  }
}
