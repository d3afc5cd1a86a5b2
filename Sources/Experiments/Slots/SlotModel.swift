import ConsensusCore
import DiscreteEvents
import RunPlans

/// The event model behind Figure 6: turns, detections and eliminations, without messages.
///
/// Every round is one member's turn as proposer, and the lead rotates after every round (Paper
/// §III-A). Every `arrivalRounds` rounds one more member is Byzantine (Paper §IV-A). Such a member
/// misbehaves in its own turns and is honest as a backup, so it can be caught only when it leads.
///
/// sc-PBFT marks a member malicious after `strikes` bad turns in a row, passes over it from then on,
/// and removes it by the CONFIG block of a round that is a multiple of `epochRounds` (Paper §III-B).
/// PBFT never removes anybody.
///
/// The next proposer is the successor of the last one's id, whatever the membership became
/// meanwhile: counting `round mod n` would alias with the epoch length.
///
/// Assumption: a bad turn takes one round, like a good one. A CONFIG block takes none; it is ordered
/// at the end of its round from the sheet before that round, by the membership before it.
///
/// Assumption: an arrival at a round's end comes after the CONFIG block of that round.
public struct SlotModel {
  /// How a further Byzantine member comes about.
  public typealias Arrival = RunPlan.Fault.Arrival

  /// What a run depends on.
  public struct Parameters: Hashable, Sendable {
    /// Whether the protocol keeps a state sheet: sc-PBFT does, PBFT does not.
    public var protocolChecksState: Bool
    /// Members at the start, all honest; at least 1.
    public var replicas: Int
    /// Rounds between two arrivals, the paper's Δt; at least 1.
    public var arrivalRounds: Int
    /// Rounds between two system consensuses, the paper's m; at least 1.
    public var epochRounds: Int
    /// Bad turns in a row that make a member malicious: 2 for a silent one, 1 where the misbehaviour
    /// proves itself, as tampering does.
    public var strikes: Int
    /// How a further Byzantine member comes about.
    public var arrival: Arrival
    /// Arrivals after which the run ends; not negative.
    public var horizonArrivals: Int
    /// Whether a CONFIG block may leave fewer than four members.
    public var allowsShrinking: Bool
    /// The seed of the draws; only ``Arrival/convert`` draws.
    public var seed: Seed
    /// The rounds after which the run is cut short.
    public var roundLimit = Int.max

    /// Creates parameters; every knob is spelled out.
    public init(
      protocolChecksState: Bool, replicas: Int, arrivalRounds: Int, epochRounds: Int, strikes: Int,
      arrival: Arrival, horizonArrivals: Int, allowsShrinking: Bool, seed: Seed
    ) {
      precondition(replicas >= 1, "a membership of \(replicas)")
      precondition(arrivalRounds >= 1, "an arrival every \(arrivalRounds) rounds")
      precondition(epochRounds >= 1, "an epoch of \(epochRounds) rounds")
      precondition(strikes >= 1, "\(strikes) strikes")
      precondition(horizonArrivals >= 0, "a horizon of \(horizonArrivals) arrivals")
      self.protocolChecksState = protocolChecksState
      self.replicas = replicas
      self.arrivalRounds = arrivalRounds
      self.epochRounds = epochRounds
      self.strikes = strikes
      self.arrival = arrival
      self.horizonArrivals = horizonArrivals
      self.allowsShrinking = allowsShrinking
      self.seed = seed
    }
  }

  private struct Member {
    let id: Int
    var isByzantine = false
    var strikes = 0
    var isMalicious = false
    /// The sheet's mark before the current round.
    var wasMalicious = false
  }

  private let parameters: Parameters
  private var members: [Member]
  private var tolerated: Int
  private var active = 0
  private var lastLeader = -1
  private var nextID: Int
  private var rounds = 0
  private var points: [CensusPoint] = []
  private var survival: Int?

