import ConsensusCore
import DiscreteEvents
import PBFT
import Raft
import Simulator

/// What the replicas of PBFT send for one calm request (P-18, PL-2).
///
/// Liars follow the protocol by then, so that everybody is counted.
struct CalmCounts: Sendable {
  /// What the client asked.
  var request: Request?
  /// The batch that was proposed last.
  var proposed: Proposal?
  var proposals = 0
  var prepares = 0
  var commits = 0
  /// Who replied.
  var answered = ReplicaSet()
  /// Replies of who had replied before.
  var repeatedReplies = 0
  /// The client's own copies that reached replicas after their replies.
  var lateCopies = 0
  /// VIEW-CHANGEs of who waited in vain.
  var viewChanges = 0
  /// VIEW-CHANGEs for another reason: a lie of old times that somebody kept may come out now.
  var accusations = 0
  /// Reminders; what answers them repeats votes.
  var reminders = 0
  /// The number of epochs when it began.
  var epochs: Int
  /// Whether every member takes part.
  var isComplete: Bool

  /// Whether this is the batch that was proposed last.
  func isProposed(_ vote: Vote) -> Bool {
    guard let proposed else { return false }
    return vote.view == proposed.view && vote.sequence == proposed.sequence
      && vote.digest == proposed.digest
  }

  mutating func count(_ reply: Reply, by replica: ReplicaID) {
    guard reply.client == request?.client, reply.timestamp == request?.timestamp else { return }
    if !answered.insert(replica) { repeatedReplies += 1 }
  }
}

extension PBFTInvariants {
  /// Judges what a group at rest agrees on, and begins to count.
  public mutating func calmBegan(isComplete: Bool, at time: VirtualTime) {
    log.now = time
    checkSettled()
    calm = CalmCounts(epochs: epochs.count, isComplete: isComplete)
  }

  /// Counts what a member sends.
  ///
  /// A replica that was removed while it lagged may not know it yet. It waits for an execution that it
  /// has no part in, and nobody listens to its VIEW-CHANGE.
  mutating func countCalm(_ message: PBFTMessage<Policy>, by replica: ReplicaID) {
    guard epochs[epochs.count - 1].members.contains(replica) else { return }
    switch message {
    case .prePrepare(let proposal, _):
      calm?.proposed = proposal
      calm?.proposals += 1
    case .prepare(let vote): if isForCalm(vote) { calm?.prepares += 1 }
    case .commit(let vote): if isForCalm(vote) { calm?.commits += 1 }
    case .reply(let reply): calm?.count(reply, by: replica)
    case .viewChange(let message):
      if message.complaints.last?.reason == .timeout {
        calm?.viewChanges += 1
      } else {
        calm?.accusations += 1
      }
    case .status: calm?.reminders += 1
    default: break
    }
  }

  /// Whether a vote is for a batch that somebody proposed in the calm, or that an honest replica
  /// proposed before.
  ///
  /// A liar may have sent a proposal before its turn. Who kept it votes on it when the turn comes,
  /// which is after the calm request where rounds are serial.
  private func isForCalm(_ vote: Vote) -> Bool {
    if calm?.isProposed(vote) ?? false { return true }
    let slot = slots[Int(truncatingIfNeeded: vote.sequence.number & slotMask)]
    guard slot.sequence == vote.sequence.number,
      let proposer = slot.proposer(of: vote.digest, in: vote.view)
    else { return false }
    return honest.contains(proposer)
  }

  /// Notes a copy of the request that reaches a replica after it replied, and a reminder that was under way
  /// when the calm began.
  ///
  /// Clients send their requests to all replicas, and a quorum may have executed one before the copy of
  /// the last replica is there. "If the request has already been processed, the replicas simply re-send
  /// the reply" (PBFT §4.1). A copy that another replica passes on excuses nothing.
  public mutating func handledInCalm(
    _ message: PBFTMessage<Policy>, from sender: Endpoint, by replica: ReplicaID
  ) {
    if case .status = message { calm?.reminders += 1 }
    guard sender.client != nil, case .request(let request) = message, request == calm?.request,
      calm?.answered.contains(replica) ?? false
    else { return }
    calm?.lateCopies += 1
  }

