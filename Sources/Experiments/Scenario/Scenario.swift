import ConsensusCore
import DiscreteEvents
import Invariants
import Notation
import RunPlans
import Tables
import YAMLDocuments

/// An experiment as a scenario file describes it: every run it consists of, fully decoded.
public struct Scenario: Sendable {
  /// What is written to the result file.
  public enum Measure: String, CaseIterable, Sendable {
    /// One row per test with its throughput.
    case tps
    /// The same with latency in both accountings.
    case latency
    /// One row per change of the number of active Byzantine members.
    case survival
    /// One row per run with everything that is counted.
    case metrics
    /// Where the time of each step of sharing records goes.
    case records
  }

  /// One point of the experiment: a series under a variant with swept values, for all seeds.
  public struct Cell: Sendable {
    /// The protocol.
    public var subject: Subject
    /// The name of the series in the result file.
    public var series: String
    /// The name of the variant.
    public var variant: String
    /// The number of its point, which it shares with the other series there.
    var point: Int
    /// The values of ``Scenario/sweptKeys`` as text; empty for those it does not sweep.
    public var parameters: [String]
    /// The same values as cells of the result file.
    var values: [String]
    /// The seeds of its replicates; all cells share their first seeds, so that differences are
    /// paired.
    public var seeds: [UInt64]
    /// What a run depends on.
    public var settings: RunPlan
    /// What series, variant and sweep set in the file.
    var substitutions: [Substitution]
  }

  /// One run of the experiment.
  package struct Run: Hashable, Sendable {
    /// The index of the cell.
    package var cell: Int
    /// The seed.
    package var seed: UInt64

    /// The run of a cell with a seed.
    package init(cell: Int, seed: UInt64) {
      self.cell = cell
      self.seed = seed
    }
  }

  /// What a replay of its one run has to come to.
  public struct Recording: Sendable {
    /// The digest over all events, as sixteen hexadecimal digits.
    public var digest: String
    /// The invariant that the run breaks, if it was recorded.
    public var breaks: String?
  }

  /// The name of the result files.
  public var name: String
  /// What the experiment is about.
  public var title: String
  /// The figure of the paper, or `-`.
  public var figure: String
  /// What is written.
  public var measure: Measure
  /// The key paths that are swept, as columns of the result file.
  public var sweptKeys: [String]
  /// The names of their columns, with units.
  var sweptColumns: [String]
  /// The points in the order of the file: variants, then swept values, then series.
  public var cells: [Cell]
  /// When a point has enough seeds; nil where each has all of its cells' seeds.
  public internal(set) var until: StoppingRule?
  /// What was recorded of its one run, if anything.
  public var replay: Recording?
  /// Whether the numbers of seeds are those of looks, and not the most that ``until`` allows.
  var isSettled = false
  /// The file as it was read, for messages.
  public var fileName: String
  /// A digest of the text and of what was set on the command line.
  public var digest: TraceDigest
  /// The digests of the cost profiles, by their names.
  public var costDigests: [String: String] = [:]
  /// What was set on the command line, as it was given.
  public var arguments: [String] = []
}

extension Scenario {
  /// Every run, by cell and then by seed.
  package var runs: [Run] {
    cells.indices.flatMap { cell in cells[cell].seeds.map { Run(cell: cell, seed: $0) } }
  }

  /// Some cells by point of the sweep, each with all its series; ascending.
  package func points(of cells: [Int]) -> [[Int]] {
    var points: [[Int]] = []
    for index in cells {
      if let last = points.last?.last, self.cells[last].point == self.cells[index].point {
        points[points.count - 1].append(index)
      } else {
        points.append([index])
      }
    }
    return points
  }

  /// Reads and checks a scenario file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - settings: `key.path=value` arguments that win over the file; one value for a key that is swept.
  ///   - sweeps: `key.path=a,b,c` arguments that are swept beside what the file sweeps.
  ///   - seed: The first seed instead of the file's.
  /// - Throws: ``ScenarioError`` with every problem found.
  public init(
    path: String, settings: [String], sweeps: [String] = [], seed: UInt64?
  ) throws(ScenarioError) {
    let source = try YAMLDocument.readFile(path)
    let slash = path.lastIndex(of: "/")
    let directory = slash.map { String(path[..<$0]) } ?? ""
    try self.init(source, directory: directory, settings: settings, sweeps: sweeps, seed: seed)
  }

  /// Reads and checks the text of a scenario; `directory` is where its cost profiles are.
  public init(
    _ source: SourceFile, directory: String, settings: [String], sweeps: [String] = [],
    seed: UInt64?
  ) throws(ScenarioError) {
    let diagnostics = Diagnostics()
    let loaded = try YAMLDocument.load(source)
    var substitutions: [Substitution] = []
    var swept = sweeps.compactMap { Substitution(sweep: $0, into: diagnostics) }
      .reduce(loaded) { $0.sweeping($1) }
    for setting in settings.compactMap({ Substitution(argument: $0, into: diagnostics) }) {
      let pinned = swept.pinning(setting)
      swept = pinned.tree
      substitutions.append(pinned.setting)
    }
    let tree = swept.substituting(substitutions, in: ScenarioSpec.file, into: diagnostics)
    try diagnostics.throwIfErrors()
    let loader = CostLoader(directory: directory)
    var scenario: Scenario?
    tree.decoded(as: ScenarioSpec.file, into: diagnostics) { reader in
      // What follows from a section that nobody can read would only hide the reason.
      guard Workloads.canRead(reader) else { return reader.ignoreUnread() }
      let outline = Outline(reader, seed: seed)
      // The file as it stands is checked first; its own problems are the most telling.
      let base = RunPlan(reader, costs: loader)
      guard !diagnostics.hasErrors else { return }
      scenario = outline.expanded(
        tree, base: base, loader: loader, source: source, into: diagnostics)
    }
    try diagnostics.throwIfErrors()
    guard var complete = scenario else { throw ScenarioError(diagnostics) }
    complete.digest = Self.digest(
      of: source, settings + sweeps.map { "\(Substitution.sweepFlag) \($0)" })
    complete.costDigests = loader.digests
    complete.arguments = settings
    self = complete
  }

  private static func digest(of source: SourceFile, _ settings: [String]) -> TraceDigest {
    var digest = TraceDigest()
    for byte in source.bytes { digest.combine(time: .zero, target: 0, content: UInt64(byte)) }
    for setting in settings {
      for byte in setting.utf8 { digest.combine(time: .zero, target: 1, content: UInt64(byte)) }
    }
    return digest
  }
}

extension Scenario.Recording {
  init(_ reader: MappingReader) {
    digest = reader["digest"].text()
    let isDigest =
      digest.utf8.count == 16
      && digest.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    if reader.isSound("digest"), !isDigest {
      reader.error(
        "'\(digest)' is no digest: sixteen digits from 0 to 9 and a to f", at: "digest",
        hint: "'consim replay' prints it")
    }
    breaks = reader.optional("breaks")?.text()
    guard let breaks, reader.isSound("breaks"),
      InvariantCatalog.description(of: InvariantID(breaks)) == nil
    else { return }
    reader.error(
      "there is no invariant '\(breaks)'", at: "breaks",
      hint: nearestName(to: breaks, among: InvariantCatalog.all.map(\.id.name)).map {
        "did you mean '\($0)'?"
      })
  }
}
