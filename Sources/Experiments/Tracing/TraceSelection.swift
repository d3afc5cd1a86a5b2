import ConsensusCore
import DiscreteEvents

/// What a line of a text trace reports.
enum TraceVerb: String, CaseIterable, Sendable {
  /// A node handles its first input.
  case starts
  /// A client issues a request.
  case issues
  /// A node hands copies of a message to the network.
  case sends
  /// A node begins to handle a message.
  case receives
  /// A copy of the node's message is dropped.
  case loses
  /// A timer of the node runs out.
  case timer
  /// The administrator commands the node.
  case command
  /// A replica takes an inner step.
  case step
  /// The condition of a node changes.
  case becomes
  /// A client accepts a result.
  case accepts
  /// A client gives a request up.
  case declines
  /// A test begins or ends.
  case test
  /// An invariant breaks.
  case breaks
  /// The run ends.
  case ends
}

/// The lines of a text trace that are shown.
struct TraceSelection: Sendable {
  /// The verbs; all when empty.
  var verbs: [TraceVerb] = []
  /// The kinds of message; all when empty.
  var kinds: [String] = []
  /// The names of the nodes, such as `r0`; all when empty.
  var nodes: [String] = []
  /// The first instant.
  var from = VirtualTime.zero
  /// The last instant; nil for the end of the run.
  var through: VirtualTime?
  /// What the texts of hidden lines begin with.
  var hidden: [String] = []

  /// Whether the instant belongs to the selection.
  func covers(_ time: VirtualTime) -> Bool {
    time >= from && through.map { time <= $0 } ?? true
  }

  /// Whether a line of this node and verb is shown.
  func shows(_ verb: TraceVerb, of node: String, _ text: String) -> Bool {
    (verbs.isEmpty || verbs.contains(verb)) && (nodes.isEmpty || nodes.contains(node))
      && !hidden.contains { text.hasPrefix($0) }
  }

  /// Whether messages of this kind are shown.
  func shows(kind: String) -> Bool { kinds.isEmpty || kinds.contains(kind) }
}
