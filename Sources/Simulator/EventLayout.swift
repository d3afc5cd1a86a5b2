/// What an event asks for, in the two highest bits of its payload.
enum EventKind {
  /// An envelope reaches the processor of a node.
  static let delivery: UInt32 = 0
  /// An envelope reaches the downlink of a node.
  static let arrival: UInt32 = 1
  /// The alarm of a replica's timer.
  static let timer: UInt32 = 2
  /// Everything else; the lowest bits of the index are a ``ControlKind``.
  static let control: UInt32 = 3
}

/// The lowest three bits of the index of a control event; the rest is its argument.
enum ControlKind {
  /// A processor may be free.
  static let wake: UInt32 = 0
  /// The alarm of a client; the argument is its number.
  static let clientAlarm: UInt32 = 1
  /// A request of an open-loop machine arrives.
  static let poisson: UInt32 = 2
  /// A step of the harness; the argument is a ``HarnessStep``.
  static let harness: UInt32 = 3
  /// A replica starts.
  static let start: UInt32 = 4
  /// A fault rule strikes a node; the argument is its number.
  static let strike: UInt32 = 5
  /// A node comes back; the argument is the number of the rule that stopped it.
  static let restart: UInt32 = 6
  /// What a slot of the ``PartyTable`` says; the argument is the slot.
  static let party: UInt32 = 7
}

/// The argument of a harness event.
enum HarnessStep {
  static let open = 0
  static let close = 1
  static let rotate = 2
  static let finish = 3
  static let look = 4
  static let handOver = 5
}

/// How the 32 bits of an event's payload are divided: kind, target node, index.
struct EventLayout: Sendable {
  let indexBits: UInt32
  let indexMask: UInt32
  let targetMask: UInt32

  /// Gives the target as many bits as `nodes` nodes need and the index the rest.
  init(nodes: Int) {
    let targetBits = UInt32(Int.bitWidth - max(nodes - 1, 1).leadingZeroBitCount)
    indexBits = 30 - targetBits
    indexMask = 1 << indexBits - 1
    targetMask = 1 << targetBits - 1
  }

  /// The largest number of messages in flight that can be told apart.
  var indexCapacity: Int { Int(indexMask) + 1 }

  /// The number of arguments of a control event that can be told apart.
  var argumentCapacity: Int { Int(indexMask >> 3) + 1 }

  @inline(__always)
  func payload(_ kind: UInt32, target: Int, index: Int) -> UInt32 {
    kind << 30 | UInt32(truncatingIfNeeded: target) &<< indexBits
      | UInt32(truncatingIfNeeded: index)
  }

  @inline(__always)
  func control(_ kind: UInt32, target: Int, argument: Int) -> UInt32 {
    payload(EventKind.control, target: target, index: argument << 3 | Int(kind))
  }

  @inline(__always)
  func target(_ payload: UInt32) -> Int { Int(payload &>> indexBits & targetMask) }

  @inline(__always)
  func index(_ payload: UInt32) -> Int { Int(payload & indexMask) }
}

/// What the width of an event leaves room for.
public enum SimulationCapacity {
  /// The most clients of a run with so many machines, replicas included.
  public static func clients(nodes: Int) -> Int { EventLayout(nodes: nodes).argumentCapacity }
}
