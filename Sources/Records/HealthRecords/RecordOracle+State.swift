import RecordSharing

/// The state of the records after some operations, in sets and with loops over all files.
struct OracleState: Sendable {
  /// What to take back.
  enum Change: Sendable {
    case none
    case enrolled(Int)
    case registered(Int)
    case stored(Int)
    case revoked(attribute: Int, user: Int)
    case rekeyed(Int)
    case renewed(Row, from: Int?)
    case superseded(Int, from: Int?, rows: [(Row, Int?)])
    case deleted(Int)
    case audited([Int], isReport: Bool)
  }

  struct Row: Hashable, Sendable {
    var file: Int
    var attribute: Int
  }

  private let world: RecordWorld
  private var enrolled: Set<Int>
  private var registered: Set<Int>
  /// Who stored which file where.
  private var stored: [Int: (owner: Int, position: Int)] = [:]
  private var uploads: [Int] = []
  private var deleted: Set<Int> = []
  /// The position at which a user lost an attribute.
  private var lost: [Int: [Int: Int]] = [:]
  private var epochs: [Int: Int] = [:]
  private var rows: [Row: Int] = [:]
  private var versions: [Int: Int] = [:]
  private(set) var concerning: [Int: Int] = [:]
  private(set) var audits = 0
  private(set) var reports = 0
  private let realPreloaded: [Int]
  private var words: OracleWords

  init(_ world: RecordWorld) {
    self.world = world
    words = OracleWords(world)
    let everybody = world.settings.enrolment == .done
    enrolled = everybody ? Set(0..<world.roster.patients) : []
    registered = everybody ? Set(0..<world.roster.users) : []
    realPreloaded =
      world.settings.engine == .counted
      ? [] : (0..<world.settings.preloaded).filter(world.isReal)
  }

  func epoch(of attribute: Int) -> Int { epochs[attribute] ?? 0 }

  func version(of file: Int) -> Int { versions[file] ?? 0 }

  var liveCount: Int { world.settings.preloaded + uploads.count - deleted.count }

  func isLive(_ file: Int) -> Bool { owner(file) != nil && !deleted.contains(file) }

  func storePosition(of file: Int) -> Int? {
    file < world.settings.preloaded ? 0 : stored[file]?.position
  }

  private func owner(_ file: Int) -> Int? {
    file < world.settings.preloaded ? world.owner(ofPreloaded: file) : stored[file]?.owner
  }

  /// Every file that holds every word and lives, looked at one after the other.
  mutating func matching(_ request: AccessRequest) -> [Int] {
    let query = world.query(request)
    var found: [Int] = []
    for file in 0..<world.settings.preloaded where words.hold(query, in: file) {
      found.append(file)
    }
    for file in uploads where words.hold(query, in: file) { found.append(file) }
    return found.filter { isLive($0) && isInScope($0, of: request) }
  }

  func realFiles(inScopeOf request: AccessRequest) -> [Int] {
    (realPreloaded + uploads.filter(world.isReal)).filter {
      isLive($0) && isInScope($0, of: request)
    }
  }

  private func isInScope(_ file: Int, of request: AccessRequest) -> Bool {
    switch world.settings.scope {
    case .everything: return true
    case .owner:
      guard let owner = owner(request.target) else { return false }
      return self.owner(file) == owner
    }
  }

  func decision(_ user: Int, _ file: Int, asOf position: Int) -> RecordAnswer.Status {
    let names = world.settings.universe.attributes
    let held = world.attributes(of: user)
    let policy = world.settings.policies[world.policy(of: file)].value.policy
    let gone = (lost[user] ?? [:]).filter { $0.value <= position }.map { names[$0.key] }
    if policy.isSatisfied(by: held.subtracting(AttributeSet(gone))) { return .done }
    return policy.isSatisfied(by: held) ? .revoked : .unsatisfied
  }

  func revocations(asOf position: Int) -> [(attribute: Int, user: Int)] {
    lost.flatMap { user, attributes in
      attributes.filter { $0.value <= position }.map { (attribute: $0.key, user: user) }
    }.sorted { ($0.user, $0.attribute) < ($1.user, $1.attribute) }
  }

  // MARK: Operations

