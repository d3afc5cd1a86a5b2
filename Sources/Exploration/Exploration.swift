import ConsensusCore
import DiscreteEvents

/// Visits every state of a model, breadth first, many at a time.
///
/// What is visited is a set of local states for each replica, which stands for all combinations of
/// its members; see ``SetSpace`` for why that leaves nothing out and adds nothing.
public struct Exploration<M: Model>: Sendable {
  private var findings = Findings()
  var space: SetSpace<M>
  private(set) var table = StateTable()
  let replicas: Int
  private let honest: [Int]
  private let sources: [[Int]]
  private let bits: Int
  private let mask: UInt64
  private let limit: Int
  private var verdicts: Set<[UInt32]> = []
  private var outcomes: Set<String> = []
  private var isOverfull = false

  /// Prepares to explore.
  ///
  /// - Parameters:
  ///   - model: What is explored.
  ///   - limit: The most states to visit.
  ///   - usesSymmetry: Whether states that differ only by who is who are one.
  public init(_ model: M, limit: Int, usesSymmetry: Bool) {
    precondition((2...8).contains(model.replicas), "cannot explore \(model.replicas) replicas")
    precondition((1..<Int(UInt32.max)).contains(limit), "cannot visit \(limit) states")
    replicas = model.replicas
    honest = (0..<model.replicas).filter { !model.byzantine.contains(ReplicaID($0)) }
    bits = min(31, 64 / honest.count)
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
  public mutating func run() -> Findings {
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
      for (replica, next) in successors(of: current) {
        findings.transitions += 1
        enter(after(current, replica, next), parent: UInt32(head))
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

  /// The state in which nothing has been sent.
  mutating func first() -> [UInt32] {
    var current = Array(repeating: UInt32(0), count: replicas)
    for replica in honest { current[replica] = space.first(of: replica) }
    for replica in honest {
      let available = space.available(to: replica, in: current)
      current[replica] = space.closure(of: current[replica], with: available, of: replica)
    }
    return current
  }

  /// What can follow a state: who steps, and the set it is in then.
  mutating func successors(of current: [UInt32]) -> [(replica: Int, next: UInt32)] {
    let crashes = honest.reduce(0) { $0 + Int(space.sets[$1][Int(current[$1])].face.crashes) }
    let mayCrash = crashes < space.locals.model.crashes
    var result: [(replica: Int, next: UInt32)] = []
    for replica in honest {
      let available = space.available(to: replica, in: current)
      let sets = space.successors(
        of: current[replica], with: available, mayCrash: mayCrash, of: replica)
      for next in sets { result.append((replica, next)) }
    }
    return result
  }

  /// The state after a step, in which the others can receive what was sent.
  mutating func after(_ current: [UInt32], _ replica: Int, _ next: UInt32) -> [UInt32] {
    let old = space.sets[replica][Int(current[replica])].face.outbox
    var result = current
    result[replica] = next
    guard space.sets[replica][Int(next)].face.outbox != old else { return result }
    let middle = result
    for other in honest where other != replica {
      let available = space.available(to: other, in: middle)
      result[other] = space.closure(of: middle[other], with: available, of: other)
    }
    return result
  }

  // MARK: States

  private mutating func enter(_ sets: [UInt32], parent: UInt32) {
    let (key, orbit) = canonical(sets)
    guard !isOverfull, findings.isSymmetric, let number = table.insert(key, parent: parent) else {
      return
    }
    findings.states += orbit
    findings.covered += honest.reduce(Double(orbit)) {
      $0 * Double(space.sets[$1][Int(sets[$1])].members.count)
    }
    judge(sets, number: number)
  }

  /// The least image of a state, and how many different images it has.
  mutating func canonical(_ sets: [UInt32]) -> (key: UInt64, orbit: Int) {
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

  private mutating func pack(_ sets: [UInt32], by permutation: Int) -> UInt64 {
    var key: UInt64 = 0
    for (position, place) in honest.enumerated() {
      let source = sources[permutation][place]
      let number =
        permutation == 0
        ? sets[source] : space.image(of: sets[source], of: source, by: permutation)
      if number == LocalSpace<M>.unknown {
        findings.isSymmetric = false
      } else if UInt64(number) > mask {
        isOverfull = true
      }
      key |= (UInt64(number) & mask) << UInt64(position * bits)
    }
    return key
  }

  func unpack(_ key: UInt64) -> [UInt32] {
    var sets = Array(repeating: UInt32(0), count: replicas)
    for (position, place) in honest.enumerated() {
      sets[place] = UInt32(truncatingIfNeeded: key >> UInt64(position * bits) & mask)
    }
    return sets
  }

  // MARK: Judging

  private mutating func judge(_ sets: [UInt32], number: Int) {
    var combination = Array(repeating: UInt32.max, count: replicas)
    for replica in honest {
      combination[replica] = space.sets[replica][Int(sets[replica])].face.record
    }
    guard verdicts.insert(combination).inserted else { return }
    let records = combination.map { $0 == .max ? nil : space.locals.records[Int($0)] }
    let breaches =
      records.flatMap { $0?.breaches ?? [] } + space.locals.model.judge(records)
    outcomes.insert(space.locals.model.outcome(records))
    guard !breaches.isEmpty, findings.counterexample == nil else { return }
    findings.counterexample = Counterexample(breaches: breaches, script: script(to: number))
  }
}
