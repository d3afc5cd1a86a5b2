import DiscreteEvents
import Experiments
import Testing

/// A row of the table of survival times: how many Δt until more than f members are Byzantine.
struct SurvivalCase: Sendable, CustomStringConvertible {
  enum Expectation: Sendable {
    case dies(at: Int)
    case never
  }

  let arrival: SlotModel.Arrival
  let replicas: Int
  /// Δt and m in units of n.
  let interval: Int
  let epoch: Int
  /// Nil for PBFT.
  let strikes: Int?
  let expectation: Expectation

  init(
    _ arrival: SlotModel.Arrival, n: Int, interval: Int = 1, epoch: Int = 1, strikes: Int?,
    _ expectation: Expectation
  ) {
    self.arrival = arrival
    replicas = n
    self.interval = interval
    self.epoch = epoch
    self.strikes = strikes
    self.expectation = expectation
  }

  var description: String {
    let name = strikes.map { "sc-PBFT with \($0) strikes" } ?? "PBFT"
    return "\(arrival), n=\(replicas), Δt=\(interval)n, m=\(epoch)n, \(name)"
  }

  var horizon: Int { replicas == 100 ? 130 : 60 }

  func run(seed: UInt64) -> Census {
    SlotModel.run(
      SlotModel.Parameters(
        protocolChecksState: strikes != nil, replicas: replicas, arrivalRounds: interval * replicas,
        epochRounds: epoch * replicas, strikes: strikes ?? 2, arrival: arrival,
        horizonArrivals: horizon, allowsShrinking: false, seed: Seed(seed)))
  }
}

@Suite("SlotModel")
struct SlotModelTests {
  private static let pbft: [SurvivalCase] = [
    .init(.convert, n: 4, strikes: nil, .dies(at: 2)),
    .init(.convert, n: 10, strikes: nil, .dies(at: 4)),
    .init(.convert, n: 31, strikes: nil, .dies(at: 11)),
    .init(.convert, n: 100, strikes: nil, .dies(at: 34)),
    .init(.join, n: 4, strikes: nil, .dies(at: 2)),
    .init(.join, n: 10, strikes: nil, .dies(at: 5)),
    .init(.join, n: 31, strikes: nil, .dies(at: 16)),
    .init(.join, n: 100, strikes: nil, .dies(at: 50)),
  ]

  private static let checked: [SurvivalCase] = [
    .init(.convert, n: 4, strikes: 1, .dies(at: 2)),
    .init(.convert, n: 4, strikes: 2, .dies(at: 2)),
    .init(.convert, n: 10, strikes: 1, .dies(at: 8)),
    .init(.convert, n: 10, strikes: 2, .dies(at: 7)),
    .init(.convert, n: 10, epoch: 4, strikes: 2, .dies(at: 5)),
    .init(.convert, n: 10, interval: 4, strikes: 2, .dies(at: 8)),
    .init(.convert, n: 10, interval: 4, epoch: 4, strikes: 2, .dies(at: 8)),
    .init(.convert, n: 31, strikes: 2, .dies(at: 29)),
    .init(.convert, n: 31, epoch: 4, strikes: 2, .dies(at: 23)),
    .init(.convert, n: 31, interval: 4, epoch: 4, strikes: 2, .dies(at: 29)),
    .init(.convert, n: 100, strikes: 2, .dies(at: 98)),
    .init(.convert, n: 100, epoch: 4, strikes: 2, .dies(at: 94)),
    .init(.join, n: 4, strikes: 2, .dies(at: 2)),
    .init(.join, n: 4, interval: 2, epoch: 4, strikes: 2, .dies(at: 3)),
    .init(.join, n: 4, interval: 4, strikes: 2, .never),
    .init(.join, n: 4, interval: 4, epoch: 4, strikes: 2, .never),
    .init(.join, n: 10, strikes: 2, .never),
    .init(.join, n: 10, epoch: 4, strikes: 2, .dies(at: 7)),
    .init(.join, n: 31, strikes: 2, .never),
    .init(.join, n: 31, epoch: 4, strikes: 2, .never),
    .init(.join, n: 100, epoch: 4, strikes: 2, .never),
  ]

  @Test("PBFT removes nobody and exceeds its bound at once", arguments: pbft)
  func classic(_ row: SurvivalCase) throws {
    guard case .dies(let expected) = row.expectation else { return }
    for seed: UInt64 in 1...20 {
      let census = row.run(seed: seed)
      #expect(census.survival == expected, "seed \(seed)")
      // The staircase goes on to the horizon, or until nobody honest is left.
      let most = row.arrival == .convert ? row.replicas : .max
      #expect(census.points.map(\.active) == (0...row.horizon).map { min($0, most) })
    }
  }

  @Test(
    "sc-PBFT survives as long as the slot arithmetic says, give or take one", arguments: checked)
  func withStateSheet(_ row: SurvivalCase) {
    for seed: UInt64 in 1...(row.replicas == 100 ? 5 : 20) {
      let survival = row.run(seed: seed).survival
      switch row.expectation {
      case .never: #expect(survival == nil, "seed \(seed)")
      case .dies(let expected):
        #expect(survival.map { abs($0 - expected) <= 1 } == true, "seed \(seed): \(survival ?? -1)")
      }
    }
  }

