import Notation
import Yams

/// An error of the YAML parser in the words of a person who wrote a scenario.
package struct YAMLProblem {
  /// The same error with its place in the text.
  package let diagnostic: Diagnostic

  /// Translates an error that the parser threw on a text.
  package init(_ error: any Error, in source: SourceFile) {
    switch error as? YamlError {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      diagnostic = Self.diagnostic(problem, context: context, at: mark, in: source)
    case .duplicatedKeysInMapping(let keys, let context):
      // Only reached where two spellings of one key differ, such as "a" and "\x61".
      diagnostic = Diagnostic(
        "duplicate key \(listed(keys, or: "and"))",
        at: Location(source: source, line: context.mark.line, column: context.mark.column),
        hint: "keep one")
    default:
      diagnostic = Diagnostic("the file cannot be read as YAML", file: source.name)
    }
  }

  private static func diagnostic(
    _ problem: String, context: YamlError.Context?, at mark: Mark, in source: SourceFile
  ) -> Diagnostic {
    // A line without a colon is noticed only at the next one.
    let isUnfinishedLine = problem.contains("could not find expected ':'")
    let mark = isUnfinishedLine ? context?.mark ?? mark : mark
    let location = Location(source: source, line: mark.line, column: mark.column)
    let offset = source.offset(line: mark.line, column: mark.column)
    if offset < source.bytes.count, source.bytes[offset] == UInt8(ascii: "\t") {
      return Diagnostic("a tab cannot indent", at: location, hint: "use spaces")
    }
    if offset < source.bytes.count, problem.contains("cannot start any token") {
      let first = Character(Unicode.Scalar(source.bytes[offset]))
      return Diagnostic(
        "a value cannot begin with '\(first)'", at: location, hint: "put the value in quotes")
    }
    for (fragment, message, hint) in sentences where problem.contains(fragment) {
      guard message.hasSuffix("the list") || message.hasSuffix("the mapping"), let context else {
        return Diagnostic(message, at: location, hint: hint)
      }
      let start = " begun at \(context.mark.line):\(context.mark.column)"
      return Diagnostic(message + start, at: location, hint: hint)
    }
    return Diagnostic("this cannot be read as YAML: \(problem)", at: location)
  }

  /// Words of the parser, what they mean, and what to do; messages that end in "the list" or "the
  /// mapping" are completed by the place where it began.
  private static let sentences: [(fragment: String, message: String, hint: String)] = [
    (
      "mapping values are not allowed", "a second ':' in one value",
      "put the value in quotes, or begin a new line"
    ),
    (
      "could not find expected ':'", "a line without ':'",
      "write 'key: value', or indent it as part of the value above"
    ),
    (
      "block sequence entries are not allowed", "a list cannot begin here",
      "begin it on a line of its own"
    ),
    ("mapping keys are not allowed", "a key cannot begin here", "begin it on a line of its own"),
    (
      "did not find expected ',' or ']'", "',' or ']' is missing in the list",
      "separate items by ',' and close the list by ']'"
    ),
    (
      "did not find expected ',' or '}'", "',' or '}' is missing in the mapping",
      "separate keys by ',' and close the mapping by '}'"
    ),
    (
      "did not find expected key", "this line does not fit into the mapping",
      "indent all keys of one mapping alike"
    ),
    (
      "did not find expected '-' indicator", "this line does not fit into the list",
      "begin every item with '-', all indented alike"
    ),
    ("did not find expected node content", "a value is missing", "write a value or remove this"),
    (
      "did not find expected <document start>", "this line is outside the scenario's mapping",
      "indent it like the keys above"
    ),
    (
      "unknown escape character", "an unknown '\\' escape in double quotes",
      "use single quotes, or write '\\\\'"
    ),
    ("expected hexdecimal", "a broken '\\' escape in double quotes", "use single quotes"),
    ("Unicode character escape", "a broken '\\' escape in double quotes", "use single quotes"),
    ("unexpected document indicator", "quoted text cannot hold a line '---'", "close the quotes"),
    ("unexpected end of stream", "the file ends inside quoted text", "close the quotes"),
    ("tab character", "a tab cannot indent", "use spaces"),
    ("expected comment or line break", "text behind '|' or '>'", "begin it on the next line"),
    ("indentation indicator equal to 0", "an indentation of 0 after '|' or '>'", "remove the 0"),
    ("unexpected ':'", "a ':' inside a value in brackets", "put the value in quotes"),
    ("expected a single document", "a scenario file holds one document", "remove what follows"),
    ("but found another document", "a second document begins here", "remove it"),
  ]
}
