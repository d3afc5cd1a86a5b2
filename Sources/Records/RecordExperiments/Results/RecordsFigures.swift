import DiscreteEvents
import Experiments
import HealthRecords
import RunPlans
import Simulator
import Tables

/// The operations of one run of sharing records, reduced to what tables say.
struct RecordsFigures {
  /// How long something took, and where the time went, in nanoseconds.
  struct Times {
    private(set) var totals: [Int64] = []
    private var crypto: [Int64] = []
    private var consensus: [Int64] = []
    private var network: [Int64] = []
    private var queueing: [Int64] = []

    var count: Int { totals.count }

    mutating func add(_ time: TimeBreakdown) {
      totals.append(time.total)
      crypto.append(time.crypto)
      consensus.append(time.consensus)
      network.append(time.network)
      queueing.append(time.queueing)
    }

    mutating func add(_ other: Self) {
      totals += other.totals
      crypto += other.crypto
      consensus += other.consensus
      network += other.network
      queueing += other.queueing
    }

    /// The mean in milliseconds.
    var mean: Double? { Self.milliseconds(totals) }

    /// The means of crypto, consensus, network and queueing in milliseconds.
    var parts: [Double?] { [crypto, consensus, network, queueing].map(Self.milliseconds) }

    /// A percentile in milliseconds.
    func percentile(_ perMille: Int) -> Double? {
      Statistics.percentile(perMille, ofSorted: totals.sorted()).map { Double($0) / 1e6 }
    }

    private static func milliseconds(_ values: [Int64]) -> Double? {
      Statistics.mean(values).map { $0 / 1e6 }
    }
  }

  /// How operations ended.
  struct Ending: Hashable {
    var activity: RecordActivity?
    var misdeed: Misdeed?
    var outcome: RecordOutcome
  }

  /// The steps that occurred, in the order of the paper.
  private(set) var steps: [(key: RecordStep, times: Times)] = []
  /// Operations by what was done; nil is enrolment.
  private(set) var activities: [(key: RecordActivity?, times: Times)] = []
  /// Operations by what was done and how it ended.
  private(set) var endings: [(key: Ending, times: Times)] = []
  /// All operations but enrolments that ended.
  private(set) var all = Times()
  /// The time in which operations are counted, in seconds, and that of enrolments.
  private(set) var windowSeconds = 0.0
  private(set) var wholeSeconds = 0.0

  /// Reduces a run; operations that began before the window are left out, but for enrolments, and
  /// those that never ended have no time.
  init(_ run: RunResult, _ settings: RunPlan) {
    var begin = VirtualTime.zero
    if case .window(let warmup, _) = settings.schedule { begin = .zero + warmup }
    wholeSeconds = VirtualDuration(nanoseconds: run.end.nanoseconds).inSeconds
    windowSeconds =
      VirtualDuration(nanoseconds: max(0, run.end.nanoseconds - begin.nanoseconds)).inSeconds
    guard let account = run.records else { return }
    var byStep = [Times](repeating: Times(), count: RecordStep.allCases.count)
    var byActivity = [Times](repeating: Times(), count: RecordActivity.allCases.count + 1)
    var byEnding: [Ending: Times] = [:]
    for operation in account.operations {
      if operation.activity != nil, operation.started < begin { continue }
      var whole = TimeBreakdown()
      let isEnded = operation.outcome != .unfinished
      for (step, time) in operation.steps {
        whole.add(time)
        if isEnded { byStep[Int(step.rawValue)].add(time) }
      }
      let ending = Ending(
        activity: operation.activity, misdeed: operation.misdeed, outcome: operation.outcome)
      byEnding[ending, default: Times()].add(whole)
      guard isEnded else { continue }
      byActivity[Self.place(operation.activity)].add(whole)
      if operation.activity != nil { all.add(whole) }
    }
    steps = zip(RecordStep.allCases, byStep).filter { $0.1.count > 0 }.map { (key: $0, times: $1) }
    activities = zip([nil] + RecordActivity.allCases.map { Optional($0) }, byActivity)
      .filter { $0.1.count > 0 }.map { (key: $0, times: $1) }
    endings = byEnding.keys.sorted { Self.order($0).lexicographicallyPrecedes(Self.order($1)) }
      .map { (key: $0, times: byEnding[$0] ?? Times()) }
  }

  /// The figures of several runs of one cell together.
  init(_ runs: [RunResult], _ settings: RunPlan) {
    for run in runs {
      let one = Self(run, settings)
      windowSeconds += one.windowSeconds
      wholeSeconds += one.wholeSeconds
      all.add(one.all)
      for (step, times) in one.steps { Self.add(times, at: step, to: &steps) }
      for (activity, times) in one.activities { Self.add(times, at: activity, to: &activities) }
      for (ending, times) in one.endings { Self.add(times, at: ending, to: &endings) }
    }
    steps.sort { $0.key.rawValue < $1.key.rawValue }
    activities.sort { Self.place($0.key) < Self.place($1.key) }
    endings.sort { Self.order($0.key).lexicographicallyPrecedes(Self.order($1.key)) }
  }

  /// How many of something there were in a second.
  func rate(_ times: Times, of activity: RecordActivity?) -> Double? {
    let seconds = activity == nil ? wholeSeconds : windowSeconds
    return seconds > 0 ? Double(times.count) / seconds : nil
  }

  private static func add<Key: Equatable>(
    _ times: Times, at key: Key, to list: inout [(key: Key, times: Times)]
  ) {
    if let index = list.firstIndex(where: { $0.key == key }) {
      list[index].times.add(times)
    } else {
      list.append((key, times))
    }
  }

  private static func place(_ activity: RecordActivity?) -> Int {
    activity.map { Int($0.rawValue) + 1 } ?? 0
  }

  private static func order(_ ending: Ending) -> [Int] {
    let misdeed = ending.misdeed.flatMap { Misdeed.allCases.firstIndex(of: $0) }
    return [place(ending.activity), misdeed.map { $0 + 1 } ?? 0, Int(ending.outcome.rawValue)]
  }
}

extension RecordActivity? {
  /// The name in tables, that of enrolment included.
  var title: String { self?.name ?? "enrol" }
}
