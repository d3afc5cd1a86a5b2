import DiscreteEvents
import Invariants

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
    public var protocolName: ProtocolName
    /// The name of the series in the result file.
    public var series: String
    /// The name of the variant.
    public var variant: String
    /// The values of ``Scenario/sweptKeys`` as text; empty for those it does not sweep.
    public var parameters: [String]
    /// The seeds of its replicates; all cells share their first seeds, so that differences are
    /// paired.
    public var seeds: [UInt64]
    /// What a run depends on.
    public var settings: RunSettings
    /// What series, variant and sweep set in the file.
    var substitutions: [Substitution]
  }

  /// What a replay of its one run has to come to.
  public struct Replay: Sendable {
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
  /// The points in the order of the file: variants, then swept values, then series.
  public var cells: [Cell]
  /// What was recorded of its one run, if anything.
  public var replay: Replay?
  /// The file as it was read, for messages.
  public var fileName: String
  /// A digest of the text and of what was set on the command line.
  public var digest: TraceDigest
}

extension Scenario {
  /// Reads and checks a scenario file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - settings: `key.path=value` arguments that win over the file.
  ///   - seed: The first seed instead of the file's.
  /// - Throws: ``ScenarioError`` with every problem found.
  public init(path: String, settings: [String], seed: UInt64?) throws(ScenarioError) {
    let source = try YAMLDocument.readFile(path)
    let slash = path.lastIndex(of: "/")
    let directory = slash.map { String(path[..<$0]) } ?? ""
    try self.init(source, directory: directory, settings: settings, seed: seed)
  }

