import ConsensusCore

/// The local states that a replica may be in for all that others can tell: all with one ``Face``,
/// and closed under whatever changes no face.
struct LocalSet: Sendable {
  let members: [UInt32]
  let face: Face
}

/// The sets of local states found so far, by replica, and the steps between them.
///
/// A replica acts on others only by what it sends, which stays available. Whichever member of its
/// set a replica is in, the others can do the same; so all combinations of members are reachable if
/// one is, and a step of a set stands for the steps of all of them.
struct SetSpace<M: Model>: Sendable {
  var locals: LocalSpace<M>
  private(set) var sets: [[LocalSet]]
  /// What can be received, ascending: numbers of messages.
  private(set) var letters: [[UInt32]] = [[]]

  private var setNumbers: [[[UInt32]: UInt32]]
  private var letterNumbers: [[UInt32]: UInt32] = [[]: 0]
  private var unions = PairTable()
  private var boxes: [PairTable]
  private var closures: [PairTable]
  private var steps: [[UInt64: [UInt32]]]
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

  /// The set of the first state of a replica, nothing being sent yet.
  mutating func first(of replica: Int) -> UInt32 {
    let start = number(of: [0], of: replica)
    return closure(of: start, with: 0, of: replica)
  }

  /// The members of a set, which all have one face.
  private mutating func number(of members: [UInt32], of replica: Int) -> UInt32 {
    if let known = setNumbers[replica][members] { return known }
    let number = UInt32(sets[replica].count)
    setNumbers[replica][members] = number
    sets[replica].append(
      LocalSet(members: members, face: locals.face(of: members[0], of: replica)))
    return number
  }

  private mutating func number(ofLetters messages: [UInt32]) -> UInt32 {
    if let known = letterNumbers[messages] { return known }
    let number = UInt32(letters.count)
    letterNumbers[messages] = number
    letters.append(messages)
    return number
  }

  // MARK: What is available

  /// What replicas in these sets have sent to one of them.
  mutating func available(to replica: Int, in current: [UInt32]) -> UInt32 {
    var result: UInt32 = 0
    for sender in current.indices where sender != replica && !locals.isByzantine(sender) {
      let outbox = sets[sender][Int(current[sender])].face.outbox
      let box: UInt32
      if let known = boxes[replica][outbox, 0] {
        box = known
      } else {
        box = number(ofLetters: locals.outboxes[Int(outbox)].messages[replica])
        boxes[replica].insert(outbox, 0, box)
      }
      result = union(result, box)
    }
    return result
  }

  private mutating func union(_ left: UInt32, _ right: UInt32) -> UInt32 {
    if left == right || right == 0 { return left }
    if left == 0 { return right }
    if let known = unions[left, right] { return known }
    let both = Set(letters[Int(left)]).union(letters[Int(right)]).sorted()
    let result = number(ofLetters: both)
    unions.insert(left, right, result)
    return result
  }

  // MARK: Steps

  /// The set with everything that can be reached from it without a change of face.
  mutating func closure(of set: UInt32, with available: UInt32, of replica: Int) -> UInt32 {
    if let known = closures[replica][set, available] { return known }
    let origin = sets[replica][Int(set)]
    var known = Set(origin.members)
    var queue = origin.members
    while let state = queue.popLast() {
      for input in inputs(of: state, with: available, mayCrash: false, of: replica) {
        let next = locals.next(state, input, of: replica)
        if next != state, locals.face(of: next, of: replica) == origin.face,
          known.insert(next).inserted
        {
          queue.append(next)
        }
      }
    }
    let result = number(of: known.sorted(), of: replica)
    closures[replica].insert(set, available, result)
    return result
  }

  /// The sets that follow a closed set by a change of face, in the order of the sets' numbers.
  mutating func successors(
    of set: UInt32, with available: UInt32, mayCrash: Bool, of replica: Int
  ) -> [UInt32] {
    let key = UInt64(set) << 32 | UInt64(available) << 1 | (mayCrash ? 1 : 0)
    if let known = steps[replica][key] { return known }
    let origin = sets[replica][Int(set)]
    var groups: [Face: Set<UInt32>] = [:]
    for state in origin.members {
      for input in inputs(of: state, with: available, mayCrash: mayCrash, of: replica) {
        let next = locals.next(state, input, of: replica)
        let face = locals.face(of: next, of: replica)
        if face != origin.face { groups[face, default: []].insert(next) }
      }
    }
    let faces = groups.keys.sorted {
      ($0.outbox, $0.record, $0.crashes) < ($1.outbox, $1.record, $1.crashes)
    }
    var result: [UInt32] = []
    for face in faces {
      guard let members = groups[face] else { continue }
      let start = number(of: members.sorted(), of: replica)
      result.append(closure(of: start, with: available, of: replica))
    }
    steps[replica][key] = result
    return result
  }

  /// Everything that can happen to a local state.
  func inputs(
    of state: UInt32, with available: UInt32, mayCrash: Bool, of replica: Int
  ) -> [UInt32] {
    var result: [UInt32] = []
    locals.forEachOwnInput(of: state, of: replica, mayCrash: mayCrash) { result.append($0) }
    for message in letters[Int(available)] { result.append(locals.code.message(message)) }
    return result
  }

  // MARK: Symmetry

  /// The number, at replica `permutation[replica]`, of the set of the members' images;
  /// ``LocalSpace/unknown`` if there is none.
  mutating func image(of set: UInt32, of replica: Int, by permutation: Int) -> UInt32 {
    if let known = images[replica][set, UInt32(permutation)] { return known }
    var members: [UInt32] = []
    for member in sets[replica][Int(set)].members {
      let image = locals.image(of: member, of: replica, by: permutation)
      if image == LocalSpace<M>.unknown { return image }
      members.append(image)
    }
    let target = locals.permutations[permutation][replica]
    let result = number(of: members.sorted(), of: target)
    images[replica].insert(set, UInt32(permutation), result)
    return result
  }
}
