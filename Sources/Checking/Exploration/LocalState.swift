import ConsensusCore
import DiscreteEvents

/// One state of one replica: the code's own state, its disk, its running timers, and its record.
struct LocalState<M: Model>: Sendable {
  var replica: M.Subject
  var disk: M.Subject.Durable
  var standing: Standing
  /// The running timers among those that may ever fire, a bit each.
  var timers: UInt8 = 0
  /// How often each timer with a bound has fired.
  var fired: [UInt8]
  var crashes: UInt8 = 0
  /// A number of ``LocalSpace/records``.
  var record: UInt32 = 0
  /// The steps on the first way here; the replica's clock.
  var steps: Int64 = 0
  /// The last step of that way.
  var parent: UInt32 = 0
  var input: UInt32 = 0
}

/// A message with its sender, and the step that first sent it.
struct KnownMessage<M: Model>: Sendable {
  let message: M.Subject.Message
  let sender: Int
  let state: UInt32
  let input: UInt32
  /// The first recipient, and the place among what that step sent to it.
  let recipient: Int
  let ordinal: Int
}

/// What was sent to each replica, ascending.
struct Outbox: Hashable, Sendable {
  var messages: [[UInt32]]

  mutating func insert(_ message: UInt32, to recipient: Int) {
    var index = messages[recipient].count
    while index > 0, messages[recipient][index - 1] > message { index -= 1 }
    if index > 0, messages[recipient][index - 1] == message { return }
    messages[recipient].insert(message, at: index)
  }
}

/// What follows an input: a state, and what was sent on the way, a number of
/// ``LocalSpace/outboxes``.
struct Step: Hashable, Sendable {
  let state: UInt32
  let sent: UInt32

  init(state: UInt32, sent: UInt32) {
    self.state = state
    self.sent = sent
  }

  init(word: UInt64) {
    state = UInt32(truncatingIfNeeded: word)
    sent = UInt32(truncatingIfNeeded: word >> 32)
  }

  var word: UInt64 { UInt64(sent) << 32 | UInt64(state) }
}

/// Something that can happen to a replica, as a number: a message of the environment, a timer, a crash, or a message.
struct InputCode {
  static let timers = 8
  /// The number of messages of the environment.
  let environment: Int

  func environmentMessage(_ index: Int) -> UInt32 { UInt32(index) }
  func timer(_ timer: UInt8) -> UInt32 { UInt32(environment) + UInt32(timer) }
  var crash: UInt32 { UInt32(environment + Self.timers) }
  func message(_ number: UInt32) -> UInt32 { UInt32(environment + Self.timers + 1) + number }
  func message(of code: UInt32) -> UInt32? {
    code > crash ? code - crash - 1 : nil
  }
  var start: UInt32 { .max }
}
