import ConsensusCore
import DiscreteEvents

/// Why a copy of a message was not delivered.
public enum DropReason: UInt8, CaseIterable, Hashable, Sendable {
  /// The link lost it.
  case loss
  /// The link was cut when it left or when it arrived.
  case cut
  /// The receiver was down when it arrived, or went down before handling it.
  case crashed
  /// The sender is faulty and suppressed it.
  case adversary

  /// The name in tables.
  public var name: String {
    switch self {
    case .loss: "loss"
    case .cut: "cut"
    case .crashed: "crashed"
    case .adversary: "adversary"
    }
  }
}

/// One thing that happened in a run.
public struct TraceEvent<R: Replica>: Sendable {
  /// What happened.
  public enum Kind: Sendable {
    /// The node handled its first input.
    case started
    /// The node began to handle a message.
    case delivered(R.Message, from: Endpoint)
    /// The node began to handle a timer.
    case timeout(R.Timer)
    /// The node began to handle a command.
    case command(Command)
    /// The node is at work until an instant, on what it has just begun to handle.
    case handled(until: VirtualTime)
    /// A copy was handed to the network and leaves at this instant.
    case sent(R.Message, to: Endpoint, leaves: VirtualTime)
    /// A copy was dropped.
    case dropped(R.Message, from: Endpoint, to: Endpoint, reason: DropReason)
    /// The replica observed an inner step.
    case observed(R.Observation)
    /// The condition of the node changed.
    case changed(NodeCondition)
    /// The node is a client and issued a request.
    case issued(Request)
    /// The node is a client and accepted a result.
    case accepted(Request, result: Digest)
    /// The node is a client and gave a request up.
    case declined(Request)
    /// Test `number` begins; the node means nothing.
    case testBegan(number: Int)
    /// Test `number` ends; the node means nothing.
    case testEnded(number: Int)
    /// A copy of a party's message was handed to the network and leaves at this instant.
    case partySent(
      PartyMessage, named: String, from: PartyID, to: PartyID, leaves: VirtualTime)
    /// A party began to handle a message.
    case partyHandled(PartyMessage, named: String, from: PartyID, by: PartyID)
  }

  /// When.
  public var time: VirtualTime
  /// To whom.
  public var node: Endpoint
  /// What.
  public var kind: Kind
}

/// A receiver of everything that happens in a run, in order.
public protocol TraceSink<Subject>: Sendable {
  /// The replica whose runs it records.
  associatedtype Subject: Replica
  /// Whether there is anything to record; false removes every call.
  static var isEnabled: Bool { get }
  /// Whether the run should go on for the sake of the trace; false ends it after this event.
  var wantsMore: Bool { get }
  /// Records one event.
  mutating func record(_ event: TraceEvent<Subject>)
}

extension TraceSink {
  /// A trace wants the whole run unless it says otherwise.
  public var wantsMore: Bool { true }
}

/// The sink that records nothing and costs nothing.
public struct NoTrace<Subject: Replica>: TraceSink {
  /// Nothing is recorded.
  public static var isEnabled: Bool { false }
  /// Creates the sink.
  public init() {}
  /// Records nothing.
  public mutating func record(_ event: TraceEvent<Subject>) {}
}

/// A sink that keeps every event, for short runs and tests.
public struct RecordedTrace<Subject: Replica>: TraceSink {
  /// Events are recorded.
  public static var isEnabled: Bool { true }
  /// The events so far.
  public private(set) var events: [TraceEvent<Subject>] = []
  /// Creates an empty trace.
  public init() {}
  /// Keeps the event.
  public mutating func record(_ event: TraceEvent<Subject>) { events.append(event) }
}
