import ConsensusCore
import DiscreteEvents

/// Visits every state of a model, breadth first, many at a time.
///
/// What is visited is a set of local states for each replica, which stands for all combinations of
/// its members; see ``SetSpace`` for why that leaves nothing out and adds nothing.
package struct Exploration<M: Model>: Sendable {
  private var findings = Findings()
  var space: SetSpace<M>
  private(set) var table = KeyTable()
  /// By state, the one that it was found from.
  private(set) var parents: [UInt32] = []
  let replicas: Int
  let honest: [Int]
  private let sources: [[Int]]
  private let bits: Int
  private let mask: UInt64
  private let limit: Int
  private var combinations = KeyTable()
  private var verdicts = KeyTable()
  private var outcomes = OutcomeBook()
  private var isOverfull = false

  /// Prepares to explore.
  ///
  /// - Parameters:
  ///   - model: What is explored.
  ///   - limit: The most states to visit.
  ///   - usesSymmetry: Whether states that differ only by who is who are one.
  package init(_ model: M, limit: Int, usesSymmetry: Bool) {
    precondition((2...8).contains(model.replicas), "cannot explore \(model.replicas) replicas")
    precondition((1..<Int(UInt32.max)).contains(limit), "cannot visit \(limit) states")
    replicas = model.replicas
    honest = (0..<model.replicas).filter { !model.byzantine.contains(ReplicaID($0)) }
    bits = honest.count > 4 ? 16 : 32
    mask = 1 << UInt64(bits) - 1
    self.limit = limit
    let permutations =
      usesSymmetry
      ? Self.permutations(of: model.interchangeable.map(\.index), among: replicas)
      : [Array(0..<replicas)]
    sources = permutations.map { map in map.indices.map { map.firstIndex(of: $0) ?? $0 } }
    space = SetSpace(model, permutations: permutations)
  }

  /// All ways to let some replicas change places, the identity first.
  private static func permutations(of members: [Int], among count: Int) -> [[Int]] {
    var result: [[Int]] = []
    var chosen: [Int] = []
    func extend() {
      if chosen.count == members.count {
        var map = Array(0..<count)
        for (member, place) in zip(members, chosen) { map[member] = place }
        return result.append(map)
      }
      for member in members where !chosen.contains(member) {
        chosen.append(member)
        extend()
        chosen.removeLast()
      }
    }
    extend()
    return result
  }

  /// Explores until every state was visited, an invariant broke, or the limit is reached.
  package mutating func run() -> Findings {
    enter(first(), parent: .max)
    var head = 0
    var levelEnd = table.count
    while head < table.count, findings.counterexample == nil, findings.isSymmetric {
      if head == levelEnd {
        findings.depth += 1
        levelEnd = table.count
      }
      if table.count >= limit || isOverfull { break }
      let current = unpack(table.keys[head])
      for (replica, step) in successors(of: current) {
        findings.transitions += 1
        enter(after(current, replica, step), parent: UInt32(head))
      }
      head += 1
    }
    findings.classes = table.count
    findings.isComplete = head == table.count && findings.isSymmetric && !isOverfull
    findings.localStates = space.locals.states.map(\.count)
    findings.messages = space.locals.messages.count
    findings.steps = space.locals.steps
    findings.judged = verdicts.count
    findings.outcomes = outcomes.sorted()
    return findings
  }

  // MARK: Successors

  /// The state in which nothing was delivered.
  mutating func first() -> [UInt32] {
    var current = Array(repeating: UInt32(0), count: replicas)
    for replica in honest { current[replica] = space.first(of: replica) }
    settle(&current)
    return current
  }

  /// Lets all do what nobody else notices, until what is sent and what all ignore is as they find.
  private mutating func settle(_ current: inout [UInt32]) {
    var isSettled = false
    while !isSettled {
      isSettled = true
      for replica in honest {
        let place = space.surroundings(of: replica, in: current)
        let closed = space.closure(of: current[replica], in: place, of: replica)
        if closed != current[replica] {
          current[replica] = closed
          isSettled = false
        }
      }
    }
  }

  /// What can follow a state: who steps, and the set it is in then.
  mutating func successors(of current: [UInt32]) -> [(replica: Int, step: SetStep)] {
    let crashes = honest.reduce(0) { $0 + Int(space.sets[$1][Int(current[$1])].crashes) }
    let mayCrash = crashes < space.locals.model.crashes
    var result: [(replica: Int, step: SetStep)] = []
    for replica in honest {
      let place = space.surroundings(of: replica, in: current)
      let steps = space.successors(
        of: current[replica], in: place, mayCrash: mayCrash, of: replica)
      for step in steps { result.append((replica, step)) }
    }
    return result
  }

  /// The state after a step, in which the others can receive what was sent.
  mutating func after(_ current: [UInt32], _ replica: Int, _ step: SetStep) -> [UInt32] {
    var result = current
    result[replica] = step.set
    settle(&result)
    return result
  }

  // MARK: States

  private mutating func enter(_ sets: [UInt32], parent: UInt32) {
    let (key, orbit) = canonical(sets)
    guard !isOverfull, findings.isSymmetric, let number = table.insert(key) else {
      return
    }
    parents.append(parent)
    findings.states += orbit
    findings.covered += honest.reduce(Double(orbit)) {
      $0 * Double(space.sets[$1][Int(sets[$1])].members.count)
    }
    judge(sets, number: number)
  }

  /// The least image of a state, and how many different images it has.
  mutating func canonical(_ sets: [UInt32]) -> (key: StateKey, orbit: Int) {
    let own = pack(sets, by: 0)
    var least = own
    var fixed = 1
    for permutation in space.locals.permutations.indices.dropFirst() {
      let image = pack(sets, by: permutation)
      if image == own { fixed += 1 }
      if image < least { least = image }
    }
    return (least, space.locals.permutations.count / fixed)
  }

  private mutating func pack(_ sets: [UInt32], by permutation: Int) -> StateKey {
    var numbers = sets
    if permutation > 0 {
      for place in honest {
        let source = sources[permutation][place]
        numbers[place] = space.image(of: sets[source], of: source, by: permutation)
        if numbers[place] == LocalSpace<M>.unknown { findings.isSymmetric = false }
      }
    }
    return pack(numbers)
  }

  /// A number for each honest replica in one key.
  private mutating func pack(_ numbers: [UInt32]) -> StateKey {
    var key = StateKey()
    let perWord = 64 / bits
    for (position, place) in honest.enumerated() {
      let number = UInt64(numbers[place])
      if number > mask { isOverfull = true }
      let shifted = (number & mask) << UInt64(position % perWord * bits)
      if position < perWord { key.low |= shifted } else { key.high |= shifted }
    }
    return key
  }

  func unpack(_ key: StateKey) -> [UInt32] {
    var sets = Array(repeating: UInt32(0), count: replicas)
    let perWord = 64 / bits
    for (position, place) in honest.enumerated() {
      let word = position < perWord ? key.low : key.high
      sets[place] = UInt32(
        truncatingIfNeeded: word >> UInt64(position % perWord * bits) & mask)
    }
    return sets
  }

  // MARK: Judging

  /// Judges all combinations of what the members of the sets did: any member of one set can be met
  /// with any of another.
  private mutating func judge(_ sets: [UInt32], number: Int) {
    var records = Array(repeating: UInt32(0), count: replicas)
    for replica in honest { records[replica] = space.sets[replica][Int(sets[replica])].records }
    guard combinations.insert(pack(records)) != nil else { return }
    let choices = honest.map { space.recordSets[Int(records[$0])] }
    var cursor = Array(repeating: 0, count: honest.count)
    var chosen = Array(repeating: UInt32.max, count: replicas)
    while true {
      for (position, replica) in honest.enumerated() {
        chosen[replica] = choices[position][cursor[position]]
      }
      if verdicts.insert(pack(chosen)) != nil {
        outcomes.enter(chosen, of: honest, in: space.locals)
        let breaches = self.breaches(of: chosen)
        if !breaches.isEmpty, findings.counterexample == nil {
          findings.counterexample = Counterexample(
            breaches: breaches, script: script(to: number))
          return
        }
      }
      var position = honest.count - 1
      while position >= 0, cursor[position] == choices[position].count - 1 {
        cursor[position] = 0
        position -= 1
      }
      if position < 0 { return }
      cursor[position] += 1
    }
  }

  /// What is broken where the replicas did this: numbers of records, `UInt32.max` for none.
  func breaches(of combination: [UInt32]) -> [Breach] {
    let records = combination.map { $0 == .max ? nil : space.locals.records[Int($0)] }
    return records.flatMap { $0?.breaches ?? [] } + space.locals.model.judge(records)
  }
}

/// What became of everything: the different combinations of what single replicas did.
private struct OutcomeBook: Sendable {
  private var names: [String] = []
  private var numbers: [String: UInt32] = [:]
  /// By record, the number of its name.
  private var known: [UInt32] = []
  private var combinations: Set<[UInt32]> = []

  mutating func enter<M: Model>(
    _ records: [UInt32], of honest: [Int], in locals: LocalSpace<M>
  ) {
    while known.count < locals.records.count {
      let name = locals.model.outcome(locals.records[known.count])
      if numbers[name] == nil {
        numbers[name] = UInt32(names.count)
        names.append(name)
      }
      known.append(numbers[name] ?? 0)
    }
    combinations.insert(honest.map { known[Int(records[$0])] }.sorted())
  }

  /// All outcomes, ascending; who is who is not told.
  func sorted() -> [String] {
    combinations.map { $0.map { names[Int($0)] }.sorted().joined(separator: "; ") }.sorted()
  }
}
