import Testing

@testable import PairingCrypto

@Suite("The pairing")
struct PairingTests {
  @Test("It is bilinear, symmetric and of order r", arguments: ParameterSet.allCases)
  func laws(_ set: ParameterSet) {
    var draws = Draws(40)
    var group = PairingGroup(set)
    for _ in 0..<set.tries(240) {
      let p = set.randomElement(&draws)
      let q = set.randomElement(&draws)
      let a = Scalar.random(in: set, using: &draws)
      let b = Scalar.random(in: set, using: &draws)
      let e = group.pair(p, q)
      #expect(!e.isOne)
      #expect(group.pair(q, p) == e)
      #expect(group.pair(group.power(p, a), group.power(q, b)) == group.power(e, a * b))
      #expect(group.pair(p, group.inverse(q)) == e.conjugate)
      #expect(group.pair(group.inverse(p), q) == e.conjugate)
      #expect(group.multiply(group.power(e, -.one(set)), e).isOne)
    }
  }

  @Test("It is multiplicative in both arguments", arguments: ParameterSet.allCases)
  func multiplicativity(_ set: ParameterSet) {
    var draws = Draws(41)
    var group = PairingGroup(set)
    for _ in 0..<set.tries(100) {
      let p = (0..<3).map { _ in set.randomElement(&draws) }
      let sum = group.pair(group.multiply(p[0], p[1]), p[2])
      #expect(sum == group.multiply(group.pair(p[0], p[2]), group.pair(p[1], p[2])))
      let other = group.pair(p[2], group.multiply(p[0], p[1]))
      #expect(other == sum)
    }
  }

  @Test("Prepared arguments give the same values", arguments: ParameterSet.allCases)
  func prepared(_ set: ParameterSet) {
    var draws = Draws(42)
    var group = PairingGroup(set)
    for _ in 0..<set.tries(160) {
      let p = set.randomElement(&draws)
      let q = set.randomElement(&draws)
      let lines = group.prepare(p)
      #expect(lines.element == p)
      #expect(group.product(ofPairings: [.prepared(lines, q)]) == group.pair(p, q))
      #expect(group.product(ofPairings: [.prepared(lines, p)]) == group.pair(p, p))
    }
  }

  @Test("A product of pairings equals the pairings multiplied", arguments: ParameterSet.allCases)
  func products(_ set: ParameterSet) {
    var draws = Draws(43)
    var group = PairingGroup(set)
    for count in set == .ss1536 ? [2, 3] : [1, 2, 3, 5, 12] {
      for round in 0..<set.tries(24) {
        var expected = TargetElement.one(set)
        var terms: [PairingTerm] = []
        for index in 0..<count {
          let p = set.randomElement(&draws)
          let q = set.randomElement(&draws)
          expected = group.multiply(expected, group.pair(p, q))
          terms.append((index + round) % 2 == 0 ? .pair(p, q) : .prepared(group.prepare(p), q))
        }
        #expect(group.product(ofPairings: terms) == expected)
      }
    }
  }

  @Test("Products of opposite pairings are one", arguments: ParameterSet.allCases)
  func cancellation(_ set: ParameterSet) {
    var draws = Draws(44)
    var group = PairingGroup(set)
    for _ in 0..<set.tries(60) {
      let p = set.randomElement(&draws)
      let q = set.randomElement(&draws)
      let a = Scalar.random(in: set, using: &draws)
      let pa = group.power(p, a)
      let qa = group.inverse(group.power(q, a))
      let terms: [PairingTerm] = [.pair(pa, q), .pair(p, qa)]
      #expect(group.product(ofPairings: terms).isOne)
      let prepared: [PairingTerm] = [.prepared(group.prepare(pa), q), .pair(p, qa)]
      #expect(group.product(ofPairings: prepared).isOne)
      #expect(!group.product(ofPairings: [.pair(pa, q), .pair(p, group.inverse(qa))]).isOne)
    }
  }

  @Test("The identity pairs to one", arguments: ParameterSet.allCases)
  func identity(_ set: ParameterSet) {
    var draws = Draws(45)
    var group = PairingGroup(set)
    let p = set.randomElement(&draws)
    let identity = GroupElement.identity(set)
    #expect(group.pair(identity, p).isOne)
    #expect(group.pair(p, identity).isOne)
    #expect(group.pair(identity, identity).isOne)
    #expect(group.product(ofPairings: []).isOne)
    let lines = group.prepare(identity)
    #expect(group.product(ofPairings: [.prepared(lines, p)]).isOne)
    #expect(group.product(ofPairings: [.prepared(group.prepare(p), identity)]).isOne)
    #expect(
      group.product(ofPairings: [.prepared(lines, p), .pair(p, p), .pair(identity, p)])
        == group.pair(p, p))
  }

  @Test("Prepared lines take the documented space")
  func lineBytes() {
    for (set, bytes) in [(ParameterSet.toy, 61 * 32), (.ss512, 160 * 128), (.ss1536, 257 * 384)] {
      var group = PairingGroup(set)
      #expect(group.prepare(PairingGroup.generator(of: set)).lineBytes == bytes)
    }
  }
}
