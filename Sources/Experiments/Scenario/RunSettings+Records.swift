import HealthRecords
import Notation
import Simulator

/// What `records` demand of the rest of a scenario.
extension RunSettings {
  /// A party in a group that nobody else knows would silently have the latency of all links.
  static func check(
    _ parties: [(name: String, reader: ValueReader)], among names: [String]
  ) {
    let known = names.filter { !$0.isEmpty }
    for party in parties where !party.name.isEmpty && !known.contains(party.name) {
      party.reader.error(
        "no node and no region names the group '\(party.name)'",
        hint: nearestName(to: party.name, among: known).map { "did you mean '\($0)'?" }
          ?? "name it under 'network.regions'")
    }
  }

  func checkRecords(_ reader: MappingReader) {
    guard let records else { return }
    if reader.isSound("model"), model == .slots {
      reader.error(
        "'records' need 'model: messages': the slot model has no requests", at: "model")
    }
    if reader.isSound("clients") { checkConnections(reader) }
    if reader.isSound("faults"), faults.contains(where: { $0.behaviour == .twins }) {
      reader.error("'twins' cannot stand beside 'records'", at: "faults")
    }
    guard reader.isSound("schedule", "records") else { return }
    if horizonArrivals != nil {
      reader.error(
        "'records' are measured in one window", at: "schedule", hint: "write 'duration: 1 h'")
      return
    }
    switch schedule {
    case .window: break
    case .tests, .healing:
      reader.error(
        "'records' are measured in one window, not in tests", at: "schedule",
        hint: "write 'duration: 1 h'")
    case .blocks:
      if records.settings.operations == nil {
        reader.error(
          "the run may never end: nothing is ordered when nobody asks, and 'operations' is missing",
          at: "schedule", hint: "write 'duration: 1 h', or 'operations' under 'records'")
      }
    }
  }

  /// The parties bring the load, so the section may only say how their connections behave.
  private func checkConnections(_ reader: MappingReader) {
    let section = reader["clients"]
    guard section.form == .mapping else {
      section.error(
        "with 'records' the parties are the client machines: 'clients' is one mapping",
        hint: "keep dispatch, reply-quorum, timeout and retransmit-after")
      return
    }
    let hints = [
      "connections": "write 'connections' under 'records'",
      "rate": "write 'rate' under 'records.load'",
      "think-time": "write 'think-time' under 'records.load'",
    ]
    guard let node = section.node, case .mapping(let entries) = node.content else { return }
    for entry in entries {
      guard let hint = hints[entry.key] else { continue }
      section.diagnostics.error(
        "'clients.\(entry.key)' has no effect with 'records', whose parties bring the load",
        path: "clients.\(entry.key)", at: entry.location, hint: hint)
    }
  }
}
