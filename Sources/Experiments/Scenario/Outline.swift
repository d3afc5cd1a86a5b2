import DiscreteEvents
import Invariants
import Notation
import RunPlans
import YAMLDocuments

/// The keys of a scenario that say which runs there are.
struct Outline {
  struct Series {
    var subject: Subject
    var name: String
    var substitutions: [Substitution]
    /// What is swept for this series alone.
    var axes: [Axis]
    var location: Location
  }

  struct Variant {
    var name: String
    var location: Location
    /// All that it says, for comparisons.
    var content: String
    var substitutions: [Substitution]
    var series: [String]
    var axes: [Axis]?
    var repeats: Int?
  }

  /// Swept values that are left out together.
  struct Exclusion {
    var conditions: [(key: String, value: String)]
    var location: Location
  }

  struct Axis {
    var key: String
    var location: Location
    var values: [AxisValue]
    /// Whether its values go with those of the other zipped axes, place by place.
    var isZipped: Bool
  }

  /// The most runs a scenario may describe, so that a slip of the sweep does not fill the memory.
  static let cellLimit = 10_000

  /// The most runs: each cell keeps its seeds.
  static let runLimit = 1_000_000

  /// The most values that are read for all points together; a file has tens to hundreds.
  static let readingLimit = 20_000_000

  /// The most machines of all points together, which all keep what describes them.
  static let machineLimit = 4_000_000

  let reader: MappingReader
  var name: String
  var title: String
  var figure: String
  var measure: Scenario.Measure
  var firstSeed: UInt64
  var repeats: Int
  var until: StoppingRule?
  var series: [Series]
  var variants: [Variant]
  var axes: [Axis]
  var excluded: [Exclusion]
  var replay: Scenario.Recording?

  init(_ reader: MappingReader, seed: UInt64?) {
    self.reader = reader
    name = reader["name"].text()
    title = reader.optional("title")?.text() ?? ""
    figure = reader["figure"].text()
    measure = Scenario.Measure(rawValue: reader["measure"].choice()) ?? .metrics
    let written = reader["seed"].integer()
    firstSeed = seed ?? UInt64(written)
    until = reader.optional("until")?.mapping { StoppingRule($0) }
    repeats = until?.stopping.valuesAtMost ?? reader["repeat"].integer()
    series = reader["series"].list { item in
      item.mapping { series in
        let subject = Subjects.named(series["protocol"].choice()) ?? .pbft
        return Series(
          subject: subject,
          name: series.optional("name")?.text() ?? subject.title,
          substitutions: Self.substitutions(series["with"]), axes: Self.axes(series["sweep"]),
          location: series.location)
      }
    }
    let grid = Self.axes(reader["sweep"])
    let zipped = Self.zippedAxes(reader["zip"])
    axes = grid + zipped
    variants = reader["variants"].list { item in
      item.mapping { variant in
        let own = (
          grid: variant.optional("sweep").map { Self.axes($0) },
          zipped: variant.optional("zip").map { Self.zippedAxes($0) }
        )
        return Variant(
          name: variant["name"].text(), location: variant.location,
          content: item.node.map { YAMLText.flow($0) } ?? "",
          substitutions: Self.substitutions(variant["with"]),
          series: variant["series"].list { $0.text() },
          axes: own.grid == nil && own.zipped == nil
            ? nil : (own.grid ?? grid) + (own.zipped ?? zipped),
          repeats: variant.optional("repeat")?.integer())
      }
    }
    excluded = reader["exclude"].list { item in
      Exclusion(
        conditions: item.entries { entry, value in (entry.key, value.node?.sweptText ?? "") },
        location: item.place)
    }
    replay = reader.optional("replay")?.mapping { Scenario.Recording($0) }
    check()
  }

  /// Everything that is swept: by the file, by variants and by series.
  var allAxes: [Axis] {
    axes + variants.compactMap(\.axes).joined() + series.flatMap(\.axes)
  }

