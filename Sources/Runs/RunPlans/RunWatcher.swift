import ConsensusCore
import DiscreteEvents
import Simulator

/// A receiver of everything that happens in a run, whatever the replicas are: for traces and pictures,
/// which need not be fast.
public protocol RunWatcher: Sendable {
  /// Whether the run should go on for the sake of the watcher; false ends it after this event.
  var wantsMore: Bool { get }
  /// Records one event.
  mutating func record(_ event: RunEvent)
}

/// One thing that happened in a run; see ``TraceEvent``.
public struct RunEvent: Sendable {
  /// What happened.
  public enum Kind: Sendable {
    /// The node handled its first input.
    case started
    /// The node began to handle a message.
    case delivered(any ConsensusMessage, from: Endpoint)
    /// The node began to handle a timer of this name.
    case timeout(String)
    /// The node began to handle a command.
    case command(Command)
    /// The node is at work until an instant, on what it has just begun to handle.
    case handled(until: VirtualTime)
    /// A copy was handed to the network and leaves at this instant.
    case sent(any ConsensusMessage, to: Endpoint, leaves: VirtualTime)
    /// A copy was dropped.
    case dropped(any ConsensusMessage, from: Endpoint, to: Endpoint, reason: DropReason)
    /// The replica observed an inner step.
    case observed(any ConsensusObservation)
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

/// Passes what happens in the runs of one kind of replica on to a watcher.
struct WatcherTrace<Subject: Replica>: TraceSink {
  var watcher: any RunWatcher

  static var isEnabled: Bool { true }

  var wantsMore: Bool { watcher.wantsMore }

  mutating func record(_ event: TraceEvent<Subject>) {
    watcher.record(
      RunEvent(time: event.time, node: event.node, kind: RunEvent.Kind(event.kind)))
  }
}

extension RunEvent.Kind {
  init<R: Replica>(_ kind: TraceEvent<R>.Kind) {
    self =
      switch kind {
      case .started: .started
      case .delivered(let message, let sender): .delivered(message, from: sender)
      case .timeout(let timer): .timeout("\(timer)")
      case .command(let command): .command(command)
      case .handled(let end): .handled(until: end)
      case .sent(let message, let recipient, let leaves):
        .sent(message, to: recipient, leaves: leaves)
      case .dropped(let message, let sender, let recipient, let reason):
        .dropped(message, from: sender, to: recipient, reason: reason)
      case .observed(let observation): .observed(observation)
      case .changed(let condition): .changed(condition)
      case .issued(let request): .issued(request)
      case .accepted(let request, let result): .accepted(request, result: result)
      case .declined(let request): .declined(request)
      case .testBegan(let number): .testBegan(number: number)
      case .testEnded(let number): .testEnded(number: number)
      case .partySent(let message, let name, let sender, let recipient, let leaves):
        .partySent(message, named: name, from: sender, to: recipient, leaves: leaves)
      case .partyHandled(let message, let name, let sender, let party):
        .partyHandled(message, named: name, from: sender, by: party)
      }
  }
}
