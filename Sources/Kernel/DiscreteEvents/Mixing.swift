/// Multiplies two words and folds the 128-bit product: the one mixing step everything here is
/// built on.
///
/// The constants keep a zero operand from collapsing the product.
@inline(__always)
public func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
  let product = (left ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(
    by: right ^ 0xD1B5_4A32_D192_ED03)
  return product.high ^ product.low
}

/// A running hash of words, the same in every process.
///
/// It stands for a cryptographic hash inside the simulation: deterministic and well spread, but 64
/// bits and not secure. The cost of the hash it stands for is charged from the cost profile.
public struct WordHash: Sendable {
  /// The hash of everything combined so far.
  public private(set) var value: UInt64

  /// Starts a hash; `domain` keeps hashes for different uses apart.
  @inline(__always)
  public init(domain: UInt64) { value = mix(domain, 0x2545_F491_4F6C_DD1D) }

  /// Adds a word.
  @inline(__always)
  public mutating func combine(_ word: UInt64) { value = mix(value, word) }
}
