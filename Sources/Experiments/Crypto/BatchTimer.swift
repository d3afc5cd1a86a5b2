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

  /// Times several subjects in turn, so that a slow moment of the machine strikes them all.
  ///
  /// - Parameters:
  ///   - subjects: Each performs as many operations as it is told.
  ///   - leastOperations: A batch has at least so many.
  /// - Returns: For each subject the picoseconds of one operation, batch by batch.
  func samples(_ subjects: [(Int) -> Void], leastOperations: Int = 1) -> [BatchSamples] {
    let sizes = subjects.map { size(for: $0, from: leastOperations) }
    var samples = sizes.map { BatchSamples(operations: $0, picoseconds: []) }
    for _ in 0..<batches {
      for (index, subject) in subjects.enumerated() {
        let time = time(subject, sizes[index])
        samples[index].picoseconds.append(Int64(time) * 1_000 / Int64(sizes[index]))
      }
    }
    return samples
  }

  /// The size of a batch that lasts long enough; finding it is the warm-up.
  private func size(for subject: (Int) -> Void, from least: Int) -> Int {
    var size = least
    while size < Self.mostOperations {
      let time = time(subject, size)
      if time >= leastBatch { break }
      // A time too short to be seen says only that many more are needed.
      let factor = time > leastBatch / 64 ? (leastBatch + time - 1) / max(time, 1) + 1 : 8
      size = min(size * max(2, min(factor, 64)), Self.mostOperations)
    }
    return size
  }

  private func time(_ subject: (Int) -> Void, _ count: Int) -> Int {
    let start = clock()
    subject(count)
    return clock() - start
  }
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
