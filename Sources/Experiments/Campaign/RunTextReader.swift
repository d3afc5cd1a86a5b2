import ConsensusCore
import DiscreteEvents
import Invariants
import RunPlans
import Simulator

/// Why lines are no result of a run.
struct RunTextError: Error {
  /// What is wrong, in a sentence without its end.
  let problem: String
}

/// Reads what ``RunText`` writes.
struct RunTextReader {
  private let lines: [ArraySlice<UInt8>]
  private var next = 0

  /// Reads the result of a run.
  ///
  /// - Parameters:
  ///   - bytes: The lines.
  ///   - run: Which run it is.
  ///   - cell: Its cell, whose replicas and faults the lists must match.
  /// - Returns: The result.
  /// - Throws: ``RunTextError`` where the lines say something else.
  static func result(
    _ bytes: ArraySlice<UInt8>, of run: Scenario.Run, in cell: Scenario.Cell
  ) throws(RunTextError) -> RunResult {
    var reader = RunTextReader(bytes)
    let result = try reader.result(of: run)
    guard result.strikes.count == cell.settings.faults.count else {
      throw RunTextError(problem: "'strikes' does not match the faults of the run")
    }
    guard (result.account == nil) == (cell.settings.workload == nil) else {
      throw RunTextError(problem: "'workload' does not match the load of the run")
    }
    if let chain = result.counters.chain {
      let replicas = cell.settings.replicas
      guard chain.mined.count == replicas, chain.onMainChain.count == replicas else {
        throw RunTextError(problem: "'mined' does not match the replicas of the run")
      }
    }
    return result
  }

  private init(_ bytes: ArraySlice<UInt8>) {
    lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
  }

  private mutating func result(of run: Scenario.Run) throws(RunTextError) -> RunResult {
    let digest = try take("digest").hexadecimal()
    let events: UInt64 = try take("events").one()
    let stopReason = try stop(take("stop"))
    let ending = try ending(take("ending"))
    let end: Int64 = try take("end").one()
    let blocks: Int = try take("blocks").one()
    let timeout: Int64? = try take("timeout").having(1).optional(0)
    var result = RunResult(
      cell: run.cell, seed: run.seed, digest: TraceDigest(value: digest), events: events,
      stopReason: stopReason, ending: ending, end: VirtualTime(nanoseconds: end), tests: [],
      requests: try account(take("requests").having(6)), strikes: [], census: [], blocks: blocks,
      messages: [], counters: RunCounters(), violations: [],
      timeout: timeout.map { VirtualDuration(nanoseconds: $0) }, account: nil)
    result.strikes = try take("strikes").optionals()
    result.counters = try counters()
    while let line = try takeIf("message") {
      result.messages.append(
        (kind: try line.rest(after: 2), sent: try line.number(0), bytes: try line.number(1)))
    }
    while let line = try takeIf("census")?.having(4) {
      result.census.append(
        RunResult.Census(
          rounds: try line.number(0), time: VirtualTime(nanoseconds: try line.number(1)),
          active: try line.number(2), members: try line.number(3)))
    }
    while let line = try takeIf("violation") {
      let replica: Int? = try line.optional(0)
      result.violations.append(
        Violation(
          invariant: InvariantID(try line.rest(after: 2)), replica: replica.map { ReplicaID($0) },
          time: VirtualTime(nanoseconds: try line.number(1)),
          detail: try take("detail").rest(after: 0)))
    }
    while let line = try takeIf("test")?.having(8) { result.tests.append(try test(line)) }
    let elections = try take("elections").having(2)
    result.elections = try elections.number(0)
    result.leaderChanges = try elections.number(1)
    while let line = try takeIf("usage")?.having(3) {
      result.usage.append(try usage(line, from: 0))
    }
    while let line = try takeIf("interval")?.having(13) { result.series.append(try interval(line)) }
    result.account = try account()
    // Behind the last line feed is nothing.
    guard next == lines.count - 1, lines[next].isEmpty else {
      throw RunTextError(problem: "there is more than a result, or less")
    }
    return result
  }

