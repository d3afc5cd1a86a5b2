import ConsensusCore

/// The local states that a replica may be in for all that others can notice, each with the family of
/// sets of messages that may have been delivered to it on the way.
///
/// The replica has sent the same and crashed as often in all of them.
struct DeliveryCell: Hashable, Sendable {
  /// Local states, ascending.
  let states: [UInt32]
  /// By state, a family.
  let families: [UInt32]
  /// All that the replica ever sent: a number of ``LocalSpace/outboxes``.
  let outbox: UInt32
  let crashes: UInt8
  /// All sets of the families.
  let delivered: UInt32
}

/// The cells found so far, by replica, and the steps between them.
struct DeliverySpace<M: Model>: Sendable {
  var locals: LocalSpace<M>
  var families = SetFamilies()
  private(set) var cells: [[DeliveryCell]]

  /// What a step starts from.
  private struct Occasion: Hashable {
    let cell: UInt32
    let receivable: UInt32
    let mayCrash: Bool
  }

  private var cellNumbers: [[DeliveryCell: UInt32]]
  /// What can be received, ascending: numbers of messages.
  private var receivableSets: [[UInt32]] = [[]]
  private var receivableNumbers: [[UInt32]: UInt32] = [[]: 0]
  private var closures: [PairTable]
  private var unions: [PairTable]
  private var steps: [[Occasion: [UInt32]]]

  /// Creates the space over local states that may be known in part.
  init(_ locals: LocalSpace<M>) {
    self.locals = locals
    let count = locals.model.replicas
    cells = Array(repeating: [], count: count)
    cellNumbers = Array(repeating: [:], count: count)
    closures = Array(repeating: PairTable(), count: count)
    unions = closures
    steps = Array(repeating: [:], count: count)
  }

  /// The cell of the first state of a replica alone.
  mutating func first(of replica: Int) -> UInt32 {
    number(
      of: [0: SetFamilies.unit], outbox: locals.firstOutboxes[replica], crashes: 0, of: replica)
  }

  /// The number of a cell, its members as families by local state.
  private mutating func number(
    of members: [UInt32: UInt32], outbox: UInt32, crashes: UInt8, of replica: Int
  ) -> UInt32 {
    let states = members.keys.sorted()
    let values = states.map { members[$0] ?? SetFamilies.empty }
    var delivered = SetFamilies.empty
    for family in values { delivered = families.union(delivered, family) }
    let cell = DeliveryCell(
      states: states, families: values, outbox: outbox, crashes: crashes, delivered: delivered)
    if let known = cellNumbers[replica][cell] { return known }
    let number = UInt32(cells[replica].count)
    cellNumbers[replica][cell] = number
    cells[replica].append(cell)
    return number
  }

  /// What the others have sent to a replica, as a number.
  mutating func receivable(of replica: Int, among honest: [Int], in current: [UInt32]) -> UInt32 {
    var all: Set<UInt32> = []
    for (position, sender) in honest.enumerated() where sender != replica {
      let outbox = cells[sender][Int(current[position])].outbox
      all.formUnion(locals.outboxes[Int(outbox)].messages[replica])
    }
    let sorted = all.sorted()
    if let known = receivableNumbers[sorted] { return known }
    let number = UInt32(receivableSets.count)
    receivableNumbers[sorted] = number
    receivableSets.append(sorted)
    return number
  }

  /// What an input puts into the set of delivered messages, as an element of a family; nil if the
  /// input is a timer or a crash.
  private func element(of input: UInt32, at replica: Int) -> UInt32? {
    if let message = locals.code.message(of: input) {
      return UInt32(replica) << 24 | UInt32(locals.code.environment) + message
    }
    return input < locals.code.timer(0) ? UInt32(replica) << 24 | input : nil
  }

  // MARK: Steps

