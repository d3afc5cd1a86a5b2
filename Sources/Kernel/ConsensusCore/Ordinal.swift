/// A place in an order: a number with a type of its own, such as a view or a term.
public protocol Ordinal: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number.
  var number: UInt64 { get }
  /// The place with a number.
  init(_ number: UInt64)
}

extension Ordinal {
  /// The place of number 0.
  @inlinable
  @inline(__always)
  public static var zero: Self { Self(0) }

  /// The next place; wraps at 2^64, which only a forged message can bring about.
  @inlinable
  @inline(__always)
  public var next: Self { Self(number &+ 1) }

  /// Orders by number.
  @inlinable
  @inline(__always)
  public static func < (left: Self, right: Self) -> Bool { left.number < right.number }

  /// The number in decimal.
  public var description: String { String(number) }
}

/// The name of one of several things that are numbered from 0: an array index with a type of its own.
public protocol Indexed: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number as an array index.
  var index: Int { get }
  /// The name of the thing with an index, which is not negative.
  init(_ index: Int)
}

extension Indexed {
  /// Orders by number.
  @inlinable
  @inline(__always)
  public static func < (left: Self, right: Self) -> Bool { left.index < right.index }

  /// The number in decimal.
  public var description: String { String(index) }
}
