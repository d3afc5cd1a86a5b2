import ConsensusCore

/// An inner step of a Raft replica, told to probes; enough to check invariants.
///
/// What is observed in a step happens before what the step sends, and is durable where it should
/// be when the first of those messages leaves.
public enum RaftObservation: Sendable {
  /// The replica's term grew to this one.
  case enteredTerm(Term)
  /// The replica asks whether it could win this term (thesis §9.6).
  case preCampaigned(Term)
  /// The replica voted in its term for a candidate, possibly itself; the two last positions
  /// show that the candidate's log was at least as up to date.
  case voted(Term, for: ReplicaID, candidateLast: LogPosition, ownLast: LogPosition)
  /// The replica leads its term; its log ends at this position.
  case becameLeader(Term, last: LogPosition)
  /// The replica led the term and does so no longer.
  case steppedDown(Term)
  /// The replica appended an entry.
  case appended(LogPosition, digest: Digest)
  /// The replica removed this index and what follows, because of a conflict.
  case truncated(from: LogIndex)
  /// The leader counted a majority for the entry at this position.
  case counted(LogPosition, in: Term)
  /// The leader learned that a follower's log agrees with its own up to an index.
  case matched(ReplicaID, through: LogIndex)
  /// The replica knows this entry to be committed.
  case committed(LogPosition, digest: Digest, transactions: Int, isOrdinary: Bool)
  /// The replica applied this entry to its state machine.
  case applied(LogPosition, digest: Digest)
  /// A request took effect.
  case executed(client: ClientID, timestamp: UInt64, result: Digest)
  /// The replica took a snapshot and dropped the entries through an index; `ledger` is the
  /// state's digest.
  case compacted(LogPosition, through: LogIndex, ledger: Digest)
  /// The replica replaced its state by a received snapshot; `ledger` is the state's digest.
  case installed(LogPosition, ledger: Digest)
  /// The leader began to hand the lead over (thesis §3.10).
  case transferring(to: ReplicaID)
  /// The replica came back with this durable state; it has applied nothing above the snapshot, whose
  /// digest is `ledger`.
  case restarted(
    Term, vote: ReplicaID?, last: LogPosition, snapshot: LogPosition, ledger: Digest)
  /// The replica has recovered from the loss of its disk; it votes in no term up to this one.
  case recovered(through: Term)
  /// The leader holds requests back because the window of every follower is full.
  case heldRequests
}

extension RaftObservation: ConsensusObservation {
  /// What the step means in terms that all protocols share.
  ///
  /// Assumption: a restarted replica reports what it commits and executes again, since the paper's
  /// commit index and state machine are volatile (Raft Figure 2).
  public var milestone: Milestone? {
    switch self {
    case .committed(let position, let digest, let transactions, let isOrdinary):
      .decided(
        height: position.index.number, digest: digest, transactions: transactions,
        isOrdinary: isOrdinary)
    case .executed(let client, let timestamp, let result):
      .executed(client: client, timestamp: timestamp, result: result)
    case .becameLeader(let term, _): .leads(view: term.number)
    case .enteredTerm, .preCampaigned, .voted, .steppedDown, .appended, .truncated, .counted,
      .matched, .applied, .compacted, .installed, .transferring, .restarted, .recovered,
      .heldRequests:
      nil
    }
  }

  /// The term, the vote and a truncation are saved just before the next message leaves.
  public var awaitsWrite: Bool {
    switch self {
    case .enteredTerm, .voted, .truncated, .becameLeader, .steppedDown: true
    case .preCampaigned, .appended, .counted, .matched, .committed, .applied, .executed,
      .compacted, .installed, .transferring, .restarted, .recovered, .heldRequests:
      false
    }
  }

  /// One line of text.
  public var summary: String {
    switch self {
    case .enteredTerm(let term): "enters term \(term)"
    case .preCampaigned(let term): "asks whether it could win term \(term)"
    case .voted(let term, let candidate, _, _): "votes for r\(candidate) in term \(term)"
    case .becameLeader(let term, let last): "leads term \(term), log ends at \(last)"
    case .steppedDown(let term): "no longer leads term \(term)"
    case .appended(let position, _): "appends \(position)"
    case .truncated(let index): "truncates from \(index)"
    case .counted(let position, _): "counts a majority for \(position)"
    case .matched(let follower, let index): "knows r\(follower) to agree up to \(index)"
    case .committed(let position, _, let transactions, _):
      "commits \(position) with \(transactions) transactions"
    case .applied(let position, _): "applies \(position)"
    case .executed(let client, let timestamp, _): "executes c\(client) t=\(timestamp)"
    case .compacted(let position, let index, _): "snapshots at \(position), drops up to \(index)"
    case .installed(let position, _): "installs a snapshot at \(position)"
    case .transferring(let target): "hands the lead to r\(target)"
    case .restarted(let term, _, let last, let snapshot, _):
      "restarts in term \(term), log ends at \(last), snapshot at \(snapshot)"
    case .recovered(let term): "has recovered, votes in no term up to \(term)"
    case .heldRequests: "holds requests back: every window is full"
    }
  }
}
