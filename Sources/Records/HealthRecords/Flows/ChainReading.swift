import DiscreteEvents
import RecordSharing
import Simulator

// The chain reader (Sharing §7): blocks keep what the chain has replaced. A user who lost an attribute
// reads the abstract in the block of the upload, opens its capsule with old keys, and applies what that
// gives to the ciphertext as it is now. The cloud server colludes: it hands ciphertexts to anybody.
extension RecordWorkload {
  /// Whether there is something to try: the user could read the file once, cannot by now, and nothing
  /// of the revocation is under way any more.
  func isOccasionForChainReading(of file: Int, by user: Int) -> Bool {
    let held = world.attributes(of: user)
    guard settings.revocation != .list, cloud.isCommitted(file),
      policy(of: file).isSatisfied(by: held), isLeftBehind(file, user)
    else { return false }
    return held.allSatisfy { attribute in
      settings.universe.index(of: attribute).map {
        !chain.isRevoked($0, of: user) || !planner.isRevocationUnderWay(of: $0)
      } ?? true
    }
  }

  /// Whether the user's old components satisfy the policy against the block of the version that is
  /// stored; those of other versions open to other keys.
  func opensFromChain(_ file: Int, _ user: Int) -> Bool {
    let version = cloud.version(of: file)
    let fitting = world.attributes(of: user).filter { attribute in
      settings.universe.index(of: attribute).map {
        history.fits($0, of: user, file, version: version)
      } ?? false
    }
    return policy(of: file).isSatisfied(by: AttributeSet(fitting))
  }

  /// The user opens the old abstract, if that is possible, and asks the colluding cloud server.
  mutating func readChain(
    _ flow: inout Flow, _ file: Int, _ effects: inout PartyEffects
  ) {
    meter.attempts += 1
    flow.file = file
    charge(
      .open(userClass: world.userClass(of: flow.user), policy: world.policy(of: file)), &effects)
    flow.path.pending = .network
    send(.fetch, of: flow.number, bytes: Self.noteBytes, to: .cloud, &effects)
  }

  /// The cloud server hands the ciphertext out and asks for no proof.
  mutating func serveAnybody(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    flow.path.reach(job)
    flow.path.pending = .network
    guard cloud.holds(flow.file) else {
      send(.refusal, of: flow.number, bytes: Self.noteBytes, to: .user(flow.user), &effects)
      return
    }
    let (policy, size) = shape(of: flow.file)
    let handing = price(.serve(policy: policy, size: size))
    effects.charge(nanoseconds: handing.nanoseconds)
    send(.ciphertext, of: flow.number, bytes: handing.bytes, to: .user(flow.user), &effects)
  }

  /// The user applies the keys of the old abstract to the ciphertext.
  mutating func endChainReading(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    flow.path.reach(job)
    let (policy, size) = shape(of: flow.file)
    charge(.decrypt(policy: policy, size: size), &effects)
    let opens = opensFromChain(flow.file, flow.user)
    carryOut(.readChain(user: flow.user, file: flow.file, opens: opens), for: flow.file)
    conclude(&flow, as: opens ? .leaked : .undecipherable, job, &effects)
  }
}
