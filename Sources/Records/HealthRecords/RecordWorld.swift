import DiscreteEvents
import RecordSharing

/// What there is in a run's records: who owns a file, what it says, who may read it, who asks what.
///
/// Everything is a pure function of the seed and of numbers, so replicas decide from the word of an
/// operation alone and no file takes memory but for the bytes of its words. One value serves all
/// replicas of a run.
public final class RecordWorld: Sendable {
  /// Everything else that the records depend on.
  public let settings: RecordSettings
  /// Who is which party.
  public let roster: Roster
  /// What each step costs.
  public let prices: StepPrices
  /// The seed of the records.
  public let seed: Seed
  /// The words of the files of the beginning.
  let columns: CatalogueColumns

  private let words: Zipf
  private let policyWeights: CatalogueWeights
  private let sizeWeights: CatalogueWeights
  private let classes: [UInt32]
  /// The policies of the files of the beginning, which a search asks for by the thousand.
  private let policies: [UInt32]

  /// What a keyed draw is for, beside those of other parts of a run.
  private enum Subject: UInt64 {
    case policy = 1, size, word, query, sample
  }

  /// Computes prices, tables and the words of the files of the beginning.
  public init(_ settings: RecordSettings, seed: Seed) {
    precondition(settings.preloaded >= 0 && settings.preloaded < 1 << 24, "too many files")
    precondition(
      (1...settings.slots).contains(settings.queriedSlots),
      "\(settings.queriedSlots) of \(settings.slots) slots are asked for")
    let words = Zipf(count: settings.vocabulary, exponent: settings.wordExponent)
    self.settings = settings
    self.seed = seed
    self.words = words
    roster = Roster(settings)
    prices = StepPrices(settings)
    let policyWeights = CatalogueWeights(settings.policies.map(\.weight))
    self.policyWeights = policyWeights
    policies = (0..<settings.preloaded).map { UInt32(Self.policy(of: $0, policyWeights, seed)) }
    sizeWeights = CatalogueWeights(settings.recordSizes.map(\.weight))
    classes = settings.users.enumerated().flatMap { place, group in
      [UInt32](repeating: UInt32(place), count: group.count)
    }
    columns = CatalogueColumns(count: settings.preloaded, slots: settings.slots) { file, slot in
      Self.word(of: file, slot: slot, words, seed)
    }
  }

  /// The patient who owns a file of the beginning: they are dealt out in turn.
  public func owner(ofPreloaded file: Int) -> Int { file % settings.patients }

  /// The place of a file's policy in ``RecordSettings/policies``, drawn by weight.
  public func policy(of file: Int) -> Int {
    file < policies.count ? Int(policies[file]) : Self.policy(of: file, policyWeights, seed)
  }

  /// The place of a file's size in ``RecordSettings/recordSizes``, drawn by weight.
  public func size(of file: Int) -> Int {
    var draw = Self.draw(.size, UInt64(file), 0, seed)
    return sizeWeights.place(&draw)
  }

  /// The word of a file in a slot: 0 up to, and without, the vocabulary, by Zipf's law.
  public func word(of file: Int, slot: Int) -> Int { Self.word(of: file, slot: slot, words, seed) }

  /// The slots that a request asks for and the words, ascending by slot: those of its target.
  ///
  /// A request that misses asks in its first slot for the word after the last, which no file holds.
  public func query(_ request: AccessRequest) -> [(slot: Int, word: Int)] {
    let (era, occasion) = UInt64(request.occasion).quotientAndRemainder(dividingBy: 1 << 12)
    let asker = era << 40 | UInt64(request.user) << 12 | occasion
    var draw = Self.draw(.query, asker, UInt64(request.target), seed)
    var missing = settings.queriedSlots
    var query: [(slot: Int, word: Int)] = []
    query.reserveCapacity(missing)
    // Each slot is taken with the share of those still wanted among those still left.
    for slot in 0..<settings.slots where missing > 0 {
      guard draw.below(UInt64(settings.slots - slot)) < UInt64(missing) else { continue }
      missing -= 1
      let isMissed = request.misses && query.isEmpty
      query.append(
        (slot, isMissed ? settings.vocabulary : word(of: request.target, slot: slot)))
    }
    return query
  }

  /// A word as text, different for every slot and word.
  public func text(slot: Int, word: Int) -> String { "field-\(slot)-word-\(word)" }

  /// The place of a user's class in ``RecordSettings/users``; `user` is below the roster's number.
  public func userClass(of user: Int) -> Int { Int(classes[user]) }

  /// What a user holds, revoked or not.
  public func attributes(of user: Int) -> AttributeSet {
    settings.users[userClass(of: user)].attributes
  }

  /// Whether the real engine carries a file out: always, never, or drawn by the sampled share.
  public func isReal(_ file: Int) -> Bool {
    switch settings.engine {
    case .counted: return false
    case .real: return true
    case .sampled(let share):
      var draw = Self.draw(.sample, UInt64(file), 0, seed)
      return draw.chance(share)
    }
  }

  private static func policy(of file: Int, _ weights: CatalogueWeights, _ seed: Seed) -> Int {
    var draw = draw(.policy, UInt64(file), 0, seed)
    return weights.place(&draw)
  }

  private static func word(of file: Int, slot: Int, _ words: Zipf, _ seed: Seed) -> Int {
    var draw = draw(.word, UInt64(file), UInt64(slot), seed)
    return words.rank(among: words.count, &draw)
  }

  private static func draw(
    _ subject: Subject, _ first: UInt64, _ second: UInt64, _ seed: Seed
  ) -> Draw {
    // Workloads draw by other first keys: this one is far from any number they count by.
    seed.draw(.workload, 0x2EC0_2D00_0000_0000 | subject.rawValue, first, second)
  }
}
