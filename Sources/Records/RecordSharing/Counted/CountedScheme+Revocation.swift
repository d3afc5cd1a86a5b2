import PairingCrypto

extension CountedScheme {
  /// Counts a new key for an attribute.
  public mutating func rekey(
    _ attribute: Attribute, master: inout MasterKey, with parameters: PreparedParameters
  ) throws(UpdateFailure) -> (announcement: Rekeying<Elements>, secret: RekeyingSecret) {
    let place = try parameters.parameters.place(rekeying: attribute, epochs: master.epochs)
    tally += SharingCosts.rekey
    let epoch = parameters.parameters.epoch.next
    let secret = RekeyingSecret(
      attribute: attribute, previous: master.epochs[place], epoch: epoch,
      previousKey: parameters.parameters.attributeKeys[place].point)
    master.epochs[place] = epoch
    let announcement = Rekeying<CountedElements>(
      attribute: attribute, previous: secret.previous, epoch: epoch,
      key: Self.publicKey(of: attribute, epoch))
    return (announcement, secret)
  }

  /// Takes up a new PAK_x.
  public mutating func adopt(
    _ rekeying: Rekeying<Elements>, in parameters: inout PreparedParameters
  ) throws(UpdateFailure) {
    let place = try rekeying.place(in: parameters.parameters)
    tally += SharingCosts.adopt
    parameters.parameters.epoch = rekeying.epoch
    parameters.parameters.attributeKeys[place] = AttributeKey(
      epoch: rekeying.epoch, point: rekeying.key)
  }

  /// Counts new C_i.
  public mutating func update(
    of file: FileID, _ capsule: Capsule<Elements>, secret: RekeyingSecret
  ) -> RowUpdate<Elements>? {
    let rows = capsule.rows(of: secret.attribute)
    guard !rows.isEmpty, rows.allSatisfy({ capsule.rows[$0].epoch == secret.previous }) else {
      return nil
    }
    tally += SharingCosts.update(elements: rows.count)
    let updated = rows.map { row in
      let held = capsule.rows[row].point.secret(.row(row, secret.attribute, secret.previous))
      return UpdatedRow<CountedElements>(
        row: UInt16(row), point: CountedPoint(held, .row(row, secret.attribute, secret.epoch)))
    }
    return RowUpdate(
      file: file, attribute: secret.attribute, epoch: secret.epoch, rows: updated)
  }

  /// Counts the check of new C_i.
  public mutating func check(
    _ update: RowUpdate<Elements>, to abstract: Abstract<Elements>,
    from previous: AttributeKey<Elements>, by rekeying: Rekeying<Elements>
  ) throws(UpdateFailure) -> CheckedUpdate<Elements> {
    try update.checkShape(against: abstract, from: previous, by: rekeying)
    let role = Role(.attributeKey, update.attribute.mark)
    let old = previous.point.secret(role)
    let new = rekeying.key.secret(role)
    for row in update.rows {
      tally += SharingCosts.checkUpdate(rows: 1)
      let index = UInt64(row.row)
      let held = abstract.capsule.rows[Int(row.row)].point.secret(Role(.row, index, old))
      guard row.point.secret(Role(.row, index, new)) == held else {
        throw .falseRow(Int(row.row))
      }
    }
    return CheckedUpdate(update, replacing: abstract)
  }

  /// Counts the new component of a holder.
  public mutating func keyUpdate(
    for holder: UserKey<Elements>, of entry: RegistryEntry<Elements>,
    unless revocations: AttributeRevocationList, secret: RekeyingSecret
  ) throws(KeyFailure) -> KeyUpdate<Elements> {
    let component = try holder.component(
      toRenew: secret.attribute, of: entry, from: secret.previous, unless: revocations)
    guard isGenuine(component, under: secret.previousKey, of: entry.registered) else {
      throw .falseComponent(secret.attribute)
    }
    tally += SharingCosts.update(elements: component.points.count)
    let points = component.points.enumerated().map { index, point in
      let label = RowLabel(secret.attribute, occurrence: index + 1)
      let t = point.secret(.component(label, secret.previous))
      return CountedPoint(t, .component(label, secret.epoch))
    }
    return KeyUpdate(
      user: holder.user,
      component: KeyComponent(attribute: secret.attribute, epoch: secret.epoch, points: points))
  }

  /// Counts the check of a component: whether it holds the t of D' and the v_x of PAK_x.
  private mutating func isGenuine(
    _ component: KeyComponent<Elements>, under key: CountedPoint, of registered: CountedPoint
  ) -> Bool {
    tally += SharingCosts.checkComponents(component.points.count)
    let v = key.secret(Role(.attributeKey, component.attribute.mark))
    let t = registered.secret(Role(.userRegistered))
    return component.points.enumerated().allSatisfy { index, point in
      let label = RowLabel(component.attribute, occurrence: index + 1)
      return point.secret(Role(.userComponent, label.mark, v)) == t
    }
  }

  /// Counts the check of a new component.
  public mutating func check(
    _ update: KeyUpdate<Elements>, for key: UserKey<Elements>, by rekeying: Rekeying<Elements>
  ) throws(KeyFailure) {
    _ = try key.place(of: update, by: rekeying)
    guard isGenuine(update.component, under: rekeying.key, of: key.registered) else {
      throw .falseComponent(rekeying.attribute)
    }
  }

  /// Checks and takes up a new component and counts its lines.
  public mutating func adopt(
    _ update: KeyUpdate<Elements>, in key: inout PreparedKey, by rekeying: Rekeying<Elements>
  ) throws(KeyFailure) {
    try check(update, for: key.key, by: rekeying)
    let place = try key.key.place(of: update, by: rekeying)
    tally.count(.preparation, update.component.points.count)
    key.key.components[place] = update.component
  }
}
