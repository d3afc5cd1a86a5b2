import Notation
import RunPlans
import YAMLDocuments

/// Finds what a scenario file says and no run of it heeds.
///
/// A key is judged in every cell in which it stands; it is reported if it has no effect in any of
/// them. Where a key is declared, so is what it needs (``Need``).
struct EffectAudit {
  /// Where something was written: a value, or an item of a list as a whole.
  private struct Place: Hashable {
    var line: Int
    var column: Int
    var isItem: Bool

    init(_ location: Location, isItem: Bool) {
      line = location.line
      column = location.column
      self.isItem = isItem
    }
  }

  private struct Idle {
    var place: Place
    var path: String
    var location: Location
    var need: Need
  }

  private let source: SourceFile
  private var present: Set<Place> = []
  private var effective: Set<Place> = []
  private var idle: [Place: Idle] = [:]
  private var order: [Place] = []

  /// An audit of one file; what was set on the command line is no part of it.
  init(_ source: SourceFile) { self.source = source }

  /// Looks at everything that one cell has.
  mutating func note(_ tree: YAMLNode, _ settings: RunPlan, of name: Subject) {
    let written = WrittenKey(
      run: DescribedRun(settings, of: name), mapping: tree, value: tree)
    visit(tree, .mapping(ScenarioSpec.run), "", written)
  }

  private mutating func visit(
    _ node: YAMLNode, _ kind: ValueKind, _ path: String, _ written: WrittenKey
  ) {
    switch (kind, node.content) {
    case (.mapping(let spec), .mapping(let entries)):
      for entry in entries {
        guard let key = spec[entry.key] else { continue }
        let inner = path.isEmpty ? entry.key : "\(path).\(entry.key)"
        let location = entry.value.location(orKey: entry.location)
        var asked = written
        asked.mapping = node
        asked.value = entry.value
        // A section is pointed at by its name; values of a sweep share the name.
        let shown = entry.value.form == .scalar ? location : entry.location
        if judge(location, isItem: false, inner, key.need, asked, shown: shown) {
          visit(entry.value, key.kind, inner, written)
        }
      }
    case (.list(let itemKind, _), .sequence(let items)):
      for (index, item) in items.enumerated() {
        var need: Need?
        if case .mapping(let spec) = itemKind { need = spec.need }
        var asked = written
        asked.mapping = item
        asked.value = item
        let inner = "\(path).\(index)"
        if judge(item.location, isItem: true, inner, need, asked) {
          visit(item, itemKind, inner, written)
        }
      }
    case (.entries(let valueKind, _), .mapping(let entries)):
      for entry in entries {
        let inner = "\(path).\(entry.key)"
        let location = entry.value.location(orKey: entry.location)
        if judge(location, isItem: false, inner, nil, written) {
          visit(entry.value, valueKind, inner, written)
        }
      }
    case (.either(let kinds), _):
      if let chosen = kinds.first(where: { $0.form == node.form }) {
        visit(node, chosen, path, written)
      }
    default: break
    }
  }

  /// Whether it has an effect in this cell.
  private mutating func judge(
    _ location: Location, isItem: Bool, _ path: String, _ need: Need?, _ written: WrittenKey,
    shown: Location? = nil
  ) -> Bool {
    guard location.source === source else { return need.map { $0.holds(written) } ?? true }
    let place = Place(location, isItem: isItem)
    present.insert(place)
    guard let need, !need.holds(written) else {
      effective.insert(place)
      return true
    }
    if idle[place] == nil {
      idle[place] = Idle(place: place, path: path, location: shown ?? location, need: need)
      order.append(place)
    }
    return false
  }

  /// Whether a value that a series, a variant or a sweep sets stands in some cell.
  func hasPlace(_ substitution: Substitution) -> Bool {
    let location = substitution.value.location
    guard location.source === source, !substitution.value.isNothing else { return true }
    return present.contains(Place(location, isItem: false))
      || present.contains(Place(location, isItem: true))
      || idle.values.contains { "\(substitution.path).".hasPrefix("\($0.path).") }
  }

  /// Reports what has no effect in any cell.
  func report(into diagnostics: Diagnostics) {
    for place in order where !effective.contains(place) {
      guard let found = idle[place] else { continue }
      diagnostics.error(
        "'\(found.path)' has no effect in any run: it needs \(found.need.text)",
        path: found.path, at: found.location,
        hint: "remove it, or change what makes it pointless")
    }
  }
}
