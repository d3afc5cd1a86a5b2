import DiscreteEvents

/// The law of a link at some time, ready to be applied.
struct CompiledLaw: Hashable {
  var latency: Distribution
  var extra: VirtualDuration
  var loss: Double
  var duplication: Double
  var isFIFO: Bool
  var isCut: Bool

  /// Whether every copy simply arrives after its latency.
  var isPlain: Bool { loss == 0 && duplication == 0 && !isFIFO && !isCut }
}

/// The network model compiled to tables: the law of every link as a function of time.
///
/// Changes are known beforehand, so time falls into epochs without change. Nodes that no selector
/// tells apart share a cell, so the table of an epoch is cells x cells however many nodes there are.
struct Network: ~Copyable {
  /// Whether some link is cut at some time.
  let hasCuts: Bool
  /// Whether all links follow one plain law for ever.
  let isPlain: Bool
  /// Whether some law at some time asks for FIFO order.
  let hasFIFO: Bool

  private let nodeCount: Int
  private let cellCount: Int
  private let cells: UnsafeMutablePointer<UInt16>
  private let table: UnsafeMutablePointer<UInt32>
  private let laws: UnsafeMutablePointer<CompiledLaw>
  private let lastArrivals: UnsafeMutablePointer<VirtualTime>?
  private let boundaries: [VirtualTime]
  private var epoch = 0
  private var epochStart: VirtualTime
  private var epochEnd: VirtualTime
  /// The epoch in which nothing is changed, if the run may come to it.
  private let healedEpoch: Int?

  /// Compiles `model` for nodes in the given groups; `heals` if ``heal()`` may be called.
  init(_ model: NetworkModel, groups: [Int], heals: Bool) {
    Self.validate(model, groups: groups)
    var times: [VirtualTime] = [.zero]
    for change in model.changes {
      times.append(max(.zero, change.at))
      if let until = change.until { times.append(max(.zero, until)) }
    }
    times.sort()
    var distinct: [VirtualTime] = []
    for time in times where distinct.last != time { distinct.append(time) }
    boundaries = distinct

    let partition = CellPartition(model, groups: groups)
    let representatives = partition.representatives
    precondition(
      representatives.count <= 4096,
      "the network tells \(representatives.count) sorts of nodes apart")
    var compiled: [CompiledLaw] = []
    var indexes: [UInt32] = []
    var indexOf: [CompiledLaw: UInt32] = [:]
    var unchanged = model
    unchanged.changes = []
    for index in unchanged.classes.indices {
      unchanged.classes[index].loss = 0
      unchanged.classes[index].duplication = 0
    }
    let isHealable =
      heals
      && (!model.changes.isEmpty || model.classes.contains { $0.loss > 0 || $0.duplication > 0 })
    healedEpoch = isHealable ? distinct.count : nil
    for time in distinct + (isHealable ? [.distantFuture] : []) {
      for from in representatives {
        for to in representatives {
          let law = Self.law(
            time == .distantFuture ? unchanged : model, groups: groups, from: from, to: to, at: time
          )
          let fresh = UInt32(truncatingIfNeeded: compiled.count)
          let index = indexOf[law] ?? fresh
          if index == fresh {
            indexOf[law] = fresh
            compiled.append(law)
          }
          indexes.append(index)
        }
      }
    }
    nodeCount = groups.count
    cellCount = representatives.count
    cells = .allocate(capacity: groups.count)
    cells.initialize(from: partition.cellOfNode, count: groups.count)
    table = .allocate(capacity: indexes.count)
    table.initialize(from: indexes, count: indexes.count)
    laws = .allocate(capacity: compiled.count)
    laws.initialize(from: compiled, count: compiled.count)
    hasCuts = compiled.contains { $0.isCut }
    hasFIFO = compiled.contains { $0.isFIFO }
    isPlain = compiled.count == 1 && compiled[0].isPlain
    if hasFIFO {
      let links: UnsafeMutablePointer<VirtualTime> = .allocate(
        capacity: groups.count * groups.count)
      links.initialize(repeating: .zero, count: groups.count * groups.count)
      lastArrivals = links
    } else {
      lastArrivals = nil
    }
    epochStart = distinct[0]
    epochEnd = distinct.count > 1 ? distinct[1] : .distantFuture
  }

  deinit {
    cells.deallocate()
    table.deallocate()
    laws.deallocate()
    lastArrivals?.deallocate()
  }

