import ConsensusCore
import DiscreteEvents
import Notation
import RunPlans
import Simulator
import Tables
import Traps

/// A page on which a run can be looked at event by event, alone or beside another run.
///
/// The page is one file that loads nothing: its data, its style and its program are in it.
public struct PlayerPage: Sendable {
  /// So many events of a run fit into a page; each takes some ten bytes.
  public static let eventLimit = 1_000_000

  /// The page.
  public let bytes: [UInt8]
  /// The events of each run.
  public let events: [Int]

  /// Carries runs out and makes their page.
  ///
  /// - Parameters:
  ///   - replays: One run or two.
  ///   - from: The first instant that is shown, or nil for the beginning.
  ///   - to: The last instant, or nil for the end.
  /// - Throws: ``TraceError`` where there is nothing to show, or too much.
  public init(
    _ replays: [Replay], from: VirtualDuration?, to: VirtualDuration?
  ) throws(TraceError) {
    if let from, let to, to <= from {
      throw TraceError(description: "error: '--to' is not after '--from'")
    }
    var runs: [PlayerRun] = []
    for replay in replays {
      runs.append(
        try replay.played(
          from: from.map { .zero + $0 } ?? .zero, to: to.map { .zero + $0 } ?? .distantFuture))
    }
    events = runs.map(\.count)
    let title = JSONText.string(replays[0].scenario.heading)
    let data = JSONText.object([
      ("title", title), ("part", .literal(from == nil ? "false" : "true")),
      ("runs", .array(runs.map { $0.json })),
    ])
    // No text of a scenario can end the element that holds it.
    let text = data.line.replacing("<", with: "\\u003c")
    let page = String(decoding: PackageResources.player_html, as: UTF8.self)
    bytes = Array(page.replacing("CONSIM-DATA", with: text, maxReplacements: 1).utf8)
  }
}

/// A run as a page reads it.
private struct PlayerRun {
  var json: JSONText
  var count: Int
}

extension Replay {
  /// Carries the run out, twice: to know what it breaks, and to keep its events.
  fileprivate func played(
    from: VirtualTime, to: VirtualTime
  ) throws(TraceError) -> PlayerRun {
    let run = CellRun(cell: cell, index: index, seed: seed)
    let lanes = LaneTable(cell.settings)
    let kinds = cell.subject.traits.kinds
    let (outcome, recorder) = TrapNote.during(scenario.note(index, seed: seed)) {
      let first = run.run.watched(by: DiagramOverview()).outcome
      let second = run.run.watched(
        by: PlayerRecorder(
          from: from, to: to, limit: PlayerPage.eventLimit, lanes: lanes, kinds: kinds.count,
          violations: first.violations.sorted { $0.time < $1.time }))
      guard var recorder = second.watcher as? PlayerRecorder else {
        preconditionFailure("a run gives its watcher back")
      }
      recorder.finish(first)
      return (first, recorder)
    }
    if from > outcome.end {
      throw TraceError(
        description: "\(scenario.fileName): error: the run ended at "
          + "\(PlanScript.milliseconds(outcome.end)) ms, before '--from'")
    }
    guard recorder.count > 0 else {
      throw TraceError(
        description: "\(scenario.fileName): error: nothing happens from '--from' to '--to'")
    }
    guard !recorder.isFull else {
      throw TraceError(
        description:
          "\(scenario.fileName): error: there are more than \(PlayerPage.eventLimit) events "
          + "in that time\n  choose a shorter time by '--from' and '--to'")
    }
    // A page counts nanoseconds in floating-point numbers.
    guard outcome.end.nanoseconds < 1 << 53 else {
      throw TraceError(
        description:
          "\(scenario.fileName): error: a page shows runs of up to 104 days of virtual time")
    }
    let json = JSONText.object(
      [
        ("name", .string(place)), ("seed", .literal(String(seed))),
        ("digest", .string(outcome.digest.description)),
        ("nodes", .array(lanes.json(cell.settings, recorder.before))),
        ("kinds", .array((kinds + recorder.partyKinds).map { .string($0) })),
        (
          "texts",
          .array(
            recorder.texts.templates.map {
              .array([.string($0.sorts)] + $0.parts.map { .string($0) })
            })
        ), ("words", .array(recorder.texts.words.map { .string($0) })),
        ("bands", .array(bands(until: outcome.end))),
        ("count", .literal(String(recorder.count))), ("data", .string(recorder.bytes.text)),
      ])
    return PlayerRun(json: json, count: recorder.count)
  }

  /// What the run is called on the page.
  private var place: String {
    ([cell.series] + (cell.variant == "default" ? [] : [cell.variant])
      + zip(scenario.sweptKeys, cell.parameters).filter { !$0.1.isEmpty }.map { "\($0)=\($1)" })
      .joined(separator: ", ")
  }

  /// The times in which links are not as usual.
  private func bands(until end: VirtualTime) -> [JSONText] {
    var spans: [(from: VirtualTime, to: VirtualTime, texts: [String])] = []
    for change in cell.settings.network.changes {
      let (from, to) = (change.at, min(change.until ?? end, end))
      let text =
        switch change.effect {
        case .cut: "links are cut"
        case .law: "another law of links"
        case .slower: "slow links"
        case .loss: "links lose copies"
        }
      if let known = spans.firstIndex(where: { $0.from == from && $0.to == to }) {
        if !spans[known].texts.contains(text) { spans[known].texts.append(text) }
      } else {
        spans.append((from, to, [text]))
      }
    }
    return spans.map { span in
      .object([
        ("from", .literal(String(span.from.nanoseconds))),
        ("to", .literal(String(span.to.nanoseconds))),
        ("text", .string(span.texts.joined(separator: ", "))),
      ])
    }
  }
}

extension LaneTable {
  /// The lanes as a page reads them.
  fileprivate func json(
    _ settings: RunPlan, _ before: [PlayerRecorder.LaneState]
  ) -> [JSONText] {
    let own = (0..<replicas).map { ("r\($0)", settings.nodes[$0].name) }
    let others =
      settings.workload == nil
      ? (0..<machines).map { ("c\($0)", "client machine \($0)") }
      : settings.nodes[replicas...].enumerated().map { ("p\($0)", $1.name) }
    return (own + others).enumerated().map { lane, names in
      var members: [(key: String, value: JSONText)] = [
        ("id", .string(names.0)), ("name", .string(names.1)),
      ]
      if lane < before.count {
        let state = before[lane]
        if let view = state.view { members.append(("view", .literal(String(view)))) }
        let marks = [
          ("leads", state.leads), ("byzantine", state.isByzantine), ("down", state.isDown),
        ]
        members += marks.filter(\.1).map { ($0.0, .literal("true")) }
      }
      return .object(members)
    }
  }
}
