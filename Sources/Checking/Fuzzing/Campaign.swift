import ConsensusCore
import DiscreteEvents
import RunPlans
import Simulator
import Traps

/// A series of runs, each of which tries to break a protocol.
///
/// Plans that reached something new are kept, and a part of the later plans are variants of them.
/// Runs are made in rounds: the plans of a round depend on seeds and on earlier rounds alone, and
/// what a round found is put together in the order of seeds, so that the number of workers changes
/// nothing but the time it takes.
public struct Campaign: Sendable {
  /// The protocols, in turn.
  public var subjects: [FuzzProtocol]
  /// Draws the plans.
  public var generator: PlanGenerator
  /// The first seed.
  public var first: UInt64
  /// How many runs at a time.
  public var workers: Int
  /// Whether the replicas of sc-PBFT have sheets whose answers are drawn (SC-8); then sc-PBFT is the only
  /// protocol.
  public var usesArbitrarySheets = false
  /// Asked before each run whether no more are wanted.
  public var isInterrupted: @Sendable () -> Bool = { false }

  /// The largest seed that a scenario can name.
  public static let largestSeed: UInt64 = 999_999_999_999_999_999

  /// Seeds of a round.
  static let round = 512
  /// Seeds that one worker takes at a time.
  private static let share = 16
  /// Of so many seeds one is run twice, and the digests compared.
  static let repetition: UInt64 = 32
  /// Plans kept for each protocol.
  private static let keptLimit = 1024
  /// Plans whose runs have more events are not kept: many small runs find more than few large ones.
  private static let keptEvents: UInt64 = 3000

  /// Creates a campaign.
  public init(subjects: [FuzzProtocol], generator: PlanGenerator, first: UInt64, workers: Int) {
    precondition(!subjects.isEmpty, "a campaign has at least one protocol")
    precondition(first <= Self.largestSeed, "no scenario can name the seed \(first)")
    self.subjects = subjects
    self.generator = generator
    self.first = first
    self.workers = max(1, workers)
  }

  /// What one seed yielded.
  struct Attempt: Sendable {
    var plan: Plan
    var result: PlanResult
    /// Whether a second run of the plan was another one.
    var differs: Bool
  }

  /// Makes runs until all seeds are used up or the caller has enough.
  ///
  /// - Parameters:
  ///   - seeds: The number of seeds, or nil for no end.
  ///   - isOver: Asked after each round with what was found so far.
  /// - Returns: What was found; after an interruption it is the report of as many seeds as were done.
  public func run(
    seeds: UInt64?, until isOver: (CampaignReport) -> Bool
  ) async -> CampaignReport {
    var report = CampaignReport(subjects: subjects)
    var kept: [FuzzProtocol: [Plan]] = [:]
    var done: UInt64 = 0
    // Without an end of its own a campaign ends with the seeds.
    let seeds = min(seeds ?? .max, Self.largestSeed - first + 1)
    while done < seeds {
      let count = min(UInt64(Self.round), seeds - done)
      let attempts = await attempts(first + done, count: Int(count), kept: kept)
      for attempt in attempts {
        if report.note(attempt), attempt.result.events <= Self.keptEvents,
          !attempt.plan.isBeyondBound,
          kept[attempt.plan.subject, default: []].count < Self.keptLimit
        {
          kept[attempt.plan.subject, default: []].append(attempt.plan)
        }
      }
      done += UInt64(attempts.count)
      if isOver(report) || attempts.count < count { break }
    }
    return report
  }

  /// The attempts of a round; after an interruption those of its first seeds.
  private func attempts(
    _ start: UInt64, count: Int, kept: [FuzzProtocol: [Plan]]
  ) async -> [Attempt] {
    var results = [[Attempt]](repeating: [], count: (count + Self.share - 1) / Self.share)
    await withTaskGroup(of: (Int, [Attempt]).self) { group in
      var next = 0
      func begin() {
        guard next < results.count, !isInterrupted() else { return }
        let place = next
        next += 1
        group.addTask {
          let from = place * Self.share
          let seeds = from..<min(from + Self.share, count)
          var attempts: [Attempt] = []
          for seed in seeds where !isInterrupted() {
            attempts.append(attempt(start + UInt64(seed), kept: kept))
          }
          return (place, attempts)
        }
      }
      for _ in 0..<workers { begin() }
      while let (place, attempts) = await group.next() {
        results[place] = attempts
        begin()
      }
    }
    // What lies behind a gap would make another report than so many seeds do.
    let whole = results.prefix { $0.count == Self.share }.count
    return results.prefix(whole + 1).flatMap { $0 }
  }

  private func attempt(_ seed: UInt64, kept: [FuzzProtocol: [Plan]]) -> Attempt {
    let subject = subjects[Int(seed % UInt64(subjects.count))]
    let plan = plan(of: seed, subject, kept: kept[subject] ?? [])
    let result = TrapNote.during(note(plan, seed: seed)) { run(plan) }
    var differs = false
    if seed % Self.repetition == 0 { differs = run(plan).digest != result.digest }
    return Attempt(plan: plan, result: result, differs: differs)
  }

  private func run(_ plan: Plan) -> PlanResult {
    usesArbitrarySheets ? plan.runOnArbitrarySheets(key: plan.seed) : plan.run()
  }

  /// What is said when a run traps.
  ///
  /// The plan may be a variant of those that earlier seeds kept, so that they have to be run again
  /// too.
  func note(_ plan: Plan, seed: UInt64) -> String {
    """
    \(plan.subject.name), n = \(plan.replicas), seed \(seed): this run trapped
      replay: \(command(upTo: seed)) --jobs 1

    """
  }

  /// The command that makes the same runs up to a seed.
  public func command(upTo seed: UInt64) -> String {
    let name = subjects.count == 1 ? subjects[0].name : "all"
    let sizes = "\(generator.sizes.lowerBound)...\(generator.sizes.upperBound)"
    return "consim fuzz --protocol \(name)\(usesArbitrarySheets ? " --arbitrary-sheets" : "") "
      + "--n \(sizes) --first \(first) --seeds \(seed - first + 1)"
  }

  private func plan(of seed: UInt64, _ subject: FuzzProtocol, kept: [Plan]) -> Plan {
    var dice = Dice(seed, 0xCA_31)
    let plan =
      !kept.isEmpty && dice.hits(24)
      ? generator.variant(of: dice.pick(kept), seed: seed) : generator.plan(subject, seed: seed)
    return usesArbitrarySheets ? plan.onArbitrarySheets() : plan
  }
}
