import ConsensusCore
import DiscreteEvents
import Testing

@testable import Exploration
@testable import PBFT
@testable import Raft
@testable import Streamlet

private typealias Classic = PBFTModel<PBFTReplica<RoundRobin>>

@Suite("Equality of states")
struct StateHashTests {
  @Test("Every type of a state of PBFT hashes all its stored properties")
  func pbft() {
    var inspector = StateInspector()
    for model in [
      Classic.viewChange(replicas: 2), .byzantineViewChange(replicas: 3, clients: 1, proposed: 1),
    ] {
      inspectStates(of: model, with: &inspector)
    }
    let samples = PBFTSamples()
    for message in samples.messages { inspector.inspect(message) }
    inspector.inspect(samples.durable)
    inspector.inspect(samples.checkpoints)
    inspector.inspect(samples.futureMessages)
    var slot = Slot()
    slot.keep(StrayVote(isCommit: true, vote: samples.vote))
    inspector.inspect(slot)
    #expect(inspector.faults.sorted() == [])
    #expect(
      inspector.types.isSuperset(of: [
        "PBFTReplica<RoundRobin>", "PBFTMessage<RoundRobin>", "PBFTDurable<RoundRobin>", "Slot",
        "StrayVote", "Candidate", "FutureMessages<PBFTMessage<RoundRobin>>", "Evidence", "Contents",
        "MembershipChange", "Judgement", "Complaint", "PreparedCertificate",
        "CommitCertificate", "NewView", "ViewChange", "CheckpointProof", "Quorum", "Place",
      ]))
    #expect(Set(samples.messages.map(\.kind)).count == PBFTMessage<RoundRobin>.kindNames.count)
  }

  @Test("Every type of a state of Raft hashes all its stored properties")
  func raft() {
    var inspector = StateInspector()
    let model = RaftModel<RaftReplica>(
      name: "raft", replicas: 2, terms: 2, commands: 1, crashes: 1, heartbeats: 1)
    inspectStates(of: model, with: &inspector)
    let samples = RaftSamples()
    for message in samples.messages { inspector.inspect(message) }
    inspector.inspect(samples.durable)
    inspector.inspect(RaftReplica.Recovery(nonce: 5, answers: [nil, samples.recoverReply]))
    #expect(inspector.faults.sorted() == [])
    #expect(
      inspector.types.isSuperset(of: [
        "RaftReplica", "Progress", "RaftLog", "RaftEntry", "RaftEntries", "RaftDurable",
        "RaftSnapshot", "Recovery", "RecoverReply", "AppendEntries", "Reply",
      ]))
    #expect(Set(samples.messages.map(\.kind)).count == RaftMessage.kindNames.count)
  }

  @Test("Every type of a state of Streamlet hashes all its stored properties")
  func streamlet() {
    var inspector = StateInspector()
    inspectStates(
      of: StreamletModel<StreamletReplica>.equivocating(replicas: 4, epochs: 1), with: &inspector)
    let samples = StreamletSamples()
    for message in samples.messages { inspector.inspect(message) }
    inspector.inspect(samples.durable)
    inspector.inspect(samples.replica)
    #expect(inspector.faults.sorted() == [])
    #expect(
      inspector.types.isSuperset(of: [
        "StreamletReplica", "BlockTree", "Node", "StreamletBlock", "Contents", "StreamletProposal",
        "StreamletVote", "VotedBlock", "StreamletDurable", "Epoch", "Ledger", "Reply",
      ]))
    #expect(Set(samples.messages.map(\.kind)).count == StreamletMessage.kindNames.count)
  }

  private func inspectStates<M: Model>(of model: M, with inspector: inout StateInspector) {
    var exploration = Exploration(model, limit: 1_000, usesSymmetry: false)
    _ = exploration.run()
    let locals = exploration.space.locals
    for states in locals.states {
      for index in stride(from: 0, to: states.count, by: max(1, states.count / 50)) {
        inspector.inspect(states[index].replica)
        inspector.inspect(states[index].disk)
      }
    }
    for message in locals.messages { inspector.inspect(message.message) }
  }

  private struct Sample: FieldHashable {
    enum Field: UInt8, StateField {
      case number, other, inner, sum
    }

    static var readings: FieldSet<Field> { [.sum] }

    var number: UInt64
    var other: UInt64
    var inner: [Int?]

    func hash(_ field: Field, into hasher: inout StateHasher) {
      switch field {
      case .number: hasher.add(number)
      case .other: hasher.add(other)
      case .inner: hasher.add(inner)
      case .sum: hasher.add(number + other)
      }
    }
  }

  @Test("All fields count but those ignored")
  func fields() {
    let sample = Sample(number: 1, other: 2, inner: [nil, 3])
    var ignored = IgnoredFields()
    ignored.ignore([.other, .sum], of: Sample.self)
    func isSame(_ other: Sample) -> Bool {
      StateHash(of: sample, ignoring: ignored) == StateHash(of: other, ignoring: ignored)
    }
    #expect(isSame(Sample(number: 1, other: 7, inner: [nil, 3])))
    #expect(!isSame(Sample(number: 2, other: 2, inner: [nil, 3])))
    #expect(!isSame(Sample(number: 1, other: 2, inner: [3, nil])))
    ignored.ignore(of: Sample.self) { $0.number > 0 ? [.inner] : [] }
    #expect(isSame(Sample(number: 1, other: 2, inner: [])))
    ignored.ignore([.number], of: Sample.self)
    #expect(isSame(Sample(number: 3, other: 4, inner: [5])))
    #expect(!isSame(Sample(number: 0, other: 4, inner: [])))
  }

  @Test("Sets of fields")
  func sets() {
    let all = FieldSet<Sample.Field>.all
    #expect(all == [.number, .other, .inner, .sum])
    #expect(all - [.sum] == [.number, .other] + [.inner])
    #expect(!(all - [.inner]).contains(.inner))
  }
}

