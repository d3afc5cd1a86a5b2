import ConsensusCore
import DiscreteEvents

/// All local states found so far, by replica, and the steps between them: each step of the real code
/// is made once.
struct LocalSpace<M: Model>: Sendable {
  let model: M
  private let ignoredFields: IgnoredFields
  /// What does not count in a state, by the role of its replica.
  private var ignoredInRoles: [Role: IgnoredFields] = [:]
  let code: InputCode
  let permutations: [[Int]]
  private(set) var states: [[LocalState<M>]]
  private(set) var messages: [KnownMessage<M>] = []
  private(set) var outboxes: [Outbox]
  private(set) var records: [M.Record] = [M.Record()]
  /// What each replica sends at its start.
  private(set) var firstOutboxes: [UInt32]
  /// Steps of the replicas' code that were made.
  private(set) var steps = 0

  private let firing: [M.Subject.Timer]
  private let firingMask: UInt8
  private let verifier = Verifier(keys: M.keys)
  private var numbers: [[StateHash: UInt32]]
  private var transitions: [PairTable]
  private var messageNumbers: [StateHash: UInt32] = [:]
  private var outboxNumbers: [Outbox: UInt32]
  private var outboxUnions = PairTable()
  private var outboxRests = PairTable()
  var outboxImages = PairTable()
  private var recordNumbers: [M.Record: UInt32]
  /// By replica, then state and permutation; `unknown` where it was not asked yet.
  var images: [[UInt32]]
  var messageImages = PairTable()

  static var unknown: UInt32 { .max }

  init(_ model: M, permutations: [[Int]]) {
    precondition(M.Subject.Timer.allCases.count <= InputCode.timers, "too many timers")
    self.model = model
    ignoredFields = model.ignoredFields
    self.permutations = permutations
    code = InputCode(environment: model.environment.count)
    firing = M.Subject.Timer.allCases.filter { model.patience(of: $0) > 0 }
    firingMask = firing.reduce(0) { $0 | 1 << $1.rawValue }
    let empty = Outbox(messages: Array(repeating: [], count: model.replicas))
    outboxes = [empty]
    outboxNumbers = [empty: 0]
    recordNumbers = [M.Record(): 0]
    states = Array(repeating: [], count: model.replicas)
    numbers = Array(repeating: [:], count: model.replicas)
    transitions = Array(repeating: PairTable(), count: model.replicas)
    images = Array(repeating: [], count: model.replicas)
    firstOutboxes = Array(repeating: 0, count: model.replicas)
    for replica in 0..<model.replicas where !isByzantine(replica) { start(replica) }
  }

  func isByzantine(_ replica: Int) -> Bool { model.byzantine.contains(ReplicaID(replica)) }

  /// The first state of every replica.
  private mutating func start(_ replica: Int) {
    let step = carryOut(.start, blank(replica), of: replica, from: 0, by: code.start)
    firstOutboxes[replica] = step.sent
  }

  /// A replica before its start.
  func blank(_ replica: Int) -> LocalState<M> {
    let id = ReplicaID(replica)
    let code = M.Subject(
      id: id, configuration: model.configuration, signer: M.signer(Endpoint(id)),
      verifier: verifier, seed: Seed(1))
    return LocalState<M>(
      replica: code, disk: .formatted, standing: code.standing,
      fired: Array(repeating: 0, count: M.Subject.Timer.allCases.count))
  }

  // MARK: Steps

  /// What follows an input; the same state if the input changes nothing.
  @inline(__always)
  mutating func next(_ state: UInt32, _ input: UInt32, of replica: Int) -> Step {
    if let known = transitions[replica][state, input] { return Step(word: known) }
    return firstStep(state, input, of: replica)
  }

  @inline(never)
  private mutating func firstStep(_ state: UInt32, _ input: UInt32, of replica: Int) -> Step {
    var local = states[replica][Int(state)]
    let event = prepare(&local, input)
    let next = carryOut(event, local, of: replica, from: state, by: input)
    transitions[replica].insert(state, input, next.word)
    return next
  }

  /// What the code is told, after what happens outside it.
  func prepare(_ local: inout LocalState<M>, _ input: UInt32) -> Input<M.Subject> {
    if let number = code.message(of: input) {
      let known = messages[Int(number)]
      return .message(known.message, from: Endpoint(ReplicaID(known.sender)))
    }
    if input == code.crash {
      local.crashes += 1
      local.timers = 0
      return .restarted(local.disk)
    }
    if let timer = M.Subject.Timer(
      rawValue: UInt8(truncatingIfNeeded: Int(input) - code.environment)),
      input >= code.timer(0)
    {
      local.timers &= ~(1 << timer.rawValue)
      if model.patience(of: timer) < Int.max { local.fired[Int(timer.rawValue)] += 1 }
      return .timeout(timer)
    }
    let known = model.environment[Int(input)]
    return .message(known.message, from: known.sender)
  }

