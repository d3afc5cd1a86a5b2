/// A kind of work that costs CPU time; protocols name it, a cost profile prices it.
public enum Work: UInt8, CaseIterable, Sendable {
  /// Taking a message from the network (charged by the simulator).
  case receive
  /// Handing a message to the network for one recipient (charged by the simulator).
  case send
  /// Answering a client on its open connection (charged by the simulator).
  case reply
  /// Making a signature.
  case sign
  /// Checking a signature of a replica.
  case verify
  /// Checking a client's signature and the hash of its request.
  case checkRequest
  /// Executing one request and appending it to the chain.
  case execute
  /// Hashing one message or block.
  case hash
  /// Looking up or updating the node state sheet (Paper §III-B).
  case sheet
  /// Verifying the identity of a primary that is not yet in the sheet (Paper §III-B).
  case identity
  /// Making a record durable before the messages that follow it leave.
  case persist
  /// Restarting a node when the membership changes (Paper §V).
  case restart
  /// Checking the proof of work of one block.
  case checkWork

  /// The key of this work in a cost profile.
  public var name: String {
    switch self {
    case .receive: "receive"
    case .send: "send"
    case .reply: "reply"
    case .sign: "sign"
    case .verify: "verify"
    case .checkRequest: "check-request"
    case .execute: "execute"
    case .hash: "hash"
    case .sheet: "sheet"
    case .identity: "identity"
    case .persist: "persist"
    case .restart: "restart"
    case .checkWork: "check-work"
    }
  }
}

/// What each kind of work costs on a node of speed 1, in nanoseconds.
public struct WorkCosts: Sendable {
  private var nanoseconds: InlineArray<13, Int64>

  /// All work is free.
  public static let free = WorkCosts()

  /// Creates costs in which all work is free.
  public init() {
    precondition(Work.allCases.count == 13, "a kind of work has no place in the table of costs")
    nanoseconds = InlineArray(repeating: 0)
  }

  /// The cost of one unit of `work` in nanoseconds, never negative.
  @inline(__always)
  public subscript(work: Work) -> Int64 {
    get { nanoseconds[Int(work.rawValue)] }
    set { nanoseconds[Int(work.rawValue)] = newValue }
  }
}
