import DiscreteEvents

/// A consensus protocol's replica: a value that is told what happened and answers with what it
/// wants done.
///
/// A replica reads no clock, network, file or other replica. ``step(_:at:into:)`` is its only door
/// and ``Effects`` its only exit, so that any schedule of inputs can be replayed exactly.
public protocol Replica: Sendable {
  /// The protocol's parameters, equal at all replicas of a run.
  associatedtype Configuration: Sendable
  /// What replicas and clients send each other.
  associatedtype Message: ConsensusMessage
  /// The names of the timers a replica may have running.
  associatedtype Timer: TimerName
  /// What survives a crash.
  associatedtype Durable: DurableState
  /// What a probe is told about the replica's inner steps.
  associatedtype Observation: ConsensusObservation

  /// Creates the replica `id` in its initial state; it acts only when stepped.
  init(id: ReplicaID, configuration: Configuration, signer: Signer, verifier: Verifier, seed: Seed)

  /// Handles one input completely; what follows from it is written to `effects`.
  mutating func step(_ input: Input<Self>, at now: VirtualTime, into effects: inout Effects<Self>)

  /// Handles a message just as ``step(_:at:into:)`` handles it as an input.
  ///
  /// Almost every input is a message; a replica may take it here without its being wrapped.
  mutating func receive(
    _ message: Message, from sender: Endpoint, at now: VirtualTime,
    into effects: inout Effects<Self>)

  /// Does what the inputs of a job ask for together, after the last of them.
  ///
  /// A node that takes all that waits hands over one input after the other. While
  /// ``Effects/moreFollows`` holds, a leader may leave proposing and sending to this.
  mutating func concludeJob(at now: VirtualTime, into effects: inout Effects<Self>)

  /// What the owner of this node can see of its own role.
  var standing: Standing { get }

  /// The requests that it holds or has logged and that have not taken effect here.
  var unfinished: Int { get }

  /// Whether this replica knows a proposal for the next place in the order, which is not decided here.
  ///
  /// No request needs to be part of it, so that nobody may be waiting for its decision.
  var isAgreeing: Bool { get }

  /// Whether a group of such replicas that nobody asks anything ends in a state that stays.
  static var comesToRest: Bool { get }
}

extension Replica {
  /// Whatever a replica holds it has to finish: one that says nothing holds nothing.
  public var unfinished: Int { 0 }

  /// Where every proposal holds requests, ``unfinished`` says enough.
  public var isAgreeing: Bool { false }

  /// Does nothing, for replicas that act on every input at once.
  @inline(__always)
  public mutating func concludeJob(at now: VirtualTime, into effects: inout Effects<Self>) {}

  /// Most protocols rest.
  public static var comesToRest: Bool { true }

  /// Steps with the message as an input.
  @inline(__always)
  public mutating func receive(
    _ message: Message, from sender: Endpoint, at now: VirtualTime,
    into effects: inout Effects<Self>
  ) {
    step(.message(message, from: sender), at: now, into: &effects)
  }
}

/// Something that happened to a replica.
public enum Input<R: Replica>: Sendable {
  /// The run begins; the first input of a replica that was not restarted.
  case start
  /// A message arrived. `from` is the channel's authenticated sender (PBFT §3: MACs on channels).
  case message(R.Message, from: Endpoint)
  /// A timer of the replica ran out.
  case timeout(R.Timer)
  /// The administrator asks for something.
  case command(Command)
  /// The node came back after a crash with this durable state, which is blank if its disk was lost.
  ///
  /// Indirect, so that an input is no larger than its message: every message in flight is one.
  indirect case restarted(R.Durable)
}

/// What an administrator can ask of a replica.
public enum Command: Hashable, Sendable {
  /// Hand the lead to the next replica in turn (Paper §IV-D: "take a turn as the master node").
  case rotate
}

/// The role of a replica as seen from the node itself.
public struct Standing: Hashable, Sendable {
  /// Whether the replica leads now: PBFT's primary of an installed view, Raft's leader.
  public var leads: Bool
  /// The view, term or height the replica is in.
  public var view: UInt64
  /// The last sequence number, index or height the replica executed.
  public var executed: UInt64

  /// Creates a standing.
  @inline(__always)
  public init(leads: Bool, view: UInt64, executed: UInt64) {
    self.leads = leads
    self.view = view
    self.executed = executed
  }
}

/// A message of a protocol, as the simulator needs to know it.
public protocol ConsensusMessage: Sendable {
  /// The kinds of message, in the order of ``kind``; names are lower case with hyphens.
  static var kindNames: [String] { get }
  /// The position of this message's kind in ``kindNames``.
  var kind: UInt8 { get }
  /// A hash of the whole content, equal in every process; keys random draws and the trace digest.
  var fingerprint: UInt64 { get }
  /// The size on the wire.
  func size(_ sizes: MessageSizes) -> ByteCount
  /// The number of clients' requests that it carries, whole.
  var requestCount: Int { get }
  /// Wraps a client's request.
  static func request(_ request: Request) -> Self
  /// The reply to a client, if this is one.
  var reply: Reply? { get }
  /// One line of text that says what the message is, without its sender and receiver.
  var summary: String { get }
}

/// Sizes from which a message computes its size on the wire.
public struct MessageSizes: Hashable, Sendable {
  /// Any message without its transactions and without a result.
  public var base: ByteCount
  /// Each transaction that a message carries, without ``Request/operationBytes``.
  public var transaction: ByteCount

  /// Creates message sizes.
  public init(base: ByteCount, transaction: ByteCount) {
    self.base = base
    self.transaction = transaction
  }

  /// Messages without bytes.
  public static let none = MessageSizes(base: ByteCount(0), transaction: ByteCount(0))
}

/// The name of a timer: a small number, so that a node's timers are a table.
public protocol TimerName: RawRepresentable, CaseIterable, Hashable, Sendable
where RawValue == UInt8 {}

/// What a node keeps on disk: records are applied in the order they were persisted.
public protocol DurableState: Sendable {
  /// One write.
  associatedtype Record: Sendable
  /// The state of an empty disk, such as one that replaces a lost disk.
  init()
  /// The state of a disk at the start of a run; empty unless the protocol tells the two apart.
  static var formatted: Self { get }
  /// Applies one write.
  mutating func apply(_ record: Record)
}

extension DurableState {
  /// An empty disk.
  public static var formatted: Self { Self() }
}

/// An inner step of a replica, told to probes.
public protocol ConsensusObservation: Sendable {
  /// What the step means in terms that all protocols share, if anything.
  var milestone: Milestone? { get }
  /// Whether the step is on disk only with the write that follows it in its job, so that it has not
  /// happened if the power fails before.
  var awaitsWrite: Bool { get }
  /// One line of text.
  var summary: String { get }
}

extension ConsensusObservation {
  /// Steps are told after what makes them durable, unless they say otherwise.
  public var awaitsWrite: Bool { false }
}

/// What measurement needs to know of a replica's progress, whatever the protocol.
public enum Milestone: Sendable {
  /// A block at `height` is final at this replica. `isOrdinary` is false for null and
  /// configuration blocks, which are not counted (Model §1).
  case decided(height: UInt64, digest: Digest, transactions: Int, isOrdinary: Bool)
  /// A request took effect at this replica.
  case executed(client: ClientID, timestamp: UInt64, result: Digest)
  /// A chain reorganisation took a request's effect back (PoW only).
  case undone(client: ClientID, timestamp: UInt64)
  /// This replica began to lead.
  case leads(view: UInt64)
  /// From the next height on these replicas are the members (Model §4.3).
  case membership(ReplicaSet)
}
