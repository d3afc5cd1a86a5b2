import DiscreteEvents
import PairingCrypto
import Simulator

// Step 6 of Paper §II-C: the user checks the ciphertext against the chain and opens it, or reports
// the cloud server.
extension RecordWorkload {
  mutating func read(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    flow.path.reach(job)
    flow.path.enter(.decryption)
    guard let number = flow.proof else { return }
    // From now on the proof is used up, and asking with it again is a misdeed.
    lastProof[flow.user] = number
    if flow.isSuperseded, !reopens(&flow, job, &effects) { return }
    carryOut(
      .read(user: flow.user, file: flow.file, returned: flow.returned), for: flow.file)
    guard flow.returned == .stored else {
      // The digest differs from the chain's: nothing is opened.
      guard case .message(let message, _) = job.input else { return }
      var digest = OperationTally()
      digest[.byteHashed] = message.bytes
      effects.charge(nanoseconds: settings.costs.cost(of: digest).nanoseconds)
      if isTold(flow.file) {
        tell(
          flow.file, .user(flow.user), job,
          "finds another digest than the chain's and opens nothing")
      }
      report(&flow, isMissing: false, job, &effects)
      return
    }
    let (policy, size) = shape(of: flow.file)
    charge(.decrypt(policy: policy, size: size), &effects)
    note(
      invariants?.read(
        flow.file, by: flow.user, returned: flow.returned, for: proofKeys[number],
        with: proofs[number].answer))
    if isTold(flow.file) {
      tell(
        flow.file, .user(flow.user), job,
        """
        finds the chain's digest and reads \(settings.recordSizes[size].value) bytes: \
        \(effects.work / 1_000) us of work
        """)
    }
    let isForbidden = flow.misdeed == .revokedUser || flow.misdeed == .replayedProof
    conclude(&flow, as: isForbidden ? .leaked : .done, job, &effects)
  }

  /// The user opens the capsule of the version that came in the place of the granted one; whether
  /// that is possible: who lost an attribute after the grant reads nothing any more.
  private mutating func reopens(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) -> Bool {
    charge(
      .open(userClass: world.userClass(of: flow.user), policy: world.policy(of: flow.file)),
      &effects)
    guard !cannotOpen(flow.file, flow.user) else {
      carryOut(.trespass(user: flow.user, file: flow.file), for: flow.file)
      conclude(&flow, as: .revoked, job, &effects)
      return false
    }
    reopened += 1
    carryOut(.open(user: flow.user, file: flow.file), for: flow.file)
    return true
  }

  mutating func reportAbsence(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    flow.path.reach(job)
    report(&flow, isMissing: true, job, &effects)
  }

  private mutating func report(
    _ flow: inout Flow, isMissing: Bool, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    flow.verdict = isMissing ? .missing : .tampered
    charge(.request, &effects)
    submit(
      .report(user: flow.user, file: flow.file, isMissing: isMissing), of: &flow,
      bytes: price(.request).bytes, by: job, &effects)
    if isTold(flow.file) {
      tell(flow.file, .user(flow.user), job, "reports CS to the chain")
    }
  }

  mutating func endReport(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    let reply = answer(&flow, job, entering: .reporting)
    // Whatever becomes of the report, the user has seen what was returned.
    end(
      &flow, as: reply.wasDeclined ? .declined : flow.verdict ?? .tampered, job, &effects)
  }
}
