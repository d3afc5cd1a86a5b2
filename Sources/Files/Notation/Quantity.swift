/// What a number with a unit measures; values are whole numbers of the base unit.
public enum Quantity: Sendable, CaseIterable {
  /// A span of virtual time; base unit ns.
  case duration
  /// The speed of a link; base unit bit/s.
  case bandwidth
  /// An amount of data; base unit B.
  case size
  /// The speed of a miner; base unit H/s.
  case hashRate
  /// The time that one operation takes, which can be less than a nanosecond; base unit ps.
  case price

  /// A unit with its size in base units.
  public struct Unit: Sendable {
    /// How it is written.
    public let name: String
    /// How many base units it is.
    public let factor: Int64
  }

  /// The units, the base unit first, each larger than or equal to the one before it in its family.
  public var units: [Unit] {
    switch self {
    case .duration:
      [
        Unit(name: "ns", factor: 1), Unit(name: "us", factor: 1_000),
        Unit(name: "ms", factor: 1_000_000), Unit(name: "s", factor: 1_000_000_000),
        Unit(name: "min", factor: 60_000_000_000), Unit(name: "h", factor: 3_600_000_000_000),
      ]
    case .bandwidth:
      [
        Unit(name: "bit/s", factor: 1), Unit(name: "kbit/s", factor: 1_000),
        Unit(name: "Mbit/s", factor: 1_000_000), Unit(name: "Gbit/s", factor: 1_000_000_000),
        Unit(name: "B/s", factor: 8), Unit(name: "kB/s", factor: 8_000),
        Unit(name: "MB/s", factor: 8_000_000), Unit(name: "GB/s", factor: 8_000_000_000),
      ]
    case .size:
      [
        Unit(name: "B", factor: 1), Unit(name: "kB", factor: 1_000),
        Unit(name: "MB", factor: 1_000_000), Unit(name: "GB", factor: 1_000_000_000),
        Unit(name: "KiB", factor: 1 << 10), Unit(name: "MiB", factor: 1 << 20),
        Unit(name: "GiB", factor: 1 << 30),
      ]
    case .hashRate:
      [
        Unit(name: "H/s", factor: 1), Unit(name: "kH/s", factor: 1_000),
        Unit(name: "MH/s", factor: 1_000_000), Unit(name: "GH/s", factor: 1_000_000_000),
      ]
    case .price:
      [
        Unit(name: "ps", factor: 1), Unit(name: "ns", factor: 1_000),
        Unit(name: "us", factor: 1_000_000), Unit(name: "ms", factor: 1_000_000_000),
        Unit(name: "s", factor: 1_000_000_000_000),
      ]
    }
  }

  /// The largest value of any scenario: 100 years, 1 Pbit/s, 1 PB, 1 EH/s, 1 hour.
  public var limit: Int64 {
    switch self {
    case .duration: 100 * 365_25 * 24 * 36 * 1_000_000_000
    case .bandwidth, .size: 1_000_000_000_000_000
    case .hashRate: 1_000_000_000_000_000_000
    case .price: 3_600_000_000_000_000
    }
  }

  /// What it is called, with its article.
  public var noun: String {
    switch self {
    case .duration: "a duration"
    case .bandwidth: "a bandwidth"
    case .size: "a size"
    case .hashRate: "a hash rate"
    case .price: "a cost"
    }
  }

  /// A value as it is usually written.
  public var example: String {
    switch self {
    case .duration: "250 us"
    case .bandwidth: "1 Gbit/s"
    case .size: "800 B"
    case .hashRate: "160 kH/s"
    case .price: "1.5 us"
    }
  }

  /// The unit that a bare number most likely meant.
  package var likelyUnit: String {
    switch self {
    case .duration: "s"
    case .bandwidth: "Mbit/s"
    case .size: "B"
    case .hashRate: "kH/s"
    case .price: "us"
    }
  }

  /// A value in the largest unit that writes it without a fraction, such as `1500 us`.
  public func text(_ value: Int64) -> String {
    let plain = units.prefix { $0.name != "KiB" && $0.name != "B/s" }
    let fitting = plain.last { value != 0 && value % $0.factor == 0 } ?? units[0]
    // 1024 B are read well; 2^30 B are read better as 1 GiB.
    let binary = units.last {
      $0.name.hasSuffix("iB") && $0.factor >= 1 << 20 && value != 0 && value % $0.factor == 0
    }
    let best = fitting.factor == 1 ? binary ?? fitting : fitting
    return "\(value / best.factor) \(best.name)"
  }

  /// The limit in words.
  package var limitText: String {
    switch self {
    case .duration: "100 years"
    case .bandwidth: "1000000 Gbit/s"
    case .size: "1000000 GB"
    case .hashRate: "1000000000 GH/s"
    case .price: "1 hour"
    }
  }
}
