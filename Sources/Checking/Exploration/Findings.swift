/// A way to a state that breaks an invariant.
///
/// No other way has fewer steps that anybody else can notice, and no replica takes more of the
/// others than it needs.
package struct Counterexample: Hashable, Sendable {
  /// What is broken.
  package let breaches: [Breach]
  /// The steps, one line each.
  package let script: [String]
}

/// How many delivery states a model has.
///
/// A delivery state is the set of messages delivered so far to each honest replica.
package struct DeliveryCount: Hashable, Sendable {
  /// The delivery states that were found; `UInt128.max` if there are more.
  package let states: UInt128
  /// Whether these are all; otherwise there are at least as many.
  package let isComplete: Bool
}

/// What an exploration found.
package struct Findings: Sendable {
  /// Global states covered: all combinations of the members of each visited state and its images.
  ///
  /// A state that is in several of them counts several times.
  package internal(set) var covered = 0.0
  /// States of sets, those that differ only by who is who counted apart.
  package internal(set) var states = 0
  /// The states that were visited: one for each class of symmetric states.
  package internal(set) var classes = 0
  /// Steps from the visited states.
  package internal(set) var transitions = 0
  /// The steps of the shortest way to the state that is farthest away.
  package internal(set) var depth = 0
  /// Local states by replica.
  package internal(set) var localStates: [Int] = []
  /// Different messages that were sent.
  package internal(set) var messages = 0
  /// Steps that the replicas' code made; all others were known from before.
  package internal(set) var steps = 0
  /// Different combinations of the replicas' records; each was judged once.
  package internal(set) var judged = 0
  /// What can become of everything, ascending.
  package internal(set) var outcomes: [String] = []
  /// The delivery states, nil if they were not counted.
  package internal(set) var deliveries: DeliveryCount?
  /// Whether every reachable state was visited.
  package internal(set) var isComplete = false
  /// Whether the replicas acted alike under every permutation, so that symmetry may be used.
  package internal(set) var isSymmetric = true
  /// The first broken invariant.
  package internal(set) var counterexample: Counterexample?
}
