import Notation
import RunPlans
import Tables

/// Points that tables tell apart, and what a measure needs.
extension Outline {
  /// Reports points whose rows no column tells apart: variants of one name, or one value in two
  /// spellings.
  func checkRows(of scenario: Scenario) {
    var seen: [[String]: Int] = [:]
    for (index, cell) in scenario.cells.enumerated() {
      let labels = scenario.labels(of: cell).map(\.text) + furtherLabels(of: cell)
      guard let other = seen.updateValue(index, forKey: labels) else { continue }
      let isVariant = scenario.cells[other].substitutions.count != cell.substitutions.count
      let point = ([cell.series, cell.variant] + cell.parameters.filter { !$0.isEmpty })
      return reader.error(
        "two points have the same row: \(point.joined(separator: ", "))",
        at: isVariant || scenario.sweptKeys.isEmpty ? "variants" : "sweep",
        hint: "give variants names of their own, and sweep over a value once")
    }
  }

  /// What the tables of the measure say of a point beside the labels that all tables have.
  private func furtherLabels(of cell: Scenario.Cell) -> [String] {
    let settings = cell.settings
    switch measure {
    case .tps, .latency, .records: return []
    case .metrics: return [String(settings.replicas)]
    case .survival:
      let epoch = settings.epochLength.map { String($0) } ?? "-"
      return [
        String(settings.replicas), settings.model.rawValue, String(cell.arrivalRounds), epoch,
      ]
    }
  }

  /// Reports a measure that the runs cannot fill.
  func checkMeasure(_ settings: RunPlan) {
    if settings.model == .slots, measure != .survival {
      reader.error(
        "the slot model counts turns only: there is nothing for 'measure: \(measure.rawValue)'",
        at: "model", hint: "write 'measure: survival' or 'model: messages'")
    }
    if measure == .survival {
      let arrives = settings.faults.contains { fault in
        if case .arrivals = fault.culprits { true } else { false }
      }
      if settings.horizonArrivals == nil {
        reader.error(
          "'measure: survival' needs 'schedule.arrivals', at which a run ends", at: "schedule",
          hint: "write 'schedule: { arrivals: 10 }'")
      } else if !arrives {
        reader.error(
          "'measure: survival' needs a fault with 'arrivals-every'", at: "faults",
          hint: "write '{ arrivals-every: 1 n, behaviour: silent }'")
      }
    }
    if measure == .records, settings.workload == nil {
      reader.error(
        "'measure: records' needs 'records'", at: "measure",
        hint: "say under 'records' who shares what")
    }
  }
}
