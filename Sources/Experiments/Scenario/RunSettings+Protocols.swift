import ConsensusCore
import DiscreteEvents
import Invariants
import Notation
import PBFT
import ProofOfWork
import Raft
import SCPBFT
import Simulator

extension RunSettings.Agreement {
  init(_ reader: MappingReader) {
    viewTimeout = reader["view-timeout"].duration()
    retransmission = reader["retransmission"].duration()
    switch reader["rotation"].choice() {
    case "per-test": rotation = .perTest
    case "every-blocks":
      rotation = .everyBlocks(reader.optional("blocks-per-turn")?.integer() ?? 1)
    default: rotation = .onSuspicion
    }
    batch = reader["batch"].integer()
    checkpointInterval = reader["checkpoint-interval"].integer()
    window = reader["window"].integer()
    if reader.isSound("window", "checkpoint-interval"), window < 2 * checkpointInterval {
      reader.error(
        "a window of \(window) is less than twice the checkpoint interval of \(checkpointInterval)",
        at: "window", hint: "PBFT §4.3 wants the window to span two checkpoints")
    }
  }
}

extension RunSettings.Checking {
  init(_ reader: MappingReader, replicas: Int) {
    options = NodeStateOversight.Options(
      marking: reader["marking"].choice() == "literal" ? .literal : .certified,
      exclusion: reader["exclusion"].choice() == "refuse" ? .refuse : .skip,
      strikes: reader["strikes"].integer(), agedThreshold: reader["aged-threshold"].integer(),
      expires: reader["expire"].flag(), allowsShrinking: reader["allow-shrink"].flag())
    epochLength = reader["epoch-length"].rounds(replicas: replicas, allowsNone: true)
    restartCost = reader["restart-cost"].duration()
  }
}

extension RunSettings.Leadership {
  init(_ reader: MappingReader) {
    heartbeat = reader["heartbeat"].duration()
    let bounds = reader["election-timeout"].list { $0.duration() }
    if bounds.count == 2, bounds[0] <= bounds[1] {
      electionTimeout = bounds[0]...bounds[1]
    } else {
      electionTimeout = .seconds(1)...(.seconds(2))
      if reader.isSound("election-timeout") {
        reader.error("the largest time-out is less than the least", at: "election-timeout")
      }
    }
    if reader.isSound("heartbeat", "election-timeout"), heartbeat >= electionTimeout.lowerBound {
      reader.error(
        "a heartbeat as long as an election time-out would depose every leader", at: "heartbeat")
    }
    batch = reader["batch"].integer()
    appendLimit = reader["append-limit"].integer()
    snapshotInterval = reader.optional("snapshot-every")?.integer()
    usesPreVote = reader["pre-vote"].flag()
    checksQuorum = reader["check-quorum"].flag()
  }
}

extension RunSettings.Mining {
  init(_ reader: MappingReader, replicas: Int) {
    let rates = reader["hash-rates"].list { UInt64($0.hashRate()) }
    hashRates = (0..<replicas).map { rates.isEmpty ? 1 : rates[$0 % rates.count] }
    if reader.isSound("hash-rates"), hashRates.allSatisfy({ $0 == 0 }) {
      reader.error("nobody mines: every hash rate is 0", at: "hash-rates")
    }
    difficultyBits = reader["difficulty-bits"].integer()
    confirmations = reader["confirmations"].integer()
    blockCapacity = reader["block-capacity"].integer()
    retargetInterval = reader.optional("retarget-every")?.integer()
    targetInterval = reader.optional("target-interval")?.duration()
    if (retargetInterval == nil) != (targetInterval == nil) {
      reader.error("'retarget-every' and 'target-interval' need each other")
    }
    announceInterval = reader.optional("announce-every")?.duration()
    relaysTransactions = reader["relay-transactions"].flag()
    peers = reader.optional("peers")?.integer()
  }
}

extension RunSettings.ChainPromises {
  init(_ reader: MappingReader) {
    keepsCommonPrefix = reader["common-prefix"].flag()
    quality = reader.optional("quality")?.mapping { quality in
      let window = quality["window"].integer()
      let share = quality["share"].probability()
      _ = quality["share"].ratio(of: share)
      let millionths = Int((share * 1e6).rounded())
      if quality.isSound("share"), millionths == 0 {
        quality.error("a share of 0 promises nothing", at: "share")
      }
      return ChainDemands.Quality(
        window: window, honestBlocks: (window * millionths + 999_999) / 1_000_000)
    }
    meanInterval = nil
    guard let bounds = reader.optional("interval")?.list({ $0.duration() }), bounds.count == 2
    else { return }
    if bounds[0] <= bounds[1] {
      meanInterval = bounds[0]...bounds[1]
    } else {
      reader.error("the largest interval is less than the least", at: "interval")
    }
  }
}

