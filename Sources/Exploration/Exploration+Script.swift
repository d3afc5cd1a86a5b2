import ConsensusCore

/// A local state at a point of a way.
private struct Place: Hashable {
  let time: Int
  let state: UInt32
}

// The way to a state, as steps of single replicas.
extension Exploration {
  /// One step of one replica, between two states of sets.
  private struct Move {
    let replica: Int
    let input: UInt32
  }

  /// The steps on a way to a visited state, up to who is who.
  mutating func script(to number: Int) -> [String] {
    let (states, movers) = way(to: number)
    // For each replica, its steps after each of the states on the way.
    var moves: [[[UInt32]]] = []
    for replica in 0..<replicas {
      let isHonest = !space.locals.isByzantine(replica)
      moves.append(
        isHonest
          ? inputs(of: replica, along: states, movers)
          : Array(repeating: [], count: states.count))
    }
    var ordered: [Move] = []
    for index in movers.indices {
      // The step that others notice comes last; whatever they did before it stays theirs.
      for replica in 0..<replicas where replica != movers[index] {
        ordered += moves[replica][index].map { Move(replica: replica, input: $0) }
      }
      let own = movers[index]
      ordered += moves[own][index].map { Move(replica: own, input: $0) }
    }
    return ordered.enumerated().map { "\($0 + 1). " + describe($1.input, at: $1.replica) }
  }

  /// The states on a shortest way to a visited one, and who steps after each but the last.
  private mutating func way(to number: Int) -> (states: [[UInt32]], movers: [Int]) {
    var keys: [UInt64] = []
    var index = UInt32(number)
    while index != .max {
      keys.append(table.keys[Int(index)])
      index = table.parents[Int(index)]
    }
    var states = [first()]
    var movers: [Int] = []
    for key in keys.reversed().dropFirst() {
      let current = states[states.count - 1]
      for (replica, next) in successors(of: current) {
        let successor = after(current, replica, next)
        guard canonical(successor).key == key else { continue }
        states.append(successor)
        movers.append(replica)
        break
      }
    }
    return (states, movers)
  }

  /// The fewest inputs that take a replica along the states: for each state those it takes there,
  /// the one that leads to the next state included.
  private mutating func inputs(
    of replica: Int, along states: [[UInt32]], _ movers: [Int]
  ) -> [[UInt32]] {
    var queue = [Place(time: 0, state: 0)]
    var parents: [Place: (from: Place, input: UInt32?)] = [:]
    var head = 0
    while head < queue.count, queue[head].time < movers.count {
      let place = queue[head]
      head += 1
      let sets = states[place.time]
      let face = space.sets[replica][Int(sets[replica])].face
      let target = space.sets[replica][Int(states[place.time + 1][replica])].face
      let isMover = movers[place.time] == replica
      func visit(_ next: Place, by input: UInt32?) {
        guard next != queue[0], parents[next] == nil else { return }
        parents[next] = (place, input)
        queue.append(next)
      }
      if !isMover { visit(Place(time: place.time + 1, state: place.state), by: nil) }
      let available = space.available(to: replica, in: sets)
      let all = space.inputs(of: place.state, with: available, mayCrash: isMover, of: replica)
      for input in all {
        let next = space.locals.next(place.state, input, of: replica)
        let reached = space.locals.face(of: next, of: replica)
        if next != place.state, reached == face {
          visit(Place(time: place.time, state: next), by: input)
        }
        if isMover, reached == target {
          visit(Place(time: place.time + 1, state: next), by: input)
        }
      }
    }
    var result: [[UInt32]] = Array(repeating: [], count: states.count)
    guard head < queue.count else { return result }
    var place = queue[head]
    while let (from, input) = parents[place] {
      if let input { result[from.time].insert(input, at: 0) }
      place = from
    }
    return result
  }

  private func describe(_ input: UInt32, at replica: Int) -> String {
    let code = space.locals.code
    if let number = code.message(of: input) {
      let known = space.locals.messages[Int(number)]
      return "r\(known.sender) -> r\(replica): \(known.message.summary)"
    }
    if input == code.crash { return "r\(replica) crashes and restarts from its disk" }
    if input >= code.timer(0),
      let timer = M.Subject.Timer(rawValue: UInt8(truncatingIfNeeded: Int(input) - code.offers))
    {
      return "r\(replica): the \(timer) timer runs out"
    }
    let offer = space.locals.model.offers[Int(input)]
    return "\(offer.sender) -> r\(replica): \(offer.name)"
  }
}

extension Exploration {
  /// How many different global states the visited states stand for; for small explorations without
  /// symmetry, since each is made.
  func countOfGlobalStates() -> Int {
    var all: Set<[UInt32]> = []
    for key in table.keys {
      let sets = unpack(key)
      var partial: [[UInt32]] = [[]]
      for replica in 0..<replicas {
        let members =
          space.locals.isByzantine(replica)
          ? [0] : space.sets[replica][Int(sets[replica])].members
        partial = partial.flatMap { prefix in members.map { prefix + [$0] } }
      }
      all.formUnion(partial)
    }
    return all.count
  }
}
