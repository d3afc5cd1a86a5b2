import ConsensusCore
import DiscreteEvents
import PBFT
import Raft
import Simulator

/// What the replicas of PBFT send for one calm request (P-18, PL-2).
///
/// Liars follow the protocol by then, so that everybody is counted.
struct CalmCounts: Sendable {
  var proposals = 0
  var prepares = 0
  var commits = 0
  var replies = 0
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

  mutating func count<Oversight>(_ message: PBFTMessage<Oversight>) {
    switch message {
    case .prePrepare: proposals += 1
    case .prepare: prepares += 1
    case .commit: commits += 1
    case .reply: replies += 1
    case .viewChange(let message):
      if message.complaints.last?.reason == .timeout {
        viewChanges += 1
      } else {
        accusations += 1
      }
    case .status: reminders += 1
    default: break
    }
  }
}

extension PBFTInvariants {
  /// Judges what a group at rest agrees on, and begins to count.
  public mutating func calmBegan(isComplete: Bool, at time: VirtualTime) {
    log.now = time
    checkSettled()
    calm = CalmCounts(epochs: epochs.count, isComplete: isComplete)
  }

  /// A batch costs one PRE-PREPARE, n - 1 PREPAREs and n COMMITs, each a broadcast among n members,
  /// and the request n replies (P-18); nobody asks for another view (PL-2).
  public mutating func calmEnded(wasPlain: Bool, at time: VirtualTime) {
    log.now = time
    guard let calm else { return }
    self.calm = nil
    checkSettled()
    if calm.isComplete, calm.viewChanges > 0, calm.accusations == 0 {
      log.report("PL-2", at: nil, "one calm request took \(calm.viewChanges) VIEW-CHANGEs")
    }
    let members = epochs[epochs.count - 1].members.count
    // A CONFIG block costs a batch, and another membership counts otherwise; whoever waited so long
    // that somebody asked again got votes or replies twice.
    guard calm.isComplete, wasPlain, calm.reminders == 0, calm.accusations == 0,
      calm.epochs == epochs.count, configuration.epochLength == nil || calm.proposals == 1
    else { return }
    if calm.proposals != 1 || calm.prepares != members - 1 || calm.commits != members
      || calm.replies != members
    {
      log.report(
        "P-18", at: nil,
        "one calm request among \(members) took \(calm.proposals) PRE-PREPAREs, "
          + "\(calm.prepares) PREPAREs, \(calm.commits) COMMITs and \(calm.replies) replies")
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
        "RL-1", at: nil, "one calm request took \(calmEntries) entries for \(nodes.count) replicas")
    }
    if let last = nodes.map(\.term).max(), last != term {
      log.report("RL-1", at: nil, "the term moved from \(term) to \(last) in a calm group")
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
      log.report("RL-1", at: ReplicaID(index), "ended at \(node.committed), not \(committed.last)")
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