/// The `schedule` of a run.
struct ScheduleSection {
  var schedule: Schedule
  var horizonArrivals: Int?
  var timeLimit: VirtualTime

  init(_ reader: MappingReader) {
    let tests = reader.optional("tests")?.integer()
    if let window = reader.optional("window")?.duration() {
      let delay = reader.optional("rotation-delay")?.duration()
      let least = window + (delay ?? .zero)
      let interval = reader.optional("interval")?.duration() ?? least
      if interval < least {
        reader.error(
          "the next test begins before this one and its rotation are over", at: "interval")
      }
      schedule = .tests(
        TestPlan(
          tests: tests ?? 1,
          ending: .window(window, rotationDelay: delay, interval: max(interval, least))))
    } else if let count = reader.optional("first-requests")?.integer() {
      schedule = .tests(
        TestPlan(
          tests: tests ?? 1,
          ending: .firstRequests(
            count: count, pause: reader.optional("pause")?.duration() ?? .zero)))
    } else if let duration = reader.optional("duration")?.duration() {
      schedule = .window(
        warmup: reader.optional("warmup")?.duration() ?? .zero, duration: duration)
    } else if let blocks = reader.optional("blocks")?.integer() {
      schedule = .blocks(blocks)
    } else if let healing = reader.optional("heal-at")?.duration() {
      // The invariants depend on the protocol, which is not known here.
      schedule = .healing(
        HealingPlan(
          at: .zero + healing, within: reader.optional("within")?.duration() ?? .seconds(60),
          requests: reader.optional("requests")?.integer() ?? 1, invariant: "PL-1",
          rotation: reader.optional("rotate-every")?.duration(),
          settling: (reader.optional("settle-within")?.duration()).map {
            SettlingPlan(within: $0, invariant: "PL-5")
          }))
    } else {
      horizonArrivals = reader.optional("arrivals")?.integer()
      schedule = .blocks(1)
    }
    timeLimit =
      .zero
      + (reader.optional("time-limit")?.duration()
        ?? (schedule.namesItsEnd ? hours(10_000) : hours(100)))
  }
}

private func hours(_ count: Int64) -> VirtualDuration { .seconds(3600 * count) }

extension Schedule {
  /// Whether a run ends at an instant that the schedule names, whatever the clients get.
  fileprivate var namesItsEnd: Bool {
    switch self {
    case .window, .healing: return true
    case .tests(let plan):
      if case .window = plan.ending { return true }
      return false
    case .blocks: return false
    }
  }
}

extension RunSettings.Fault {
  /// Whether the culprits count as Byzantine.
  var isByzantine: Bool { behaviour.agent != .outage }

  /// Whether the culprits are among the f that PBFT tolerates: a replica that forgot what it promised
  /// is as bad as one that lies.
  var countsTowardBound: Bool { isByzantine || behaviour == .crash && disk == .lost }

  /// Whether a replica of another kind carries it out from the start of the run to its end.
  var isStrategy: Bool { behaviour.agent == .replica }

  init(_ reader: MappingReader, replicas: Int) {
    culprits = Self.culprits(reader, replicas: replicas)
    behaviour = reader["behaviour"].choice(Behaviour.Kind.self)
    law = nil
    span = nil
    copies = 1
    hiddenBlocks = 1
    disk = .kept
    switch behaviour {
    case .delay: law = Self.needed("delay", reader).map { Distribution($0) }
    case .slow, .pause: span = Self.needed("by", reader)?.duration()
    case .withhold: hiddenBlocks = reader.optional("hidden-blocks")?.integer() ?? 6
    case .duplicate: copies = reader.optional("copies")?.integer() ?? 1
    case .crash:
      span = reader.optional("down-for")?.duration()
      disk =
        switch reader.optional("disk")?.choice() {
        case "lost": .lost
        case "torn": .torn(afterWrites: reader.optional("after-writes")?.integer() ?? 0)
        case "unsynced": .unsynced
        default: .kept
        }
    default: break
    }
    activation = Self.activation(reader)
    var named: Set<String> = []
    kinds = reader["messages"].list { item in
      let kind = item.text()
      if !named.insert(kind).inserted { item.error("the kind '\(kind)' is listed twice") }
      return kind
    }
    var seen: Set<Int> = []
    let listed = reader["recipients"].list { item -> ReplicaID in
      let id = item.integer()
      if !seen.insert(id).inserted { item.error("node \(id) is listed twice") }
      if id >= replicas {
        item.error("node \(id) does not exist: replicas are 0 to \(replicas - 1)")
      }
      return ReplicaID(min(id, replicas - 1))
    }
    recipients = RecipientFilter(
      replicas: listed.isEmpty ? nil : ReplicaSet(listed), clients: listed.isEmpty)
    probability = reader["probability"].probability()
    arrival = SlotModel.Arrival(rawValue: reader["arrival"].choice()) ?? .convert
  }

