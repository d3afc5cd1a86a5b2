import ConsensusCore
import DiscreteEvents

/// Reads one value as what its key was declared to be.
///
/// Every getter answers: a value that is wrong is reported and replaced by a placeholder within the
/// declared range, so that decoding goes on and finds every problem in one go. Placeholders never
/// reach a run, because ``YAMLNode/decoded(as:_:)`` throws once anything was reported. Asking for
/// another kind than the declared one is a programmer's mistake and stops the program.
public struct ValueReader {
  /// The value; nil where it is missing or wrong and that has been reported.
  public let node: YAMLNode?

  /// The key path, such as `faults.0.from`.
  public let path: String

  /// What the value was declared to be.
  package let kind: ValueKind

  /// Where problems with the value are reported.
  package let location: Location

  package let diagnostics: Diagnostics

  /// Where the value was written, for problems that are found later.
  public var place: Location { location }

  /// The value's name in messages.
  package var label: String { path.isEmpty ? "the file" : "'\(path)'" }

  /// The form the value was written in; nil where it is missing or wrong.
  public var form: ValueKind.Form? {
    switch node?.content {
    case .scalar: .scalar
    case .sequence: .list
    case .mapping: .mapping
    case nil: nil
    }
  }

  /// Reports a problem that the kind alone cannot see, such as an end before its start.
  public func error(_ message: String, hint: String? = nil) {
    if node != nil { diagnostics.error(message, path: path, at: location, hint: hint) }
  }

  // MARK: Texts and words

  /// The text.
  public func text() -> String {
    guard declared({ if case .text = $0 { true } else { false } }) != nil,
      let (text, _) = scalar()
    else { return "" }
    return text
  }

  /// True or false.
  public func flag() -> Bool {
    guard declared({ if case .flag = $0 { true } else { false } }) != nil,
      let (text, isQuoted) = scalar()
    else { return false }
    if !isQuoted, text == "true" || text == "false" { return text == "true" }
    let meant: [String: String] = [
      "true": "true", "yes": "true", "on": "true", "y": "true",
      "false": "false", "no": "false", "off": "false", "n": "false",
    ]
    mismatch(TextProblem("", hint: meant[text.lowercased()].map { "write \($0)" }))
    return false
  }

  /// One case of an enumeration, whose raw values were declared as the choice.
  public func choice<T: CaseIterable & RawRepresentable<String>>(_: T.Type) -> T {
    let names = T.allCases.map(\.rawValue)
    guard let placeholder = T.allCases.first else {
      preconditionFailure("'\(path)': an enumeration without cases cannot be read")
    }
    _ = declared {
      guard case .choice(let choices) = $0 else { return false }
      return choices.map(\.name) == names
    }
    guard let word = word(among: names) else { return placeholder }
    return T(rawValue: word) ?? placeholder
  }

  /// One of the declared words.
  public func choice() -> String {
    guard
      case .choice(let choices)? = declared({ if case .choice = $0 { true } else { false } })
    else { return "" }
    return word(among: choices.map(\.name)) ?? choices.first?.name ?? ""
  }

  private func word(among names: [String]) -> String? {
    guard let (text, _) = scalar() else { return nil }
    if names.contains(text) { return text }
    mismatch(
      TextProblem("", hint: nearestName(to: text, among: names).map { "did you mean '\($0)'?" }))
    return nil
  }

  // MARK: Numbers

  /// A whole number in the declared range.
  public func integer() -> Int {
    guard
      case .integer(let range)? = declared({ if case .integer = $0 { true } else { false } })
    else { return 0 }
    return number(NumberText.parse, in: range, placeholder: range.lowerBound) { number in
      number.whole(times: 1).flatMap { Int(exactly: $0) }
    }
  }

  /// A decimal number in the declared range.
  public func decimal() -> Double {
    guard
      case .decimal(let range)? = declared({ if case .decimal = $0 { true } else { false } })
    else { return 0 }
    return number(NumberText.parseDecimal, in: range, placeholder: range.lowerBound) { $0.double() }
  }

