import ConsensusCore

/// Messages for a view, epoch or round that this replica has not reached, kept until it does.
///
/// Delays are independent, so a vote of a new view can overtake its NEW-VIEW. Each sender has a
/// bounded share, so that a faulty replica cannot push out the others' messages.
struct FutureMessages<Message: ConsensusMessage>: Sendable {
  private var messages: [(message: Message, sender: Endpoint)] = []
  private var counts: [Int]
  private let capacity: Int

  init(replicas: Int, capacity: Int) {
    counts = Array(repeating: 0, count: replicas)
    self.capacity = capacity
  }

  var isEmpty: Bool { messages.isEmpty }

  // MARK: Beyond PBFT §4.2: a bounded share for each sender

  /// Keeps a message; false when the sender's share is used up.
  mutating func keep(_ message: Message, from sender: Endpoint) -> Bool {
    guard let replica = sender.replica, replica.index < counts.count,
      counts[replica.index] < capacity
    else { return false }
    counts[replica.index] += 1
    messages.append((message, sender))
    return true
  }

  /// Hands over the messages that are ready, in order of arrival.
  mutating func take(
    where isReady: (Message) -> Bool
  ) -> [(message: Message, sender: Endpoint)] {
    var taken: [(message: Message, sender: Endpoint)] = []
    for kept in messages where isReady(kept.message) {
      taken.append(kept)
      if let replica = kept.sender.replica { counts[replica.index] -= 1 }
    }
    if !taken.isEmpty { messages.removeAll { isReady($0.message) } }
    assert(counts.reduce(0, +) == messages.count, "Each kept message is in one share")
    return taken
  }
}

extension FutureMessages: StateHashable where Message: StateHashable {
  func hashState(into hasher: inout StateHasher) {
    hasher.add(messages.count)
    for kept in messages { hasher.add(kept.message, kept.sender) }
    hasher.add(counts, capacity)
  }
}
