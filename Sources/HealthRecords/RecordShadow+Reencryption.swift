import DiscreteEvents
import PairingCrypto
import RecordSharing

// Revocation by encrypting anew, and who reads old blocks (Sharing §7).

extension RecordShadow {
  mutating func reencrypt(_ attribute: Int, except: [Int], files numbers: [Int]) throws {
    try prepare(except, attribute, files: numbers)
    let change = try steps.newKey(attribute)
    try announce(change)
    for number in numbers where files[number]?.abstract != nil {
      try encryptAnew(number, change)
      try checkKeys(number, change, except)
    }
    settle()
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
    if let last { try encryptAnew(number, last) }
  }

  /// The owner encrypts a file anew; everybody checks the new version, whose keys are new.
  private mutating func encryptAnew(
    _ number: Int, _ change: PricedRekeying<RealScheme>
  ) throws {
    guard var file = files[number], let current = file.current else { return }
    let attribute = world.settings.universe[change.attribute]
    guard current.abstract.capsule.policy.labels.contains(where: { $0.attribute == attribute })
    else { return }
    let owner = try self.owner(file.owner)
    settle()
    let words = (0..<world.settings.slots).map { slot in
      text(slot: slot, word: world.word(of: number, slot: slot))
    }
    let old = PricedFile<RealScheme>(
      number: number, policy: file.policy, size: file.size, owner: file.owner,
      ciphertext: file.ciphertext, keys: file.keys)
    let anew = try steps.reencrypt(old, words: words, against: current.abstract, change)
    keepSecrets(of: anew)
    let request = try steps.storageRequest(anew, by: owner)
    travel(request)
    let failure = steps.checkStorage(
      request, policy: file.policy, size: file.size)
    if let failure { find("E-2", "storing a new version of file \(number): \(failure)") }
    let transaction = try steps.transaction(anew, request, by: owner)
    travel(transaction)
    guard steps.admit(transaction, policy: file.policy),
      steps.execute(transaction, policy: file.policy), let abstract = transaction.abstracts.first
    else {
      find("E-3", "a node refuses a new version of file \(number)")
      return
    }
    settle()
    check(abstract, supersedes: current.abstract)
    if (try? steps.scheme.record(in: anew.ciphertext, keys: file.keys)) != nil {
      find("E-7", "the keys of an old version open the new one of file \(number)")
    }
    file.previous = current
    file.ciphertext = anew.ciphertext
    file.keys = anew.keys
    file.abstract = abstract
    file.blocks.append(abstract)
    files[number] = file
  }

  private mutating func check(
    _ new: Abstract<RealElements>, supersedes old: Abstract<RealElements>
  ) {
    if (try? new.check(superseding: old)) == nil {
      find("E-3", "a node does not let file \(new.file.rawValue) take the place of the old version")
    }
    if (try? old.check(superseding: new)) != nil {
      find("E-3", "a node lets an old version take the place of file \(new.file.rawValue)")
    }
    if (try? steps.scheme.parameters(of: steps.parameters).check(new)) == nil {
      find("E-7", "file \(new.file.rawValue) was encrypted anew under keys that have ended")
    }
  }

  /// Tries every block of a file, with the components of its rows' epochs, on what is stored.
  mutating func readChain(_ number: Int, _ file: Int, opens: Bool) throws {
    let stored = try stored(file).file
    let user = try user(number)
    settle()
    let hasOpened = stored.blocks.contains { abstract in
      var key = user.key
      for (label, row) in zip(abstract.capsule.policy.labels, abstract.capsule.rows) {
        let old = outgrown[number]?.first {
          $0.attribute == label.attribute && $0.epoch == row.epoch
        }
        if let old { key = key.taking(old) }
      }
      let lines = steps.scheme.prepare(key)
      guard let keys = try? steps.scheme.open(abstract.capsule, with: lines),
        let found = try? steps.scheme.record(in: stored.ciphertext, keys: keys)
      else { return false }
      return found == record(of: file)
    }
    guard hasOpened != opens else { return }
    find(
      "E-1",
      "DU \(number) \(hasOpened ? "reads" : "does not read") file \(file) by the blocks of its uploads"
    )
  }
}
