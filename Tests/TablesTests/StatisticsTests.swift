import Tables
import Testing

@Suite("Statistics")
struct StatisticsTests {
  @Test("Mean and deviation agree with a worked example")
  func worked() throws {
    // Squares of deviations: 9 1 1 1 0 0 4 16, together 32; 32 / 7.
    let summary = Summary([2, 4, 4, 4, 5, 5, 7, 9])
    #expect(summary.count == 8)
    #expect(summary.mean == 5)
    #expect(summary.standardDeviation == (32.0 / 7).squareRoot())
    let width = try #require(summary.halfWidth95)
    #expect(abs(width - 2.36463 * (32.0 / 7 / 8).squareRoot()) < 1e-12)
  }

  @Test("What cannot be computed is nil, never NaN")
  func undefined() {
    #expect(Summary([]) == Summary([]))
    #expect(Summary([]).mean == nil)
    #expect(Summary([3]).mean == 3)
    #expect(Summary([3]).standardDeviation == nil)
    #expect(Summary([3]).halfWidth95 == nil)
    for bad in [[1, .nan], [1, .infinity], [.infinity, -.infinity], [1e308, 1e308]] {
      #expect(Summary(bad).mean == nil, "\(bad)")
      #expect(Summary(bad).standardDeviation == nil, "\(bad)")
      #expect(Summary(bad).halfWidth95 == nil, "\(bad)")
    }
    #expect(Summary([1e200, -1e200]).standardDeviation == nil)
    #expect(Statistics.mean([Int64]()) == nil)
    #expect(Statistics.percentile(500, ofSorted: []) == nil)
  }

  @Test("Small values survive beside large ones")
  func compensated() {
    #expect(Statistics.mean([1, 1e100, 1, -1e100]) == 0.5)
    #expect(Statistics.mean(Array(repeating: 0.1, count: 10)) == 0.1)
    #expect(Statistics.standardDeviation(Array(repeating: 0.1, count: 1000)) == 0)
    #expect(Statistics.standardDeviation([1e9 + 1, 1e9 + 2, 1e9 + 3]) == 1)
  }

  @Test("The mean of whole numbers is exact beyond 64 bits")
  func wholeMean() {
    #expect(Statistics.mean([Int64.max, .max, .max]) == Double(Int64.max))
    #expect(Statistics.mean([Int64.min, .max]) == -0.5)
    #expect(Statistics.mean([Int64(1), 2]) == 1.5)
  }

  @Test(
    "Student's quantiles are those of the tables",
    arguments: [
      (1, 12.7062), (2, 4.3027), (4, 2.7764), (9, 2.2622), (19, 2.0930), (29, 2.0452),
      (30, 2.0423), (40, 2.0211), (49, 2.0096), (60, 2.0003), (80, 1.9901), (100, 1.9840),
      (120, 1.9799), (1000, 1.9623), (1_000_000_000, 1.9600),
    ])
  func quantiles(degrees: Int, table: Double) {
    let t = Statistics.studentT95(degreesOfFreedom: degrees)
    #expect(abs(t - table) < 0.0002)
    #expect(t > table - 0.00006, "never too narrow")
  }

  @Test("Student's quantile falls with the degrees of freedom and stays above the normal one")
  func monotone() {
    for degrees in 2...2000 {
      let t = Statistics.studentT95(degreesOfFreedom: degrees)
      #expect(t < Statistics.studentT95(degreesOfFreedom: degrees - 1))
      #expect(t > 1.959963)
    }
  }

  @Test(
    "A percentile is the value of the nearest rank",
    arguments: [
      (0, 15), (50, 15), (200, 15), (201, 20), (300, 20), (400, 20), (401, 35), (500, 35),
      (800, 40), (801, 50), (990, 50), (1000, 50),
    ])
  func nearestRank(perMille: Int, expected: Int64) {
    #expect(Statistics.percentile(perMille, ofSorted: [15, 20, 35, 40, 50]) == expected)
  }

  @Test("A percentile is the least value that enough others do not exceed")
  func percentileByDefinition() throws {
    for count in [1, 2, 7, 100, 999, 1000, 1001, 2500] {
      let sorted = (0..<Int64(count)).map { $0 / 3 }
      for perMille in [1, 10, 333, 500, 667, 900, 990, 999, 1000] {
        let value = try #require(Statistics.percentile(perMille, ofSorted: sorted))
        let notAbove = sorted.count { $0 <= value }
        let below = sorted.count { $0 < value }
        #expect(notAbove * 1000 >= perMille * count, "\(count) \(perMille)")
        #expect(below * 1000 < perMille * count, "\(count) \(perMille)")
      }
    }
  }
}
