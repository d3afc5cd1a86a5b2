import DiscreteEvents
import Invariants
import Notation
import RunPlans
import Tables
import YAMLDocuments

/// The points that an outline stands for.
extension Outline {
  func expanded(
    _ tree: YAMLNode, base: RunPlan, loader: CostLoader, source: SourceFile,
    into diagnostics: Diagnostics
  ) -> Scenario {
    var cells: [Scenario.Cell] = []
    var machines = 0
    var audit = EffectAudit(source)
    let columns = columns
    guard isBounded(tree) else { return scenario([], source) }
    var point = 0
    var used: Set<Int> = []
    for variant in variants {
      let before = cells.count
      let shared = variant.axes ?? axes
      for place in Self.points(of: shared) {
        for one in series where variant.series.isEmpty || variant.series.contains(one.name) {
          for own in Self.points(of: one.axes) {
            let (axes, values) = (shared + one.axes, place + own)
            let rules = exclusions(of: axes, values)
            used.formUnion(rules)
            guard rules.isEmpty else { continue }
            guard cells.count < Self.cellLimit else {
              reportCells()
              return scenario([], source)
            }
            let substitutions =
              one.substitutions + variant.substitutions
              + zip(axes, values).map {
                Substitution(path: $0.key, at: $0.location, value: $1.node)
              }
            let settings = decode(
              tree, substitutions, base: base, loader: loader, subject: one.subject, audit: &audit,
              into: diagnostics)
            guard let settings else { return scenario([], source) }
            machines += settings.nodes.count
            guard machines <= Self.machineLimit else {
              reader.error(
                "the points of the sweep have more than \(Self.machineLimit) machines together",
                at: "sweep", hint: "split it into several files")
              return scenario([], source)
            }
            cells.append(
              Scenario.Cell(
                subject: one.subject, series: one.name, variant: variant.name, point: point,
                parameters: parameters(axes, values), values: self.values(columns, axes, values),
                seeds: (0..<(variant.repeats ?? repeats)).map { firstSeed &+ UInt64($0) },
                settings: settings, substitutions: substitutions))
          }
        }
        point += 1
      }
      if cells.count == before {
        reader.error(
          "every point of the variant '\(variant.name)' is left out", at: "exclude",
          hint: "leave some in")
      }
    }
    checkReplay(cells)
    Workloads.kind?.check(cells, reader)
    checkSeries(cells)
    checkExclusions(used)
    checkExpectations(cells, tree)
    audit.report(into: diagnostics)
    if !diagnostics.hasErrors { checkOverridden(audit) }
    let complete = scenario(cells, source)
    checkColumns(of: complete)
    if !diagnostics.hasErrors { checkRows(of: complete) }
    return complete
  }

  /// Reports series that would fill the memory.
  private func checkSeries(_ cells: [Scenario.Cell]) {
    var rows = 0
    for cell in cells {
      let (more, overflow) = cell.settings.seriesRows.multipliedReportingOverflow(
        by: cell.seeds.count)
      rows = overflow ? .max : rows.addingReportingOverflow(more).overflow ? .max : rows + more
    }
    guard rows > RunRecording.rowLimit else { return }
    let count = rows == .max ? "too many" : "up to \(rows)"
    reader.error(
      "the series would have \(count) rows, for every interval and machine of every run, and has at "
        + "most \(RunRecording.rowLimit)", at: "record",
      hint: "write a longer 'every', or a shorter 'schedule.time-limit' where the run ends before")
  }

  private func reportCells() {
    reader.error(
      "the sweep has more than \(Self.cellLimit) points", at: "sweep",
      hint: "split it into several files")
  }

  /// Reports exclusions that leave out nothing.
  private func checkExclusions(_ used: Set<Int>) {
    // What the command line sweeps or fixes may leave nothing to exclude.
    let flags = [Substitution.settingFlag, Substitution.sweepFlag]
    let fixed = allAxes.filter { flags.contains($0.location.source.name) }.map(\.key)
    for (index, rule) in excluded.enumerated()
    where !used.contains(index) && !rule.conditions.contains(where: { fixed.contains($0.key) }) {
      reader.error(
        "this exclusion leaves out nothing: no sweep has such a point", at: rule.location,
        hint: "name swept keys with values as the sweep writes them, or remove it")
    }
  }

  /// Reports what a series, a variant or a sweep sets and something later always replaces.
  private func checkOverridden(_ audit: EffectAudit) {
    let fileAxesRun = variants.contains { $0.axes == nil }
    if !fileAxesRun, let axis = axes.first {
      reader.error(
        "the sweep of the file has no effect: every variant has its own", at: axis.location,
        hint: "remove it")
      return
    }
    for one in series.flatMap(\.substitutions) + variants.flatMap(\.substitutions)
    where !audit.hasPlace(one) {
      reader.error(
        "'\(one.path)' has no effect in any run: it is always replaced", at: one.location,
        hint: "remove it")
    }
    for axis in allAxes {
      for value in axis.values
      where !audit.hasPlace(Substitution(path: axis.key, at: axis.location, value: value.node)) {
        let isExcluded = isExcluded(axis)
        // A place of zipped lists is told once, at the list that an exclusion names.
        if !isExcluded, axis.isZipped,
          allAxes.contains(where: { $0.isZipped && self.isExcluded($0) })
        {
          continue
        }
        reader.error(
          isExcluded
            ? "every point with '\(axis.key)' of \(value.text) is left out"
            : "'\(axis.key)' has no effect in any run: it is always replaced",
          at: isExcluded ? value.node.location : axis.location,
          hint: isExcluded ? "remove the value, or an exclusion" : "remove it")
      }
    }
  }

