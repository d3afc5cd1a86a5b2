import PairingCrypto

extension SharingScheme {
  /// Checks a ciphertext from the cloud server against the chain (DU, Paper §II-B step 6).
  ///
  /// The capsule in the abstract has to be the one in the ciphertext as well: what it opens to is
  /// the key of this body, and a commitment holds only beside the body that was committed to.
  ///
  /// - Throws: which digest differs; the first also if the abstract is about another ciphertext.
  public mutating func check(
    _ ciphertext: Ciphertext<Elements>, against abstract: Abstract<Elements>
  ) throws(DecryptionFailure) {
    let found = digests(of: ciphertext)
    guard found.content == abstract.uploaded.content else { throw .digestMismatch }
    guard found.rows == abstract.rowDigest else { throw .rowDigestMismatch }
    guard ciphertext.file == abstract.file, ciphertext.owner == abstract.owner,
      ciphertext.index == abstract.index, ciphertext.capsule == abstract.capsule
    else { throw .digestMismatch }
  }

  /// Steps 5 and 6 at once: checks the digests, recovers the keys and opens the record (DU).
  ///
  /// - Throws: the first check that failed.
  public mutating func decrypt(
    _ ciphertext: Ciphertext<Elements>, against abstract: Abstract<Elements>,
    with key: PreparedKey
  ) throws(DecryptionFailure) -> Elements.Record {
    try check(ciphertext, against: abstract)
    let keys = try open(abstract.capsule, with: key)
    return try record(in: ciphertext, keys: keys)
  }

  /// Puts checked C_i into a stored ciphertext (CS).
  ///
  /// - Throws: if they were checked for another file or other rows.
  public func apply(
    _ update: CheckedUpdate<Elements>, to ciphertext: inout Ciphertext<Elements>
  ) throws(UpdateFailure) {
    try update.checkPlace(in: ciphertext.capsule, of: ciphertext.file)
    ciphertext.capsule.apply(update.update)
  }

  /// Puts checked C_i into an abstract, with their digest beside it (BC).
  ///
  /// - Throws: if they were checked for another file or other rows.
  public mutating func apply(
    _ update: CheckedUpdate<Elements>, to abstract: inout Abstract<Elements>
  ) throws(UpdateFailure) {
    try update.checkPlace(in: abstract.capsule, of: abstract.file)
    abstract.capsule.apply(update.update)
    abstract.rowDigest = rowDigest(of: abstract.capsule, in: abstract.file)
  }

  /// Checks and takes up a new component (DU).
  ///
  /// - Throws: what ``check(_:for:by:)`` throws.
  public mutating func adopt(
    _ update: KeyUpdate<Elements>, in key: inout UserKey<Elements>, by rekeying: Rekeying<Elements>
  ) throws(KeyFailure) {
    try check(update, for: key, by: rekeying)
    let place = try key.place(of: update, by: rekeying)
    key.components[place] = update.component
  }
}

/// New C_i that were checked, with the rows that they replace; only a check makes one.
public struct CheckedUpdate<Elements: SchemeElements>: Equatable, Sendable {
  /// The new C_i.
  public let update: RowUpdate<Elements>
  /// The rows that were checked against, in the order of the new ones.
  private let replaced: [CapsuleRow<Elements>]

  /// The update after a check against an abstract.
  init(_ update: RowUpdate<Elements>, replacing abstract: Abstract<Elements>) {
    self.update = update
    replaced = update.rows.map { abstract.capsule.rows[Int($0.row)] }
  }

  /// Checks that the rows that are there are those that were checked against.
  fileprivate func checkPlace(
    in capsule: Capsule<Elements>, of file: FileID
  ) throws(UpdateFailure) {
    guard update.file == file else { throw .wrongFile(update.file) }
    for (row, old) in zip(update.rows, replaced) {
      let index = Int(row.row)
      guard capsule.rows.indices.contains(index), capsule.rows[index] == old else {
        throw .changedRows
      }
    }
  }
}

