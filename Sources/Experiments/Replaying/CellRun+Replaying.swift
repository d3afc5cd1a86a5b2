import DiscreteEvents
import Invariants
import RunPlans
import Simulator

/// What is to be shown of a run.
struct DiagramRequest: Sendable {
  /// The first instant, or nil for the beginning of the last round.
  var from: VirtualTime?
  /// The last instant, or nil for the first violation or the end.
  var to: VirtualTime?
  /// So many elements can be shown.
  var limit: Int
}

/// A run that was carried out for its diagrams.
struct DiagramRun: Sendable {
  var outcome: Outcome
  /// Nil if it has too many elements in the part that was asked for.
  var scene: DiagramScene?
}

extension CellRun {
  /// Carries the run out, twice: once to find what is to be shown, once to keep it.
  func diagram(_ request: DiagramRequest) -> DiagramRun {
    let first = run.watched(by: DiagramOverview())
    guard let overview = first.watcher as? DiagramOverview else {
      preconditionFailure("a run gives its watcher back")
    }
    var outcome = first.outcome
    outcome.violations = outcome.failures
    let judged = judge(outcome.violations, Expectations(cell.settings.expectations))
    let violation = judged.unexpected.first ?? outcome.violations.first
    let isStarved =
      violation.map { $0.isCut || $0.invariant == cell.subject.traits.progressInvariant } ?? false
    // Where a run goes on behind the violation, somebody may want to see what followed.
    let broken = violation.flatMap { $0.time >= request.from ?? .zero ? $0.time : nil }
    let end = request.to ?? broken ?? outcome.end
    let start = request.from ?? min(overview.lastRound(until: end), end)
    let lanes = LaneTable(cell.settings)
    let isExplicit = request.from != nil || request.to != nil
    // A person who did not choose wants to see the essence.
    let limit = isExplicit ? request.limit : request.limit * (isStarved ? 2 : 6) / 10
    // How a run got stuck shows at the beginning, what broke at the end.
    let second = run.watched(
      by: DiagramRecorder(
        from: start, to: end, limit: limit, keeping: isStarved ? .first : .last, lanes: lanes))
    guard var recorder = second.watcher as? DiagramRecorder else {
      preconditionFailure("a run gives its watcher back")
    }
    let from = recorder.finish(showsCauses: !isExplicit)
    if recorder.isCut, isExplicit { return DiagramRun(outcome: outcome, scene: nil) }
    var scene = scene(
      of: recorder.arrows, recorder.signs, from: from, to: recorder.isCut ? recorder.to : end,
      kinds: cell.subject.traits.kinds, lanes, violation)
    for change in overview.changes where change.node.index < scene.lanes.count {
      scene.lanes[change.node.index].note(change.condition, at: change.time)
    }
    scene.subtitle += ", digest \(outcome.digest)"
    if recorder.isCut {
      scene.notes.append(
        "The last round has more than \(limit) messages and steps: only its "
          + (isStarved ? "beginning" : "end") + " is shown.")
    }
    if recorder.hiddenCount > 0 {
      scene.notes.append("\(recorder.hiddenCount) more messages under way are not shown.")
    }
    return DiagramRun(outcome: outcome, scene: scene)
  }

  private func scene(
    of arrows: [DiagramScene.Arrow], _ signs: [DiagramScene.Sign], from: VirtualTime,
    to: VirtualTime, kinds: [String], _ table: LaneTable, _ violation: Violation?
  ) -> DiagramScene {
    var lanes = (0..<table.replicas).map { DiagramScene.Lane(name: "replica \($0)", id: "r\($0)") }
    for machine in 0..<table.machines {
      let name = table.machines == 1 ? "clients" : "clients \(machine)"
      lanes.append(DiagramScene.Lane(name: name, id: "c\(machine)"))
    }
    let shown = violation.map {
      DiagramScene.Break(
        invariant: $0.invariant, time: $0.time, lane: $0.replica?.index, detail: $0.detail)
    }
    let title =
      violation.map {
        "\(cell.subject.title) \($0.isCut ? "was cut short" : "breaks \($0.invariant)")"
      }
      ?? "\(cell.subject.title)"
    let swept = cell.parameters.filter { !$0.isEmpty }
    let place = ([cell.series] + (cell.variant == "default" ? [] : [cell.variant]) + swept)
      .joined(separator: ", ")
    return DiagramScene(
      title: title, subtitle: "\(place), n = \(table.replicas), seed \(seed)", lanes: lanes,
      kinds: kinds, from: from, to: to, arrows: arrows, signs: signs, violation: shown, notes: [])
  }
}

extension DiagramScene.Lane {
  /// Notes a change of the node.
  fileprivate mutating func note(_ condition: NodeCondition, at time: VirtualTime) {
    switch condition {
    case .byzantine: byzantine = byzantine ?? time
    case .lying: break
    case .crashed: downs.append(DiagramScene.Down(from: time, until: nil))
    case .restarted, .rolledBack, .amnesiac:
      guard let last = downs.indices.last, downs[last].until == nil else { return }
      downs[last].until = time
      downs[last].isForgetful = condition == .amnesiac
    }
  }
}
