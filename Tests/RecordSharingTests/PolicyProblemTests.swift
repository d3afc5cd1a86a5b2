import RecordSharing
import Testing

@Suite struct PolicyProblemTests {
  /// A text, and its problems as offset and kind.
  struct Case: CustomTestStringConvertible {
    let text: String
    let problems: [(offset: Int, kind: PolicyProblem.Kind)]
    var testDescription: String { text }

    init(_ text: String, _ problems: (Int, PolicyProblem.Kind)...) {
      self.text = text
      self.problems = problems
    }
  }

  static let cases: [Case] = [
    Case("", (0, .emptyText)),
    Case(" \n\t ", (0, .emptyText)),
    Case("a b", (2, .missingOperator)),
    Case("a (b)", (2, .missingOperator)),
    Case("a 2 of (b, c, d)", (2, .missingOperator)),
    Case("a b c", (2, .missingOperator), (4, .missingOperator)),
    Case("a adn b", (2, .misspelledOperator)),
    Case("a an b ro c", (2, .misspelledOperator), (7, .misspelledOperator)),
    Case("a AND", (5, .missingOperand)),
    Case("AND a", (0, .missingOperand)),
    Case("a AND OR b", (6, .missingOperand)),
    Case("(a AND) OR b", (6, .missingOperand)),
    Case("()", (0, .emptyParentheses)),
    Case("a AND ()", (6, .emptyParentheses)),
    Case("2 of ()", (5, .emptyParentheses)),
    Case("(a", (0, .unclosedParenthesis)),
    Case("a AND (b OR (c", (12, .unclosedParenthesis)),
    Case("a)", (1, .unopenedParenthesis)),
    Case(")", (0, .unopenedParenthesis), (1, .missingOperand)),
    Case("(", (0, .unclosedParenthesis)),
    Case("a, b", (1, .strayComma)),
    Case("(a, b)", (2, .strayComma)),
    Case("2 of (a, b,)", (11, .missingOperand)),
    Case("2 of (a,, b)", (8, .missingOperand)),
    Case("2 of (a AND b)", (0, .thresholdTooLarge)),
    Case("4 of (a, b, c)", (0, .thresholdTooLarge)),
    Case("99999999999999999999999 of (a, b)", (0, .thresholdTooLarge)),
    Case("0 of (a, b)", (0, .thresholdZero)),
    Case("1 of (a, b)", (0, .thresholdOne)),
    Case("2 (a, b)", (2, .missingOf)),
    Case("2 fo (a, b, c)", (2, .missingOf)),
    Case("a AND 2", (7, .missingOf)),
    Case("2 of a, b, c", (5, .missingList)),
    Case("2 of", (4, .missingList)),
    Case("two of (a, b, c)", (0, .thresholdNotANumber)),
    Case("of (a, b)", (0, .thresholdNotANumber)),
    Case("a AND of (a, b)", (6, .thresholdNotANumber)),
    Case("(a) of (a, b)", (4, .thresholdNotANumber)),
    Case("NOT a", (0, .negation)),
    Case("a AND NOT b", (6, .negation)),
    Case("a AND !b", (6, .negation)),
    Case("a && b || c", (2, .unexpectedCharacter), (7, .unexpectedCharacter)),
    Case("a ∧ b", (2, .unexpectedCharacter)),
    Case("a#2 AND b", (1, .unexpectedCharacter)),
    Case("a$b AND c", (1, .unexpectedCharacter)),
    Case("$a AND b", (0, .unexpectedCharacter)),
    Case("a $ b", (2, .unexpectedCharacter)),
    Case("医生 AND b", (0, .unexpectedCharacter)),
    Case("3rd AND b", (0, .badAttribute(.badStart("3")))),
    Case("a AND 2-b", (6, .badAttribute(.badStart("2")))),
    Case(
      "0 of (a) b OR 1 of (c, d) AND e)",
      (0, .thresholdZero), (9, .missingOperator), (14, .thresholdOne), (31, .unopenedParenthesis)),
  ]

  @Test("A problem is found where it is, and only once", arguments: cases)
  func finds(expected: Case) {
    let found = problems(expected.text)
    #expect(found.map(\.offset) == expected.problems.map(\.offset), "\(found)")
    #expect(found.map(\.kind) == expected.problems.map(\.kind))
  }

