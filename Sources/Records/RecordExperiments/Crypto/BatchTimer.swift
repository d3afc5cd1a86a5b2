import Foundation

/// Takes the time of operations in batches: a warm-up, then several batches of the same size.
struct BatchTimer {
  /// The processor time used so far, in nanoseconds.
  var clock: () -> Int
  /// A batch lasts at least this long, in nanoseconds.
  var leastBatch: Int
  /// How many batches are timed.
  var batches: Int

  /// The most operations in a batch.
  static let mostOperations = 1 << 24

  /// The time that this process has spent on its own code, in nanoseconds.
  ///
  /// Not what it asked of the system, and not what other processes took.
  static func userTime() -> Int {
    var usage = rusage()
    guard getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return 0 }
    return Int(usage.ru_utime.tv_sec) * 1_000_000_000 + Int(usage.ru_utime.tv_usec) * 1_000
  }

  /// Times several subjects in turns: one batch of each, then the next of each.
  ///
  /// A slow moment of the machine so strikes a batch or two of every subject, which their medians
  /// leave out, and not all batches of one.
  ///
  /// - Parameters:
  ///   - subjects: What is timed.
  ///   - progress: Told what comes next, how many batches are done, and how many there are.
  /// - Returns: For each subject the picoseconds of one operation, batch by batch.
  func samples(
    _ subjects: [TimedSubject], progress: (String, Int, Int) -> Void = { _, _, _ in }
  ) -> [BatchSamples] {
    let all = (1 + batches) * subjects.count
    var done = 0
    func next(_ subject: TimedSubject) {
      progress(subject.name, done, all)
      done += 1
    }
    let sizes = subjects.map { subject in
      next(subject)
      return size(for: subject)
    }
    var samples = sizes.map { BatchSamples(operations: $0, picoseconds: []) }
    for _ in 0..<batches {
      for (index, subject) in subjects.enumerated() {
        next(subject)
        let time = time(subject, sizes[index])
        samples[index].picoseconds.append(Int64(time) * 1_000 / Int64(sizes[index]))
      }
    }
    return samples
  }

  /// The size of a batch that lasts long enough; finding it is the warm-up.
  private func size(for subject: TimedSubject) -> Int {
    var size = subject.leastOperations
    while size < Self.mostOperations {
      let time = time(subject, size)
      if time >= leastBatch { break }
      // A time too short to be seen says only that many more are needed.
      let factor = time > leastBatch / 64 ? (leastBatch + time - 1) / max(time, 1) + 1 : 8
      size = min(size * max(2, min(factor, 64)), Self.mostOperations)
    }
    return size
  }

  private func time(_ subject: TimedSubject, _ count: Int) -> Int {
    let start = clock()
    subject.perform(count)
    return clock() - start
  }
}

/// Something whose time is taken.
struct TimedSubject {
  /// The name in messages.
  var name: String
  /// A batch has at least so many operations.
  var leastOperations = 1
  /// Performs so many operations.
  var perform: (Int) -> Void
}

/// What several batches of one subject took.
struct BatchSamples {
  /// The operations in a batch.
  var operations: Int
  /// The time of one operation, batch by batch, in picoseconds.
  var picoseconds: [Int64]

  /// The middle value.
  var median: Int64 {
    let sorted = picoseconds.sorted()
    return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
  }

  /// The least and the largest value.
  var spread: ClosedRange<Int64> {
    let sorted = picoseconds.sorted()
    guard let least = sorted.first, let most = sorted.last else { return 0...0 }
    return least...most
  }

  /// The samples of a subject that is one of so many equal parts.
  func divided(by parts: Int64) -> BatchSamples {
    BatchSamples(operations: operations, picoseconds: picoseconds.map { $0 / parts })
  }

  /// What comes out when a function is applied to the samples of two subjects, batch by batch.
  ///
  /// A difference of noisy times can fall below zero; then it counts as zero.
  static func combining(
    _ a: BatchSamples, _ b: BatchSamples, _ formula: (Int64, Int64) -> Int64
  ) -> BatchSamples {
    BatchSamples(
      operations: min(a.operations, b.operations),
      picoseconds: zip(a.picoseconds, b.picoseconds).map { max(0, formula($0, $1)) })
  }
}
