import RecordSharing

extension RecordLedger {
  /// Whether an owner's key is certified.
  public func isEnrolled(_ owner: Int) -> Bool {
    world.settings.enrolment == .done || owners[owner].isEnrolled
  }

  /// Whether a user is in the registry.
  public func isRegistered(_ user: Int) -> Bool {
    world.settings.enrolment == .done || users[user]
  }

  /// Whether a file is on the chain and was not deleted.
  public func isLive(_ file: Int) -> Bool {
    let entry = files[file]
    return !entry.isDeleted && (file < world.settings.preloaded || entry.owner >= 0)
  }

  /// The owner of a file that is or was on the chain.
  public func owner(of file: Int) -> Int? {
    if file < world.settings.preloaded { return world.owner(ofPreloaded: file) }
    let owner = files[file].owner
    return owner >= 0 ? owner : nil
  }

  /// The number of audit records that concern files of an owner.
  public func auditRecords(concerning owner: Int) -> Int { owners[owner].audits }

  /// E-9: an owner's key is certified once.
  mutating func enrol(_ owner: Int) -> Verdict {
    guard owner < world.roster.patients, !isEnrolled(owner) else { return .conflict }
    update(owner: owner) { $0.isEnrolled = true }
    addedBytes += world.prices[.enrolment].bytes
    return .done
  }

  /// E-9: a user's name is given out once.
  mutating func register(_ user: Int) -> Verdict {
    guard user < world.roster.users, !isRegistered(user) else { return .conflict }
    users[user] = true
    table ^= Self.word(user: user)
    addedBytes += world.prices[.registryEntry(world.userClass(of: user))].bytes
    return .done
  }

  mutating func store(_ file: Int, of owner: Int) -> Verdict {
    guard self.owner(of: file) == nil else { return .conflict }
    let policy = world.policy(of: file)
    let pattern = pattern(of: file)
    update(file: file) {
      $0.owner = owner
      $0.pattern = pattern
    }
    update(owner: owner) { $0.addedFiles += 1 }
    liveFiles += 1
    addedBytes += abstractSize(policy: policy)
    return Verdict(
      status: .done, work: world.prices[.executeStore(policy: policy)].nanoseconds)
  }

  /// Takes the abstract of a later version; the old one stays in the block of its transaction.
  ///
  /// Versions may be passed over: of two that overtake each other the later one holds.
  ///
  /// Assumption: the new rows are under the keys that were announced before the transaction.
  mutating func supersede(_ file: Int, of owner: Int, with version: Int) -> Verdict {
    guard isLive(file) else { return .conflict }
    guard self.owner(of: file) == owner else { return .unauthorised }
    guard version > files[file].version else { return .conflict }
    let policy = world.policy(of: file)
    let universe = world.settings.universe.attributes
    let labels = world.settings.policies[policy].value.labels
    let epochs = epochs
    let renewed = universe.indices.filter { attribute in
      epochs[attribute] > 0 && labels.contains { $0.attribute == universe[attribute] }
    }
    update(file: file) { entry in
      entry.version = version
      for attribute in renewed { entry.renew(attribute, epoch: epochs[attribute]) }
    }
    addedBytes += abstractSize(policy: policy)
    return Verdict(
      status: .done, work: world.prices[.executeStore(policy: policy)].nanoseconds)
  }

  /// Which version of a file the chain holds: 0 for the first.
  public func version(of file: Int) -> Int { files[file].version }

  mutating func revoke(_ attribute: Int, of user: Int) -> Verdict {
    let universe = world.settings.universe.attributes
    guard attribute < universe.count, user < world.roster.users, isRegistered(user),
      world.attributes(of: user).contains(universe[attribute]),
      revocations.revoke(universe[attribute], of: UserID(UInt32(user)))
    else { return .conflict }
    let entry = RevokedAttribute(attribute: attribute, user: user)
    revoked.append(entry)
    table ^= Self.word(entry)
    addedBytes += RevokedAttribute.byteCount
    return .done
  }

  mutating func rekey(_ attribute: Int, _ epoch: Int) -> Verdict {
    guard attribute < epochs.count, epoch == epochs[attribute] + 1 else { return .conflict }
    table ^= Self.word(attribute: attribute, epoch: epochs[attribute])
    epochs[attribute] = epoch
    table ^= Self.word(attribute: attribute, epoch: epoch)
    return .done
  }

  /// Takes new rows of a file for an attribute.
  ///
  /// Assumption: epochs may be passed over. An abstract can be ordered after the announcement of an
  /// epoch and have rows of an earlier one. The scheme's check takes two epochs that follow on each
  /// other, so this stands for an update for each of them; one is sent and priced.
  mutating func renew(_ file: Int, _ attribute: Int, _ epoch: Int) -> Verdict {
    let universe = world.settings.universe.attributes
    guard attribute < universe.count, isLive(file), epoch <= epochs[attribute] else {
      return .conflict
    }
    let policy = world.policy(of: file)
    guard
      world.settings.policies[policy].value.labels.contains(where: {
        $0.attribute == universe[attribute]
      }), epoch > files[file].epoch(of: attribute)
    else { return .conflict }
    update(file: file) { $0.renew(attribute, epoch: epoch) }
    return Verdict(
      status: .done,
      work: world.prices[.checkRows(policy: policy, attribute: attribute)].nanoseconds)
  }

  mutating func delete(_ file: Int, of owner: Int) -> Verdict {
    guard isLive(file) else { return .conflict }
    guard self.owner(of: file) == owner else { return .unauthorised }
    update(file: file) { $0.isDeleted = true }
    update(owner: owner) { $0.addedFiles -= 1 }
    liveFiles -= 1
    return .done
  }

  func list(_ owner: Int) -> Verdict {
    let count = owners[owner].audits
    return Verdict(status: .done, contents: [count], bytes: count * AuditEntry.byteCount)
  }

  mutating func report(_ file: Int) -> Verdict {
    guard let owner = owner(of: file) else { return .conflict }
    reports += 1
    return Verdict(status: .done, isAudited: true, concerned: [owner])
  }

  mutating func audit(_ entry: AuditEntry, concerning owners: [Int]) {
    audits[auditRecords] = entry
    auditRecords += 1
    trail = entry.chained(to: trail)
    addedBytes += AuditEntry.byteCount
    for owner in owners { update(owner: owner) { $0.audits += 1 } }
  }

  private mutating func update(file: Int, _ change: (inout FileEntry) -> Void) {
    var entry = files[file]
    table ^= Self.word(file: file, entry)
    change(&entry)
    files[file] = entry
    table ^= Self.word(file: file, entry)
  }

  private mutating func update(owner: Int, _ change: (inout OwnerEntry) -> Void) {
    var entry = owners[owner]
    table ^= Self.word(owner: owner, entry)
    change(&entry)
    owners[owner] = entry
    table ^= Self.word(owner: owner, entry)
  }
}
