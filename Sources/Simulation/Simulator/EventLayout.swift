/// What an event asks for, in the two highest bits of its payload.
enum EventKind: UInt8 {
  /// An envelope reaches the processor of a node.
  case delivery = 0
  /// An envelope reaches the downlink of a node.
  case arrival = 1
  /// The alarm of a replica's timer.
  case timer = 2
  /// Everything besides; the lowest bits of the index are a ``ControlKind``.
  case control = 3
}

/// The lowest three bits of the index of a control event; the rest is its argument.
enum ControlKind: UInt8 {
  /// A processor may be free.
  case wake = 0
  /// The alarm of a client; the argument is its number.
  case clientAlarm = 1
  /// A request of an open-loop machine arrives.
  case poisson = 2
  /// A step of the harness; the argument is a ``HarnessStep``.
  case harness = 3
  /// A replica starts.
  case start = 4
  /// A fault rule strikes a node; the argument is its number.
  case strike = 5
  /// A node comes back; the argument is the number of the rule that stopped it.
  case restart = 6
  /// An event of a party; the argument is its slot in the ``PartyTable``.
  case party = 7
}

/// The argument of a harness event.
enum HarnessStep: UInt8 {
  case open = 0
  case close = 1
  case rotate = 2
  case finish = 3
  case look = 4
  case handOver = 5
}

extension RawRepresentable where RawValue == UInt8 {
  /// The case that an event or an entry of an inbox was made with.
  @inline(__always)
  init(packed value: UInt64) {
    guard let unpacked = Self(rawValue: UInt8(truncatingIfNeeded: value)) else {
      preconditionFailure("\(value) is no \(Self.self)")
    }
    self = unpacked
  }
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
  func payload(_ kind: EventKind, target: Int, index: Int) -> UInt32 {
    UInt32(kind.rawValue) << 30 | UInt32(truncatingIfNeeded: target) &<< indexBits
      | UInt32(truncatingIfNeeded: index)
  }

  @inline(__always)
  func control(_ kind: ControlKind, target: Int, argument: Int) -> UInt32 {
    payload(.control, target: target, index: argument << 3 | Int(kind.rawValue))
  }

  @inline(__always)
  func kind(_ payload: UInt32) -> EventKind { EventKind(packed: UInt64(payload >> 30)) }

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