  @Test("Paper §IV-A: eliminating never survives shorter than not eliminating", arguments: checked)
  func neverWorseThanClassic(_ row: SurvivalCase) throws {
    let classic = SurvivalCase(
      row.arrival, n: row.replicas, interval: row.interval, strikes: nil, row.expectation)
    let bound = try #require(classic.run(seed: 1).survival)
    for seed: UInt64 in 1...5 { #expect(row.run(seed: seed).survival ?? .max >= bound) }
  }

  @Test("A census adds up at every point", arguments: checked + pbft)
  func census(_ row: SurvivalCase) throws {
    let census = row.run(seed: 7)
    let first = try #require(census.points.first)
    #expect(first.active == 0 && first.members == row.replicas && first.rounds == 0)
    var firstLoss: Int?
    for (before, point) in zip(census.points, census.points.dropFirst()) {
      #expect(point.tolerated == (point.members - 1) / 3)
      #expect(point.active <= point.members && point.active >= 0)
      #expect(point.rounds >= before.rounds)
      #expect(point.step == Double(point.rounds) / Double(row.interval * row.replicas))
      if point.members < before.members {
        // Only Byzantine members go, at most f of them, and never below four.
        #expect(before.members - point.members == before.active - point.active)
        #expect(before.members - point.members <= before.tolerated)
        #expect(point.members >= 4)
        #expect(point.rounds % (row.epoch * row.replicas) == 0)
        #expect(firstLoss == nil, "a removal after the loss")
      }
      if firstLoss == nil, point.active > point.tolerated { firstLoss = Int(point.step) }
    }
    #expect(census.survival == firstLoss)
    #expect(census.points.last?.rounds == row.horizon * row.interval * row.replicas)
  }

  @Test("The most tolerated members are those of the points before the loss")
  func mostTolerated() {
    let census = SurvivalCase(.convert, n: 31, strikes: nil, .dies(at: 11)).run(seed: 1)
    #expect(census.mostTolerated == 10)
    let never = SurvivalCase(.join, n: 31, epoch: 4, strikes: 2, .never).run(seed: 1)
    #expect(never.mostTolerated == 5)
  }

  @Test("One strike is enough against a member that proves itself malicious in its first turn")
  func firstTurn() throws {
    // The ninth member joins after round 80 and leads round 81, as the successor of the eighth.
    let census = SlotModel.run(parameters(strikes: 1))
    let removal = try #require(firstRemoval(census))
    #expect(removal.rounds == 88)
  }

  @Test("Two strikes take a second turn")
  func secondTurn() throws {
    // Its turns are rounds 81 and 90; round 96 is the next multiple of the epoch.
    let census = SlotModel.run(parameters(strikes: 2))
    #expect(firstRemoval(census)?.rounds == 96)
  }

  @Test("A CONFIG block does not know the strike of its own round")
  func sheetBeforeTheRound() throws {
    // The second turn is round 90: an epoch of 90 judges it at 180, one of 91 at 91.
    var parameters = parameters(strikes: 2)
    parameters.epochRounds = 90
    #expect(firstRemoval(SlotModel.run(parameters))?.rounds == 180)
    parameters.epochRounds = 91
    #expect(firstRemoval(SlotModel.run(parameters))?.rounds == 91)
  }

  @Test("A group of four shrinks only when it may")
  func shrinking() {
    var parameters = parameters(strikes: 1)
    parameters.replicas = 4
    parameters.arrival = .convert
    parameters.arrivalRounds = 100
    parameters.horizonArrivals = 2
    #expect(SlotModel.run(parameters).points.allSatisfy { $0.members == 4 })
    parameters.allowsShrinking = true
    let census = SlotModel.run(parameters)
    #expect(census.points.contains { $0.members == 3 && $0.tolerated == 0 && $0.active == 0 })
    #expect(census.survival == 2)
  }

  @Test("The seed decides who turns, and nothing else does")
  func reproducible() {
    let row = SurvivalCase(.convert, n: 10, strikes: 2, .dies(at: 7))
    #expect(row.run(seed: 3) == row.run(seed: 3))
    #expect(Set((1...20).map { row.run(seed: $0).survival }).count > 1)
    let join = SurvivalCase(.join, n: 10, strikes: 2, .never)
    #expect(join.run(seed: 1) == join.run(seed: 2))
  }

  @Test("Without arrivals there is only the start")
  func noArrivals() {
    var parameters = parameters(strikes: 2)
    parameters.horizonArrivals = 0
    let census = SlotModel.run(parameters)
    #expect(census.points.count == 1)
    #expect(census.survival == nil)
    #expect(census.mostTolerated == 0)
  }

  /// Eight members; a ninth joins after round 80, a tenth after round 160.
  private func parameters(strikes: Int) -> SlotModel.Parameters {
    SlotModel.Parameters(
      protocolChecksState: true, replicas: 8, arrivalRounds: 80, epochRounds: 8, strikes: strikes,
      arrival: .join, horizonArrivals: 3, allowsShrinking: false, seed: Seed(1))
  }

  private func firstRemoval(_ census: Census) -> CensusPoint? {
    zip(census.points, census.points.dropFirst()).first { $1.members < $0.members }?.1
  }
}
