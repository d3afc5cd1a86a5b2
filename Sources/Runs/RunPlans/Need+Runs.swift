import Faults
import Notation
import PBFT
import SCPBFT
import Simulator

/// The run that a key is judged in.
package struct DescribedRun: Sendable {
  var subject: Subject
  var plan: RunPlan

  /// Describes a run.
  package init(_ plan: RunPlan, of subject: Subject) {
    self.plan = plan
    self.subject = subject
  }
}

extension WrittenKey {
  private var described: DescribedRun {
    guard let run = run as? DescribedRun else {
      preconditionFailure("the keys of a plan are judged in its runs")
    }
    return run
  }

  /// The protocol of the run.
  package var subject: Subject { described.subject }
  /// What the run depends on.
  package var plan: RunPlan { described.plan }
}

extension Need {
  /// A series that runs one of the protocols of this sort.
  static func runs(_ holds: @escaping @Sendable (SubjectTraits) -> Bool) -> Need {
    let titles = Subjects.all.filter { holds($0.traits) }.map(\.title)
    return Need("a series that runs \(listed(titles).replacing("'", with: ""))") {
      holds($0.subject.traits)
    }
  }

  /// A series that runs a protocol which has this section.
  static func runs(section: String) -> Need {
    runs { $0.sections.contains { $0.name == section } }
  }

  /// A series whose clients give requests up.
  static let declining = runs { $0.clients.hasTimeout }

  /// Clients ask one replica at a time.
  static let oneServer = Need("Raft, or a 'dispatch' to one replica") {
    switch $0.text(of: "dispatch") {
    case "leader", "one": true
    case "multicast": false
    default: $0.subject.traits.clients.dispatch != .multicast
    }
  }

  /// Clients believe a single replica.
  static let oneReply = runs { $0.clients.replies == .fixed }

  /// Replicas give up requests.
  static let givingUp = Need("a 'raft.request-timeout'") { $0.subject.traits.givesUp($0.plan) }

  /// Messages are simulated.
  static let messages = Need("'model: messages'") { $0.plan.model == .messages }

  /// Membership changes at the end of epochs.
  static let epochs = Need("an 'epoch-length'") { $0.plan[CheckedPBFTKeys.self].epochLength != nil }

  /// The behaviour of a fault makes use of the key.
  static func behaviour(
    _ text: String, _ uses: @escaping @Sendable (WrittenKey, Behaviour.Kind) -> Bool
  ) -> Need {
    Need(text) { written in
      // An unknown behaviour is a mistake of its own.
      written.text(of: "behaviour").flatMap(Behaviour.Kind.init).map { uses(written, $0) } ?? true
    }
  }

  /// The lead is handed on: Raft does so on command, PBFT where its rotation is not on suspicion.
  static let handingOver = Need("Raft, or a 'pbft.rotation' other than 'on-suspicion'") {
    $0.subject.traits.isCommandable && $0.subject.traits.handsOver($0.plan)
  }

  /// Some link has the latency of the whole network; with a table of a cloud there may be none.
  static let commonLinks = Need("a link that 'cloud' does not describe") { written in
    guard written.text(of: "cloud") ?? "none" != "none" else { return true }
    let links = written.plan.network.groupLinks
    let groups = Set(written.plan.nodes.map(\.group)).filter { $0 < links.count }
    return groups.contains { first in groups.contains { links[first][$0] == 0 } }
  }

  /// Nobody shares records, which are an application of their own.
  static let noWorkload = Need("no 'records'") { $0.plan.workload == nil }

  /// A command moves the lead.
  static let commandable = runs { $0.isCommandable }

  /// A rotation between tests needs a command between tests.
  static let turns = Need("a 'schedule.rotation-delay' for 'per-test'") {
    guard $0.plan[PBFTConfiguration<RoundRobin>.self].rotation == .onCommand else { return true }
    if case .healing(let plan) = $0.plan.schedule { return plan.rotation != nil }
    guard case .tests(let plan) = $0.plan.schedule,
      case .window(_, .some, _) = plan.ending
    else { return false }
    return true
  }

  /// Membership changes; in the slot model it always does.
  static let shrinking = Need("an 'epoch-length'") {
    $0.plan.model == .slots || $0.plan[CheckedPBFTKeys.self].epochLength != nil
  }

  /// The item begins before the run ends, where the end is known.
  static func begins(_ key: String) -> Need {
    Need("an end of the run after its '\(key)'") { written in
      guard let text = written.text(of: key),
        case .success(let begin) = QuantityText.parse(text, as: .duration),
        let end = written.plan.latestEnd
      else { return true }
      return begin < end.nanoseconds
    }
  }
}
