import PairingCrypto

/// What the chain keeps of a file (the abstract block of Paper §II-C, Figure 3b).
///
/// Deviation: Paper §II-C locks the location with a key that stands only at that location; the
/// capsule therefore is part of the abstract.
public struct Abstract<Elements: SchemeElements>: Artefact {
  /// The third byte of the header.
  public static var kind: ArtefactKind { .abstract }

  /// Which file it is.
  public internal(set) var file: FileID
  /// Whose file it is.
  public internal(set) var owner: OwnerID
  /// H(CT) as the owner signed it.
  public internal(set) var uploaded: CiphertextDigests
  /// The digest of the C_i as they are now.
  public internal(set) var rowDigest: ContentDigest
  /// I_W.
  public internal(set) var index: KeywordIndex<Elements>
  /// CT' with (M, ρ).
  public internal(set) var capsule: Capsule<Elements>
  /// CT_Location, sealed under another key derived from K.
  public internal(set) var location: Elements.Sealed
  /// PK_DO.
  public internal(set) var ownerKey: Elements.VerificationKey
  /// The hospital's name.
  public internal(set) var hospital: String
  /// Which doctor made the record.
  public internal(set) var doctor: String

  /// Appends everything but the header.
  public func write(to writer: inout ArtefactWriter) {
    writeSigned(to: &writer)
    writer.digest(rowDigest)
    capsule.writeRows(to: &writer)
  }

  /// Appends what the owner signs; the C_i as uploaded are in it by their digest.
  func writeSigned(to writer: inout ArtefactWriter) {
    writer.write(file.rawValue)
    writer.write(owner.rawValue)
    writer.digest(uploaded.content)
    writer.digest(uploaded.rows)
    index.write(to: &writer)
    capsule.writeSigned(to: &writer)
    Elements.write(location, to: &writer)
    Elements.write(ownerKey, to: &writer)
    writer.text(hospital)
    writer.text(doctor)
  }

  /// Appends the encoding of what the owner signs.
  func writeSignedEncoding(to writer: inout ArtefactWriter) {
    writer.header(Self.kind)
    writeSigned(to: &writer)
  }
}

extension PublicParameters {
  /// Checks that a file can be searched and read under these parameters (BC), without computing.
  ///
  /// - Throws: the first thing that is wrong.
  public func check(_ abstract: Abstract<Elements>) throws(TransactionFailure) {
    let file = abstract.file
    for (label, row) in zip(abstract.capsule.policy.labels, abstract.capsule.rows) {
      guard let key = key(of: label.attribute) else {
        throw .unknownAttribute(file, label.attribute)
      }
      guard label.occurrence <= copies else {
        throw .tooManyCopies(file, label.attribute, label.occurrence, allowed: copies)
      }
      guard row.epoch == key.epoch else {
        throw .outdatedRow(file, label.attribute, row.epoch, expected: key.epoch)
      }
    }
    let entries = abstract.index.entries.count
    guard entries == slots else { throw .wrongNumberOfSlots(file, entries, expected: slots) }
  }
}

/// What the owner signs of an upload (Paper §II-C, "transaction sheet").
public struct TransactionSheet: Hashable, Sendable {
  /// The transaction's name.
  public internal(set) var id: TransactionID
  /// When the owner signed it, in nanoseconds.
  public internal(set) var timestamp: UInt64
  /// The Merkle root over the abstracts as signed, which it stands for.
  public internal(set) var root: ContentDigest

  func write(to writer: inout ArtefactWriter) {
    writer.write(id.rawValue)
    writer.write(timestamp)
    writer.digest(root)
  }

  /// Appends the encoding of what the owner signs.
  func writeSignedEncoding(to writer: inout ArtefactWriter) {
    writer.header(.transaction)
    write(to: &writer)
  }
}

/// An upload for the chain with the owner's signature.
public struct SignedTransaction<Elements: SchemeElements>: Artefact {
  /// The third byte of the header.
  public static var kind: ArtefactKind { .transaction }

  /// Name, time and root.
  public internal(set) var sheet: TransactionSheet
  /// One abstract for each file of the upload.
  public internal(set) var abstracts: [Abstract<Elements>]
  /// Sig_DO(trans), over the sheet.
  public internal(set) var signature: Elements.Signature

  /// Appends everything but the header.
  public func write(to writer: inout ArtefactWriter) {
    sheet.write(to: &writer)
    writer.count(abstracts.count)
    for abstract in abstracts { abstract.write(to: &writer) }
    Elements.write(signature, to: &writer)
  }
}

/// The trusted centre's word that a public key is a party's.
///
/// Deviation: in Paper §II-C the centre draws the owner's secret exponent and could sign for every
/// patient; here the owner draws it and the centre certifies the public key.
public struct Certificate<Elements: SchemeElements>: Artefact {
  /// The third byte of the header.
  public static var kind: ArtefactKind { .certificate }

  /// Whose key it is.
  public internal(set) var party: String
  /// PK_DO or PK_CS.
  public internal(set) var key: Elements.VerificationKey
  /// The centre's signature over both.
  public internal(set) var signature: Elements.Signature

  /// Appends everything but the header.
  public func write(to writer: inout ArtefactWriter) {
    writer.text(party)
    Elements.write(key, to: &writer)
    Elements.write(signature, to: &writer)
  }

  /// Appends the encoding of what the centre signs.
  static func writeSignedEncoding(
    _ key: Elements.VerificationKey, of party: String, to writer: inout ArtefactWriter
  ) {
    writer.header(.certificate)
    writer.text(party)
    Elements.write(key, to: &writer)
  }
}
