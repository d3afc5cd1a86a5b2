import ConsensusCore

/// Counts the delivery states of a model: the reachable vectors of what was delivered to each honest
/// replica so far.
///
/// A message is in the set of a replica from its first delivery on, even if the replica ignores it;
/// the messages of the environment are messages too. Timers and crashes deliver nothing, but may make more reachable.
///
/// What is visited is a vector of a ``DeliveryCell`` for each honest replica: the local states that
/// the replica may be in after what it has sent and how often it crashed, each with a family of sets
/// of delivered messages. A replica acts on others only by what it sends, which stays available.
/// Whichever state and set of its cell a replica is in, the others can do the same; so all
/// combinations of the elements of the cells are reachable if one is.
///
/// Vectors in which all replicas have sent the same are compared before any is visited: one that is
/// contained in another is left out, and those that differ in one cell are one vector with the union
/// of these cells, which has the same combinations.
struct DeliveryExploration<M: Model>: Sendable {
  private typealias Vector = [UInt32]

  private var space: DeliverySpace<M>
  private let honest: [Int]
  private let limit: Int
  private let nodeLimit: Int
  /// Vectors to visit, by how many messages were sent and crashes happened; each step adds to that.
  private var waiting: [Rank] = []
  /// For each visited vector, all sets of each cell.
  private var delivered: Set<Vector> = []
  /// How many vectors were visited.
  private(set) var classes = 0

  /// Vectors by what was sent and who crashed, in the order of finding.
  private struct Rank: Sendable {
    var faces: [Vector] = []
    var vectors: [Vector: Set<Vector>] = [:]

    mutating func insert(_ vector: Vector, face: Vector) {
      if vectors[face] == nil { faces.append(face) }
      vectors[face, default: []].insert(vector)
    }
  }

  /// Prepares to explore.
  ///
  /// - Parameters:
  ///   - locals: The local states of what is explored, as far as they are known.
  ///   - limit: The most vectors of cells to visit.
  ///   - nodeLimit: The most nodes of decision diagrams, checked between visits.
  init(_ locals: LocalSpace<M>, limit: Int, nodeLimit: Int) {
    let model = locals.model
    precondition((2...8).contains(model.replicas), "cannot explore \(model.replicas) replicas")
    self.limit = limit
    self.nodeLimit = nodeLimit
    honest = (0..<model.replicas).filter { !model.byzantine.contains(ReplicaID($0)) }
    space = DeliverySpace(locals)
  }

  /// Visits every vector of cells, or as many as the limits allow, and counts what they stand for.
  mutating func run() -> DeliveryCount {
    enter(honest.map { space.first(of: $0) })
    var rank = 0
    var isComplete = true
    while rank < waiting.count, isComplete {
      isComplete = visitAll(of: rank)
      rank += 1
    }
    let count = countOfVectors()
    return DeliveryCount(states: count, isComplete: isComplete && count < UInt128.max)
  }

  /// Visits the vectors of a rank; returns whether the limits allowed all.
  private mutating func visitAll(of rank: Int) -> Bool {
    let group = waiting[rank]
    waiting[rank] = Rank()
    for face in group.faces {
      for vector in maximal(group.vectors[face] ?? []) {
        guard classes < limit, space.families.count < nodeLimit else { return false }
        visit(vector)
      }
    }
    return true
  }

  /// Enters all vectors that follow one by a step that others can notice.
  private mutating func visit(_ vector: Vector) {
    classes += 1
    delivered.insert(
      honest.indices.map { space.cells[honest[$0]][Int(vector[$0])].delivered })
    let crashes = honest.indices.reduce(0) {
      $0 + Int(space.cells[honest[$1]][Int(vector[$1])].crashes)
    }
    let mayCrash = crashes < space.locals.model.crashes
    for (position, replica) in honest.enumerated() {
      let receivable = space.receivable(of: replica, among: honest, in: vector)
      for cell in space.successors(
        of: vector[position], with: receivable, mayCrash: mayCrash, of: replica)
      {
        var next = vector
        next[position] = cell
        enter(next)
      }
    }
  }

