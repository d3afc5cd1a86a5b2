import DiscreteEvents

/// How one class of links treats messages.
public struct LinkLaw: Hashable, Sendable {
  /// The propagation delay, drawn for each copy on its own.
  public var latency: Distribution
  /// The probability that a copy is lost, 0 to 1.
  public var loss: Double
  /// The probability that a copy arrives twice, 0 to 1; the second takes its own delay.
  public var duplication: Double
  /// Whether copies on one link arrive in the order in which they left.
  public var isFIFO: Bool

  /// Creates a law.
  public init(latency: Distribution, loss: Double, duplication: Double, isFIFO: Bool) {
    precondition(
      (0...1).contains(loss) && (0...1).contains(duplication),
      "loss \(loss) and duplication \(duplication) are probabilities")
    self.latency = latency
    self.loss = loss
    self.duplication = duplication
    self.isFIFO = isFIFO
  }
}

/// A set of nodes at one end of links.
public enum NodeSelector: Hashable, Sendable {
  /// Every node.
  case all
  /// The nodes listed.
  case nodes([NodeID])
  /// The nodes of some groups, and those listed besides.
  case groups([Int], and: [NodeID])

  /// The nodes that are listed by number.
  public var listed: [NodeID] {
    switch self {
    case .all: []
    case .nodes(let nodes), .groups(_, and: let nodes): nodes
    }
  }
}

/// Links whose law differs from that of their groups.
public struct LinkOverride: Hashable, Sendable {
  /// The senders.
  public var from: NodeSelector
  /// The receivers.
  public var to: NodeSelector
  /// The index of the law in ``NetworkModel/classes``.
  public var linkClass: Int

  /// Creates an override; a later one wins over an earlier.
  public init(from: NodeSelector, to: NodeSelector, linkClass: Int) {
    self.from = from
    self.to = to
    self.linkClass = linkClass
  }
}

/// A change of some links for some time: an input of the run, known beforehand.
public struct NetworkChange: Hashable, Sendable {
  /// What changes.
  public enum Effect: Hashable, Sendable {
    /// Nothing passes, in this direction.
    case cut
    /// Another law holds.
    case law(LinkLaw)
    /// Every copy takes this much longer.
    case slower(by: VirtualDuration)
    /// Copies are lost with this probability.
    case loss(Double)
  }

  /// The first instant of the change.
  public var at: VirtualTime
  /// The first instant after it, or nil when it lasts.
  public var until: VirtualTime?
  /// The senders.
  public var from: NodeSelector
  /// The receivers.
  public var to: NodeSelector
  /// What changes.
  public var effect: Effect

  /// Creates a change; of several that hold at once, later ones in the list apply on top.
  public init(
    at: VirtualTime, until: VirtualTime?, from: NodeSelector, to: NodeSelector, effect: Effect
  ) {
    self.at = at
    self.until = until
    self.from = from
    self.to = to
    self.effect = effect
  }

  /// The two one-way cuts that part `side` from `other` completely.
  public static func partition(
    _ side: NodeSelector, from other: NodeSelector, at: VirtualTime, until: VirtualTime?
  ) -> [NetworkChange] {
    [
      NetworkChange(at: at, until: until, from: side, to: other, effect: .cut),
      NetworkChange(at: at, until: until, from: other, to: side, effect: .cut),
    ]
  }
}

/// The network of a run.
///
/// A copy waits for its sender's uplink, takes the propagation delay of its link, and waits for its
/// receiver's downlink. Every copy is delayed on its own unless the law of its link is FIFO.
public struct NetworkModel: Sendable {
  /// The laws that links can follow.
  public var classes: [LinkLaw]
  /// The class of links from group i to group j at `[i][j]`.
  public var groupLinks: [[Int]]
  /// Exceptions between nodes, the last match wins.
  public var overrides: [LinkOverride]
  /// Changes over time.
  public var changes: [NetworkChange]

  /// Creates a network.
  public init(
    classes: [LinkLaw], groupLinks: [[Int]], overrides: [LinkOverride], changes: [NetworkChange]
  ) {
    self.classes = classes
    self.groupLinks = groupLinks
    self.overrides = overrides
    self.changes = changes
  }

  /// A network of one group in which every link follows `law` for ever.
  public init(uniform law: LinkLaw) {
    self.init(classes: [law], groupLinks: [[0]], overrides: [], changes: [])
  }
}
