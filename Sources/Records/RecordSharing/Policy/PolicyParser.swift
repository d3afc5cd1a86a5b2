/// Reads the text of a policy in one pass, with its own stack, and goes on after a problem.
///
/// ```
/// policy  = term { OR term }            term  = factor { AND factor }
/// factor  = attribute | '(' policy ')' | number OF '(' policy { ',' policy } ')'
/// ```
/// Keywords are in any case, AND binds tighter than OR, blanks and line ends separate words.
struct PolicyParser {
  /// `k of` before a list; the number is nil when it could not be read.
  struct Threshold {
    let value: Int?
    let token: PolicyToken
  }

  /// What is read so far between one `(` and its `)`, or outside all parentheses.
  struct Frame {
    /// The `(`, nil outside all parentheses.
    let opening: PolicyToken?
    /// Set between the parentheses of `k of (...)`.
    let threshold: Threshold?
    /// Whether commas are passed over, because the problem behind them is reported.
    var ignoresCommas = false
    /// Whether nothing but blanks is read.
    var isEmpty = true
    var members: [AccessPolicy] = []
    /// Members read, those with problems included.
    var memberCount = 0
    var terms: [AccessPolicy] = []
    var factors: [AccessPolicy] = []

    mutating func endTerm() {
      if !factors.isEmpty { terms.append(.conjunction(of: factors)) }
      factors = []
    }

    mutating func endMember() {
      endTerm()
      if !terms.isEmpty { members.append(.disjunction(of: terms)) }
      terms = []
      memberCount += 1
    }
  }

  let source: PolicySource
  let limits: PolicyLimits
  let universe: AttributeSet?
  var scanner: PolicyScanner
  /// The token that was read last.
  var token = PolicyToken(kind: .end, range: 0..<0)
  /// Where the token before that ended.
  var previousEnd = 0
  var frames: [Frame] = []
  /// The innermost frame, which is not on the stack.
  var frame = Frame(opening: nil, threshold: nil)
  var wantsOperand = true
  var hasEnded = false
  var problems: [PolicyProblem] = []
  var leaves = 0
  var occurrences: [Attribute: Int] = [:]
  var thresholdTerms = 0

  init(_ text: String, universe: AttributeSet?, limits: PolicyLimits) {
    // A text beyond the limit is not copied: its problem points to its beginning.
    let isTooLong = text.utf8.count > limits.textLength
    source = PolicySource(bytes: isTooLong ? Array(text.utf8.prefix(256)) : Array(text.utf8))
    scanner = PolicyScanner(isTooLong ? [] : source.bytes)
    self.limits = limits
    self.universe = universe
    guard isTooLong else { return }
    report(.textTooLong(allowed: limits.textLength), 0..<0)
    hasEnded = true
  }

  /// The policy in normal form.
  mutating func parse() throws(PolicySyntaxError) -> AccessPolicy {
    if !hasEnded, peek().kind == .end {
      report(.emptyText, 0..<0, suggestion: "write, say, 'doctor AND cardiology'")
      hasEnded = true
    }
    while !hasEnded {
      advance()
      if wantsOperand { takeOperand() } else { takeOperator() }
    }
    if problems.isEmpty, let policy = frame.members.first {
      do throws(PolicyViolation) {
        return try policy.normalised(within: limits)
      } catch {
        report(.violation(error), 0..<0)
      }
    }
    // A problem of a threshold is found at its end and stands at its beginning.
    let sorted = problems.enumerated().sorted {
      ($0.element.offset, $0.offset) < ($1.element.offset, $1.offset)
    }
    throw PolicySyntaxError(problems: sorted.map(\.element))
  }

  private mutating func takeOperator() {
    switch token.kind {
    case .keyword(.and): wantsOperand = true
    case .keyword(.or):
      frame.endTerm()
      wantsOperand = true
    case .comma: takeComma()
    case .closing: takeClosing(afterNothing: false)
    case .end: end(afterNothing: false)
    case .word:
      if let meant = operatorMeant() {
        report(
          .misspelledOperator, token.range, expected: expectedOperator,
          suggestion: "did you mean '\(meant == .and ? "AND" : "OR")'?")
        wantsOperand = true
      } else {
        reportMissingOperator()
        takeOperand()
      }
    case .number, .opening:
      reportMissingOperator()
      takeOperand()
    case .keyword(.of): takeListWithoutNumber()
    case .keyword(.not), .stray(.not):
      report(.negation, token.range)
      wantsOperand = true
    case .stray(let meant): takeStray(meaning: meant)
    }
  }