  /// Executes an operation of a client: the answer, and what changed.
  mutating func apply(
    _ word: UInt64, client: Int, at position: Int
  ) -> (answer: RecordAnswer, change: Change) {
    func plain(_ status: RecordAnswer.Status, _ contents: [Int] = []) -> RecordAnswer {
      RecordAnswer(
        status: status, position: position, file: 0, check: RecordAnswer.check(contents))
    }
    guard let operation = RecordOperation(word: word) else { return (plain(.unauthorised), .none) }
    if case .access(let request) = operation {
      return access(request, isAllowed: mayAsk(operation, client), at: position)
    }
    guard mayAsk(operation, client) else { return (plain(.unauthorised), .none) }
    if case .list(let owner) = operation {
      return (plain(.done, [concerning[owner] ?? 0]), .none)
    }
    switch operation {
    case .delete(let owner, let file), .supersede(let owner, let file, _):
      if isLive(file), self.owner(file) != owner { return (plain(.unauthorised), .none) }
    default: break
    }
    guard let change = change(operation, at: position) else { return (plain(.conflict), .none) }
    carryOut(change, at: position, operation)
    return (plain(.done), change)
  }

  /// Whether the client is who may ask for an operation.
  private func mayAsk(_ operation: RecordOperation, _ client: Int) -> Bool {
    let party = client / world.roster.connections
    let patient = party - 2 - world.roster.authorities
    let user = patient - world.roster.patients
    switch operation {
    case .enrol: return party == 0
    case .renew: return party == 1
    case .register(let user):
      return patient < 0 && party == 2 + user % world.roster.authorities
    case .revoke, .rekey: return party >= 2 && patient < 0
    case .store(let owner, _), .delete(let owner, _), .list(let owner),
      .supersede(let owner, _, _):
      return patient == owner && user < 0 && enrolled.contains(owner)
    case .access(let request): return user == request.user && registered.contains(request.user)
    case .report(let asker, _, _): return user == asker && registered.contains(asker)
    }
  }

  /// What an allowed operation changes; nil if there is nothing to act on.
  private func change(_ operation: RecordOperation, at position: Int) -> Change? {
    let names = world.settings.universe.attributes
    switch operation {
    case .enrol(let owner):
      return owner < world.roster.patients && !enrolled.contains(owner) ? .enrolled(owner) : nil
    case .register(let user):
      return user < world.roster.users && !registered.contains(user) ? .registered(user) : nil
    case .store(_, let file): return owner(file) == nil ? .stored(file) : nil
    case .revoke(let attribute, let user):
      guard names.indices.contains(attribute), registered.contains(user),
        world.attributes(of: user).contains(names[attribute]), lost[user]?[attribute] == nil
      else { return nil }
      return .revoked(attribute: attribute, user: user)
    case .rekey(let attribute, let epoch):
      guard names.indices.contains(attribute), epoch - 1 == epochs[attribute] ?? 0 else {
        return nil
      }
      return .rekeyed(attribute)
    case .renew(let file, let attribute, let epoch):
      let row = Row(file: file, attribute: attribute)
      guard names.indices.contains(attribute), isLive(file), epoch > rows[row] ?? 0,
        epoch <= epochs[attribute] ?? 0, leaves(of: file).contains(names[attribute])
      else { return nil }
      return .renewed(row, from: rows[row])
    case .supersede(_, let file, let version):
      guard isLive(file), version > versions[file] ?? 0 else { return nil }
      let named = Set(leaves(of: file))
      let changed = epochs.keys.sorted().filter { epochs[$0] != 0 && named.contains(names[$0]) }
      return .superseded(
        file, from: versions[file],
        rows: changed.map { attribute in
          let row = Row(file: file, attribute: attribute)
          return (row, rows[row])
        })
    case .delete(_, let file): return isLive(file) ? .deleted(file) : nil
    case .report(_, let file, _):
      return owner(file).map { .audited([$0], isReport: true) }
    case .access, .list: return nil
    }
  }

  /// The attributes that a file's policy names.
  private func leaves(of file: Int) -> [Attribute] {
    var pending = [world.settings.policies[world.policy(of: file)].value.policy]
    var leaves: [Attribute] = []
    while let node = pending.popLast() {
      if case .attribute(let attribute) = node { leaves.append(attribute) }
      pending += node.children
    }
    return leaves
  }

