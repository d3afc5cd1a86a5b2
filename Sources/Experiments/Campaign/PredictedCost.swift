import ConsensusCore
import DiscreteEvents
import RunPlans
import Simulator

/// What a run costs, as far as its description shows: a number without a unit, larger for longer runs.
///
/// Only whole numbers are used, so that every machine deals the same points to a shard.
enum PredictedCost {
  /// The cost of one run of a cell.
  static func of(_ cell: Scenario.Cell) -> Int {
    let plan = cell.settings
    return max(1, extent(of: plan).multiplied(by: messages(of: cell)))
  }

  /// About the messages of an agreement.
  private static func messages(of cell: Scenario.Cell) -> Int {
    let replicas = cell.settings.replicas
    guard cell.settings.model == .messages else { return 1 }
    switch cell.subject.traits.tolerance {
    case .thirdLies: return replicas.multiplied(by: replicas).multiplied(by: 2)
    case .minorityStops, .minorityOfPower: return replicas.multiplied(by: 2)
    }
  }

  /// Blocks, requests, rounds or milliseconds, by what the schedule counts.
  private static func extent(of plan: RunPlan) -> Int {
    if let arrivals = plan.horizonArrivals { return arrivals.multiplied(by: plan.replicas) }
    switch plan.schedule {
    case .tests(let tests):
      switch tests.ending {
      case .window(_, _, let interval):
        return tests.tests.multiplied(by: milliseconds(interval))
      case .firstRequests(let count, _): return tests.tests.multiplied(by: count)
      }
    case .window(let warmup, let duration):
      return milliseconds(warmup).added(milliseconds(duration))
    case .blocks(let count): return count
    case .healing(let healing):
      return Int(healing.at.nanoseconds / 1_000_000).added(milliseconds(healing.within))
    }
  }

  private static func milliseconds(_ span: VirtualDuration) -> Int {
    Int(span.nanoseconds / 1_000_000)
  }
}

extension Int {
  /// The product, or the largest number.
  func multiplied(by other: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : product
  }

  /// The sum, or the largest number.
  func added(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
