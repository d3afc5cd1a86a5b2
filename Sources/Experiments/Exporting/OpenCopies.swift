import ConsensusCore
import RunPlans

/// The copies that are under way, with what a format keeps of each until it arrives.
struct OpenCopies<Kept: Sendable>: Sendable {
  private var numbers: CopyNumbers
  /// Only looked up.
  private var kept: [Int: Kept] = [:]
  /// Whether a copy may arrive twice, or arrive although it was dropped.
  private let areDoubled: Bool

  /// No copies of a run with these settings.
  init(_ settings: RunPlan) {
    areDoubled = settings.network.classes.contains { $0.duplication > 0 }
    numbers = CopyNumbers(remembersEnded: areDoubled)
  }

  /// The number of the copy that an event is about, as in JSON lines.
  ///
  /// A client machine has several clients: a copy to it counts for the client whose reply it is.
  /// What an adversary suppresses was never sent and has no number.
  mutating func number(of event: RunEvent) -> Int? {
    switch event.kind {
    case .sent(let message, let recipient, let leaves):
      var addressed = event
      addressed.kind = .sent(message, to: Self.client(of: message) ?? recipient, leaves: leaves)
      return numbers.number(of: addressed)
    case .dropped(_, _, _, .adversary): return nil
    case .dropped(let message, let sender, let recipient, let reason):
      var addressed = event
      addressed.kind = .dropped(
        message, from: sender, to: Self.client(of: message) ?? recipient, reason: reason)
      return numbers.number(of: addressed)
    case .delivered: return numbers.number(of: event)
    case .started, .timeout, .command, .handled, .observed, .changed, .issued, .accepted,
      .declined, .testBegan, .testEnded, .partySent, .partyHandled:
      return nil
    }
  }

  /// Keeps something of a copy that was sent.
  mutating func keep(_ something: Kept, of number: Int) { kept[number] = something }

  /// Gives back what was kept of a copy that arrives, the first time.
  mutating func arrive(_ number: Int) -> Kept? { kept.removeValue(forKey: number) }

  /// Forgets a copy that is dropped, unless its double may still arrive.
  mutating func drop(_ number: Int) {
    if !areDoubled { kept[number] = nil }
  }

  private static func client(of message: any ConsensusMessage) -> Endpoint? {
    message.reply.map { Endpoint($0.client) }
  }
}
