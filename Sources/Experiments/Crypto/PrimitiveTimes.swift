import DiscreteEvents
import PairingCrypto

/// What primitives took on this machine, at this moment.
struct PrimitiveTimes {
  /// The parameter set.
  let parameters: ParameterSet
  private var samples: [Primitive: BatchSamples] = [:]

  /// How many batches are timed.
  static let batches = 9

  /// Times groups of primitives, those of one group in turns.
  ///
  /// `progress` is told what comes next, how many groups are done, and how many there are.
  static func measure(
    _ parameters: ParameterSet, _ groups: [[Primitive]], leastBatch: VirtualDuration,
    progress: (String, Int, Int) -> Void
  ) -> PrimitiveTimes {
    progress("inputs", 0, groups.count)
    let bench = PrimitiveBench(parameters)
    let timer = BatchTimer(
      clock: BatchTimer.userTime, leastBatch: Int(leastBatch.nanoseconds), batches: batches)
    var times = PrimitiveTimes(parameters: parameters)
    for (done, group) in groups.enumerated() {
      progress(group.map(\.rawValue).joined(separator: ", "), done, groups.count)
      let samples = timer.samples(
        group.map { primitive in { count in bench.run(primitive, count) } },
        leastOperations: group.map(\.leastOperations).max() ?? 1)
      for (primitive, sample) in zip(group, samples) { times.samples[primitive] = sample }
    }
    return times
  }

  init(parameters: ParameterSet) { self.parameters = parameters }

  /// The samples of a primitive that was timed.
  subscript(primitive: Primitive) -> BatchSamples {
    get {
      guard let found = samples[primitive] else {
        preconditionFailure("\(primitive.rawValue) was not timed")
      }
      return found
    }
    set { samples[primitive] = newValue }
  }
}
