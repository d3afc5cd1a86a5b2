import DiscreteEvents

/// The draws of one input, a function of seed, subject and number alone.
extension Draw {
  init(seed: UInt64, subject: String, index: Int) {
    var key = Draw(state: seed)
    for byte in subject.utf8 { key = Draw(state: key.next() ^ UInt64(byte)) }
    self.init(state: key.next() ^ UInt64(truncatingIfNeeded: index))
    self.init(state: next())
  }

  /// A number from 0 up to, and without, `bound`, which is positive.
  mutating func below(_ bound: Int) -> Int { Int(below(UInt64(bound))) }

  mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next() >> 56) }

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in byte() } }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

  /// A part of an input, mostly a short one; empty only if the input is.
  mutating func range(of count: Int) -> Range<Int> {
    guard count > 0 else { return 0..<0 }
    let start = below(count)
    let most = min(count - start, pick([1, 4, 16, 64, count]))
    return start..<(start + 1 + below(most))
  }
}
