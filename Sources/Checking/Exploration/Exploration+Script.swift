import ConsensusCore

/// A local state at a point of a way.
private struct Place: Hashable {
  let time: Int
  let state: UInt32
}

// The way to a state, as steps of single replicas.
extension Exploration {
  /// One step of one replica.
  private struct Move {
    let replica: Int
    let input: UInt32
  }

  /// A way by sets: the states, and who makes which step after each but the last.
  private struct Way {
    var states: [[UInt32]]
    var steps: [(replica: Int, step: SetStep)] = []
  }

  /// The steps on a way to a visited state with a breach, up to who is who.
  mutating func script(to number: Int) -> [String] {
    let way = way(to: number)
    let wanted = guilty(in: way.states[way.states.count - 1])
    // For each replica, its steps after each of the states on the way.
    var moves: [[[UInt32]]] = Array(
      repeating: Array(repeating: [], count: way.states.count), count: replicas)
    for replica in honest {
      moves[replica] = inputs(of: replica, along: way, to: wanted[replica])
    }
    var ordered: [Move] = []
    for index in way.states.indices {
      // The step that others notice comes last; whatever they did before it stays theirs.
      let mover = index < way.steps.count ? way.steps[index].replica : replicas
      for replica in Array(0..<replicas).filter({ $0 != mover }) + [mover] {
        guard replica < replicas else { continue }
        ordered += moves[replica][index].map { Move(replica: replica, input: $0) }
      }
    }
    return withAnswers(ordered).enumerated().map {
      "\($0 + 1). " + describe($1.input, at: $1.replica)
    }
  }

  /// Records of the members of sets that together break an invariant.
  private func guilty(in sets: [UInt32]) -> [UInt32] {
    var combinations: [[UInt32]] = [Array(repeating: .max, count: replicas)]
    for replica in honest {
      let records = space.recordSets[Int(space.sets[replica][Int(sets[replica])].records)]
      combinations = combinations.flatMap { prefix in
        records.map { record in
          var longer = prefix
          longer[replica] = record
          return longer
        }
      }
    }
    return combinations.first { !breaches(of: $0).isEmpty } ?? combinations[0]
  }

  /// A shortest way to a visited state.
  private mutating func way(to number: Int) -> Way {
    var keys: [StateKey] = []
    var index = UInt32(number)
    while index != .max {
      keys.append(table.keys[Int(index)])
      index = parents[Int(index)]
    }
    var way = Way(states: [first()])
    for key in keys.reversed().dropFirst() {
      let current = way.states[way.states.count - 1]
      for (replica, step) in successors(of: current) {
        let successor = after(current, replica, step)
        guard canonical(successor).key == key else { continue }
        way.states.append(successor)
        way.steps.append((replica, step))
        break
      }
    }
    return way
  }

  /// The fewest inputs that take a replica along a way to a record: for each state those it takes
  /// there, the one that leads to the next state included.
  private mutating func inputs(
    of replica: Int, along way: Way, to record: UInt32
  ) -> [[UInt32]] {
    var queue = [Place(time: 0, state: 0)]
    var parents: [Place: (from: Place, input: UInt32?)] = [:]
    var head = 0
    func isGoal(_ place: Place) -> Bool {
      place.time == way.steps.count
        && space.locals.states[replica][Int(place.state)].record == record
    }
    while head < queue.count, !isGoal(queue[head]) {
      let place = queue[head]
      head += 1
      let sets = way.states[place.time]
      let origin = space.sets[replica][Int(sets[replica])]
      let move = place.time < way.steps.count ? way.steps[place.time] : nil
      func visit(_ next: Place, by input: UInt32?) {
        guard next != queue[0], parents[next] == nil else { return }
        parents[next] = (place, input)
        queue.append(next)
      }
      if let move, move.replica != replica {
        visit(Place(time: place.time + 1, state: place.state), by: nil)
      }
      let surroundings = space.surroundings(of: replica, in: sets)
      let own = move.flatMap { $0.replica == replica ? $0.step : nil }
      for input in space.inputs(
        of: place.state, in: surroundings, mayCrash: own != nil, of: replica)
      {
        let next = space.locals.next(place.state, input, of: replica)
        let sent = space.outbox(after: next.sent, from: origin.outbox, in: surroundings)
        let crashes = space.locals.states[replica][Int(next.state)].crashes
        if next.state != place.state, sent == origin.outbox, crashes == origin.crashes {
          visit(Place(time: place.time, state: next.state), by: input)
        } else if let own, sent == own.sent, crashes == own.crashes {
          visit(Place(time: place.time + 1, state: next.state), by: input)
        }
      }
    }
    var result: [[UInt32]] = Array(repeating: [], count: way.states.count)
    guard head < queue.count else { return result }
    var place = queue[head]
    while let (from, input) = parents[place] {
      if let input { result[from.time].insert(input, at: 0) }
      place = from
    }
    return result
  }

  /// The moves and, before each message that was an answer given at once, that answer.
  private mutating func withAnswers(_ moves: [Move]) -> [Move] {
    var states = Array(repeating: UInt32(0), count: replicas)
    var sent = space.locals.firstOutboxes
    var result: [Move] = []
    for move in moves {
      if let number = space.locals.code.message(of: move.input) {
        let sender = space.locals.messages[Int(number)].sender
        if !space.locals.outboxes[Int(sent[sender])].messages[move.replica].contains(number),
          let answer = answer(of: sender, in: states[sender], sent, with: number, to: move.replica)
        {
          result.append(Move(replica: sender, input: answer))
          let step = space.locals.next(states[sender], answer, of: sender)
          sent[sender] = space.locals.union(sent[sender], step.sent)
        }
      }
      result.append(move)
      let step = space.locals.next(states[move.replica], move.input, of: move.replica)
      states[move.replica] = step.state
      sent[move.replica] = space.locals.union(sent[move.replica], step.sent)
    }
    return result
  }

  /// What makes a replica send a message.
  private mutating func answer(
    of sender: Int, in state: UInt32, _ sent: [UInt32], with number: UInt32, to recipient: Int
  ) -> UInt32? {
    for other in honest where other != sender {
      for number in space.locals.outboxes[Int(sent[other])].messages[sender] {
        let input = space.locals.code.message(number)
        let step = space.locals.next(state, input, of: sender)
        if space.locals.outboxes[Int(step.sent)].messages[recipient].contains(number) {
          return input
        }
      }
    }
    return nil
  }

  private func describe(_ input: UInt32, at replica: Int) -> String {
    let code = space.locals.code
    if let number = code.message(of: input) {
      let known = space.locals.messages[Int(number)]
      return "r\(known.sender) -> r\(replica): \(known.message.summary)"
    }
    if input == code.crash { return "r\(replica) crashes and restarts from its disk" }
    if input >= code.timer(0),
      let timer = M.Subject.Timer(
        rawValue: UInt8(truncatingIfNeeded: Int(input) - code.environment))
    {
      return "r\(replica): the \(timer) timer runs out"
    }
    let known = space.locals.model.environment[Int(input)]
    return "\(known.sender) -> r\(replica): \(known.name)"
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
