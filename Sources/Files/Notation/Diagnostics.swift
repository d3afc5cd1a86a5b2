/// Collects what is wrong, so that a user sees every problem of a file in one go.
///
/// It is a class because a decoder and all its nested readers write into the same collection.
public final class Diagnostics {
  /// How many problems are shown; a file with more is summed up by "and N more".
  public static let shownAtMost = 50

  /// How many problems are kept; those past it are only counted, so memory stays bounded.
  package static let keptAtMost = 1_000

  private var kept: [Diagnostic] = []

  /// The key paths of values that are wrong, so that nobody compares their placeholders.
  private var brokenPaths: [String] = []

  /// How many errors were reported.
  public private(set) var errorCount = 0

  /// How many diagnostics of any severity were reported.
  public private(set) var count = 0

  /// An empty collection.
  public init() {}

  /// Whether any error was reported, so that no result may be used.
  public var hasErrors: Bool { errorCount > 0 }

  /// Adds one problem.
  public func report(_ diagnostic: Diagnostic) {
    count += 1
    if diagnostic.severity == .error { errorCount += 1 }
    if kept.count < Self.keptAtMost { kept.append(diagnostic) }
  }

  /// Adds an error at a place.
  public func error(_ message: String, at location: Location, hint: String? = nil) {
    report(Diagnostic(message, at: location, hint: hint))
  }

  /// Adds an error about the value at a key path.
  package func error(_ message: String, path: String, at location: Location, hint: String? = nil) {
    error(message, at: location, hint: hint)
    if brokenPaths.count < Self.keptAtMost { brokenPaths.append(path) }
  }

  /// Whether no error was reported about the value at a key path, nor about anything inside it.
  package func isSound(_ path: String) -> Bool {
    // Past what is kept, anything may be broken.
    brokenPaths.count < Self.keptAtMost
      && !brokenPaths.contains { $0 == path || $0.hasPrefix(path + ".") }
  }

  /// Adds a warning at a place.
  public func warning(_ message: String, at location: Location, hint: String? = nil) {
    report(Diagnostic(message, at: location, hint: hint, severity: .warning))
  }

  /// The problems by text, line and column; texts in the order of their first problem, and
  /// problems at one place in the order of their report.
  public var sorted: [Diagnostic] {
    var names: [String] = []
    for diagnostic in kept where !names.contains(diagnostic.fileName) {
      names.append(diagnostic.fileName)
    }
    let keyed = kept.enumerated().map { index, diagnostic in
      (
        key: [
          names.firstIndex(of: diagnostic.fileName) ?? 0, diagnostic.location?.line ?? 0,
          diagnostic.location?.column ?? 0, index,
        ], diagnostic: diagnostic
      )
    }
    return keyed.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.diagnostic)
  }

  /// Throws everything collected if there is an error in it.
  public func throwIfErrors() throws(ScenarioError) {
    if hasErrors { throw ScenarioError(self) }
  }
}

/// What is wrong with a scenario: every problem found, in the order of the text.
public struct ScenarioError: Error, Sendable {
  /// What stopped the reading, for the choice of an exit code.
  public enum Cause: Sendable {
    /// The text was read and is wrong.
    case invalid
    /// The file is missing or cannot be read.
    case unreadable
  }

  /// What stopped the reading.
  public let cause: Cause

  /// The problems, at most ``Diagnostics/shownAtMost``, ordered by place.
  public let diagnostics: [Diagnostic]

  /// How many further problems are not in ``diagnostics``.
  public let omittedCount: Int

  /// Takes the problems out of a collection.
  public init(_ diagnostics: Diagnostics) {
    let sorted = diagnostics.sorted
    cause = .invalid
    self.diagnostics = Array(sorted.prefix(Diagnostics.shownAtMost))
    omittedCount = diagnostics.count - self.diagnostics.count
  }

  /// An error with a single problem.
  public init(_ diagnostic: Diagnostic, cause: Cause = .invalid) {
    self.cause = cause
    diagnostics = [diagnostic]
    omittedCount = 0
  }
}

extension ScenarioError: CustomStringConvertible {
  /// Every problem as the user sees it, one below the other.
  public var description: String {
    var blocks = diagnostics.map(\.description)
    if omittedCount > 0 { blocks.append("and \(omittedCount) more") }
    return blocks.joined(separator: "\n")
  }
}
