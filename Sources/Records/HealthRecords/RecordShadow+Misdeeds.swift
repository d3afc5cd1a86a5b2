import ConsensusCore
import DiscreteEvents
import PairingCrypto
import RecordSharing

// What the threats of Paper §II try.

extension RecordShadow {
  // MARK: Pooled keys

  mutating func collude(_ number: Int, with other: Int, _ file: Int) throws {
    let (_, abstract) = try stored(file)
    let first = try user(number)
    let second = try user(other)
    for (mine, theirs) in [(first.key, second.key), (second.key, first.key)] {
      for key in pools(mine, theirs) { tryKey(key, abstract, "pooled keys of DU \(number)") }
    }
    settle()
  }

  /// Every mix of two keys that is neither of them.
  private func pools(
    _ mine: UserKey<RealElements>, _ theirs: UserKey<RealElements>
  ) -> [UserKey<RealElements>] {
    let missing = theirs.attributes.subtracting(mine.attributes)
    let withMissing = mine.pooled(with: theirs, taking: missing)
    let withAll = mine.pooled(with: theirs, taking: theirs.attributes)
    var pools: [UserKey<RealElements>] = [withMissing, withAll]
    for part in KeyPart.allCases {
      pools += [mine, withMissing, withAll].map { $0.pooled(with: theirs, taking: part) }
    }
    let twoParts = withAll.pooled(with: theirs, taking: KeyPart.searching)
    pools.append(twoParts.pooled(with: theirs, taking: KeyPart.registered))
    return pools
  }

  /// Tries a key that must open nothing.
  private mutating func tryKey(
    _ key: UserKey<RealElements>, _ abstract: Abstract<RealElements>, _ whose: String
  ) {
    let lines = steps.scheme.prepare(key)
    guard (try? steps.scheme.open(abstract.capsule, with: lines)) != nil else { return }
    find(.e1, "\(whose) open file \(abstract.file.rawValue)")
  }

  // MARK: Keys that do not suffice

  mutating func trespass(_ number: Int, _ file: Int) throws {
    let (_, abstract) = try stored(file)
    let key = try key(of: number, fitting: abstract)
    tryKey(key, abstract, "the keys of DU \(number)")
    // A key that claims to be up to date.
    var claiming = key
    for (label, row) in zip(abstract.capsule.policy.labels, abstract.capsule.rows) {
      claiming = claiming.claiming(row.epoch, for: label.attribute)
    }
    if claiming != key { tryKey(claiming, abstract, "false epochs of DU \(number)") }
    // A policy that the key satisfies, in the place of the right one.
    if let policy = satisfied(by: key, rows: abstract.capsule.rows.count) {
      let forged = abstract.altering(.capsule(.policy(policy)))
      tryKey(key, forged, "a forged policy and the keys of DU \(number)")
    }
    settle()
  }

  /// A policy of so many rows that a key satisfies, made of its attributes.
  private func satisfied(by key: UserKey<RealElements>, rows: Int) -> SharingPolicy? {
    guard let name = key.attributes.first?.name else { return nil }
    let rest = world.settings.universe.prefix(max(0, rows - 1)).map(\.name)
    let text = ([name] + rest.filter { $0 != name }).joined(separator: " OR ")
    guard let policy = try? SharingPolicy(AccessPolicy.parse(text)),
      policy.labels.count == rows
    else { return nil }
    return policy
  }

  // MARK: The curious cloud server

  mutating func pry(_ file: Int) throws {
    let (stored, abstract) = try stored(file)
    var guesses = try madeUp()
    // Renewed rows are tried with a key that claims to be of their epoch.
    let own = guesses.key
    for (label, row) in zip(abstract.capsule.policy.labels, abstract.capsule.rows) {
      guesses.key = guesses.key.claiming(row.epoch, for: label.attribute)
    }
    if guesses.key != own { guesses.prepared = steps.scheme.prepare(guesses.key) }
    let words = (0..<world.settings.queriedSlots).map { slot in
      SlotWord(Slot(UInt8(slot)), text(slot: slot, word: world.word(of: file, slot: slot)))
    }
    let (hasOpened, hasGuessed) = try steps.pry(
      abstract, policy: stored.policy, words: words, occasion: UInt64(file), with: guesses)
    if hasOpened { find(.e1, "the cloud server opens file \(file) without a key") }
    if hasGuessed {
      find(.e8, "the cloud server can test guesses of the words of file \(file)")
    }
    settle()
  }

  /// Keys of a system of the curious' own, and a κ that they guess.
  mutating func madeUp() throws -> PricedGuesses<RealScheme> {
    if let guesses { return guesses }
    let seed = world.seed.derived(for: 0x7072_79).value
    var draws = DeterministicGenerator(seed: seed, party: "CS", purpose: "guessed keyword key")
    let guessed = (0..<RealScheme.KeywordKey.byteCount).map { _ in
      UInt8(truncatingIfNeeded: draws.next() >> 56)
    }
    let own = RealScheme(
      world.settings.parameters, keySize: steps.scheme.keySize, seed: seed)
    let made = try PricedGuesses(
      own, world.settings, keywordKey: RealScheme.KeywordKey(guessed: guessed))
    guesses = made
    return made
  }
}
