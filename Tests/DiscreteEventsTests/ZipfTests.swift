import Foundation
import Testing

@testable import DiscreteEvents

@Suite("Zipf's law")
struct ZipfTests {
  private static func counts(_ zipf: Zipf, among n: Int, draws: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: n)
    for number in 0..<draws {
      var draw = Seed(7).draw(.workload, UInt64(number))
      counts[zipf.rank(among: n, &draw)] += 1
    }
    return counts
  }

  @Test(
    "Ranks come as often as the law says, whatever part of the table is used",
    arguments: [
      (20, 20, 0.0), (20, 20, 1.0), (20, 7, 1.0), (20, 20, 2.5), (5, 1, 1.0), (1, 1, 3.0),
    ])
  func law(count: Int, among n: Int, exponent: Double) {
    let draws = 40_000
    let counts = Self.counts(Zipf(count: count, exponent: exponent), among: n, draws: draws)
    let weights = (1...n).map { pow(Double($0), -exponent) }
    let sum = weights.reduce(0, +)
    for (rank, found) in counts.enumerated() {
      let share = weights[rank] / sum
      let expected = share * Double(draws)
      // Five standard deviations of a binomial law.
      let room = 5 * (expected * (1 - share)).squareRoot() + 1e-9
      #expect(abs(Double(found) - expected) <= room, "rank \(rank): \(found) for \(expected)")
    }
  }

  @Test("A steep law draws the first rank only, and the last rank of a flat one can come")
  func edges() {
    #expect(Self.counts(Zipf(count: 3, exponent: 2000), among: 3, draws: 1000) == [1000, 0, 0])
    #expect(Self.counts(Zipf(count: 3, exponent: 0), among: 3, draws: 1000).allSatisfy { $0 > 250 })
    #expect(Zipf(count: 9, exponent: 1).count == 9)
  }

  @Test("The first n ranks of a long table are those of a short one")
  func prefix() {
    let (long, short) = (Zipf(count: 1000, exponent: 0.9), Zipf(count: 10, exponent: 0.9))
    for number: UInt64 in 0..<500 {
      var (a, b) = (Seed(3).draw(.workload, number), Seed(3).draw(.workload, number))
      #expect(long.rank(among: 10, &a) == short.rank(among: 10, &b))
    }
  }
}
