import DiscreteEvents

/// The engine's draws, keyed by a seed, a kind of file and the number of an input: every input can be
/// made again alone.
struct Draws: RandomNumberGenerator {
  private var draw: Draw

  init(seed: UInt64, kind: String, index: Int) {
    draw = Draw(state: seed)
    for byte in kind.utf8 { draw = Draw(state: next() ^ UInt64(byte)) }
    draw = Draw(state: next() ^ UInt64(truncatingIfNeeded: index))
    _ = next()
  }

  mutating func next() -> UInt64 { draw.next() }

  /// A number from 0 up to but without `bound`, which is positive.
  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

  mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next() >> 56) }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

  /// A part of a text, mostly a short one.
  mutating func range(of count: Int) -> Range<Int> {
    let start = below(count + 1)
    let most = min(count - start, pick([1, 4, 16, 64, 1 << 20]))
    return start..<(start + below(most + 1))
  }
}
