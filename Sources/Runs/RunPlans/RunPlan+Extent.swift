import DiscreteEvents
import Invariants
import Notation
import Notation
import Simulator

/// Bounds on what legal values ask for together, so that no scenario fills the memory or overflows.
extension RunPlan {
  func checkExtent(_ reader: MappingReader) {
    checkLoad(reader)
    checkTimeLimit(reader)
    guard reader.isSound("clients", "replicas") else { return }
    var connections = 0
    var machines = replicas + clients.count
    if let workload {
      guard reader.isSound("records") else { return }
      machines = replicas + workload.machines
      connections = workload.machines * workload.connections
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
        at: workload == nil ? "clients" : "records")
    }
  }

  /// Reports clients that never ask where the schedule waits for what they are given.
  private func checkLoad(_ reader: MappingReader) {
    guard reader.isSound("schedule", "clients", "expect"), model == .messages, workload == nil,
      schedule.waitsForClients,
      Expectations(expectations)[Self.fulfilment] == .holds
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
      !(workload?.endsRun ?? false), let least = leastEnd, least > timeLimit,
      Expectations(expectations)[Self.fulfilment] == .holds
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

extension RunPlan {
  /// Reports what single sections do not show.
  func check(_ reader: MappingReader) {
    for section in writtenSections { section.check(self, reader) }
    workload?.check(self, reader)
    checkExtent(reader)
    checkHealing(reader)
  }
}
