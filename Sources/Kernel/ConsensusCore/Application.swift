/// A deterministic state machine that every replica executes beside its own ``Ledger``, whatever the
/// protocol (PBFT §2: replicas "must be deterministic" and "must start in the same state").
///
/// A replica executes a request when it takes effect, hence once, and in the same order everywhere.
/// An application is a value that reads nothing but itself and the request: no clock, no random
/// source, nothing that differs between processes.
///
/// Copies are kept at every checkpoint, snapshot and block, on disk and in messages. The storage of
/// a large application should therefore share between copies what did not change.
public protocol Application: Sendable {
  /// Executes a request that takes effect at `position`: PBFT's sequence number, Raft's log index or
  /// the block's height; requests of one batch or block share it.
  mutating func execute(_ request: Request, at position: SequenceNumber) -> Execution

  /// The work of admitting a request beyond ``Work/checkRequest``, in nanoseconds on a node of
  /// service time 1 and not negative; 0 unless implemented.
  ///
  /// It is charged wherever a request is checked, by replicas whose states may differ at that moment:
  /// it costs time and decides nothing.
  func admissionWork(of request: Request) -> Int64

  /// A hash of the whole state, equal in every process; asked for often, so it should be kept.
  var digest: UInt64 { get }

  /// ``digest`` computed anew from the contents, as the receiver of a copy does that it cannot trust.
  var recomputedDigest: UInt64 { get }

  /// The size of the state on the wire, asked for whenever a copy is sent.
  var size: ByteCount { get }
}

extension Application {
  /// Nothing: the client's signature is all there is to check.
  public func admissionWork(of request: Request) -> Int64 { 0 }
}

/// What executing a request did.
public struct Execution: Hashable, Sendable {
  /// The digest of the result.
  public var result: Digest
  /// The work beyond ``Work/execute``, in nanoseconds on a node of service time 1, not negative.
  public var work: Int64
  /// The size of the result beyond the reply that carries it, in bytes.
  public var resultBytes: UInt32

  /// Creates the account of an execution.
  @inline(__always)
  public init(result: Digest, work: Int64, resultBytes: UInt32) {
    self.result = result
    self.work = work
    self.resultBytes = resultBytes
  }
}
