import DiscreteEvents
import Faults
import Notation
import Simulator

/// The run that a key is judged in.
struct DescribedRun: Sendable {
  var protocolName: ProtocolName
  var settings: RunSettings
}

extension WrittenKey {
  private var described: DescribedRun {
    guard let run = run as? DescribedRun else {
      preconditionFailure("the keys of a scenario are judged in its runs")
    }
    return run
  }

  /// The protocol of the run.
  var protocolName: ProtocolName { described.protocolName }
  /// What the run depends on.
  var settings: RunSettings { described.settings }
}

extension Need {
  /// A series that runs one of these protocols.
  static func runs(_ names: ProtocolName...) -> Need {
    let titles = names.map(\.title)
    return Need("a series that runs \(listed(titles).replacing("'", with: ""))") {
      names.contains($0.protocolName)
    }
  }

  /// Clients ask one replica at a time.
  static let oneServer = Need("Raft, or a 'dispatch' to one replica") {
    switch $0.text(of: "dispatch") {
    case "leader", "one": true
    case "multicast": false
    default: $0.protocolName == .raft
    }
  }

  /// Messages are simulated.
  static let messages = Need("'model: messages'") { $0.settings.model == .messages }

  /// Membership changes at the end of epochs.
  static let epochs = Need("an 'epoch-length'") { $0.settings.checking.epochLength != nil }

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
    switch $0.protocolName {
    case .raft: true
    case .pow: false
    case .pbft, .scPBFT: $0.settings.agreement.rotation != .onSuspicion
    }
  }

  /// Nobody shares records, which are an application of their own.
  static let noRecords = Need("no 'records'") { $0.settings.records == nil }

  /// A command moves the lead.
  static let commandable = Need("a series that runs PBFT, sc-PBFT or Raft") {
    $0.protocolName != .pow
  }

  /// A rotation between tests needs a command between tests.
  static let turns = Need("a 'schedule.rotation-delay' for 'per-test'") {
    guard $0.settings.agreement.rotation == .perTest else { return true }
    if case .healing(let plan) = $0.settings.schedule { return plan.rotation != nil }
    guard case .tests(let plan) = $0.settings.schedule,
      case .window(_, .some, _) = plan.ending
    else { return false }
    return true
  }

  /// Membership changes; in the slot model it always does.
  static let shrinking = Need("an 'epoch-length'") {
    $0.settings.model == .slots || $0.settings.checking.epochLength != nil
  }

  /// The item begins before the run ends, where the end is known.
  static func begins(_ key: String) -> Need {
    Need("an end of the run after its '\(key)'") { written in
      guard let text = written.text(of: key),
        case .success(let begin) = QuantityText.parse(text, as: .duration),
        let end = written.settings.latestEnd
      else { return true }
      return begin < end.nanoseconds
    }
  }
}
