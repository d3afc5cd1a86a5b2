import Notation
import Simulator

/// Demands of a schedule with `heal-at` that no run could meet, or that no run would be judged by.
extension RunPlan {
  func checkHealing(_ reader: MappingReader) {
    guard case .healing(let plan) = schedule, model == .messages, workload == nil,
      reader.isSound("schedule")
    else { return }
    if plan.settling != nil { checkStrategies(reader) }
    checkServedClients(reader)
  }

  /// Reports replicas that cannot follow the protocol in the last phase (decision 018).
  private func checkStrategies(_ reader: MappingReader) {
    guard reader.isSound("faults") else { return }
    for (index, fault) in faults.enumerated() where fault.isStrategy {
      reader.error(
        "'\(fault.behaviour.rawValue)' is built into a replica, which never follows the protocol, and "
          + "'settle-within' demands that all do in the end", at: "faults", item: index,
        hint: "remove 'settle-within', or let another behaviour lie")
    }
  }

  /// Reports clients of whom no progress could be demanded.
  ///
  /// An open loop has as many clients as requests are under way, so that none of them can be told at
  /// the healing to be served so often. Nothing is promised to clients that lie.
  private func checkServedClients(_ reader: MappingReader) {
    guard reader.isSound("clients") else { return }
    var asks = false
    for (index, client) in clients.enumerated() where client.attack == nil {
      switch client.load {
      case .closed(let connections, _): asks = asks || connections > 0
      case .open:
        reader.error(
          "'rate' is an open loop, of whose clients 'heal-at' demands nothing: their number is not "
            + "known", at: "clients", item: index,
          hint: "write 'connections' instead of 'rate', or 'duration' instead of 'heal-at'")
        return
      case .submitted: return
      }
    }
    if !asks {
      reader.error(
        "no honest client asks for anything, and 'heal-at' demands that clients are served",
        at: "clients", hint: "write 'connections: 1' or more for a client without 'deceit'")
    }
  }
}
