import Notation

/// Takes replicas out of a plan: those above them move down by one, and what names nobody else goes.
enum ReplicaCut {
  /// The plan without all replicas that nothing names, as far as four stay, then without one.
  static func candidates(of tree: YAMLNode) -> [YAMLNode] {
    guard let count = tree["replicas"]?.scalarText.flatMap({ Int($0) }) ?? 4 as Int?, count > 1
    else { return [] }
    var bare: [Int] = []
    for replica in (0..<count).reversed() where !isNamed(replica, in: tree) { bare.append(replica) }
    var candidates: [YAMLNode] = []
    let spare = min(bare.count, count - 4)
    if spare > 1 {
      var cut: YAMLNode = tree
      for (index, replica) in bare.prefix(spare).enumerated() {
        cut = removing(replica, of: count - index, from: cut)
      }
      candidates.append(cut)
    }
    let order = bare + (0..<count).reversed().filter { !bare.contains($0) }
    return candidates + order.map { removing($0, of: count, from: tree) }
  }

  private static func isNamed(_ replica: Int, in tree: YAMLNode) -> Bool {
    var isFound = false
    for site in tree.sites(of: ScenarioSpec.file) where lists.contains(site.path.keys) {
      isFound = isFound || site.node.scalarText == "\(replica)"
    }
    return isFound
  }

  private static let lists = [
    "faults.nodes", "faults.recipients", "network.links.from", "network.links.to",
    "network.events.partition", "network.events.cut.from", "network.events.cut.to",
    "network.events.slow.from", "network.events.slow.to", "network.events.lose.from",
    "network.events.lose.to",
  ]

  /// The plan with one replica of `count` less.
  static func removing(_ replica: Int, of count: Int, from tree: YAMLNode) -> YAMLNode {
    var cut = tree.setting("replicas", to: tree.scalar("\(count - 1)"))
    if let machines = tree["nodes"] {
      let left = machines.items.compactMap { machine -> YAMLNode? in
        guard let id = machine["id"]?.scalarText.flatMap({ Int($0) }) else { return machine }
        if id == replica { return nil }
        return id > replica ? machine.setting("id", to: machine.scalar("\(id - 1)")) : machine
      }
      cut = cut.setting("nodes", to: YAMLNode(.sequence(left), at: machines.location))
    }
    if let faults = tree["faults"] {
      cut = cut.setting(
        "faults", to: faults.keeping { renumbered($0, ["nodes", "recipients"], replica) })
    }
    if let network = tree["network"], case .mapping = network.content {
      var changed = network
      if let events = network["events"] {
        changed = changed.setting("events", to: events.keeping { event($0, without: replica) })
      }
      if let links = network["links"] {
        changed = changed.setting(
          "links", to: links.keeping { renumbered($0, ["from", "to"], replica) })
      }
      cut = cut.setting("network", to: changed)
    }
    if let mining = tree["pow"], let rates = mining["hash-rates"], rates.items.count == count {
      var left = rates.items
      left.remove(at: replica)
      cut = cut.setting(
        "pow", to: mining.setting("hash-rates", to: YAMLNode(.sequence(left), at: rates.location)))
    }
    return cut
  }

  /// A network event; nil if it is about nobody else.
  private static func event(_ event: YAMLNode, without replica: Int) -> YAMLNode? {
    var changed = event
    if let sides = event["partition"] {
      let left = sides.items.compactMap { list($0, without: replica) }
      guard left.count == sides.items.count else { return nil }
      changed = changed.setting("partition", to: YAMLNode(.sequence(left), at: sides.location))
    }
    for key in ["cut", "slow", "lose"] {
      guard let links = event[key] else { continue }
      guard let left = renumbered(links, ["from", "to"], replica) else { return nil }
      changed = changed.setting(key, to: left)
    }
    return changed
  }

  /// A mapping with some lists of replicas; nil if one of them names nobody any more.
  private static func renumbered(
    _ node: YAMLNode, _ keys: [String], _ replica: Int
  ) -> YAMLNode? {
    var changed = node
    for key in keys {
      guard let names = node[key], !names.items.isEmpty else { continue }
      guard let left = list(names, without: replica) else { return nil }
      changed = changed.setting(key, to: left)
    }
    return changed
  }

  private static func list(_ names: YAMLNode, without replica: Int) -> YAMLNode? {
    let left = names.items.compactMap { name -> YAMLNode? in
      guard case .scalar(let text, let isQuoted) = name.content, let id = Int(text) else {
        return name
      }
      if id == replica { return nil }
      return YAMLNode(
        .scalar(id > replica ? "\(id - 1)" : text, isQuoted: isQuoted), at: name.location)
    }
    return left.isEmpty ? nil : YAMLNode(.sequence(left), at: names.location)
  }
}

extension YAMLNode {
  /// The list with its items changed, without those for which the answer is nil.
  fileprivate func keeping(_ change: (YAMLNode) -> YAMLNode?) -> YAMLNode {
    guard case .sequence(let items) = content else { return self }
    return YAMLNode(.sequence(items.compactMap(change)), at: location)
  }
}
