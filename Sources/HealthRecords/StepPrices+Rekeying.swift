import PairingCrypto
import RecordSharing

/// A new key of an attribute.
struct PricedRekeying<Scheme: SharingScheme>: Sendable {
  /// The attribute's place in the universe.
  let attribute: Int
  /// The key that ends.
  let previous: AttributeKey<Scheme.Elements>
  let announcement: Rekeying<Scheme.Elements>
  let secret: Scheme.RekeyingSecret
  /// v'_x/v_x for CS.
  let letter: Letter
}

extension PricedSteps {
  /// Draws a new key for an attribute and hands the factor of its rows to CS.
  mutating func rekey(_ attribute: Int) throws -> PricedRekeying<Scheme> {
    let published = scheme.parameters(of: parameters)
    let previous = published.attributeKeys[attribute]
    let purpose = "row factor of epoch \(published.epoch.next.rawValue)"
    let change = try perform(.rekey(attribute: attribute)) { steps in
      let (announcement, secret) = try steps.scheme.rekey(
        published.universe[attribute], master: &steps.system.master, with: steps.parameters)
      try steps.scheme.adopt(announcement, in: &steps.parameters)
      let letter = steps.letters.seal(steps.scheme.content(of: secret), for: "CS", purpose)
      let change = PricedRekeying<Scheme>(
        attribute: attribute, previous: previous, announcement: announcement, secret: secret,
        letter: letter)
      return (change, steps.size(announcement))
    }
    let secret = scheme.content(of: change.secret)
    try perform(.rowFactor) { steps in
      guard steps.letters.open(change.letter, for: "CS", purpose) == secret else {
        throw SpoiltLetter()
      }
      return ((), change.letter.sealed.byteCount)
    }
    return change
  }

  /// Renews the component of a holder.
  mutating func renew(
    _ holder: inout PricedUser<Scheme>, _ change: PricedRekeying<Scheme>
  ) throws -> Letter {
    let party = PricedWords.name("DU", holder.number)
    let purpose = "component of epoch \(change.announcement.epoch.rawValue)"
    let (key, entry) = (holder.key, holder.entry)
    let (update, secret, letter) = try perform(.renewKey(attribute: change.attribute)) { steps in
      let update = try steps.scheme.keyUpdate(
        for: key, of: entry, secret: change.secret)
      let secret = steps.scheme.content(of: update)
      let letter = steps.letters.seal(secret, for: party, purpose)
      return ((update, secret, letter), letter.sealed.byteCount)
    }
    var prepared = holder.prepared ?? scheme.prepare(key)
    try perform(.takeRenewal(attribute: change.attribute)) { steps in
      guard steps.letters.open(letter, for: party, purpose) == secret,
        steps.scheme.areInGroups(update)
      else { throw SpoiltLetter() }
      try steps.scheme.adopt(update, in: &prepared, by: change.announcement)
      return ((), 0)
    }
    holder.key = scheme.key(of: prepared)
    holder.prepared = prepared
    return letter
  }

  /// New rows of a file, if its policy names the attribute.
  mutating func renewRows(
    of file: Int, policy: Int, _ capsule: Capsule<Scheme.Elements>,
    _ change: PricedRekeying<Scheme>
  ) -> RowUpdate<Scheme.Elements>? {
    perform(.renewRows(policy: policy, attribute: change.attribute)) { steps in
      let update = steps.scheme.update(
        of: FileID(UInt64(file)), capsule, secret: change.secret)
      return (update, update.map { steps.size($0) } ?? 0)
    }
  }

  /// The rows as a node checked and put them into the abstract; nil if it refuses them.
  mutating func takeRows(
    _ update: RowUpdate<Scheme.Elements>?, policy: Int,
    to abstract: inout Abstract<Scheme.Elements>, _ change: PricedRekeying<Scheme>
  ) -> CheckedUpdate<Scheme.Elements>? {
    var changed = abstract
    let taken = perform(.checkRows(policy: policy, attribute: change.attribute)) {
      steps -> (CheckedUpdate<Scheme.Elements>?, bytes: Int) in
      guard let update, steps.scheme.areInGroups(update) else { return (nil, 0) }
      do {
        let checked = try steps.scheme.check(
          update, to: changed, from: change.previous, by: change.announcement)
        try steps.scheme.apply(checked, to: &changed)
        return (checked, 0)
      } catch {
        return (nil, 0)
      }
    }
    abstract = changed
    return taken
  }
}
