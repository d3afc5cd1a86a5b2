/// A number written with a fixed count of decimals, as result files hold it.
///
/// The text is made with integers from the exact value of the floating-point number: no locale and
/// no library of the platform has a part in it. A result halfway between two texts goes to the one
/// with the even last digit, as IEEE 754 rounds. Minus zero, and what rounds to it, is printed as
/// zero without a sign.
public struct FixedDecimal: Hashable, Sendable {
  /// The digits: an optional minus, at least one digit, and the point with the decimals if any.
  public let text: String

  /// The largest count of decimals.
  public static let mostDigits = 18

  /// Writes a number with `digits` decimals, 0 to 18; nil for a number that is not finite.
  public init?(_ value: Double, digits: Int) {
    precondition((0...Self.mostDigits).contains(digits), "\(digits) decimals")
    guard value.isFinite else { return nil }
    let rounded = Self.scaled(value.magnitude, digits)
    let isZero = rounded.allSatisfy { $0 == 0 }
    var text = value < 0 && !isZero ? "-" : ""
    for (place, digit) in rounded.enumerated() {
      if place == rounded.count - digits { text += "." }
      text += String(digit)
    }
    self.text = text
  }

  /// Takes a number from a result file; nil unless it is written as this type writes numbers.
  package init?(canonical text: String) {
    guard Self.isCanonical(Array(text.utf8)) else { return nil }
    self.text = text
  }

  /// The floating-point number nearest to the text.
  public var value: Double { Double(text) ?? 0 }

  /// The decimal digits of `magnitude` times 10^`digits`, rounded, with at least one digit before
  /// the point.
  private static func scaled(_ magnitude: Double, _ digits: Int) -> [UInt8] {
    // magnitude = significand * 2^exponent, exactly.
    let raw = Int(magnitude.exponentBitPattern)
    let fraction = magnitude.significandBitPattern
    let significand = raw == 0 ? fraction : fraction | 1 << 52
    let exponent = max(raw, 1) - 1075
    if exponent >= 0 {
      return doubled(whole(significand), times: exponent) + Array(repeating: 0, count: digits)
    }
    // Here the number is below 2^(53 - 124), far less than half of the last decimal, 10^-18 / 2.
    guard exponent >= -123 else { return Array(repeating: 0, count: digits + 1) }
    return rounded(significand, shift: -exponent, digits)
  }

  /// The digits of `significand` / 2^`shift`, for a shift of 1 to 123.
  private static func rounded(_ significand: UInt64, shift: Int, _ digits: Int) -> [UInt8] {
    let one = UInt128(1) << shift
    var result = whole(shift < 64 ? significand >> shift : 0)
    // Less than 2^123, so ten times it, and twice it, fit.
    var rest = UInt128(significand) & (one - 1)
    for _ in 0..<digits {
      rest *= 10
      result.append(UInt8(rest >> shift))
      rest &= one - 1
    }
    let isOdd = (result.last ?? 0) % 2 == 1
    let twice = rest * 2
    if twice > one || (twice == one && isOdd) { increment(&result) }
    return result
  }

  private static func whole(_ number: UInt64) -> [UInt8] {
    String(number).utf8.map { $0 - UInt8(ascii: "0") }
  }

  private static func doubled(_ digits: [UInt8], times: Int) -> [UInt8] {
    var digits = digits
    for _ in 0..<times {
      var carry: UInt8 = 0
      for place in digits.indices.reversed() {
        let twice = digits[place] * 2 + carry
        digits[place] = twice % 10
        carry = twice / 10
      }
      if carry > 0 { digits.insert(carry, at: 0) }
    }
    return digits
  }

  private static func increment(_ digits: inout [UInt8]) {
    for place in digits.indices.reversed() {
      guard digits[place] == 9 else {
        digits[place] += 1
        return
      }
      digits[place] = 0
    }
    digits.insert(1, at: 0)
  }

  private static func isCanonical(_ text: [UInt8]) -> Bool {
    let isNegative = text.first == UInt8(ascii: "-")
    let parts = text.dropFirst(isNegative ? 1 : 0).split(
      separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    let isNumber = parts.allSatisfy { part in
      !part.isEmpty && part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
    guard isNumber, let whole = parts.first else { return false }
    if whole.count > 1, whole.first == UInt8(ascii: "0") { return false }
    if parts.count == 2, parts[1].count > mostDigits { return false }
    let isZero = parts.joined().allSatisfy { $0 == UInt8(ascii: "0") }
    return !(isNegative && isZero)
  }
}

extension FixedDecimal: Comparable {
  /// Orders by the exact value; `1.0` and `1.00` are equal in value and ordered by their texts.
  public static func < (left: FixedDecimal, right: FixedDecimal) -> Bool {
    let order = compareValues(left, right)
    return order == 0 ? left.text.utf8.count < right.text.utf8.count : order < 0
  }

  /// Negative, zero or positive as `left` is below, equal to or above `right`.
  private static func compareValues(_ left: FixedDecimal, _ right: FixedDecimal) -> Int {
    let (leftSign, leftWhole, leftDecimals) = parts(left.text)
    let (rightSign, rightWhole, rightDecimals) = parts(right.text)
    guard leftSign == rightSign else { return leftSign < rightSign ? -1 : 1 }
    let order: Int
    if leftWhole.count != rightWhole.count {
      order = leftWhole.count < rightWhole.count ? -1 : 1
    } else if let difference = firstDifference(leftWhole, rightWhole) {
      order = difference
    } else {
      order = firstDifference(leftDecimals, rightDecimals) ?? 0
    }
    return order * (leftSign < 0 ? -1 : 1)
  }

  /// The sign (-1 or 1), the digits before the point, and 18 digits behind it.
  private static func parts(_ text: String) -> (Int, [UInt8], [UInt8]) {
    var bytes = Array(text.utf8)
    let sign = bytes.first == UInt8(ascii: "-") ? -1 : 1
    if sign < 0 { bytes.removeFirst() }
    let halves = bytes.split(separator: UInt8(ascii: "."), maxSplits: 1)
    let decimals = halves.count == 2 ? Array(halves[1]) : []
    let padding = Array(repeating: UInt8(ascii: "0"), count: mostDigits - decimals.count)
    return (sign, Array(halves[0]), decimals + padding)
  }

  private static func firstDifference(_ left: [UInt8], _ right: [UInt8]) -> Int? {
    for (one, other) in zip(left, right) where one != other { return one < other ? -1 : 1 }
    return nil
  }
}
