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
    self.message = Self.shortened(message)
    self.hint = hint.map { Self.shortened($0) }
  }

  /// The most characters of a message or a hint: what was written may be a megabyte long.
  private static let lengthAtMost = 600

  /// A text without its middle, if it is too long.
  private static func shortened(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard text.utf8.count > lengthAtMost, scalars.count > lengthAtMost else { return text }
    let half = lengthAtMost / 2
    return String(scalars.prefix(half)) + " ... " + String(scalars.suffix(half))
  }

  /// Creates an error about a whole file.
  public init(_ message: String, file: String, hint: String? = nil) {
    self.severity = .error
    self.location = nil
    self.fileName = file
    self.message = Self.shortened(message)
    self.hint = hint.map { Self.shortened($0) }
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
