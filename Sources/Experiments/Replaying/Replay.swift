import ConsensusCore
import DiscreteEvents
import Invariants
import Notation
import Simulator
import Tables
import Traps

/// One run of a scenario, carried out to be looked at.
public struct Replay: Sendable {
  /// So many messages and steps fit into a picture.
  public static let elementLimit = 400

  let scenario: Scenario
  let index: Int
  let seed: UInt64

  var cell: Scenario.Cell { scenario.cells[index] }

  /// Chooses a run.
  ///
  /// - Parameters:
  ///   - scenario: The scenario.
  ///   - number: The number of the run from 1, in the order of the file, or nil for the only one.
  ///   - hasSeed: Whether a seed was chosen, so that the first run is meant.
  /// - Throws: ``TraceError`` with what there is if there is no such run.
  public init(_ scenario: Scenario, number: Int?, hasSeed: Bool) throws(TraceError) {
    let runs = scenario.cells.indices.flatMap { cell in
      scenario.cells[cell].seeds.map { (cell: cell, seed: $0) }
    }
    guard let number = number ?? (runs.count == 1 || hasSeed ? 1 : nil) else {
      throw TraceError(
        description: "\(scenario.fileName): error: the scenario has \(runs.count) runs; choose one "
          + "with '--run', or with '--seed'\n" + Self.list(runs, of: scenario))
    }
    guard (1...runs.count).contains(number) else {
      throw TraceError(
        description: "\(scenario.fileName): error: there is no run \(number): "
          + (runs.count == 1 ? "the scenario has one" : "the runs are 1 to \(runs.count)"))
    }
    self.scenario = scenario
    index = runs[number - 1].cell
    seed = runs[number - 1].seed
    guard scenario.cells[index].settings.model == .messages else {
      throw TraceError(
        description:
          "\(scenario.fileName): error: this run has no messages to show: its 'model' is "
          + "'slots', which counts turns only")
    }
  }

  private static func list(
    _ runs: [(cell: Int, seed: UInt64)], of scenario: Scenario
  ) -> String {
    let shown = 12
    var lines = runs.prefix(shown).enumerated().map { number, run in
      let cell = scenario.cells[run.cell]
      let swept = zip(scenario.sweptKeys, cell.parameters).filter { !$0.1.isEmpty }
        .map { "\($0)=\($1)" }
      let place = ([cell.series, cell.variant] + swept).joined(separator: ", ")
      return "  --run \(number + 1): \(place), seed \(run.seed)"
    }
    if runs.count > shown { lines.append("  and \(runs.count - shown) more") }
    return lines.joined(separator: "\n")
  }

  /// Carries the run out.
  ///
  /// - Parameters:
  ///   - from: The first instant of the pictures, or nil for the beginning of the last round.
  ///   - to: The last instant, or nil for the violation or the end.
  /// - Returns: What it came to.
  /// - Throws: ``TraceError`` if the part cannot be shown.
  public func replayed(
    from: VirtualDuration?, to: VirtualDuration?
  ) throws(TraceError) -> Replayed {
    let request = DiagramRequest(
      from: from.map { .zero + $0 }, to: to.map { .zero + $0 }, limit: Self.elementLimit)
    if let from, let to, to <= from {
      throw TraceError(description: "error: '--to' is not after '--from'")
    }
    let run = TrapNote.during(scenario.note(index, seed: seed)) {
      CellRun(cell: cell, index: index, seed: seed).diagram(request)
    }
    let outcome = run.outcome
    if let from, .zero + from > outcome.end {
      throw TraceError(
        description: "\(scenario.fileName): error: the run ended at "
          + "\(PlanScript.milliseconds(outcome.end)) ms, before '--from'")
    }
    guard var scene = run.scene else {
      throw TraceError(
        description:
          "\(scenario.fileName): error: more than \(Self.elementLimit) messages and steps "
          + "in that time; a picture of so many cannot be read\n"
          + "  choose a shorter time by '--from' and '--to', or neither for the last round")
    }
    if scene.violation == nil { scene.title = scenario.heading }
    let judged = judge(outcome.violations, Expectations(cell.settings.expectations))
    return Replayed(
      name: scenario.name, heading: "\(scenario.heading), \(cell.series), seed \(seed)",
      outcome: outcome, recorded: scenario.replay, isUnexpected: !judged.unexpected.isEmpty,
      silent: cell.silent(in: outcome.violations),
      violation: judged.unexpected.first ?? outcome.violations.first, scene: scene)
  }
}

