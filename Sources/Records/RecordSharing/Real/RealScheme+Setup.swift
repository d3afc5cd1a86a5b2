import PairingCrypto

extension RealScheme {
  /// a, α, β, v_x <- Z_p*; PK = (g^a, g^α, e(g,g)^β, {g^{v_x}}), MK = (g^β, {v_x}).
  ///
  /// Deviation: Paper §II-C draws v_x from Z_p; 0 has no inverse.
  public mutating func setUp(
    universe: AttributeSet, slots: Int, copies: Int
  ) throws(SetupFailure) -> SystemKeys<Self> {
    try SharingBounds.check(universe: universe, slots: slots, copies: copies)
    var secrets = generator("trusted centre", "master key")
    let a = Scalar.random(in: parameterSet, using: &secrets)
    let alpha = Scalar.random(in: parameterSet, using: &secrets)
    let beta = Scalar.random(in: parameterSet, using: &secrets)
    let v = universe.map { _ in Scalar.random(in: parameterSet, using: &secrets) }

    let g = PairingGroup.generator(of: parameterSet)
    let base = group.table(for: g)
    let powers = group.powers(([a, alpha, beta] + v).map { [.fixed(base, $0)] })
    let masking = group.power(group.pair(g, g), beta)
    let keys = powers[3...].map { AttributeKey<RealElements>(epoch: Epoch(0), point: $0) }
    let parameters = PublicParameters<RealElements>(
      parameterSet: parameterSet, slots: slots, copies: copies, epoch: Epoch(0),
      sharing: powers[0], searching: powers[1], masking: masking, universe: universe,
      attributeKeys: keys)
    let master = MasterKey(
      blinding: powers[2], secrets: v, epochs: universe.map { _ in Epoch(0) })
    var keywords = generator("trusted centre", "keyword key")
    let keywordKey = KeywordKey(bytes: keywords.randomBytes(KeywordHash.keyByteCount))
    return SystemKeys(parameters: parameters, master: master, keywordKey: keywordKey)
  }

  /// Makes the tables; those of attributes are narrow, since there are many.
  public mutating func prepare(_ parameters: PublicParameters<Elements>) -> PreparedParameters {
    PreparedParameters(
      parameters: parameters,
      generator: group.table(for: PairingGroup.generator(of: parameterSet)),
      sharing: group.table(for: parameters.sharing),
      searching: group.table(for: parameters.searching),
      masking: group.table(for: parameters.masking),
      attributeKeys: parameters.attributeKeys.map {
        group.table(for: $0.point, windowBits: Self.attributeWindowBits)
      })
  }

  /// What was prepared.
  public func parameters(of prepared: PreparedParameters) -> PublicParameters<Elements> {
    prepared.parameters
  }

  /// The window of tables of which there is one an attribute.
  ///
  /// Five bits take 127 kB in `ss512` and exponentiate about as fast as six, which take 218 kB and leave
  /// the processor's caches.
  public static let attributeWindowBits = 5

  /// Makes the tables of Hg(x).
  public mutating func tables(for labels: [RowLabel]) -> AttributeTables {
    var tables: [RowLabel: FixedBase] = [:]
    for label in labels where tables[label] == nil {
      tables[label] = group.table(for: hash(label), windowBits: Self.attributeWindowBits)
    }
    return AttributeTables(tables: tables)
  }

  /// Hg(x), whose logarithm nobody knows.
  mutating func hash(_ label: RowLabel) -> GroupElement {
    group.hash(label.bytes, domain: RowLabel.hashDomain)
  }

  /// The key for the words in one owner's files only.
  public mutating func keywordKey(_ key: KeywordKey, for owner: OwnerID) -> KeywordKey {
    KeywordKey(
      bytes: Symmetric.hmacSHA256(
        key: key.bytes, message: KeywordHash.ownerMessage(owner), tally: &group.tally))
  }
}

extension RandomNumberGenerator {
  /// Random bytes, eight of each word.
  mutating func randomBytes(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let word = next()
      for shift in stride(from: 56, through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
      }
    }
    return Array(bytes.prefix(count))
  }
}
