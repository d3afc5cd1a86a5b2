import DiscreteEvents
import Invariants
import RunPlans

// What plans of proof of work promise of the chain, where they promise anything (W-1 to W-3).
extension Plan {
  /// The confirmations of a plan that promises something, and the blocks in a row that quality looks at.
  private static let promisedDepth = 40
  /// The honest blocks among so many in a row.
  private static let promisedHonestBlocks = 4

  /// Whether the chain of this plan promises something.
  private var promisesChain: Bool { subject == .pow && options.promisesChain }

  /// What is promised of the chain; in most plans nothing.
  ///
  /// Where at least two thirds of equal miners are honest and a block takes four times as long as its way,
  /// the others catch up 40 blocks with a probability below (0.6)^40 = 1e-9, and find 37 of 40 in a row
  /// with one below 1e-9. A partition lasts at most 20 intervals, in which its smaller side finds 40
  /// blocks with a probability below 1e-10. Forty blocks take a quarter of their time, or eight times as
  /// long, with one below 1e-12.
  var chainPromises: ChainPromises {
    var promises = ChainPromises()
    guard promisesChain else { return promises }
    promises.keepsCommonPrefix = true
    promises.quality = ChainDemands.Quality(
      window: Self.promisedDepth, honestBlocks: Self.promisedHonestBlocks)
    promises.meanInterval = promisedInterval
    return promises
  }

  /// A quarter of the mean interval of all miners to eight times as much.
  var promisedInterval: ClosedRange<VirtualDuration> {
    let nanoseconds = parameters.timeout.nanoseconds
    return VirtualDuration(
      nanoseconds: nanoseconds / 4)...VirtualDuration(
        nanoseconds: nanoseconds * 8)
  }

  /// Makes the plan one that can keep its promises: equal miners who all know each other, blocks much rarer
  /// than their way, confirmations that no partition makes up, and no miner who is cut off or down for good: it
  /// would come back for the last phase with a chain of its own.
  mutating func settleChain() {
    if subject != .pow || isBeyondBound { options.promisesChain = false }
    guard options.promisesChain else { return }
    options.weights = []
    options.peers = nil
    parameters.windowIntervals = 2
    parameters.confirmations = Self.promisedDepth
    let least = max(longestDelay * 4, VirtualDuration(nanoseconds: healing.at.nanoseconds / 20))
    parameters.timeout = max(parameters.timeout, least)
    for index in changes.indices where changes[index].until == nil {
      changes[index].until = healing.at
    }
    faults.removeAll { fault in
      if case .crash(nil, _) = fault.rule.behaviour { true } else { false }
    }
  }
}
