import ConsensusCore

/// The local states that a replica may be in for all that others can tell: it has sent the same and
/// crashed as often in all of them; closed under whatever changes neither.
struct LocalSet: Hashable, Sendable {
  /// Ascending.
  let members: [UInt32]
  /// Which messages were sent to whom, without dead ones: a number of ``LocalSpace/outboxes``.
  let outbox: UInt32
  let crashes: UInt8
  /// What the members did: a number of ``SetSpace/recordSets``.
  let records: UInt32
  /// The least ignore level of the members.
  let ignoreLevel: UInt8
}

/// What follows a set: who is where then, and what it had sent before anything else was done.
struct SetStep: Sendable {
  let set: UInt32
  let sent: UInt32
  let crashes: UInt8
}

/// The sets of local states found so far, by replica, and the steps between them.
///
/// A replica acts on others only by what it sends, which stays available. Whichever member of its
/// set a replica is in, the others can do the same; so all combinations of members are reachable if
/// one is, and a step of a set stands for the steps of all of them.
///
/// Two things are done to sets that take nothing away from what replicas can do and did:
/// - An answer that all members of a set give without changing is given at once. Whoever may do
///   something without that answer may do it with it too, since nothing has to be delivered.
/// - A message that its recipient will never heed again is forgotten (``Model/isDead(_:to:at:)``).
struct SetSpace<M: Model>: Sendable {
  var locals: LocalSpace<M>
  private(set) var sets: [[LocalSet]]
  /// What can be received, ascending: numbers of messages.
  private(set) var receivable: [[UInt32]] = [[]]
  /// Different records, ascending.
  private(set) var recordSets: [[UInt32]] = []

  private struct Name: Hashable {
    let members: [UInt32]
    let outbox: UInt32
  }

  /// What a replica finds: what it can receive, and what the others ignore.
  private struct Surroundings: Hashable {
    let available: UInt32
    let ignoreLevel: UInt32
  }

  private var setNumbers: [[Name: UInt32]]
  private var receivableNumbers: [[UInt32]: UInt32] = [[]: 0]
  private var recordSetNumbers: [[UInt32]: UInt32] = [:]
  private var surroundings: [Surroundings] = []
  private var surroundingsNumbers = PairTable()
  private var unions = PairTable()
  private var boxes: [PairTable]
  private var closures: [PairTable]
  private var steps: [[UInt64: [SetStep]]]
  private var images: [PairTable]

  init(_ model: M, permutations: [[Int]]) {
    locals = LocalSpace(model, permutations: permutations)
    let count = model.replicas
    sets = Array(repeating: [], count: count)
    setNumbers = Array(repeating: [:], count: count)
    boxes = Array(repeating: PairTable(), count: count)
    closures = Array(repeating: PairTable(), count: count)
    steps = Array(repeating: [:], count: count)
    images = Array(repeating: PairTable(), count: count)
  }

  /// The set of the first state of a replica alone.
  mutating func first(of replica: Int) -> UInt32 {
    number(of: [0], outbox: locals.firstOutboxes[replica], of: replica)
  }

  /// The members of a set, which all crashed as often, ascending.
  private mutating func number(
    of members: [UInt32], outbox: UInt32, of replica: Int
  ) -> UInt32 {
    let name = Name(members: members, outbox: outbox)
    if let known = setNumbers[replica][name] { return known }
    let states = locals.states[replica]
    var ignoreLevel = UInt8.max
    for member in members {
      let own = locals.model.ignoreLevel(
        of: ReplicaID(replica), at: states[Int(member)].standing)
      ignoreLevel = min(ignoreLevel, own)
    }
    let records = Set(members.map { states[Int($0)].record }).sorted()
    let number = UInt32(sets[replica].count)
    setNumbers[replica][name] = number
    sets[replica].append(
      LocalSet(
        members: members, outbox: outbox, crashes: states[Int(members[0])].crashes,
        records: self.number(ofRecords: records), ignoreLevel: ignoreLevel))
    return number
  }

  private mutating func number(ofReceivable messages: [UInt32]) -> UInt32 {
    if let known = receivableNumbers[messages] { return known }
    let number = UInt32(receivable.count)
    receivableNumbers[messages] = number
    receivable.append(messages)
    return number
  }

  private mutating func number(ofRecords records: [UInt32]) -> UInt32 {
    if let known = recordSetNumbers[records] { return known }
    let number = UInt32(recordSets.count)
    recordSetNumbers[records] = number
    recordSets.append(records)
    return number
  }

  // MARK: What is available

  /// What replicas in these sets have sent to one of them, and what all ignore.
  mutating func surroundings(of replica: Int, in current: [UInt32]) -> UInt32 {
    var available: UInt32 = 0
    var ignoreLevel: UInt32 = 0
    for sender in current.indices where !locals.isByzantine(sender) {
      let set = sets[sender][Int(current[sender])]
      ignoreLevel |= UInt32(set.ignoreLevel) << UInt32(sender * 4)
      if sender == replica { continue }
      let box: UInt32
      if let known = boxes[replica][set.outbox, 0] {
        box = UInt32(known)
      } else {
        box = number(ofReceivable: locals.outboxes[Int(set.outbox)].messages[replica])
        boxes[replica].insert(set.outbox, 0, UInt64(box))
      }
      available = union(available, box)
    }
    if let known = surroundingsNumbers[available, ignoreLevel] { return UInt32(known) }
    let number = UInt32(surroundings.count)
    surroundings.append(Surroundings(available: available, ignoreLevel: ignoreLevel))
    surroundingsNumbers.insert(available, ignoreLevel, UInt64(number))
    return number
  }

