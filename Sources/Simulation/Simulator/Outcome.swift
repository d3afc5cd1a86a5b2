import ConsensusCore
import DiscreteEvents

/// Why a run ended.
public enum StopReason: Hashable, Sendable {
  /// Its schedule was carried out.
  case scheduleEnded
  /// The time limit came first.
  case timeLimit
  /// The event limit came first.
  case eventLimit
  /// More messages were in flight than the arena holds.
  case arenaFull
  /// A node had a million events at one instant: nothing that the clients wait for takes time.
  case standstill(node: Int)
  /// A node asked for more than a million effects in one step, none of which was carried out.
  case runawayStep(node: Int)
  /// Nothing was left to happen.
  case idle
  /// Members were removed, and too few of those left could make progress.
  case stranded
  /// A probe found an invariant broken.
  case violation
  /// The trace had all it wanted.
  case traceEnded
}

/// Copies of messages counted by what became of them.
public struct MessageCounts: Hashable, Sendable {
  /// Copies handed to the network, duplicates made by links and by the adversary included.
  public var sent = 0
  /// Their bytes.
  public var bytes = 0
  /// Copies that links made of others.
  public var duplicated = 0
  /// Copies that reached a node that was up.
  public var delivered = 0
  /// Copies dropped, by the raw value of ``DropReason``.
  public var dropped = [Int](repeating: 0, count: DropReason.allCases.count)
  /// Copies still on their way at the end, counted independently of the others.
  public var inFlight = 0

  /// Copies dropped for one reason.
  public subscript(reason: DropReason) -> Int { dropped[Int(reason.rawValue)] }
}

/// The history of one request.
public struct RequestRecord: Hashable, Sendable {
  /// How a request ended, as its client saw it.
  public enum Ending: UInt8, Hashable, Sendable {
    /// It was outstanding when the run ended or its connection was closed by the next test.
    case open
    /// Enough equal replies arrived.
    case accepted
    /// It was older than the time-out.
    case declined
  }

  /// The client.
  public var client: ClientID
  /// The client's timestamp.
  public var timestamp: UInt64
  /// The test to which it belongs, from 1; 0 for what ended during the warm-up.
  ///
  /// That is the test in which it was issued; where windows touch, the one in which it ended.
  public var test: Int
  /// When it was issued.
  public var issued: VirtualTime
  /// When it was accepted, declined or abandoned.
  public var ended: VirtualTime
  /// How it ended.
  public var ending: Ending
  /// Whether it ended inside the window of the test to which it belongs.
  public var isInWindow: Bool
  /// Whether the next test closed its connection; then it counts as open.
  public var isAbandoned: Bool
  /// The accepted result.
  public var result: Digest
  /// The result with which an honest replica executed it.
  public var executedResult: Digest
  /// Honest replicas at which it took effect, less those at which it was undone.
  public var executions: Int32
  var previousOfClient: Int32

  /// Whether the accepted result is one that an honest replica arrived at by the end of the run.
  ///
  /// The measurement is omniscient here: a leader that acknowledges requests it never replicates
  /// (Raft with a Byzantine leader) is believed by the client, not by this.
  public var isCorrect: Bool {
    ending == .accepted && executions > 0 && result == executedResult
  }

  /// From issue to end.
  public var latency: VirtualDuration { ended - issued }
}

/// What became of requests: every one of them is counted once.
public struct RequestAccount: Hashable, Sendable {
  /// Requests issued.
  public var issued = 0
  /// Requests accepted inside a window with a correct result.
  public var accepted = 0
  /// Requests accepted inside a window with a result that no honest replica ever had.
  public var bogus = 0
  /// Requests declined inside a window.
  public var declined = 0
  /// Requests accepted or declined outside every window.
  public var betweenTests = 0
  /// Requests neither accepted nor declined: they were outstanding when the run ended, or when
  /// their connection was closed by the next test.
  public var inFlight = 0

  /// No requests.
  public init() {}

  /// Whether what became of the requests adds up to their number.
  public var isBalanced: Bool {
    issued == accepted + bogus + declined + betweenTests + inFlight
  }

  /// Counts one request.
  mutating func count(_ request: RequestRecord) {
    issued += 1
    switch request.ending {
    case .open: inFlight += 1
    case .accepted, .declined: countEnding(of: request)
    }
  }