  /// Reports key paths that name what describes the whole file, and values that are swept twice.
  private func checkPaths() {
    for substitution in series.flatMap(\.substitutions) + variants.flatMap(\.substitutions) {
      checkPath(substitution.path, at: substitution.location)
    }
    for one in series {
      for axis in one.axes
      where (axes + variants.compactMap(\.axes).joined()).contains(where: { $0.key == axis.key }) {
        reader.error(
          "'\(axis.key)' is swept for the series '\(one.name)' and for all", at: axis.location,
          hint: "remove one")
      }
    }
    for axes in [axes] + variants.compactMap(\.axes) {
      for (place, axis) in axes.enumerated()
      where axes.prefix(place).contains(where: { $0.key == axis.key }) {
        reader.error(
          "'\(axis.key)' is swept in 'sweep' and in 'zip'", at: axis.location, hint: "remove one")
      }
    }
    for axis in allAxes {
      checkPath(axis.key, at: axis.location)
      if axis.isZipped { continue }
      var texts: [String] = []
      for value in axis.values {
        let text = value.text
        if texts.contains(text) {
          reader.error(
            "'\(axis.key)' is swept over \(text) twice", at: value.node.location, hint: "remove one"
          )
        }
        texts.append(text)
      }
    }
  }

  private func checkPath(_ path: String, at location: Location) {
    let first = path.split(separator: ".", omittingEmptySubsequences: false).first ?? ""
    guard ScenarioSpec.file[String(first)] != nil, ScenarioSpec.run[String(first)] == nil else {
      return
    }
    reader.error(
      "'\(path)' belongs to the whole file: no series, variant or sweep changes it",
      at: location, hint: Self.hint(for: String(first)))
  }

  private static func hint(for key: String) -> String {
    switch key {
    case "seed", "repeat", "until": "use 'seed' and 'repeat' at the top level"
    case "series": "list several series instead"
    case "name", "title", "figure", "measure": "write another file"
    default: "write it at the top level"
    }
  }

  private func checkNames() {
    for (index, one) in variants.enumerated() {
      let twin = variants.prefix(index).contains {
        $0.name == one.name && $0.content == one.content
      }
      if twin {
        reader.error(
          "the variant '\(one.name)' is described twice", at: one.location, hint: "remove one")
      }
    }
    for one in series {
      let runs = variants.contains { $0.series.isEmpty || $0.series.contains(one.name) }
      if !runs {
        reader.error(
          "no variant runs the series '\(one.name)'", at: one.location,
          hint: "remove it, or name it under 'series' of a variant")
      }
    }
    for variant in variants {
      for (index, name) in variant.series.enumerated()
      where variant.series.prefix(index).contains(name) {
        reader.error(
          "the variant '\(variant.name)' names the series '\(name)' twice", at: variant.location)
      }
    }
  }

  private func checkUntil() {
    guard until != nil else { return }
    if reader.isSound("measure"), measure != .metrics {
      reader.error(
        "'until' needs 'measure: metrics', whose rows are runs", at: "until",
        hint: "write 'measure: metrics', or 'repeat' instead")
    }
    for variant in variants where variant.repeats != nil {
      reader.error(
        "'repeat' of the variant '\(variant.name)' cannot stand beside 'until'",
        at: variant.location,
        hint: "remove one of the two")
    }
  }

  private func check() {
    checkPaths()
    checkNames()
    checkUntil()
    let isPlain =
      !name.isEmpty
      && name.utf8.allSatisfy {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
      }
    if reader.isSound("name"), !isPlain {
      reader.error(
        "'\(name)' cannot name files", at: "name", hint: "use a-z, 0-9 and hyphens")
    }
    checkFileName()
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

  private func checkFileName() {
    guard reader.isSound("name") else { return }
    if [ResultNames.claims, ResultNames.cryptoCosts].contains(name) {
      reader.error(
        "'\(name).csv' is another result file's name", at: "name", hint: "choose another")
    }
    if let ending = ResultNames.endings.first(where: name.hasSuffix) {
      reader.error(
        "a name cannot end in '\(ending)': '\(name).csv' would be a further file of another scenario",
        at: "name", hint: "choose another")
    }
  }

  private static func substitutions(_ reader: ValueReader) -> [Substitution] {
    reader.entries { entry, value in
      value.node.map { Substitution(path: entry.key, at: entry.location, value: $0) }
    }.compactMap { $0 }
  }
}

extension YAMLNode {
  /// How many scalars and collections there are from here on.
  var valueCount: Int {
    switch content {
    case .scalar: 1
    case .sequence(let items): items.reduce(1) { $0 + $1.valueCount }
    case .mapping(let entries): entries.reduce(1) { $0 + $1.value.valueCount }
    }
  }

  /// The value as one line of text, as `--set` takes it.
  var sweptText: String { scalarText ?? YAMLText.flow(self) }
}