/// A value of every kind that PBFT's states and messages may hold.
private struct PBFTSamples {
  typealias Message = PBFTMessage<RoundRobin>

  let request: Request
  let batch: Batch
  let proposal: Proposal
  let vote: Vote
  let prepared: PreparedCertificate
  let committed: CommitCertificate
  let proof: CheckpointProof
  let viewChange: ViewChange
  let newView: NewView
  let state: ReplicatedState<RoundRobin>

  init() {
    let signer = Signer(endpoint: Endpoint(ReplicaID(1)), keys: Seed(3))
    let (view, sequence, members) = (View(2), SequenceNumber(3), ReplicaSet([ReplicaID(1)]))
    let signature = Signature(tag: 9)
    request = Request(
      client: ClientID(1), timestamp: 4, operation: 5, operationBytes: 6, signature: signature)
    batch = Batch(
      proposer: ReplicaID(1), view: view, requests: [request],
      judgements: [.init(view: view, subject: ReplicaID(2), finding: .timedOut)],
      changes: [.init(removed: members, cleared: ReplicaSet([ReplicaID(2)]))])
    proposal = Proposal(view: view, sequence: sequence, digest: batch.digest, signedBy: signer)
    vote = Vote(
      view: view, sequence: sequence, digest: batch.digest, replica: ReplicaID(2),
      signature: signature, proposalSignature: proposal.signature)
    prepared = PreparedCertificate(
      proposal: proposal, proposer: ReplicaID(1), signers: members, aggregate: signature)
    committed = CommitCertificate(
      view: view, sequence: sequence, digest: batch.digest, signers: members, aggregate: signature)
    proof = CheckpointProof(
      sequence: sequence, digest: batch.digest, signers: members, aggregate: signature)
    viewChange = ViewChange(
      epoch: 1, target: view, stable: proof, certificates: [prepared],
      complaints: [Complaint(view: view, subject: ReplicaID(1), reason: .join)],
      evidence: [
        .equivocation(proposal, proposal, by: ReplicaID(1)),
        .forgedRequest(proposal, batch, by: ReplicaID(1)),
      ], replica: ReplicaID(2), signedBy: signer)
    newView = NewView(
      view: view, viewChanges: [viewChange], proposals: [proposal], replica: ReplicaID(2),
      signedBy: signer)
    var state = ReplicatedState<RoundRobin>(
      policy: RoundRobin(), replicas: 4, application: nil)
    state.apply(batch)
    self.state = state
  }

  var messages: [Message] {
    let checkpoint = CheckpointVote(
      sequence: vote.sequence, digest: vote.digest, replica: vote.replica, signature: vote.signature
    )
    let reply = Reply(
      client: ClientID(1), timestamp: 2, replica: ReplicaID(3), result: Digest(4), resultBytes: 5,
      view: 6, leader: ReplicaID(7), isExecuted: true)
    let status = Status(
      epoch: 1, view: vote.view, target: View(8), stable: .zero, executed: vote.sequence)
    return [
      .request(request), .prePrepare(proposal, batch), .prepare(vote), .commit(vote), .reply(reply),
      .checkpoint(checkpoint), .viewChange(viewChange), .newView(newView), .status(status),
      .committed(committed, batch), .fetch(vote.sequence, vote.digest, missedIn: vote.view),
      .batch(vote.sequence, batch, of: proposal), .stable(proof), .fetchState(vote.sequence),
      .state(StateTransfer(proof: proof, state: state)),
    ]
  }

  var durable: PBFTDurable<RoundRobin> {
    var durable = PBFTDurable<RoundRobin>()
    let records: [PBFTDurable<RoundRobin>.Record] = [
      .state(state), .accepted(proposal, proposer: ReplicaID(1), batch), .prepared(prepared, batch),
      .changing(viewChange), .entered(newView), .checkpoint(state),
    ]
    for record in records { durable.apply(record) }
    return durable
  }

  var checkpoints: CheckpointBook<RoundRobin> {
    var book = CheckpointBook<RoundRobin>(replicas: 4)
    book.keep(state)
    let vote = CheckpointVote(
      sequence: vote.sequence, digest: vote.digest, replica: vote.replica, signature: vote.signature
    )
    _ = book.add(vote, quorum: 3)
    return book
  }

