import Testing

@testable import Notation

@Suite struct QuantityTextTests {
  @Test(
    "A quantity is read exactly, with or without a blank before its unit",
    arguments: [
      ("0 s", Quantity.duration, 0), ("1 ns", .duration, 1), ("2.5 ms", .duration, 2_500_000),
      ("250us", .duration, 250_000), ("10  s", .duration, 10_000_000_000),
      ("1.50 min", .duration, 90_000_000_000), ("876600 h", .duration, 3_155_760_000_000_000_000),
      ("0.000000001 s", .duration, 1), ("1.000000000000 ns", .duration, 1),
      ("-3 ms", .duration, -3_000_000), ("0.1 us", .duration, 100),
      ("1 bit/s", .bandwidth, 1), ("1 kbit/s", .bandwidth, 1_000),
      ("0.5 Mbit/s", .bandwidth, 500_000), ("1 Gbit/s", .bandwidth, 1_000_000_000),
      ("125 MB/s", .bandwidth, 1_000_000_000), ("1 kB/s", .bandwidth, 8_000),
      ("0.125 B/s", .bandwidth, 1), ("800 B", .size, 800), ("1 kB", .size, 1_000),
      ("1 KiB", .size, 1_024), ("1.5 MiB", .size, 1_572_864), ("2 GB", .size, 2_000_000_000),
      ("160 kH/s", .hashRate, 160_000), ("1.5 H/s", .hashRate, nil), ("0.3 ns", .duration, nil),
      ("0.0001 us", .duration, nil), ("99999999 h", .duration, nil),
      ("999999999999999999 h", .duration, nil), ("876601 h", .duration, nil),
      ("0.3 B", .size, nil), ("10", .duration, nil), ("s", .duration, nil), ("", .duration, nil),
      (" ", .duration, nil), (".", .duration, nil), ("-", .duration, nil),
      ("--1 s", .duration, nil),
      ("1.2.3 s", .duration, nil), ("1 S", .duration, nil), ("1 s s", .duration, nil),
      ("١ s", .duration, nil), ("1e3 s", .duration, nil), ("nan s", .duration, nil),
    ] as [(String, Quantity, Int64?)])
  func reads(text: String, quantity: Quantity, value: Int64?) {
    #expect((try? QuantityText.parse(text, as: quantity).get()) == value)
  }

  @Test(
    "A unit that people write by mistake is answered by the right one",
    arguments: [
      ("10 sec", Quantity.duration, "write '10 s'"), ("10seconds", .duration, "write '10 s'"),
      ("5 m", .duration, "write '5 min'"), ("250 µs", .duration, "write '250 us'"),
      ("3 hours", .duration, "write '3 h'"), ("3 MS", .duration, "write '3 ms'"),
      ("1 mbit/s", .bandwidth, "write '1 Mbit/s'"), ("1 Gbps", .bandwidth, "write '1 Gbit/s'"),
      ("1 Gbits/s", .bandwidth, "write '1 Gbit/s'"), ("8 KB", .size, "write '8 kB'"),
      ("8 bytes", .size, "write '8 B'"), ("8 Kib", .size, "write '8 KiB'"),
      ("160 kh/s", .hashRate, "write '160 kH/s'"), ("10", .duration, "write '10 s'"),
      ("010 s", .duration, "write '10 s'"), ("1_000 us", .duration, "write '1000 us'"),
      ("1,500 ms", .duration, "write '1500 ms'"), (".5 s", .duration, "write '0.5 s'"),
      ("5. s", .duration, "write '5 s'"), ("+5 s", .duration, "write '5 s'"),
      ("00.5 s", .duration, "write '0.5 s'"), ("0x10 s", .duration, "write '16 s'"),
      ("1 h 30 min", .duration, "write one number and one unit"),
      (
        "1 fortnight", .duration, "the units are 'ns', 'us', 'ms', 's', 'min' and 'h'"
      ),
    ])
  func suggests(text: String, quantity: Quantity, hint: String) {
    guard case .failure(let problem) = QuantityText.parse(text, as: quantity) else {
      Issue.record("'\(text)' was accepted")
      return
    }
    #expect(problem.hint == hint)
  }

  @Test("A percentage and its decimal are the same number, bit for bit")
  func percentages() {
    for permille in 0...1_000 {
      let percent = "\(permille / 10).\(permille % 10) %"
      let digits = String(permille)
      let decimal =
        permille == 1_000
        ? "1" : "0." + String(repeating: "0", count: 3 - digits.count) + digits
      #expect(
        QuantityText.parseProbability(percent) == QuantityText.parseProbability(decimal))
      #expect(QuantityText.parseProbability(decimal) == .success(Double(permille) / 1_000))
    }
  }

  @Test("A rate is given per second", arguments: ["100 /s", "100/s", "100 per s", "100.0 /s"])
  func rates(text: String) {
    #expect(QuantityText.parseRate(text) == .success(100))
  }

  @Test("A value is written back in the largest unit that needs no fraction")
  func writes() {
    #expect(Quantity.duration.text(1_500_000) == "1500 us")
    #expect(Quantity.duration.text(90_000_000_000) == "90 s")
    #expect(Quantity.duration.text(0) == "0 ns")
    #expect(Quantity.bandwidth.text(1_000_000_000) == "1 Gbit/s")
    #expect(Quantity.size.text(1_024) == "1024 B")
    for quantity in Quantity.allCases {
      for value in [0, 1, 999, 1_000, 60_000_000_000, 7_200_000_000_000] as [Int64] {
        #expect(QuantityText.parse(quantity.text(value), as: quantity) == .success(value))
      }
    }
  }

  @Test("Every unit is read as its own factor")
  func units() {
    for quantity in Quantity.allCases {
      for unit in quantity.units {
        #expect(QuantityText.parse("1 \(unit.name)", as: quantity) == .success(unit.factor))
      }
    }
  }
}