  /// From now on no change is in force, and links neither lose nor duplicate.
  ///
  /// What is on its way on a FIFO link may be overtaken once: a liar's message can be so large that
  /// it arrives in hours.
  mutating func heal() {
    lastArrivals?.update(repeating: .zero, count: nodeCount * nodeCount)
    guard let healedEpoch else { return }
    epoch = healedEpoch
    epochStart = .zero
    epochEnd = .distantFuture
  }

  /// The one law of a plain network.
  var plainLaw: CompiledLaw {
    @inline(__always) get { laws[0] }
  }

  /// The law of the link between two nodes at an instant.
  @inline(__always)
  mutating func law(from: Int, to: Int, at time: VirtualTime) -> CompiledLaw {
    if time < epochStart || time >= epochEnd { seekEpoch(of: time) }
    let row = (epoch &* cellCount &+ Int(cells[from])) &* cellCount
    return laws[Int(table[row &+ Int(cells[to])])]
  }

  /// The arrival on a FIFO link: not before the last one.
  @inline(__always)
  mutating func orderedArrival(from: Int, to: Int, at time: VirtualTime) -> VirtualTime {
    guard let lastArrivals else { return time }
    let slot = from &* nodeCount &+ to
    let arrival = max(time, lastArrivals[slot])
    lastArrivals[slot] = arrival
    return arrival
  }

  @inline(never)
  private mutating func seekEpoch(of time: VirtualTime) {
    var low = 0
    var high = boundaries.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if boundaries[middle] <= time { low = middle } else { high = middle - 1 }
    }
    epoch = low
    epochStart = boundaries[low]
    epochEnd = low + 1 < boundaries.count ? boundaries[low + 1] : .distantFuture
  }

  private static func validate(_ model: NetworkModel, groups: [Int]) {
    for group in groups {
      precondition(
        model.groupLinks.indices.contains(group), "the network has no links for group \(group)")
    }
    for row in model.groupLinks {
      precondition(
        row.count == model.groupLinks.count && row.allSatisfy(model.classes.indices.contains),
        "the table of links between groups is not a square of classes")
    }
    for link in model.overrides {
      precondition(
        model.classes.indices.contains(link.linkClass), "there is no class \(link.linkClass)")
    }
  }

  private static func law(
    _ model: NetworkModel, groups: [Int], from: Int, to: Int, at time: VirtualTime
  ) -> CompiledLaw {
    var base = model.classes[model.groupLinks[groups[from]][groups[to]]]
    for link in model.overrides
    where link.from.contains(from, groups: groups) && link.to.contains(to, groups: groups) {
      base = model.classes[link.linkClass]
    }
    var extra = VirtualDuration.zero
    var isCut = false
    for change in model.changes
    where change.at <= time && time < (change.until ?? .distantFuture)
      && change.from.contains(from, groups: groups) && change.to.contains(to, groups: groups)
    {
      switch change.effect {
      case .cut: isCut = true
      case .law(let law): base = law
      case .slower(let span): extra = extra + span
      case .loss(let loss): base.loss = loss
      }
    }
    return CompiledLaw(
      latency: base.latency, extra: extra, loss: base.loss,
      duplication: base.duplication, isFIFO: base.isFIFO, isCut: isCut)
  }
}

/// The nodes divided into cells that no selector of a network model tells apart.
private struct CellPartition {
  var cellOfNode: [UInt16] = []
  var representatives: [Int] = []

  private struct Membership: Hashable {
    let group: Int
    let selectors: [Int]
  }

  init(_ model: NetworkModel, groups: [Int]) {
    var selectors: [NodeSelector] = []
    for link in model.overrides { selectors += [link.from, link.to] }
    for change in model.changes { selectors += [change.from, change.to] }
    // By node the selectors that name it; those that all nodes or whole groups share tell none apart.
    var named = [[Int]](repeating: [], count: groups.count)
    for (place, selector) in selectors.enumerated() {
      for node in selector.listed where node.index < groups.count && named[node.index].last != place
      {
        named[node.index].append(place)
      }
    }
    var known: [Membership: Int] = [:]
    for node in groups.indices {
      let membership = Membership(group: groups[node], selectors: named[node])
      let cell = known[membership] ?? representatives.count
      if cell == representatives.count {
        known[membership] = cell
        representatives.append(node)
      }
      // Too many cells are refused by the caller.
      cellOfNode.append(UInt16(truncatingIfNeeded: cell))
    }
  }
}

extension NodeSelector {
  fileprivate func contains(_ node: Int, groups: [Int]) -> Bool {
    switch self {
    case .all: true
    case .nodes(let nodes): nodes.contains(NodeID(node))
    case .groups(let named, and: let nodes):
      named.contains(groups[node]) || nodes.contains(NodeID(node))
    }
  }
}