  /// Whether an exclusion is about an axis.
  private func isExcluded(_ axis: Axis) -> Bool {
    excluded.contains { rule in rule.conditions.contains { $0.key == axis.key } }
  }

  /// Reports swept keys whose column another column is called after.
  private func checkColumns(of scenario: Scenario) {
    let recordings = scenario.cells.map(\.settings.recording)
    let fixed =
      ResultColumns.all(of: measure)
      + (recordings.contains { $0.every != nil } ? ResultColumns.series : [])
      + (recordings.contains(where: \.latencies) ? ResultColumns.latencies : [])
    let all = allAxes
    for (index, column) in scenario.sweptColumns.enumerated() {
      let key = scenario.sweptKeys[index]
      guard let axis = all.first(where: { $0.key == key }) else { continue }
      if key != "replicas", !scenario.tellsItself(key), fixed.contains(column) {
        reader.error(
          "'\(key)' cannot be swept: the result file has a column '\(column)' of its own",
          at: axis.location)
      }
      if let twin = scenario.sweptColumns.prefix(index).firstIndex(of: column) {
        reader.error(
          "'\(key)' and '\(scenario.sweptKeys[twin])' would both be the column '\(column)'",
          at: axis.location, hint: "sweep one of them, or use variants")
      }
    }
  }

  /// Whether the points are few enough to be read and kept; reports it if not.
  private func isBounded(_ tree: YAMLNode) -> Bool {
    let values = tree.valueCount
    let conditions = excluded.reduce(0) { $0 + $1.conditions.count }
    var readings = 0
    var runs = 0
    for variant in variants {
      let points = Self.pointCount(of: variant.axes ?? axes, limit: Self.cellLimit)
      let included = series.filter { variant.series.isEmpty || variant.series.contains($0.name) }
        .reduce(0) { $0 + Self.pointCount(of: $1.axes, limit: Self.cellLimit) }
      guard points <= Self.cellLimit, included <= Self.cellLimit else {
        reportCells()
        return false
      }
      readings += points * (included * values + conditions * max(1, (variant.axes ?? axes).count))
      runs += points * included * (variant.repeats ?? repeats)
    }
    if readings > Self.readingLimit {
      reader.error(
        "a file of \(values) values is too long for so many points: \(readings) values would be read, "
          + "and at most \(Self.readingLimit) are", at: "sweep", hint: "split it into several files"
      )
    }
    if runs > Self.runLimit {
      reader.error(
        "there are \(runs) runs, and a scenario has at most \(Self.runLimit)", at: "repeat",
        hint: "split it into several files")
    }
    return readings <= Self.readingLimit && runs <= Self.runLimit
  }

  private func checkReplay(_ cells: [Scenario.Cell]) {
    let runs = cells.reduce(0) { $0 + $1.seeds.count }
    guard replay != nil, runs != 1 else { return }
    reader.error(
      "'replay' is about one run, and the scenario has \(runs)", at: "replay",
      hint: "leave one series and 'repeat: 1', or remove it")
  }

  /// All key paths that anything sweeps, in the order of the file.
  private var sweptKeys: [String] {
    var keys = axes.map(\.key)
    for axis in allAxes where !keys.contains(axis.key) {
      keys.append(axis.key)
    }
    return keys
  }

  /// The columns of the swept keys.
  private var columns: [SweptColumn] {
    let all = allAxes
    return sweptKeys.map { key in
      SweptColumn(key: key, values: all.filter { $0.key == key }.flatMap(\.values))
    }
  }

  private func values(
    _ columns: [SweptColumn], _ axes: [Axis], _ point: [AxisValue]
  ) -> [String] {
    columns.map { column in
      zip(axes, point).first { $0.0.key == column.key }.map { column.text(of: $0.1) } ?? ""
    }
  }

  private func parameters(_ axes: [Axis], _ point: [AxisValue]) -> [String] {
    sweptKeys.map { key in
      zip(axes, point).first { $0.0.key == key }.map { $0.1.text } ?? ""
    }
  }

  private func decode(
    _ tree: YAMLNode, _ substitutions: [Substitution], base: RunPlan, loader: CostLoader,
    subject: Subject, audit: inout EffectAudit, into diagnostics: Diagnostics
  ) -> RunPlan? {
    guard !substitutions.isEmpty else {
      subject.check(base, reader)
      checkMeasure(base)
      audit.note(tree, base, of: subject)
      return diagnostics.hasErrors ? nil : base
    }
    let changed = tree.substituting(substitutions, in: ScenarioSpec.file, into: diagnostics)
    guard !diagnostics.hasErrors else { return nil }
    var settings: RunPlan?
    changed.decoded(as: ScenarioSpec.file, into: diagnostics) { reader in
      let decoded = RunPlan(reader, costs: loader)
      subject.check(decoded, reader)
      checkMeasure(decoded)
      settings = decoded
      reader.ignoreUnread()
    }
    if let settings { audit.note(changed, settings, of: subject) }
    return diagnostics.hasErrors ? nil : settings
  }

  private func scenario(_ cells: [Scenario.Cell], _ source: SourceFile) -> Scenario {
    Scenario(
      name: name, title: title, figure: figure, measure: measure, sweptKeys: sweptKeys,
      sweptColumns: columns.map(\.name), cells: cells, until: until, replay: replay,
      fileName: source.name,
      digest: TraceDigest())
  }
}
