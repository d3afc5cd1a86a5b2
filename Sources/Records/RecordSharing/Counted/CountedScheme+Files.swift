import PairingCrypto

extension CountedScheme {
  /// Encrypts the keywords of a file.
  public mutating func index(
    _ words: [String?], of file: FileID, key: KeywordKey, with parameters: PreparedParameters
  ) throws(EncryptionFailure) -> KeywordIndex<Elements> {
    try KeywordHash.check(words, slots: parameters.parameters.slots)
    let hashed = words.reduce(0) { $0 + ($1.map(KeywordHash.byteCount(of:)) ?? 0) }
    tally += SharingCosts.index(slots: words.count, bytesHashed: hashed)
    let drawn = drawing(file, parameters.parameters, content: 0)
    let tau = draw(.index, drawn)
    let system = parameters.parameters.sharing.secret(Role(.sharing))
    let entries = words.enumerated().map { slot, word in
      let hash =
        word.map { Self.hash($0, in: Slot(UInt8(slot)), key) }
        ?? draw(.filler, drawn, UInt64(slot))
      return CountedPoint(hash, Role(.indexEntry, tau ^ system))
    }
    return KeywordIndex(
      anchor: CountedPoint(tau, Role(.indexAnchor)),
      searching: CountedPoint(tau ^ system, Role(.indexSearching)),
      sharing: CountedPoint(tau ^ system, Role(.indexSharing)), entries: entries)
  }

  /// Stands for H1.
  static func hash(_ word: String, in slot: Slot, _ key: KeywordKey) -> UInt64 {
    mixed(mixed(key.mark, UInt64(slot.rawValue)), mark(of: word.utf8))
  }

  /// Counts the encryption of a record.
  public mutating func encrypt(
    _ record: CountedRecord, under policy: SharingPolicy, as file: FileID, of owner: OwnerID,
    index: KeywordIndex<Elements>, tables: AttributeTables?, with parameters: PreparedParameters
  ) throws(EncryptionFailure) -> EncryptedFile<Self> {
    try SharingBounds.check(recordByteCount: record.byteCount)
    let places = try parameters.parameters.places(of: policy)
    tally += SharingCosts.encrypt(
      rows: policy.labels.count,
      withTables: tables.map { tables in policy.labels.count { tables.labels.contains($0) } } ?? 0,
      bytesHashed: ContentKeyDerivation.byteCount(parameterSet.targetBytes),
      bytesSealed: record.byteCount + contextByteCount(policy, file))
    let content = mixed(mixed(record.content, UInt64(record.byteCount)), policy.mark)
    let drawn = drawing(file, parameters.parameters, content: content)
    let kappa = draw(.contentKey, drawn, UInt64(owner.rawValue))
    let system = parameters.parameters.sharing.secret(Role(.sharing))
    let shares = policy.labels.indices.map { CountedPoint(kappa, Self.share($0, of: policy)) }
    let rows = zip(policy.labels.indices, places).map { row, place in
      let epoch = parameters.parameters.attributeKeys[place].epoch
      let role = Role.row(row, policy.labels[row].attribute, epoch)
      return CapsuleRow<CountedElements>(epoch: epoch, point: CountedPoint(kappa, role))
    }
    let capsule = Capsule<CountedElements>(
      policy: policy, masked: CountedTarget(kappa ^ system, Role(.masked)),
      header: CountedPoint(kappa, Role(.header)), shares: shares, rows: rows,
      commitment: Self.commitment(to: kappa))
    let keys = ContentKeys(mark: kappa)
    let body = Self.seal(record, keys, .record, policy, file)
    let ciphertext = Ciphertext<CountedElements>(
      file: file, owner: owner, index: index, capsule: capsule, body: body)
    return EncryptedFile(ciphertext: ciphertext, keys: keys)
  }

  /// What an encryption draws by: the file's name, and for later versions all that is encrypted.
  private func drawing(
    _ file: FileID, _ parameters: PublicParameters<Elements>, content: UInt64
  ) -> UInt64 {
    guard file.version > 0 else { return file.rawValue }
    return parameters.attributeKeys.reduce(mixed(file.rawValue, content)) { drawn, key in
      mixed(drawn, UInt64(key.epoch.rawValue))
    }
  }