  /// A batch costs one PRE-PREPARE, n - 1 PREPAREs and n COMMITs, each a broadcast among n members,
  /// and the request n replies and one for each late copy (P-18); nobody asks for another view (PL-2).
  public mutating func calmEnded(wasPlain: Bool, at time: VirtualTime) {
    log.now = time
    guard let calm else { return }
    self.calm = nil
    checkSettled()
    if calm.isComplete, calm.viewChanges > 0, calm.accusations == 0 {
      log.report(.pl2, at: nil, "one calm request took \(calm.viewChanges) VIEW-CHANGEs")
    }
    let members = epochs[epochs.count - 1].members.count
    // A CONFIG block costs a batch, and another membership counts otherwise; whoever waited so long
    // that somebody asked again got votes or replies twice.
    guard calm.isComplete, wasPlain, calm.reminders == 0, calm.accusations == 0,
      calm.epochs == epochs.count, configuration.epochLength == nil || calm.proposals == 1
    else { return }
    if calm.proposals != 1 || calm.prepares != members - 1 || calm.commits != members
      || calm.answered.count != members || calm.repeatedReplies > calm.lateCopies
    {
      log.report(
        .p18, at: nil,
        "one calm request among \(members) took \(calm.proposals) PRE-PREPAREs, "
          + "\(calm.prepares) PREPAREs, \(calm.commits) COMMITs, \(calm.answered.count) replies "
          + "and \(calm.repeatedReplies) more for \(calm.lateCopies) late copies")
    }
  }
}

extension RaftInvariants {
  /// Judges what a group at rest agrees on, and begins to count.
  public mutating func calmBegan(isComplete: Bool, at time: VirtualTime) {
    log.now = time
    checkSettled()
    calmEntries = 0
    calmTerm = nodes.map(\.term).max()
  }

  /// An entry is sent once to each of n - 1 followers, heartbeats apart, and no term moves.
  public mutating func calmEnded(wasPlain: Bool, at time: VirtualTime) {
    log.now = time
    guard let term = calmTerm else { return }
    calmTerm = nil
    checkSettled()
    if calmEntries != nodes.count - 1 {
      log.report(
        .rl1, at: nil, "one calm request took \(calmEntries) entries for \(nodes.count) replicas")
    }
    if let last = nodes.map(\.term).max(), last != term {
      log.report(.rl1, at: nil, "the term moved from \(term) to \(last) in a calm group")
    }
  }

  /// Counts the copies of entries.
  mutating func countCalm(_ message: RaftMessage, to recipients: Recipients) {
    guard calmTerm != nil, case .appendEntries(let append) = message else { return }
    switch recipients {
    case .others: calmEntries += append.entries.count * (nodes.count - 1)
    case .members(let members): calmEntries += append.entries.count * members.count
    case .one: calmEntries += append.entries.count
    }
  }

  /// All that are up have committed the same.
  mutating func checkSettled() {
    for (index, node) in nodes.enumerated()
    where honest.contains(ReplicaID(index)) && !node.isDown && node.committed != committed.last {
      log.report(.rl1, at: ReplicaID(index), "ended at \(node.committed), not \(committed.last)")
    }
  }
}

extension ChainInvariants {
  /// Miners never rest; once nobody has lied for long they agree but for the last blocks (W-9).
  ///
  /// Where blocks are as quick as messages, chance forks go deeper than k: at half a block a latency a
  /// fork of seventeen more has a probability below 10^-5.
  public mutating func calmEnded(wasPlain: Bool, at time: VirtualTime) {
    log.now = time
    checkConvergence(on: bestTip, depth: UInt64(demands.commonPrefix) + 16)
  }
}
