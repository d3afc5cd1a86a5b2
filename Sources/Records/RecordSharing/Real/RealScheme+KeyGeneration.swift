import PairingCrypto

extension RealScheme {
  /// t <- Z_p*; D = g^β (g^a)^t, D' = g^t, D'' = g^{αt}, D_x = Hg(x)^{t/v_x}.
  ///
  /// Deviation: Paper §II-C prints D_x = h(x)^{1/v_x} without the user's t. Then A2/A1 keeps a factor
  /// e(g, Hg(x))^{(t-1) r w} and nobody can decrypt; and D_x would be everybody's, so that users could
  /// pool attributes.
  public mutating func generateKey(
    for user: UserID, attributes: AttributeSet, master: MasterKey,
    with parameters: PreparedParameters
  ) throws(KeyFailure) -> IssuedKey<Elements> {
    let places = try parameters.parameters.places(of: attributes)
    var secrets = generator("attribute authority", "key of user \(user.rawValue)")
    let t = Scalar.random(in: parameterSet, using: &secrets)
    var products: [[PowerTerm]] = [
      [.element(master.blinding), .fixed(parameters.sharing, t)],
      [.fixed(parameters.generator, t)],
      [.fixed(parameters.searching, t)],
    ]
    for (attribute, place) in zip(attributes, places) {
      let exponent = t * group.inverse(master.secrets[place])
      for copy in 1...parameters.parameters.copies {
        let base = hash(RowLabel(attribute, occurrence: copy))
        products.append([.variable(base, exponent)])
      }
    }
    let powers = group.powers(products)
    let copies = parameters.parameters.copies
    let components = zip(attributes, places).enumerated().map { index, pair in
      let first = 3 + index * copies
      return KeyComponent<RealElements>(
        attribute: pair.0, epoch: master.epochs[pair.1],
        points: Array(powers[first..<first + copies]))
    }
    let key = UserKey<RealElements>(
      user: user, blinded: powers[0], registered: powers[1], searching: powers[2],
      components: components)
    let entry = RegistryEntry<RealElements>(
      user: user, attributes: attributes, registered: powers[1])
    return IssuedKey(key: key, entry: entry)
  }

  /// Computes the lines of D, D' and every D_x.
  public mutating func prepare(_ key: UserKey<Elements>) -> PreparedKey {
    PreparedKey(
      key: key, blinded: group.prepare(key.blinded), registered: group.prepare(key.registered),
      components: key.components.map { $0.points.map { group.prepare($0) } })
  }

  /// What was prepared.
  public func key(of prepared: PreparedKey) -> UserKey<Elements> { prepared.key }
}
