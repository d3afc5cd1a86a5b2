import Notation
import Simulator

// The machines of a run: those of the replicas, then those of clients or parties.
extension RunPlan {
  /// A row of `nodes`, which describes one replica, so many, or all that no other row describes.
  fileprivate struct NodeRow {
    var reader: MappingReader
    var model: NodeModel
    var hasName: Bool
    var id: Int?
    var count: Int?
    /// The groups that its machines are dealt to in turn.
    var groups: [Int]
  }

  mutating func readNodes(_ reader: ValueReader, _ reading: inout GroupReading) {
    let rows = reader.list { item in item.mapping { Self.nodeRow($0, &reading) } }
    var found: [Int: NodeModel] = [:]
    for row in rows {
      guard let id = row.id else { continue }
      if id >= replicas {
        row.reader.error(
          "node \(id) does not exist: replicas are 0 to \(replicas - 1)", at: "id")
      } else if found.updateValue(row.machine(id, place: 0), forKey: id) != nil {
        row.reader.error("node \(id) is described twice", at: "id")
      }
    }
    var free = (0..<replicas).filter { found[$0] == nil }[...]
    for row in rows where row.id == nil {
      guard let count = row.count else { continue }
      if count > free.count {
        row.reader.error(
          "'count' asks for \(count) of \(replicas) replicas, and \(free.count) are left",
          at: "count",
          hint: "without 'count' a row stands for all that no other row describes")
      }
      for (place, id) in free.prefix(count).enumerated() {
        found[id] = row.machine(id, place: place)
      }
      free = free.dropFirst(count)
    }
    let others = rows.filter { $0.id == nil && $0.count == nil }
    for row in others.dropFirst() {
      row.reader.error(
        "two rows stand for all that no other row describes", hint: "give one an 'id' or a 'count'")
    }
    if let row = others.first {
      for (place, id) in free.enumerated() { found[id] = row.machine(id, place: place) }
    } else if !rows.isEmpty, found.count < replicas, Self.areDistinct(rows, among: replicas) {
      reader.error("\(found.count) nodes are described, and there are \(replicas) replicas")
    }
    nodes = (0..<replicas).map { found[$0] ?? Self.machine("r\($0)") }
  }

  private static func nodeRow(_ node: MappingReader, _ reading: inout GroupReading) -> NodeRow {
    let id = node.optional("id")?.integer()
    let name = node.optional("name")?.text()
    var model = machine(name ?? "")
    model.serviceTime = node["service-time"].ratio(of: node["service-time"].decimal())
    model.timerScale = node["timer-scale"].ratio(of: node["timer-scale"].decimal())
    model.drains = node["drain"].flag()
    return NodeRow(
      reader: node, model: model, hasName: name != nil, id: id,
      count: node.optional("count")?.integer(),
      groups: reading.replicaGroups(node.optional("group")))
  }

  /// Whether no mistake about a number explains why replicas are not described.
  private static func areDistinct(_ rows: [NodeRow], among replicas: Int) -> Bool {
    let named = rows.compactMap(\.id)
    return Set(named).count == named.count && named.allSatisfy { $0 < replicas }
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
    for (index, client) in clients.enumerated() {
      var node = Self.machine("client\(index)")
      node.uplinkBitsPerSecond = bandwidth.uplink
      node.downlinkBitsPerSecond = bandwidth.downlink
      node.group = group(of: client)
      nodes.append(node)
    }
  }

  /// A machine that nothing is said of.
  package static func machine(_ name: String) -> NodeModel {
    NodeModel(
      name: name, serviceTime: .one, uplinkBitsPerSecond: nil, downlinkBitsPerSecond: nil, group: 0)
  }
}

extension RunPlan.NodeRow {
  /// The machine of a replica, which is at this place among those of the row.
  fileprivate func machine(_ id: Int, place: Int) -> NodeModel {
    var machine = model
    if !hasName { machine.name = "r\(id)" }
    machine.group = groups[place % groups.count]
    return machine
  }
}

/// The groups that machines are in, while a plan is read.
package struct GroupReading {
  /// The groups of nodes.
  package private(set) var groups = Groups()
  /// The groups of replicas, each where it is written.
  private(set) var ofReplicas: [(name: String, reader: ValueReader)] = []
  /// The groups of clients and parties, each where it is written.
  private(set) var ofOthers: [(name: String, reader: ValueReader)] = []

  /// One group, or several that machines are dealt to in turn.
  static let kind = ValueKind.either([.text, .list(of: .text, count: 1...256)])

  /// Reads one group or several, with the places where they are written.
  static func read(_ value: ValueReader) -> [(name: String, reader: ValueReader)] {
    if value.form == .list { return value.list { ($0.text(), $0) } }
    return [(value.text(), value)]
  }

  /// The numbers of the groups that replicas are dealt to; that of everybody if none is written.
  mutating func replicaGroups(_ value: ValueReader?) -> [Int] {
    guard let value else { return [0] }
    let read = Self.read(value)
    for (name, reader) in read { Self.check(name, reader) }
    ofReplicas += read
    return read.isEmpty ? [0] : read.map { groups.index(of: $0.name) }
  }

  /// The names of the groups that clients are dealt to.
  mutating func clientGroups(_ value: ValueReader) -> [String] {
    let read = Self.read(value)
    for (name, reader) in read {
      Self.check(name, reader)
      _ = groups.index(of: name)
    }
    ofOthers += read
    return read.map(\.name)
  }

  /// The number of a group that a party is in.
  package mutating func group(_ value: ValueReader?) -> Int {
    guard let value else { return 0 }
    let name = value.text()
    ofOthers.append((name, value))
    return groups.index(of: name)
  }

  /// Reports a name that stands for something else where nodes are named.
  private static func check(_ name: String, _ reader: ValueReader) {
    let isNumber = Int(name).map { String($0) == name } ?? false
    guard isNumber || MachineNames.reserved.contains(name) else { return }
    reader.error(
      "a group cannot be called '\(name)'",
      hint: isNumber ? "numbers are replicas" : "it stands for machines by itself")
  }

  /// Reports groups that neither a table of a cloud nor a pair of regions describes.
  func check(regions: [String], in table: CloudRegions) {
    let known = table.names + regions
    var passed = Set(known + [""])
    for place in ofReplicas + ofOthers where passed.insert(place.name).inserted {
      place.reader.error(
        "'network.cloud' has no region '\(place.name)'",
        hint: nearestName(to: place.name, among: known).map { "did you mean '\($0)'?" }
          ?? "allowed: \(table.names.joined(separator: ", "))")
    }
  }

  /// Reports a client or a party in a group that nobody else knows: it would silently have the latency of
  /// all links.
  func check(regions: [String]) {
    let known = (ofReplicas.map(\.name) + regions).filter { !$0.isEmpty }
    let passed = Set(known + [""])
    for other in ofOthers where !passed.contains(other.name) {
      other.reader.error(
        "no node and no region names the group '\(other.name)'",
        hint: nearestName(to: other.name, among: known).map { "did you mean '\($0)'?" }
          ?? "name it under 'network.regions'")
    }
  }
}
