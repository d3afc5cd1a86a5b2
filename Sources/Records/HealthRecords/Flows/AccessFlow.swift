import ConsensusCore
import DiscreteEvents
import RecordSharing
import Simulator

// Step 5 of Paper §II-C: a user asks the replicas for files, and the cloud server for one of them.
extension RecordWorkload {
  mutating func advanceAccess(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    if ends(&flow, job, &effects) { return }
    switch job.input {
    case .alarm: ask(&flow, job, &effects)
    case .message(let message, let sender):
      switch PartyMessageKind(rawValue: message.kind) {
      case .fetch where flow.misdeed == .chainReader: serveAnybody(&flow, job, &effects)
      case .fetch: serve(&flow, job, &effects)
      case .ciphertext where flow.misdeed == .chainReader: endChainReading(&flow, job, &effects)
      case .ciphertext: read(&flow, job, &effects)
      case .absence: reportAbsence(&flow, job, &effects)
      case .refusal: takeRefusal(&flow, job, &effects)
      case .keyRequest: lendKey(&flow, to: sender, job, &effects)
      case .userKey: pool(&flow, with: sender, job, &effects)
      default: break
      }
    case .accepted(let submission, _), .declined(let submission):
      if case .report = RecordOperation(word: submission.operation) {
        endReport(&flow, job, &effects)
      } else {
        takeAnswer(&flow, submission, job, &effects)
      }
    case .started: break
    }
  }

  // MARK: The replicas

  private mutating func ask(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    guard var request = flow.request else { return }
    flow.path.reach(job)
    if flow.activity == .access, let earlier = lastProof[flow.user], flow.commits(.replayedProof) {
      meter.attempts += 1
      flow.file = proofs[earlier].answer.file
      fetch(&flow, proof: earlier, &effects)
      return
    }
    if flow.commits(.sniffer) {
      meter.attempts += 1
      request.flaw = .forged
    } else if flow.commits(.forgedToken) {
      meter.attempts += 1
      request.flaw = .unproved
    } else if roster.users > 1, flow.commits(.replayedToken) {
      meter.attempts += 1
      request.flaw = .foreign
    }
    flow.request = request
    charge(.token, &effects)
    submit(.access(request), of: &flow, bytes: price(.token).bytes, by: job, &effects)
    if isTold(request.target) {
      tell(
        request.target, .user(flow.user), job,
        """
        asks for files with \(settings.queriedSlots) of its words, a token of \
        \(price(.token).bytes) bytes: \(effects.work / 1_000) us of work
        """)
    }
  }

  private mutating func takeAnswer(
    _ flow: inout Flow, _ submission: Submission, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    let reply = answer(&flow, job)
    guard let request = flow.request else { return }
    guard let answer = reply.answer, answer.status == .done else {
      refused(&flow, request, reply, job, &effects)
      return
    }
    if isTold(request.target) {
      tell(
        request.target, .user(flow.user), job,
        "learns that file \(answer.file) is granted, at position \(answer.position)")
    }
    if request.flaw != .none {
      end(&flow, as: .leaked, job, &effects)
      return
    }
    search(request, submission)
    guard flow.activity == .access else {
      end(&flow, as: .done, job, &effects)
      return
    }
    flow.file = answer.file
    proofs.append(AccessProof(user: flow.user, answer: answer, isSigned: true))
    proofKeys.append(RequestKey(submission))
    charge(
      .open(userClass: world.userClass(of: flow.user), policy: world.policy(of: flow.file)),
      &effects)
    carryOut(.open(user: flow.user, file: flow.file), for: flow.file)
    fetch(&flow, proof: proofs.count - 1, &effects)
    if isTold(flow.file) {
      tell(
        flow.file, .user(flow.user), job,
        "opens capsule and location, sends the proof to CS: \(effects.work / 1_000) us of work")
    }
  }

  /// The replicas did not grant anything: the end, unless the user knows no law.
  private mutating func refused(
    _ flow: inout Flow, _ request: AccessRequest,
    _ reply: (answer: RecordAnswer?, wasDeclined: Bool), _ job: PartyJob,
    _ effects: inout PartyEffects
  ) {
    let outcome = failure(reply)
    if isTold(request.target) {
      tell(request.target, .user(flow.user), job, "is not granted anything: \(outcome.name)")
    }
    if case .accepted(let submission, _) = job.input, reply.answer != nil {
      search(request, submission)
    }
    if outcome == .unsatisfied, let accomplice = accomplice(of: flow.user, for: request.target),
      flow.commits(.collusion)
    {
      meter.attempts += 1
      flow.file = request.target
      flow.path.pending = .network
      send(.keyRequest, of: flow.number, bytes: Self.noteBytes, to: .user(accomplice), &effects)
    } else if outcome == .revoked, let answer = reply.answer, flow.commits(.revokedUser) {
      meter.attempts += 1
      flow.file = request.target
      proofs.append(AccessProof(user: flow.user, answer: answer, isSigned: true))
      if case .accepted(let submission, _) = job.input { proofKeys.append(RequestKey(submission)) }
      fetch(&flow, proof: proofs.count - 1, &effects)
    } else if outcome == .revoked, isOccasionForChainReading(of: request.target, by: flow.user),
      flow.commits(.chainReader)
    {
      readChain(&flow, request.target, &effects)
    } else {
      end(&flow, as: outcome, job, &effects)
    }
  }

  /// What the real engine has to find where the replicas searched.
  private mutating func search(_ request: AccessRequest, _ submission: Submission) {
    guard shadow != nil else { return }
    let (among, matching) = chain.comparison(of: submission)
    carryOut(.search(request, among: among, matching: matching))
  }

