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
    workload readWorkload: (inout WorkloadReading) -> (any PlannedWorkload)?
  ) {
    self.init()
    replicas = reader["replicas"].integer()
    model = Model(rawValue: reader["model"].choice()) ?? .messages
    readNodes(reader["nodes"])
    clients = Self.clientList.read(reader["clients"])
    let nodeGroups = groups.names
    var reading = WorkloadReading(groups: groups)
    workload = readWorkload(&reading)
    groups = reading.groups
    let machines = workload?.machines ?? clients.count
    let regions = reader["network"].mapping { readNetwork($0, clients: machines) }
    reading.check(among: nodeGroups + regions)
    finishNodes()
    (costs, costProfile) = source.load(reader["costs"])
    jitter = reader["jitter"].ratio(of: reader["jitter"].probability())
    for section in Subjects.sections { set(section.read(reader)) }
    for section in writtenSections { section.addCosts(to: &costs) }
    readOverrides(reader["cost-overrides"])
    faults = Self.faultList(replicas: replicas).read(reader["faults"])
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
      (Work.named(entry.key, value), value.duration())
    }
    for case (let work?, let cost) in values { costs[work] = cost.nanoseconds }
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

  // MARK: Machines

  private mutating func readNodes(_ reader: ValueReader) {
    var found: [Int: NodeModel] = [:]
    let items = reader.list { item in
      item.mapping { node in
        let id = node["id"].integer()
        var model = NodeModel(
          name: node.optional("name")?.text() ?? "r\(id)",
          serviceTime: node["service-time"].ratio(of: node["service-time"].decimal()),
          uplinkBitsPerSecond: nil, downlinkBitsPerSecond: nil,
          group: node.optional("group").map { groups.index(of: $0.text()) } ?? 0)
        model.timerScale = node["timer-scale"].ratio(of: node["timer-scale"].decimal())
        if id >= replicas {
          node.error("node \(id) does not exist: replicas are 0 to \(replicas - 1)", at: "id")
        } else if found.updateValue(model, forKey: id) != nil {
          node.error("node \(id) is described twice", at: "id")
        }
        return id
      }
    }
    if !items.isEmpty, items.count != replicas, Set(items).count == items.count,
      items.allSatisfy({ $0 < replicas })
    {
      reader.error("\(items.count) nodes are described, and there are \(replicas) replicas")
    }
    nodes = (0..<replicas).map { found[$0] ?? Self.machine("r\($0)") }
  }

  /// Gives the replicas their links, and adds the machines of clients or parties.
  package mutating func finishNodes() {
    for index in nodes.indices {
      nodes[index].uplinkBitsPerSecond = bandwidth.uplink
      nodes[index].downlinkBitsPerSecond = bandwidth.downlink
    }
    if let workload {
      nodes += workload.nodes(bandwidth)
      return
    }
    for index in clients.indices {
      var node = Self.machine("client\(index)")
      node.uplinkBitsPerSecond = bandwidth.uplink
      node.downlinkBitsPerSecond = bandwidth.downlink
      nodes.append(node)
    }
  }

  /// A machine that nothing is said of.
  package static func machine(_ name: String) -> NodeModel {
    NodeModel(
      name: name, serviceTime: .one, uplinkBitsPerSecond: nil, downlinkBitsPerSecond: nil, group: 0)
  }
}

/// What a workload may name while it is read.
package struct WorkloadReading {
  /// The groups of nodes.
  package var groups: Groups
  private var named: [(name: String, reader: ValueReader)] = []

  init(groups: Groups) { self.groups = groups }

  /// The number of a group that a party is in.
  package mutating func group(_ value: ValueReader?) -> Int {
    guard let value else { return 0 }
    let name = value.text()
    named.append((name, value))
    return groups.index(of: name)
  }

  /// A party in a group that nobody else knows would silently have the latency of all links.
  func check(among names: [String]) {
    let known = names.filter { !$0.isEmpty }
    for party in named where !party.name.isEmpty && !known.contains(party.name) {
      party.reader.error(
        "no node and no region names the group '\(party.name)'",
        hint: nearestName(to: party.name, among: known).map { "did you mean '\($0)'?" }
          ?? "name it under 'network.regions'")
    }
  }
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
