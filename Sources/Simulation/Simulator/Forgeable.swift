import ConsensusCore
import DiscreteEvents

/// A way to falsify a message of one's own.
public enum Forgery: UInt8, CaseIterable, Hashable, Sendable {
  /// Changes the content and signs it correctly.
  case tamper
  /// Changes the digest and leaves the content.
  case wrongDigest
  /// Spoils the signature.
  case badSignature
  /// Claims that another replica made the message.
  case impersonate
  /// Tells one half of the recipients something else than the other half.
  case equivocate
  /// Claims a view or term that is over.
  case staleView
  /// Claims a view or term that has not begun.
  case futureView
  /// Carries a certificate whose votes were never cast.
  case inventedCertificate
}

/// A way to answer a message otherwise than the honest code would.
public enum AnswerFault: UInt8, CaseIterable, Hashable, Sendable {
  /// Answers with a made-up result at once.
  case tamper
  /// Drops the requests of clients.
  case hold
}

/// What a forger may use: its own key, everybody's public half, and a draw that belongs to the
/// message, so that all copies of one message are forged alike unless the recipient is mixed in.
public struct ForgeryContext: Sendable {
  /// The node that forges.
  public var replica: ReplicaID
  /// The number of replicas in the run.
  public var replicas: Int
  /// Who gets this copy.
  public var recipient: Endpoint
  /// The node's own key.
  public var signer: Signer
  /// The public half of all keys.
  public var verifier: Verifier
  /// The node's own role.
  public var standing: Standing
  /// Random words keyed by rule, node and message.
  public var draw: Draw
  /// Every Byzantine node of the run, this one included: they lend each other their keys.
  public var accomplices: ReplicaSet
  /// The seed of all keys; only accomplices' are handed out.
  let keys: Seed

  /// The key of an accomplice, or nil.
  public func signer(of accomplice: ReplicaID) -> Signer? {
    accomplices.contains(accomplice) ? Signer(endpoint: Endpoint(accomplice), keys: keys) : nil
  }
}

/// A message that a node sends instead of what the honest code would have done.
public struct FalseAnswer<R: Replica>: Sendable {
  /// The message.
  public var message: R.Message
  /// Whom it is for.
  public var recipients: Recipients

  /// Creates an answer.
  public init(_ message: R.Message, to recipients: Recipients) {
    self.message = message
    self.recipients = recipients
  }
}

/// A replica whose messages can be falsified by the adversary.
///
/// The honest code knows nothing of it: conformances are written elsewhere, and the defaults forge
/// nothing, so that any replica can run without faults.
public protocol Forgeable: Replica {
  /// Falsifies one copy of an outgoing message; answers false when it left it as it was.
  static func forge(
    _ message: inout Message, as forgery: Forgery, in context: inout ForgeryContext
  ) -> Bool

  /// Changes some field of an outgoing message; answers false when it left it as it was.
  static func mutate(_ message: inout Message, in context: inout ForgeryContext) -> Bool

  /// A message that no honest replica would send now, for ``ForgeryContext/recipient``, or nil.
  ///
  /// - Parameters:
  ///   - example: What the node is about to send, to take plausible values from.
  ///   - context: What the forger may use.
  /// - Returns: The message, or nil.
  static func invent(like example: Message, in context: inout ForgeryContext) -> Message?

  /// Answers an incoming message in place of the honest code, or nil to let the honest code do it.
  static func falseAnswers(
    to message: Message, from sender: Endpoint, as fault: AnswerFault,
    in context: inout ForgeryContext
  ) -> [FalseAnswer<Self>]?
}

extension Forgeable {
  /// Forges nothing.
  public static func forge(
    _ message: inout Message, as forgery: Forgery, in context: inout ForgeryContext
  ) -> Bool { false }

  /// Changes nothing.
  public static func mutate(_ message: inout Message, in context: inout ForgeryContext) -> Bool {
    false
  }

  /// Invents nothing.
  public static func invent(
    like example: Message, in context: inout ForgeryContext
  ) -> Message? { nil }

  /// Under ``AnswerFault/hold`` the requests of clients are dropped; no other answer is false.
  public static func falseAnswers(
    to message: Message, from sender: Endpoint, as fault: AnswerFault,
    in context: inout ForgeryContext
  ) -> [FalseAnswer<Self>]? {
    fault == .hold && sender.client != nil ? [] : nil
  }
}
