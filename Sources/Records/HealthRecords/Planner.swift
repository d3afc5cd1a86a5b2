import DiscreteEvents

/// Draws what is done next: by the number of the operation and the files there are.
///
/// What an operation is depends on its number and on what may be asked for at its start, never on
/// how busy anybody is. A file whose upload or deletion is under way is no target.
struct Planner: Sendable {
  /// One operation that was drawn.
  struct Plan: Sendable {
    var number: Int
    var activity: RecordActivity
    var owner = 0
    var user = 0
    var file = 0
    var attribute = 0
    var request: AccessRequest?
    var intents: [Misdeed] = []
  }

  private let world: RecordWorld
  private let seed: Seed
  /// The files there are to ask for.
  private(set) var targets: PlannerTargets
  private var popularity: Zipf
  private var popularityCount: Int
  private(set) var nextFile: Int
  /// The owners of uploaded files, by number from `preloaded`.
  private var uploaders: [Int] = []
  /// Requests of each user so far.
  private var occasions: [Int]
  /// What each user still holds and nobody is about to take, as places in the universe.
  private var holdings: [[Int]]
  /// Attributes whose revocation is under way.
  private var isChanging: [Bool]

  /// Files have numbers below this.
  static let fileLimit = 1 << 24

  init(_ world: RecordWorld) {
    self.world = world
    seed = world.seed.derived(for: 0x9_1A_44E2)
    let settings = world.settings
    targets = PlannerTargets(
      owners: settings.patients, preloaded: settings.preloaded, owner: world.owner(ofPreloaded:))
    popularityCount = max(64, settings.preloaded)
    popularity = Zipf(count: popularityCount, exponent: settings.recordExponent)
    nextFile = settings.preloaded
    occasions = Array(repeating: 0, count: world.roster.users)
    holdings = (0..<world.roster.users).map { user in
      world.attributes(of: user).compactMap { settings.universe.index(of: $0) }
    }
    isChanging = Array(repeating: false, count: settings.universe.count)
  }

  // MARK: When

  /// The time between the starts of operations `number - 1` and `number` in an open load.
  func gap(before number: Int, ratePerSecond: Double) -> VirtualDuration {
    var draw = seed.draw(.arrival, UInt64(number))
    let mean = VirtualDuration(nanoseconds: Int64(min(1e9 / ratePerSecond, 0x1p62) + 0.5))
    return Distribution.exponential(minimum: .zero, mean: mean).sample(&draw)
  }

  /// The time between the end of an operation and the start of the next in a closed load.
  func thought(after number: Int, _ law: Distribution?) -> VirtualDuration {
    guard let law else { return .zero }
    var draw = seed.draw(.thinkTime, UInt64(number))
    return law.sample(&draw)
  }

  // MARK: What

  /// Draws operation `number`; nil if what was drawn is impossible now, and so is an upload.
  mutating func plan(_ number: Int) -> Plan? {
    var draw = seed.draw(.workload, UInt64(number))
    let activity = activity(&draw)
    if var plan = plan(number, activity, &draw) {
      plan.intents = intents(of: number)
      return plan
    }
    let canUpload = world.settings.mix.contains { $0.value == .upload && $0.weight > 0 }
    guard canUpload, var plan = plan(number, .upload, &draw) else { return nil }
    plan.intents = intents(of: number)
    return plan
  }

  private func activity(_ draw: inout Draw) -> RecordActivity {
    let mix = world.settings.mix
    let total = mix.reduce(0) { $0 + $1.weight }
    var left = draw.unit() * total
    for entry in mix where entry.weight > 0 {
      if left < entry.weight { return entry.value }
      left -= entry.weight
    }
    return mix.last { $0.weight > 0 }?.value ?? .upload
  }

  private func intents(of number: Int) -> [Misdeed] {
    var intents: [Misdeed] = []
    for (place, rule) in world.settings.misdeeds.enumerated() {
      var draw = seed.draw(.fault, UInt64(number), UInt64(place))
      if draw.chance(rule.share) { intents.append(rule.misdeed) }
    }
    return intents
  }