  /// Makes a step and enters the state after it.
  private mutating func carryOut(
    _ event: Input<M.Subject>, _ before: LocalState<M>, of replica: Int, from parent: UInt32,
    by input: UInt32
  ) -> Step {
    steps += 1
    var local = before
    local.steps += 1
    local.parent = parent
    local.input = input
    var effects = Effects<M.Subject>(replicas: model.replicas, costs: .free)
    effects.begin(for: ReplicaID(replica))
    local.replica.step(event, at: time(of: local.steps), into: &effects)
    local.standing = local.replica.standing
    for change in effects.timers {
      let bit: UInt8 = 1 << change.timer.rawValue & firingMask
      if change.duration == nil { local.timers &= ~bit } else { local.timers |= bit }
    }
    for record in effects.records { local.disk.apply(record) }
    let sent = post(effects.sends, of: replica, from: parent, by: input)
    var record = records[Int(local.record)]
    model.record(
      Transition(
        replica: ReplicaID(replica), before: before.standing, after: local.standing,
        isRestart: input == code.crash, isStart: input == code.start,
        observations: effects.observations, sends: effects.sends.map(\.message), disk: local.disk),
      in: &record)
    local.record = number(of: record)
    if input != code.start, effects.records.isEmpty,
      isUnchanged(local, since: states[replica][Int(parent)])
    {
      return Step(state: parent, sent: sent)
    }
    return Step(state: enter(local, of: replica), sent: sent)
  }

  /// Whether a step certainly changed nothing: no word of the replica is another one, and what it
  /// refers to is shared with the state before.
  private func isUnchanged(_ local: LocalState<M>, since before: LocalState<M>) -> Bool {
    guard local.record == before.record, local.crashes == before.crashes,
      local.timers == before.timers, local.fired == before.fired
    else { return false }
    return withUnsafeBytes(of: local.replica) { new in
      withUnsafeBytes(of: before.replica) { old in new.elementsEqual(old) }
    }
  }

  func time(of step: Int64) -> VirtualTime { VirtualTime.zero + model.tick * step }

  private mutating func post(
    _ sends: [Effects<M.Subject>.Send], of replica: Int, from parent: UInt32, by input: UInt32
  ) -> UInt32 {
    var outbox = outboxes[0]
    for (message, recipient) in numbers(of: sends, by: replica, from: parent, input: input) {
      outbox.insert(message, to: recipient)
    }
    return number(of: outbox)
  }

  /// The messages of a step and their recipients, in order.
  mutating func numbers(
    of sends: [Effects<M.Subject>.Send], by replica: Int, from parent: UInt32, input: UInt32
  ) -> [(number: UInt32, recipient: Int)] {
    var result: [(number: UInt32, recipient: Int)] = []
    var ordinals = Array(repeating: 0, count: model.replicas)
    for send in sends where model.delivers(send.message, from: ReplicaID(replica)) {
      for recipient in recipients(of: send, by: replica) {
        let number = number(
          of: KnownMessage(
            message: send.message, sender: replica, state: parent, input: input,
            recipient: recipient, ordinal: ordinals[recipient]))
        ordinals[recipient] += 1
        result.append((number, recipient))
      }
    }
    return result
  }

  mutating func number(of outbox: Outbox) -> UInt32 {
    if let known = outboxNumbers[outbox] { return known }
    let number = UInt32(outboxes.count)
    outboxNumbers[outbox] = number
    outboxes.append(outbox)
    return number
  }

  /// The honest replicas that a send is for; what a Byzantine one hears changes nothing, since it
  /// may say all it can say at any time.
  private func recipients(of send: Effects<M.Subject>.Send, by sender: Int) -> [Int] {
    let all: [Int] =
      switch send.recipients {
      case .others: Array(0..<model.replicas)
      case .members(let set): set.members.map(\.index)
      case .one(let endpoint): endpoint.replica.map { [$0.index] } ?? []
      }
    return all.filter { $0 != sender && !isByzantine($0) }
  }

  private mutating func number(of message: KnownMessage<M>) -> UInt32 {
    var hash = StateHash(of: message.message, ignoring: ignoredFields)
    hash.combine(UInt64(message.sender))
    if let known = messageNumbers[hash] { return known }
    let number = UInt32(messages.count)
    messageNumbers[hash] = number
    messages.append(message)
    return number
  }

