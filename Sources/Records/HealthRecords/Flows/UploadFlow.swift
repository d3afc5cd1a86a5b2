import DiscreteEvents
import Simulator

// Steps 3 and 4 of Paper §II-C: a patient encrypts a record, the cloud server checks and stores it,
// and its abstract goes onto the chain.
extension RecordWorkload {
  mutating func advanceUpload(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    if ends(&flow, job, &effects) { return }
    switch job.input {
    case .alarm: encrypt(&flow, job, &effects)
    case .message(let message, _):
      switch PartyMessageKind(rawValue: message.kind) {
      case .storageRequest: checkStorage(&flow, job, &effects)
      case .location: commit(&flow, job, &effects)
      case .refusal:
        flow.path.reach(job)
        if isTold(flow.file) {
          tell(flow.file, .patient(flow.owner), job, "is refused storage")
        }
        end(&flow, as: .storageRefused, job, &effects)
      default: break
      }
    case .accepted, .declined: endUpload(&flow, job, &effects)
    case .started: break
    }
  }

  private mutating func encrypt(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    flow.path.reach(job)
    let (policy, size) = shape(of: flow.file)
    charge(.index, &effects)
    charge(.encrypt(policy: policy, size: size), &effects)
    charge(.storageRequest(policy: policy, size: size), &effects)
    if flow.commits(.lyingOwner) {
      var draw = planner.misdeedDraw(flow.number)
      flow.flaw = draw.chance(0.5) ? .digest : .signature
    }
    history.encrypt(flow.file, version: 0)
    carryOut(.encrypt(file: flow.file, owner: flow.owner), for: flow.file)
    if shadow != nil, world.isReal(flow.file) { realUploads.append(flow.file) }
    flow.path.pending = .network
    let bytes = price(.storageRequest(policy: policy, size: size)).bytes
    send(.storageRequest, of: flow.number, bytes: bytes, to: .cloud, &effects)
    if isTold(flow.file) {
      tell(
        flow.file, .patient(flow.owner), job,
        """
        encrypts a record of \(settings.recordSizes[size].value) bytes under \
        \(settings.policies[policy].value.policy), makes the index of \(settings.slots) words and \
        sends \(bytes) bytes to CS: \(effects.work / 1_000) us of work
        """)
    }
  }

  private mutating func checkStorage(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    flow.path.reach(job, entering: .storage)
    let (policy, size) = shape(of: flow.file)
    charge(.checkStorage(policy: policy, size: size), &effects)
    carryOut(.checkStorage(file: flow.file, flaw: flow.flaw), for: flow.file)
    flow.path.pending = .network
    guard cloud.accepts(flow.flaw) else {
      if isTold(flow.file) {
        tell(flow.file, .cloud, job, "refuses to store: wrong \(flow.flaw)")
      }
      send(
        .refusal, of: flow.number, bytes: Self.noteBytes, to: .patient(flow.owner), &effects)
      return
    }
    cloud.store(flow.file)
    note(invariants?.acknowledged(flow.file, flow.flaw, isStored: cloud.holds(flow.file)))
    let bytes = price(.checkStorage(policy: policy, size: size)).bytes
    send(.location, of: flow.number, bytes: bytes, to: .patient(flow.owner), &effects)
    if isTold(flow.file) {
      tell(
        flow.file, .cloud, job,
        "checks digest and signature, stores and answers a location: \(effects.work / 1_000) us of work"
      )
    }
    // What it does for itself comes after the answer and delays others only.
    if flow.commits(.curiousCloud) { pry(flow.file, job, &effects) }
  }

  /// The cloud server tries to open a file and to guess its words.
  mutating func pry(_ file: Int, _ job: PartyJob, _ effects: inout PartyEffects) {
    charge(.pry(policy: world.policy(of: file)), &effects)
    meter.attempts += 1
    carryOut(.pry(file: file), for: file)
    if isTold(file) {
      tell(file, .cloud, job, "tries to open what it stores and to guess its words, in vain")
    }
  }

  private mutating func commit(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    flow.path.reach(job)
    let policy = world.policy(of: flow.file)
    charge(.transaction(policy: policy), &effects)
    // Under a key that has ended meanwhile it is taken to be encrypted anew.
    if settings.revocation == .reencrypt { history.encrypt(flow.file, version: 0) }
    carryOut(.commit(file: flow.file, owner: flow.owner), for: flow.file)
    let bytes = price(.transaction(policy: policy)).bytes
    submit(
      .store(owner: flow.owner, file: flow.file), of: &flow, bytes: bytes, by: job, &effects)
    if isTold(flow.file) {
      tell(
        flow.file, .patient(flow.owner), job,
        """
        seals the location and submits the abstract, a transaction of \(bytes) bytes: \
        \(effects.work / 1_000) us of work
        """)
    }
  }

  private mutating func endUpload(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    let reply = answer(&flow, job)
    guard let answer = reply.answer, answer.status == .done else {
      end(&flow, as: failure(reply), job, &effects)
      return
    }
    planner.uploaded(flow.file)
    if isTold(flow.file) {
      tell(
        flow.file, .patient(flow.owner), job,
        "learns that the abstract is on the chain, at position \(answer.position)")
    }
    send(
      .committed, of: flow.number, content: UInt64(truncatingIfNeeded: flow.file),
      bytes: proofBytes, to: .cloud, &effects)
    // The patient of the lie that went unnoticed has got something on the chain that nobody can read.
    end(&flow, as: flow.flaw == .none ? .done : .leaked, job, &effects)
  }

  /// Policy and size of a file, by their places in the settings.
  func shape(of file: Int) -> (policy: Int, size: Int) {
    (world.policy(of: file), world.size(of: file))
  }
}
