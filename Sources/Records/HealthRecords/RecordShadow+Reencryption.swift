import ConsensusCore
import DiscreteEvents
import PairingCrypto
import RecordSharing

// Revocation by encrypting anew, and who reads old blocks (Sharing §7).

extension RecordShadow {
  /// An attribute gets a new key; what is under way to the chain is encrypted anew on its way.
  mutating func newKey(
    _ attribute: Int, except: [Int], files numbers: [Int], underWay: [Int]
  ) throws {
    try prepare(except, attribute, files: numbers)
    let change = try steps.newKey(attribute)
    try announce(change)
    for number in underWay where files[number]?.abstract != nil {
      guard let version = try encryptedAnew(number, change, except) else { continue }
      files[number]?.take(version)
    }
    settle()
  }

  /// The owner encrypts a file anew; the chain has the version before until it accepts this one.
  mutating func encryptAnew(_ number: Int, _ version: Int, _ attribute: Int) throws {
    guard let change = changes.last(where: { $0.attribute == attribute }) else {
      find(.e7, "file \(number) is encrypted anew, and attribute \(attribute) has no new key")
      return
    }
    let losers = lost.keys.sorted().filter { lost[$0]?.contains(attribute) ?? false }
    let made = try encryptedAnew(number, change, losers)
    files[number]?.aside[version] = made
  }

  /// The cloud server learns that the chain has accepted a version; those before it are gone.
  mutating func supersede(_ number: Int, _ version: Int) {
    guard var file = files[number], let accepted = file.aside[version] else { return }
    file.take(accepted)
    file.aside = file.aside.filter { $0.key > version }
    files[number] = file
  }

  /// Brings a file that comes onto the chain up to the keys that there are by now.
  mutating func catchUp(_ number: Int) throws {
    guard world.settings.revocation == .reencrypt else {
      for change in changes { renew(number, change) }
      return
    }
    let last = changes.last { change in
      let name = world.settings.universe[change.attribute]
      guard let capsule = files[number]?.abstract?.capsule else { return false }
      return zip(capsule.policy.labels, capsule.rows).contains { label, row in
        label.attribute == name && row.epoch < change.announcement.epoch
      }
    }
    guard let last, let version = try encryptedAnew(number, last, []) else { return }
    files[number]?.take(version)
  }

  /// The owner encrypts a file anew; everybody checks the new version, whose keys are new.
  private mutating func encryptedAnew(
    _ number: Int, _ change: PricedRekeying<RealScheme>, _ losers: [Int]
  ) throws -> ShadowVersion? {
    guard let file = files[number], let current = file.current,
      let name = file.lastName.nextVersion
    else { return nil }
    let attribute = world.settings.universe[change.attribute]
    guard current.abstract.capsule.policy.labels.contains(where: { $0.attribute == attribute })
    else { return nil }
    let owner = try self.owner(file.owner)
    settle()
    let words = (0..<world.settings.slots).map { slot in
      text(slot: slot, word: world.word(of: number, slot: slot))
    }
    let old = PricedFile<RealScheme>(
      number: number, policy: file.policy, size: file.size, owner: file.owner,
      ciphertext: file.ciphertext, keys: file.keys)
    let anew = try steps.reencrypt(
      old, as: name, words: words, against: current.abstract, change)
    files[number]?.lastName = name
    keepSecrets(of: anew)
    let request = try steps.storageRequest(anew, by: owner)
    travel(request)
    let failure = steps.checkStorage(
      request, policy: file.policy, size: file.size)
    if let failure { find(.e2, "storing a new version of file \(number): \(failure)") }
    let transaction = try steps.transaction(anew, request, by: owner)
    travel(transaction)
    guard steps.admit(transaction, policy: file.policy),
      steps.execute(transaction, policy: file.policy), let abstract = transaction.abstracts.first
    else {
      find(.e3, "a node refuses a new version of file \(number)")
      return nil
    }
    settle()
    check(abstract, supersedes: current.abstract)
    if (try? steps.scheme.record(in: anew.ciphertext, keys: file.keys)) != nil {
      find(.e7, "the keys of an old version open the new one of file \(number)")
    }
    try checkKeys(number, abstract, change, losers)
    return ShadowVersion(ciphertext: anew.ciphertext, abstract: abstract, keys: anew.keys)
  }

  private mutating func check(
    _ new: Abstract<RealElements>, supersedes old: Abstract<RealElements>
  ) {
    if (try? new.check(superseding: old)) == nil {
      find(.e3, "a node does not let file \(new.file.rawValue) take the place of the old version")
    }
    if (try? old.check(superseding: new)) != nil {
      find(.e3, "a node lets an old version take the place of file \(new.file.rawValue)")
    }
    if (try? steps.scheme.parameters(of: steps.parameters).check(new)) == nil {
      find(.e7, "file \(new.file.rawValue) was encrypted anew under keys that have ended")
    }
  }

  /// Tries every block of a file, with the components of its rows' epochs, on what is stored.
  mutating func readChain(_ number: Int, _ file: Int, opens: Bool) throws {
    let stored = try stored(file).file
    _ = try user(number)
    settle()
    let hasOpened = try stored.blocks.contains { abstract in
      let key = try key(of: number, fitting: abstract)
      let lines = steps.scheme.prepare(key)
      guard let keys = try? steps.scheme.open(abstract.capsule, with: lines),
        let found = try? steps.scheme.record(in: stored.ciphertext, keys: keys)
      else { return false }
      return found == record(of: file)
    }
    guard hasOpened != opens else { return }
    find(
      .e1,
      "DU \(number) \(hasOpened ? "reads" : "does not read") file \(file) by the blocks of its uploads"
    )
  }
}
