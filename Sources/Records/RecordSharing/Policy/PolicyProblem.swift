/// One thing that is wrong in the text of a policy, and where.
public struct PolicyProblem: Error, Hashable, Sendable {
  /// What is wrong.
  public enum Kind: Hashable, Sendable {
    /// The text has nothing but blanks.
    case emptyText
    /// The text has more bytes than the limit; it was not read.
    case textTooLong(allowed: Int)
    /// A limit on policies, or an impossible threshold.
    case violation(PolicyViolation)
    /// A character that the syntax doesn't have, or a sign for an operator.
    case unexpectedCharacter
    /// An attribute, `k of (...)` or `(` is missing.
    case missingOperand
    /// Two operands stand side by side.
    case missingOperator
    /// A word stands where an operator has to, and resembles one.
    case misspelledOperator
    /// `()` or `k of ()`.
    case emptyParentheses
    /// `(` without its `)`.
    case unclosedParenthesis
    /// `)` without its `(`.
    case unopenedParenthesis
    /// A comma outside `k of (...)`.
    case strayComma
    /// A number without the word `of`.
    case missingOf
    /// `of` without its list in parentheses.
    case missingList
    /// `of` with something else than a number before it.
    case thresholdNotANumber
    /// `0 of`: everybody would satisfy it.
    case thresholdZero
    /// `1 of (...)`, which is an OR.
    case thresholdOne
    /// `k of` fewer than k members.
    case thresholdTooLarge
    /// Something that is no name of an attribute.
    case badAttribute(AttributeProblem)
    /// An attribute that the system doesn't know.
    case unknownAttribute
    /// NOT: an absent attribute can't be proven.
    case negation
    /// More problems follow that are not reported.
    case tooManyProblems
  }

  /// What is wrong.
  public let kind: Kind
  /// The bytes of the text (UTF-8) before the place.
  public let offset: Int
  /// What stands there, as messages show it.
  public let found: String
  /// What may stand there, as messages show it; empty when nothing else would do.
  public let expected: String
  /// What was probably meant, or how to write it.
  public let suggestion: String?
  /// Where `offset` points to.
  let source: PolicySource

  /// The line, counted from 1.
  public var line: Int { source.location(of: offset).line }
  /// The column in characters (Unicode scalars), counted from 1.
  public var column: Int { source.location(of: offset).column }
  /// The line with the place, cut to a readable width, and a caret below the place.
  public var snippet: (line: String, caret: String) { source.snippet(at: offset) }
}

extension PolicyProblem: CustomStringConvertible {
  /// Place, problem, line, caret and suggestion on lines of their own.
  public var description: String {
    let (line, column) = source.location(of: offset)
    let shown = snippet
    var text = "line \(line), column \(column): \(message)\n  \(shown.line)\n  \(shown.caret)"
    if let suggestion { text += "\n  " + suggestion }
    return text
  }

  /// The problem in a sentence, without its place.
  public var message: String {
    let subject = subject
    return expected.isEmpty ? subject : "\(subject); found \(found), expected \(expected)"
  }

  private var subject: String {
    switch kind {
    case .emptyText: "the policy is empty"
    case .textTooLong(let allowed): "the text of the policy has more than \(allowed) bytes"
    case .violation(let violation): violation.description
    case .unexpectedCharacter: "unexpected character"
    case .missingOperand: "something is missing"
    case .missingOperator: "an operator is missing"
    case .misspelledOperator: "unknown operator"
    case .emptyParentheses: "the parentheses are empty"
    case .unclosedParenthesis: "the parenthesis is not closed"
    case .unopenedParenthesis: "the parenthesis was not opened"
    case .strayComma: "a comma separates the members of 'k of (...)' only"
    case .missingOf: "a number is followed by 'of'"
    case .missingList: "'of' is followed by members in parentheses"
    case .thresholdNotANumber: "'of' follows a number in digits"
    case .thresholdZero: "'0 of' admits everybody"
    case .thresholdOne: "'1 of (...)' is an OR"
    case .thresholdTooLarge: "the threshold exceeds the number of members"
    case .badAttribute(let problem): problem.description
    case .unknownAttribute: "nobody issues this attribute"
    case .negation: "there is no NOT: nobody can prove that they lack an attribute"
    case .tooManyProblems: "there are more problems after this one"
    }
  }
}

/// Why a text is no policy: all its problems in the order of the text, at least one.
public struct PolicySyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The problems in the order of the text.
  public let problems: [PolicyProblem]

  /// The problems, one after the other.
  public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// The text that problems point into; lines end with LF, CR LF or CR.
struct PolicySource: Hashable, Sendable {
  /// How many characters of a line are shown at most.
  static let width = 96

  let bytes: [UInt8]

  /// Line and column of an offset, both counted from 1.
  func location(of offset: Int) -> (line: Int, column: Int) {
    var line = 1
    var start = 0
    for index in 0..<min(offset, bytes.count) where endsLine(index) {
      line += 1
      start = index + 1
    }
    return (line, 1 + scalars(from: start, to: offset).count)
  }

  func snippet(at offset: Int) -> (line: String, caret: String) {
    var start = min(offset, bytes.count)
    while start > 0, !endsLine(start - 1) { start -= 1 }
    var end = start
    while end < bytes.count, bytes[end] != 0x0A, bytes[end] != 0x0D { end += 1 }
    let scalars = scalars(from: start, to: end)
    let caret = min(self.scalars(from: start, to: offset).count, scalars.count)
    let first = max(0, min(caret - Self.width / 2, scalars.count - Self.width))
    let last = min(scalars.count, first + Self.width)
    var line = first > 0 ? "…" : ""
    for index in first..<last { line.unicodeScalars.append(Self.printable(scalars[index])) }
    if last < scalars.count { line += "…" }
    let blanks = caret - first + (first > 0 ? 1 : 0)
    return (line, String(repeating: " ", count: blanks) + "^")
  }

  /// The text of some bytes, shortened.
  func text(_ range: Range<Int>) -> String {
    var shown = ""
    for scalar in scalars(from: range.lowerBound, to: min(range.upperBound, range.lowerBound + 40))
    {
      shown.unicodeScalars.append(Self.printable(scalar))
    }
    return range.count > 40 ? shown + "…" : shown
  }

  private func endsLine(_ index: Int) -> Bool {
    if bytes[index] == 0x0A { return true }
    return bytes[index] == 0x0D && !(index + 1 < bytes.count && bytes[index + 1] == 0x0A)
  }

  private func scalars(from start: Int, to end: Int) -> [Unicode.Scalar] {
    guard start < end else { return [] }
    return Array(
      String(decoding: bytes[start..<min(end, bytes.count)], as: UTF8.self).unicodeScalars)
  }

  /// The scalar itself, a blank for a tab, or a replacement for one that would disturb a terminal.
  private static func printable(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    if scalar == "\t" { return " " }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: return "\u{FFFD}"
    default: return scalar
    }
  }
}
