extension PolicyParser {
  static let operand = "an attribute, 'k of (...)' or '('"

  /// What may follow an operand here.
  var expectedOperator: String {
    if frame.opening == nil { return "'AND', 'OR' or the end" }
    return frame.threshold == nil ? "'AND', 'OR' or ')'" : "'AND', 'OR', ',' or ')'"
  }

  /// Notes a problem, up to the limit.
  mutating func report(
    _ kind: PolicyProblem.Kind, _ range: Range<Int>, expected: String = "",
    suggestion: String? = nil
  ) {
    guard problems.count < limits.problems else {
      if problems.count == limits.problems { append(.tooManyProblems, range) }
      hasEnded = true
      return
    }
    append(kind, range, expected, suggestion)
  }

  private mutating func append(
    _ kind: PolicyProblem.Kind, _ range: Range<Int>, _ expected: String = "",
    _ suggestion: String? = nil
  ) {
    let found = range.isEmpty ? "the end of the text" : "'\(source.text(range))'"
    problems.append(
      PolicyProblem(
        kind: kind, offset: range.lowerBound, found: found, expected: expected,
        suggestion: suggestion, source: source))
  }

  /// Notes a limit that is exceeded, and reads no further.
  mutating func stop(_ violation: PolicyViolation, at place: PolicyToken? = nil) {
    report(.violation(violation), (place ?? token).range)
    hasEnded = true
  }

  mutating func reportMissingOperand() {
    var suggestion: String?
    if case .keyword = token.kind {
      suggestion = "an operator stands between two operands"
    }
    report(.missingOperand, token.range, expected: Self.operand, suggestion: suggestion)
  }

  mutating func reportMissingOperator() {
    report(
      .missingOperator, token.range, expected: expectedOperator,
      suggestion: "write AND if both are required, OR if one is enough")
  }

  mutating func reportUnknown(_ attribute: Attribute, in universe: AttributeSet) {
    let nearest = universe.nearest(to: attribute)
    report(
      .unknownAttribute, token.range, suggestion: nearest.map { "did you mean '\($0)'?" })
  }

  /// A character that the syntax doesn't have.
  mutating func reportStray(expected: String) {
    var suggestion: String?
    switch token.kind {
    case .stray(.and): suggestion = "did you mean 'AND'?"
    case .stray(.or): suggestion = "did you mean 'OR'?"
    default:
      switch source.bytes[token.range.lowerBound] {
      case UInt8(ascii: "#"):
        suggestion = "write the attribute alone: repeats are numbered by themselves"
      case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"):
        suggestion = "group with '(' and ')'"
      case UInt8(ascii: ";"): suggestion = "separate the members of 'k of (...)' with ','"
      case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"):
        suggestion = "names of attributes stand without quotes"
      case 0x80...: suggestion = "names of attributes have letters a to z, digits and _ - . : @ /"
      default: break
      }
    }
    report(.unexpectedCharacter, token.range, expected: expected, suggestion: suggestion)
  }

  /// Something else than a number before `of`, or nothing.
  mutating func reportBadThreshold(at range: Range<Int>) {
    let word = String(decoding: source.bytes[range].prefix(8), as: UTF8.self).lowercased()
    let numbers = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    var suggestion = "write '2 of (a, b, c)'"
    if let index = numbers.firstIndex(of: word) { suggestion = "write '\(index + 1) of'" }
    if word == "all" { suggestion = "join the members with AND" }
    if word == "any" || word == "one" { suggestion = "join the members with OR" }
    report(.thresholdNotANumber, range, expected: "a number", suggestion: suggestion)
  }
}
