import DiscreteEvents
import Testing

@testable import Exploration

@Suite("Families of sets")
struct SetFamiliesTests {
  private typealias Sets = Set<Set<UInt32>>

  /// A family and its sets, drawn.
  private func draw(
    _ random: inout RandomSource, from elements: Range<UInt32>, in families: inout SetFamilies
  ) -> (number: UInt32, sets: Sets) {
    var number = SetFamilies.empty
    var sets: Sets = []
    for _ in 0..<random.next() % 7 {
      var one = SetFamilies.unit
      var set: Set<UInt32> = []
      for element in elements where random.next() % 2 == 0 {
        one = families.adding(element, to: one)
        set.insert(element)
      }
      number = families.union(number, one)
      sets.insert(set)
    }
    return (number, sets)
  }

  /// The same family, made set by set.
  private func number(of sets: Sets, in families: inout SetFamilies) -> UInt32 {
    sets.reduce(SetFamilies.empty) { all, set in
      let one = set.reduce(SetFamilies.unit) { families.adding($1, to: $0) }
      return families.union(all, one)
    }
  }

  @Test("All operations do what they do to sets of sets", arguments: 0..<300)
  func operations(seed: Int) {
    var random = RandomSource(state: UInt64(seed))
    var families = SetFamilies()
    let (left, leftSets) = draw(&random, from: 0..<6, in: &families)
    let (right, rightSets) = draw(&random, from: 0..<6, in: &families)
    let (later, laterSets) = draw(&random, from: 6..<10, in: &families)
    let element = UInt32(random.next() % 7)
    func expect(_ family: UInt32, _ sets: Sets) {
      #expect(family == number(of: sets, in: &families))
      #expect(families.size(of: family) == UInt128(sets.count))
    }
    expect(left, leftSets)
    expect(families.union(left, right), leftSets.union(rightSets))
    let added = Set(leftSets.map { $0.union([element]) })
    expect(families.adding(element, to: left), added)
    expect(families.extending(left, by: element), leftSets.union(added))
    let products = Set(leftSets.flatMap { set in laterSets.map { set.union($0) } })
    expect(families.product(left, later), products)
  }

  @Test("Sizes beyond 128 bits stop at the greatest number")
  func overflow() {
    var families = SetFamilies()
    var family = SetFamilies.unit
    for element in 0..<UInt32(127) { family = families.extending(family, by: element) }
    #expect(families.size(of: family) == UInt128(1) << 127)
    for element in 127..<UInt32(130) { family = families.extending(family, by: element) }
    #expect(families.size(of: family) == UInt128.max)
  }

  @Test("Families without a set, and with the empty one alone")
  func smallest() {
    var families = SetFamilies()
    #expect(families.adding(3, to: SetFamilies.empty) == SetFamilies.empty)
    #expect(families.extending(SetFamilies.empty, by: 3) == SetFamilies.empty)
    #expect(families.product(SetFamilies.empty, SetFamilies.unit) == SetFamilies.empty)
    #expect(families.size(of: SetFamilies.unit) == 1)
    #expect(families.size(of: SetFamilies.empty) == 0)
  }
}

/// Draws for tests.
private struct RandomSource {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 1
    return mix(state, 0x5E75) >> 16
  }
}
