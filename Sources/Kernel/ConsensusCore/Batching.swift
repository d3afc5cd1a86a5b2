import DiscreteEvents

/// When a batch of requests is full or old enough, beside the most requests that it may have.
public struct Batching: Hashable, Sendable {
  /// The most bytes of requests in a batch, of which one request always fits; nil for no limit.
  public var bytes: ByteCount?
  /// How long the first request of a batch waits for others; nil for not at all.
  public var delay: VirtualDuration?
  /// The size of a request in messages, without ``Request/operationBytes``.
  public var requestSize: ByteCount

  /// Batches that are as large as their number of requests allows, and wait for nobody.
  public static let immediate = Batching(bytes: nil, delay: nil, requestSize: ByteCount(0))

  /// Creates a rule.
  public init(bytes: ByteCount?, delay: VirtualDuration?, requestSize: ByteCount) {
    self.bytes = bytes
    self.delay = delay
    self.requestSize = requestSize
  }

  /// Whether a batch with `size` bytes of requests has room for one more.
  @inline(__always)
  public func fits(_ request: Request, after size: Int) -> Bool {
    guard let bytes else { return true }
    return size == 0 || size + self.size(of: request) <= bytes.bytes
  }

  /// The bytes that a request adds to a batch.
  @inline(__always)
  public func size(of request: Request) -> Int {
    requestSize.bytes + Int(request.operationBytes)
  }
}
