import ConsensusCore
import DiscreteEvents

/// The choices of a generator: small numbers from one sequence of random words.
struct Dice {
  private var draw: Draw

  init(_ seed: UInt64, _ purpose: UInt64) { draw = Draw(state: mix(mix(0xF0_22, seed), purpose)) }

  /// A number from 0 up to, and without, `bound`.
  mutating func below(_ bound: Int) -> Int { Int(draw.below(UInt64(max(1, bound)))) }

  /// A number of the range.
  mutating func number(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + below(range.count)
  }

  /// True in `count` of 64 throws.
  mutating func hits(_ count: Int) -> Bool { below(64) < count }

  /// One of the values, each equally likely.
  mutating func pick<T>(_ values: [T]) -> T { values[below(values.count)] }

  /// So many of the numbers below `bound`, each set equally likely, in ascending order.
  mutating func choose(_ count: Int, below bound: Int) -> [Int] {
    var chosen: [Int] = []
    var left = min(count, bound)
    for index in 0..<bound where left > 0 && below(bound - index) < left {
      chosen.append(index)
      left -= 1
    }
    return chosen
  }

  /// A span of whole tenths of a millisecond.
  mutating func span(_ tenths: ClosedRange<Int>) -> VirtualDuration {
    .microseconds(Int64(number(tenths)) * 100)
  }

  /// The next random word.
  mutating func word() -> UInt64 { draw.next() }
}
