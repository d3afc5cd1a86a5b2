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
  /// v'_x/v_x for CS; nil where files are encrypted anew, which it would undo.
  let letter: Letter?
}

extension PricedSteps {
  /// Draws a new key for an attribute and hands the factor of its rows to CS.
  mutating func rekey(_ attribute: Int) throws -> PricedRekeying<Scheme> {
    let published = scheme.parameters(of: parameters)
    let previous = published.attributeKeys[attribute]
    let purpose = "row factor of epoch \(published.epoch.next.rawValue)"
    let (change, letter) = try perform(.rekey(attribute: attribute)) { steps in
      let (announcement, secret) = try steps.drawKey(attribute)
      let letter = steps.letters.seal(steps.scheme.content(of: secret), for: "CS", purpose)
      let change = PricedRekeying<Scheme>(
        attribute: attribute, previous: previous, announcement: announcement, secret: secret,
        letter: letter)
      return ((change, letter), steps.size(announcement))
    }
    let secret = scheme.content(of: change.secret)
    try perform(.rowFactor) { steps in
      guard steps.letters.open(letter, for: "CS", purpose) == secret else {
        throw SpoiltLetter()
      }
      return ((), letter.sealed.byteCount)
    }
    return change
  }

  /// Draws a new key for an attribute whose factor nobody gets.
  mutating func newKey(_ attribute: Int) throws -> PricedRekeying<Scheme> {
    let previous = scheme.parameters(of: parameters).attributeKeys[attribute]
    return try perform(.newKey(attribute: attribute)) { steps in
      let (announcement, secret) = try steps.drawKey(attribute)
      let change = PricedRekeying<Scheme>(
        attribute: attribute, previous: previous, announcement: announcement, secret: secret,
        letter: nil)
      return (change, steps.size(announcement))
    }
  }

  private mutating func drawKey(
    _ attribute: Int
  ) throws -> (announcement: Rekeying<Scheme.Elements>, secret: Scheme.RekeyingSecret) {
    let universe = scheme.parameters(of: parameters).universe
    let (announcement, secret) = try scheme.rekey(
      universe[attribute], master: &system.master, with: parameters)
    try scheme.adopt(announcement, in: &parameters)
    return (announcement, secret)
  }

  /// Encrypts a file anew under the new key of an attribute.
  mutating func reencrypt(
    _ file: PricedFile<Scheme>, as name: FileID, words: [String],
    against abstract: Abstract<Scheme.Elements>, _ change: PricedRekeying<Scheme>
  ) throws -> PricedFile<Scheme> {
    try perform(.reencrypt(policy: file.policy, size: file.size)) { steps in
      try steps.scheme.check(file.ciphertext, against: abstract)
      let encrypted = try steps.scheme.reencrypt(
        file.ciphertext, as: name, keys: file.keys, words: words,
        keywordKey: steps.keywordKey(of: file.owner), tables: steps.ownersTables,
        after: change.announcement, with: steps.parameters)
      let made = PricedFile<Scheme>(
        number: file.number, policy: file.policy, size: file.size, owner: file.owner,
        ciphertext: encrypted.ciphertext, keys: encrypted.keys)
      return (made, steps.size(encrypted.ciphertext))
    }
  }

  /// Renews the component of a holder who keeps the attribute.
  mutating func renew(
    _ holder: inout PricedUser<Scheme>, _ change: PricedRekeying<Scheme>,
    unless revocations: AttributeRevocationList
  ) throws -> Letter {
    let party = PricedWords.name("DU", holder.number)
    let purpose = "component of epoch \(change.announcement.epoch.rawValue)"
    let (key, entry) = (holder.key, holder.entry)
    let (update, secret, letter) = try perform(.renewKey(attribute: change.attribute)) { steps in
      let update = try steps.scheme.keyUpdate(
        for: key, of: entry, unless: revocations, secret: change.secret)
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