  private mutating func union(_ left: UInt32, _ right: UInt32) -> UInt32 {
    if left == right || right == 0 { return left }
    if left == 0 { return right }
    if let known = unions[left, right] { return UInt32(known) }
    let both = Set(receivable[Int(left)]).union(receivable[Int(right)]).sorted()
    let result = number(ofReceivable: both)
    unions.insert(left, right, UInt64(result))
    return result
  }

  // MARK: Steps

  /// What a replica has sent after a step in a set, without what is dead.
  mutating func outbox(after sent: UInt32, from outbox: UInt32, in place: UInt32) -> UInt32 {
    sent == 0
      ? outbox
      : locals.rest(
        of: locals.union(outbox, sent), at: surroundings[Int(place)].ignoreLevel)
  }

  /// The set with everything that can be reached from it without anybody else's noticing, and with
  /// all answers that every member gives without changing.
  mutating func closure(of set: UInt32, in place: UInt32, of replica: Int) -> UInt32 {
    if let known = closures[replica][set, place] { return UInt32(known) }
    let origin = sets[replica][Int(set)]
    var outbox = locals.rest(of: origin.outbox, at: surroundings[Int(place)].ignoreLevel)
    var members = Set(origin.members)
    while true {
      var queue = members.sorted()
      while let state = queue.popLast() {
        for input in inputs(of: state, in: place, mayCrash: false, of: replica) {
          let step = locals.next(state, input, of: replica)
          if step.state != state, !members.contains(step.state),
            self.outbox(after: step.sent, from: outbox, in: place) == outbox
          {
            members.insert(step.state)
            queue.append(step.state)
          }
        }
      }
      let answered = answers(of: members.sorted(), outbox, in: place, of: replica)
      if answered == outbox { break }
      outbox = answered
    }
    let result = number(of: members.sorted(), outbox: outbox, of: replica)
    closures[replica].insert(set, place, UInt64(result))
    return result
  }

  /// The outbox with what all members send in answer to what is available, without changing.
  private mutating func answers(
    of members: [UInt32], _ outbox: UInt32, in place: UInt32, of replica: Int
  ) -> UInt32 {
    var result = outbox
    for number in receivable[Int(surroundings[Int(place)].available)] {
      let input = locals.code.message(number)
      var sent: UInt32?
      var isCommon = true
      for member in members where isCommon {
        let step = locals.next(member, input, of: replica)
        isCommon = step.state == member && step.sent != 0 && (sent ?? step.sent) == step.sent
        sent = step.sent
      }
      if isCommon, let sent { result = self.outbox(after: sent, from: result, in: place) }
    }
    return result
  }

  /// What follows a closed set by a step that others can notice, in the order of what was sent.
  mutating func successors(
    of set: UInt32, in place: UInt32, mayCrash: Bool, of replica: Int
  ) -> [SetStep] {
    let key = UInt64(set) << 32 | UInt64(place) << 1 | (mayCrash ? 1 : 0)
    if let known = steps[replica][key] { return known }
    let origin = sets[replica][Int(set)]
    var groups: [UInt64: Set<UInt32>] = [:]
    for state in origin.members {
      for input in inputs(of: state, in: place, mayCrash: mayCrash, of: replica) {
        let step = locals.next(state, input, of: replica)
        let sent = outbox(after: step.sent, from: origin.outbox, in: place)
        let crashes = locals.states[replica][Int(step.state)].crashes
        if sent != origin.outbox || crashes != origin.crashes {
          groups[UInt64(sent) << 8 | UInt64(crashes), default: []].insert(step.state)
        }
      }
    }
    var result: [SetStep] = []
    for face in groups.keys.sorted() {
      guard let members = groups[face] else { continue }
      let sent = UInt32(face >> 8)
      let start = number(of: members.sorted(), outbox: sent, of: replica)
      result.append(
        SetStep(
          set: closure(of: start, in: place, of: replica), sent: sent,
          crashes: UInt8(truncatingIfNeeded: face)))
    }
    steps[replica][key] = result
    return result
  }

  /// Everything that can happen to a local state.
  func inputs(
    of state: UInt32, in place: UInt32, mayCrash: Bool, of replica: Int
  ) -> [UInt32] {
    var result: [UInt32] = []
    locals.forEachOwnInput(of: state, of: replica, mayCrash: mayCrash) { result.append($0) }
    for message in receivable[Int(surroundings[Int(place)].available)] {
      result.append(locals.code.message(message))
    }
    return result
  }

  // MARK: Symmetry

  /// The number, at replica `permutation[replica]`, of the set of the members' images;
  /// ``LocalSpace/unknown`` if there is none.
  mutating func image(of set: UInt32, of replica: Int, by permutation: Int) -> UInt32 {
    if let known = images[replica][set, UInt32(permutation)] { return UInt32(known) }
    let origin = sets[replica][Int(set)]
    var members: [UInt32] = []
    for member in origin.members {
      let image = locals.image(of: member, of: replica, by: permutation)
      if image == LocalSpace<M>.unknown { return image }
      members.append(image)
    }
    let outbox = locals.image(ofOutbox: origin.outbox, by: permutation)
    if outbox == LocalSpace<M>.unknown { return outbox }
    let target = locals.permutations[permutation][replica]
    let result = number(of: members.sorted(), outbox: outbox, of: target)
    images[replica].insert(set, UInt32(permutation), UInt64(result))
    return result
  }
}