  /// The cell with all that its replica can do without sending anything new and without a crash.
  mutating func closure(of cell: UInt32, with receivable: UInt32, of replica: Int) -> UInt32 {
    if let known = closures[replica][cell, receivable] { return UInt32(known) }
    let origin = cells[replica][Int(cell)]
    var members = Dictionary(uniqueKeysWithValues: zip(origin.states, origin.families))
    var queue = origin.states
    var waiting = Set(queue)
    var head = 0
    while head < queue.count {
      let state = queue[head]
      head += 1
      waiting.remove(state)
      var family = members[state] ?? SetFamilies.empty
      var moves: [(state: UInt32, element: UInt32?)] = []
      for input in inputs(of: state, with: receivable, mayCrash: false, of: replica) {
        let step = locals.next(state, input, of: replica)
        guard locals.union(origin.outbox, step.sent) == origin.outbox else { continue }
        let element = element(of: input, at: replica)
        if step.state != state {
          moves.append((step.state, element))
        } else if let element {
          family = families.extending(family, by: element)
        }
      }
      members[state] = family
      for move in moves {
        let old = members[move.state] ?? SetFamilies.empty
        let new = families.union(old, self.family(family, after: move.element))
        if new == old { continue }
        members[move.state] = new
        if waiting.insert(move.state).inserted { queue.append(move.state) }
      }
    }
    let result = number(
      of: members, outbox: origin.outbox, crashes: origin.crashes, of: replica)
    closures[replica].insert(cell, receivable, UInt64(result))
    return result
  }

  /// The sets of a family after a delivery, or after a step without one.
  private mutating func family(_ family: UInt32, after element: UInt32?) -> UInt32 {
    guard let element else { return family }
    return families.adding(element, to: family)
  }

  /// The cells that follow a closed one by a step that others can notice, in the order of what was
  /// sent; they are not closed.
  mutating func successors(
    of cell: UInt32, with receivable: UInt32, mayCrash: Bool, of replica: Int
  ) -> [UInt32] {
    let key = Occasion(cell: cell, receivable: receivable, mayCrash: mayCrash)
    if let known = steps[replica][key] { return known }
    let origin = cells[replica][Int(cell)]
    var groups: [UInt64: [UInt32: UInt32]] = [:]
    for (state, family) in zip(origin.states, origin.families) {
      for input in inputs(of: state, with: receivable, mayCrash: mayCrash, of: replica) {
        let step = locals.next(state, input, of: replica)
        let sent = locals.union(origin.outbox, step.sent)
        let crashes = locals.states[replica][Int(step.state)].crashes
        if sent == origin.outbox, crashes == origin.crashes { continue }
        let arriving = self.family(family, after: element(of: input, at: replica))
        let face = UInt64(sent) << 8 | UInt64(crashes)
        let old = groups[face]?[step.state] ?? SetFamilies.empty
        groups[face, default: [:]][step.state] = families.union(old, arriving)
      }
    }
    let result = groups.keys.sorted().map { face in
      number(
        of: groups[face] ?? [:], outbox: UInt32(face >> 8),
        crashes: UInt8(truncatingIfNeeded: face), of: replica)
    }
    steps[replica][key] = result
    return result
  }

  /// How many messages a replica has sent, those to two replicas twice, and how often it crashed.
  func weight(of cell: UInt32, of replica: Int) -> Int {
    let cell = cells[replica][Int(cell)]
    let sent = locals.outboxes[Int(cell.outbox)].messages
    return sent.reduce(Int(cell.crashes)) { $0 + $1.count }
  }

  /// The cell with the elements of two, in which the replica has sent and crashed the same.
  mutating func union(_ cell: UInt32, _ other: UInt32, of replica: Int) -> UInt32 {
    if cell == other { return cell }
    let (first, second) = cell < other ? (cell, other) : (other, cell)
    if let known = unions[replica][first, second] { return UInt32(known) }
    let (left, right) = (cells[replica][Int(first)], cells[replica][Int(second)])
    var members = Dictionary(uniqueKeysWithValues: zip(left.states, left.families))
    for (state, family) in zip(right.states, right.families) {
      members[state] = families.union(members[state] ?? SetFamilies.empty, family)
    }
    let result = number(
      of: members, outbox: left.outbox, crashes: left.crashes, of: replica)
    unions[replica].insert(first, second, UInt64(result))
    return result
  }

  /// Everything that can happen to a local state.
  private func inputs(
    of state: UInt32, with receivable: UInt32, mayCrash: Bool, of replica: Int
  ) -> [UInt32] {
    var result: [UInt32] = []
    locals.forEachOwnInput(of: state, of: replica, mayCrash: mayCrash) { result.append($0) }
    for message in receivableSets[Int(receivable)] { result.append(locals.code.message(message)) }
    return result
  }
}
