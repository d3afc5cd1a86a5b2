/// A replica's number, from 0 to n-1, as the protocols' papers number them.
public struct ReplicaID: Indexed {
  /// The number as an array index.
  public let index: Int

  /// Creates the identifier of replica `index`, which is not negative.
  @inline(__always)
  public init(_ index: Int) { self.index = index }
}

/// A client connection's number: at most one request of it is outstanding at a time (PBFT §4.1).
public struct ClientID: Indexed {
  /// The number as an array index, from 0.
  public let index: Int

  /// Creates the identifier of client `index`, which is not negative.
  @inline(__always)
  public init(_ index: Int) { self.index = index }
}

/// A sender or receiver of messages: a replica or a client.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
  /// The replica's index, or -1 minus the client's.
  public let rawValue: Int32

  /// The endpoint of a replica.
  @inline(__always)
  public init(_ replica: ReplicaID) { rawValue = Int32(truncatingIfNeeded: replica.index) }

  /// The endpoint of a client.
  @inline(__always)
  public init(_ client: ClientID) { rawValue = -1 - Int32(truncatingIfNeeded: client.index) }

  /// The replica, unless this is a client.
  @inline(__always)
  public var replica: ReplicaID? { rawValue >= 0 ? ReplicaID(Int(rawValue)) : nil }

  /// The client, unless this is a replica.
  @inline(__always)
  public var client: ClientID? { rawValue < 0 ? ClientID(Int(-1 - rawValue)) : nil }

  /// A word that differs for every endpoint, for hashing and keyed draws.
  @inline(__always)
  public var word: UInt64 { UInt64(bitPattern: Int64(rawValue)) }

  /// `r3` for replica 3, `c0` for client 0.
  public var description: String { rawValue >= 0 ? "r\(rawValue)" : "c\(-1 - rawValue)" }
}

/// A PBFT view number; views start at 0 (PBFT §4).
public struct View: Ordinal {
  /// The number of the view.
  public let number: UInt64

  /// Creates view `number`.
  @inline(__always)
  public init(_ number: UInt64) { self.number = number }
}

/// The place of a request or batch in the total order; the first is 1, 0 means "before all".
public struct SequenceNumber: Ordinal {
  /// The number.
  public let number: UInt64

  /// Creates sequence number `number`.
  @inline(__always)
  public init(_ number: UInt64) { self.number = number }
}

/// A size in bytes, never negative.
public struct ByteCount: Hashable, Comparable, Sendable {
  /// The size in bytes.
  public let bytes: Int

  /// Creates a size of `bytes`.
  @inline(__always)
  public init(_ bytes: Int) { self.bytes = bytes }

  /// Orders by size.
  @inline(__always)
  public static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }

  /// The sum of two sizes.
  @inline(__always)
  public static func + (left: ByteCount, right: ByteCount) -> ByteCount {
    ByteCount(left.bytes + right.bytes)
  }

  /// A whole multiple of a size.
  @inline(__always)
  public static func * (size: ByteCount, count: Int) -> ByteCount { ByteCount(size.bytes * count) }
}
