import ConsensusCore
import DiscreteEvents
import Faults
import Notation
import Raft
import Simulator

/// What keys of faults and of what takes time need.
extension Need {
  /// A behaviour about messages, or one that waits for the first of them.
  static let kinds = behaviour("a behaviour about messages") { written, kind in
    switch kind.agent {
    case .rule: true
    case .outage: written.mapping["sent"] != nil
    case .replica: false
    }
  }

  /// A behaviour towards others.
  static let recipients = behaviour("a behaviour towards others") { _, kind in
    kind == .twins || kind.agent == .rule
  }

  /// A behaviour that strikes copies of messages.
  static let copies = behaviour("a behaviour that strikes copies of messages") { _, kind in
    kind.agent == .rule
  }

  /// A behaviour that begins and ends.
  static let begun = behaviour("a behaviour that is no strategy for the whole run") { _, kind in
    kind.agent != .replica
  }

  private static func span(_ key: String, of rule: YAMLNode) -> Int64? {
    guard let text = rule[key]?.scalarText,
      case .success(let value) = QuantityText.parse(text, as: .duration)
    else { return nil }
    return value
  }

  /// Some work takes time.
  static let priced = Need("'costs' that are not free") { written in
    Work.allCases.contains { !written.plan.costs.isFree($0) }
      || written.plan.workload?.isPriced ?? false
  }

  /// There is a second test.
  static let second = Need("'tests' of at least 2") {
    guard case .tests(let plan) = $0.plan.schedule else { return false }
    return plan.tests > 1
  }

  /// Who sends again does so before it gives up.
  static let patience = Need("a 'timeout' after it") { written in
    guard written.subject.traits.clients.hasTimeout,
      let resend = span("retransmit-after", of: written.mapping)
    else { return true }
    let timeout = span("timeout", of: written.mapping) ?? VirtualDuration.seconds(10).nanoseconds
    return resend < timeout
  }

  /// Who is turned away asks again before it gives up.
  static let secondTry = Need("a longer 'timeout'") { written in
    guard let pause = span("retry-after", of: written.mapping),
      let patience = written.plan[RaftConfiguration.self].requestTimeout
    else { return true }
    let timeout = span("timeout", of: written.mapping) ?? VirtualDuration.seconds(10).nanoseconds
    return pause < timeout - min(timeout, patience.nanoseconds)
  }

  /// Signatures of clients are checked.
  static let signed = Need("a series that runs PBFT, sc-PBFT or PoW, which check signatures") {
    $0.subject.traits.clients.dispatch == .multicast || $0.value.scalarText != "bad-signatures"
  }

  /// A client of several asks for something.
  static let asking = Need("'connections' or a 'rate'") { written in
    written.plan.clients.count < 2 || written.mapping["rate"] != nil
      || written.text(of: "connections").map { Int($0) != 0 } ?? true
  }
}

extension RunPlan {
  /// The instant after which nothing happens, as far as the file shows; nil in the slot model.
  var latestEnd: VirtualTime? {
    guard model == .messages else { return nil }
    let limit = timeLimit
    switch schedule {
    case .window(let warmup, let duration):
      return horizonArrivals == nil ? min(limit, .zero + warmup + duration) : limit
    case .healing(let plan):
      return min(limit, plan.at + plan.within + (plan.settling?.within ?? .zero) * 3)
    case .tests(let plan):
      guard case .window(_, _, let interval) = plan.ending else { return limit }
      let (length, overflow) = interval.nanoseconds.multipliedReportingOverflow(
        by: Int64(plan.tests))
      return overflow ? limit : min(limit, VirtualTime(nanoseconds: length))
    case .blocks: return limit
    }
  }
}
