/// How many members are Byzantine, and how many may be, at one moment of a ``SlotModel``.
public struct CensusPoint: Hashable, Sendable {
  /// Rounds since the start.
  public let rounds: Int
  /// The same in units of Δt, the rounds between two arrivals.
  public let step: Double
  /// Byzantine members, those marked malicious but not yet removed included.
  public let active: Int
  /// All members, n.
  public let members: Int
  /// Byzantine members tolerated: f = floor((n - 1) / 3).
  public let tolerated: Int

  /// Creates a point.
  public init(rounds: Int, step: Double, active: Int, members: Int, tolerated: Int) {
    self.rounds = rounds
    self.step = step
    self.active = active
    self.members = members
    self.tolerated = tolerated
  }
}

/// What one run of a ``SlotModel`` shows.
public struct Census: Hashable, Sendable {
  /// A point at the start, at every multiple of Δt, and at every removal, in order.
  ///
  /// Where a removal and an arrival fall together there are two points of the same round.
  public let points: [CensusPoint]

  /// The first multiple of Δt at which more members are Byzantine than are tolerated; nil when that
  /// never happened.
  ///
  /// The test is the worst case: all Byzantine members act together.
  public let survival: Int?

  /// Creates a result.
  public init(points: [CensusPoint], survival: Int?) {
    self.points = points
    self.survival = survival
  }

  /// The most Byzantine members at a time while they were tolerated.
  public var mostTolerated: Int {
    points.prefix { $0.active <= $0.tolerated }.reduce(0) { max($0, $1.active) }
  }
}
