import PairingCrypto

extension Capsule: DecodableArtefact where Elements == RealElements {
  /// Reads everything but the header.
  public init(from reader: inout ArtefactReader) throws(ArtefactFailure) {
    self = try reader.capsule()
    try reader.rows(of: &self)
  }
}

extension ArtefactReader {
  /// What never changes of a capsule.
  fileprivate mutating func capsule() throws(ArtefactFailure) -> Capsule<RealElements> {
    let policy = try policy()
    let masked = try target()
    let header = try point()
    let start = offset
    let count = try count(atMost: SharingBounds.rows, bytesEach: elementBytes)
    guard count == policy.labels.count else {
      throw .wrongCount(count, expected: policy.labels.count, offset: start)
    }
    let shares = try points(count)
    return Capsule(
      policy: policy, masked: masked, header: header, shares: shares, rows: [],
      commitment: try digest())
  }

  /// What re-keying changes of a capsule.
  fileprivate mutating func rows(
    of capsule: inout Capsule<RealElements>
  ) throws(ArtefactFailure) {
    let start = offset
    let count = try count(atMost: SharingBounds.rows, bytesEach: 4 + elementBytes)
    guard count == capsule.policy.labels.count else {
      throw .wrongCount(count, expected: capsule.policy.labels.count, offset: start)
    }
    for _ in 0..<count {
      capsule.rows.append(CapsuleRow(epoch: try epoch(), point: try point()))
    }
  }
}

extension KeywordIndex: DecodableArtefact where Elements == RealElements {
  /// Reads everything but the header.
  public init(from reader: inout ArtefactReader) throws(ArtefactFailure) {
    anchor = try reader.point()
    searching = try reader.point()
    sharing = try reader.point()
    let count = try reader.count(atMost: Slot.maximumCount, bytesEach: reader.elementBytes)
    entries = try reader.points(count)
  }
}

extension SearchToken: DecodableArtefact where Elements == RealElements {
  /// Reads everything but the header; slots have to ascend and there is at least one.
  public init(from reader: inout ArtefactReader) throws(ArtefactFailure) {
    user = UserID(try reader.uint32())
    var slots: [Slot] = []
    for _ in 0..<(try reader.count(atMost: Slot.maximumCount, bytesEach: 1)) {
      let start = reader.offset
      let slot = Slot(UInt8(try reader.uint8(in: 0...Slot.maximumCount - 1)))
      if let last = slots.last, slot <= last { throw .notAscending(offset: start) }
      slots.append(slot)
    }
    guard !slots.isEmpty else {
      throw .wrongCount(0, expected: 1, offset: reader.offset)
    }
    self.slots = slots
    question = try reader.point()
    searching = try reader.point()
    personal = try reader.point()
    proof = KnowledgeProof(challenge: try reader.scalar(), response: try reader.scalar())
  }
}

extension SearchRequest: DecodableArtefact where Elements == RealElements {
  /// Reads everything but the header.
  public init(from reader: inout ArtefactReader) throws(ArtefactFailure) {
    token = try SearchToken(from: &reader)
    time = try reader.uint64()
    signature = try reader.signature()
  }
}

extension Ciphertext: DecodableArtefact where Elements == RealElements {
  /// Reads everything but the header.
  public init(from reader: inout ArtefactReader) throws(ArtefactFailure) {
    file = FileID(try reader.uint64())
    owner = OwnerID(try reader.uint32())
    index = try KeywordIndex(from: &reader)
    capsule = try reader.capsule()
    body = try reader.sealed(atMost: SharingBounds.recordBytes)
    try reader.rows(of: &capsule)
  }
}

extension StorageRequest: DecodableArtefact where Elements == RealElements {
  /// Reads everything but the header.
  public init(from reader: inout ArtefactReader) throws(ArtefactFailure) {
    ciphertext = try Ciphertext(from: &reader)
    digests = CiphertextDigests(content: try reader.digest(), rows: try reader.digest())
    signature = try reader.signature()
  }
}

extension Abstract: DecodableArtefact where Elements == RealElements {
  /// Reads everything but the header.
  public init(from reader: inout ArtefactReader) throws(ArtefactFailure) {
    file = FileID(try reader.uint64())
    owner = OwnerID(try reader.uint32())
    uploaded = CiphertextDigests(content: try reader.digest(), rows: try reader.digest())
    index = try KeywordIndex(from: &reader)
    capsule = try reader.capsule()
    location = try reader.sealed(atMost: StorageLocation.byteCount)
    ownerKey = try reader.key()
    hospital = try reader.text()
    doctor = try reader.text()
    rowDigest = try reader.digest()
    try reader.rows(of: &capsule)
  }
}

extension SignedTransaction: DecodableArtefact where Elements == RealElements {
  /// Reads everything but the header.
  public init(from reader: inout ArtefactReader) throws(ArtefactFailure) {
    sheet = TransactionSheet(
      id: TransactionID(try reader.uint64()), timestamp: try reader.uint64(),
      root: try reader.digest())
    // An abstract has three digests and more.
    let count = try reader.count(
      atMost: SharingBounds.files, bytesEach: 3 * ContentDigest.byteCount)
    abstracts = []
    for _ in 0..<count { abstracts.append(try Abstract(from: &reader)) }
    signature = try reader.signature()
  }
}
