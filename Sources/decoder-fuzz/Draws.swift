import DiscreteEvents

/// The engine's draws, keyed by a seed and the number of an input: every input can be made again alone.
struct Draws: RandomNumberGenerator {
  private var draw: Draw

  init(seed: UInt64, index: Int) {
    draw = Draw(state: seed)
    draw = Draw(state: next() ^ UInt64(truncatingIfNeeded: index))
    _ = next()
  }

  mutating func next() -> UInt64 { draw.next() }

  /// A number from 0 up to but without `bound`, which is positive.
  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

  mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next() >> 56) }

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in byte() } }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}