  /// A probability from 0 to 1.
  public func probability() -> Double {
    _ = declared { if case .probability = $0 { true } else { false } }
    return number(QuantityText.parseProbability, in: 0...1, placeholder: 0) { $0 }
  }

  /// A rate per second in the declared range.
  public func rate() -> Double {
    guard case .rate(let range)? = declared({ if case .rate = $0 { true } else { false } })
    else { return 0 }
    return number(
      QuantityText.parseRate, in: range, placeholder: range.lowerBound, mayBeQuoted: true
    ) { $0 }
  }

  /// A duration in the declared range.
  public func duration() -> VirtualDuration {
    VirtualDuration(nanoseconds: quantity(.duration))
  }

  /// A bandwidth in bit/s, in the declared range.
  public func bandwidth() -> Int64 { quantity(.bandwidth) }

  /// A size in the declared range.
  public func size() -> ByteCount { ByteCount(Int(quantity(.size))) }

  /// A hash rate in H/s, in the declared range.
  public func hashRate() -> Int64 { quantity(.hashRate) }

  /// The time of one operation in picoseconds, in the declared range.
  public func price() -> Int64 { quantity(.price) }

  private func quantity(_ quantity: Quantity) -> Int64 {
    let kind = declared {
      guard case .quantity(let declared, _) = $0 else { return false }
      return declared == quantity
    }
    guard case .quantity(_, let range)? = kind else { return 0 }
    return number(
      { QuantityText.parse($0, as: quantity) }, in: range, placeholder: range.lowerBound,
      mayBeQuoted: true
    ) { $0 }
  }

  private func number<Parsed, Value: Comparable>(
    _ parse: (String) -> Result<Parsed, TextProblem>, in range: ClosedRange<Value>,
    placeholder: Value, mayBeQuoted: Bool = false, convert: (Parsed) -> Value?
  ) -> Value {
    guard let (text, isQuoted) = scalar() else { return placeholder }
    switch parse(text) {
    case .failure(let problem): mismatch(problem)
    case .success(let parsed):
      if isQuoted, !mayBeQuoted {
        mismatch(TextProblem("quotes make it a text", hint: "write \(text)"))
      } else if let value = convert(parsed) {
        if range.contains(value) { return value }
        let isNegative = text.hasPrefix("-")
        let remark =
          value < range.lowerBound ? (isNegative ? "negative" : "too small") : "too large"
        mismatch(TextProblem(remark))
      } else {
        mismatch(TextProblem("not whole"))
      }
    }
    return placeholder
  }
}

extension ValueReader {
  /// The text of a scalar; reports and answers nil for nothing and for collections.
  private func scalar() -> (text: String, isQuoted: Bool)? {
    guard let node else { return nil }
    guard case .scalar(let text, let isQuoted) = node.content, !node.isNothing else {
      mismatch(TextProblem(""))
      return nil
    }
    if text.isEmpty {
      mismatch(TextProblem(""))
      return nil
    }
    return (text, isQuoted)
  }

  /// Reports that the value is not what was declared.
  package func mismatch(_ problem: TextProblem) {
    guard let node else { return }
    let remark = problem.remark.isEmpty ? "" : " (\(problem.remark))"
    diagnostics.error(
      "\(label) must be \(kind.expectation), found \(node.summary)\(remark)", path: path,
      at: location,
      hint: problem.hint)
  }

  /// The declared kind, or the alternative of an `either` that satisfies `isAsked`.
  package func declared(_ isAsked: (ValueKind) -> Bool) -> ValueKind? {
    let kinds = if case .either(let kinds) = kind { kinds } else { [kind] }
    let found = kinds.first(where: isAsked)
    precondition(found != nil, "'\(path)' is declared as \(kind.expectation), and read otherwise")
    return found
  }
}
