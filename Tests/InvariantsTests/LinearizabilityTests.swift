import DiscreteEvents
import Invariants
import Testing

/// A register, or several of them.
struct RegisterObject: SequentialObject {
  enum Input: Hashable, Sendable {
    case write(Int, to: UInt64 = 0)
    case read(from: UInt64 = 0)
  }

  var initial: Int { 0 }

  func applying(_ input: Input, answering output: Int?, to state: Int) -> Int? {
    switch input {
    case .write(let value, _): value
    case .read: output == nil || output == state ? state : nil
    }
  }

  func part(of input: Input) -> UInt64 {
    switch input {
    case .write(_, let key), .read(let key): key
    }
  }
}

/// A FIFO queue (Herlihy and Wing 1990, §1).
struct QueueObject: SequentialObject {
  enum Input: Hashable, Sendable { case enqueue(String), dequeue }

  var initial: [String] { [] }

  func applying(_ input: Input, answering output: String?, to state: [String]) -> [String]? {
    switch input {
    case .enqueue(let item): return state + [item]
    case .dequeue:
      guard let first = state.first, output == nil || output == first else { return nil }
      return Array(state.dropFirst())
    }
  }
}

/// One line of a history: a process invokes an operation, or is answered.
enum Moment<Object: SequentialObject>: Sendable {
  case asks(String, Object.Input)
  case hears(String, Object.Output)
}

func operations<Object>(_ moments: [Moment<Object>]) -> [HistoryOperation<Object>] {
  var result: [HistoryOperation<Object>] = []
  var open: [String: Int] = [:]
  for (position, moment) in moments.enumerated() {
    switch moment {
    case .asks(let process, let input):
      open[process] = result.count
      result.append(HistoryOperation(pending: input, invoked: position))
    case .hears(let process, let output):
      guard let index = open.removeValue(forKey: process) else { continue }
      result[index] = HistoryOperation(
        input: result[index].input, output: output, invoked: result[index].invoked,
        returned: position)
    }
  }
  return result
}

struct Example<Object: SequentialObject>: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var isLinearizable: Bool
  var moments: [Moment<Object>]

  init(_ name: String, _ isLinearizable: Bool, _ moments: [Moment<Object>]) {
    testDescription = name
    self.isLinearizable = isLinearizable
    self.moments = moments
  }
}

@Suite("Linearizability")
struct LinearizabilityTests {
  static let registers: [Example<RegisterObject>] = [
    Example("an empty history", true, []),
    Example("a read of the initial value", true, [.asks("A", .read()), .hears("A", 0)]),
    Example(
      "a read during a write, of the old value", true,
      [.asks("A", .write(1)), .asks("B", .read()), .hears("B", 0), .hears("A", 0)]),
    Example(
      "a read during a write, of the new value", true,
      [.asks("A", .write(1)), .asks("B", .read()), .hears("B", 1), .hears("A", 0)]),
    Example(
      "a stale read after a write", false,
      [.asks("A", .write(1)), .hears("A", 0), .asks("B", .read()), .hears("B", 0)]),
    Example(
      "new and then old during one write (Herlihy and Wing §1: an inversion)", false,
      [
        .asks("A", .write(1)), .asks("B", .read()), .hears("B", 1), .asks("C", .read()),
        .hears("C", 0), .hears("A", 0),
      ]),
    Example(
      "old and then new during one write", true,
      [
        .asks("A", .write(1)), .asks("B", .read()), .hears("B", 0), .asks("C", .read()),
        .hears("C", 1), .hears("A", 0),
      ]),
    Example(
      "two writes at once, read in both orders", false,
      [
        .asks("A", .write(1)), .asks("B", .write(2)), .hears("A", 0), .hears("B", 0),
        .asks("A", .read()), .hears("A", 1), .asks("B", .read()), .hears("B", 2),
      ]),
    Example(
      "a pending write that took effect", true,
      [.asks("A", .write(1)), .asks("B", .read()), .hears("B", 1)]),
    Example(
      "a pending write that never did", true,
      [.asks("A", .write(1)), .asks("B", .read()), .hears("B", 0)]),
    Example(
      "a pending write that takes effect late", true,
      [
        .asks("A", .write(1)), .asks("B", .read()), .hears("B", 0), .asks("B", .read()),
        .hears("B", 1),
      ]),
    Example(
      "a pending write that is taken back", false,
      [
        .asks("A", .write(1)), .asks("B", .read()), .hears("B", 1), .asks("B", .read()),
        .hears("B", 0),
      ]),
    Example(
      "a write read before it was asked", false,
      [.asks("B", .read()), .hears("B", 1), .asks("A", .write(1)), .hears("A", 0)]),
    Example(
      "an inversion over two registers is none", true,
      [
        .asks("A", .write(1, to: 7)), .asks("B", .read(from: 7)), .hears("B", 1),
        .asks("C", .read(from: 8)), .hears("C", 0), .hears("A", 0),
      ]),
    Example(
      "a stale read in the second register", false,
      [
        .asks("A", .write(1, to: 7)), .hears("A", 0), .asks("B", .write(2, to: 8)),
        .hears("B", 0), .asks("A", .read(from: 8)), .hears("A", 0),
      ]),
  ]

  @Test("Registers are judged as the literature does", arguments: registers)
  func register(example: Example<RegisterObject>) { check(example, of: RegisterObject()) }

