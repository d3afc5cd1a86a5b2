import Foundation
import Testing

@testable import DiscreteEvents

@Suite("Elementary functions")
struct ElementaryTests {
  @Test("The logarithm agrees with the mathematics library to 1e-15")
  func logarithm() {
    var draw = Draw(state: 1)
    for _ in 0..<100_000 {
      let magnitude = Double(sign: .plus, exponent: Int(draw.below(120)) - 60, significand: 1)
      for x in [draw.unit(), (1 + draw.unit()) * magnitude] {
        let expected = Foundation.log(x)
        #expect(abs(Elementary.logarithm(x) - expected) <= 1e-15 * abs(expected))
      }
    }
    #expect(Elementary.logarithm(1) == 0)
  }

  @Test(
    "The logarithm has fixed bits",
    arguments: [
      (0.1, UInt64(0xC002_6BB1_BBB5_5515)), (2, 0x3FE6_2E42_FEFA_39EF),
      (0x1p-53, 0xC042_5E4F_7B27_37FA), (1e300, 0x4085_9634_47F8_7FB5),
    ])
  func logarithmBits(x: Double, bits: UInt64) {
    #expect(Elementary.logarithm(x).bitPattern == bits)
  }

  @Test("The exponential agrees with the mathematics library to 1e-15 and saturates")
  func exponential() {
    var draw = Draw(state: 2)
    for _ in 0..<100_000 {
      let x = (draw.unit() - 0.5) * 1_400
      let expected = Foundation.exp(x)
      #expect(abs(Elementary.exponential(x) - expected) <= 1e-15 * expected)
    }
    #expect(Elementary.exponential(0) == 1)
    #expect(Elementary.exponential(-1_000) == 0)
    #expect(Elementary.exponential(1_000) == .infinity)
  }

  @Test("The normal quantile inverts the normal distribution function")
  func normalQuantile() {
    var draw = Draw(state: 3)
    for _ in 0..<20_000 {
      let exponent = Double(draw.below(50)) * draw.unit()
      let p = min(draw.unit(), Foundation.pow(2, -exponent))
      let back = 0.5 * Foundation.erfc(-Elementary.normalQuantile(p) / 2.0.squareRoot())
      #expect(abs(back - p) <= 2e-13 * p)
    }
  }

  @Test(
    "The normal quantile has the tabulated values and is odd",
    arguments: [
      (0.5, 0.0), (0.025, -1.959963984540054), (0.005, -2.5758293035489004),
      (0.0001, -3.719016485455709), (1e-10, -6.361340902404056), (1e-15, -7.941345326170998),
    ])
  func normalTable(p: Double, quantile: Double) {
    #expect(abs(Elementary.normalQuantile(p) - quantile) <= 1e-14 * abs(quantile))
    guard p > 1e-5 else { return }
    #expect(abs(Elementary.normalQuantile(1 - p) + quantile) <= 1e-10)
  }
}
