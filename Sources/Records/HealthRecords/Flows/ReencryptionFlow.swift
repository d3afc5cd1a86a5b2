import DiscreteEvents
import Simulator

// Revocation by encrypting anew (Sharing §7): holders have new components, nobody gets the factor of
// the rows. The cloud server hands every file that names the attribute back to its owner, who encrypts
// it anew, has it stored, and puts its abstract in the place of the old one; then the cloud server
// deletes the old ciphertext.
//
// What the chain holds counts: until it has accepted a new version, the file is as it was.
//
// Assumption: owners keep the keys of their files and no records: they open what comes back. The cloud
// server passes every revocation on; an owner who does not trust it reads the chain's lists.
extension RecordWorkload {
  /// A version of a file in the content of a message, with a position where there is one.
  private static func content(_ file: Int, _ version: Int, at position: Int = 0) -> UInt64 {
    UInt64(position) << 40 | UInt64(version) << 24 | UInt64(file)
  }

  private static func version(in content: UInt64) -> (file: Int, version: Int, position: Int) {
    (Int(content & 0xFF_FFFF), Int(content >> 24 & 0xFFFF), Int(content >> 40))
  }

  /// The cloud server hands the files out that are to be encrypted anew.
  mutating func recall(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    flow.path.reach(job)
    checkProof(&effects)
    let held = cloud.files(where: isNamed[flow.attribute])
    renewForReal(flow.attribute, held)
    for file in held {
      guard cloud.isCommitted(file) else {
        // Files whose upload is under way are taken to be encrypted anew, which nobody pays for.
        history.encrypt(file, version: 0)
        continue
      }
      let (policy, size) = shape(of: file)
      let handing = price(.serve(policy: policy, size: size))
      effects.charge(nanoseconds: handing.nanoseconds)
      flow.outstanding += 1
      flow.branches[file] = flow.path
      send(
        .ciphertext, of: flow.number, content: Self.content(file, 0),
        bytes: handing.bytes + proofBytes, to: .patient(planner.owner(of: file)), &effects)
      tell(
        file, .cloud, job,
        "hands it to its owner, as \(settings.universe[flow.attribute].name) was revoked of a user")
    }
    if flow.outstanding == 0 { conclude(&flow, as: .done, job, &effects) }
  }

  /// Takes the next step of the file that a message is about.
  mutating func advanceVersion(
    _ flow: inout Flow, _ message: PartyMessage, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    let (file, version, position) = Self.version(in: message.content)
    guard var branch = flow.branches[file] else { return }
    branch.reach(job)
    flow.branches[file] = branch
    switch PartyMessageKind(rawValue: message.kind) {
    case .ciphertext: encryptAnew(&flow, file, job, &effects)
    case .storageRequest: storeAnew(&flow, file, version, job, &effects)
    case .location: supersede(&flow, file, version, job, &effects)
    case .committed:
      checkProof(&effects)
      if cloud.supersede(file, version: version, at: position) {
        carryOut(.supersede(file: file, version: version), for: file)
      }
      tell(file, .cloud, job, "deletes every ciphertext before version \(version)")
      guard finishes(file, &flow) else { return }
      conclude(&flow, as: flow.verdict ?? .done, job, &effects)
    default: break
    }
  }

  /// The owner opens the old ciphertext and encrypts its record anew.
  private mutating func encryptAnew(
    _ flow: inout Flow, _ file: Int, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    let version = versions[file, default: 0] + 1
    guard version < RecordOperation.versionLimit else {
      flow.verdict = .refused
      guard finishes(file, &flow) else { return }
      conclude(&flow, as: .refused, job, &effects)
      return
    }
    versions[file] = version
    history.encrypt(file, version: version)
    carryOut(
      .encryptAnew(file: file, version: version, attribute: flow.attribute), for: file)
    let (policy, size) = shape(of: file)
    checkProof(&effects)
    charge(.reencrypt(policy: policy, size: size), &effects)
    charge(.storageRequest(policy: policy, size: size), &effects)
    send(
      .storageRequest, of: flow.number, content: Self.content(file, version),
      bytes: price(.storageRequest(policy: policy, size: size)).bytes, to: .cloud, &effects)
    tell(
      file, .patient(planner.owner(of: file)), job,
      "encrypts it anew as version \(version): \(effects.work / 1_000) us of work")
  }

  /// The cloud server takes the new version in and keeps the old one until the chain has the new.
  private mutating func storeAnew(
    _ flow: inout Flow, _ file: Int, _ version: Int, _ job: PartyJob,
    _ effects: inout PartyEffects
  ) {
    let (policy, size) = shape(of: file)
    charge(.checkStorage(policy: policy, size: size), &effects)
    cloud.store(file, version: version)
    invariants?.acknowledged(file, version: version)
    send(
      .location, of: flow.number, content: Self.content(file, version),
      bytes: price(.checkStorage(policy: policy, size: size)).bytes,
      to: .patient(planner.owner(of: file)), &effects)
  }

  /// The owner puts the abstract of the new version on the chain.
  private mutating func supersede(
    _ flow: inout Flow, _ file: Int, _ version: Int, _ job: PartyJob,
    _ effects: inout PartyEffects
  ) {
    let policy = world.policy(of: file)
    charge(.transaction(policy: policy), &effects)
    submit(
      .supersede(owner: planner.owner(of: file), file: file, version: version), of: &flow,
      bytes: price(.transaction(policy: policy)).bytes, by: job, &effects)
  }

  /// How often an owner asks for one version to be taken, before it gives up.
  ///
  /// Assumption: a request that is given up need not be lost, so that more would do little but wait.
  private static let supersedingAttempts = 3

  /// The owner learns what became of the new abstract, and asks again if it did not.
  mutating func endSuperseding(
    _ flow: inout Flow, _ file: Int, _ version: Int, _ job: PartyJob,
    _ effects: inout PartyEffects
  ) {
    guard let path = flow.branches[file] else { return }
    var branch = flow
    branch.path = path
    let reply = answer(&branch, job)
    flow.branches[file] = branch.path
    if reply.wasDeclined, flow.attempts[file, default: 1] < Self.supersedingAttempts {
      flow.attempts[file, default: 1] += 1
      let bytes = price(.transaction(policy: world.policy(of: file))).bytes
      submit(
        .supersede(owner: planner.owner(of: file), file: file, version: version), of: &flow,
        bytes: bytes, by: job, &effects)
      return
    }
    // Of a request that was given up and came through, the chain tells who looks.
    if let answer = reply.answer,
      answer.status == .done || answer.status == .conflict && chain.holds(file, version: version)
    {
      flow.path.pending = .network
      send(
        .committed, of: flow.number,
        content: Self.content(file, version, at: answer.position),
        bytes: Self.noteBytes + proofBytes, to: .cloud, &effects)
      tell(
        file, .patient(planner.owner(of: file)), job,
        "learns that version \(version) is on the chain, at position \(answer.position)")
      return
    }
    // Another conflict is a later version, or a deletion: there is nothing left to protect.
    if reply.wasDeclined {
      flow.verdict = .declined
      meter.unprotected += 1
    }
    guard finishes(file, &flow) else { return }
    planner.settled(flow.attribute)
    end(&flow, as: flow.verdict ?? .done, job, &effects)
  }

  /// Ends the branch of a file; whether it is the last, along which the operation's time then goes.
  private mutating func finishes(_ file: Int, _ flow: inout Flow) -> Bool {
    guard let branch = flow.branches.removeValue(forKey: file) else { return false }
    flow.outstanding -= 1
    guard flow.outstanding == 0 else { return false }
    flow.path = branch
    return true
  }
}
