import ConsensusCore
import DiscreteEvents

/// A party of a workload: somebody who is no replica, has a machine of its own, talks with other
/// parties and submits requests; party i is client machine i of the run.
public struct PartyID: Indexed {
  /// The number as an array index.
  public let index: Int

  /// Creates the identifier of party `index`, which is not negative.
  @inline(__always)
  public init(_ index: Int) { self.index = index }
}

/// A message between parties: a few words that stand for its contents, and its size.
///
/// Parties talk over reliable connections: a copy that a link loses is sent again, so a message
/// arrives late and never not at all, as long as links come back.
public struct PartyMessage: Hashable, Sendable {
  /// What it is, by its position in ``Workload/messageKinds``.
  public var kind: UInt8
  /// What it belongs to, by a number of the workload's own.
  public var flow: UInt64
  /// What it says, in a word of the workload's own.
  public var content: UInt64
  /// The size on the wire in bytes.
  public var bytes: Int

  /// Creates a message.
  public init(kind: UInt8, flow: UInt64, content: UInt64, bytes: Int) {
    self.kind = kind
    self.flow = flow
    self.content = content
    self.bytes = bytes
  }
}

/// A request that a party submitted to the replicas.
public struct Submission: Hashable, Sendable {
  /// The word with which the workload recognises it.
  public var ticket: UInt64
  /// The operation that replicas execute.
  public var operation: UInt64
  /// The connection it went through; a party's connections are its own.
  public var client: ClientID
  /// The timestamp on that connection.
  public var timestamp: UInt64
  /// When the party submitted it.
  public var submitted: VirtualTime
  /// When a connection was free and the request was issued.
  public var issued: VirtualTime
}

/// What a party is asked to handle.
public enum PartyInput: Hashable, Sendable {
  /// The run begins; told to every party at 0, in order.
  case started
  /// Another party sent a message.
  case message(PartyMessage, from: PartyID)
  /// An alarm is due.
  case alarm(UInt64)
  /// Enough replicas answered a submission alike.
  case accepted(Submission, result: Digest)
  /// A submission was given up.
  case declined(Submission)
}

/// One job of a party's processor, and how long what it handles was under way.
public struct PartyJob: Hashable, Sendable {
  /// Whose job.
  public var party: PartyID
  /// What to handle.
  public var input: PartyInput
  /// When a message left its sender's processor, a submission was accepted or declined, an alarm was
  /// due.
  public var sent: VirtualTime
  /// When the input reached the party's processor; until `begun` it waited there.
  public var arrived: VirtualTime
  /// When the job begins.
  public var begun: VirtualTime

  /// Creates a job.
  public init(
    party: PartyID, input: PartyInput, sent: VirtualTime, arrived: VirtualTime, begun: VirtualTime
  ) {
    self.party = party
    self.input = input
    self.sent = sent
    self.arrived = arrived
    self.begun = begun
  }
}

/// What a party wants done in answer to one input.
///
/// Order matters and is kept: work charged before a message delays that message.
public struct PartyEffects: Sendable {
  /// One thing to do once `workBefore` of the job is done.
  struct Item: Sendable {
    enum Kind: Sendable {
      case send(PartyMessage, to: PartyID)
      case submit(operation: UInt64, bytes: UInt32, ticket: UInt64)
      case alarm(of: PartyID, VirtualDuration, UInt64)
    }

    var kind: Kind
    var workBefore: Int64
  }

  var items: [Item] = []
  /// Whether the run is over.
  private(set) var isOver = false
  /// The work so far, in nanoseconds on a machine of service time 1.
  public private(set) var work: Int64 = 0

  init() {}

  /// Charges work, in nanoseconds on a machine of service time 1, not negative.
  public mutating func charge(nanoseconds: Int64) {
    precondition(nanoseconds >= 0, "work of \(nanoseconds) ns")
    work += nanoseconds
  }

  /// Sends a message to another party, or to itself without a network.
  public mutating func send(_ message: PartyMessage, to party: PartyID) {
    items.append(Item(kind: .send(message, to: party), workBefore: work))
  }

  /// Submits a request through a connection of this party; it waits until one is free.
  ///
  /// - Parameters:
  ///   - operation: The operation, a word that stands for its bytes.
  ///   - bytes: The size of the operation beyond ``MessageSizes/transaction``.
  ///   - ticket: A word by which the workload recognises the answer.
  public mutating func submit(operation: UInt64, bytes: UInt32, ticket: UInt64) {
    items.append(
      Item(kind: .submit(operation: operation, bytes: bytes, ticket: ticket), workBefore: work))
  }

  /// Sets an alarm of a party, this or another, to ring `duration` after the beginning of this job;
  /// it cannot be stopped.
  ///
  /// An alarm of another party is a matter of whoever plans the run, not of parties.
  public mutating func setAlarm(
    of party: PartyID, after duration: VirtualDuration, word: UInt64
  ) {
    items.append(Item(kind: .alarm(of: party, duration, word), workBefore: work))
  }

  /// Ends the run at the end of this event.
  public mutating func endRun() { isOver = true }

  mutating func clear() {
    items.removeAll(keepingCapacity: true)
    work = 0
    isOver = false
  }
}

/// What parties around the replicas do: one value that plays all of them.
///
/// It is asked once for a job of a party, each of which stands for milliseconds of cryptography,
/// and never for a message between replicas: an existential is cheap enough. It is a pure state
/// machine like a replica: input in, effects out, no clock and no randomness but keyed draws.
public protocol Workload: Sendable {
  /// The names of the kinds of message between parties, in traces and tables.
  var messageKinds: [String] { get }

  /// A submission went out through a connection, with the client's number and timestamp; told before
  /// any replica executes it.
  mutating func issued(_ submission: Submission)

  /// Handles one input of one party.
  mutating func handle(_ job: PartyJob, into effects: inout PartyEffects)

  /// An honest replica executed a request; told for every replica, in the order of events.
  mutating func executed(
    client: ClientID, timestamp: UInt64, result: Digest, by replica: ReplicaID,
    at time: VirtualTime)

  /// A Byzantine replica, maybe ahead of all honest ones, executed a request by the protocol's rules.
  mutating func executedEarly(
    client: ClientID, timestamp: UInt64, result: Digest, at time: VirtualTime)

  /// An honest replica took the effect of a request back (proof of work only).
  mutating func undone(
    client: ClientID, timestamp: UInt64, by replica: ReplicaID, at time: VirtualTime)

  /// A replica that is not Byzantine came back from a crash with an empty disk: what it executed
  /// before it may execute anew.
  mutating func forgot(_ replica: ReplicaID, at time: VirtualTime)

  /// The run is over.
  mutating func finish(at time: VirtualTime)

  /// What was found broken, in order; checked after every event like the probe's findings.
  var violations: [Violation] { get }
}

extension Workload {
  /// Takes no notice.
  public mutating func executedEarly(
    client: ClientID, timestamp: UInt64, result: Digest, at time: VirtualTime
  ) {}

  /// Takes no notice.
  public mutating func forgot(_ replica: ReplicaID, at time: VirtualTime) {}
}