  private static func needed(_ key: String, _ reader: MappingReader) -> ValueReader? {
    guard let value = reader.optional(key) else {
      reader.error(
        "the behaviour '\(reader["behaviour"].choice(Behaviour.Kind.self).rawValue)' needs '\(key)'",
        at: "behaviour")
      return nil
    }
    return value
  }

  private static func culprits(_ reader: MappingReader, replicas: Int) -> Culprits {
    if let count = reader.optional("random-honest") {
      let number = count.integer()
      if number > replicas { count.error("there are only \(replicas) replicas") }
      return .random(count: min(number, replicas))
    }
    if let every = reader.optional("arrivals-every") {
      return .arrivals(everyRounds: every.rounds(replicas: replicas, allowsNone: false) ?? 1)
    }
    var seen: Set<Int> = []
    let named = reader.optional("nodes")?.list { item -> ReplicaID in
      let id = item.integer()
      if !seen.insert(id).inserted { item.error("node \(id) is listed twice") }
      if id >= replicas {
        item.error("node \(id) does not exist: replicas are 0 to \(replicas - 1)")
      }
      return ReplicaID(min(id, replicas - 1))
    }
    return .replicas(named ?? [])
  }

  private static func activation(_ reader: MappingReader) -> Activation {
    let from = reader["from"].duration()
    let until = reader.optional("until")?.duration()
    if let until, until <= from { reader.error("'until' is not after 'from'", at: "until") }
    func range(_ key: String) -> ClosedRange<Int>? {
      guard let bounds = reader.optional(key)?.list({ $0.integer() }), bounds.count == 2 else {
        return nil
      }
      if bounds[1] < bounds[0] { reader.error("the last is before the first", at: key) }
      return min(bounds[0], bounds[1])...max(bounds[0], bounds[1])
    }
    var activation = Activation(
      from: .zero + from, until: until.map { .zero + $0 } ?? .distantFuture,
      afterRounds: reader["after-rounds"].integer(),
      views: range("views").map { UInt64($0.lowerBound)...UInt64($0.upperBound) },
      tests: range("tests"), asPrimary: reader["as-primary"].flag(),
      alternateTurns: reader["alternate"].flag())
    activation.messages = range("sent")
    return activation
  }
}

extension ProtocolName {
  /// Reports what the settings ask of a protocol that does not have it.
  func check(_ settings: RunSettings, _ reader: MappingReader) {
    checkFaultBound(settings, reader)
    checkReplies(settings, reader)
    guard reader.isSound("faults") else { return }
    for fault in settings.faults {
      for kind in fault.kinds where !messageKinds.contains(kind) {
        reader.error(
          "\(title) has no message '\(kind)'", at: "faults",
          hint: nearestName(to: kind, among: messageKinds).map { "did you mean '\($0)'?" }
            ?? "allowed: \(messageKinds.joined(separator: ", "))")
      }
      if !has(fault.behaviour) {
        reader.error("\(title) has no behaviour '\(fault.behaviour.rawValue)'", at: "faults")
      }
      if fault.arrival == .join, settings.model == .messages {
        reader.error(
          "'arrival: join' needs 'model: slots': messages are simulated for a fixed set of machines",
          at: "faults")
      }
    }
    if settings.model == .messages, self != .pow, settings.isTimeless {
      reader.error(
        "no virtual time passes: the latency is 0, work is free, and clients do not think",
        at: "network", hint: "give a latency, costs or a think-time")
    }
    if settings.model == .slots, self != .pbft, self != .scPBFT {
      reader.error("the slot model knows PBFT and sc-PBFT only, not \(title)", at: "model")
    }
  }

  /// Reports clients that wait for more replies than there can be: Raft's leader alone replies.
  private func checkReplies(_ settings: RunSettings, _ reader: MappingReader) {
    guard self == .raft, reader.isSound("replicas", "clients") else { return }
    let quorum = Quorum(replicas: settings.replicas)
    for client in settings.clients {
      guard let rule = client.replyQuorum, quorum.faults > 0, rule != .fixed else { continue }
      let (name, count) =
        rule == .strong ? ("strong", 2 * quorum.faults + 1) : ("weak", quorum.oneHonest)
      return reader.error(
        "'reply-quorum: \(name)' waits for \(count) replies, and Raft's leader alone replies",
        at: "clients", hint: "write 'reply-quorum: one' or 'auto'")
    }
  }

  private var messageKinds: [String] {
    switch self {
    case .pbft, .scPBFT: PBFTMessage<NoOversight>.kindNames
    case .raft: RaftMessage.kindNames
    case .pow: MinerMessage.kindNames
    }
  }

  /// Whether a node of this protocol can behave so.
  private func has(_ behaviour: Behaviour.Kind) -> Bool {
    switch behaviour.subject {
    case .everybody: true
    case .pbft: self == .pbft || self == .scPBFT
    case .miners: self == .pow
    }
  }
}