  private mutating func access(
    _ request: AccessRequest, isAllowed: Bool, at position: Int
  ) -> (answer: RecordAnswer, change: Change) {
    var status = RecordAnswer.Status.unauthorised
    var granted: [Int] = []
    var owners: Set<Int> = []
    if isAllowed, request.flaw != .none { status = .invalidToken }
    if isAllowed, request.flaw == .none {
      let found = matching(request)
      var decisions: [Int: RecordAnswer.Status] = [:]
      for file in found {
        if let owner = owner(file) { owners.insert(owner) }
        let policy = world.policy(of: file)
        let decision = decisions[policy] ?? decision(request.user, file, asOf: .max)
        decisions[policy] = decision
        if decision == .done { granted.append(file) }
      }
      status = found.isEmpty ? .noMatch : .unsatisfied
      if decisions.values.contains(.revoked) { status = .revoked }
      if !granted.isEmpty { status = .done }
    }
    let change = Change.audited(owners.sorted(), isReport: false)
    carryOut(change, at: position, .access(request))
    let file = granted.contains(request.target) ? request.target : granted.first ?? 0
    let answer = RecordAnswer(
      status: status, position: position, file: file, check: RecordAnswer.check(granted))
    return (answer, change)
  }

  // MARK: There and back

  private mutating func carryOut(
    _ change: Change, at position: Int, _ operation: RecordOperation
  ) {
    switch change {
    case .none: break
    case .enrolled(let owner): enrolled.insert(owner)
    case .registered(let user): registered.insert(user)
    case .stored(let file):
      guard case .store(let owner, _) = operation else { return }
      stored[file] = (owner, position)
      uploads.insert(file, at: uploads.lastIndex { $0 < file }.map { $0 + 1 } ?? 0)
    case .revoked(let attribute, let user): lost[user, default: [:]][attribute] = position
    case .rekeyed(let attribute): epochs[attribute, default: 0] += 1
    case .renewed(let row, _):
      guard case .renew(_, _, let epoch) = operation else { return }
      rows[row] = epoch
    case .superseded(let file, _, let changed):
      guard case .supersede(_, _, let version) = operation else { return }
      versions[file] = version
      for (row, _) in changed { rows[row] = epochs[row.attribute] }
    case .deleted(let file): deleted.insert(file)
    case .audited(let owners, let isReport):
      audits += 1
      reports += isReport ? 1 : 0
      for owner in owners { concerning[owner, default: 0] += 1 }
    }
  }

  /// Takes the last change back.
  mutating func revert(_ change: Change) {
    switch change {
    case .none: break
    case .enrolled(let owner): enrolled.remove(owner)
    case .registered(let user): registered.remove(user)
    case .stored(let file):
      stored[file] = nil
      uploads.removeAll { $0 == file }
    case .revoked(let attribute, let user): lost[user]?[attribute] = nil
    case .rekeyed(let attribute): epochs[attribute, default: 0] -= 1
    case .renewed(let row, let epoch): rows[row] = epoch
    case .superseded(let file, let version, let changed):
      versions[file] = version
      for (row, epoch) in changed { rows[row] = epoch }
    case .deleted(let file): deleted.remove(file)
    case .audited(let owners, let isReport):
      audits -= 1
      reports -= isReport ? 1 : 0
      for owner in owners { concerning[owner, default: 0] -= 1 }
    }
  }
}

/// The words of all files, remembered as far as there is room.
private struct OracleWords: Sendable {
  private let world: RecordWorld
  private var words: [UInt32] = []
  private static let room = 1 << 24

  init(_ world: RecordWorld) { self.world = world }

  mutating func hold(_ query: [(slot: Int, word: Int)], in file: Int) -> Bool {
    let slots = world.settings.slots
    guard (file + 1) * slots <= Self.room else {
      return query.allSatisfy { world.word(of: file, slot: $0.slot) == $0.word }
    }
    while words.count < (file + 1) * slots {
      let (next, slot) = words.count.quotientAndRemainder(dividingBy: slots)
      words.append(UInt32(world.word(of: next, slot: slot)))
    }
    for (slot, word) in query where words[file * slots + slot] != UInt32(word) { return false }
    return true
  }
}
