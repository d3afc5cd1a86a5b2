/// A sequential object: what a linearizable one must behave like (Herlihy and Wing 1990).
public protocol SequentialObject: Sendable {
  /// Everything that later answers can depend on.
  associatedtype State: Hashable, Sendable
  /// What an operation asks.
  associatedtype Input: Sendable
  /// What an operation answers.
  associatedtype Output: Sendable

  /// The state before the first operation.
  var initial: State { get }

  /// The state after an operation, or nil if it cannot give this answer there.
  ///
  /// Without an answer, because nobody got one, the operation can take effect in any state.
  func applying(_ input: Input, answering output: Output?, to state: State) -> State?

  /// The part of the object that the operation concerns.
  ///
  /// A history is linearizable if and only if its restriction to each part is (Herlihy and Wing
  /// 1990, Theorem 1), and parts are cheaper. One part unless implemented.
  func part(of input: Input) -> UInt64

  /// How many operations took effect in a state, if the state tells.
  func place(in state: State) -> UInt64?

  /// How many operations had taken effect after the one that gave this answer, if the answer tells.
  ///
  /// Where answers tell, an operation without an answer is not tried in a place that an answer
  /// claims; this spares a search through all orders of such operations. Every operation must then
  /// advance the place by one.
  func place(claimedBy output: Output) -> UInt64?
}

extension SequentialObject {
  /// The only part.
  public func part(of input: Input) -> UInt64 { 0 }
  /// States do not tell.
  public func place(in state: State) -> UInt64? { nil }
  /// Answers do not tell.
  public func place(claimedBy output: Output) -> UInt64? { nil }
}

/// One operation of a history.
public struct HistoryOperation<Object: SequentialObject>: Sendable {
  /// What was asked.
  public var input: Object.Input
  /// What was answered; nil for a pending operation, which may take effect late or never.
  public var output: Object.Output?
  /// Where in the order of all invocations and responses the operation was invoked.
  public var invoked: Int
  /// Where it was answered, after ``invoked``; nil for a pending operation.
  public var returned: Int?

  /// Creates a completed operation.
  public init(input: Object.Input, output: Object.Output, invoked: Int, returned: Int) {
    precondition(invoked < returned, "answered at \(returned), before its invocation at \(invoked)")
    self.input = input
    self.output = output
    self.invoked = invoked
    self.returned = returned
  }

  /// Creates a pending operation.
  public init(pending input: Object.Input, invoked: Int) {
    self.input = input
    self.invoked = invoked
  }
}

/// What a search for a linearization came to.
public enum LinearizabilityVerdict: Hashable, Sendable {
  /// There is an order of the operations that explains every answer.
  case linearizable
  /// There is none.
  ///
  /// After `placed` completed operations of its part, the operation at this index of the history is
  /// the one that could not be explained by the longest order that was found.
  case violated(operation: Int, placed: Int)
  /// The search was given up after this many steps: neither a pass nor a failure.
  case unknown(steps: Int)
}

/// Decides whether a history is linearizable.
///
/// It is the search of Wing and Gong (1993) with Lowe's memory of configurations that were tried
/// (2017): a configuration is the set of operations that took effect, and the state. Deciding is
/// NP-complete (Gibbons and Korach 1997), so the search has a bound.
public enum Linearizability {
  /// Searches an order of the operations that respects real time and explains every answer.
  ///
  /// - Parameters:
  ///   - history: The operations in any order; their positions are distinct.
  ///   - object: What they are operations of.
  ///   - maximumSteps: The most operations that are tried as the next of an order.
  /// - Returns: The verdict; a violation in one part counts more than a search given up in another.
  public static func check<Object: SequentialObject>(
    _ history: [HistoryOperation<Object>], of object: Object, maximumSteps: Int
  ) -> LinearizabilityVerdict {
    let keyed = history.indices.map { (part: object.part(of: history[$0].input), index: $0) }
      .sorted { ($0.part, $0.index) < ($1.part, $1.index) }
    var steps = 0
    var isUnknown = false
    var start = 0
    while start < keyed.count {
      var end = start
      while end < keyed.count, keyed[end].part == keyed[start].part { end += 1 }
      let part = keyed[start..<end].map(\.index)
      var search = LinearizationSearch(
        part.map { history[$0] }, of: object, maximumSteps: maximumSteps - steps)
      let verdict = search.run()
      steps += search.steps
      switch verdict {
      case .linearizable: break
      case .violated(let operation, let placed):
        return .violated(operation: part[operation], placed: placed)
      case .unknown: isUnknown = true
      }
      start = end
    }
    return isUnknown ? .unknown(steps: steps) : .linearizable
  }
}
