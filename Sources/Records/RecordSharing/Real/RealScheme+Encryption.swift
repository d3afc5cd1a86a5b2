import PairingCrypto

extension RealScheme {
  /// C' = K E^s, C'' = g^s, C_i = PAK_{ρ(i)}^{r_i}, C'_i = (g^a)^{λ_i} Hg(ρ(i))^{r_i}.
  ///
  /// Deviation: Paper §II-C prints C_i = (g^{v ρ(i)})^{r_i} without the subscript and gives C' and C'_i
  /// one name; it draws an y_1 that is not used.
  public mutating func encrypt(
    _ record: [UInt8], under policy: SharingPolicy, as file: FileID, of owner: OwnerID,
    index: KeywordIndex<Elements>, tables: AttributeTables?, with parameters: PreparedParameters
  ) throws(EncryptionFailure) -> EncryptedFile<Self> {
    try SharingBounds.check(recordByteCount: record.count)
    let places = try parameters.parameters.places(of: policy)
    let drawn = drawing(record, policy, file, parameters.parameters)
    let z = maskingExponent(of: drawn, by: owner)
    let k = group.power(parameters.masking, z)
    let (keys, commitment) = derive(from: k)

    // K and s never share a stream.
    var shareStream = generator("owner \(owner.rawValue)", "shares of \(drawn)")
    let s = Scalar.random(in: parameterSet, using: &shareStream)
    let blinding = (1..<policy.matrix.columnCount).map { _ in
      Scalar.random(in: parameterSet, using: &shareStream)
    }
    let shares = policy.matrix.shares(of: s, blinding: blinding)
    let masked = group.multiply(k, group.power(parameters.masking, s))
    var products: [[PowerTerm]] = [[.fixed(parameters.generator, s)]]
    for (row, place) in places.enumerated() {
      let r = Scalar.random(in: parameterSet, using: &shareStream)
      products.append([.fixed(parameters.attributeKeys[place], r)])
      products.append([
        .fixed(parameters.sharing, shares[row]), power(of: policy.labels[row], r, tables),
      ])
    }
    let powers = group.powers(products)
    let rows = places.enumerated().map { row, place in
      CapsuleRow<RealElements>(
        epoch: parameters.parameters.attributeKeys[place].epoch, point: powers[1 + 2 * row])
    }
    let capsule = Capsule<RealElements>(
      policy: policy, masked: masked, header: powers[0],
      shares: places.indices.map { powers[2 + 2 * $0] }, rows: rows, commitment: commitment)
    let body = seal(record, keys.record, policy, file)
    let ciphertext = Ciphertext<RealElements>(
      file: file, owner: owner, index: index, capsule: capsule, body: body)
    return EncryptedFile(ciphertext: ciphertext, keys: keys)
  }

  /// What an encryption draws by: the file's name, and for later versions all that is encrypted.
  ///
  /// An owner whose new version the chain did not take may use its name again, under other keys of
  /// attributes: with the same K or r_i the one version would open the other.
  private func drawing(
    _ record: [UInt8], _ policy: SharingPolicy, _ file: FileID,
    _ parameters: PublicParameters<Elements>
  ) -> String {
    guard file.version > 0 else { return "file \(file.rawValue)" }
    var content = ByteWriter()
    content.writeField(digestOutside(record))
    content.writeField(policy.sealingContext(of: file, parameterSet, .bytes).bytes)
    return "file \(file.rawValue) \(mark(of: content.bytes, parameters))"
  }

  /// A digest of some bytes and of the keys of attributes in force, as text.
  func mark(of bytes: [UInt8], _ parameters: PublicParameters<Elements>) -> String {
    var content = ByteWriter()
    content.writeField(digestOutside(bytes))
    for key in parameters.attributeKeys {
      content.write(key.epoch.rawValue)
      content.writeField(key.point.bytes)
    }
    return digestOutside(content.bytes).map { String($0, radix: 16) }.joined(separator: ".")
  }

  /// SHA-256 for a draw, which is no operation of the scheme and not counted.
  private func digestOutside(_ bytes: [UInt8]) -> [UInt8] {
    var uncounted = OperationTally()
    return Symmetric.sha256(bytes, tally: &uncounted)
  }

  /// z, of which K is made.
  private func maskingExponent(of drawn: String, by owner: OwnerID) -> Scalar {
    var stream = generator("owner \(owner.rawValue)", "content key of \(drawn)")
    return Scalar.random(in: parameterSet, using: &stream)
  }

  /// What the encryption of a file drew: z and K = e(g,g)^{βz}.
  ///
  /// They are drawn again and not counted.
  public func contentSecrets(
    of record: [UInt8], under policy: SharingPolicy, as file: FileID, of owner: OwnerID,
    with parameters: PreparedParameters
  ) -> [[UInt8]] {
    let z = maskingExponent(of: drawing(record, policy, file, parameters.parameters), by: owner)
    var group = PairingGroup(parameterSet)
    return [z.bytes, group.power(parameters.masking, z).bytes]
  }

  /// Hg(x)^r, by a table if there is one.
  private mutating func power(
    of label: RowLabel, _ exponent: Scalar, _ tables: AttributeTables?
  ) -> PowerTerm {
    if let table = tables?.tables[label] { return .fixed(table, exponent) }
    return .variable(hash(label), exponent)
  }

  /// The keys and the commitment of K.
  private mutating func derive(from k: TargetElement) -> (ContentKeys, ContentDigest) {
    let material = k.bytes
    let commitment = commitment(to: material)
    return (contentKeys(of: material), commitment)
  }

  mutating func commitment(to material: [UInt8]) -> ContentDigest {
    digest(of: ContentKeyDerivation.commitmentLabel + material)
  }

  mutating func contentKeys(of material: [UInt8]) -> ContentKeys {
    ContentKeys(
      record: Symmetric.hkdfSHA256(
        keyMaterial: material, info: SealedPart.record.info, tally: &group.tally),
      location: Symmetric.hkdfSHA256(
        keyMaterial: material, info: SealedPart.location.info, tally: &group.tally))
  }

  /// AES-256-GCM with policy and file authenticated; no key seals twice.
  mutating func seal(
    _ text: [UInt8], _ key: [UInt8], _ policy: SharingPolicy, _ file: FileID
  ) -> SealedBytes {
    let context = policy.sealingContext(of: file, parameterSet, .bytes).bytes
    return SealedBytes(
      Symmetric.seal(
        text, key: key, nonce: SealedPart.nonce, additionalData: context, tally: &group.tally))
  }

  /// SHA-256.
  mutating func digest(of bytes: [UInt8]) -> ContentDigest {
    guard let digest = ContentDigest(Symmetric.sha256(bytes, tally: &group.tally)) else {
      preconditionFailure("a SHA-256 digest of another length")
    }
    return digest
  }

  /// A record of printable text, the same for the same number.
  public func record(byteCount: Int, content: UInt64) -> [UInt8] {
    var stream = generator("records", "content \(content)")
    return stream.randomBytes(byteCount).map { 32 + $0 % 95 }
  }
}