  /// Enters a vector of cells after all that its replicas can do unnoticed.
  private mutating func enter(_ cells: Vector) {
    var closed = cells
    for (position, replica) in honest.enumerated() {
      let receivable = space.receivable(of: replica, among: honest, in: cells)
      closed[position] = space.closure(of: cells[position], with: receivable, of: replica)
    }
    let rank = honest.indices.reduce(0) { $0 + space.weight(of: cells[$1], of: honest[$1]) }
    while waiting.count <= rank { waiting.append(Rank()) }
    waiting[rank].insert(closed, face: face(of: closed))
  }

  /// What each replica has sent and how often it crashed.
  private func face(of vector: Vector) -> Vector {
    honest.indices.flatMap { position in
      let cell = space.cells[honest[position]][Int(vector[position])]
      return [cell.outbox, UInt32(cell.crashes)]
    }
  }

  /// Few vectors with the same combinations as those given.
  private mutating func maximal(_ vectors: Set<Vector>) -> [Vector] {
    var vectors = vectors.sorted { $0.lexicographicallyPrecedes($1) }
    var count = 0
    while count != vectors.count {
      count = vectors.count
      for position in honest.indices { vectors = joined(vectors, at: position) }
    }
    var result: [Vector] = []
    for vector in vectors where !result.contains(where: { contains($0, vector) }) {
      result.removeAll { contains(vector, $0) }
      result.append(vector)
    }
    return result
  }

  /// The vectors, those joined that differ at a position only.
  private mutating func joined(_ vectors: [Vector], at position: Int) -> [Vector] {
    var places: [Vector: Int] = [:]
    var result: [Vector] = []
    for vector in vectors {
      var others = vector
      others[position] = .max
      if let place = places[others] {
        result[place][position] = space.union(
          result[place][position], vector[position], of: honest[position])
      } else {
        places[others] = result.count
        result.append(vector)
      }
    }
    return result
  }

  /// Whether the combinations of a vector include those of another.
  private mutating func contains(_ vector: Vector, _ other: Vector) -> Bool {
    for position in honest.indices
    where space.union(vector[position], other[position], of: honest[position]) != vector[position] {
      return false
    }
    return true
  }

  // MARK: Counting

  /// How many vectors of delivered sets are in the products of the visited cells.
  private mutating func countOfVectors() -> UInt128 {
    let vectors = delivered.sorted { $0.lexicographicallyPrecedes($1) }
    let all = union(of: vectors[...], from: 0)
    return space.families.size(of: all)
  }

  /// The union of the products of families from a position on.
  ///
  /// The vectors ascend and are equal before the position.
  private mutating func union(of vectors: ArraySlice<Vector>, from position: Int) -> UInt32 {
    guard position < honest.count else { return SetFamilies.unit }
    // By the union of what follows, the sets of this replica that it follows.
    var heads: [UInt32: UInt32] = [:]
    var order: [UInt32] = []
    var start = vectors.startIndex
    while start < vectors.endIndex {
      let family = vectors[start][position]
      var end = start + 1
      while end < vectors.endIndex, vectors[end][position] == family { end += 1 }
      let rest = union(of: vectors[start..<end], from: position + 1)
      if let head = heads[rest] {
        heads[rest] = space.families.union(head, family)
      } else {
        heads[rest] = family
        order.append(rest)
      }
      start = end
    }
    var parts = order.map { space.families.product(heads[$0] ?? SetFamilies.empty, $0) }
    while parts.count > 1 {
      parts = stride(from: 0, to: parts.count, by: 2).map {
        $0 + 1 < parts.count ? space.families.union(parts[$0], parts[$0 + 1]) : parts[$0]
      }
    }
    return parts.first ?? SetFamilies.empty
  }
}
