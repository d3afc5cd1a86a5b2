import DiscreteEvents
import Foundation
import Testing

@testable import Tables

@Suite("FixedDecimal")
struct FixedDecimalTests {
  @Test(
    "A number is rounded from its exact value, halves to even",
    arguments: [
      (0.0, 0, "0"), (0.0, 2, "0.00"), (-0.0, 2, "0.00"), (1.0, 0, "1"), (1.5, 0, "2"),
      (2.5, 0, "2"), (0.5, 0, "0"), (-0.5, 0, "0"), (-0.4, 0, "0"), (-0.6, 0, "-1"),
      (0.125, 2, "0.12"), (0.375, 2, "0.38"), (1.005, 2, "1.00"), (2.675, 2, "2.67"),
      (9.995, 2, "9.99"), (9.9951, 2, "10.00"), (99.5, 0, "100"), (-0.001, 2, "0.00"),
      (-0.005_1, 2, "-0.01"), (0.1, 18, "0.100000000000000006"), (123.456, 3, "123.456"),
      (1e15, 1, "1000000000000000.0"), (1e23, 0, "99999999999999991611392"),
      (1e-30, 18, "0.000000000000000000"),
      (.leastNonzeroMagnitude, 3, "0.000"), (0x1p63, 2, "9223372036854775808.00"),
      (0x1p53, 1, "9007199254740992.0"),
    ])
  func known(value: Double, digits: Int, text: String) {
    #expect(FixedDecimal(value, digits: digits)?.text == text)
  }

  @Test("What is not finite has no text and leaves its cell empty")
  func notFinite() {
    for value in [Double.nan, .infinity, -.infinity, .signalingNaN] {
      #expect(FixedDecimal(value, digits: 2) == nil)
      #expect(Cell.decimal(value, digits: 2) == .empty)
    }
    #expect(Cell.decimal(nil, digits: 2) == .empty)
  }

  @Test("Any number is printed as the platform's exact printing does, but for minus zero")
  func againstPlatform() {
    for index: UInt64 in 0..<3000 {
      var draw = Seed(11).draw(.sampling, index)
      let digits = Int(draw.below(19))
      let exponent = Int(draw.below(100)) - 75
      let unit = draw.unit() * (index % 2 == 0 ? 1 : -1)
      // Every third is a tie or near one.
      let value =
        index % 3 == 0
        ? (unit * 1000).rounded() / 8 : Double(sign: .plus, exponent: exponent, significand: unit)
      var expected = String(format: "%.\(digits)f", value)
      if !expected.contains(where: { ("1"..."9").contains($0) }) {
        expected = expected.replacingOccurrences(of: "-", with: "")
      }
      #expect(FixedDecimal(value, digits: digits)?.text == expected)
    }
    let most = Double.greatestFiniteMagnitude
    #expect(FixedDecimal(most, digits: 1)?.text == String(format: "%.1f", most))
  }

  @Test("Only what this type writes is read back as a number")
  func canonical() {
    for text in ["0", "10", "-3", "0.5", "-0.01", "12.000", "0.000000000000000001"] {
      #expect(FixedDecimal(canonical: text)?.text == text)
    }
    for text in [
      "", "-", ".", "1.", ".5", "01", "-0", "-0.00", "+1", "1e3", "1,5", "nan", " 1", "1 ", "--1",
      "1.2.3", "٣", "0.0000000000000000001", "-.5", "0x1",
    ] {
      #expect(FixedDecimal(canonical: text) == nil, "\(text)")
    }
  }

  @Test("Numbers are ordered by value, whatever their length")
  func order() throws {
    let texts = [
      "-100", "-20.5", "-20.25", "-3", "-0.01", "0", "0.00", "0.009", "0.01", "3", "3.0", "20",
      "100",
      "99999999999999999999", "100000000000000000000",
    ]
    let numbers = try texts.map { try #require(FixedDecimal(canonical: $0)) }
    for low in numbers.indices {
      for high in numbers.indices {
        #expect((numbers[low] < numbers[high]) == (low < high), "\(texts[low]) \(texts[high])")
      }
    }
  }
}
