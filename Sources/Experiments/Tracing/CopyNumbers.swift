import ConsensusCore
import RunPlans

/// Numbers the copies of messages in the order in which they are sent, so that the end of each is known.
///
/// A copy is known by its message, its sender and its recipient. Of equal ones the oldest arrives first; they
/// cannot be told apart.
struct CopyNumbers {
  private struct Copy: Hashable {
    var from: Endpoint
    var to: Endpoint
    var fingerprint: UInt64
  }

  /// The copies that were sent so far.
  private(set) var count = 0
  /// Those under way, oldest first; only looked up.
  private var underWay: [Copy: [Int]] = [:]
  /// The last that ended, for those that a link doubled.
  private var ended: [Copy: Int] = [:]
  /// Whether the last is kept of copies that are all alike.
  private let remembersEnded: Bool

  /// No copies.
  ///
  /// - Parameter remembersEnded: Whether a link may double copies; where none does, only what is
  ///   under way takes memory.
  init(remembersEnded: Bool = true) { self.remembersEnded = remembersEnded }

  /// The number of the copy that an event is about, if it is about one.
  ///
  /// A machine may have several clients, and the simulator sends to the machine: a reply counts for the
  /// client that it is for. What an adversary suppresses was never sent and has no number.
  mutating func number(of event: RunEvent) -> Int? {
    switch event.kind {
    case .sent(let message, let recipient, _):
      return send(
        message.fingerprint, from: event.node, to: Self.client(of: message) ?? recipient)
    case .delivered(let message, let sender):
      return end(message.fingerprint, from: sender, to: event.node, isNewest: false)
    case .dropped(_, _, _, .adversary): return nil
    case .dropped(let message, let sender, let recipient, let reason):
      return end(
        message.fingerprint, from: sender, to: Self.client(of: message) ?? recipient,
        isNewest: reason == .loss || reason == .cut)
    case .started, .timeout, .command, .handled, .observed, .changed, .issued, .accepted,
      .declined, .testBegan, .testEnded, .partySent, .partyHandled:
      return nil
    }
  }

  /// The client that a reply is for; nil for all other messages.
  private static func client(of message: any ConsensusMessage) -> Endpoint? {
    message.reply.map { Endpoint($0.client) }
  }

  /// A copy is sent.
  ///
  /// - Returns: Its number, from 0.
  private mutating func send(_ fingerprint: UInt64, from sender: Endpoint, to recipient: Endpoint)
    -> Int
  {
    underWay[Copy(from: sender, to: recipient, fingerprint: fingerprint), default: []]
      .append(count)
    count += 1
    return count - 1
  }

  /// A copy arrives or is dropped.
  ///
  /// - Parameters:
  ///   - fingerprint: That of the message.
  ///   - sender: The sender.
  ///   - recipient: The recipient.
  ///   - isNewest: Whether the copy was just sent: what a link loses is lost at once.
  /// - Returns: Its number; nil where it was never sent.
  private mutating func end(
    _ fingerprint: UInt64, from sender: Endpoint, to recipient: Endpoint, isNewest: Bool
  ) -> Int? {
    let copy = Copy(from: sender, to: recipient, fingerprint: fingerprint)
    guard var waiting = underWay[copy] else { return ended[copy] }
    let number = isNewest ? waiting.removeLast() : waiting.removeFirst()
    underWay[copy] = waiting.isEmpty ? nil : waiting
    if remembersEnded { ended[copy] = number }
    return number
  }
}
