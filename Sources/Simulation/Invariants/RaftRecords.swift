import ConsensusCore
import DiscreteEvents
import Raft

/// One entry of a log: its term, and a hash of the log up to it.
struct RaftSlot: Hashable, Sendable {
  var term: Term
  var prefix: UInt64

  static let none = RaftSlot(term: .zero, prefix: 0)
}

/// A log above the part that was compacted away.
struct RaftSlots: Sendable {
  private var slots: [RaftSlot] = []
  /// The last entry of the compacted part.
  private var base: UInt64 = 0
  private var baseSlot = RaftSlot.none

  var last: UInt64 { base + UInt64(slots.count) }
  var lastSlot: RaftSlot { slots.last ?? baseSlot }

  /// The entry at an index; nil above the end and inside the compacted part.
  @inline(__always)
  subscript(index: UInt64) -> RaftSlot? {
    if index > base, index <= last { return slots[Int(index - base) - 1] }
    return index == base && base > 0 ? baseSlot : nil
  }

  /// Whether the entry was compacted away here.
  func isCompacted(_ index: UInt64) -> Bool { index > 0 && index < base }

  @inline(__always)
  mutating func append(_ slot: RaftSlot) { slots.append(slot) }

  mutating func truncate(from index: UInt64) {
    guard index > base, index <= last else { return }
    slots.removeSubrange((Int(index - base) - 1)...)
  }

  /// Forgets the entries before `index`, which is in the log, once there are many of them.
  mutating func compact(through index: UInt64) {
    guard index > base, index - base >= 256, let slot = self[index] else { return }
    slots.removeFirst(Int(index - base))
    base = index
    baseSlot = slot
  }

  mutating func reset(to index: UInt64, _ slot: RaftSlot) {
    slots.removeAll()
    base = index
    baseSlot = slot
  }
}

/// What the probe remembers of one Raft replica.
struct RaftNode: Sendable {
  var isDown = false
  var log = RaftSlots()
  var term = Term.zero
  var vote: (term: Term, candidate: ReplicaID)?
  /// The term and the vote when the replica last sent a message to another: these are on its disk.
  var savedTerm = Term.zero
  var savedVote: (term: Term, candidate: ReplicaID)?
  var ledTerm: Term?
  var committed: UInt64 = 0
  var applied: UInt64 = 0
  /// The term of the entry that a truncation removed, until the next entry shows the conflict.
  var truncated: (index: UInt64, term: Term)?
  /// The log of the disk that the replica lost, until it has recovered.
  var lost: RaftSlots?
}

/// An entry that a leader counted a majority for.
struct CountedEntry: Sendable {
  var index: UInt64
  var slot: RaftSlot
  var term: Term
}