  private mutating func counters() throws(RunTextError) -> RunCounters {
    let line = try take("counters").having(13)
    var counters = RunCounters()
    counters.highestView = try line.number(0)
    counters.timeouts = try line.number(1)
    counters.convictions = try line.number(2)
    counters.sheetEntries = try line.number(3)
    counters.malicious = try line.number(4)
    counters.falseIsolations = try line.number(5)
    let marked: Int64? = try line.optional(6)
    let changed: Int64? = try line.optional(7)
    counters.firstMalicious = marked.map { VirtualTime(nanoseconds: $0) }
    counters.firstViewChange = changed.map { VirtualTime(nanoseconds: $0) }
    counters.turnsOutOfOrder = try line.number(8)
    counters.proposers = try line.number(9)
    counters.epochs = try line.number(10)
    counters.withoutHeartbeats = try line.optional(11)
    let full: Int64? = try line.optional(12)
    counters.windowFull = full.map { VirtualDuration(nanoseconds: $0) }
    let isolation = try take("isolation")
    if try !isolation.having(isolation.isNone ? 1 : 2).isNone {
      counters.isolation = IsolationClock.Shares(
        excluded: Double(bitPattern: try isolation.number(0)),
        excludedAway: Double(bitPattern: try isolation.number(1)))
    }
    let blocks = try take("chain")
    if !blocks.isNone { counters.chain = try chain(blocks.having(2)) }
    return counters
  }

  private mutating func chain(_ line: Line) throws(RunTextError) -> ChainCounters {
    var chain = ChainCounters(
      mined: try take("mined").numbers(), onMainChain: try take("main").numbers())
    chain.reorganisations = try take("reorganised").numbers()
    chain.prefixFailures = try line.number(0)
    chain.tipChanges = try line.number(1)
    return chain
  }

  private mutating func test(_ line: Line) throws(RunTextError) -> RunResult.Test {
    var test = RunResult.Test(
      number: try line.number(0), primary: try line.optional(1),
      window: VirtualDuration(nanoseconds: try line.number(2)), accepted: try line.number(3),
      blocks: try line.number(4), declined: try line.number(5),
      requests: try account(take("issued").having(6)), bogus: try line.number(6),
      latencies: try take("latencies").numbers())
    test.transactions = try line.number(7)
    return test
  }

  /// What a workload counted; nil where no line tells of it.
  private mutating func account() throws(RunTextError) -> (any Sendable)? {
    var lines: [String] = []
    while let line = try takeIf("workload") { lines.append(try line.rest(after: 0)) }
    guard !lines.isEmpty else { return nil }
    guard let account = Workloads.counted?.account(lines: lines) else {
      throw RunTextError(problem: "'workload' has another form")
    }
    return account
  }

  func account(_ line: Line, from place: Int = 0) throws(RunTextError) -> RequestAccount {
    var account = RequestAccount()
    account.issued = try line.number(place)
    account.accepted = try line.number(place + 1)
    account.bogus = try line.number(place + 2)
    account.declined = try line.number(place + 3)
    account.betweenTests = try line.number(place + 4)
    account.inFlight = try line.number(place + 5)
    return account
  }

  private func stop(_ line: Line) throws(RunTextError) -> StopReason {
    let word = try line.word(0)
    _ = try line.having(["standstill", "runaway"].contains(word) ? 2 : 1)
    switch word {
    case "schedule": return .scheduleEnded
    case "time-limit": return .timeLimit
    case "event-limit": return .eventLimit
    case "arena": return .arenaFull
    case "standstill": return .standstill(node: try line.number(1))
    case "runaway": return .runawayStep(node: try line.number(1))
    case "idle": return .idle
    case "stranded": return .stranded
    case "violation": return .violation
    case "trace": return .traceEnded
    default: throw line.error
    }
  }

  private func ending(_ line: Line) throws(RunTextError) -> RunEnding {
    switch try line.word(0) {
    case "fulfilled" where line.isOne: return .fulfilled
    case "unfulfilled": return .unfulfilled(try line.rest(after: 1))
    case "violated": return .violated(InvariantID(try line.rest(after: 1)))
    default: throw line.error
    }
  }

  // MARK: Lines

  mutating func take(_ name: String) throws(RunTextError) -> Line {
    guard let line = try takeIf(name) else {
      throw RunTextError(problem: "there is no '\(name)' where it has to be")
    }
    return line
  }

  mutating func takeIf(_ name: String) throws(RunTextError) -> Line? {
    guard next < lines.count else { return nil }
    let line = lines[next]
    let length = name.utf8.count
    guard line.starts(with: name.utf8), line.count == length || line.dropFirst(length).first == 0x20
    else { return nil }
    // A line without values has no blank either.
    guard line.count != length + 1 else { throw Line(name: name, bytes: line).error }
    next += 1
    return Line(name: name, bytes: line.dropFirst(length + 1))
  }
}
