import ArgumentParser
import Invariants

extension InvariantSubject: ExpressibleByArgument {
  /// The subject of this name, if there is one.
  public init?(argument: String) {
    guard let known = InvariantCatalog.subjects.first(where: { $0.rawValue == argument }) else {
      return nil
    }
    self = known
  }

  /// The names.
  public static var allValueStrings: [String] { InvariantCatalog.subjects.map(\.rawValue) }
}

/// `consim invariants`: lists what the probes watch.
struct InvariantsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "invariants",
    abstract: "List the invariants, how each is watched, and where it comes from.",
    discussion: """
      A scenario names them in 'expect' and 'promises', 'consim fuzz' and exit code 3 in what \
      they report. Watched by: probe, in every run; probe-if-promised, where the scenario \
      promises what it rests on; counter, which is no violation; tests, in 'make test' only.
      """)

  @Option(help: "Only those that speak of it.")
  var subject: InvariantSubject?

  @Flag(help: "Print how many there are instead.")
  var count = false

  func run() throws {
    let chosen = InvariantCatalog.all.filter { subject == nil || $0.subject == subject }
    if count {
      try Console.output(Self.counts(chosen))
      return
    }
    for invariant in chosen {
      try Console.output(
        """
        \(invariant.id): \(invariant.statement)
          \(invariant.subject.rawValue), \(invariant.watch.rawValue), \(invariant.source)
        """)
    }
  }

  private static func counts(_ chosen: [InvariantDescription]) -> String {
    let parts = InvariantWatch.allCases.map { watch in
      "\(chosen.filter { $0.watch == watch }.count) \(watch.rawValue)"
    }
    return "\(chosen.count) invariants: " + parts.joined(separator: ", ")
  }
}
