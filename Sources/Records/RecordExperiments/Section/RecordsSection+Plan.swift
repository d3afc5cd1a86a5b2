import ConsensusCore
import DiscreteEvents
import HealthRecords
import Notation
import RunPlans
import Simulator

extension RunPlan {
  /// Who shares records, if anybody.
  public var records: RecordsSection? { workload as? RecordsSection }
}

/// What records demand of the rest of a plan, and what they bring into a run.
extension RecordsSection {
  /// The parties, but not so many that what is wrong would fill the memory.
  public var machines: Int { min(Roster(settings).count, Self.partyLimit) }
  /// The connections of each party.
  public var connections: Int { settings.connections }
  /// Whether there is a number of operations.
  public var endsRun: Bool { settings.operations != nil }
  /// Whether cryptography has a price.
  public var isPriced: Bool { settings.costs != .free }
  /// Who shares.
  public var story: String { "\(settings.patients) patients and others share records" }

  /// The world of one run.
  public func load(of run: PlannedRun) -> any RunLoad { load(of: run, telling: nil) }

  /// The world of one run, which keeps the life of a file.
  func load(of run: PlannedRun, telling file: Int?) -> any RunLoad {
    var sharing = settings
    sharing.usesProbes = run.plan.usesProbes
    sharing.toldFile = file
    return RecordLoad(
      world: RecordWorld(sharing, seed: Seed(run.seed)), replicas: run.plan.replicas,
      ordersPerReplica: run.subject.traits.clients.ordersPerReplica)
  }

  /// Reports what cannot stand beside records.
  public func check(_ plan: RunPlan, _ reader: MappingReader) {
    if reader.isSound("model"), plan.model == .slots {
      reader.error(
        "'records' need 'model: messages': the slot model has no requests", at: "model")
    }
    if reader.isSound("clients") { checkConnections(reader) }
    if reader.isSound("faults"), plan.faults.contains(where: { $0.behaviour == .twins }) {
      reader.error("'twins' cannot stand beside 'records'", at: "faults")
    }
    guard reader.isSound("schedule", "records") else { return }
    if plan.horizonArrivals != nil {
      reader.error(
        "'records' are measured in one window", at: "schedule", hint: "write 'duration: 1 h'")
      return
    }
    switch plan.schedule {
    case .window: break
    case .tests, .healing:
      reader.error(
        "'records' are measured in one window, not in tests", at: "schedule",
        hint: "write 'duration: 1 h'")
    case .blocks:
      if settings.operations == nil {
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
