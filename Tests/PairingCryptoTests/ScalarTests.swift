import Testing

@testable import PairingCrypto

@Suite("Scalars")
struct ScalarTests {
  @Test("Arithmetic on the toy order is that of integers")
  func integers() {
    let set = ParameterSet.toy
    let order = UInt128(1) << 61 - 1
    var draws = Draws(60)
    let numbers = [0, 1, 2, UInt64(order) - 1] + (0..<40).map { _ in draws.next() % UInt64(order) }
    func number(_ scalar: Scalar) -> UInt128 { Schoolbook.number(scalar.words) }
    for a in numbers {
      for b in numbers {
        let (x, y) = (Scalar(a, set), Scalar(b, set))
        #expect(number(x + y) == (UInt128(a) + UInt128(b)) % order)
        #expect(number(x - y) == (UInt128(a) + order - UInt128(b)) % order)
        #expect(number(x * y) == UInt128(a) * UInt128(b) % order)
      }
      #expect(number(-Scalar(a, set)) == (order - UInt128(a)) % order)
    }
    #expect(Scalar(.max, set) == Scalar(7, set))
  }

  @Test("The laws of a field hold", arguments: ParameterSet.allCases)
  func field(_ set: ParameterSet) {
    var draws = Draws(61)
    let values = Scalar.edges(set) + (0..<20).map { _ in Scalar.random(in: set, using: &draws) }
    let one = Scalar.one(set)
    for a in values {
      for b in values {
        #expect(a + b == b + a)
        #expect(a * b == b * a)
        #expect((a + b) * (a - b) == a * a - b * b)
        #expect(a - b == -(b - a))
      }
      #expect((a + -a).isZero)
      #expect(a * one == a)
      if !a.isZero { #expect(a * a.inverted() == one) }
    }
  }

  @Test("Bytes of any length reduce as a number", arguments: ParameterSet.allCases)
  func reduction(_ set: ParameterSet) {
    var draws = Draws(62)
    let radix = Scalar(256, set)
    for count in [0, 1, 7, 8, 9, 20, 32, 33, 64, 200] {
      let bytes = draws.bytes(count)
      let expected = bytes.reduce(Scalar.zero(set)) { $0 * radix + Scalar(UInt64($1), set) }
      #expect(Scalar(reducing: bytes, set) == expected)
    }
  }

  @Test(
    "Random scalars are below the order, not zero, and fill the range",
    arguments:
      ParameterSet.allCases)
  func random(_ set: ParameterSet) {
    var draws = Draws(63)
    var high = 0
    let half = Scalar(2, set).inverted()
    for _ in 0..<400 {
      let value = Scalar.random(in: set, using: &draws)
      #expect(!value.isZero)
      #expect(value.words.isBelow(set.domain.order))
      if half.words.isBelow(value.words) { high += 1 }
    }
    #expect((140...260).contains(high))
  }

  @Test("Zero and numbers beyond the order are drawn again")
  func rejection() {
    struct Script: RandomNumberGenerator {
      var words: [UInt64]
      mutating func next() -> UInt64 { words.removeFirst() }
    }
    // The toy order is 2^61 - 1: the upper 61 bits of a word are the candidate.
    var script = Script(words: [0, .max, 7, 5 << 3])
    #expect(Scalar.random(in: .toy, using: &script) == Scalar(5, .toy))
    #expect(script.words.isEmpty)
  }

  @Test("Bytes give the scalar back and have a fixed width", arguments: ParameterSet.allCases)
  func bytes(_ set: ParameterSet) throws {
    var draws = Draws(64)
    for scalar in Scalar.edges(set) + [Scalar.random(in: set, using: &draws)] {
      #expect(scalar.bytes.count == set.scalarBytes)
      #expect(try Scalar(scalar.bytes, set) == scalar)
      #expect(try Scalar(serialized: scalar.serialized, set) == scalar)
      #expect(Scalar(reducing: scalar.bytes, set) == scalar)
    }
    #expect(Scalar(258, set).bytes.suffix(2) == [1, 2])
  }

  @Test("Scalars of different sets are never equal")
  func sets() {
    #expect(Scalar(5, .toy) != Scalar(5, .ss512))
    #expect(Scalar(5, .ss1536) != Scalar(5, .ss512))
    #expect(Scalar(5, .ss512) == Scalar(5, .ss512))
  }
}
