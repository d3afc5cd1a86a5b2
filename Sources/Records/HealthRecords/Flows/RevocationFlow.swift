import DiscreteEvents
import Simulator

// Revocation (Sharing §7): a user is put on an attribute's list, and if keys are renewed, holders get
// new components before the cloud server makes the new rows, so that whoever may open a file always
// can. If files are encrypted anew, holders get theirs before owners do that.
extension RecordWorkload {
  mutating func advanceRevocation(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    if ends(&flow, job, &effects) {
      planner.settled(flow.attribute)
      return
    }
    switch job.input {
    case .alarm:
      flow.path.reach(job)
      charge(.request, &effects)
      submit(
        .revoke(attribute: flow.attribute, user: flow.user), of: &flow,
        bytes: price(.request).bytes, by: job, &effects)
    case .accepted(let submission, _), .declined(let submission):
      switch RecordOperation(word: submission.operation) {
      case .revoke: endRevocation(&flow, job, &effects)
      case .rekey: sendRenewals(&flow, job, &effects)
      case .supersede(_, let file, let version):
        endSuperseding(&flow, file, version, job, &effects)
      default: endRow(&flow, job, &effects)
      }
    case .message(let message, let sender):
      switch PartyMessageKind(rawValue: message.kind) {
      case .revocation:
        flow.path.reach(job)
        takeRevocation(message.content, &effects)
        conclude(&flow, as: .done, job, &effects)
      case .renewal: takeRenewal(&flow, job, &effects)
      case .acknowledgement: acknowledge(&flow, from: sender, job, &effects)
      case .rekeying where settings.revocation == .reencrypt: recall(&flow, job, &effects)
      case .rekeying: renewRows(&flow, job, &effects)
      case .ciphertext, .storageRequest, .location, .committed:
        advanceVersion(&flow, message, job, &effects)
      default: break
      }
    case .started: break
    }
  }

  private mutating func fail(
    _ flow: inout Flow, as outcome: RecordOutcome, _ job: PartyJob,
    _ effects: inout PartyEffects
  ) {
    planner.settled(flow.attribute)
    end(&flow, as: outcome, job, &effects)
  }

  private mutating func endRevocation(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    let reply = answer(&flow, job)
    guard let answer = reply.answer, answer.status == .done else {
      fail(&flow, as: failure(reply), job, &effects)
      return
    }
    flow.path.pending = .network
    let content =
      UInt64(flow.user) << 40 | UInt64(flow.attribute) << 24 | UInt64(answer.position)
    send(
      .revocation, of: flow.number, content: content, bytes: Self.noteBytes + proofBytes,
      to: .cloud, &effects)
    let step: PricedStep
    switch settings.revocation {
    case .list: return
    case .rekey: step = .rekey(attribute: flow.attribute)
    case .reencrypt: step = .newKey(attribute: flow.attribute)
    }
    charge(step, &effects)
    submit(
      .rekey(attribute: flow.attribute, epoch: chain.epochs[flow.attribute] + 1), of: &flow,
      bytes: price(step).bytes, by: job, &effects)
  }

  /// The cloud server takes a revocation into its mirror.
  mutating func takeRevocation(_ content: UInt64, _ effects: inout PartyEffects) {
    checkProof(&effects)
    cloud.revoke(
      Int(content >> 24 & 0xFFFF), of: Int(content >> 40), at: Int(content & 0xFF_FFFF))
  }

  // MARK: New keys

  private mutating func sendRenewals(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    let reply = answer(&flow, job)
    guard reply.answer?.status == .done else {
      fail(&flow, as: failure(reply), job, &effects)
      return
    }
    let renewal = price(.renewKey(attribute: flow.attribute))
    flow.fork = flow.path
    flow.path.pending = .network
    for user in 0..<roster.users where keeps(flow.attribute, user) {
      effects.charge(nanoseconds: renewal.nanoseconds)
      flow.outstanding += 1
      send(.renewal, of: flow.number, bytes: renewal.bytes, to: .user(user), &effects)
    }
    if flow.outstanding == 0 { sendFactor(&flow, &effects) }
  }

