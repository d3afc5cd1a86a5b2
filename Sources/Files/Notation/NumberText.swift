/// Why a text is not the value it should be: a remark for the message and what to write instead.
package struct TextProblem: Error, Equatable {
  /// A remark in parentheses behind what was found, such as "no unit".
  package let remark: String
  /// What to write instead.
  package let hint: String?

  package init(_ remark: String, hint: String? = nil) {
    self.remark = remark
    self.hint = hint
  }
}

/// A decimal number taken exactly from its text: `mantissa` / 10^`scale`.
package struct ExactDecimal: Equatable {
  /// The digits without the point, at most 18, with the sign.
  package let mantissa: Int64

  /// How many of the digits stand behind the point; none of them is a trailing zero.
  package let scale: Int

  /// The number times `factor` when that is whole; nil otherwise.
  package func whole(times factor: Int64) -> Int128? {
    let (quotient, remainder) = (Int128(mantissa) * Int128(factor))
      .quotientAndRemainder(dividingBy: Self.powerOfTen(scale))
    return remainder == 0 ? quotient : nil
  }

  /// The nearest floating-point number to this one divided by 10^`shift`.
  ///
  /// Up to 15 digits, numerator and denominator are exact and the division rounds once, so `5 %` and
  /// `0.05` are the same number.
  package func double(shift: Int = 0) -> Double {
    Double(mantissa) / Double(Self.powerOfTen(scale + shift))
  }

  private static func powerOfTen(_ exponent: Int) -> Int128 {
    (0..<exponent).reduce(1) { power, _ in power * 10 }
  }
}

/// Reads plain decimal numbers and explains every other way of writing one.
///
/// Nothing is left to YAML 1.1, where `010` is 8, `1:30` is 90 and `1_000` is 1000: each of them is
/// refused and the plain form is shown.
package enum NumberText {
  /// The most digits a number may have.
  package static let digitsAtMost = 18

  /// The largest whole number.
  package static let largest = 999_999_999_999_999_999

  /// The number a text stands for.
  package static func parse(_ text: some StringProtocol) -> Result<ExactDecimal, TextProblem> {
    // Nearly all are plain, and need no explanation.
    plain(text.utf8).map { .success($0) } ?? explained(text)
  }

  /// The number of a text of digits with at most one point between them; nil for any other text.
  private static func plain(_ text: some Sequence<UInt8>) -> ExactDecimal? {
    var (mantissa, digits, scale) = (Int64(0), 0, 0)
    var (isFraction, startsWithZero) = (false, false)
    for byte in text {
      if byte == UInt8(ascii: "."), !isFraction, digits > 0 {
        isFraction = true
        continue
      }
      guard isDigit(byte), digits < digitsAtMost else { return nil }
      if !isFraction, digits > 0, startsWithZero { return nil }
      if digits == 0 { startsWithZero = byte == 0x30 }
      mantissa = mantissa * 10 + Int64(byte - 0x30)
      digits += 1
      if isFraction { scale += 1 }
    }
    guard digits > 0, !isFraction || scale > 0 else { return nil }
    while scale > 0, mantissa % 10 == 0 {
      mantissa /= 10
      scale -= 1
    }
    return ExactDecimal(mantissa: mantissa, scale: scale)
  }

  /// The number of any text that has one, or why the text has none.
  private static func explained(_ text: some StringProtocol) -> Result<ExactDecimal, TextProblem> {
    if let problem = disguise(String(text)) { return .failure(problem) }
    var rest = Substring(text)
    let isNegative = rest.first == "-"
    if isNegative { rest = rest.dropFirst() }
    let parts = rest.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let whole = parts.first ?? ""
    var fraction = parts.count > 1 ? parts[1] : ""
    guard whole.utf8.allSatisfy(isDigit), fraction.utf8.allSatisfy(isDigit),
      rest.utf8.contains(where: isDigit)
    else { return .failure(TextProblem("not a number")) }
    let sign = isNegative ? "-" : ""
    if whole.isEmpty {
      return .failure(TextProblem("no digit first", hint: "write '\(sign)0\(rest)'"))
    }
    if parts.count > 1, fraction.isEmpty {
      return .failure(TextProblem("no digit after the point", hint: "write '\(sign)\(whole)'"))
    }
    if whole.utf8.count > 1, whole.first == "0" {
      var plain = whole.drop { $0 == "0" }
      if plain.isEmpty { plain = "0" }
      let written = parts.count > 1 ? "\(sign)\(plain).\(fraction)" : "\(sign)\(plain)"
      return .failure(TextProblem("leading zero", hint: "write '\(written)'"))
    }
    while fraction.last == "0" { fraction.removeLast() }
    let digits = whole + fraction
    guard digits.utf8.count <= digitsAtMost, let mantissa = Int64(digits) else {
      return .failure(TextProblem("more than \(digitsAtMost) digits"))
    }
    return .success(
      ExactDecimal(mantissa: isNegative ? -mantissa : mantissa, scale: fraction.utf8.count))
  }

  /// The number a text stands for, short enough to become a floating-point number with one rounding.
  package static func parseDecimal(_ text: some StringProtocol) -> Result<ExactDecimal, TextProblem>
  {
    parse(text).flatMap { number in
      number.mantissa.magnitude < 1_000_000_000_000_000
        ? .success(number) : .failure(TextProblem("more than 15 digits"))
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// Explains the notations of YAML and of programming languages that are not plain decimal.
  private static func disguise(_ text: String) -> TextProblem? {
    let lower = text.lowercased()
    let unsigned = lower.drop { $0 == "-" || $0 == "+" }
    switch unsigned {
    case "": return TextProblem("no number")
    case ".nan", "nan": return TextProblem("not a number", hint: "write digits")
    case ".inf", "inf", "infinity": return TextProblem("infinite", hint: "write digits")
    default: break
    }
    if lower.first == "+", unsigned.utf8.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ".") }) {
      return TextProblem("a plus sign", hint: "write '\(unsigned)'")
    }
    for (prefix, radix, name) in [
      ("0x", 16, "hexadecimal"), ("0o", 8, "octal"), ("0b", 2, "binary"),
    ]
    where unsigned.hasPrefix(prefix) {
      let value = Int64(unsigned.dropFirst(2), radix: radix)
      return TextProblem(name, hint: value.map { "write '\($0)'" })
    }
    guard unsigned.utf8.first.map(isDigit) ?? false else { return nil }
    if let separator = unsigned.first(where: { $0 == "_" || $0 == "," || $0 == "'" }) {
      let plain = lower.filter { $0 != separator }
      return TextProblem("digits are grouped by '\(separator)'", hint: "write '\(plain)'")
    }
    let groups = unsigned.split(separator: ":").compactMap { Int64($0) }
    if unsigned.contains(":") {
      guard groups.count <= 3, groups.allSatisfy({ $0 < 1_000_000 }) else {
        return TextProblem("a colon in a number")
      }
      return TextProblem(
        "a colon: YAML 1.1 would read \(groups.reduce(0) { $0 * 60 + $1 })",
        hint: "write one plain number")
    }
    if let exponent = unsigned.firstIndex(of: "e"),
      unsigned[..<exponent].utf8.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ".") })
    {
      return TextProblem("an exponent", hint: "write all the digits")
    }
    return nil
  }
}
