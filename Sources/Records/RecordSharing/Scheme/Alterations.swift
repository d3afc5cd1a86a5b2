import PairingCrypto

// What adversaries do to artefacts, alike in both engines: an element gives way to another one of its
// group, a digest, text or signature loses a bit. Bytes that are no encoding are decoding's business.

/// A part of a capsule that is altered.
public enum CapsuleAlteration: Hashable, Sendable {
  /// C'.
  case masked
  /// C''.
  case header
  /// C'_i of a row.
  case share(Int)
  /// C_i of a row.
  case row(Int)
  /// The epoch of a row.
  case epoch(Int)
  /// kc.
  case commitment
  /// (M, ρ), for a policy with as many rows.
  case policy(SharingPolicy)
}

/// A part of an index that is altered.
public enum IndexAlteration: Hashable, Sendable {
  /// I.
  case anchor
  /// B.
  case searching
  /// U.
  case sharing
  /// I_j of a slot.
  case entry(Int)
  /// I_j of two slots change places.
  case swapped(Int, Int)
}

/// A part of a ciphertext that is altered.
public enum CiphertextAlteration: Hashable, Sendable {
  /// The file's name.
  case file
  /// The owner's name.
  case owner
  /// I_W.
  case index(IndexAlteration)
  /// CT'.
  case capsule(CapsuleAlteration)
  /// C_θ.
  case body
}

/// A part of an upload that is altered.
public enum RequestAlteration: Hashable, Sendable {
  /// CT.
  case ciphertext(CiphertextAlteration)
  /// The digest of everything but the C_i.
  case contentDigest
  /// The digest of the C_i.
  case rowDigest
  /// Sig_DO(CT).
  case signature
}

/// A part of an abstract that is altered.
public enum AbstractAlteration: Hashable, Sendable {
  /// The file's name.
  case file
  /// The owner's name.
  case owner
  /// The digest of everything but the C_i.
  case contentDigest
  /// The digest of the C_i as uploaded.
  case uploadedRowDigest
  /// The digest of the C_i as they are.
  case rowDigest
  /// I_W.
  case index(IndexAlteration)
  /// CT'.
  case capsule(CapsuleAlteration)
  /// CT_Location.
  case location
  /// The hospital's name.
  case hospital
  /// The doctor's name.
  case doctor
}

/// A part of a transaction that is altered.
public enum TransactionAlteration: Hashable, Sendable {
  /// The transaction's name.
  case id
  /// The time.
  case timestamp
  /// The Merkle root.
  case root
  /// An abstract.
  case abstract(Int, AbstractAlteration)
  /// An abstract is left out.
  case removed(Int)
  /// Sig_DO(trans).
  case signature
}

/// A part of a token that is altered.
public enum TokenAlteration: Hashable, Sendable {
  /// Who asks.
  case user(UserID)
  /// The slots asked for.
  case slots([Slot])
  /// t1.
  case question
  /// t2.
  case searching
  /// t3.
  case personal
  /// The challenge of the proof.
  case challenge
  /// The response of the proof.
  case response
}

extension Capsule {
  /// The capsule with one part altered.
  public func altering(_ part: CapsuleAlteration) -> Self {
    var altered = self
    switch part {
    case .masked: altered.masked = Elements.altered(masked)
    case .header: altered.header = Elements.altered(header)
    case .share(let row): altered.shares[row] = Elements.altered(shares[row])
    case .row(let row): altered.rows[row].point = Elements.altered(rows[row].point)
    case .epoch(let row): altered.rows[row].epoch = rows[row].epoch.next
    case .commitment: altered.commitment = commitment.altered
    case .policy(let policy): altered.policy = policy
    }
    return altered
  }
}

extension KeywordIndex {
  /// The index with one part altered.
  public func altering(_ part: IndexAlteration) -> Self {
    var altered = self
    switch part {
    case .anchor: altered.anchor = Elements.altered(anchor)
    case .searching: altered.searching = Elements.altered(searching)
    case .sharing: altered.sharing = Elements.altered(sharing)
    case .entry(let slot): altered.entries[slot] = Elements.altered(entries[slot])
    case .swapped(let a, let b): altered.entries.swapAt(a, b)
    }
    return altered
  }
}

extension Ciphertext {
  /// The ciphertext with one part altered.
  public func altering(_ part: CiphertextAlteration) -> Self {
    var altered = self
    switch part {
    case .file: altered.file = FileID(file.rawValue ^ 1)
    case .owner: altered.owner = OwnerID(owner.rawValue ^ 1)
    case .index(let part): altered.index = index.altering(part)
    case .capsule(let part): altered.capsule = capsule.altering(part)
    case .body: altered.body = Elements.altered(body)
    }
    return altered
  }
}

extension StorageRequest {
  /// The upload with one part altered.
  public func altering(_ part: RequestAlteration) -> Self {
    var altered = self
    switch part {
    case .ciphertext(let part): altered.ciphertext = ciphertext.altering(part)
    case .contentDigest: altered.digests.content = digests.content.altered
    case .rowDigest: altered.digests.rows = digests.rows.altered
    case .signature: altered.signature = Elements.altered(signature)
    }
    return altered
  }
}

extension Abstract {
  /// The abstract with one part altered.
  public func altering(_ part: AbstractAlteration) -> Self {
    var altered = self
    switch part {
    case .file: altered.file = FileID(file.rawValue ^ 1)
    case .owner: altered.owner = OwnerID(owner.rawValue ^ 1)
    case .contentDigest: altered.uploaded.content = uploaded.content.altered
    case .uploadedRowDigest: altered.uploaded.rows = uploaded.rows.altered
    case .rowDigest: altered.rowDigest = rowDigest.altered
    case .index(let part): altered.index = index.altering(part)
    case .capsule(let part): altered.capsule = capsule.altering(part)
    case .location: altered.location = Elements.altered(location)
    case .hospital: altered.hospital += "'"
    case .doctor: altered.doctor += "'"
    }
    return altered
  }
}

extension SignedTransaction {
  /// The transaction with one part altered.
  public func altering(_ part: TransactionAlteration) -> Self {
    var altered = self
    switch part {
    case .id: altered.sheet.id = TransactionID(sheet.id.rawValue ^ 1)
    case .timestamp: altered.sheet.timestamp ^= 1
    case .root: altered.sheet.root = sheet.root.altered
    case .abstract(let index, let part):
      altered.abstracts[index] = abstracts[index].altering(part)
    case .removed(let index): altered.abstracts.remove(at: index)
    case .signature: altered.signature = Elements.altered(signature)
    }
    return altered
  }
}

extension SearchToken {
  /// The token with one part altered.
  public func altering(_ part: TokenAlteration) -> Self {
    var altered = self
    switch part {
    case .user(let user): altered.user = user
    case .slots(let slots): altered.slots = slots
    case .question: altered.question = Elements.altered(question)
    case .searching: altered.searching = Elements.altered(searching)
    case .personal: altered.personal = Elements.altered(personal)
    case .challenge: altered.proof.challenge = Elements.altered(proof.challenge)
    case .response: altered.proof.response = Elements.altered(proof.response)
    }
    return altered
  }
}

extension RowUpdate {
  /// The update with the new C_i of one of its rows altered.
  public func altering(row index: Int) -> Self {
    var altered = self
    altered.rows[index].point = Elements.altered(rows[index].point)
    return altered
  }
}