  private init(_ parameters: Parameters) {
    self.parameters = parameters
    members = (0..<parameters.replicas).map { Member(id: $0) }
    tolerated = Quorum(replicas: parameters.replicas).faults
    nextID = parameters.replicas
  }

  /// Runs the model until the last arrival.
  ///
  /// Once more members are Byzantine than are tolerated, nobody is removed any more, since no
  /// decision can be relied on; arrivals go on, so that the curve can be drawn to its end.
  public static func run(_ parameters: Parameters) -> Census {
    var model = SlotModel(parameters)
    model.takeCensus()
    for arrival in 0..<parameters.horizonArrivals where model.rounds < parameters.roundLimit {
      if model.survival == nil, parameters.protocolChecksState {
        model.playRounds()
      } else {
        model.rounds += parameters.arrivalRounds
      }
      model.arrive(UInt64(arrival))
      model.takeCensus()
    }
    return Census(points: model.points, survival: model.survival)
  }

  /// The rounds from one arrival to the next.
  private mutating func playRounds() {
    for _ in 0..<parameters.arrivalRounds where rounds < parameters.roundLimit {
      rounds += 1
      let isConfigured = rounds % parameters.epochRounds == 0
      if isConfigured {
        for index in members.indices { members[index].wasMalicious = members[index].isMalicious }
      }
      takeTurn()
      if isConfigured, removeMalicious() { takeCensus() }
    }
  }

  /// One turn as proposer: an honest one completes its round, a bad one is a strike.
  private mutating func takeTurn() {
    let leader = nextLeader()
    lastLeader = members[leader].id
    guard members[leader].isByzantine else {
      members[leader].strikes = 0
      return
    }
    members[leader].strikes += 1
    if members[leader].strikes >= parameters.strikes { members[leader].isMalicious = true }
  }

  /// The place of the next member that is not marked; there is one, since at most f are marked while
  /// rounds are played.
  private func nextLeader() -> Int {
    // Members are ascending by id, so the successor is the first with a larger one.
    let successor = members.firstIndex { $0.id > lastLeader } ?? 0
    for distance in 0..<members.count {
      let candidate = (successor + distance) % members.count
      if !members[candidate].isMalicious { return candidate }
    }
    return successor
  }

  /// The CONFIG block: the marked go, those with the smallest ids first, if the floor is near.
  ///
  /// One CONFIG block may remove f members at most. That needs no check: only Byzantine members are
  /// marked, and while rounds are played there are at most f.
  private mutating func removeMalicious() -> Bool {
    let floor = parameters.allowsShrinking ? 1 : 4
    var allowed = members.count - floor
    let before = members.count
    members.removeAll { member in
      guard member.wasMalicious, allowed > 0 else { return false }
      allowed -= 1
      return true
    }
    let removed = before - members.count
    active -= removed
    tolerated = Quorum(replicas: members.count).faults
    return removed > 0
  }

  private mutating func arrive(_ arrival: UInt64) {
    switch parameters.arrival {
    case .convert: convert(arrival)
    case .join:
      members.append(Member(id: nextID, isByzantine: true))
      nextID += 1
      active += 1
      tolerated = Quorum(replicas: members.count).faults
    }
  }

  /// A random honest member turns, unless none is left.
  private mutating func convert(_ arrival: UInt64) {
    let honest = members.indices.filter { !members[$0].isByzantine }
    guard !honest.isEmpty else { return }
    var draw = parameters.seed.draw(.choice, arrival)
    members[honest[Int(draw.below(UInt64(honest.count)))]].isByzantine = true
    active += 1
  }

  private mutating func takeCensus() {
    let point = CensusPoint(
      rounds: rounds, step: Double(rounds) / Double(parameters.arrivalRounds), active: active,
      members: members.count, tolerated: tolerated)
    points.append(point)
    // Only an arrival can end the safety: a removal lowers f by at most as much as it lowers the
    // number of Byzantine members. So the step of the loss is whole.
    if survival == nil, active > tolerated { survival = rounds / parameters.arrivalRounds }
  }
}
