import ConsensusCore
import DiscreteEvents
import PairingCrypto
import RecordSharing

// Revocation at the second level (Sharing §7).

extension RecordShadow {
  mutating func rekey(_ attribute: Int, except: [Int], files numbers: [Int]) throws {
    try prepare(except, attribute, files: numbers)
    let change = try steps.rekey(attribute)
    try announce(change)
    for number in numbers where files[number]?.abstract != nil {
      renew(number, change)
      try checkKeys(number, files[number]?.abstract, change, except)
    }
    settle()
  }

  /// Makes what must exist before an attribute gets a new key.
  ///
  /// The users who lose the attribute have a key with it. Where old components and old abstracts may be
  /// needed, all users and all files have theirs.
  mutating func prepare(_ losers: [Int], _ attribute: Int, files numbers: [Int]) throws {
    for user in losers {
      try makeUser(user)
      lost[user, default: []].append(attribute)
      _ = revocations.revoke(world.settings.universe[attribute], of: UserID(UInt32(user)))
    }
    if keepsOld {
      for user in 0..<world.roster.users { try makeUser(user) }
      for number in numbers where number < world.settings.preloaded { _ = try stored(number) }
    }
    settle()
  }

  /// Whether old components and abstracts may be needed once there are new ones: where somebody reads
  /// old blocks, and where a file keeps its version until the chain has accepted another.
  private var keepsOld: Bool { readsBlocks || world.settings.revocation == .reencrypt }

  /// Whether somebody reads old blocks.
  private var readsBlocks: Bool {
    world.settings.misdeeds.contains { $0.misdeed == .chainReader }
  }

  /// Announces a new key and renews the components of holders.
  mutating func announce(_ change: PricedRekeying<RealScheme>) throws {
    keepSecret(change.secret.secretBytes, of: "the factor of a renewed attribute")
    keepSecret(steps.system.master.secretBytes, of: "the master key")
    travel(change.announcement)
    if let letter = change.letter { travel(letter) }
    changes.append(change)
    try renewHolders(change)
  }

  /// New components for all who hold the attribute and did not lose it.
  private mutating func renewHolders(_ change: PricedRekeying<RealScheme>) throws {
    let attribute = world.settings.universe[change.attribute]
    for number in users.keys.sorted() where !hasLost(change.attribute, number) {
      guard var holder = users[number],
        holder.key.component(for: attribute)?.epoch == change.previous.epoch
      else { continue }
      if keepsOld, let old = holder.key.component(for: attribute) {
        outgrown[number, default: []].append(old)
      }
      let letter = try steps.renew(&holder, change, unless: revocations)
      replace(holder)
      travel(letter)
    }
    settle()
  }

  private func hasLost(_ attribute: Int, _ user: Int) -> Bool {
    lost[user]?.contains(attribute) ?? false
  }

  /// Renews the rows of a file that is on the chain; those that are not of the epoch that ends stay.
  mutating func renew(_ number: Int, _ change: PricedRekeying<RealScheme>) {
    guard var file = files[number], var abstract = file.abstract else { return }
    let attribute = world.settings.universe[change.attribute]
    let policy = abstract.capsule.policy
    guard
      let row = policy.labels.firstIndex(where: { $0.attribute == attribute }),
      abstract.capsule.rows[row].epoch == change.previous.epoch
    else { return }
    settle()
    let update = steps.renewRows(of: number, policy: file.policy, file.ciphertext.capsule, change)
    guard let update else {
      find(.e7, "file \(number) gets no new rows for \(attribute)")
      return
    }
    travel(update)
    var spoilt = abstract
    let taken = steps.takeRows(update, policy: file.policy, to: &abstract, change)
    settle()
    if steps.takeRows(update.altering(row: 0), policy: file.policy, to: &spoilt, change) != nil {
      find(.e7, "a node takes false rows of file \(number)")
    }
    settle(hasFailed: true)
    guard let taken, (try? steps.scheme.apply(taken, to: &file.ciphertext)) != nil else {
      find(.e7, "a node or the cloud server refuses the new rows of file \(number)")
      return
    }
    file.abstract = abstract
    files[number] = file
  }

  /// Old keys must not open any more, renewed ones must.
  mutating func checkKeys(
    _ number: Int, _ abstract: Abstract<RealElements>?, _ change: PricedRekeying<RealScheme>,
    _ except: [Int]
  ) throws {
    guard let abstract else { return }
    let policy = abstract.capsule.policy
    let attribute = world.settings.universe[change.attribute]
    guard policy.labels.contains(where: { $0.attribute == attribute }) else { return }
    for user in except where !policy.policy.isSatisfied(by: effective(user)) {
      let lines = try lines(of: user)
      guard (try? steps.scheme.open(abstract.capsule, with: lines)) != nil else { continue }
      find(.e7, "DU \(user) lost \(attribute) and opens file \(number) with old keys")
    }
    let reader = users.keys.sorted().first { user in
      !except.contains(user) && policy.policy.isSatisfied(by: effective(user))
    }
    guard let reader else { return }
    let lines = try lines(of: reader)
    do throws(DecryptionFailure) {
      _ = try steps.scheme.open(abstract.capsule, with: lines)
    } catch {
      find(.e7, "DU \(reader) kept \(attribute) and cannot open file \(number): \(error)")
    }
  }

  /// What a user holds that was not lost by a re-keying.
  private func effective(_ user: Int) -> AttributeSet {
    let gone = (lost[user] ?? []).map { world.settings.universe[$0] }
    return world.attributes(of: user).subtracting(AttributeSet(gone))
  }
}
