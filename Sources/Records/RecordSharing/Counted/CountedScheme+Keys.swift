import PairingCrypto

extension CountedScheme {
  /// Draws the system's secrets.
  public mutating func setUp(
    universe: AttributeSet, slots: Int, copies: Int
  ) throws(SetupFailure) -> SystemKeys<Self> {
    try SharingBounds.check(universe: universe, slots: slots, copies: copies)
    tally += SharingCosts.setUp(attributes: universe.count)
    let system = draw(.system)
    let keys = universe.map { attribute in
      AttributeKey<CountedElements>(epoch: Epoch(0), point: Self.publicKey(of: attribute, Epoch(0)))
    }
    let parameters = PublicParameters<CountedElements>(
      parameterSet: parameterSet, slots: slots, copies: copies, epoch: Epoch(0),
      sharing: CountedPoint(system, Role(.sharing)),
      searching: CountedPoint(system, Role(.searching)),
      masking: CountedTarget(system, Role(.masking)), universe: universe, attributeKeys: keys)
    let epochs = [Epoch](repeating: Epoch(0), count: universe.count)
    return SystemKeys(
      parameters: parameters, master: MasterKey(system: system, epochs: epochs),
      keywordKey: KeywordKey(mark: draw(.keyword)))
  }

  /// Stands for PAK_x.
  static func publicKey(of attribute: Attribute, _ epoch: Epoch) -> CountedPoint {
    CountedPoint(attribute.secret(at: epoch), Role(.attributeKey, attribute.mark))
  }

  /// Counts the tables of g, g^a, g^α and of every PAK_x.
  public mutating func prepare(_ parameters: PublicParameters<Elements>) -> PreparedParameters {
    tally += SharingCosts.prepareParameters(attributes: parameters.universe.count)
    return PreparedParameters(parameters: parameters)
  }

  /// What was prepared.
  public func parameters(of prepared: PreparedParameters) -> PublicParameters<Elements> {
    prepared.parameters
  }

  /// Issues the key of a user.
  public mutating func generateKey(
    for user: UserID, attributes: AttributeSet, master: MasterKey,
    with parameters: PreparedParameters
  ) throws(KeyFailure) -> IssuedKey<Elements> {
    let publicParameters = parameters.parameters
    let places = try publicParameters.places(of: attributes)
    tally += SharingCosts.generateKey(
      attributes: attributes.count, copies: publicParameters.copies)
    let t = draw(.user, UInt64(user.rawValue))
    let components = zip(attributes, places).map { attribute, place in
      let epoch = master.epochs[place]
      return KeyComponent<CountedElements>(
        attribute: attribute, epoch: epoch,
        points: (1...publicParameters.copies).map { copy in
          CountedPoint(t, .component(RowLabel(attribute, occurrence: copy), epoch))
        })
    }
    let registered = CountedPoint(t, Role(.userRegistered))
    let key = UserKey<CountedElements>(
      user: user, blinded: CountedPoint(t ^ master.system, Role(.userBlinded)),
      registered: registered, searching: CountedPoint(t, Role(.userSearching)),
      components: components)
    let entry = RegistryEntry<CountedElements>(
      user: user, attributes: attributes, registered: registered)
    return IssuedKey(key: key, entry: entry)
  }

  /// Counts the lines of D, D' and every D_x.
  public mutating func prepare(_ key: UserKey<Elements>) -> PreparedKey {
    tally += SharingCosts.prepareKey(components: key.components.reduce(0) { $0 + $1.points.count })
    return PreparedKey(key: key)
  }

  /// What was prepared.
  public func key(of prepared: PreparedKey) -> UserKey<Elements> { prepared.key }

  /// Draws a stand-in for an RSA key pair.
  public mutating func signingKey(of party: String) -> SigningKey {
    tally.count(.rsaKeyGeneration)
    return SigningKey(secret: draw(.signingKey, mark(of: party.utf8)), size: keySize)
  }

  /// The public half of a key pair.
  public func verificationKey(of key: SigningKey) -> CountedKey {
    CountedKey(size: key.size, mark: scattered(key.secret))
  }

  /// The key for the words in one owner's files only.
  public mutating func keywordKey(_ key: KeywordKey, for owner: OwnerID) -> KeywordKey {
    tally += .hashing(KeywordHash.keyByteCount + KeywordHash.ownerMessage(owner).count)
    return KeywordKey(mark: mixed(key.mark, UInt64(owner.rawValue)))
  }

  /// Counts the tables of the hashes of attributes.
  public mutating func tables(for labels: [RowLabel]) -> AttributeTables {
    let unique = Set(labels)
    tally += SharingCosts.tables(labels: unique.count)
    return AttributeTables(labels: unique)
  }
}

extension Role {
  /// D_x of a label in an epoch.
  static func component(_ label: RowLabel, _ epoch: Epoch) -> Self {
    Role(.userComponent, label.mark, label.attribute.secret(at: epoch))
  }

  /// C_i in an epoch.
  static func row(_ row: Int, _ attribute: Attribute, _ epoch: Epoch) -> Self {
    Role(.row, UInt64(row), attribute.secret(at: epoch))
  }
}