/// What a replay came to.
public struct Replayed: Sendable {
  /// The name of the scenario.
  public let name: String
  /// What was run.
  public let heading: String
  private let outcome: Outcome
  private let recorded: Scenario.Recording?
  /// Whether an invariant broke that was expected to hold.
  public let isUnexpected: Bool
  /// Invariants that were expected to break and held.
  public let silent: [InvariantID]
  /// The violation that counts, if there is one.
  public let violation: Violation?
  private let scene: DiagramScene

  init(
    name: String, heading: String, outcome: Outcome, recorded: Scenario.Recording?,
    isUnexpected: Bool, silent: [InvariantID], violation: Violation?, scene: DiagramScene
  ) {
    self.name = name
    self.heading = heading
    self.outcome = outcome
    self.recorded = recorded
    self.isUnexpected = isUnexpected
    self.silent = silent
    self.violation = violation
    self.scene = scene
  }

  /// Whether the scenario records what the run has to come to.
  public var isRecorded: Bool { recorded != nil }

  /// In what the run differs from what was recorded of it.
  public var differences: [String] {
    guard let recorded else { return [] }
    var found: [String] = []
    if recorded.digest != outcome.digest.description {
      found.append("the digest is \(outcome.digest), and \(recorded.digest) was recorded")
    }
    if let breaks = recorded.breaks,
      !outcome.violations.contains(where: { $0.invariant.name == breaks })
    {
      found.append("\(breaks) holds, and was recorded as broken")
    }
    return found
  }

  /// The run in a few lines for people.
  public var text: String {
    let digest = "digest \(outcome.digest)"
    let agreement = recorded.map { $0.digest == outcome.digest.description ? ", as recorded" : "" }
    var lines = [
      heading, "  \(outcome.events) events until \(PlanScript.milliseconds(outcome.end)) ms",
      "  " + digest + (agreement ?? ""),
    ]
    lines.append(
      violation.map { $0.isCut ? "  cut short: \($0.detail)" : "  broken: \($0)" }
        ?? "  no invariant broke")
    lines += silent.map { "  \($0) was expected to break and held" }
    let known = violation.flatMap { InvariantCatalog.description(of: $0.invariant) }
    if let known { lines.append("  (\(known.id), \(known.source): \(known.statement))") }
    return lines.joined(separator: "\n")
  }

  /// What the pictures show.
  public var part: String {
    "\(PlanScript.milliseconds(scene.from)) to \(PlanScript.milliseconds(scene.to)) ms, "
      + "\(scene.arrows.count) messages, \(scene.signs.count) steps"
  }

  /// The space-time diagram, as an SVG file.
  public var svg: String { SpaceTimeDiagram(scene).text }

  /// The sequence diagram, as a Mermaid file.
  public var mermaid: String { MermaidDiagram(scene).text }
}

extension VirtualDuration {
  /// Reads a duration as scenarios write it, such as `12.5 ms`; answers why not.
  public static func parsed(_ text: String) -> Result<VirtualDuration, DurationProblem> {
    switch QuantityText.parse(text, as: .duration) {
    case .success(let value) where value >= 0: .success(VirtualDuration(nanoseconds: value))
    case .success: .failure(DurationProblem(remark: "negative"))
    case .failure(let problem): .failure(DurationProblem(remark: problem.remark))
    }
  }
}

/// Why a text is no duration.
public struct DurationProblem: Error, Sendable {
  /// Why, in a few words; may be empty.
  public let remark: String
}
