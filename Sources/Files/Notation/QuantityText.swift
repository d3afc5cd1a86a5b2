/// Reads numbers with units exactly, in integer arithmetic.
package enum QuantityText {
  /// The value in base units; the space before the unit may be missing.
  package static func parse(_ text: String, as quantity: Quantity) -> Result<Int64, TextProblem> {
    let (digits, unit) = split(text)
    let number: ExactDecimal
    switch NumberText.parse(digits) {
    case .success(let value): number = value
    case .failure(let problem): return .failure(completed(problem, unit: unit, quantity))
    }
    if unit.isEmpty {
      return .failure(
        TextProblem("no unit", hint: "write '\(digits) \(quantity.likelyUnit)'"))
    }
    guard let scale = quantity.units.first(where: { $0.name == unit }) else {
      return .failure(unknownUnit(unit, digits: digits, quantity))
    }
    guard let value = number.whole(times: scale.factor) else {
      return .failure(TextProblem("not a whole number of \(quantity.units[0].name)"))
    }
    guard value.magnitude <= quantity.limit.magnitude else {
      return .failure(TextProblem("more than \(quantity.limitText)"))
    }
    return .success(Int64(value))
  }

  /// The events per second of a text such as `100 /s` or `100 per s`.
  package static func parseRate(_ text: String) -> Result<Double, TextProblem> {
    let (digits, unit) = split(text)
    switch NumberText.parseDecimal(digits) {
    case .failure(let problem): return .failure(problem)
    case .success(let number):
      if unit == "/s" || unit == "per s" { return .success(number.double()) }
      let remark = unit.isEmpty ? "no unit" : "unknown unit '\(unit)'"
      return .failure(TextProblem(remark, hint: "write '\(digits) /s'"))
    }
  }

  /// The probability of a text such as `0.05` or `5 %`.
  package static func parseProbability(_ text: String) -> Result<Double, TextProblem> {
    let (digits, unit) = split(text)
    switch NumberText.parseDecimal(digits) {
    case .failure(let problem): return .failure(problem)
    case .success(let number):
      switch unit {
      case "": return .success(number.double())
      case "%": return .success(number.double(shift: 2))
      case "percent", "pct":
        return .failure(TextProblem("unknown unit '\(unit)'", hint: "write '\(digits) %'"))
      default: return .failure(TextProblem("unknown unit '\(unit)'"))
      }
    }
  }

  /// Splits at the first blank or, if there is none, where the characters of numbers end.
  private static func split(_ text: String) -> (digits: Substring, unit: String) {
    if let blank = text.utf8.firstIndex(where: { $0 == 0x20 || $0 == 0x09 }) {
      let unit = text[blank...].drop { $0 == " " || $0 == "\t" }
      return (text[..<blank], String(unit))
    }
    let lower = text.lowercased()
    if lower.hasSuffix("nan") || lower.hasSuffix("inf") || lower.hasPrefix("0x") {
      return (text[...], "")
    }
    let end = text.firstIndex { !"0123456789.,_:+-".contains($0) } ?? text.endIndex
    return (text[..<end], String(text[end...]))
  }

  /// Adds the unit to a hint that shows a number.
  private static func completed(_ problem: TextProblem, unit: String, _ quantity: Quantity)
    -> TextProblem
  {
    let shown = unit.isEmpty ? quantity.likelyUnit : unit
    guard let hint = problem.hint, hint.hasPrefix("write '"), hint.hasSuffix("'") else {
      return TextProblem(problem.remark, hint: problem.hint ?? "write '\(quantity.example)'")
    }
    return TextProblem(problem.remark, hint: "\(hint.dropLast()) \(shown)'")
  }

  private static func unknownUnit(_ unit: String, digits: Substring, _ quantity: Quantity)
    -> TextProblem
  {
    if unit.contains(where: { $0.isASCII && $0.isWholeNumber }) {
      return TextProblem("more than one number", hint: "write one number and one unit")
    }
    let names = quantity.units.map(\.name)
    let caseless = names.filter { $0.lowercased() == unit.lowercased() }
    if let meant = aliases[unit.lowercased()].flatMap({ names.contains($0) ? $0 : nil })
      ?? (caseless.count == 1 ? caseless[0] : nil) ?? nearestUnit(to: unit, among: names)
    {
      return TextProblem("unknown unit '\(unit)'", hint: "write '\(digits) \(meant)'")
    }
    return TextProblem("unknown unit '\(unit)'", hint: "the units are \(listed(names, or: "and"))")
  }

  /// One edit away and not the whole of the unit: units are too short for more.
  private static func nearestUnit(to unit: String, among names: [String]) -> String? {
    names.first { $0.utf8.count > 1 && unit.utf8.count > 1 && editDistance($0, unit) == 1 }
  }

  /// What people write for our units.
  private static let aliases: [String: String] = [
    "sec": "s", "secs": "s", "second": "s", "seconds": "s", "msec": "ms", "millis": "ms",
    "millisecond": "ms", "milliseconds": "ms", "µs": "us", "μs": "us", "usec": "us",
    "microsecond": "us", "microseconds": "us", "nsec": "ns", "nanos": "ns", "nanosecond": "ns",
    "nanoseconds": "ns", "m": "min", "mins": "min", "minute": "min", "minutes": "min", "hr": "h",
    "hrs": "h", "hour": "h", "hours": "h",
    "bps": "bit/s", "b/sec": "bit/s", "kbps": "kbit/s", "mbps": "Mbit/s", "gbps": "Gbit/s",
    "kb": "kB", "mb": "MB", "gb": "GB", "kib": "KiB", "k": "kB", "byte": "B", "bytes": "B",
    "h": "H/s", "kh": "kH/s", "mh": "MH/s", "gh": "GH/s",
  ]
}
