import ConsensusCore
import DiscreteEvents
import Invariants
import Notation
import RunPlans
import SCPBFT
import Simulator

/// A failing plan as a script for people: who takes part, what happens when, what broke.
public struct PlanScript {
  /// The script, several lines without a line end behind the last.
  public let text: String

  /// Tells a plan.
  public init(_ plan: FailingPlan) {
    let cell = plan.cell
    let settings = cell.settings
    var lines = [
      "\(cell.subject.title), \(settings.replicas) replicas, seed \(plan.seed)"
    ]
    lines += Self.cast(settings).map { "  \($0)" }
    var acts = Self.acts(settings, of: cell.subject)
    acts.sort { ($0.time, $0.order) < ($1.time, $1.order) }
    let last = plan.violation.time
    // A run that was cut short did not come to the rest.
    if plan.violation.isCut { acts.removeAll { $0.time > last } }
    let times = acts.map { Self.time($0.time) } + [Self.time(last)]
    let width = times.map(\.count).max() ?? 0
    func line(_ time: String, _ text: String) -> String {
      "  " + String(repeating: " ", count: width - time.count) + time + "  " + text
    }
    if !acts.isEmpty { lines.append("what happens") }
    lines += zip(times, acts).map { line($0, $1.text) }
    lines.append(plan.violation.isCut ? "how it ends" : "what breaks")
    let place = plan.violation.replica.map { " at replica \($0)" } ?? ""
    lines.append(
      line(Self.time(last), "\(plan.violation.invariant)\(place): \(plan.violation.detail)"))
    if let known = InvariantCatalog.description(of: plan.violation.invariant) {
      lines.append("  (\(known.id), \(known.source): \(known.statement))")
    }
    text = lines.joined(separator: "\n")
  }

  /// Something that the plan has happen.
  private struct Act {
    var time: VirtualTime
    var order: Int
    var text: String
  }

  // MARK: Who takes part

  private static func cast(_ settings: RunPlan) -> [String] {
    var lines: [String] = []
    let law = settings.network.classes[0]
    var network = "messages take \(text(law.latency))"
    if law.loss > 0 { network += ", \(percent(law.loss)) are lost" }
    if law.duplication > 0 { network += ", \(percent(law.duplication)) arrive twice" }
    if law.isFIFO { network += ", in order on each link" }
    let others = settings.network.overrides.count + settings.network.classes.count - 1
    if others > 0 { network += "; some links have laws of their own" }
    lines.append(network)
    if let workload = settings.workload {
      lines.append(workload.story)
    } else {
      for (index, client) in settings.clients.enumerated() {
        lines.append("client machine \(index): \(text(client))")
      }
    }
    for (index, node) in settings.nodes.prefix(settings.replicas).enumerated()
    where node.timerScale != .one {
      let scale = Int((Double(node.timerScale.fixed) / Double(Ratio.one.fixed) * 1000).rounded())
      lines.append(
        "the clock of replica \(index) takes \(thousandths(scale)) of the time it should")
    }
    return lines
  }

  private static func text(_ client: RunPlan.Client) -> String {
    var text: String
    switch client.load {
    case .closed(let connections, let pause):
      text = connections == 1 ? "1 connection" : "\(connections) connections"
      if let pause { text += ", pauses of \(Self.text(pause))" }
    case .open(let rate): text = "\(rate) requests per second"
    default: text = "requests of parties"
    }
    if case .member(let member)? = client.dispatch { text += ", stays with replica \(member)" }
    if let span = client.retransmission { text += ", asks again after \(Self.span(span))" }
    switch client.attack {
    case .forkedRequests: text += ", tells replicas different requests"
    case .badSignatures: text += ", signs badly towards some"
    case .repeatedTimestamps: text += ", uses timestamps twice"
    case .hugeTimestamps: text += ", counts from a huge timestamp"
    case nil: break
    }
    return text
  }

  // MARK: What happens

  private static func acts(_ settings: RunPlan, of subject: Subject) -> [Act] {
    var acts: [Act] = []
    func add(_ time: VirtualTime, _ text: String) {
      acts.append(Act(time: time, order: acts.count, text: text))
    }
    for fault in settings.faults {
      add(fault.activation.from, text(fault))
      let hasEnd = fault.activation.until < .distantFuture
      if hasEnd, fault.isByzantine {
        add(fault.activation.until, "\(culprits(fault)) no longer: \(verb(fault))")
      }
    }
    for change in settings.network.changes {
      add(change.at, text(change, in: settings))
      if let until = change.until {
        add(until, "over: \(text(change, in: settings))")
      }
    }
    switch settings.schedule {
    case .healing(let plan):
      let count = plan.requests == 1 ? "a request" : "\(plan.requests) requests"
      add(
        plan.at,
        "the faults are over: every client must have \(count) served within \(span(plan.within))")
    case .tests(let plan):
      add(.zero, plan.tests == 1 ? "a test" : "the first of \(plan.tests) tests")
    case .window(let warmup, let duration):
      add(.zero, "clients begin; the run lasts \(span(warmup + duration))")
    case .blocks(let count): add(.zero, "clients begin; the run lasts \(count) blocks")
    }
    return acts
  }

  private static func culprits(_ fault: RunPlan.Fault) -> String {
    switch fault.culprits {
    case .replicas(let named):
      let names = named.map(\.description)
      return names.count == 1 ? "replica \(names[0])" : "replicas \(names.joined(separator: ", "))"
    case .random(let count): return count == 1 ? "a drawn replica" : "\(count) drawn replicas"
    case .arrivals(let rounds): return "one more replica each \(rounds) rounds"
    }
  }

