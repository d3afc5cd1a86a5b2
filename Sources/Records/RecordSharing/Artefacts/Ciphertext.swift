import PairingCrypto

/// One encrypted file with its index and capsule: CT of Paper §II-C, equation 4.
public struct Ciphertext<Elements: SchemeElements>: Artefact {
  /// The third byte of the header.
  public static var kind: ArtefactKind { .ciphertext }

  /// Which file it is.
  public internal(set) var file: FileID
  /// Whose file it is.
  public internal(set) var owner: OwnerID
  /// I_W.
  public internal(set) var index: KeywordIndex<Elements>
  /// CT'.
  public internal(set) var capsule: Capsule<Elements>
  /// C_θ, the record sealed under a key derived from K.
  public internal(set) var body: Elements.Sealed

  /// Appends everything but the header.
  public func write(to writer: inout ArtefactWriter) {
    writeSigned(to: &writer)
    capsule.writeRows(to: &writer)
  }

  /// Appends everything but the C_i.
  func writeSigned(to writer: inout ArtefactWriter) {
    writer.write(file.rawValue)
    writer.write(owner.rawValue)
    index.write(to: &writer)
    capsule.writeSigned(to: &writer)
    Elements.write(body, to: &writer)
  }

  /// What the digest on the chain covers: everything but the C_i, which re-keying changes.
  func writeSignedEncoding(to writer: inout ArtefactWriter) {
    writer.header(Self.kind)
    writeSigned(to: &writer)
  }
}

/// The two digests of a ciphertext.
///
/// Deviation: Paper §II-C has one digest of CT, which re-keying an attribute would break together
/// with the owner's signature; so one covers what never changes, the other the C_i and epochs.
public struct CiphertextDigests: Hashable, Sendable {
  /// The digest of everything but the C_i.
  public internal(set) var content: ContentDigest
  /// The digest of the C_i with their epochs.
  public internal(set) var rows: ContentDigest
}

/// What an owner sends to the cloud server: CT, H(CT) and Sig_DO(CT) of Paper §II-C.
public struct StorageRequest<Elements: SchemeElements>: Artefact {
  /// The third byte of the header.
  public static var kind: ArtefactKind { .storageRequest }

  /// CT.
  public internal(set) var ciphertext: Ciphertext<Elements>
  /// H(CT).
  public internal(set) var digests: CiphertextDigests
  /// Sig_DO(CT), over both digests.
  public internal(set) var signature: Elements.Signature

  /// Appends everything but the header.
  public func write(to writer: inout ArtefactWriter) {
    ciphertext.write(to: &writer)
    writer.digest(digests.content)
    writer.digest(digests.rows)
    Elements.write(signature, to: &writer)
  }
}
