import ConsensusCore
import DiscreteEvents
import PBFT
import SCPBFT
import Testing

@testable import Faults
@testable import Simulator

/// Keeps the states that honest replicas hand over.
private struct Transfers: Probe {
  typealias Subject = ClassicPBFT
  var violations: [Violation] = []
  var seen: [StateTransfer<RoundRobin>] = []

  mutating func sent(
    _ message: ClassicPBFT.Message, by replica: ReplicaID, to recipients: Recipients,
    at time: VirtualTime
  ) {
    if case .state(let transfer) = message { seen.append(transfer) }
  }
}

@Suite("Lies about states and about the honest")
struct InventedProofTests {
  private static let keys = Seed(7)
  private static let verifier = Verifier(keys: keys)

  private static func signer(_ index: Int) -> Signer {
    Signer(endpoint: Endpoint(ReplicaID(index)), keys: keys)
  }

  /// A draw of replica 3, whose only accomplice is replica 2.
  private static func context(_ seed: UInt64) -> ForgeryContext {
    ForgeryContext(
      replica: ReplicaID(3), replicas: 5, recipient: Endpoint(ReplicaID(1)), signer: signer(3),
      verifier: verifier, standing: Standing(leads: false, view: 2, executed: 5),
      draw: Draw(state: mix(seed, 0xE71)), accomplices: ReplicaSet([ReplicaID(2), ReplicaID(3)]),
      keys: keys)
  }

  /// A PREPARE of replica 3 for what replica 0 proposed.
  private static let vote: (proposal: Proposal, message: CheckedPBFT.Message) = {
    let proposal = Proposal(
      view: View(2), sequence: SequenceNumber(6), digest: Digest(0xD), signedBy: signer(0))
    let content = SignedContent.prepare(View(2), proposal.sequence, proposal.digest, ReplicaID(3))
    let vote = Vote(
      view: proposal.view, sequence: proposal.sequence, digest: proposal.digest,
      replica: ReplicaID(3), signature: signer(3).sign(content),
      proposalSignature: proposal.signature)
    return (proposal, .prepare(vote))
  }()

  /// What each accusation consists of, judged anew: never two contradicting signatures.
  private func expectFalse(_ evidence: Evidence) {
    #expect(!evidence.isValid(Self.verifier))
    #expect([0, 1, 4].contains(evidence.subject.index))
  }

  @Test("Invented evidence accuses the honest and convinces nobody")
  func evidence() {
    var sorts = [0, 0, 0]
    for seed in 1...600 as ClosedRange<UInt64> {
      var context = Self.context(seed)
      let evidence = context.inventedEvidence(nil)
      expectFalse(evidence)
      switch evidence {
      case .equivocation(let first, let second, _) where first == second: sorts[0] += 1
      case .equivocation: sorts[1] += 1
      case .forgedRequest: sorts[2] += 1
      }
    }
    #expect(sorts.allSatisfy { $0 > 50 }, "\(sorts)")
  }