  @Test(
    "A problem says what was probably meant",
    arguments: [
      ("a adn b", "did you mean 'AND'?"), ("a ore b", "did you mean 'OR'?"),
      ("a & b", "did you mean 'AND'?"), ("a | b", "did you mean 'OR'?"),
      ("2 fo (a, b, c)", "did you mean 'of'?"), ("1 of (a, b)", "write 'a OR b'"),
      ("1 of (a)", "write 'a'"), ("1 of (a AND b, c)", "join the members with OR"),
      ("2 of (a AND b)", "separate the members with commas"), ("three of (a, b)", "write '3 of'"),
      ("all of (a, b)", "join the members with AND"), ("any of (a, b)", "join the members with OR"),
      ("(a AND (b", "2 parentheses are open here: add as many ')'"), ("(a", "add ')'"),
      ("a#2", "write the attribute alone: repeats are numbered by themselves"),
      ("a b", "write AND if both are required, OR if one is enough"),
    ])
  func suggests(text: String, suggestion: String) throws {
    #expect(try #require(problems(text).first).suggestion == suggestion)
  }

  @Test("An unknown attribute is refused, with the nearest known one")
  func unknown() throws {
    let known = try attributes("cardiology doctor nurse an")
    #expect(problems("doctor AND nurse", universe: known).isEmpty)
    let found = problems("docter AND cardiolgy OR xyz", universe: known)
    #expect(found.map(\.kind) == [.unknownAttribute, .unknownAttribute, .unknownAttribute])
    #expect(found.map(\.offset) == [0, 11, 24])
    #expect(
      found.map(\.suggestion) == ["did you mean 'doctor'?", "did you mean 'cardiology'?", nil])
    // A known name is an attribute even where it resembles an operator.
    #expect(problems("doctor an nurse", universe: known).first?.kind == .missingOperator)
  }

  @Test("Place, line and caret are shown")
  func places() throws {
    let problem = try #require(problems("doctor AND\r\n\tärzte OR\nx y").first)
    #expect(problem.line == 2 && problem.column == 2 && problem.offset == 13)
    let last = try #require(problems("doctor AND\r\n\tärzte OR\nx y").last)
    #expect(last.line == 3 && last.column == 3)
    #expect(
      last.description == """
        line 3, column 3: an operator is missing; found 'y', expected 'AND', 'OR' or the end
          x y
            ^
          write AND if both are required, OR if one is enough
        """)
    #expect(try #require(problems("a OR ").first).message.contains("the end of the text"))
  }

  @Test("A long line is cut around the place")
  func longLine() throws {
    let text =
      String(repeating: "abcdefgh OR ", count: 15) + "x y OR " + String(repeating: "z", count: 60)
    let problem = try #require(problems(text).first)
    let (line, caret) = problem.snippet
    #expect(line.unicodeScalars.count == 98 && line.hasPrefix("…") && line.hasSuffix("…"))
    #expect(Array(line)[caret.count - 1] == "y")
  }

  @Test("Many problems are cut off, and the last says so")
  func cutOff() {
    let found = problems(String(repeating: "a ", count: 100))
    #expect(found.count == 21 && found.last?.kind == .tooManyProblems)
  }

  @Test("Limits stop the reading")
  func limits() throws {
    let million = "a0" + String(repeating: " OR a", count: 1_000_000)
    let time = ContinuousClock().measure {
      #expect(problems(million).map(\.kind) == [.textTooLong(allowed: 512 * 1024)])
    }
    #expect(time < .seconds(1))
    let many = "a0" + (1...4096).map { " OR a\($0)" }.joined()
    #expect(problems(many).map(\.kind) == [.violation(.tooManyLeaves(allowed: 4096))])
    let repeats = "a" + String(repeating: " OR a", count: 16)
    #expect(
      problems(repeats).map(\.kind)
        == [.violation(.tooManyOccurrences(try Attribute("a"), allowed: 16))])
    func nested(_ count: Int) -> String {
      String(repeating: "(", count: count) + "a" + String(repeating: ")", count: count)
    }
    #expect(problems(nested(64)).isEmpty)
    #expect(problems(nested(65)).map(\.kind) == [.violation(.tooDeep(allowed: 64))])
    #expect(
      problems(String(repeating: "(", count: 500_000)).map(\.kind)
        == [.violation(.tooDeep(allowed: 64))])
    // Two gates a parenthesis: the tree is too deep although the text isn't.
    let gates =
      String(repeating: "b OR c AND (", count: 33) + "a" + String(repeating: ")", count: 33)
    #expect(
      problems(gates, limits: manyRepeats).map(\.kind) == [.violation(.tooDeep(allowed: 64))])
  }
}
