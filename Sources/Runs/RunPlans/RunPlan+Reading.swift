import ConsensusCore
import DiscreteEvents
import Invariants
import Notation
import Simulator

/// Finds the cost profiles that scenarios name.
package protocol CostSource: AnyObject {
  /// The prices of a profile and its name; free ones after a problem, which is reported.
  func load(_ reader: ValueReader) -> (WorkCosts, String)
}

/// Reads what describes one run. Every section is read whatever the protocol, so that a mistake in
/// any of them is found.
extension RunPlan {
  /// Reads a plan.
  ///
  /// - Parameters:
  ///   - reader: The top level of a scenario.
  ///   - source: Where cost profiles are.
  ///   - readWorkload: Reads what brings the load instead of client machines, if the scenario has it, and
  ///     names groups.
  package init(
    _ reader: MappingReader, costs source: some CostSource,
    workload readWorkload: (inout GroupReading) -> (any PlannedWorkload)?
  ) {
    self.init()
    replicas = reader["replicas"].integer()
    model = Model(rawValue: reader["model"].choice()) ?? .messages
    var reading = GroupReading()
    readNodes(reader["nodes"], &reading)
    readClients(reader["clients"], &reading)
    workload = readWorkload(&reading)
    groups = reading.groups
    readNetwork(reader["network"], reading)
    finishNodes()
    readHosts(reader["hosts"])
    (costs, costProfile) = source.load(reader["costs"])
    readSpread(reader["jitter"])
    for section in Subjects.sections { set(section.read(reader)) }
    for section in writtenSections { section.addCosts(to: &costs) }
    readOverrides(reader["cost-overrides"])
    faults = Self.readFaults(reader["faults"], among: machineNames)
    let keys = reader["schedule"].mapping(ScheduleKeys.section.read)
    (schedule, horizonArrivals, timeLimit) = (keys.schedule, keys.horizonArrivals, keys.timeLimit)
    eventLimit =
      reader["limits"].mapping { $0.optional("events")?.integer() }.map { UInt64($0) }
      ?? Self.eventsAtMost
    recording = reader.optional("record").map(RunRecording.codec.read) ?? RunRecording()
    readPromises(reader)
    check(reader)
  }

  private mutating func readOverrides(_ reader: ValueReader) {
    let values = reader.entries { entry, value in
      let work = Work.named(entry.key, value)
      return (work, WorkPrice(value, of: work))
    }
    for case (let work?, let price) in values { costs[price: work] = price }
  }

  private mutating func readPromises(_ reader: MappingReader) {
    expectations = reader["expect"].entries { entry, value in
      (InvariantID(entry.key), Expectation(rawValue: value.choice()) ?? .holds)
    }
    usesProbes = reader["probes"].flag()
    recordsHistory = reader["application"].choice() == "history"
    let promises = reader["promises"].list { $0.choice() }
    isCalm = promises.contains("calm")
    endsSettled = promises.contains("settles")
    for (entry, _) in expectations
    where entry != Self.fulfilment && InvariantCatalog.description(of: entry) == nil {
      let names = (InvariantCatalog.all.map(\.id) + [Self.fulfilment]).map(\.name)
      reader.error(
        "there is no invariant '\(entry)'", at: "expect",
        hint: nearestName(to: entry.name, among: names).map { "did you mean '\($0)'?" })
    }
    for section in writtenSections { section.addExpectations(to: &expectations) }
  }

  /// The name under which `expect` speaks of what the schedule asks for, beside the invariants.
  public static let fulfilment = InvariantID("fulfilled")
}

extension Work {
  /// The kind of work of a name; reports a name that there is not.
  package static func named(_ name: String, _ value: ValueReader) -> Work? {
    if let work = Work.allCases.first(where: { $0.name == name }) { return work }
    let names = Work.allCases.map(\.name)
    value.error(
      "there is no work '\(name)'",
      hint: nearestName(to: name, among: names).map { "did you mean '\($0)'?" }
        ?? "allowed: \(names.joined(separator: ", "))")
    return nil
  }
}
