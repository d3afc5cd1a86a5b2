import ConsensusCore
import DiscreteEvents
import Simulator

// When operations begin; the trusted centre keeps the clock.
extension RecordWorkload {
  /// The wait of a place in a closed load for which nothing could be drawn.
  private static let pause = VirtualDuration.seconds(1)

  /// Starts the operations: everybody whom they need is enrolled.
  mutating func begin(_ effects: inout PartyEffects) {
    switch settings.load {
    case .closed(let concurrency, _):
      for _ in 0..<concurrency {
        effects.setAlarm(of: roster.party(.centre), after: .zero, word: Self.tick)
      }
    case .open(let rate):
      let gap = planner.gap(before: nextOperation, ratePerSecond: rate)
      effects.setAlarm(of: roster.party(.centre), after: gap, word: Self.tick)
    }
  }

  /// Draws the operation that is due now and hands it to its party.
  mutating func tick(_ job: PartyJob, _ effects: inout PartyEffects) {
    let number = nextOperation
    nextOperation += 1
    if case .open(let rate) = settings.load {
      let due = job.sent + planner.gap(before: nextOperation, ratePerSecond: rate)
      effects.setAlarm(
        of: roster.party(.centre), after: max(.zero, due - job.begun), word: Self.tick)
    }
    if planner.isExhausted, !isExhausted {
      isExhausted = true
      let limit = RecordOperation.occasionLimit
      note(ShadowFinding(.e0, "every user has asked \(limit) times: let there be more users"))
    }
    guard let plan = planner.plan(number) else {
      if case .closed = settings.load {
        effects.setAlarm(of: roster.party(.centre), after: Self.pause, word: Self.tick)
      }
      return
    }
    var flow = Flow(
      number: number, kind: .activity(plan.activity), step: Self.firstStep(of: plan.activity),
      started: job.sent)
    flow.owner = plan.owner
    flow.user = plan.user
    flow.file = plan.file
    flow.attribute = plan.attribute
    flow.request = plan.request
    flow.intents = plan.intents
    flows[number] = flow
    effects.setAlarm(
      of: roster.party(actor(of: flow)), after: .zero, word: UInt64(truncatingIfNeeded: number))
  }

  /// Who begins an operation.
  private func actor(of flow: Flow) -> Role {
    switch flow.activity {
    case .upload, .delete, .list: .patient(flow.owner)
    case .access, .search: .user(flow.user)
    case .revoke: .authority(authority(of: flow.user))
    case nil: .centre
    }
  }

  /// The authority that issued a user's key.
  func authority(of user: Int) -> Int { user % roster.authorities }

  private static func firstStep(of activity: RecordActivity) -> RecordStep {
    switch activity {
    case .upload: .encryption
    case .search, .access: .access
    case .revoke: .revocation
    case .delete: .deletion
    case .list: .listing
    }
  }
}
