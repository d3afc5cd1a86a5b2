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

extension Work {
  /// Whether a unit of this work is a copy of a message, which has requests and bytes.
  public var isOfMessages: Bool { self == .receive || self == .send || self == .reply }
}

/// What a kind of work costs beside its units.
///
/// A job pays the fixed part once, with the first unit of the kind that it does. What messages carry is paid for
/// each copy.
public struct WorkTerms: Hashable, Sendable {
  /// The part that a job pays once, in nanoseconds.
  public var fixed: Int64
  /// The part for each request that a message carries, in nanoseconds.
  public var perRequest: Int64
  /// The part for each byte of a message, in picoseconds.
  public var perByte: Int64

  /// Creates terms, none of them negative.
  public init(fixed: Int64 = 0, perRequest: Int64 = 0, perByte: Int64 = 0) {
    self.fixed = fixed
    self.perRequest = perRequest
    self.perByte = perByte
  }

  /// No more than the units.
  public static let none = WorkTerms()
}

/// What each kind of work costs on a node of speed 1, in nanoseconds.
public struct WorkCosts: Sendable {
  private static let kinds = 13

  private var nanoseconds: InlineArray<13, Int64>
  private var terms: InlineArray<13, WorkTerms>
  /// Whether work costs no more than its units.
  public private(set) var isPlain = true

  /// All work is free.
  public static let free = WorkCosts()

  /// Creates costs in which all work is free.
  public init() {
    precondition(
      Work.allCases.count == Self.kinds, "a kind of work has no place in the table of costs")
    nanoseconds = InlineArray(repeating: 0)
    terms = InlineArray(repeating: .none)
  }

  /// The cost of one unit of `work` in nanoseconds, never negative.
  @inline(__always)
  public subscript(work: Work) -> Int64 {
    get { nanoseconds[Int(work.rawValue)] }
    set { nanoseconds[Int(work.rawValue)] = newValue }
  }

  /// What `work` costs beside its units.
  public subscript(termsOf work: Work) -> WorkTerms {
    get { terms[Int(work.rawValue)] }
    set {
      terms[Int(work.rawValue)] = newValue
      isPlain = Work.allCases.allSatisfy { self[termsOf: $0] == .none }
    }
  }

  /// Whether work of this kind costs nothing whatever it is done for.
  public func isFree(_ work: Work) -> Bool { self[work] == 0 && self[termsOf: work] == .none }

  /// The cost of one copy of a message, in nanoseconds, without what a job pays once.
  @inline(__always)
  public func copy(_ work: Work, of message: some ConsensusMessage, _ sizes: MessageSizes) -> Int64
  {
    isPlain ? self[work] : carried(work, message, sizes)
  }

  @inline(never)
  private func carried(
    _ work: Work, _ message: some ConsensusMessage, _ sizes: MessageSizes
  ) -> Int64 {
    let terms = self[termsOf: work]
    let bytes = Int64(truncatingIfNeeded: message.size(sizes).bytes)
    let requests = Int64(truncatingIfNeeded: message.requestCount)
    return self[work] &+ requests &* terms.perRequest &+ bytes &* terms.perByte / 1_000
  }
}
