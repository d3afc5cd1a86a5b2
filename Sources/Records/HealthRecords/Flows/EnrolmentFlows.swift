import DiscreteEvents
import Simulator

// Steps 1 and 2 of Paper §II-C: the centre sets the system up, patients get certificates, users keys.
extension RecordWorkload {
  /// The run begins: the centre sets up, or operations begin at once.
  mutating func start(_ job: PartyJob, _ effects: inout PartyEffects) {
    carryOut(.setUp)
    guard settings.enrolment == .simulated else {
      effects.setAlarm(of: job.party, after: .zero, word: Self.beginning)
      return
    }
    unenrolled = 1 + roster.patients + roster.users
    var flow = Flow(number: Self.enrolment, kind: .setup, step: .setup, started: job.sent)
    flow.path.reach(job)
    charge(.setUp, &effects)
    for party in 1..<roster.count {
      send(
        .parameters, of: flow.number, bytes: price(.setUp).bytes,
        to: roster.role(of: PartyID(party)), &effects)
    }
    for authority in 0..<roster.authorities {
      send(
        .masterKey, of: flow.number, bytes: price(.masterKey).bytes, to: .authority(authority),
        &effects)
    }
    conclude(&flow, as: .done, job, &effects)
    flows[flow.number] = flow
  }

  /// A patient or a user has PK and asks for a certificate or a key.
  mutating func receiveParameters(_ job: PartyJob, _ effects: inout PartyEffects) {
    let number = Self.enrolment + job.party.index
    switch roster.role(of: job.party) {
    case .patient(let owner):
      var flow = Flow(
        number: number, kind: .enrolment(owner: owner), step: .keys, started: job.arrived)
      flow.owner = owner
      flow.path.spend(until: job.begun, on: .queueing)
      charge(.ownerKey, &effects)
      flow.path.pending = .network
      send(
        .certificateRequest, of: number, bytes: price(.ownerKey).bytes, to: .centre, &effects)
      flows[number] = flow
    case .user(let user):
      var flow = Flow(
        number: number, kind: .registration(user: user), step: .keys, started: job.arrived)
      flow.user = user
      flow.path.spend(until: job.begun, on: .queueing)
      flow.path.pending = .network
      send(
        .keyRequest, of: number, bytes: Self.noteBytes, to: .authority(authority(of: user)),
        &effects)
      flows[number] = flow
    case .centre, .authority, .cloud: break
    }
  }

  /// An authority can issue keys; it puts the requests that came earlier back in its queue.
  mutating func receiveMasterKey(_ job: PartyJob, _ effects: inout PartyEffects) {
    guard case .authority(let authority) = roster.role(of: job.party) else { return }
    charge(.masterKey, &effects)
    isReady[authority] = true
    for number in waiting[authority] {
      send(.note, of: number, bytes: 0, to: .authority(authority), &effects)
    }
    waiting[authority] = []
  }

  mutating func advanceEnrolment(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    if ends(&flow, job, &effects) { return }
    switch flow.kind {
    case .enrolment: advanceOwner(&flow, job, &effects)
    case .registration(let user): advanceUser(&flow, user, job, &effects)
    case .setup, .activity: break
    }
  }

  private mutating func advanceOwner(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    guard case .message(let message, _) = job.input else {
      let reply = answer(&flow, job)
      guard reply.answer?.status == .done else {
        end(&flow, as: failure(reply), job, &effects)
        return
      }
      flow.path.pending = .network
      send(
        .certificate, of: flow.number, bytes: price(.certify).bytes, to: .patient(flow.owner),
        &effects)
      return
    }
    flow.path.reach(job)
    if message.kind == PartyMessageKind.certificateRequest.rawValue {
      charge(.certify, &effects)
      submit(
        .enrol(owner: flow.owner), of: &flow, bytes: price(.enrolment).bytes, by: job, &effects)
    } else {
      charge(.checkCertificate, &effects)
      carryOut(.enrol(owner: flow.owner))
      conclude(&flow, as: .done, job, &effects)
    }
  }

  private mutating func advanceUser(
    _ flow: inout Flow, _ user: Int, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    let kind = world.userClass(of: user)
    guard case .message(let message, _) = job.input else {
      let reply = answer(&flow, job)
      guard reply.answer?.status == .done else {
        end(&flow, as: failure(reply), job, &effects)
        return
      }
      flow.path.pending = .network
      send(
        .userKey, of: flow.number, bytes: price(.userKey(kind)).bytes, to: .user(user), &effects)
      return
    }
    if message.kind == PartyMessageKind.userKey.rawValue {
      flow.path.reach(job)
      charge(.takeKey(kind), &effects)
      carryOut(.register(user: user))
      conclude(&flow, as: .done, job, &effects)
      return
    }
    if message.kind == PartyMessageKind.note.rawValue {
      // The request waited for the master key, and for the authority's work on it.
      flow.path.spend(until: job.begun, on: .queueing)
    } else {
      flow.path.reach(job)
    }
    issueKey(&flow, user, job, &effects)
  }

  private mutating func issueKey(
    _ flow: inout Flow, _ user: Int, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    let authority = authority(of: user)
    guard isReady[authority] else {
      flow.path.pending = .queueing
      waiting[authority].append(flow.number)
      return
    }
    let kind = world.userClass(of: user)
    charge(.userKey(kind), &effects)
    charge(.registryEntry(kind), &effects)
    note(invariants?.keyIssued(to: user))
    submit(
      .register(user: user), of: &flow, bytes: price(.registryEntry(kind)).bytes, by: job,
      &effects)
  }
}
