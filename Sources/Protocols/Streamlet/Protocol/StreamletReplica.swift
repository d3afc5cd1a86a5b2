import ConsensusCore
import DiscreteEvents

/// One replica of Streamlet (Chan and Shi, "Streamlet: Textbook Streamlined Blockchains", 2020).
///
/// Time is cut into epochs of 2 Delta. In each of them
/// ```
/// epoch e begins --the leader--> PROPOSE(block on a longest notarised chain)
/// PROPOSE --everybody--> VOTE, if the block extends a longest notarised chain
/// q VOTEs --> the block is notarised
/// blocks of epochs e - 1, e, e + 1 in a row, all notarised --> the one of e is final, and what is below
/// ```
/// and everybody relays each PROPOSE and each VOTE once. Per epoch without faults:
///
/// | message | senders | copies |
/// | --- | --- | --- |
/// | PROPOSE | the leader, n - 1 relays | n (n - 1) |
/// | VOTE | n voters, n - 1 relays of each | n² (n - 1) |
/// | together | | n³ - n |
///
/// If every copy takes d < Delta and work is free, a block is notarised everywhere 2d after its
/// proposal and final 2 Delta + 2d after it, when that of the next epoch is notarised.
///
/// Assumption: clocks are in step: the instant of an input is what the replica's clock shows. Its
/// timers may run fast or slow (`timer-scale`), which shifts the beginning of each of its epochs.
///
/// Deviation: requests are not relayed, since clients send them to everybody.
public struct StreamletReplica: Replica {
  /// Parameters.
  public typealias Configuration = StreamletConfiguration
  /// Messages.
  public typealias Message = StreamletMessage
  /// What is on disk.
  public typealias Durable = StreamletDurable
  /// What probes see.
  public typealias Observation = StreamletObservation
  typealias Output = Effects<StreamletReplica>

  /// The timer of a replica.
  public enum Timer: UInt8, TimerName {
    /// The next epoch begins.
    case epoch
  }

  let id: ReplicaID
  let configuration: StreamletConfiguration
  let signer: Signer
  let verifier: Verifier

  /// The epoch that this replica is in; 0 before the start.
  var epoch = Epoch.zero
  /// The epoch of the last vote.
  var lastVoted = Epoch.zero
  /// The first proposal of the leader of ``epoch``, and of the next epoch.
  var firstProposal: Digest?
  var earlyProposal: Digest?
  /// What may become final.
  package var tree = BlockTree()
  /// The final blocks with their votes, from height 1 on.
  package var final: [VotedBlock] = []
  /// Proposals whose parent is missing, in order of arrival.
  var orphans: [StreamletProposal] = []
  /// Votes for blocks that are missing, in order of arrival.
  var strayVotes: [StreamletVote] = []
  /// Requests that have not taken effect, in order of arrival; one at most for each client.
  var held: [Request] = []
  var ledger: Ledger
  /// Whether the replica reads its disk: nothing is written or answered then.
  var isRestoring = false

  /// Creates replica `id`; it acts only when stepped.
  public init(
    id: ReplicaID, configuration: StreamletConfiguration, signer: Signer, verifier: Verifier,
    seed: Seed
  ) {
    precondition(configuration.isValid, "Streamlet cannot run with \(configuration)")
    self.id = id
    self.configuration = configuration
    self.signer = signer
    self.verifier = verifier
    ledger = Ledger(application: configuration.application)
  }

  /// Handles one input completely.
  public mutating func step(
    _ input: Input<StreamletReplica>, at now: VirtualTime,
    into effects: inout Effects<StreamletReplica>
  ) {
    switch input {
    case .start: enterNextEpoch(at: now, into: &effects)
    case .timeout(.epoch): enterNextEpoch(at: now, into: &effects)
    case .message(let message, let sender): onMessage(message, from: sender, into: &effects)
    case .restarted(let durable): restart(from: durable, at: now, into: &effects)
    case .command: break
    }
  }

  /// Whether the replica leads its epoch, the epoch, and the height of the last final block.
  public var standing: Standing {
    Standing(leads: leads, view: epoch.number, executed: tree.root.height)
  }

  /// The requests that wait to take effect.
  public var unfinished: Int { held.count }

  /// There is a proposal in every epoch, asked for or not.
  public static var comesToRest: Bool { false }

