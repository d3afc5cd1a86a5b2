import DiscreteEvents
import HealthRecords
import Invariants
import Notation
import Simulator

/// Bounds on what legal values ask for together, so that no scenario fills the memory or overflows.
extension RunSettings {
  /// Sequence numbers that the watermark windows of all replicas may span.
  static let slotsAtMost = 1 << 20

  func checkExtent(_ reader: MappingReader) {
    checkLoad(reader)
    checkTimeLimit(reader)
    if reader.isSound("replicas", "pbft"), replicas * agreement.window > Self.slotsAtMost {
      reader.error(
        "\(replicas) replicas with a window of \(agreement.window) each would keep "
          + "\(replicas * agreement.window) sequence numbers; at most \(Self.slotsAtMost) are possible",
        at: "pbft", hint: "write 'window: \(Self.slotsAtMost / replicas)' or less")
    }
    guard reader.isSound("clients", "replicas") else { return }
    var connections = 0
    var machines = replicas + clients.count
    if let records {
      guard reader.isSound("records") else { return }
      let parties = Roster(records.settings).count
      machines = replicas + parties
      connections = parties * records.settings.connections
    } else {
      for client in clients {
        if case .closed(let some, _) = client.load { connections += some }
      }
    }
    // An event has so many bits for the number of a client.
    let most = SimulationCapacity.clients(nodes: machines)
    if connections > most {
      reader.error(
        "there are \(connections) connections, and a run of \(machines) machines has at most \(most)",
        at: records == nil ? "clients" : "records")
    }
  }

  /// Reports clients that never ask where the schedule waits for what they are given.
  private func checkLoad(_ reader: MappingReader) {
    guard reader.isSound("schedule", "clients", "expect"), model == .messages, records == nil,
      schedule.waitsForClients,
      Expectations(expectations)[RunEnding.expectationName] == .holds
    else { return }
    let asks = clients.contains { client in
      if case .closed(let connections, _) = client.load { connections > 0 } else { true }
    }
    if !asks {
      reader.error(
        "no client asks for anything, and the schedule waits for what clients are given",
        at: "clients", hint: "write 'connections: 1' or more, or a 'rate'")
    }
  }

  /// Reports a time limit that comes before the schedule can be carried out.
  private func checkTimeLimit(_ reader: MappingReader) {
    guard reader.isSound("schedule", "expect"), model == .messages,
      records?.settings.operations == nil, let least = leastEnd, least > timeLimit,
      Expectations(expectations)[RunEnding.expectationName] == .holds
    else { return }
    reader.error(
      "the time limit comes before the schedule can be carried out", at: "schedule",
      hint: "raise 'time-limit', or write 'expect: { fulfilled: may-break }'")
  }

  /// The instant before which the schedule cannot be carried out, where the file shows one.
  private var leastEnd: VirtualTime? {
    guard horizonArrivals == nil else { return nil }
    switch schedule {
    case .window(let warmup, let duration): return .zero + warmup + duration
    case .healing(let plan): return plan.at
    case .tests(let plan):
      guard case .window(let window, _, let interval) = plan.ending else { return nil }
      let (length, overflow) = interval.nanoseconds.multipliedReportingOverflow(
        by: Int64(plan.tests - 1))
      return overflow ? .distantFuture : VirtualTime(nanoseconds: length) + window
    case .blocks: return nil
    }
  }
}

extension Schedule {
  /// Whether a run waits for requests to be accepted.
  fileprivate var waitsForClients: Bool {
    switch self {
    case .healing: return true
    case .tests(let plan):
      if case .firstRequests = plan.ending { return true }
      return false
    case .window, .blocks: return false
    }
  }
}