  /// Reads and checks the text of a scenario; `directory` is where its cost profiles are.
  public init(
    _ source: SourceFile, directory: String, settings: [String], seed: UInt64?
  ) throws(ScenarioError) {
    let diagnostics = Diagnostics()
    let loaded = try YAMLDocument.load(source)
    let substitutions = settings.compactMap { Substitution(argument: $0, into: diagnostics) }
    let tree = loaded.substituting(substitutions, in: ScenarioSpec.file, into: diagnostics)
    try diagnostics.throwIfErrors()
    let loader = CostLoader(directory: directory)
    var scenario: Scenario?
    tree.decoded(as: ScenarioSpec.file, into: diagnostics) { reader in
      let outline = Outline(reader, seed: seed)
      // The file as it stands is checked first; its own problems are the most telling.
      let base = RunSettings(reader, costs: loader)
      guard !diagnostics.hasErrors else { return }
      scenario = outline.expanded(
        tree, base: base, loader: loader, source: source, into: diagnostics)
    }
    try diagnostics.throwIfErrors()
    guard var complete = scenario else { throw ScenarioError(diagnostics) }
    complete.digest = Self.digest(of: source, settings)
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

/// The keys of a scenario that say which runs there are.
private struct Outline {
  struct Series {
    var protocolName: ProtocolName
    var name: String
    var substitutions: [Substitution]
  }

  struct Variant {
    var name: String
    var substitutions: [Substitution]
    var series: [String]
    var axes: [Axis]?
    var repeats: Int?
  }

  struct Axis {
    var key: String
    var location: Location
    var values: [YAMLNode]
  }

  /// The most runs a scenario may describe, so that a slip of the sweep does not fill the memory.
  static let cellLimit = 10_000

  let reader: MappingReader
  var name: String
  var title: String
  var figure: String
  var measure: Scenario.Measure
  var firstSeed: UInt64
  var repeats: Int
  var series: [Series]
  var variants: [Variant]
  var axes: [Axis]
  var excluded: [[(key: String, value: String)]]
  var replay: Scenario.Replay?

  init(_ reader: MappingReader, seed: UInt64?) {
    self.reader = reader
    name = reader["name"].text()
    title = reader.optional("title")?.text() ?? ""
    figure = reader["figure"].text()
    measure = Scenario.Measure(rawValue: reader["measure"].choice()) ?? .metrics
    let written = reader["seed"].integer()
    firstSeed = seed ?? UInt64(written)
    repeats = reader["repeat"].integer()
    series = reader["series"].list { item in
      item.mapping { series in
        let protocolName = series["protocol"].choice(ProtocolName.self)
        return Series(
          protocolName: protocolName,
          name: series.optional("name")?.text() ?? protocolName.title,
          substitutions: Self.substitutions(series["with"]))
      }
    }
    variants = reader["variants"].list { item in
      item.mapping { variant in
        Variant(
          name: variant["name"].text(), substitutions: Self.substitutions(variant["with"]),
          series: variant["series"].list { $0.text() },
          axes: variant.optional("sweep").map { Self.axes($0) },
          repeats: variant.optional("repeat")?.integer())
      }
    }
    axes = Self.axes(reader["sweep"])
    excluded = reader["exclude"].list { item in
      item.entries { entry, value in (entry.key, value.node?.scalarText ?? "") }
    }
    replay = reader.optional("replay")?.mapping { Scenario.Replay($0) }
    check()
  }

  private func check() {
    let isPlain =
      !name.isEmpty
      && name.utf8.allSatisfy {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
      }
    if reader.isSound("name"), !isPlain {
      reader.error(
        "'\(name)' cannot name files", at: "name", hint: "use a-z, 0-9 and hyphens")
    }
    for (index, one) in series.enumerated()
    where series.prefix(index).contains(where: { $0.name == one.name }) {
      reader.error(
        "two series are called '\(one.name)'", at: "series", hint: "give one of them a 'name'")
    }
    for variant in variants {
      for wanted in variant.series where !series.contains(where: { $0.name == wanted }) {
        reader.error(
          "the variant '\(variant.name)' names the unknown series '\(wanted)'", at: "variants",
          hint: "allowed: \(series.map(\.name).joined(separator: ", "))")
      }
    }
  }

  private static func axes(_ reader: ValueReader) -> [Axis] {
    reader.entries { entry, value in
      Axis(
        key: entry.key, location: entry.location,
        values: value.list { $0.node }.compactMap { $0 })
    }
  }

  private static func substitutions(_ reader: ValueReader) -> [Substitution] {
    reader.entries { entry, value in
      value.node.map { Substitution(path: entry.key, at: entry.location, value: $0) }
    }.compactMap { $0 }
  }

  func expanded(
    _ tree: YAMLNode, base: RunSettings, loader: CostLoader, source: SourceFile,
    into diagnostics: Diagnostics
  ) -> Scenario {
    var cells: [Scenario.Cell] = []
    for variant in variants {
      let axes = variant.axes ?? axes
      for point in points(of: axes) {
        for one in series where variant.series.isEmpty || variant.series.contains(one.name) {
          guard cells.count < Self.cellLimit else {
            reader.error(
              "the sweep has more than \(Self.cellLimit) points", at: "sweep",
              hint: "split it into several files")
            return scenario([], source)
          }
          let swept = zip(axes, point).map {
            Substitution(path: $0.key, at: $0.location, value: $1)
          }
          let settings = decode(
            tree, one.substitutions + variant.substitutions + swept, base: base, loader: loader,
            protocolName: one.protocolName, into: diagnostics)
          guard let settings else { return scenario([], source) }
          cells.append(
            Scenario.Cell(
              protocolName: one.protocolName, series: one.name, variant: variant.name,
              parameters: parameters(axes, point),
              seeds: (0..<(variant.repeats ?? repeats)).map { firstSeed &+ UInt64($0) },
              settings: settings,
              substitutions: one.substitutions + variant.substitutions + swept))
        }
      }
    }
    checkReplay(cells)
    return scenario(cells, source)
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
    for axis in variants.compactMap(\.axes).joined() where !keys.contains(axis.key) {
      keys.append(axis.key)
    }
    return keys
  }

  private func parameters(_ axes: [Axis], _ point: [YAMLNode]) -> [String] {
    sweptKeys.map { key in
      zip(axes, point).first { $0.0.key == key }.map { $0.1.scalarText ?? "?" } ?? ""
    }
  }

  private func decode(
    _ tree: YAMLNode, _ substitutions: [Substitution], base: RunSettings, loader: CostLoader,
    protocolName: ProtocolName, into diagnostics: Diagnostics
  ) -> RunSettings? {
    guard !substitutions.isEmpty else {
      protocolName.check(base, reader)
      check(base)
      return diagnostics.hasErrors ? nil : base
    }
    let changed = tree.substituting(substitutions, in: ScenarioSpec.file, into: diagnostics)
    guard !diagnostics.hasErrors else { return nil }
    var settings: RunSettings?
    changed.decoded(as: ScenarioSpec.file, into: diagnostics) { reader in
      let decoded = RunSettings(reader, costs: loader)
      protocolName.check(decoded, reader)
      check(decoded)
      settings = decoded
      reader.ignoreUnread()
    }
    return diagnostics.hasErrors ? nil : settings
  }

  private func check(_ settings: RunSettings) {
    if measure == .records, settings.records == nil {
      reader.error(
        "'measure: records' needs 'records'", at: "measure",
        hint: "say under 'records' who shares what")
    }
  }

  private func points(of axes: [Axis]) -> [[YAMLNode]] {
    var points: [[YAMLNode]] = [[]]
    for axis in axes {
      points = points.flatMap { point in axis.values.map { point + [$0] } }
      if points.count > Self.cellLimit { return points }
    }
    return points.filter { point in
      !excluded.contains { rule in
        !rule.isEmpty
          && rule.allSatisfy { condition in
            zip(axes, point).contains {
              $0.key == condition.key && $1.scalarText == condition.value
            }
          }
      }
    }
  }

  private func scenario(_ cells: [Scenario.Cell], _ source: SourceFile) -> Scenario {
    Scenario(
      name: name, title: title, figure: figure, measure: measure, sweptKeys: sweptKeys,
      cells: cells, replay: replay, fileName: source.name, digest: TraceDigest())
  }
}

extension Scenario.Replay {
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
    guard let breaks, reader.isSound("breaks"), InvariantCatalog.description(of: breaks) == nil
    else { return }
    reader.error(
      "there is no invariant '\(breaks)'", at: "breaks",
      hint: nearestName(to: breaks, among: InvariantCatalog.all.map(\.id)).map {
        "did you mean '\($0)'?"
      })
  }
}

extension YAMLNode {
  /// The text of a scalar.
  var scalarText: String? {
    if case .scalar(let text, _) = content { return text }
    return nil
  }
}
