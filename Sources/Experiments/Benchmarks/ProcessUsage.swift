import Foundation

/// What this process has used so far; only benchmarks ask, and results never contain it.
enum ProcessUsage {
  /// CPU time of all threads, in nanoseconds.
  static var nanoseconds: Int {
    var time = timespec()
    guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return 0 }
    return Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
  }

  /// The largest resident memory, in bytes.
  static var peakBytes: Int {
    var usage = rusage()
    guard getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return 0 }
    return Int(usage.ru_maxrss) * 1_024
  }
}