  private mutating func takeOperand() {
    let wasEmpty = frame.isEmpty
    frame.isEmpty = false
    switch token.kind {
    case .word: takeAttribute()
    case .number: takeThreshold()
    case .opening: open(nil)
    case .closing: takeClosing(afterNothing: wasEmpty)
    case .comma: takeComma()
    case .end: end(afterNothing: wasEmpty)
    case .keyword(.of): takeListWithoutNumber()
    case .keyword(.not), .stray(.not): report(.negation, token.range)
    case .keyword, .stray(.some): reportMissingOperand()
    case .stray(nil):
      reportStray(expected: Self.operand)
      skipRestOfWord()
      wantsOperand = false
    }
  }

  private mutating func takeComma() {
    if frame.threshold != nil {
      if wantsOperand { reportMissingOperand() }
      frame.endMember()
    } else if !frame.ignoresCommas {
      report(
        .strayComma, token.range, expected: wantsOperand ? Self.operand : expectedOperator,
        suggestion: "join attributes with AND or OR, or write '2 of (a, b, c)'")
    }
    wantsOperand = true
  }

  /// Something that isn't in the syntax, where an operator has to stand.
  private mutating func takeStray(meaning meant: PolicyWord?) {
    let isInsideWord = token.range.lowerBound == previousEnd
    reportStray(expected: expectedOperator)
    if meant != nil {
      wantsOperand = true
    } else {
      skipRestOfWord()
      // "a $ b" has something for an operator, "a$b" a name that is none.
      wantsOperand = !isInsideWord && beginsOperand(peek())
    }
  }

  // MARK: Tokens

  mutating func advance() {
    previousEnd = token.range.upperBound
    token = scanner.next()
  }

  func peek() -> PolicyToken {
    var ahead = scanner
    return ahead.next()
  }

  /// The token after the next one.
  func peekSecond() -> PolicyToken {
    var ahead = scanner
    _ = ahead.next()
    return ahead.next()
  }

  func beginsOperand(_ token: PolicyToken) -> Bool {
    switch token.kind {
    case .word, .number, .opening: true
    default: false
    }
  }

  /// Passes over what is written without a blank after something bad.
  mutating func skipRestOfWord() {
    while true {
      let next = peek()
      guard next.range.lowerBound == token.range.upperBound else { return }
      switch next.kind {
      case .word, .number, .keyword, .stray(nil): advance()
      default: return
      }
    }
  }

  /// AND or OR when the word at hand resembles it, stands before an operand and isn't an attribute
  /// of the universe.
  private func operatorMeant() -> PolicyWord? {
    let word = source.bytes[token.range].map(Attribute.lowercased)
    guard (2...4).contains(word.count), beginsOperand(peek()) else { return nil }
    if let universe, let attribute = try? Attribute(utf8: word), universe.contains(attribute) {
      return nil
    }
    let toAnd = editDistance(word, Array("and".utf8))
    let toOr = editDistance(word, Array("or".utf8))
    guard min(toAnd, toOr) <= 1 else { return nil }
    return toAnd <= toOr ? .and : .or
  }
}

extension AccessPolicy {
  /// Reads the text of a policy, such as `(cardiology AND doctor) OR 2 of (a, b, c)`.
  ///
  /// Keywords are in any case, AND binds tighter than OR, and members of `k of (...)` are policies
  /// themselves. An attribute may be repeated; its rows are numbered by themselves (``RowLabel``).
  ///
  /// - Parameters:
  ///   - text: the policy; a text beyond the limit is refused unread.
  ///   - universe: the attributes that exist, or nil to admit all names.
  ///   - limits: how large the policy may be.
  /// - Returns: the normal form of the policy.
  /// - Throws: all problems of the text at once.
  public static func parse(
    _ text: String, universe: AttributeSet? = nil, limits: PolicyLimits = .standard
  ) throws(PolicySyntaxError) -> AccessPolicy {
    var parser = PolicyParser(text, universe: universe, limits: limits)
    return try parser.parse()
  }
}
