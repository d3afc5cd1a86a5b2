import DiscreteEvents
import PairingCrypto

/// What primitives took on this machine, at this moment.
struct PrimitiveTimes {
  /// The parameter set.
  let parameters: ParameterSet
  private var samples: [Primitive: BatchSamples] = [:]

  /// How many batches are timed.
  static let batches = 9

  /// Times primitives in turns.
  ///
  /// `progress` is told what comes next, how many batches are done, and how many there are.
  static func measure(
    _ parameters: ParameterSet, _ primitives: [Primitive], leastBatch: VirtualDuration,
    progress: (String, Int, Int) -> Void
  ) -> PrimitiveTimes {
    let bench = PrimitiveBench(parameters)
    let timer = BatchTimer(
      clock: BatchTimer.userTime, leastBatch: Int(leastBatch.nanoseconds), batches: batches)
    let subjects = primitives.map { primitive in
      TimedSubject(name: primitive.rawValue, leastOperations: primitive.leastOperations) { count in
        bench.run(primitive, count)
      }
    }
    var times = PrimitiveTimes(parameters: parameters)
    for (primitive, sample) in zip(primitives, timer.samples(subjects, progress: progress)) {
      times.samples[primitive] = sample
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
