/// SplitMix64, keyed by a seed and the number of an input: every input can be made again alone.
struct Draws: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64, index: Int) {
    state = seed
    state = next() ^ UInt64(truncatingIfNeeded: index)
    _ = next()
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 up to but without `bound`, which is positive.
  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

  mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next() >> 56) }

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in byte() } }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}
