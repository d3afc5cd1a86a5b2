import ConsensusCore
import DiscreteEvents
import Simulator

/// The `network` of a run.
struct NetworkSection {
  var model: NetworkModel
  var sizes: MessageSizes
  /// The names of groups between which regions give latencies.
  var regionGroups: [String] = []
  private var uplink: Int64?
  private var downlink: Int64?

  init(_ reader: MappingReader, replicas: Int, clients: Int, groups: Groups) {
    let isFIFO = reader["fifo"].flag()
    let duplication = reader["duplication"].probability()
    let nodes = NodeNames(replicas: replicas, clients: clients)
    func law(_ latency: ValueReader, _ loss: ValueReader) -> LinkLaw {
      LinkLaw(
        latency: Distribution(latency), loss: loss.probability(), duplication: duplication,
        isFIFO: isFIFO)
    }
    var classes = [law(reader["latency"], reader["loss"])]
    var between: [(Int, Int, Int)] = []
    var regionGroups: [String] = []
    _ = reader["regions"].list { item in
      item.mapping { region in
        let names = region["between"].list { name -> Int in
          let written = name.text()
          if groups.find(written) == nil { name.error("no node is in a group '\(written)'") }
          regionGroups.append(written)
          return groups.index(of: written)
        }
        classes.append(law(region["latency"], region["loss"]))
        if names.count == 2 { between.append((names[0], names[1], classes.count - 1)) }
      }
    }
    let overrides = reader["links"].list { item in
      item.mapping { link in
        classes.append(law(link["latency"], link["loss"]))
        return LinkOverride(
          from: nodes.select(link["from"]), to: nodes.select(link["to"]),
          linkClass: classes.count - 1)
      }
    }
    let count = groups.names.count
    var links = [[Int]](repeating: [Int](repeating: 0, count: count), count: count)
    for (first, second, law) in between {
      links[first][second] = law
      links[second][first] = law
    }
    let changes = reader["events"].list { item in
      item.mapping { Self.changes($0, nodes) }
    }
    model = NetworkModel(
      classes: classes, groupLinks: links, overrides: overrides, changes: changes.flatMap { $0 })
    sizes = MessageSizes(
      base: reader["message-size"].size(), transaction: reader["transaction-size"].size())
    self.regionGroups = regionGroups
    uplink = reader.optional("uplink")?.bandwidth()
    downlink = reader.optional("downlink")?.bandwidth()
  }

  /// A node with the capacities that the network gives every machine.
  func connecting(_ node: NodeModel) -> NodeModel {
    var connected = NodeModel(
      name: node.name, serviceTime: node.serviceTime, uplinkBitsPerSecond: uplink,
      downlinkBitsPerSecond: downlink, group: node.group)
    connected.timerScale = node.timerScale
    return connected
  }

  private static func changes(_ event: MappingReader, _ nodes: NodeNames) -> [NetworkChange] {
    let at = event["at"].duration()
    let until = event.optional("until")?.duration()
    if let until, until <= at { event.error("'until' is not after 'at'", at: "until") }
    let begin = VirtualTime.zero + at
    let end = until.map { VirtualTime.zero + $0 }
    func change(_ reader: MappingReader, _ effect: NetworkChange.Effect) -> [NetworkChange] {
      [
        NetworkChange(
          at: begin, until: end, from: nodes.select(reader["from"]), to: nodes.select(reader["to"]),
          effect: effect)
      ]
    }
    if let partition = event.optional("partition") {
      let sides = partition.list { nodes.select($0) }
      guard sides.count == 2 else { return [] }
      return NetworkChange.partition(sides[0], from: sides[1], at: begin, until: end)
    }
    if let cut = event.optional("cut") { return cut.mapping { change($0, .cut) } }
    if let slow = event.optional("slow") {
      return slow.mapping { change($0, .slower(by: $0["by"].duration())) }
    }
    if let lose = event.optional("lose") {
      return lose.mapping { change($0, .loss($0["probability"].probability())) }
    }
    return []
  }
}

/// Resolves lists of nodes: replicas by number, `clients`, `all`.
struct NodeNames {
  let replicas: Int
  let clients: Int

  func select(_ reader: ValueReader) -> NodeSelector {
    var nodes: [NodeID] = []
    var isAll = false
    _ = reader.list { item in
      let name = item.text()
      if name == "all" {
        isAll = true
      } else if name == "clients" {
        nodes += (replicas..<replicas + clients).map { NodeID($0) }
      } else if let id = Int(name), (0..<replicas).contains(id), String(id) == name {
        nodes.append(NodeID(id))
      } else {
        item.error(
          "there is no node '\(name)'",
          hint: "allowed: 0 to \(replicas - 1), 'clients' and 'all'")
      }
    }
    return isAll ? .all : .nodes(nodes)
  }
}
