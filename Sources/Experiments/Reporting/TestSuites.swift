/// Verdicts as tools for tests know them: suites of cases that passed, failed or were skipped.
public struct TestSuites: Sendable {
  /// How one case came out.
  public enum Outcome: Sendable {
    /// As expected; the text is what is worth knowing nevertheless, or empty.
    case passed(String)
    /// Otherwise; the message has one line, the text says all.
    case failed(message: String, text: String)
    /// Nothing could be judged, for this reason.
    case skipped(String)

    var isFailed: Bool { if case .failed = self { true } else { false } }
    var isSkipped: Bool { if case .skipped = self { true } else { false } }
  }

  /// One thing that is judged.
  public struct Case: Sendable {
    /// What is judged.
    public var name: String
    /// How it came out.
    public var outcome: Outcome
  }

  /// Cases that belong together.
  public struct Suite: Sendable {
    /// What they are about.
    public var name: String
    /// The file that a reader would open, as the user named it; nil where there is none.
    public var file: String?
    /// One line that sums the suite up.
    public var summary: String
    /// The whole report about them, as text.
    public var text: String
    /// Whether something worth knowing was found that is no failure.
    public var isNoted: Bool
    /// The cases.
    public var cases: [Case]

    /// Whether any case failed.
    public var isFailed: Bool { cases.contains(where: \.outcome.isFailed) }
  }

  /// What judged.
  public var name: String
  /// One line that sums all up.
  public var summary: String
  /// The suites in the order in which they were judged.
  public var suites: [Suite]

  /// The cases of all suites.
  var cases: [Case] { suites.flatMap(\.cases) }
}