  private static func text(_ fault: RunPlan.Fault) -> String {
    var text = "\(culprits(fault)): \(verb(fault))"
    var conditions: [String] = []
    let activation = fault.activation
    if let numbers = activation.messages {
      conditions.append(
        fault.isByzantine
          ? "its messages \(numbers.lowerBound) to \(numbers.upperBound)"
          : "after its message \(numbers.lowerBound)")
    }
    if !fault.kinds.isEmpty { conditions.append("of \(fault.kinds.joined(separator: ", "))") }
    if let replicas = fault.recipients.replicas {
      let names = replicas.members.map(\.description)
      conditions.append("towards \(names.joined(separator: ", "))")
    }
    if activation.asPrimary { conditions.append("while it leads") }
    if activation.alternateTurns { conditions.append("in every other turn") }
    if let views = activation.views {
      conditions.append(
        views.lowerBound == views.upperBound
          ? "in view \(views.lowerBound)" : "in views \(views.lowerBound) to \(views.upperBound)")
    }
    if activation.afterRounds > 0 { conditions.append("after \(activation.afterRounds) decisions") }
    if fault.isByzantine, fault.probability < 1 { conditions.append(percent(fault.probability)) }
    let isStop = !fault.isByzantine
    if isStop, activation.until < .distantFuture, !conditions.isEmpty {
      conditions.append("before \(time(activation.until))")
    }
    if !conditions.isEmpty { text += " (\(conditions.joined(separator: ", ")))" }
    return text
  }

  private static func verb(_ fault: RunPlan.Fault) -> String {
    let length = fault.details.span.map { " for \(span($0))" }
    switch fault.behaviour {
    case .crash:
      let back = length ?? " for good"
      switch fault.details.disk {
      case .kept: return "crashes\(back)"
      case .lost: return "crashes\(back) and loses its disk"
      case .unsynced: return "crashes\(back) and loses what it wrote since it last sent something"
      case .torn(let writes):
        return "crashes\(back) when the power fails at its "
          + (writes == 0 ? "next write" : "next write but \(writes)")
      }
    case .pause: return "stands still\(length ?? "")"
    case .delay: return "holds messages back by \(fault.details.law.map { text($0) } ?? "0 s")"
    case .slow: return "holds messages back by \(fault.details.span.map { span($0) } ?? "0 s")"
    case .duplicate: return "sends \(fault.details.copies) further copies"
    case .withhold: return "withholds \(fault.details.hiddenBlocks) blocks"
    default: return fault.behaviour.seen
    }
  }

  private static func text(_ change: NetworkChange, in settings: RunPlan) -> String {
    let replicas = settings.replicas
    func name(_ selector: NodeSelector) -> String {
      let nodes = selector.listed.map {
        $0.index < replicas ? "replica \($0.index)" : "client machine \($0.index - replicas)"
      }
      switch selector {
      case .all: return "everybody"
      case .nodes: return nodes.joined(separator: ", ")
      case .groups(let groups, _):
        return (groups.map { "group \(settings.groups.names[$0])" } + nodes)
          .joined(separator: ", ")
      }
    }
    let ends = "from \(name(change.from)) to \(name(change.to))"
    switch change.effect {
    case .cut: return "nothing passes \(ends)"
    case .slower(let by): return "messages \(ends) take \(span(by)) longer"
    case .loss(let loss): return "\(percent(loss)) of the messages \(ends) are lost"
    case .law: return "another law holds \(ends)"
    }
  }

  // MARK: Numbers

  /// A span in the unit that people use for such a length, exactly.
  static func span(_ span: VirtualDuration) -> String {
    let nanoseconds = span.nanoseconds
    let units = Quantity.duration.units
    let unit = units.last {
      nanoseconds >= $0.factor && nanoseconds % max(1, $0.factor / 1000) == 0
    }
    guard let unit, unit.factor > 1 else { return "\(nanoseconds) ns" }
    var rest = "\(1000 + nanoseconds % unit.factor * 1000 / unit.factor)".dropFirst()
    while rest.last == "0" { rest.removeLast() }
    return "\(nanoseconds / unit.factor)\(rest.isEmpty ? "" : ".")\(rest) \(unit.name)"
  }

  /// Milliseconds with three decimals, cut.
  static func time(_ time: VirtualTime) -> String {
    "\(thousandths(Int(time.nanoseconds / 1000))) ms"
  }

  /// The same without zeros at the end.
  static func milliseconds(_ time: VirtualTime) -> String {
    var text = thousandths(Int(time.nanoseconds / 1000))
    while text.last == "0" { text.removeLast() }
    return text.last == "." ? String(text.dropLast()) : text
  }

  /// A span with about three digits.
  static func roughly(_ span: VirtualDuration) -> String {
    var power: Int64 = 1
    while span.nanoseconds / power >= 1000 { power *= 10 }
    return Self.span(VirtualDuration(nanoseconds: span.nanoseconds / power * power))
  }

  private static func thousandths(_ number: Int) -> String {
    let rest = "\(number % 1000)"
    return "\(number / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
  }

  private static func percent(_ probability: Double) -> String {
    "\(ValueKind.plain((probability * 1e6).rounded() / 1e4)) %"
  }

  private static func text(_ law: Distribution) -> String {
    switch law {
    case .constant(let value): span(value)
    case .uniform(let from, let to): "\(span(from)) to \(span(to))"
    case .exponential(let minimum, let mean):
      minimum == .zero
        ? "\(span(mean)) on average" : "\(span(minimum)) and \(span(mean)) on average"
    case .normal(let mean, let deviation): "\(span(mean)) ± \(span(deviation))"
    case .logNormal(let median, _): "\(span(median)) in the median"
    case .pareto(let minimum, _): "at least \(span(minimum))"
    }
  }
}
