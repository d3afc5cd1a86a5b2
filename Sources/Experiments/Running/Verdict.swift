import ConsensusCore
import DiscreteEvents
import Invariants
import RunPlans
import Simulator
import Tables

/// What the runs of a scenario did to invariants, against what it expects of them.
public struct Verdict: Sendable {
  /// One thing that was not expected.
  public struct Finding: Sendable {
    /// The scenario file.
    public var file: String
    /// The series and variant.
    public var series: String
    /// The variant.
    public var variant: String
    /// Swept keys with their values.
    public var parameters: [(key: String, value: String)]
    /// The seed.
    public var seed: UInt64
    /// What happened, or what did not.
    public var detail: String

    /// The finding with the command that replays it.
    public func text(settings: [String]) -> String {
      let swept = parameters.map { "\($0.key)=\($0.value)" }
      let others = settings.filter { setting in
        !parameters.contains { setting.hasPrefix("\($0.key)=") || setting.hasPrefix("\($0.key) ") }
      }
      let arguments = (others + swept).map { " --set '\($0)'" }.joined()
      let place = ([series, variant] + swept).joined(separator: ", ")
      return """
        \(file): \(place), seed \(seed): \(detail)
          replay: consim trace '\(file)' --series '\(series)' --variant '\(variant)' --seed \
        \(seed)\(arguments)
        """
    }
  }

  /// Invariants that broke and were expected to hold.
  public var unexpected: [Finding] = []
  /// Invariants that were expected to break and did not.
  public var missing: [Finding] = []

  /// Judges the runs of a scenario.
  public init(_ scenario: Scenario, _ results: [RunResult]) {
    for run in results {
      let cell = scenario.cells[run.cell]
      let expectations = Expectations(cell.settings.expectations)
      let broken = judge(run.violations, expectations).unexpected.filter { !$0.isCut }
      func finding(_ detail: String) -> Finding {
        scenario.finding(detail, in: run.cell, seed: run.seed)
      }
      unexpected += broken.prefix(Self.shown).map { finding("invariant \($0.description)") }
      switch expectations[RunPlan.fulfilment] {
      case .holds: unexpected += run.shortfall.map { [finding($0)] } ?? []
      case .violated where run.ending.isFulfilled:
        missing.append(finding("the run was expected to stay unfulfilled and was fulfilled"))
      case .violated, .mayBreak: break
      }
      missing += cell.silent(in: run.violations).map {
        finding("invariant \($0) was expected to break and held")
      }
      let others = Workloads.counted?.findings(in: run, of: cell) ?? WorkloadFindings()
      unexpected += others.unexpected.map(finding)
      missing += others.missing.map(finding)
    }
  }

  /// So many broken invariants of one run are shown.
  private static let shown = 3
}

extension RunResult {
  /// What has to be said of a run that did not do what its schedule asks for; nil if it did.
  package var shortfall: String? {
    if let cut = violations.first(where: \.isCut) { return cut.detail }
    guard case .unfulfilled(let cause) = ending else { return nil }
    return "the run did not do what its schedule asks for: \(cause)"
  }
}

extension Scenario.Cell {
  /// The invariants that a run was expected to break and did not; none if it was cut short, as it
  /// might have broken them later.
  func silent(in violations: [Violation]) -> [InvariantID] {
    guard settings.usesProbes, !violations.contains(where: \.isCut) else { return [] }
    return judge(violations, Expectations(settings.expectations)).missing
      .filter { $0 != RunPlan.fulfilment && has(invariant: $0) }
  }

  /// Whether an invariant is about these runs: others cannot break it.
  func has(invariant: InvariantID) -> Bool {
    subject.has(invariant: invariant, hasWorkload: settings.workload != nil)
  }
}

extension Scenario {
  /// Something that happened in a run.
  func finding(_ detail: String, in cell: Int, seed: UInt64) -> Verdict.Finding {
    Verdict.Finding(
      file: fileName, series: cells[cell].series, variant: cells[cell].variant,
      parameters: zip(sweptKeys, cells[cell].parameters).filter { !$0.1.isEmpty }
        .map { ($0, $1) },
      seed: seed, detail: detail)
  }

  /// What is said when a run traps.
  func note(_ cell: Int, seed: UInt64) -> String {
    let name = cells[cell].subject.name
    return finding("this run of \(name) trapped", in: cell, seed: seed).text(settings: arguments)
      + "\n"
  }

  /// What has to be said where the run is another one than the scenario records under 'replay'; nil
  /// if it is that one, or nothing is recorded.
  public func remark(on results: [RunResult]) -> String? {
    guard let replay, let digest = results.first?.digest.description, digest != replay.digest else {
      return nil
    }
    return "\(fileName): warning: this is another run: the digest is \(digest), and "
      + "\(replay.digest) was recorded\n  judge it by: consim replay '\(fileName)'"
  }

  /// The name and, if it has one, the title.
  public var heading: String { title.isEmpty ? name : "\(name): \(title)" }

  /// How much the scenario would run.
  public var outline: String {
    let runs = cells.reduce(0) { $0 + $1.seeds.count }
    return "\(cells.count) cells, \(until != nil && !isSettled ? "at most " : "")\(runs) runs"
  }
}

/// What a person sees of a scenario's runs.
public struct RunSummary {
  /// The summary, a line for each cell.
  public let text: String

  /// Sums the runs of a scenario up.
  public init(_ scenario: Scenario, _ results: [RunResult]) {
    var lines = ["\(scenario.heading) (\(scenario.outline))"]
    let width = scenario.cells.map { Self.label($0).count }.max() ?? 0
    for (cell, runs) in zip(scenario.cells, results.byCell(of: scenario)) {
      let label = Self.label(cell)
      let padding = String(repeating: " ", count: width - label.count)
      lines.append("  \(label)\(padding)  \(Self.figures(runs))  digest \(Self.digest(runs))")
    }
    text = lines.joined(separator: "\n")
  }

  private static func label(_ cell: Scenario.Cell) -> String {
    ([cell.series, cell.variant] + cell.parameters.filter { !$0.isEmpty }).joined(separator: " ")
  }

  private static func figures(_ runs: [RunResult]) -> String {
    guard let first = runs.first, !first.tests.isEmpty else {
      let blocks = Statistics.mean(runs.map { Double($0.blocks) })
      return "\(runs.count) runs, \(text(blocks, digits: 0)) blocks each"
    }
    let throughput = Statistics.mean(
      runs.map { run in
        run.tests.reduce(0) { $0 + $1.throughput } / Double(run.tests.count)
      })
    let latency = Statistics.mean(
      runs.flatMap { $0.tests.flatMap(\.latencies) })
    return "\(runs.count) runs, \(text(throughput, digits: 3)) TPS, "
      + "\(text(latency.map { $0 / 1e6 }, digits: 1)) ms"
  }

  private static func text(_ value: Double?, digits: Int) -> String {
    let cell = Cell.decimal(value, digits: digits).text
    return cell.isEmpty ? "-" : cell
  }

  static func digest(_ runs: [RunResult]) -> TraceDigest {
    guard runs.count != 1 else { return runs[0].digest }
    var digest = TraceDigest()
    for run in runs { digest.combine(time: run.end, target: run.seed, content: run.digest.value) }
    return digest
  }
}
