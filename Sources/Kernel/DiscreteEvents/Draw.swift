/// The seed of a run: all of its randomness is a function of this word and of named keys.
public struct Seed: Hashable, Sendable {
  /// The word the user gave, or one derived from it.
  public let value: UInt64

  /// Creates a seed from a word.
  public init(_ value: UInt64) { self.value = value }

  /// A seed for one part of a run, independent of the others.
  public func derived(for part: UInt64) -> Seed { Seed(mix(value ^ 0xA076_1D64_78BD_642F, part)) }

  /// The random words that belong to a key.
  ///
  /// A draw depends on its key alone, never on how many draws were made before it. A new draw
  /// therefore shifts no other, and a replay that leaves out a fault keeps every other draw.
  @inline(__always)
  public func draw(_ purpose: Purpose, _ first: UInt64, _ second: UInt64 = 0, _ third: UInt64 = 0)
    -> Draw
  {
    Draw(state: mix(mix(mix(value ^ purpose.word, first), second), third))
  }
}

/// What a draw is for: draws for different purposes never coincide.
public enum Purpose: UInt64, Sendable {
  case latency = 0x11, loss, duplication, processor, thinkTime, arrival, workload
  case election, mining, fault, choice, sampling, server, tick

  /// A word far from those of the other purposes.
  ///
  /// Seeds are often 1, 2, 3: with neighbouring words, one seed's latencies would be the next
  /// seed's losses.
  @inline(__always)
  fileprivate var word: UInt64 { rawValue &* 0xD6E8_FEB8_6659_FD93 }
}

/// A short sequence of random words that belong to one key (SplitMix64).
public struct Draw: Sendable {
  private var state: UInt64

  /// Starts the sequence of a key.
  @inline(__always)
  public init(state: UInt64) { self.state = state }

  /// The next 64 random bits.
  @inline(__always)
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A whole number from 0 up to, and without, `bound`; `bound` must be positive.
  ///
  /// The multiply-shift reduction is biased by less than `bound` / 2^64.
  @inline(__always)
  public mutating func below(_ bound: UInt64) -> UInt64 {
    next().multipliedFullWidth(by: bound).high
  }

  /// A number in the open interval (0, 1), exact in 53 bits.
  @inline(__always)
  public mutating func unit() -> Double {
    (Double(next() >> 12) + 0.5) * 0x1p-52
  }

  /// Answers true with `probability`: never at 0, always at 1.
  @inline(__always)
  public mutating func chance(_ probability: Double) -> Bool { unit() < probability }
}