  @Test("A true proposal is set beside a false one")
  func halfTrue() {
    var halves = [0, 0]
    for seed in 1...600 as ClosedRange<UInt64> {
      var context = Self.context(seed)
      let known = context.knownProposal(in: Self.vote.message)
      #expect(known?.signer == ReplicaID(0))
      let evidence = context.inventedEvidence(known)
      expectFalse(evidence)
      guard case .equivocation(let first, let second, let accused) = evidence else { continue }
      #expect(
        first.isSigned(by: accused, Self.verifier) || second.isSigned(by: accused, Self.verifier))
      if first == Self.vote.proposal, second != first { halves[0] += 1 }
      if second == Self.vote.proposal, second != first { halves[1] += 1 }
    }
    #expect(halves.allSatisfy { $0 > 50 }, "\(halves)")
  }

  @Test("VIEW-CHANGEs and NEW-VIEWs that are made up carry it, signed by whom they name")
  func carried() {
    var viewChanges = 0
    var newViews = 0
    for seed in 1...600 as ClosedRange<UInt64> {
      var context = Self.context(seed)
      switch CheckedPBFT.invent(like: Self.vote.message, in: &context) {
      case .viewChange(let message):
        for evidence in message.evidence where [0, 1, 4].contains(evidence.subject.index) {
          expectFalse(evidence)
        }
        let isSigned = Self.verifier.isValid(
          message.signature, of: Endpoint(message.replica), over: message.content)
        if isSigned, !message.evidence.isEmpty, message.certificates.isEmpty { viewChanges += 1 }
      case .newView(let message):
        if message.viewChanges.contains(where: { !$0.evidence.isEmpty }) { newViews += 1 }
      default: break
      }
    }
    #expect(viewChanges > 10)
    #expect(newViews > 10)
  }

  /// A VIEW-CHANGE of replica 3 with a true certificate of view 2 for `sequence`.
  private static func viewChange(at sequence: UInt64, stable: UInt64) -> ViewChange {
    let digest = Digest(0xD)
    let (view, place) = (View(2), SequenceNumber(sequence))
    var tag: UInt64 = 0
    for index in [0, 1, 4] {
      tag ^= signer(index).sign(SignedContent.prepare(view, place, digest, ReplicaID(index))).tag
    }
    let certificate = PreparedCertificate(
      proposal: Proposal(view: view, sequence: place, digest: digest, signedBy: signer(2)),
      proposer: ReplicaID(2), signers: ReplicaSet([0, 1, 4].map { ReplicaID($0) }),
      aggregate: Signature(tag: tag))
    var vouched: UInt64 = 0
    for index in 0..<4 {
      let content = SignedContent.checkpoint(
        SequenceNumber(stable), digest, ReplicaID(index))
      vouched ^= signer(index).sign(content).tag
    }
    return ViewChange(
      epoch: 0, target: View(3),
      stable: CheckpointProof(
        sequence: SequenceNumber(stable), digest: digest,
        signers: ReplicaSet(firstReplicas: 4), aggregate: Signature(tag: vouched)),
      certificates: [certificate], complaints: [], evidence: [], replica: ReplicaID(3),
      signedBy: signer(3))
  }

  @Test("VIEW-CHANGEs are made up of true certificates that have no place in them")
  func misplaced() throws {
    let honest = Self.viewChange(at: 300, stable: 298)
    let membership = Membership(replicas: 5)
    #expect(honest.certificates[0].isValid(in: membership, Self.verifier))
    var sorts = ["late": 0, "high": 0, "colluded": 0, "below": 0]
    for seed in 1...2_000 as ClosedRange<UInt64> {
      var context = Self.context(seed)
      guard
        case .viewChange(let message) = CheckedPBFT.invent(like: .viewChange(honest), in: &context),
        message.evidence.isEmpty, message.stable.isValid(in: membership, Self.verifier),
        let last = message.certificates.last
      else { continue }
      let isTrue = last.isValid(in: membership, Self.verifier)
      if isTrue, last.proposal.view >= message.target { sorts["late"]? += 1 }
      if isTrue, message.stable == .genesis, last.proposal.sequence.number > 256 {
        sorts["high"]? += 1
      }
      guard message.certificates.count == 2 else { continue }
      // As true as two of five can make it.
      #expect(!isTrue && last.proposal.isSigned(by: ReplicaID(3), Self.verifier))
      if last.proposal.view >= message.target { sorts["colluded"]? += 1 }
      if last.proposal.sequence <= message.stable.sequence { sorts["below"]? += 1 }
    }
    #expect(sorts.values.allSatisfy { $0 > 5 }, "\(sorts)")
  }

  @Test("Enough accomplices make a true certificate for a view to come")
  func colluded() {
    let everybody = ReplicaSet(firstReplicas: 5)
    var count = 0
    for seed in 1...1_000 as ClosedRange<UInt64> {
      var context = Self.context(seed)
      context.accomplices = everybody
      guard
        case .viewChange(let message) = CheckedPBFT.invent(like: Self.vote.message, in: &context)
      else { continue }
      for certificate in message.certificates
      where certificate.isValid(in: Membership(replicas: 5), Self.verifier)
        && certificate.proposal.view >= message.target
      {
        count += 1
      }
    }
    #expect(count > 5)
  }

  @Test("VIEW-CHANGEs are made up with more proofs than there are replicas, true ones among them")
  func floods() {
    var sorts = ["repeated": 0, "true": 0, "false": 0]
    for seed in 1...2_000 as ClosedRange<UInt64> {
      var context = Self.context(seed)
      guard
        case .viewChange(let message) = CheckedPBFT.invent(like: Self.vote.message, in: &context),
        message.evidence.count > 1
      else { continue }
      #expect(message.evidence.count > 5)
      let valid = message.evidence.filter { $0.isValid(Self.verifier) }
      #expect(valid.allSatisfy { [2, 3].contains($0.subject.index) })
      #expect(valid.isEmpty || valid.count == message.evidence.count)
      if valid.isEmpty {
        sorts["false"]? += 1
      } else if Set(valid).count == 1 {
        sorts["repeated"]? += 1
      } else {
        sorts["true"]? += 1
        #expect(Set(valid.map(\.view)).count == valid.count)
      }
    }
    #expect(sorts.values.allSatisfy { $0 > 5 }, "\(sorts)")
  }

  @Test("CHECKPOINTs are made up for points that never come, each for another")
  func checkpoints() {
    var far: [CheckpointVote] = []
    for seed in 1...1_000 as ClosedRange<UInt64> {
      var context = Self.context(seed)
      guard case .checkpoint(let vote) = CheckedPBFT.invent(like: Self.vote.message, in: &context)
      else { continue }
      let content = SignedContent.checkpoint(vote.sequence, vote.digest, vote.replica)
      #expect(
        Self.verifier.isValid(vote.signature, of: Endpoint(vote.replica), over: content))
      if vote.sequence.number > 1_000 { far.append(vote) }
    }
    #expect(far.count > 40 && Set(far).count == far.count)
  }

  @Test("Batches of true requests name another view or another proposer than their PRE-PREPARE")
  func misattributed() {
    let request = Request(
      client: ClientID(0), timestamp: 1, operation: 5, operationBytes: 0,
      signedBy: Signer(endpoint: Endpoint(ClientID(0)), keys: Self.keys))
    let batch = Batch(
      proposer: ReplicaID(3), view: View(2), requests: [request], judgements: [], changes: [])
    let proposal = Proposal(
      view: View(2), sequence: SequenceNumber(6), digest: batch.digest, signedBy: Self.signer(3))
    var sorts = ["view": 0, "proposer": 0]
    for seed in 1...1_000 as ClosedRange<UInt64> {
      var context = Self.context(seed)
      guard
        case .prePrepare(let made, let body) = CheckedPBFT.invent(
          like: .prePrepare(proposal, batch), in: &context)
      else { continue }
      #expect(made.isSigned(by: ReplicaID(3), Self.verifier) && made.digest == body.digest)
      #expect(made.view == View(2) && body.requests == [request])
      if body.view != made.view { sorts["view"]? += 1 }
      if body.proposer != ReplicaID(3) { sorts["proposer"]? += 1 }
    }
    #expect(sorts.values.allSatisfy { $0 > 20 }, "\(sorts)")
  }

  @Test("A VIEW-CHANGE that is changed in one field gets evidence now and then")
  func mutated() {
    let honest = ViewChange(
      epoch: 0, target: View(3), stable: .genesis, certificates: [], complaints: [], evidence: [],
      replica: ReplicaID(3), signedBy: Self.signer(3))
    var accusing = 0
    for seed in 1...400 as ClosedRange<UInt64> {
      var context = Self.context(seed)
      let message = context.mutated(honest)
      for evidence in message.evidence { expectFalse(evidence) }
      if !message.evidence.isEmpty, message.target == honest.target { accusing += 1 }
    }
    #expect(accusing > 15)
  }

  private static func transfer() throws -> StateTransfer<RoundRobin> {
    let run = PBFTForgeryTests.rich(.init(kind: "reply", forgery: .tamper, reason: nil))
    var simulation = Simulation(run, probe: Transfers(), trace: NoTrace<ClassicPBFT>())
    _ = simulation.run()
    return try #require(simulation.probe.seen.first)
  }

  @Test("A state that is tampered with keeps its proof and its place, and has another digest")
  func states() throws {
    let honest = try Self.transfer()
    #expect(honest.state.digest == honest.proof.digest)
    func isTampered(_ message: ClassicPBFT.Message) -> Bool {
      guard case .state(let transfer) = message else { return false }
      return transfer.proof == honest.proof && transfer.state.executed == honest.state.executed
        && transfer.state.digest != honest.proof.digest
    }
    var counts = [0, 0, 0]
    for seed in 1...64 as ClosedRange<UInt64> {
      var message = ClassicPBFT.Message.state(honest)
      var context = Self.context(seed)
      #expect(ClassicPBFT.forge(&message, as: .tamper, in: &context))
      if isTampered(message) { counts[0] += 1 }
      message = .state(honest)
      context = Self.context(seed)
      #expect(ClassicPBFT.mutate(&message, in: &context))
      if isTampered(message) { counts[1] += 1 }
      context = Self.context(seed)
      if let made = ClassicPBFT.invent(like: .state(honest), in: &context), isTampered(made) {
        counts[2] += 1
      }
    }
    #expect(counts[0] == 64)
    #expect(counts[1] > 16 && counts[1] < 48)
    #expect(counts[2] > 16 && counts[2] < 48)
  }
}