extension Capsule {
  /// The rows that an attribute labels.
  func rows(of attribute: Attribute) -> [Int] {
    policy.labels.indices.filter { policy.labels[$0].attribute == attribute }
  }

  fileprivate mutating func apply(_ update: RowUpdate<Elements>) {
    for row in update.rows {
      rows[Int(row.row)] = CapsuleRow(epoch: update.epoch, point: row.point)
    }
  }
}

extension RowUpdate {
  /// Checks everything but the elements.
  func checkShape(
    against abstract: Abstract<Elements>, from previous: AttributeKey<Elements>,
    by rekeying: Rekeying<Elements>
  ) throws(UpdateFailure) {
    guard file == abstract.file else { throw .wrongFile(file) }
    guard attribute == rekeying.attribute else { throw .unknownAttribute(attribute) }
    guard epoch == rekeying.epoch else { throw .wrongEpoch(epoch, expected: rekeying.epoch) }
    guard previous.epoch == rekeying.previous else {
      throw .wrongEpoch(rekeying.previous, expected: previous.epoch)
    }
    guard rows.map({ Int($0.row) }) == abstract.capsule.rows(of: attribute) else {
      throw .wrongRows
    }
    for row in rows {
      let found = abstract.capsule.rows[Int(row.row)].epoch
      guard found == previous.epoch else { throw .wrongEpoch(found, expected: previous.epoch) }
    }
  }
}

extension PublicParameters {
  /// Finds the place of an attribute that is to get a new key.
  ///
  /// Whoever draws has to have adopted every key drawn before: the epoch that begins names one key
  /// of one attribute.
  func place(
    rekeying attribute: Attribute, epochs: [Epoch]
  ) throws(UpdateFailure) -> Int {
    guard let place = universe.index(of: attribute) else { throw .unknownAttribute(attribute) }
    let latest = epochs.max() ?? epoch
    guard latest == epoch else { throw .wrongEpoch(epoch, expected: latest) }
    return place
  }
}

extension Rekeying {
  /// Checks that it follows on some parameters, and finds the attribute's place.
  func place(in parameters: PublicParameters<Elements>) throws(UpdateFailure) -> Int {
    guard let place = parameters.universe.index(of: attribute) else {
      throw .unknownAttribute(attribute)
    }
    let current = parameters.attributeKeys[place].epoch
    guard previous == current else { throw .wrongEpoch(previous, expected: current) }
    guard epoch == parameters.epoch.next else {
      throw .wrongEpoch(epoch, expected: parameters.epoch.next)
    }
    return place
  }
}

extension UserKey {
  /// The component that an authority may renew for the user of a registry's entry.
  func component(
    toRenew attribute: Attribute, of entry: RegistryEntry<Elements>, from previous: Epoch,
    unless revocations: AttributeRevocationList
  ) throws(KeyFailure) -> KeyComponent<Elements> {
    guard user == entry.user else { throw .foreignKey(user) }
    guard !revocations.isRevoked(attribute, of: user) else { throw .revoked(attribute, user) }
    guard entry.attributes.contains(attribute), let component = component(for: attribute),
      component.epoch == previous
    else { throw .notHeld(attribute) }
    return component
  }

  /// Where an update belongs.
  func place(
    of update: KeyUpdate<Elements>, by rekeying: Rekeying<Elements>
  ) throws(KeyFailure) -> Int {
    guard update.user == user else { throw .foreignUpdate(update.user) }
    let attribute = update.component.attribute
    guard attribute == rekeying.attribute, update.component.epoch == rekeying.epoch else {
      throw .notAnnounced(attribute, update.component.epoch)
    }
    guard let place = place(of: attribute) else { throw .notHeld(attribute) }
    let held = components[place].epoch
    guard update.component.epoch > held else {
      throw .outdatedUpdate(update.component.epoch, held: held)
    }
    let expected = components[place].points.count
    guard update.component.points.count == expected else {
      throw .wrongNumberOfComponents(update.component.points.count, expected: expected)
    }
    return place
  }
}