  // Herlihy and Wing 1990, Figure 1, H1 to H4.
  static let queues: [Example<QueueObject>] = [
    Example(
      "H1", true,
      [
        .asks("A", .enqueue("x")), .asks("B", .enqueue("y")), .hears("B", ""), .hears("A", ""),
        .asks("B", .dequeue), .asks("A", .dequeue), .hears("B", "x"), .hears("A", "y"),
        .asks("A", .enqueue("z")),
      ]),
    Example(
      "H2", false,
      [
        .asks("A", .enqueue("x")), .hears("A", ""), .asks("B", .enqueue("y")), .asks("A", .dequeue),
        .hears("B", ""), .hears("A", "y"),
      ]),
    Example(
      "H3", true,
      [.asks("A", .enqueue("x")), .asks("B", .dequeue), .hears("B", "x")]),
    Example(
      "H4", false,
      [
        .asks("A", .enqueue("x")), .asks("B", .enqueue("y")), .hears("A", ""), .hears("B", ""),
        .asks("A", .dequeue), .asks("C", .dequeue), .hears("A", "y"), .hears("C", "y"),
      ]),
  ]

  @Test("Queues are judged as the literature does", arguments: queues)
  func queue(example: Example<QueueObject>) { check(example, of: QueueObject()) }

  private func check<Object>(_ example: Example<Object>, of object: Object) {
    let verdict = Linearizability.check(
      operations(example.moments), of: object, maximumSteps: 10_000)
    if case .violated = verdict {
      #expect(!example.isLinearizable)
    } else {
      #expect(verdict == .linearizable && example.isLinearizable)
    }
  }

  @Test("Every small history is judged as by trying all orders", arguments: 0..<20)
  func exhaustive(block: UInt64) {
    var outcomes = [0, 0]
    for seed in block * 100..<(block + 1) * 100 {
      let history = Self.smallHistory(seed)
      let expected = Self.isLinearizableByAllOrders(history)
      let verdict = Linearizability.check(history, of: RegisterObject(), maximumSteps: 1 << 20)
      #expect((verdict == .linearizable) == expected, "seed \(seed)")
      #expect(verdict != .unknown(steps: 1 << 20))
      outcomes[expected ? 1 : 0] += 1
    }
    #expect(outcomes.min() ?? 0 > 10)
  }

  /// Six operations of two values, overlapping at random, one in five of them pending.
  static func smallHistory(_ seed: UInt64) -> [HistoryOperation<RegisterObject>] {
    var draw = Seed(seed).draw(.sampling, 1)
    return (0..<6).map { index in
      let isWrite = draw.chance(0.5)
      let value = Int(draw.below(3))
      let input = isWrite ? RegisterObject.Input.write(value) : .read()
      // Positions are distinct: the last digit is the operation's own.
      let invoked = Int(draw.below(40)) * 20 + index
      let returned = invoked + Int(draw.below(15)) * 20 + 10
      return draw.chance(0.2)
        ? HistoryOperation(pending: input, invoked: invoked)
        : HistoryOperation(
          input: input, output: isWrite ? 0 : value, invoked: invoked, returned: returned)
    }
  }

  /// Tries all orders of all subsets that hold every completed operation.
  static func isLinearizableByAllOrders(
    _ history: [HistoryOperation<RegisterObject>], state: Int = 0
  ) -> Bool {
    if history.allSatisfy({ $0.returned == nil }) { return true }
    let firstResponse = history.compactMap(\.returned).min() ?? .max
    let object = RegisterObject()
    for index in history.indices where history[index].invoked < firstResponse {
      let operation = history[index]
      guard
        let after = object.applying(operation.input, answering: operation.output, to: state)
      else { continue }
      var rest = history
      rest.remove(at: index)
      if isLinearizableByAllOrders(rest, state: after) { return true }
    }
    return false
  }

  @Test("A search without enough steps is unknown, whatever it would have found")
  func bound() {
    for example in Self.registers where !example.moments.isEmpty {
      let history = operations(example.moments)
      #expect(
        Linearizability.check(history, of: RegisterObject(), maximumSteps: 0) == .unknown(steps: 0)
          || history.allSatisfy { $0.returned == nil })
    }
    // Twenty writes at once and a read of what nobody wrote: 2^20 sets of writes would have to be
    // tried.
    var moments: [Moment<RegisterObject>] = (0..<20).map { .asks("\($0)", .write($0 + 1)) }
    moments += [.asks("reader", .read()), .hears("reader", 99)]
    moments += (0..<20).map { .hears("\($0)", 0) }
    let history = operations(moments)
    #expect(
      Linearizability.check(history, of: RegisterObject(), maximumSteps: 5_000)
        == .unknown(steps: 5_000))
  }

  @Test("A violation in one part counts although another part is given up")
  func parts() {
    var moments: [Moment<RegisterObject>] = (0..<20).map { .asks("\($0)", .write($0 + 1, to: 9)) }
    moments += [.asks("reader", .read(from: 9)), .hears("reader", 99)]
    moments += (0..<20).map { .hears("\($0)", 0) }
    moments += [.asks("A", .read(from: 1)), .hears("A", 5)]
    let history = operations(moments)
    let stale = history.count - 1
    #expect(
      Linearizability.check(history, of: RegisterObject(), maximumSteps: 5_000)
        == .violated(operation: stale, placed: 0))
  }
}
