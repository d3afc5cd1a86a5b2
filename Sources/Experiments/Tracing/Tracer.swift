import Notation
import RunPlans
import Tables

/// Why there is nothing to trace.
public struct TraceError: Error, CustomStringConvertible {
  /// What was asked for, and what there is.
  public let description: String

  /// Creates an error with its whole text.
  package init(description: String) { self.description = description }
}

/// One run of a scenario whose events are to be written down.
public struct Tracer: Sendable {
  /// The round that is shown, from 1, or nil for the whole run.
  public let round: Int?

  let scenario: Scenario
  let index: Int
  let seed: UInt64
  /// The kinds of message that are shown; all when empty.
  let kinds: [String]

  var cell: Scenario.Cell { scenario.cells[index] }

  /// Chooses the first run that matches.
  ///
  /// - Parameters:
  ///   - scenario: The scenario.
  ///   - series: The name of the series, or nil for any.
  ///   - variant: The name of the variant, or nil for any.
  ///   - settings: `key=value` arguments; for swept keys they choose among the values.
  ///   - round: The round to show, or nil for the whole run.
  ///   - kinds: The kinds of message to show; all when empty.
  /// - Throws: ``TraceError`` with what there is when nothing matches.
  public init(
    _ scenario: Scenario, series: String?, variant: String?, settings: [String], round: Int?,
    kinds: [String]
  ) throws(TraceError) {
    let index = try Self.choose(scenario, series: series, variant: variant, settings: settings)
    self.scenario = scenario
    self.index = index
    self.round = round
    self.kinds = kinds
    seed = scenario.cells[index].seeds.first ?? 1
    let cell = scenario.cells[index]
    let known = cell.subject.traits.kinds
    for kind in kinds where !known.contains(kind) {
      let hint =
        nearestName(to: kind, among: known).map { "did you mean '\($0)'?" }
        ?? "there are: \(known.joined(separator: ", "))"
      throw TraceError(
        description: "error: \(cell.series) has no message '\(kind)'; \(hint)")
    }
  }

  /// The settings that choose a run by a swept value, such as `replicas=4`.
  public static func choices(of scenario: Scenario) -> Set<String> {
    Set(
      scenario.cells.flatMap { cell in
        zip(scenario.sweptKeys, cell.parameters).map { "\($0)=\($1)" }
      })
  }

  static func choose(
    _ scenario: Scenario, series: String?, variant: String?, settings: [String]
  ) throws(TraceError) -> Int {
    var matching = scenario.cells.indices.filter { index in
      let cell = scenario.cells[index]
      return series.map { $0 == cell.series } ?? true && variant.map { $0 == cell.variant } ?? true
    }
    var chosen: [Int] = []
    for setting in settings {
      guard let (key, value) = split(setting),
        let place = scenario.sweptKeys.firstIndex(of: key),
        matching.contains(where: { !scenario.cells[$0].parameters[place].isEmpty })
      else { continue }
      chosen.append(place)
      matching.removeAll { scenario.cells[$0].parameters[place] != value }
    }
    guard !matching.isEmpty else {
      throw TraceError(
        description: "\(scenario.fileName): error: no run matches; there are\n" + list(scenario))
    }
    let traceable = matching.filter { scenario.cells[$0].settings.model == .messages }
    // The command that a finding prints names every value that its run sweeps.
    let exact = traceable.first { index in
      let parameters = scenario.cells[index].parameters
      return parameters.indices.allSatisfy { parameters[$0].isEmpty || chosen.contains($0) }
    }
    guard let index = exact ?? traceable.first else {
      throw TraceError(
        description: "\(scenario.fileName): error: this run has no messages to trace: its 'model' "
          + "is 'slots', which counts turns only")
    }
    return index
  }

  /// Carries the run out and writes the trace as text, a line an event.
  public func runAsText(into descriptor: Int32) -> TraceEnd {
    runAsText(into: descriptor, TraceSelection(kinds: kinds))
  }

  /// Carries the run out and writes the selected lines of its trace as text.
  func runAsText(into descriptor: Int32, _ selection: TraceSelection) -> TraceEnd {
    CellRun(cell: cell, index: index, seed: seed)
      .trace(into: ByteStream(descriptor: descriptor), round: round, selection)
  }

  /// Carries the run out and writes the trace into an open file descriptor.
  public func run(into descriptor: Int32) -> TraceEnd {
    var stream = ByteStream(descriptor: descriptor)
    let known = cell.subject.traits.kinds
    stream.append(
      TraceLegend(scenario, cell, seed: seed, round: round, kinds: known).text)
    stream.endLine()
    return CellRun(cell: cell, index: index, seed: seed)
      .trace(into: stream, round: round, kinds: kinds)
  }

  private static func split(_ setting: String) -> (key: String, value: String)? {
    guard let equals = setting.firstIndex(of: "=") else { return nil }
    return (String(setting[..<equals]), String(setting[setting.index(after: equals)...]))
  }

  private static func list(_ scenario: Scenario) -> String {
    let shown = 24
    var lines = scenario.cells.prefix(shown).map { cell in
      let swept = zip(scenario.sweptKeys, cell.parameters).filter { !$0.1.isEmpty }
        .map { " --set '\($0)=\($1)'" }
      return "  --series '\(cell.series)' --variant '\(cell.variant)'" + swept.joined()
    }
    if scenario.cells.count > shown { lines.append("  and \(scenario.cells.count - shown) more") }
    return lines.joined(separator: "\n")
  }
}
