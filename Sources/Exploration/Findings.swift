/// A way to a state that breaks an invariant.
///
/// No other way has fewer steps that anybody else can notice, and no replica takes more of the
/// others than it needs.
public struct Counterexample: Hashable, Sendable {
  /// What is broken.
  public let breaches: [Breach]
  /// The steps, one line each.
  public let script: [String]
}

/// How many delivery states a model has.
///
/// A delivery state is the set of messages delivered so far to each honest replica.
public struct DeliveryCount: Hashable, Sendable {
  /// The delivery states that were found; `UInt128.max` if there are more.
  public let states: UInt128
  /// Whether these are all; otherwise there are at least as many.
  public let isComplete: Bool
}

/// What an exploration found.
public struct Findings: Sendable {
  /// Global states covered: all combinations of the members of each visited state and its images.
  ///
  /// A state that is in several of them counts several times.
  public internal(set) var covered = 0.0
  /// States of sets, those that differ only by who is who counted apart.
  public internal(set) var states = 0
  /// The states that were visited: one for each class of symmetric states.
  public internal(set) var classes = 0
  /// Steps from the visited states.
  public internal(set) var transitions = 0
  /// The steps of the shortest way to the state that is farthest away.
  public internal(set) var depth = 0
  /// Local states by replica.
  public internal(set) var localStates: [Int] = []
  /// Different messages that were sent.
  public internal(set) var messages = 0
  /// Steps that the replicas' code made; all others were known from before.
  public internal(set) var steps = 0
  /// Different combinations of the replicas' records; each was judged once.
  public internal(set) var judged = 0
  /// What can become of everything, ascending.
  public internal(set) var outcomes: [String] = []
  /// The delivery states, nil if they were not counted.
  public internal(set) var deliveries: DeliveryCount?
  /// Whether every reachable state was visited.
  public internal(set) var isComplete = false
  /// Whether the replicas acted alike under every permutation, so that symmetry may be used.
  public internal(set) var isSymmetric = true
  /// The first broken invariant.
  public internal(set) var counterexample: Counterexample?
}