  var leads: Bool { configuration.leader(of: epoch) == id }

  private mutating func onMessage(
    _ message: StreamletMessage, from endpoint: Endpoint, into effects: inout Output
  ) {
    if case .request(let request) = message { return onRequest(request, into: &effects) }
    guard let sender = endpoint.replica, sender != id, sender.index < configuration.replicas else {
      return
    }
    switch message {
    case .request, .reply: break
    case .proposal(let proposal): onProposal(proposal, from: sender, into: &effects)
    case .vote(let vote): onVote(vote, from: sender, into: &effects)
    case .fetch(let digest, let height):
      onFetch(digest, above: height, from: sender, into: &effects)
    case .chain(let blocks): onChain(blocks, from: sender, into: &effects)
    }
  }

  func reject(
    _ reason: StreamletObservation.Rejection, from sender: ReplicaID, into effects: inout Output
  ) {
    effects.observe(.rejected(reason, from: Endpoint(sender)))
  }

  // MARK: Streamlet §2: epochs

  // Rule: Streamlet epochs-1, Streamlet epochs-3
  /// Begins the next epoch, and sets the clock for the one after it.
  ///
  /// The span is counted from when this one should have begun, so that delays do not add up.
  private mutating func enterNextEpoch(at now: VirtualTime, into effects: inout Output) {
    epoch = epoch.next
    firstProposal = earlyProposal
    earlyProposal = nil
    setClock(at: now, into: &effects)
    effects.observe(.enteredEpoch(epoch, leads: leads))
    if leads { propose(into: &effects) } else { maybeVote(into: &effects) }
  }

  private func setClock(at now: VirtualTime, into effects: inout Output) {
    let span = configuration.start(of: epoch.next) - now
    effects.setTimer(.epoch, after: max(span, .zero))
  }

  // MARK: Beyond Streamlet §2: restart

  /// Resumes from disk in the epoch that the clock shows; peers are asked for what is missing once one
  /// of them proposes.
  private mutating func restart(
    from durable: StreamletDurable, at now: VirtualTime, into effects: inout Output
  ) {
    self = StreamletReplica(
      id: id, configuration: configuration, signer: signer, verifier: verifier, seed: Seed(0))
    epoch = configuration.epoch(at: now)
    effects.observe(.restarted(epoch))
    isRestoring = true
    for block in durable.notarised { restore(block.proposal, block.votes, into: &effects) }
    if let (proposal, vote) = durable.lastVote {
      lastVoted = vote.epoch
      restore(proposal, [vote], into: &effects)
    }
    isRestoring = false
    setClock(at: now, into: &effects)
    effects.observe(.enteredEpoch(epoch, leads: leads))
  }

  private mutating func restore(
    _ proposal: StreamletProposal, _ votes: [StreamletVote], into effects: inout Output
  ) {
    guard proposal.block.epoch > tree.root.block.epoch else { return }
    if !isKnown(proposal.block.digest) { adopt(proposal, from: nil, into: &effects) }
    for vote in votes where !hasSeen(vote) { count(vote, into: &effects) }
  }
}

extension StreamletReplica: FieldHashable {
  package enum Field: UInt8, StateField {
    case id, configuration, signer, verifier, epoch, lastVoted, firstProposal, earlyProposal, tree,
      final, orphans, strayVotes, held, ledger, isRestoring, sortedStrays
  }

  /// Sorted stray votes stand for those in the order of arrival.
  package static var readings: FieldSet<Field> { [.sortedStrays] }

  package func hash(_ field: Field, into hasher: inout StateHasher) {
    switch field {
    case .id: hasher.add(id)
    case .epoch: hasher.add(epoch)
    case .lastVoted: hasher.add(lastVoted)
    case .firstProposal: hasher.add(firstProposal)
    case .earlyProposal: hasher.add(earlyProposal)
    case .tree: hasher.add(tree)
    case .final: hasher.add(final)
    case .orphans: hasher.add(orphans)
    case .strayVotes: hasher.add(strayVotes)
    case .held: hasher.add(held)
    case .ledger: hasher.add(ledger)
    case .isRestoring: hasher.add(isRestoring)
    case .sortedStrays: hasher.add(strayVotes.sorted { $0.signature.tag < $1.signature.tag })
    // Constant throughout a run.
    case .configuration, .signer, .verifier: break
    }
  }
}
