import PairingCrypto

extension RealScheme {
  /// v'_x <- Z_p*, PAK'_x = g^{v'_x}.
  public mutating func rekey(
    _ attribute: Attribute, master: inout MasterKey, with parameters: PreparedParameters
  ) throws(UpdateFailure) -> (announcement: Rekeying<Elements>, secret: RekeyingSecret) {
    let place = try parameters.parameters.place(rekeying: attribute, epochs: master.epochs)
    let epoch = parameters.parameters.epoch.next
    var stream = generator(
      "attribute authority", "key of \(attribute.name) in epoch \(epoch.rawValue)")
    let old = master.secrets[place]
    let new = Scalar.random(in: parameterSet, using: &stream)
    let secret = RekeyingSecret(
      attribute: attribute, previous: master.epochs[place], epoch: epoch,
      previousKey: parameters.parameters.attributeKeys[place].point,
      rowFactor: new * group.inverse(old), componentFactor: old * group.inverse(new))
    let announcement = Rekeying<RealElements>(
      attribute: attribute, previous: master.epochs[place], epoch: epoch,
      key: group.power(parameters.generator, new))
    master.secrets[place] = new
    master.epochs[place] = epoch
    return (announcement, secret)
  }

  /// Takes up a new PAK_x and makes its table.
  public mutating func adopt(
    _ rekeying: Rekeying<Elements>, in parameters: inout PreparedParameters
  ) throws(UpdateFailure) {
    let place = try rekeying.place(in: parameters.parameters)
    parameters.parameters.epoch = rekeying.epoch
    parameters.parameters.attributeKeys[place] = AttributeKey(
      epoch: rekeying.epoch, point: rekeying.key)
    parameters.attributeKeys[place] = group.table(
      for: rekeying.key, windowBits: Self.attributeWindowBits)
  }

  /// C_i^u with u = v'_x / v_x for the rows with ρ(i) = x.
  public mutating func update(
    of file: FileID, _ capsule: Capsule<Elements>, secret: RekeyingSecret
  ) -> RowUpdate<Elements>? {
    let rows = capsule.rows(of: secret.attribute)
    guard !rows.isEmpty, rows.allSatisfy({ capsule.rows[$0].epoch == secret.previous }) else {
      return nil
    }
    let points = group.powers(rows.map { [.variable(capsule.rows[$0].point, secret.rowFactor)] })
    return RowUpdate(
      file: file, attribute: secret.attribute, epoch: secret.epoch,
      rows: zip(rows, points).map { UpdatedRow(row: UInt16($0), point: $1) })
  }

  /// e(C_i', PAK_x) = e(C_i, PAK'_x): both hold v_x v'_x r_i.
  public mutating func check(
    _ update: RowUpdate<Elements>, to abstract: Abstract<Elements>,
    from previous: AttributeKey<Elements>, by rekeying: Rekeying<Elements>
  ) throws(UpdateFailure) -> CheckedUpdate<Elements> {
    try update.checkShape(against: abstract, from: previous, by: rekeying)
    for row in update.rows {
      let old = abstract.capsule.rows[Int(row.row)].point
      guard areEqual((row.point, previous.point), (old, rekeying.key)) else {
        throw .falseRow(Int(row.row))
      }
    }
    return CheckedUpdate(update, replacing: abstract)
  }

  /// D_x^{v_x/v'_x} = Hg(x)^{t/v'_x}, of a D_x with e(D_x, PAK_x) = e(Hg(x), D').
  public mutating func keyUpdate(
    for holder: UserKey<Elements>, of entry: RegistryEntry<Elements>,
    unless revocations: AttributeRevocationList, secret: RekeyingSecret
  ) throws(KeyFailure) -> KeyUpdate<Elements> {
    let component = try holder.component(
      toRenew: secret.attribute, of: entry, from: secret.previous, unless: revocations)
    guard isGenuine(component, under: secret.previousKey, of: entry.registered) else {
      throw .falseComponent(secret.attribute)
    }
    let points = group.powers(component.points.map { [.variable($0, secret.componentFactor)] })
    return KeyUpdate(
      user: holder.user,
      component: KeyComponent(attribute: secret.attribute, epoch: secret.epoch, points: points))
  }

  /// e(D_x, PAK_x) = e(Hg(x), D') for each D_x of a component: both hold t and log Hg(x).
  private mutating func isGenuine(
    _ component: KeyComponent<Elements>, under key: GroupElement, of registered: GroupElement
  ) -> Bool {
    var isGenuine = true
    for (index, point) in component.points.enumerated() {
      let base = hash(RowLabel(component.attribute, occurrence: index + 1))
      let isRight = areEqual((point, key), (base, registered))
      isGenuine = isGenuine && isRight
    }
    return isGenuine
  }

  /// e(D_x', PAK'_x) = e(Hg(x), D').
  public mutating func check(
    _ update: KeyUpdate<Elements>, for key: UserKey<Elements>, by rekeying: Rekeying<Elements>
  ) throws(KeyFailure) {
    _ = try key.place(of: update, by: rekeying)
    guard isGenuine(update.component, under: rekeying.key, of: key.registered) else {
      throw .falseComponent(rekeying.attribute)
    }
  }

  /// Checks and takes up a new component, and computes its lines.
  public mutating func adopt(
    _ update: KeyUpdate<Elements>, in key: inout PreparedKey, by rekeying: Rekeying<Elements>
  ) throws(KeyFailure) {
    try check(update, for: key.key, by: rekeying)
    let place = try key.key.place(of: update, by: rekeying)
    key.key.components[place] = update.component
    key.components[place] = update.component.points.map { group.prepare($0) }
  }
}
