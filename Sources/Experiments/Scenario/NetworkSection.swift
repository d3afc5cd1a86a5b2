import ConsensusCore
import DiscreteEvents
import Notation
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
        let ends = nodes.ends(of: link)
        return LinkOverride(from: ends.from, to: ends.to, linkClass: classes.count - 1)
      }
    }
    let count = min(groups.names.count, Groups.atMost)
    if groups.names.count > Groups.atMost {
      reader.error(
        "there are \(groups.names.count) groups, and a network has at most \(Groups.atMost)",
        at: "regions")
    }
    var links = [[Int]](repeating: [Int](repeating: 0, count: count), count: count)
    for (first, second, law) in between where first < count && second < count {
      links[first][second] = law
      links[second][first] = law
    }
    let changes = reader["events"].list { item in
      item.mapping { Self.changes($0, nodes) }
    }
    model = NetworkModel(
      classes: classes, groupLinks: links, overrides: overrides, changes: changes.flatMap { $0 })
    Self.check(model, machines: replicas + clients, reader)
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

  /// The most laws that are looked up before a run, and the most nodes that lists name together.
  private static let lookupLimit = 200_000_000
  private static let namedLimit = 2_000_000

  /// Every change of a link divides the run, and each part has a law for each pair of nodes that
  /// something tells apart.
  private static func check(_ model: NetworkModel, machines: Int, _ reader: MappingReader) {
    let selectors =
      model.overrides.flatMap { [$0.from, $0.to] } + model.changes.flatMap { [$0.from, $0.to] }
    var named = 0
    for case .nodes(let nodes) in selectors { named += nodes.count }
    guard named <= namedLimit else {
      reader.error(
        "the lists of nodes name \(named) together; at most \(namedLimit) are possible",
        at: model.changes.isEmpty ? "links" : "events")
      return
    }
    // Parties are only named all together, so that they add no more than a sort for each group.
    let sorts = min(machines, ReplicaSet.capacity + 64 + model.groupLinks.count)
    let parts = 2 * model.changes.count + 1
    let lookups = parts * sorts * sorts * (selectors.count / 2 + 1)
    if !selectors.isEmpty, lookups > lookupLimit {
      reader.error(
        "\(selectors.count / 2) changes and links among \(sorts) sorts of nodes make "
          + "\(lookups) laws; at most \(lookupLimit) are possible",
        at: model.changes.isEmpty ? "links" : "events", hint: "use fewer of them, or groups")
    }
  }

  private static func changes(_ event: MappingReader, _ nodes: NodeNames) -> [NetworkChange] {
    let at = event["at"].duration()
    let until = event.optional("until")?.duration()
    if let until, until <= at { event.error("'until' is not after 'at'", at: "until") }
    let begin = VirtualTime.zero + at
    let end = until.map { VirtualTime.zero + $0 }
    func change(_ reader: MappingReader, _ effect: NetworkChange.Effect) -> [NetworkChange] {
      let ends = nodes.ends(of: reader)
      return [
        NetworkChange(at: begin, until: end, from: ends.from, to: ends.to, effect: effect)
      ]
    }
    if let partition = event.optional("partition") {
      let sides = partition.list { nodes.select($0) }
      guard sides.count == 2 else { return [] }
      if case .nodes(let first) = sides[0], case .nodes(let second) = sides[1],
        let both = first.first(where: { second.contains($0) })
      {
        event.error("node \(both.index) is on both sides", at: "partition")
      }
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
    var hasClients = false
    _ = reader.list { item in
      let name = item.text()
      if name == "all" {
        isAll = true
      } else if name == "clients" {
        if !hasClients { nodes += (replicas..<replicas + clients).map { NodeID($0) } }
        hasClients = true
      } else if let id = Int(name), (0..<replicas).contains(id), String(id) == name {
        if nodes.contains(NodeID(id)) { item.error("node \(id) is listed twice") }
        nodes.append(NodeID(id))
      } else {
        item.error(
          "there is no node '\(name)'",
          hint: "allowed: 0 to \(replicas - 1), 'clients' and 'all'")
      }
    }
    return isAll ? .all : .nodes(nodes)
  }

  /// The ends of links; a node has no link to itself.
  func ends(of reader: MappingReader) -> (from: NodeSelector, to: NodeSelector) {
    let from = select(reader["from"])
    let to = select(reader["to"])
    if case .nodes(let senders) = from, senders.count == 1, from == to {
      reader.error("a node has no link to itself", at: "to")
    }
    return (from, to)
  }
}