  var futureMessages: FutureMessages<Message> {
    var futureMessages = FutureMessages<Message>(replicas: 4, capacity: 2)
    _ = futureMessages.keep(.prepare(vote), from: Endpoint(vote.replica))
    return futureMessages
  }
}

/// A value of every kind that Raft's states and messages may hold.
private struct RaftSamples {
  let position = LogPosition(index: LogIndex(2), term: Term(1))
  let entries: RaftEntries
  let snapshot: RaftSnapshot
  let request: Request

  init() {
    request = Request(
      client: ClientID(1), timestamp: 4, operation: 5, operationBytes: 6,
      signature: Signature(tag: 7))
    entries = RaftEntries(
      first: RaftEntry(term: Term(1), request: request, others: [request]),
      rest: [RaftEntry(term: Term(2), request: nil, others: [])])
    var ledger = Ledger(application: nil)
    _ = ledger.execute(request, at: SequenceNumber(1))
    snapshot = RaftSnapshot(position: position, ledger: ledger, clients: 2)
  }

  var recoverReply: RecoverReply {
    RecoverReply(nonce: 1, term: Term(2), leads: true, position: position)
  }

  var messages: [RaftMessage] {
    let vote = VoteRequest(term: Term(3), last: position, isTransfer: true)
    let reply = Reply(
      client: ClientID(1), timestamp: 2, replica: ReplicaID(3), result: Digest(4), resultBytes: 5,
      view: 6, leader: ReplicaID(7), isExecuted: true)
    return [
      .request(request), .reply(reply),
      .appendEntries(
        AppendEntries(term: Term(3), previous: position, commit: LogIndex(9), entries: entries)),
      .appendReply(
        AppendReply(term: Term(3), isSuccess: true, index: LogIndex(4), conflict: position)),
      .preVote(vote), .preVoteReply(VoteReply(term: Term(3), isGranted: true)), .vote(vote),
      .voteReply(VoteReply(term: Term(3), isGranted: true)), .timeoutNow(Term(3)),
      .installSnapshot(InstallSnapshot(term: Term(3), snapshot: snapshot)),
      .snapshotReply(term: Term(3), match: LogIndex(4)), .recover(nonce: 5),
      .recoverReply(recoverReply), .forward(request),
    ]
  }

  var durable: RaftDurable {
    var durable = RaftDurable.formatted
    let records: [RaftDurable.Record] = [
      .state(term: Term(2), vote: ReplicaID(1)), .entries(from: LogIndex(1), entries),
      .compacted(snapshot, through: LogIndex(1)), .recovered(through: Term(1)),
    ]
    for record in records { durable.apply(record) }
    return durable
  }
}

/// A value of every kind that Streamlet's states and messages may hold.
private struct StreamletSamples {
  let request: Request
  let voted: VotedBlock
  let vote: StreamletVote

  init() {
    let signer = Signer(endpoint: Endpoint(ReplicaID(1)), keys: Seed(3))
    request = Request(
      client: ClientID(1), timestamp: 4, operation: 5, operationBytes: 6,
      signature: Signature(tag: 7))
    let block = StreamletBlock(
      parent: Digest(8), epoch: Epoch(2), proposer: ReplicaID(1), requests: [request])
    vote = StreamletVote(
      epoch: Epoch(2), block: block.digest, replica: ReplicaID(1), signedBy: signer)
    voted = VotedBlock(StreamletProposal(block, signedBy: signer), votes: [vote])
  }

  var messages: [StreamletMessage] {
    let reply = Reply(
      client: ClientID(1), timestamp: 2, replica: ReplicaID(3), result: Digest(4), resultBytes: 5,
      view: 6, leader: ReplicaID(7), isExecuted: true)
    return [
      .request(request), .reply(reply), .proposal(voted.proposal), .vote(vote),
      .fetch(vote.block, above: 3), .chain([voted]),
    ]
  }

  var durable: StreamletDurable {
    var durable = StreamletDurable()
    durable.apply(.notarised(voted))
    durable.apply(.voted(voted.proposal, vote))
    return durable
  }

  /// A replica with something in each of its stored properties.
  var replica: StreamletReplica {
    let keys = Seed(3)
    var replica = StreamletReplica(
      id: ReplicaID(0), configuration: StreamletConfiguration(replicas: 4),
      signer: Signer(endpoint: Endpoint(ReplicaID(0)), keys: keys), verifier: Verifier(keys: keys),
      seed: keys)
    (replica.epoch, replica.lastVoted) = (Epoch(2), Epoch(1))
    (replica.firstProposal, replica.earlyProposal) = (vote.block, Digest(9))
    let place = replica.tree.insert(voted.proposal, behind: 0)
    _ = replica.tree.add(vote, at: place)
    _ = replica.tree.notarise(place)
    replica.final = [voted]
    replica.orphans = [voted.proposal]
    replica.strayVotes = [vote]
    replica.held = [request]
    _ = replica.ledger.execute(request, at: SequenceNumber(1))
    replica.isRestoring = true
    return replica
  }
}