  private mutating func plan(
    _ number: Int, _ activity: RecordActivity, _ draw: inout Draw
  ) -> Plan? {
    var plan = Plan(number: number, activity: activity)
    switch activity {
    case .upload:
      guard nextFile < Self.fileLimit else { return nil }
      plan.owner = Int(draw.below(UInt64(world.settings.patients)))
      plan.file = nextFile
      nextFile += 1
      uploaders.append(plan.owner)
    case .search, .access:
      guard let user = asker(from: Int(draw.below(UInt64(world.roster.users)))) else { return nil }
      plan.user = user
      guard let file = popular(&draw) else { return nil }
      plan.file = file
      plan.owner = owner(of: file)
      plan.request = AccessRequest(
        user: plan.user, target: file, occasion: takeOccasion(of: plan.user),
        misses: draw.chance(world.settings.missShare), flaw: .none)
    case .revoke:
      guard let (user, attribute) = holding(&draw) else { return nil }
      plan.user = user
      plan.attribute = attribute
      take(attribute, from: user)
    case .delete:
      guard let owner = ownerWithFiles(&draw) else { return nil }
      let files = targets.files(of: owner)
      plan.owner = owner
      plan.file = Int(files[Int(draw.below(UInt64(files.count)))])
      targets.remove(plan.file, of: owner)
    case .list:
      plan.owner = Int(draw.below(UInt64(world.settings.patients)))
    }
    return plan
  }

  /// A user, or the next who has not asked as often as requests can be told apart: no token may be
  /// made twice.
  private func asker(from first: Int) -> Int? {
    let users = world.roster.users
    return (0..<users).lazy.map { (first + $0) % users }.first {
      occasions[$0] < RecordOperation.occasionLimit
    }
  }

  /// Whether every user has asked as often as requests can be told apart.
  var isExhausted: Bool { asker(from: 0) == nil }

  /// A number that tells a user's requests apart.
  mutating func takeOccasion(of user: Int) -> Int {
    defer { occasions[user] += 1 }
    return occasions[user]
  }

  /// A target by Zipf's law: the rank is that of its number.
  private mutating func popular(_ draw: inout Draw) -> Int? {
    guard targets.count > 0 else { return nil }
    if targets.count > popularityCount {
      popularityCount = 2 * targets.count
      popularity = Zipf(count: popularityCount, exponent: world.settings.recordExponent)
    }
    return targets.target(rank: popularity.rank(among: targets.count, &draw))
  }

  /// A user drawn evenly, or the next with an attribute to lose, and one of these drawn evenly.
  private func holding(_ draw: inout Draw) -> (user: Int, attribute: Int)? {
    let users = world.roster.users
    let first = Int(draw.below(UInt64(users)))
    for step in 0..<users {
      let user = (first + step) % users
      let free = holdings[user].filter { !isChanging[$0] }
      guard !free.isEmpty else { continue }
      return (user, free[Int(draw.below(UInt64(free.count)))])
    }
    return nil
  }

  private mutating func take(_ attribute: Int, from user: Int) {
    holdings[user].removeAll { $0 == attribute }
    isChanging[attribute] = true
  }

  /// An owner drawn evenly, or the next with a file to delete.
  private func ownerWithFiles(_ draw: inout Draw) -> Int? {
    guard targets.count > 0 else { return nil }
    let owners = world.settings.patients
    let first = Int(draw.below(UInt64(owners)))
    return (0..<owners).lazy.map { (first + $0) % owners }.first {
      !targets.files(of: $0).isEmpty
    }
  }

  // MARK: What became of it

  /// Who owns a file whose upload has begun.
  func owner(of file: Int) -> Int {
    file < world.settings.preloaded
      ? world.owner(ofPreloaded: file) : uploaders[file - world.settings.preloaded]
  }

  /// A file is on the chain for good.
  mutating func uploaded(_ file: Int) { targets.insert(file, of: owner(of: file)) }

  /// A deletion was given up: the file may still be there.
  mutating func keeps(_ file: Int) { targets.insert(file, of: owner(of: file)) }

  /// The revocation of an attribute is over.
  mutating func settled(_ attribute: Int) { isChanging[attribute] = false }

  /// Whether a revocation of an attribute is under way.
  func isRevocationUnderWay(of attribute: Int) -> Bool { isChanging[attribute] }

  /// The draws of a misdeed of an operation.
  func misdeedDraw(_ number: Int) -> Draw { seed.draw(.choice, UInt64(number)) }
}
