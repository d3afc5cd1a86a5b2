import ConsensusCore
import DiscreteEvents
import Notation
import Simulator

// The `network` of a run.
extension RunPlan {
  /// Reads the network between the machines, which are in these groups.
  mutating func readNetwork(_ reader: ValueReader, _ reading: GroupReading) {
    let others = workload?.nodes(bandwidth).map(\.group) ?? clients.map { group(of: $0) }
    let names = MachineNames(
      replicas: replicas, groups: groups, groupOfMachine: nodes.map(\.group) + others)
    reader.mapping { network in
      let table = network["cloud"].choice() == "aws" ? CloudRegions.aws : nil
      let regions = readNetwork(network, names, table)
      guard let table else { return reading.check(regions: regions) }
      reading.check(regions: regions, in: table)
      checkPlaces(network, names)
    }
  }

  /// Reads the network.
  ///
  /// - Returns: The names of the groups between which regions give latencies.
  private mutating func readNetwork(
    _ reader: MappingReader, _ names: MachineNames, _ table: CloudRegions?
  ) -> [String] {
    let isFIFO = reader["fifo"].flag()
    let duplication = reader["duplication"].probability()
    func law(_ latency: ValueReader, _ loss: ValueReader) -> LinkLaw {
      LinkLaw(
        latency: Distribution(latency), loss: loss.probability(), duplication: duplication,
        isFIFO: isFIFO)
    }
    var classes = [law(reader["latency"], reader["loss"])]
    var between: [(Int, Int, Int)] = []
    for (first, second, latency) in table?.latencies(among: groups) ?? [] {
      classes.append(classes[0])
      classes[classes.count - 1].latency = .constant(latency)
      between.append((first, second, classes.count - 1))
    }
    var named: [String] = []
    // A region wins over the table of a cloud, which is no slip.
    var written: Set<Set<Int>> = []
    _ = reader["regions"].list { item in
      item.mapping { region in
        let ends = region["between"].list { name -> Int in
          let group = name.text()
          named.append(group)
          if groups.find(group) == nil { name.error("no node is in a group '\(group)'") }
          return groups.index(of: group)
        }
        classes.append(law(region["latency"], region["loss"]))
        guard ends.count == 2 else { return }
        if region.isSound("between"), !written.insert(Set(ends)).inserted {
          region.error(
            "the latency between '\(named[named.count - 2])' and '\(named[named.count - 1])' is given twice",
            at: "between", hint: "remove one")
        }
        between.append((ends[0], ends[1], classes.count - 1))
      }
    }
    let overrides = reader["links"].list { item in
      item.mapping { link in
        classes.append(law(link["latency"], link["loss"]))
        let ends = names.ends(of: link)
        return LinkOverride(from: ends.from, to: ends.to, linkClass: classes.count - 1)
      }
    }
    let changes = reader["events"].list { item in
      item.mapping { Self.changes($0, names) }
    }
    network = NetworkModel(
      classes: classes, groupLinks: links(between, reader), overrides: overrides,
      changes: changes.flatMap { $0 })
    Self.check(network, machines: names.groupOfMachine.count, reader)
    sizes = MessageSizes(
      base: reader["message-size"].size(), transaction: reader["transaction-size"].size())
    bandwidth.uplink = reader.optional("uplink")?.bandwidth()
    bandwidth.downlink = reader.optional("downlink")?.bandwidth()
    return named
  }

  /// Reports machines in no group, whose links no table of regions describes.
  private func checkPlaces(_ reader: MappingReader, _ names: MachineNames) {
    guard let lost = names.groupOfMachine.firstIndex(of: 0) else { return }
    reader.error(
      "\(names.name(lost)) is in no group, and 'cloud' has latencies between groups only",
      at: "cloud",
      hint: lost < replicas
        ? "write 'nodes: [{ group: [...] }]' with the regions that replicas are dealt to"
        : "give the clients a 'group' too")
  }

