extension PolicyParser {
  /// An attribute, unless `of` follows it.
  mutating func takeAttribute() {
    wantsOperand = false
    if peek().kind == .keyword(.of) {
      reportBadThreshold(at: token.range)
      advance()
      return openListIfAny(after: Threshold(value: nil, token: token))
    }
    let attribute: Attribute
    do throws(AttributeProblem) {
      attribute = try Attribute(utf8: Array(source.bytes[token.range]))
    } catch {
      return report(.badAttribute(error), token.range)
    }
    if let universe, !universe.contains(attribute) { reportUnknown(attribute, in: universe) }
    leaves += 1
    guard leaves <= limits.leaves else {
      return stop(.tooManyLeaves(allowed: limits.leaves))
    }
    occurrences[attribute, default: 0] += 1
    if occurrences[attribute] == limits.occurrences + 1 {
      report(
        .violation(.tooManyOccurrences(attribute, allowed: limits.occurrences)), token.range)
    }
    frame.factors.append(.attribute(attribute))
  }

  /// `k of (`, or what is meant to be that.
  mutating func takeThreshold() {
    wantsOperand = false
    let number = token
    let next = peek()
    if next.range.lowerBound == number.range.upperBound,
      next.kind == .word || next.kind == .stray(nil)
    {
      skipRestOfWord()
      let digit = Attribute.character(at: number.range.lowerBound, of: source.bytes)
      return report(
        .badAttribute(.badStart(digit)), number.range.lowerBound..<token.range.upperBound)
    }
    let threshold = Threshold(value: value(of: number), token: number)
    switch next.kind {
    case .keyword(.of):
      advance()
      if peek().kind == .opening {
        openListIfAny(after: threshold)
      } else {
        reportMissingList()
      }
    case .opening:
      report(.missingOf, next.range, expected: "'of'")
      openListIfAny(after: threshold)
    case .word where peekSecond().kind == .opening:
      advance()
      let resembles = editDistance(
        source.bytes[token.range].prefix(4).map(Attribute.lowercased), Array("of".utf8))
      report(
        .missingOf, token.range, expected: "'of'",
        suggestion: resembles <= 1 ? "did you mean 'of'?" : nil)
      openListIfAny(after: threshold)
    default:
      report(
        .missingOf, next.range, expected: "'of'",
        suggestion: "write '2 of (a, b, c)'; names of attributes begin with a letter")
    }
  }

  /// Opens the list of a threshold if a parenthesis follows.
  mutating func openListIfAny(after threshold: Threshold) {
    guard peek().kind == .opening else { return }
    advance()
    open(threshold)
  }

  /// `of` without anything before it.
  mutating func takeListWithoutNumber() {
    reportBadThreshold(at: token.range)
    wantsOperand = false
    openListIfAny(after: Threshold(value: nil, token: token))
  }

  /// A number, cut where it exceeds every list of members.
  private func value(of number: PolicyToken) -> Int {
    var value = 0
    for byte in source.bytes[number.range] where value < 1_000_000_000 {
      value = value * 10 + Int(byte & 0xF)
    }
    return value
  }

  private mutating func reportMissingList() {
    report(
      .missingList, peek().range, expected: "'('",
      suggestion: "write '2 of (a, b, c)'")
    if beginsOperand(peek()) {
      frame.ignoresCommas = true
      wantsOperand = true
    }
  }

  // MARK: Parentheses

  /// Begins a frame at the parenthesis at hand.
  mutating func open(_ threshold: Threshold?) {
    guard frames.count < limits.depth else { return stop(.tooDeep(allowed: limits.depth)) }
    frames.append(frame)
    frame = Frame(opening: token, threshold: threshold)
    wantsOperand = true
  }

  mutating func takeClosing(afterNothing: Bool) {
    guard let opening = frame.opening else {
      return report(.unopenedParenthesis, token.range, suggestion: "remove it, or add its '('")
    }
    if wantsOperand {
      if afterNothing {
        report(
          .emptyParentheses, opening.range.lowerBound..<token.range.upperBound,
          expected: Self.operand)
      } else {
        reportMissingOperand()
      }
    }
    var inner = frame
    frame = frames.popLast() ?? inner
    wantsOperand = false
    inner.endMember()
    guard let first = inner.members.first else { return }
    guard let threshold = inner.threshold else { return frame.factors.append(first) }
    if let value = threshold.value { check(value, of: threshold, in: inner) }
    // With problems the policy is not used: any member will do to go on.
    let isWhole = inner.members.count == inner.memberCount
    let isPossible = (1...inner.memberCount).contains(threshold.value ?? 0)
    frame.factors.append(
      isWhole && isPossible
        ? .threshold(threshold.value ?? 1, of: inner.members) : first)
  }

  private mutating func check(_ value: Int, of threshold: Threshold, in list: Frame) {
    let count = list.memberCount
    switch value {
    case 0:
      report(
        .thresholdZero, threshold.token.range,
        expected: count > 2 ? "2 to \(count)" : "2")
    case 1: report(.thresholdOne, threshold.token.range, suggestion: alternative(to: list))
    case (count + 1)...:
      report(
        .thresholdTooLarge, threshold.token.range, expected: "at most \(count)",
        suggestion: count == 1 ? "separate the members with commas" : nil)
    default:
      // `n of n` is an AND and has no terms.
      thresholdTerms += value == count ? 0 : count * (value - 1)
      guard thresholdTerms <= limits.thresholdTerms else {
        return stop(.tooManyThresholdTerms(allowed: limits.thresholdTerms), at: threshold.token)
      }
    }
  }

  /// How to write `1 of` some members.
  private func alternative(to list: Frame) -> String {
    guard list.members.count == list.memberCount, list.members.count <= 8,
      list.members.allSatisfy(\.children.isEmpty)
    else { return "join the members with OR" }
    return "write '\(AccessPolicy.disjunction(of: list.members))'"
  }

  mutating func end(afterNothing: Bool) {
    hasEnded = true
    if wantsOperand, !(afterNothing && frame.opening != nil) { reportMissingOperand() }
    guard let opening = frame.opening else { return frame.endMember() }
    let count = frames.count
    report(
      .unclosedParenthesis, opening.range,
      suggestion: count == 1 ? "add ')'" : "\(count) parentheses are open here: add as many ')'")
  }
}
