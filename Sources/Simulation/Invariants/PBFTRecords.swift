import ConsensusCore
import PBFT

/// What the probe remembers of one replica.
struct PBFTNode: Sendable {
  var isDown = false
  /// Whether the next view it enters may be the one it was in: after a restart or a new epoch.
  var resumes = false
  var hasRestarted = false
  var view = View(0)
  /// The view it asked for last.
  var target = View(0)
  /// The same, as its sends say.
  var sentTarget = View(0)
  /// The greatest view of a vote it sent.
  var votedView = View(0)
  var executed: UInt64 = 0
  var executesNull = false
  var stable: UInt64 = 0
  var epoch = 0
}

/// One membership epoch, as the probe reckons it: without the protocol's own quorums and memberships.
struct EpochRecord: Sendable {
  /// Who votes.
  let members: ReplicaSet
  /// f: the most faults with 3f < n (PBFT §3).
  let faults: Int
  /// q: the fewest members of which any two sets share more than f (PBFT §4).
  let certificate: Int
  /// The last sequence number before the epoch.
  let start: UInt64
  /// Members that are Byzantine or amnesiac.
  private(set) var liars = 0

  init(members: ReplicaSet, after start: SequenceNumber) {
    self.members = members
    self.start = start.number
    let count = members.count
    var faults = 0
    while 3 * (faults + 1) < count { faults += 1 }
    self.faults = faults
    var certificate = 1
    while 2 * certificate - count <= faults { certificate += 1 }
    self.certificate = certificate
  }

  mutating func count(_ faulty: ReplicaSet) { liars = members.intersection(faulty).count }

  /// Whether so many replicas hold an honest one for sure (P-6).
  @inline(__always)
  func hasHonest(_ honest: Int) -> Bool { honest >= faults + 1 }

  /// Whether so many honest replicas are a quorum with all liars (P-17).
  @inline(__always)
  func hasQuorum(_ honest: Int) -> Bool { honest >= certificate - liars }

  /// Whether so many honest backups prepare with all liars and a primary, whose PREPARE never counts
  /// (P-15, PBFT §4.2).
  @inline(__always)
  func hasBackups(_ honest: Int) -> Bool { honest >= certificate - 1 - liars }
}

/// What honest replicas said of the state at one sequence number.
struct CheckpointRecord: Sendable {
  let sequence: UInt64
  let digest: Digest
  /// Who took the checkpoint with this digest.
  var voters = ReplicaSet()
}

/// Who led a view of an epoch, as the first honest replica that entered it said.
struct PrimaryRecord: Sendable {
  let epoch: Int
  let view: View
  let primary: ReplicaID
}

/// What a replica's sheet says of one node.
struct SheetEntry: Sendable {
  /// Nil after a transfer of state: the sheet came with it.
  var state: NodeState? = .absent
  /// Time-outs in a row, nil after a transfer.
  var strikes: Int? = 0
  /// The last view of which a turn was judged, plus one; nil if it is not known.
  var judged: UInt64? = 0
  /// The isolation area's counter, nil after a transfer.
  var unstableTotal: Int? = 0
}
