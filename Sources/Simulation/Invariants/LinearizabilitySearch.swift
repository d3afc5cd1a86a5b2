/// A configuration of the search: which operations took effect, and what the state is then.
///
/// Completed operations are bits in the order of invocation, without the words in front that are
/// full and those behind that are empty, so that a long sequential history costs one word.
private struct Configuration<State: Hashable>: Hashable {
  var firstWord: Int
  var completed: [UInt64]
  var pending: [UInt64]
  var state: State
}

/// The search for a linearization of one part of a history.
///
/// The invocations and responses of completed operations that are not yet placed form a list in
/// real-time order. Any operation invoked before the first response can be next in the order of
/// effects, pending ones included; the two entries of one that is placed leave the list, and come
/// back if its place was wrong.
struct LinearizationSearch<Object: SequentialObject> {
  private struct Choice {
    var operation: Int
    var state: Object.State
    var endWord: Int
  }

  /// Operations tried as the next so far.
  private(set) var steps = 0

  private let object: Object
  private let maximumSteps: Int
  /// Completed operations by invocation, then pending ones by invocation.
  private let operations: [HistoryOperation<Object>]
  private let originalIndex: [Int]
  private let completedCount: Int
  /// The list: entry 2i is the invocation of operation i, 2i + 1 its response; the last is the head,
  /// which is only reached when nothing is left.
  private var next: [Int]
  private var previous: [Int]
  private var placed: [UInt64]
  private var pendingPlaced: [UInt64]
  /// Words of ``placed`` in front that are full.
  private var fullWords = 0
  /// Words of ``placed`` without the empty ones behind.
  private var endWord = 0
  private let claimedPlaces: Set<UInt64>
  private var tried: Set<Configuration<Object.State>> = []
  private var choices: [Choice] = []
  private var completedPlaced = 0
  /// The most completed operations that any order explained, and the one that did not follow.
  private var best = (placed: -1, operation: 0)

  init(_ history: [HistoryOperation<Object>], of object: Object, maximumSteps: Int) {
    let order = history.indices.sorted {
      let (left, right) = (history[$0], history[$1])
      if (left.returned == nil) != (right.returned == nil) { return left.returned != nil }
      return left.invoked < right.invoked
    }
    self.object = object
    self.maximumSteps = maximumSteps
    operations = order.map { history[$0] }
    originalIndex = order
    completedCount = history.count { $0.returned != nil }
    claimedPlaces = Set(history.compactMap { $0.output.flatMap(object.place(claimedBy:)) })
    placed = Array(repeating: 0, count: (completedCount + 63) / 64)
    pendingPlaced = Array(repeating: 0, count: (history.count - completedCount + 63) / 64)
    (next, previous) = Self.list(of: operations)
  }

  private static func list(of operations: [HistoryOperation<Object>]) -> ([Int], [Int]) {
    var entries: [(position: Int, entry: Int)] = []
    for (index, operation) in operations.enumerated() {
      guard let returned = operation.returned else { break }
      entries.append((operation.invoked, 2 * index))
      entries.append((returned, 2 * index + 1))
    }
    entries.sort { $0.position < $1.position }
    let head = entries.count
    var next = Array(repeating: head, count: head + 1)
    var previous = next
    var last = head
    for (_, entry) in entries {
      next[last] = entry
      previous[entry] = last
      last = entry
    }
    next[last] = head
    previous[head] = last
    return (next, previous)
  }

  mutating func run() -> LinearizabilityVerdict {
    var state = object.initial
    var candidate = firstCandidate
    while completedPlaced < completedCount {
      if let operation = candidate {
        guard steps < maximumSteps else { return .unknown(steps: steps) }
        steps += 1
        if let after = stateAfterPlacing(operation, in: state) {
          state = after
          candidate = firstCandidate
        } else {
          candidate = self.candidate(after: operation, in: state)
        }
        continue
      }
      // The first response cannot be explained: some earlier choice was wrong.
      if completedPlaced > best.placed { best = (completedPlaced, firstResponse >> 1) }
      guard let choice = choices.popLast() else {
        return .violated(operation: originalIndex[best.operation], placed: best.placed)
      }
      restore(choice)
      state = choice.state
      candidate = self.candidate(after: choice.operation, in: state)
    }
    return .linearizable
  }

  /// The completed operation that was invoked first of those not placed: its invocation is in front.
  private var firstCandidate: Int? { next[next.count - 1] >> 1 }

  /// The first response in the list; there is one as long as a completed operation is not placed.
  private var firstResponse: Int {
    var entry = next[next.count - 1]
    while entry & 1 == 0 { entry = next[entry] }
    return entry
  }

  /// The operation to try after another could not be the next one.
  private func candidate(after operation: Int, in state: Object.State) -> Int? {
    var first = completedCount
    if operation < completedCount {
      let entry = next[2 * operation]
      if entry & 1 == 0 { return entry >> 1 }
      // The pending operations come last, unless an answer claims the next place.
      if let place = object.place(in: state), claimedPlaces.contains(place + 1) { return nil }
    } else {
      first = operation + 1
    }
    guard first < operations.count else { return nil }
    let limit = operations[firstResponse >> 1].returned ?? .max
    while first < operations.count, operations[first].invoked < limit {
      if !isPendingPlaced(first) { return first }
      first += 1
    }
    return nil
  }

  /// Places an operation next, unless it cannot be there or that was tried before.
  private mutating func stateAfterPlacing(
    _ index: Int, in state: Object.State
  ) -> Object.State? {
    let operation = operations[index]
    guard let after = object.applying(operation.input, answering: operation.output, to: state)
    else { return nil }
    let before = endWord
    setBit(index, to: true)
    guard tried.insert(configuration(after)).inserted else {
      setBit(index, to: false)
      endWord = before
      return nil
    }
    choices.append(Choice(operation: index, state: state, endWord: before))
    if index < completedCount {
      unlink(2 * index)
      unlink(2 * index + 1)
      completedPlaced += 1
    }
    return after
  }

  private mutating func restore(_ choice: Choice) {
    let index = choice.operation
    if index < completedCount {
      relink(2 * index + 1)
      relink(2 * index)
      completedPlaced -= 1
    }
    setBit(index, to: false)
    endWord = choice.endWord
  }

  private mutating func unlink(_ entry: Int) {
    next[previous[entry]] = next[entry]
    previous[next[entry]] = previous[entry]
  }

  private mutating func relink(_ entry: Int) {
    next[previous[entry]] = entry
    previous[next[entry]] = entry
  }

  private func isPendingPlaced(_ index: Int) -> Bool {
    let bit = index - completedCount
    return pendingPlaced[bit >> 6] >> UInt64(bit & 63) & 1 == 1
  }

  private mutating func setBit(_ index: Int, to isSet: Bool) {
    guard index < completedCount else {
      let bit = index - completedCount
      pendingPlaced[bit >> 6] ^= 1 << UInt64(bit & 63)
      return
    }
    let word = index >> 6
    placed[word] ^= 1 << UInt64(index & 63)
    if isSet {
      endWord = max(endWord, word + 1)
      while fullWords < placed.count, placed[fullWords] == .max { fullWords += 1 }
    } else {
      fullWords = min(fullWords, word)
    }
  }

  private func configuration(_ state: Object.State) -> Configuration<Object.State> {
    Configuration(
      firstWord: fullWords, completed: Array(placed[min(fullWords, endWord)..<endWord]),
      pending: pendingPlaced, state: state)
  }
}