  /// The class of the links between each two groups.
  private func links(_ between: [(Int, Int, Int)], _ reader: MappingReader) -> [[Int]] {
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
    return links
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
    for selector in selectors { named += selector.listed.count }
    guard named <= namedLimit else {
      reader.error(
        "the lists of nodes name \(named) together; at most \(namedLimit) are possible",
        at: model.changes.isEmpty ? "links" : "events")
      return
    }
    // Parties are only named by group or all together: they add no more than a sort for each group.
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

  private static func changes(_ event: MappingReader, _ names: MachineNames) -> [NetworkChange] {
    let at = event["at"].duration()
    let until = event.optional("until")?.duration()
    if let until, until <= at { event.error("'until' is not after 'at'", at: "until") }
    let begin = VirtualTime.zero + at
    let end = until.map { VirtualTime.zero + $0 }
    func change(_ reader: MappingReader, _ effect: NetworkChange.Effect) -> [NetworkChange] {
      let ends = names.ends(of: reader)
      return [
        NetworkChange(at: begin, until: end, from: ends.from, to: ends.to, effect: effect)
      ]
    }
    if let partition = event.optional("partition") {
      let sides = partition.list { names.select($0) }
      guard sides.count == 2 else { return [] }
      if let both = names.common(sides[0], sides[1]) {
        event.error("\(names.name(both)) is on both sides", at: "partition")
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

  // MARK: Writing

  /// The network as a scenario writes it.
  var networkNode: YAMLNode {
    let law = network.classes[0]
    let regions = network.groupLinks.indices.flatMap { first in
      network.groupLinks[first].indices.filter {
        $0 >= first && network.groupLinks[first][$0] > 0
      }.map { second -> YAMLNode in
        let own = network.classes[network.groupLinks[first][second]]
        return .made(
          [("between", .made([quoted(groups.names[first]), quoted(groups.names[second])]))]
            + Self.entries(of: own))
      }
    }
    let links = network.overrides.map { override -> YAMLNode in
      .made(
        ends(override.from, override.to) + Self.entries(of: network.classes[override.linkClass]))
    }
    return .made(
      Self.entries(of: law) + [
        ("duplication", law.duplication > 0 ? .made(decimalText(law.duplication)) : nil),
        ("fifo", law.isFIFO ? .made("true") : nil),
        ("uplink", bandwidth.uplink.map { .made(Codec.bandwidth, $0) }),
        ("downlink", bandwidth.downlink.map { .made(Codec.bandwidth, $0) }),
        ("message-size", Self.node(of: sizes.base, default: 600)),
        ("transaction-size", Self.node(of: sizes.transaction, default: 800)),
        ("regions", regions.isEmpty ? nil : .made(regions)),
        ("links", links.isEmpty ? nil : .made(links)),
        ("events", network.changes.isEmpty ? nil : .made(network.changes.map(node))),
      ])
  }

  private static func node(of size: ByteCount, default bytes: Int) -> YAMLNode? {
    size.bytes == bytes ? nil : .made(Quantity.size.text(Int64(size.bytes)))
  }

  private static func entries(of law: LinkLaw) -> [(key: String, value: YAMLNode?)] {
    [("latency", law.latency.node), ("loss", law.loss > 0 ? .made(decimalText(law.loss)) : nil)]
  }

  private func node(of change: NetworkChange) -> YAMLNode {
    let ends = ends(change.from, change.to)
    let what: (key: String, value: YAMLNode?) =
      switch change.effect {
      case .cut: ("cut", .made(ends))
      case .slower(let span): ("slow", .made(ends + [("by", .made(Codec.duration(), span))]))
      case .loss(let loss): ("lose", .made(ends + [("probability", .made(decimalText(loss)))]))
      // The last phase of a run makes such changes; no plan has them.
      case .law: ("law", nil)
      }
    return .made([
      ("at", .made(Codec.instant, change.at)),
      ("until", change.until.map { .made(Codec.instant, $0) }), what,
    ])
  }

  private func ends(
    _ from: NodeSelector, _ to: NodeSelector
  ) -> [(key: String, value: YAMLNode?)] {
    [("from", node(of: from)), ("to", node(of: to))]
  }

  func node(of selector: NodeSelector) -> YAMLNode {
    if selector == .all { return .made([.made("all")]) }
    let nodes = selector.listed
    var names = nodes.compactMap { $0.index < replicas ? quoted("\($0.index)") : nil }
    if case .groups(let named, _) = selector { names += named.map { quoted(groups.names[$0]) } }
    return .made(nodes.contains { $0.index >= replicas } ? names + [.made("clients")] : names)
  }

  /// The number of the group of a client.
  func group(of client: Client) -> Int { client.group.flatMap { groups.find($0) } ?? 0 }

  private func quoted(_ text: String) -> YAMLNode {
    YAMLNode(.scalar(text, isQuoted: true), at: .nowhere)
  }
}

extension MachineNames {
  /// The ends of links; a node has no link to itself.
  fileprivate func ends(of reader: MappingReader) -> (from: NodeSelector, to: NodeSelector) {
    let from = select(reader["from"])
    let to = select(reader["to"])
    if case .nodes(let senders) = from, senders.count == 1, from == to {
      reader.error("a node has no link to itself", at: "to")
    }
    return (from, to)
  }
}
