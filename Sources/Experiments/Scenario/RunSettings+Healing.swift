import Simulator

/// Demands of a schedule with `heal-at` that no run could meet, or that no run would be judged by.
extension RunSettings {
  func checkHealing(_ reader: MappingReader) {
    guard case .healing(let plan) = schedule, model == .messages, records == nil,
      reader.isSound("schedule")
    else { return }
    if plan.settling != nil { checkStrategies(reader) }
  }

  /// Reports replicas that cannot follow the protocol in the last phase (decision 018).
  private func checkStrategies(_ reader: MappingReader) {
    guard reader.isSound("faults") else { return }
    for (index, fault) in faults.enumerated() where fault.isStrategy {
      reader.error(
        "'\(fault.behaviour)' is built into a replica, which never follows the protocol, and "
          + "'settle-within' demands that all do in the end", at: "faults", item: index,
        hint: "remove 'settle-within', or let another behaviour lie")
    }
  }
}