  /// Whether a user holds an attribute that was not revoked.
  private func keeps(_ attribute: Int, _ user: Int) -> Bool {
    world.attributes(of: user).contains(settings.universe[attribute])
      && !chain.isRevoked(attribute, of: user)
  }

  private mutating func takeRenewal(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    guard var branch = flow.fork else { return }
    branch.reach(job)
    charge(.takeRenewal(attribute: flow.attribute), &effects)
    flow.branches[job.party.index] = branch
    send(
      .acknowledgement, of: flow.number, bytes: Self.noteBytes,
      to: .authority(authority(of: flow.user)), &effects)
  }

  private mutating func acknowledge(
    _ flow: inout Flow, from holder: PartyID, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    guard var branch = flow.branches.removeValue(forKey: holder.index) else { return }
    flow.outstanding -= 1
    guard flow.outstanding == 0 else { return }
    branch.reach(job)
    flow.path = branch
    sendFactor(&flow, &effects)
  }

  /// All holders are ready for rows of the new key.
  ///
  /// Where files are encrypted anew nobody gets the factor: it would turn their rows back.
  private mutating func sendFactor(_ flow: inout Flow, _ effects: inout PartyEffects) {
    flow.path.pending = .network
    let bytes =
      settings.revocation == .reencrypt ? Self.noteBytes + proofBytes : price(.rowFactor).bytes
    send(.rekeying, of: flow.number, bytes: bytes, to: .cloud, &effects)
  }

  // MARK: New rows

  private mutating func renewRows(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    flow.path.reach(job)
    charge(.rowFactor, &effects)
    let attribute = flow.attribute
    let held = cloud.files(where: isNamed[attribute])
    renewForReal(attribute, held)
    flow.fork = flow.path
    for file in held {
      let rows = price(.renewRows(policy: world.policy(of: file), attribute: attribute))
      effects.charge(nanoseconds: rows.nanoseconds)
      guard cloud.isCommitted(file) else { continue }
      charge(.request, &effects)
      flow.outstanding += 1
      submit(
        .renew(file: file, attribute: attribute, epoch: chain.epochs[attribute]), of: &flow,
        bytes: rows.bytes + price(.request).bytes, by: job, &effects)
      if isTold(file) {
        tell(file, .cloud, job, "makes new rows for attribute \(settings.universe[attribute].name)")
      }
    }
    if flow.outstanding == 0 { conclude(&flow, as: .done, job, &effects) }
  }

  /// From now on the old components of who lost the attribute open nothing.
  mutating func renewForReal(_ attribute: Int, _ held: [Int]) {
    let losers = (0..<roster.users).filter { chain.isRevoked(attribute, of: $0) }
    for user in losers { isOutdated[user][attribute] = true }
    history.renew(attribute, except: losers)
    guard shadow != nil else { return }
    // Files that are encrypted but not stored yet are taken to be encrypted anew.
    let concerned = isNamed[attribute]
    let uploads = realUploads.filter { concerned[world.policy(of: $0)] }
    let files = Set(held.filter(world.isReal)).union(uploads).sorted()
    carryOut(
      settings.revocation == .reencrypt
        ? .newKey(
          attribute: attribute, except: losers, files: files,
          underWay: files.filter { !cloud.isCommitted($0) })
        : .rekey(attribute: attribute, except: losers, files: files))
  }

  private mutating func endRow(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    guard let fork = flow.fork else { return }
    var branch = flow
    branch.path = fork
    let reply = answer(&branch, job)
    if reply.wasDeclined { flow.verdict = .declined }
    flow.outstanding -= 1
    guard flow.outstanding == 0 else { return }
    flow.path = branch.path
    planner.settled(flow.attribute)
    end(&flow, as: flow.verdict ?? .done, job, &effects)
  }
}
