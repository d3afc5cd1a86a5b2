import ConsensusCore
import Notation
import Simulator

/// Resolves lists of machines: replicas by number, groups by name, `clients`, `all`.
struct MachineNames {
  /// What stands for machines and is no group.
  static let reserved = ["all", "clients"]

  let replicas: Int
  let groups: Groups
  /// The groups of all machines, those of the replicas first.
  let groupOfMachine: [Int]

  /// The machines of some replicas that are in no group.
  init(replicas: Int) {
    self.init(
      replicas: replicas, groups: Groups(), groupOfMachine: Array(repeating: 0, count: replicas))
  }

  init(replicas: Int, groups: Groups, groupOfMachine: [Int]) {
    self.replicas = replicas
    self.groups = groups
    self.groupOfMachine = groupOfMachine
  }

  /// The machines that a list names.
  func select(_ reader: ValueReader) -> NodeSelector {
    var nodes: [NodeID] = []
    var named: [Int] = []
    var isAll = false
    var hasClients = false
    _ = reader.list { item in
      let name = item.text()
      if name == "all" {
        isAll = true
      } else if name == "clients" {
        if !hasClients { nodes += (replicas..<groupOfMachine.count).map { NodeID($0) } }
        hasClients = true
      } else if let id = Int(name), (0..<replicas).contains(id), String(id) == name {
        if nodes.contains(NodeID(id)) { item.error("node \(id) is listed twice") }
        nodes.append(NodeID(id))
      } else if let group = groups.find(name), group > 0 {
        if named.contains(group) { item.error("the group '\(name)' is listed twice") }
        named.append(group)
      } else {
        complain(of: name, at: item, others: Self.reserved.reversed())
      }
    }
    if isAll { return .all }
    return named.isEmpty ? .nodes(nodes) : .groups(named, and: nodes)
  }

  /// The replicas that a list names, none twice.
  func replicas(_ reader: ValueReader) -> [ReplicaID] {
    var listed: [ReplicaID] = []
    _ = reader.list { item in
      let name = item.text()
      if let id = Int(name), id >= 0, String(id) == name {
        if id >= replicas {
          item.error("node \(id) does not exist: replicas are 0 to \(replicas - 1)")
        } else if listed.contains(ReplicaID(id)) {
          item.error("node \(id) is listed twice")
        } else {
          listed.append(ReplicaID(id))
        }
      } else if let group = groups.find(name), group > 0 {
        let members = (0..<replicas).filter { groupOfMachine[$0] == group }.map { ReplicaID($0) }
        if members.isEmpty { item.error("no replica is in the group '\(name)'") }
        if let twice = members.first(where: listed.contains) {
          item.error("node \(twice.index) is listed twice: it is in the group '\(name)'")
        }
        listed += members.filter { !listed.contains($0) }
      } else if item.node != nil {
        complain(of: name, at: item, others: [])
      }
    }
    return listed
  }

  /// The first machine that two lists name both; what `all` has in common with others is no mistake.
  func common(_ first: NodeSelector, _ second: NodeSelector) -> Int? {
    guard first != .all, second != .all else { return nil }
    let others = Set(machines(of: second))
    return machines(of: first).first { others.contains($0) }
  }

  /// The machines that are listed, then those of groups.
  func machines(of selector: NodeSelector) -> [Int] {
    if selector == .all { return Array(groupOfMachine.indices) }
    let listed = selector.listed.map(\.index)
    guard case .groups(let named, _) = selector else { return listed }
    return listed + groupOfMachine.indices.filter { named.contains(groupOfMachine[$0]) }
  }

  /// The machine of a number, as messages call it.
  func name(_ machine: Int) -> String {
    machine < replicas ? "node \(machine)" : "client machine \(machine - replicas)"
  }

  private func complain(of name: String, at item: ValueReader, others: [String]) {
    let words = Array(groups.names.dropFirst()) + others
    let allowed = words.isEmpty ? "" : ", " + listed(words, or: "and")
    item.error(
      "there is no node '\(name)'",
      hint: nearestName(to: name, among: words).map { "did you mean '\($0)'?" }
        ?? "allowed: 0 to \(replicas - 1)\(allowed)")
  }
}

extension RunPlan {
  /// The names under which the network and faults speak of machines.
  var machineNames: MachineNames {
    MachineNames(
      replicas: replicas, groups: groups, groupOfMachine: nodes.map(\.group))
  }
}