  /// Counts how a request ended that was accepted or declined.
  package mutating func countEnding(of request: RequestRecord) {
    if !request.isInWindow {
      betweenTests += 1
    } else if request.ending == .declined {
      declined += 1
    } else if request.isCorrect {
      accepted += 1
    } else {
      bogus += 1
    }
  }
}

/// What was measured in one test.
public struct TestResult: Hashable, Sendable {
  /// The number of the test, from 1.
  public var number: Int
  /// When its window opened.
  public var start: VirtualTime
  /// When its window closed.
  public var end: VirtualTime
  /// The replica that led at the start, by its own account; of several, the one in the latest view.
  public var primary: ReplicaID?
  /// The view of ``primary`` at the start.
  public var view: UInt64
  /// The requests that belong to the test, by what became of them.
  public var requests = RequestAccount()
  /// Requests accepted inside the window with a correct result.
  public var accepted: Int { requests.accepted }
  /// Requests accepted inside the window with a result that no honest replica ever had.
  public var bogus: Int { requests.bogus }
  /// Requests declined, at the window's end or later too (Model §1).
  public var declined = 0
  /// Latencies of the correct requests in nanoseconds, in the order of issue.
  public var latencies: [Int64] = []
  /// Ordinary heights first decided at an honest replica inside the window.
  public var blocks = 0
  /// The transactions in them.
  public var transactions = 0
}

/// The number of Byzantine members at an instant at which it changed.
public struct CensusEntry: Hashable, Sendable {
  /// When.
  public var time: VirtualTime
  /// Heights decided until then.
  public var rounds: Int
  /// Members that are Byzantine.
  public var byzantine: Int
  /// Members.
  public var members: Int
}

/// Everything a run yields.
public struct Outcome: Sendable {
  /// The digest over every event handled.
  public var digest: TraceDigest
  /// Why the run ended.
  public var stopReason: StopReason
  /// When it ended.
  public var end: VirtualTime
  /// The number of events handled.
  public var events: UInt64
  /// The counts of copies by kind of message.
  public var messages: [MessageCounts]
  /// The results of the tests.
  public var tests: [TestResult]
  /// How many of them closed.
  public var closedTests: Int
  /// Every request in the order of issue.
  public var requests: [RequestRecord]
  /// All of them by what became of them.
  public var account: RequestAccount
  /// Ordinary heights decided at an honest replica.
  public var blocks: Int
  /// Heights of any sort decided at an honest replica.
  public var rounds: Int
  /// Broken invariants.
  public var violations: [Violation]
  /// The number of Byzantine members over time.
  public var census: [CensusEntry]
  /// The replicas that were Byzantine at some time, in ascending order.
  public var byzantine: [ReplicaID]
  /// By fault rule, how often it had an effect: copies treated, answers given, crashes, pauses.
  public var strikes: [Int]
  /// The replicas' standing at the end.
  public var standings: [Standing]
  /// The largest number of messages that were in flight at once.
  public var largestArena: Int
  /// Messages between parties by kind, in the order of ``Workload/messageKinds``.
  public var partyMessages: [PartyMessageCounts]

  /// Whether the last phase of a healing schedule was carried out: the group came to rest, and its
  /// calm request was answered.
  public var isSettled: Bool
  /// Whether members were removed, and too few of those left could serve clients in time.
  public var isStranded: Bool
  /// What the machines did: replicas, then those of clients.
  public var usage: [NodeUsage]
  /// Views, terms or epochs in which a replica began to lead, but for the one that leads at the start.
  public var elections: Int
  /// Those among them in which another replica began to lead than before.
  public var leaderChanges: Int
  /// What was recorded: a sample at each multiple of the period, and one at the end.
  public var samples: [RunSample]

  /// The counts over all kinds.
  public var allMessages: MessageCounts {
    var total = MessageCounts()
    for counts in messages {
      total.sent += counts.sent
      total.bytes += counts.bytes
      total.duplicated += counts.duplicated
      total.delivered += counts.delivered
      total.inFlight += counts.inFlight
      for reason in counts.dropped.indices { total.dropped[reason] += counts.dropped[reason] }
    }
    return total
  }
}
