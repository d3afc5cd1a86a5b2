import ConsensusCore
import DiscreteEvents

/// An invariant that a state breaks.
package struct Breach: Hashable, Sendable, CustomStringConvertible {
  /// The name of the invariant, such as `P-1`.
  package let invariant: InvariantID
  /// What was found.
  package let detail: String

  /// Creates a breach.
  package init(_ invariant: InvariantID, _ detail: String) {
    self.invariant = invariant
    self.detail = detail
  }

  /// One line of text.
  package var description: String { "\(invariant): \(detail)" }
}

/// What one replica has done so far, as far as an invariant asks: part of its local state, so that
/// an invariant over a history is a predicate of a state.
package protocol Facts: Hashable, Sendable {
  /// Nothing done yet.
  init()
  /// The invariants that this replica broke by itself.
  var breaches: [Breach] { get }
}

/// A message that is there from the beginning: what a client asks, or what a Byzantine replica may
/// say to anybody at any time.
package struct EnvironmentMessage<R: Replica>: Sendable {
  /// What it is.
  package let name: String
  /// The message.
  package let message: R.Message
  /// Who made it.
  package let sender: Endpoint
  /// Whether only a replica that leads is offered it.
  package let isForLeaders: Bool

  /// Creates a message.
  package init(_ name: String, _ message: R.Message, from sender: Endpoint, isForLeaders: Bool) {
    self.name = name
    self.message = message
    self.sender = sender
    self.isForLeaders = isForLeaders
  }
}

/// A replica and what it is in its view or term.
package struct Role: Hashable, Sendable {
  /// The replica.
  package let replica: ReplicaID
  /// Whether it leads, and in which view or term.
  package let standing: Standing
}

/// One step of a replica, as invariants see it.
package struct Transition<R: Replica> {
  /// Who made it.
  package let replica: ReplicaID
  /// Its role before.
  package let before: Standing
  /// Its role after.
  package let after: Standing
  /// Whether it came back from a crash in this step.
  package let isRestart: Bool
  /// Whether this is its first step.
  package let isStart: Bool
  /// What it observed, in order.
  package let observations: [R.Observation]
  /// What it sent, in order.
  package let sends: [R.Message]
  /// What it has on disk afterwards.
  package let disk: R.Durable
}

/// What is explored: real replicas, what can happen to them within a bound, and what must hold.
///
/// The network keeps every message for ever and may deliver it at any time, in any order, any number
/// of times, or never: so loss, reordering and duplication are all there, and what is in flight is a
/// function of the replicas' local states.
package protocol Model: Sendable {
  /// The replica's code.
  associatedtype Subject: Replica & StateHashable
  where Subject.Message: StateHashable, Subject.Durable: StateHashable
  /// What invariants need to know of a replica's past.
  associatedtype Record: Facts

  /// What this is.
  var name: String { get }
  /// The number of replicas, at most 8.
  var replicas: Int { get }
  /// The protocol's parameters.
  var configuration: Subject.Configuration { get }
  /// Replicas without code: what they may say is in the environment.
  var byzantine: ReplicaSet { get }
  /// Replicas that may change places without changing anything: honest ones, never a primary.
  var interchangeable: [ReplicaID] { get }
  /// The fields that do not count where messages, or states in any role, are compared.
  var ignoredFields: IgnoredFields { get }
  /// What is there from the beginning.
  var environment: [EnvironmentMessage<Subject>] { get }
  /// The most crashes with restart from disk, of all replicas together.
  var crashes: Int { get }
  /// The invariants that are judged.
  var invariants: String { get }

  /// The fields that do not count where states of a replica in a role are compared.
  func ignoredFields(in role: Role) -> IgnoredFields
  /// Whether a message of a replica is delivered within the bound.
  func delivers(_ message: Subject.Message, from sender: ReplicaID) -> Bool
  /// The virtual time between two steps of a replica.
  var tick: VirtualDuration { get }
  /// Which of the messages to a replica no longer matter, as a level below 16: 0 if none. What
  /// does not matter once never matters again.
  func ignoreLevel(of replica: ReplicaID, at standing: Standing) -> UInt8
  /// Whether a message changes nothing at a replica of that level, now or later, and is answered
  /// by nothing that its sender, of the level `origin`, would ever heed.
  func isDead(
    _ message: Subject.Message, to replica: ReplicaID, at ignoreLevel: UInt8, from origin: UInt8
  ) -> Bool
  /// How often a timer may fire at one replica, 0 for never and `Int.max` for as often as it likes.
  func patience(of timer: Subject.Timer) -> Int
  /// Whether a replica in this role may see its timer fire within the bound; once it may not, it
  /// never may again.
  func fires(_ timer: Subject.Timer, at standing: Standing) -> Bool
  /// Whether nothing that may still happen to a replica in this role shows to anybody, so that all
  /// its states with one record and the same sent messages are one.
  func isSettled(_ standing: Standing) -> Bool
  /// Enters a step in the record of the replica that made it, and judges it.
  func record(_ transition: Transition<Subject>, in record: inout Record)
  /// Judges what all honest replicas did so far; a Byzantine replica has no record.
  func judge(_ records: [Record?]) -> [Breach]
  /// What a replica did; it does not say which replica it was.
  func outcome(_ record: Record) -> String
}

extension Model {
  /// A role makes no difference.
  package func ignoredFields(in role: Role) -> IgnoredFields { ignoredFields }

  /// No role is known to be settled.
  package func isSettled(_ standing: Standing) -> Bool { false }

  /// No message is known to be dead.
  package func ignoreLevel(of replica: ReplicaID, at standing: Standing) -> UInt8 { 0 }

  /// No message is known to be dead.
  package func isDead(
    _ message: Subject.Message, to replica: ReplicaID, at ignoreLevel: UInt8, from origin: UInt8
  ) -> Bool { false }

  /// Time stands still.
  package var tick: VirtualDuration { .zero }

  /// The seed of all keys.
  package static var keys: Seed { Seed(7) }

  /// The key of an endpoint.
  package static func signer(_ endpoint: Endpoint) -> Signer {
    Signer(endpoint: endpoint, keys: keys)
  }

  /// The request number 1 of a client.
  package static func request(of client: Int) -> Request {
    let id = ClientID(client)
    return Request(
      client: id, timestamp: 1, operation: 1, operationBytes: 0, signedBy: signer(Endpoint(id)))
  }
}
