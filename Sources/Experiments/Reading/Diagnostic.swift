/// One thing that is wrong with what a user wrote: what was found and, where possible, what to
/// write instead.
public struct Diagnostic: Sendable {
  /// How bad it is.
  public enum Severity: String, Sendable {
    /// Nothing can be run.
    case error
    /// The scenario runs, perhaps not as meant.
    case warning
  }

  /// How bad it is.
  public let severity: Severity

  /// Where it is; nil when it concerns a whole file, such as a missing one.
  public let location: Location?

  /// The file's name when there is no location.
  public let fileName: String

  /// What was found and what is allowed, one sentence without a full stop.
  public let message: String

  /// What to write instead, shown behind the caret.
  public let hint: String?

  /// Creates a diagnostic at a place.
  public init(
    _ message: String, at location: Location, hint: String? = nil, severity: Severity = .error
  ) {
    self.severity = severity
    self.location = location
    self.fileName = location.source.name
    self.message = message
    self.hint = hint
  }

  /// Creates an error about a whole file.
  public init(_ message: String, file: String, hint: String? = nil) {
    self.severity = .error
    self.location = nil
    self.fileName = file
    self.message = message
    self.hint = hint
  }
}

extension Diagnostic: CustomStringConvertible {
  /// `file:line:column: error: message`, then the line and a caret with the hint.
  public var description: String {
    guard let location else {
      let first = "\(fileName): \(severity.rawValue): \(message)"
      return hint.map { "\(first)\n  \($0)" } ?? first
    }
    let snippet = Snippet(location)
    let caret = snippet.caretLine + (hint.map { " " + $0 } ?? "")
    return """
      \(fileName):\(location.line):\(location.column): \(severity.rawValue): \(message)
        \(snippet.line)
        \(caret)
      """
  }
}
