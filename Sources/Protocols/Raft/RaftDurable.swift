import ConsensusCore

/// The state machine at one position of the log, in place of the entries up to it (Raft §7).
public struct RaftSnapshot: Hashable, Sendable {
  /// The last position whose effects the snapshot contains.
  public let position: LogPosition
  /// The state machine after the entry at ``position``.
  public let ledger: Ledger
  /// The number of clients the state machine knows, for the size of the snapshot on the wire.
  public let clients: Int

  /// The state before the first entry.
  static func initial(application: (any Application)?) -> RaftSnapshot {
    RaftSnapshot(position: .zero, ledger: Ledger(application: application), clients: 0)
  }

  /// Creates a snapshot.
  public init(position: LogPosition, ledger: Ledger, clients: Int) {
    self.position = position
    self.ledger = ledger
    self.clients = clients
  }
}

/// What a Raft replica keeps on disk: current term, vote, log and snapshot (Raft Figure 2, §7).
///
/// The commit index and the state machine above the snapshot are volatile: a restarted replica
/// learns the commit index from the next leader and applies its log again.
public struct RaftDurable: DurableState {
  /// One write.
  public enum Record: Sendable {
    /// The replica entered `term` or voted in it.
    case state(term: Term, vote: ReplicaID?)
    /// The entries replace everything from index `from` on.
    case entries(from: LogIndex, RaftEntries)
    /// The replica took a snapshot and drops its entries up to and with `through`.
    case compacted(RaftSnapshot, through: LogIndex)
    /// The replica received a snapshot, which replaces the log up to its position, and also what
    /// follows unless the log has the snapshot's last entry.
    case installed(RaftSnapshot)
    /// The replica recovered from the loss of its disk; it votes in no term up to `through`.
    case recovered(through: Term)
  }

  /// The latest term the replica has seen.
  public private(set) var term = Term.zero
  /// The candidate that received the replica's vote in ``term``, if any.
  public private(set) var vote: ReplicaID?
  /// The log.
  public private(set) var log = RaftLog()
  /// The latest snapshot, nil before the first.
  public private(set) var snapshot: RaftSnapshot?

  /// Whether the disk was prepared for this cluster, or its replica recovered since it was lost.
  public private(set) var isFormatted = false
  /// The last term in which the replica may have voted before it lost its disk; 0 if it never did.
  public private(set) var barredThrough = Term.zero

  /// The state of an empty disk: a replica with it has to recover what it forgot.
  public init() {}

  /// The state of a disk at the start of a run, which has nothing to recover.
  public static var formatted: RaftDurable {
    var durable = RaftDurable()
    durable.isFormatted = true
    return durable
  }

  // Rule: Raft state-1, Raft state-2, Raft state-3
  /// Applies one write.
  public mutating func apply(_ record: Record) {
    switch record {
    case .state(let term, let vote):
      self.term = term
      self.vote = vote
    case .entries(let index, let entries):
      log.truncate(from: index)
      if let first = entries.first { log.append(first) }
      for entry in entries.rest { log.append(entry) }
    case .compacted(let snapshot, let index):
      self.snapshot = snapshot
      log.compact(through: index)
    case .installed(let snapshot):
      self.snapshot = snapshot
      log.install(snapshot.position)
    case .recovered(let term):
      isFormatted = true
      barredThrough = max(barredThrough, term)
    }
  }
}

extension RaftLog {
  /// Makes the log start after a received snapshot's position (Raft §7).
  ///
  /// "If the snapshot describes a prefix of its log, then the log entries covered by the snapshot
  /// are deleted but entries following the snapshot are still valid and must be retained."
  mutating func install(_ position: LogPosition) {
    if term(at: position.index) == position.term {
      compact(through: position.index)
    } else {
      reset(to: position)
    }
  }
}

extension RaftSnapshot: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(position, ledger, clients)
  }
}

extension RaftDurable: FieldHashable {
  package enum Field: UInt8, StateField {
    case term, vote, log, snapshot, isFormatted, barredThrough
  }

  package func hash(_ field: Field, into hasher: inout StateHasher) {
    switch field {
    case .term: hasher.add(term)
    case .vote: hasher.add(vote)
    case .log: hasher.add(log)
    case .snapshot: hasher.add(snapshot)
    case .isFormatted: hasher.add(isFormatted)
    case .barredThrough: hasher.add(barredThrough)
    }
  }
}