  /// What C'_i is for: its row of the matrix and its label.
  static func share(_ row: Int, of policy: SharingPolicy) -> Role {
    Role(.share, policy.rowMarks[row], policy.labels[row].mark)
  }

  func contextByteCount(_ policy: SharingPolicy, _ file: FileID) -> Int {
    policy.sealingContext(of: file, parameterSet, .sizes).byteCount
  }

  static func commitment(to kappa: UInt64) -> ContentDigest {
    ContentDigest(mark: mixed(kappa, 0x636F_6D6D_6974))
  }

  static func seal(
    _ record: CountedRecord, _ keys: ContentKeys, _ purpose: SealedPart, _ policy: SharingPolicy,
    _ file: FileID
  ) -> CountedSealed {
    CountedSealed(
      byteCount: record.byteCount, content: record.content,
      seal: sealMark(record, keys, purpose, policy, file))
  }

  static func sealMark(
    _ record: CountedRecord, _ keys: ContentKeys, _ purpose: SealedPart, _ policy: SharingPolicy,
    _ file: FileID
  ) -> UInt64 {
    let context = mixed(
      mixed(keys.mark, UInt64(purpose.rawValue)), mixed(policy.mark, file.rawValue))
    return mixed(mixed(context, record.content), UInt64(record.byteCount))
  }

  /// Opens what ``seal(_:_:_:_:_:)`` made.
  mutating func open(
    _ sealed: CountedSealed, _ keys: ContentKeys, _ purpose: SealedPart, _ policy: SharingPolicy,
    _ file: FileID
  ) throws(DecryptionFailure) -> CountedRecord {
    tally.count(.byteSealed, sealed.byteCount + contextByteCount(policy, file))
    let record = CountedRecord(byteCount: sealed.byteCount, content: sealed.content)
    guard sealed.seal == Self.sealMark(record, keys, purpose, policy, file) else {
      throw .tagMismatch
    }
    return record
  }

  /// Counts the recovery of the keys of a file.
  public mutating func open(
    _ capsule: Capsule<Elements>, with key: PreparedKey
  ) throws(DecryptionFailure) -> ContentKeys {
    let used = try capsule.usableRows(with: key.key)
    tally += SharingCosts.open(
      rowsUsed: used.rows.count, weighted: used.weightedRowCount,
      bytesHashed: ContentKeyDerivation.commitmentByteCount(parameterSet.targetBytes))
    let t = key.key.registered.secret(Role(.userRegistered))
    let system = key.key.blinded.secret(Role(.userBlinded)) ^ t
    let kappa = capsule.masked.secret(Role(.masked)) ^ system
    let fits = used.rows.allSatisfy { index in
      let label = capsule.policy.labels[index]
      let row = capsule.rows[index]
      guard let component = key.key.point(for: label) else { return false }
      return capsule.shares[index].secret(Self.share(index, of: capsule.policy)) == kappa
        && row.point.secret(.row(index, label.attribute, row.epoch)) == kappa
        && component.secret(.component(label, row.epoch)) == t
    }
    guard fits, capsule.header.secret(Role(.header)) == kappa,
      capsule.commitment == Self.commitment(to: kappa)
    else { throw .commitmentMismatch }
    tally.count(
      .byteHashed, ContentKeyDerivation.derivationByteCount(parameterSet.targetBytes))
    return ContentKeys(mark: kappa)
  }

  /// Counts the opening of a record.
  public mutating func record(
    in ciphertext: Ciphertext<Elements>, keys: ContentKeys
  ) throws(DecryptionFailure) -> CountedRecord {
    try open(ciphertext.body, keys, .record, ciphertext.capsule.policy, ciphertext.file)
  }

  /// Counts the opening of a location.
  public mutating func location(
    in abstract: Abstract<Elements>, keys: ContentKeys
  ) throws(DecryptionFailure) -> StorageLocation {
    let plain = try open(
      abstract.location, keys, .location, abstract.capsule.policy, abstract.file)
    return StorageLocation(plain.content)
  }

  /// A stand-in for a record.
  public func record(byteCount: Int, content: UInt64) -> CountedRecord {
    CountedRecord(byteCount: byteCount, content: content)
  }
}