  // MARK: The cloud server

  private mutating func fetch(_ flow: inout Flow, proof: Int, _ effects: inout PartyEffects) {
    flow.proof = proof
    flow.path.pending = .network
    send(
      .fetch, of: flow.number, content: UInt64(truncatingIfNeeded: proof),
      bytes: Self.noteBytes + proofBytes, to: .cloud, &effects)
  }

  private mutating func serve(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    flow.path.reach(job)
    guard let number = flow.proof else { return }
    checkProof(&effects)
    checkInclusion(of: proofKeys[number], proofs[number].answer)
    flow.path.pending = .network
    let refusal = cloud.refusal(
      of: flow.file, to: flow.user, proof: number, proofs[number])
    if let refusal {
      if isTold(flow.file) {
        tell(flow.file, .cloud, job, "refuses to hand it out: \(refusal.rawValue)")
      }
      send(.refusal, of: flow.number, bytes: Self.noteBytes, to: .user(flow.user), &effects)
      return
    }
    if flow.commits(.deletingCloud) {
      if isTold(flow.file) {
        tell(flow.file, .cloud, job, "pretends to have no such file")
      }
      send(.absence, of: flow.number, bytes: Self.noteBytes, to: .user(flow.user), &effects)
      return
    }
    note(
      invariants?.served(
        flow.file, to: flow.user, for: proofKeys[number], with: proofs[number].answer))
    var file = flow.file
    if flow.commits(.tamperingCloud) {
      flow.returned = .altered
    } else if let other = cloud.other(than: file), flow.commits(.swappingCloud) {
      flow.returned = .other(other)
      file = other
    }
    let (policy, size) = shape(of: file)
    var handing = price(.serve(policy: policy, size: size))
    effects.charge(nanoseconds: handing.nanoseconds)
    if cloud.isSuperseded(flow.file, since: proofs[number].answer.position) {
      // The granted version is deleted: the new one comes with its abstract.
      flow.isSuperseded = true
      handing.bytes += price(.returnAbstract(policy: policy)).bytes
    }
    send(
      .ciphertext, of: flow.number, bytes: handing.bytes, to: .user(flow.user), &effects)
    if isTold(flow.file) {
      tell(
        flow.file, .cloud, job,
        "checks the proof and hands \(handing.bytes) bytes out: \(effects.work / 1_000) us of work")
    }
    if flow.commits(.curiousCloud) { pry(flow.file, job, &effects) }
  }

  private mutating func takeRefusal(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    flow.path.reach(job)
    guard flow.misdeed == .revokedUser, cannotOpen(flow.file, flow.user) else {
      end(&flow, as: .accessRefused, job, &effects)
      return
    }
    // The capsule is on the chain for everybody; the old key meets rows of a new one.
    charge(
      .open(userClass: world.userClass(of: flow.user), policy: world.policy(of: flow.file)),
      &effects)
    meter.attempts += 1
    carryOut(.trespass(user: flow.user, file: flow.file), for: flow.file)
    conclude(&flow, as: .undecipherable, job, &effects)
  }

  /// Whether a user's keys do not open the abstract of a file that is in force.
  ///
  /// A file that is encrypted anew stays open to who lost an attribute until the chain has the new
  /// version; new rows are taken to be there at once.
  func cannotOpen(_ file: Int, _ user: Int) -> Bool {
    settings.revocation == .reencrypt
      ? !opensFromChain(file, user) : isLeftBehind(file, user)
  }

  /// Whether the components that are up to date do not satisfy a file's policy.
  func isLeftBehind(_ file: Int, _ user: Int) -> Bool {
    let usable = world.attributes(of: user).filter { attribute in
      settings.universe.index(of: attribute).map { !isOutdated[user][$0] } ?? false
    }
    return !policy(of: file).isSatisfied(by: AttributeSet(usable))
  }

  func policy(of file: Int) -> AccessPolicy {
    settings.policies[world.policy(of: file)].value.policy
  }

  // MARK: Collusion

  /// The next user whose attributes do not satisfy the policy either, but do together; else the next
  /// whose do not.
  private func accomplice(of user: Int, for file: Int) -> Int? {
    let policy = policy(of: file)
    var second: Int?
    for step in 1..<max(1, roster.users) {
      let other = (user + step) % roster.users
      let held = world.attributes(of: other)
      guard !policy.isSatisfied(by: held) else { continue }
      if policy.isSatisfied(by: held.union(world.attributes(of: user))) { return other }
      second = second ?? other
    }
    return second
  }

  /// The accomplice hands its key over, sealed.
  private mutating func lendKey(
    _ flow: inout Flow, to user: PartyID, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    guard case .user(let accomplice) = roster.role(of: job.party) else { return }
    flow.path.reach(job)
    flow.path.pending = .network
    send(
      .userKey, of: flow.number, bytes: price(.userKey(world.userClass(of: accomplice))).bytes,
      to: roster.role(of: user), &effects)
  }

  private mutating func pool(
    _ flow: inout Flow, with accomplice: PartyID, _ job: PartyJob,
    _ effects: inout PartyEffects
  ) {
    guard case .user(let other) = roster.role(of: accomplice) else { return }
    flow.path.reach(job)
    for user in [flow.user, other] {
      charge(
        .open(userClass: world.userClass(of: user), policy: world.policy(of: flow.file)), &effects)
    }
    carryOut(.collude(user: flow.user, with: other, file: flow.file), for: flow.file)
    if isTold(flow.file) {
      tell(
        flow.file, .user(flow.user), job, "pools its key with that of DU \(other), in vain")
    }
    conclude(&flow, as: .undecipherable, job, &effects)
  }
}
