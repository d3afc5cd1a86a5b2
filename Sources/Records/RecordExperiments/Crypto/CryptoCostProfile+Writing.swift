import Notation
import PairingCrypto

extension CryptoCostProfile {
  /// The profile as a YAML file without comments, always the same for the same profile.
  public var text: String {
    let head = [
      "name: \(name)", "parameters: \(parameters.name)", "rsa-bits: \(rsaBits)",
      "machine: \(Self.quoted(machine))", "date: \(Self.quoted(date))",
      "commit: \(Self.quoted(commit))", "primitives:",
    ]
    let lines = CountedOperation.allCases.map { "  \($0.name): \(Self.text(of: self[$0]))" }
    return (head + lines).joined(separator: "\n") + "\n"
  }

  private static func text(of price: Price) -> String {
    var parts = ["cost: \(text(picoseconds: price.cost))"]
    if let spread = price.spread {
      let ends = [spread.lowerBound, spread.upperBound].map { text(picoseconds: $0) }
      parts.append("spread: [\(ends.joined(separator: ", "))]")
    }
    parts += ["kind: \(price.kind.rawValue)", "source: \(quoted(price.source))"]
    return "{ " + parts.joined(separator: ", ") + " }"
  }

  private static func quoted(_ text: String) -> String { JSONText.string(text).text() }

  /// A time with all its digits in the largest unit that it is at least one of, such as `1.5 us`.
  public static func text(picoseconds: Int64) -> String {
    let units = Quantity.price.units
    let unit = units.last { picoseconds >= $0.factor } ?? units[0]
    let (whole, rest) = picoseconds.quotientAndRemainder(dividingBy: unit.factor)
    guard rest > 0 else { return "\(whole) \(unit.name)" }
    // The factor is a power of ten, so that one digit more stands for its zeros.
    var digits = String(unit.factor + rest).dropFirst()
    while digits.last == "0" { digits.removeLast() }
    return "\(whole).\(digits) \(unit.name)"
  }

  /// A time cut to so many significant digits, rounded to the nearest and a half up.
  static func rounded(_ picoseconds: Int64, digits: Int) -> Int64 {
    var unit: Int64 = 1
    while picoseconds / unit >= Self.powerOfTen(digits) { unit *= 10 }
    return (picoseconds + unit / 2) / unit * unit
  }

  private static func powerOfTen(_ exponent: Int) -> Int64 {
    (0..<exponent).reduce(1) { power, _ in power * 10 }
  }
}
