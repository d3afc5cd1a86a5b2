import Testing

@testable import PairingCrypto

@Suite("What the groups count")
struct TallyTests {
  private let set = ParameterSet.toy

  /// What a call counts, from nothing.
  private func counts(
    _ body: (inout PairingGroup) throws -> Void
  ) rethrows -> [CountedOperation: Int] {
    var group = PairingGroup(set)
    try body(&group)
    var counts: [CountedOperation: Int] = [:]
    for operation in CountedOperation.allCases where group.tally[operation] != 0 {
      counts[operation] = group.tally[operation]
    }
    return counts
  }

  @Test("A power counts once, with or without table, whatever the exponent")
  func powers() {
    let g = PairingGroup.generator(of: set)
    var group = PairingGroup(set)
    let table = group.table(for: g, windowBits: 4)
    let u = group.pair(g, g)
    let targetTable = group.table(for: u)
    for exponent in [Scalar.zero(set), .one(set), -Scalar(5, set)] {
      #expect(counts { _ = $0.power(g, exponent) } == [.variableExponentiation: 1])
      #expect(counts { _ = $0.power(table, exponent) } == [.fixedExponentiation: 1])
      #expect(counts { _ = $0.power(u, exponent) } == [.targetExponentiation: 1])
      #expect(counts { _ = $0.power(targetTable, exponent) } == [.targetExponentiation: 1])
    }
    #expect(
      counts { _ = $0.power(GroupElement.identity(set), .one(set)) }
        == [.variableExponentiation: 1])
  }

  @Test("A product counts its powers and a multiplication fewer than factors")
  func products() {
    let g = PairingGroup.generator(of: set)
    var group = PairingGroup(set)
    let table = group.table(for: g, windowBits: 4)
    let two = Scalar(2, set)
    let terms: [PowerTerm] = [
      .fixed(table, two), .variable(g, two), .element(g), .fixed(table, two), .variable(g, two),
      .variable(g, .zero(set)),
    ]
    let expected: [CountedOperation: Int] = [
      .fixedExponentiation: 2, .variableExponentiation: 3, .pointAddition: 5,
    ]
    #expect(counts { _ = $0.product(terms) } == expected)
    #expect(counts { _ = $0.product([]) } == [:])
    #expect(counts { _ = $0.product([.element(g)]) } == [:])
    #expect(counts { _ = $0.multiply(g, g) } == [.pointAddition: 1])
    #expect(
      counts { _ = $0.powers([terms, [], [.element(g)], terms]) }
        == expected.mapValues { 2 * $0 })
  }

  @Test("Products of pairings count a Miller loop a pair and one final exponentiation")
  func pairings() {
    let g = PairingGroup.generator(of: set)
    var group = PairingGroup(set)
    let lines = group.prepare(g)
    let identity = GroupElement.identity(set)
    #expect(counts { _ = $0.pair(g, g) } == [.millerLoop: 1, .finalExponentiation: 1])
    #expect(counts { _ = $0.pair(g, identity) } == [.millerLoop: 1, .finalExponentiation: 1])
    let terms: [PairingTerm] = [.pair(g, g), .prepared(lines, g), .pair(g, g), .prepared(lines, g)]
    #expect(
      counts { _ = $0.product(ofPairings: terms + [.prepared(lines, identity)]) }
        == [.millerLoop: 2, .preparedMillerLoop: 3, .finalExponentiation: 1])
    #expect(counts { _ = $0.product(ofPairings: []) } == [.finalExponentiation: 1])
    #expect(counts { _ = $0.prepare(g) } == [.preparation: 1])
  }

  @Test("A hash counts once, not its exponentiations, and what is free counts nothing")
  func others() throws {
    let g = PairingGroup.generator(of: set)
    #expect(counts { _ = $0.hash([1], domain: [2]) } == [.hashToGroup: 1])
    #expect(counts { _ = $0.table(for: g) } == [.tableOfPowers: 1])
    #expect(counts { _ = $0.inverse(Scalar(5, set)) } == [.scalarInversion: 1])
    #expect(try counts { _ = try $0.element(g.bytes) } == [.subgroupCheck: 1])
    var group = PairingGroup(set)
    let u = group.pair(g, g)
    #expect(try counts { _ = try $0.targetElement(u.bytes) } == [.subgroupCheck: 1])
    let free = counts { group in
      _ = group.inverse(g)
      _ = group.inverse(u)
      _ = group.multiply(u, u)
      _ = group.table(for: u)
      _ = Scalar(2, set) * Scalar(3, set)
      _ = PairingGroup.generator(of: set)
    }
    #expect(free == [:])
  }

  @Test("Counts add up over calls and can be taken apart")
  func accumulation() {
    var group = PairingGroup(set)
    let g = PairingGroup.generator(of: set)
    _ = group.pair(g, g)
    let before = group.tally
    _ = group.pair(g, g)
    _ = group.power(g, Scalar(9, set))
    let difference = group.tally - before
    #expect(difference[.millerLoop] == 1)
    #expect(difference[.variableExponentiation] == 1)
    #expect(before + difference == group.tally)
  }
}
