import PairingCrypto

// Step 4: what is hashed and signed, and who checks it.

extension SharingScheme {
  /// The digests of a ciphertext.
  public mutating func digests(of ciphertext: Ciphertext<Elements>) -> CiphertextDigests {
    var writer = digestWriter()
    ciphertext.writeSignedEncoding(to: &writer)
    let content = digest(of: writer)
    let rows = rowDigest(of: ciphertext.capsule, in: ciphertext.file)
    return CiphertextDigests(content: content, rows: rows)
  }

  /// The digest of the C_i of a file with their epochs.
  public mutating func rowDigest(
    of capsule: Capsule<Elements>, in file: FileID
  ) -> ContentDigest {
    var writer = digestWriter()
    capsule.writeRowEncoding(of: file, to: &writer)
    return digest(of: writer)
  }

  /// The digest of an artefact's encoding.
  public mutating func digest<A: Artefact>(
    of artefact: A
  ) -> ContentDigest where A.Elements == Elements {
    var writer = digestWriter()
    writer.header(A.kind)
    artefact.write(to: &writer)
    return digest(of: writer)
  }

  /// What the owner signs for the cloud server: both digests.
  private mutating func digest(of digests: CiphertextDigests) -> ContentDigest {
    var writer = digestWriter()
    writer.digest(digests.content)
    writer.digest(digests.rows)
    return digest(of: writer)
  }

  /// Signs a ciphertext for the cloud server (DO): Sig = H(CT)^S mod n.
  ///
  /// - Throws: if computing the signature went wrong.
  public mutating func storageRequest(
    _ ciphertext: Ciphertext<Elements>, signedBy key: SigningKey
  ) throws(RSAFailure) -> StorageRequest<Elements> {
    let digests = digests(of: ciphertext)
    let signature = try sign(digest(of: digests), domain: .ciphertext, key: key)
    return StorageRequest(ciphertext: ciphertext, digests: digests, signature: signature)
  }

  /// Checks digests and signature (CS); a failure is the symbol ⊥.
  ///
  /// Deviation: Paper §II-C lets DO check its own upload; the cloud server is meant.
  ///
  /// - Throws: the first check that failed.
  public mutating func check(
    _ request: StorageRequest<Elements>, in registry: KeyRegistry<Elements>
  ) throws(StorageFailure) {
    let found = digests(of: request.ciphertext)
    guard found.content == request.digests.content else { throw .digestMismatch }
    guard found.rows == request.digests.rows else { throw .rowDigestMismatch }
    let signed = digest(of: found)
    let owner = request.ciphertext.owner
    guard let key = registry.key(of: owner) else { throw .unknownOwner(owner) }
    guard verify(request.signature, of: signed, domain: .ciphertext, key: key) else {
      throw .badSignature
    }
  }

  /// Makes the abstract of a stored file with its encrypted location (DO).
  ///
  /// Once a file, as the location is sealed; a file that moves is encrypted anew under another name.
  public mutating func abstract(
    of request: StorageRequest<Elements>, at location: StorageLocation, keys: ContentKeys,
    ownerKey: Elements.VerificationKey, hospital: String, doctor: String
  ) -> Abstract<Elements> {
    let ciphertext = request.ciphertext
    let sealed = seal(
      location, keys: keys, policy: ciphertext.capsule.policy, file: ciphertext.file)
    return Abstract(
      file: ciphertext.file, owner: ciphertext.owner, uploaded: request.digests,
      rowDigest: request.digests.rows, index: ciphertext.index, capsule: ciphertext.capsule,
      location: sealed, ownerKey: ownerKey, hospital: hospital, doctor: doctor)
  }

  /// Signs the abstracts of one upload (DO): Sig = H(trans)^S mod n.
  ///
  /// - Throws: if there is no abstract or computing the signature went wrong.
  public mutating func transaction(
    _ id: TransactionID, at timestamp: UInt64, abstracts: [Abstract<Elements>],
    signedBy key: SigningKey
  ) throws(TransactionFailure) -> SignedTransaction<Elements> {
    let root = try root(of: abstracts)
    let sheet = TransactionSheet(id: id, timestamp: timestamp, root: root)
    do throws(RSAFailure) {
      let signature = try sign(digest(of: sheet), domain: .transaction, key: key)
      return SignedTransaction(sheet: sheet, abstracts: abstracts, signature: signature)
    } catch {
      throw .notSigned(error)
    }
  }

  /// Checks owner, keys, digests, root and signature (BC).
  ///
  /// One owner signs, under whose name the registry has the key.
  ///
  /// Deviation: Paper §II-C prints Sig^S = H(trans); a signature is checked with the public exponent.
  ///
  /// - Throws: the first check that failed.
  public mutating func check(
    _ transaction: SignedTransaction<Elements>, in registry: KeyRegistry<Elements>
  ) throws(TransactionFailure) {
    guard let owner = transaction.abstracts.first?.owner else {
      throw .wrongNumberOfFiles(0, allowed: 1...SharingBounds.files)
    }
    guard let key = registry.key(of: owner) else { throw .unknownOwner(owner) }
    for abstract in transaction.abstracts {
      guard abstract.owner == owner else { throw .foreignOwner(abstract.file) }
      guard abstract.ownerKey == key else { throw .foreignKey(abstract.file) }
      let rows = rowDigest(of: abstract.capsule, in: abstract.file)
      guard rows == abstract.rowDigest, rows == abstract.uploaded.rows else {
        throw .rowDigestMismatch(abstract.file)
      }
    }
    guard try root(of: transaction.abstracts) == transaction.sheet.root else {
      throw .rootMismatch
    }
    let signed = digest(of: transaction.sheet)
    guard verify(transaction.signature, of: signed, domain: .transaction, key: key) else {
      throw .badSignature
    }
  }

  private mutating func digest(of sheet: TransactionSheet) -> ContentDigest {
    var writer = digestWriter()
    sheet.writeSignedEncoding(to: &writer)
    return digest(of: writer)
  }

  /// The Merkle root over the digests of what the owner signs of each abstract.
  private mutating func root(
    of abstracts: [Abstract<Elements>]
  ) throws(TransactionFailure) -> ContentDigest {
    let allowed = 1...SharingBounds.files
    guard allowed.contains(abstracts.count) else {
      throw .wrongNumberOfFiles(abstracts.count, allowed: allowed)
    }
    let leaves = abstracts.map { abstract in
      var writer = digestWriter()
      abstract.writeSignedEncoding(to: &writer)
      return digest(of: writer)
    }
    return merkleRoot(leaves)
  }

  /// Signs that a public key is a party's (TC).
  ///
  /// - Throws: if computing the signature went wrong.
  public mutating func certify(
    _ key: Elements.VerificationKey, of party: String, by centre: SigningKey
  ) throws(RSAFailure) -> Certificate<Elements> {
    let signed = certificateDigest(key, party)
    let signature = try sign(signed, domain: .keyCertificate, key: centre)
    return Certificate(party: party, key: key, signature: signature)
  }

  /// Whether the centre signed a certificate.
  public mutating func isValid(
    _ certificate: Certificate<Elements>, by centre: Elements.VerificationKey
  ) -> Bool {
    let signed = certificateDigest(certificate.key, certificate.party)
    return verify(certificate.signature, of: signed, domain: .keyCertificate, key: centre)
  }

  private mutating func certificateDigest(
    _ key: Elements.VerificationKey, _ party: String
  ) -> ContentDigest {
    var writer = digestWriter()
    Certificate<Elements>.writeSignedEncoding(key, of: party, to: &writer)
    return digest(of: writer)
  }
}
