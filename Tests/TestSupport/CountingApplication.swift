import ConsensusCore
import DiscreteEvents

/// Counts what it executed by class of operation, and answers with a hash of everything before, so
/// that equal results mean equal orders.
public struct CountingApplication: Application {
  /// Executions by operation modulo 8.
  public private(set) var counts = [UInt64](repeating: 0, count: 8)
  /// Where it executed last.
  public private(set) var lastPosition = SequenceNumber.zero
  private var order: UInt64 = 0xC0_0417
  /// The hash of ``counts``, kept up to date.
  private var sum: UInt64 = 0
  /// The work of an execution and of an admission, in nanoseconds.
  private let work: Int64
  private let admission: Int64
  private let resultBytes: UInt32

  /// Creates the application before the first request.
  public init(work: Int64 = 0, admission: Int64 = 0, resultBytes: UInt32 = 0) {
    self.work = work
    self.admission = admission
    self.resultBytes = resultBytes
  }

  /// The number of executions.
  public var executed: UInt64 { counts.reduce(0, +) }

  /// Counts the request and answers with a hash of everything so far.
  public mutating func execute(_ request: Request, at position: SequenceNumber) -> Execution {
    let index = Int(request.operation % 8)
    sum ^= word(index)
    counts[index] += 1
    sum ^= word(index)
    lastPosition = position
    order = mix(order ^ position.number, request.content)
    return Execution(result: Digest(order), work: work, resultBytes: resultBytes)
  }

  /// The same for every request.
  public func admissionWork(of request: Request) -> Int64 { admission }

  /// Order, place and counts, the last as kept.
  public var digest: UInt64 { mix(mix(order, lastPosition.number), sum) }

  /// The same with the counts as they are.
  public var recomputedDigest: UInt64 {
    let recomputed = counts.indices.reduce(UInt64(0)) { $0 ^ word($1) }
    return mix(mix(order, lastPosition.number), recomputed)
  }

  /// Eight bytes a count.
  public var size: ByteCount { ByteCount(8 * counts.count) }

  /// The application with one count changed and the digest that it had.
  public var corrupted: CountingApplication {
    var copy = self
    copy.counts[3] += 1
    return copy
  }

  private func word(_ index: Int) -> UInt64 {
    counts[index] == 0 ? 0 : mix(UInt64(index) ^ 0x0C04, counts[index])
  }
}

extension Ledger {
  /// The application of a test.
  public var counting: CountingApplication? { application as? CountingApplication }
}