  private mutating func number(of record: M.Record) -> UInt32 {
    if let known = recordNumbers[record] { return known }
    let number = UInt32(records.count)
    recordNumbers[record] = number
    records.append(record)
    return number
  }

  /// The number of a local state: that of an equal one, if there is one.
  private mutating func enter(_ local: LocalState<M>, of replica: Int) -> UInt32 {
    let isSettled = model.isSettled(local.standing)
    let ignored = ignoredFields(in: Role(replica: ReplicaID(replica), standing: local.standing))
    var hash =
      isSettled
      ? StateHash(domain: 0x5E771ED) : StateHash(of: local.replica, ignoring: ignored)
    if model.crashes > 0 {
      let disk = StateHash(of: local.disk, ignoring: ignored)
      hash.combine(disk.low)
      hash.combine(disk.high)
    }
    hash.combine(UInt64(local.crashes))
    if !isSettled { combineTimers(of: local, into: &hash) }
    hash.combine(UInt64(local.record))
    if let known = numbers[replica][hash] { return known }
    let number = UInt32(states[replica].count)
    numbers[replica][hash] = number
    states[replica].append(local)
    images[replica].append(
      contentsOf: repeatElement(Self.unknown, count: permutations.count))
    return number
  }

  private mutating func ignoredFields(in role: Role) -> IgnoredFields {
    if let known = ignoredInRoles[role] { return known }
    let ignored = model.ignoredFields(in: role)
    ignoredInRoles[role] = ignored
    return ignored
  }

  /// Which timers run and how often they fired, as far as they may fire again.
  private func combineTimers(of local: LocalState<M>, into hash: inout StateHash) {
    for timer in firing {
      let fired = Int(local.fired[Int(timer.rawValue)])
      let isOver =
        !model.fires(timer, at: local.standing) || fired >= model.patience(of: timer)
      hash.combine(
        isOver ? 0 : UInt64(1 + fired) << 1 | UInt64(local.timers >> timer.rawValue & 1))
    }
  }

  // MARK: What was sent

  /// Everything that is in one of two outboxes.
  @inline(__always)
  mutating func union(_ outbox: UInt32, _ other: UInt32) -> UInt32 {
    if other == 0 || outbox == other { return outbox }
    if let known = outboxUnions[outbox, other] { return UInt32(known) }
    var both = outboxes[Int(outbox)]
    for (recipient, messages) in outboxes[Int(other)].messages.enumerated() {
      for message in messages { both.insert(message, to: recipient) }
    }
    let result = number(of: both)
    outboxUnions.insert(outbox, other, UInt64(result))
    return result
  }

  /// What is left of an outbox without dead messages, for the ignore levels of all replicas.
  @inline(__always)
  mutating func rest(of outbox: UInt32, at ignoreLevel: UInt32) -> UInt32 {
    if ignoreLevel == 0 { return outbox }
    if let known = outboxRests[outbox, ignoreLevel] { return UInt32(known) }
    var left = outboxes[Int(outbox)]
    for recipient in left.messages.indices {
      left.messages[recipient].removeAll {
        let known = messages[Int($0)]
        return model.isDead(
          known.message, to: ReplicaID(recipient),
          at: Self.ignoreLevel(of: recipient, in: ignoreLevel),
          from: Self.ignoreLevel(of: known.sender, in: ignoreLevel))
      }
    }
    let result = number(of: left)
    outboxRests.insert(outbox, ignoreLevel, UInt64(result))
    return result
  }

  private static func ignoreLevel(of replica: Int, in all: UInt32) -> UInt8 {
    UInt8(truncatingIfNeeded: all >> UInt32(replica * 4)) & 15
  }

  // MARK: What can happen

  /// Calls `body` with every input that a state admits by itself: messages of the environment, timers, a crash.
  @inline(__always)
  func forEachOwnInput(
    of state: UInt32, of replica: Int, mayCrash: Bool, _ body: (UInt32) -> Void
  ) {
    let local = states[replica][Int(state)]
    for index in model.environment.indices
    where !model.environment[index].isForLeaders || local.standing.leads {
      body(code.environmentMessage(index))
    }
    for timer in firing where local.timers & 1 << timer.rawValue != 0 {
      let patience = model.patience(of: timer)
      if patience == .max || Int(local.fired[Int(timer.rawValue)]) < patience,
        model.fires(timer, at: local.standing)
      {
        body(code.timer(timer.rawValue))
      }
    }
    if mayCrash { body(code.crash) }
  }
}
