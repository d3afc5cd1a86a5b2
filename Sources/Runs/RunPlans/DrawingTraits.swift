import DiscreteEvents

/// A key of a protocol's section, and the values that random plans draw from.
public struct DrawnKey: Sendable {
  /// The name of the key.
  public let name: String
  /// How many values there are; the first is the ordinary one.
  public let choices: Int
  private let set: @Sendable (Int, inout RunPlan) -> Void

  /// Draws the property of a row.
  ///
  /// - Parameters:
  ///   - name: The name of the key.
  ///   - path: The property of the row.
  ///   - values: Values in the range of the row, at least one.
  public init<Keys: ProtocolKeys, Value: Sendable>(
    _ name: String, _ path: any WritableKeyPath<Keys, Value> & Sendable, from values: [Value]
  ) {
    precondition(!values.isEmpty, "'\(name)' has no value to draw")
    self.name = name
    choices = values.count
    set = { choice, plan in
      var keys = plan[Keys.self]
      keys[keyPath: path] = values[choice]
      plan[Keys.self] = keys
    }
  }

  /// Sets the key to one of its values.
  public func choose(_ choice: Int, in plan: inout RunPlan) { set(choice, &plan) }
}

/// How random plans of a protocol of another module are drawn, and when they demand progress.
public struct DrawingTraits: Sendable {
  /// The keys that vary.
  public var keys: [DrawnKey]
  /// Makes what was drawn fit the network: a protocol may assume how long a message takes.
  public var fit: @Sendable (inout RunPlan, DrawnSurroundings) -> Void
  /// How long after the healing every client must have been served, within the fault bound.
  public var progressBound: @Sendable (RunPlan, DrawnSurroundings) -> VirtualDuration

  /// Creates the traits.
  public init(
    keys: [DrawnKey], fit: @escaping @Sendable (inout RunPlan, DrawnSurroundings) -> Void,
    progressBound: @escaping @Sendable (RunPlan, DrawnSurroundings) -> VirtualDuration
  ) {
    self.keys = keys
    self.fit = fit
    self.progressBound = progressBound
  }
}

/// What a random plan says of the healed network and of prices.
public struct DrawnSurroundings: Sendable {
  /// Replicas that are not in the healed quorum.
  public var absent: Int
  /// The longest latency of a link.
  public var latency: VirtualDuration
  /// The work for a message; that for a signature is ten times as much.
  public var price: VirtualDuration
  /// The turn of a message of 2 kB on an uplink.
  public var transmission: VirtualDuration
  /// When a client sends a request again at the latest.
  public var retransmission: VirtualDuration

  /// Creates a description.
  public init(
    absent: Int, latency: VirtualDuration, price: VirtualDuration, transmission: VirtualDuration,
    retransmission: VirtualDuration
  ) {
    self.absent = absent
    self.latency = latency
    self.price = price
    self.transmission = transmission
    self.retransmission = retransmission
  }
}
