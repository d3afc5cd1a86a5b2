import ConsensusCore
import DiscreteEvents
import Invariants
import Raft

/// What one replica of Raft voted, led, counted, committed, and has in its log.
package struct RaftRecord: Facts {
  /// An entry of a log.
  struct Entry: Hashable, Comparable, Sendable {
    let term: UInt64
    let digest: UInt64

    static func < (left: Entry, right: Entry) -> Bool {
      (left.term, left.digest) < (right.term, right.digest)
    }
  }

  /// The beginning of a reign.
  struct Election: Hashable, Sendable {
    let term: UInt64
    let log: [Entry]
  }

  /// An entry that a leader counted on a majority.
  struct Count: Hashable, Sendable {
    let index: Int
    let entry: Entry
    let term: UInt64
  }

  /// The log on disk.
  var log: [Entry] = []
  /// By term, the replica voted for.
  var votes: [UInt64: Int] = [:]
  var elections: [Election] = []
  var counts: [Count] = []
  /// What it ever knew to be committed, restarts included.
  var committed: [Entry] = []
  /// The last index applied since the last restart.
  var applied: UInt64 = 0
  /// The invariants that this replica broke by itself.
  package var breaches: [Breach] = []

  /// Nothing done yet.
  package init() {}

  mutating func breach(_ invariant: InvariantID, _ replica: ReplicaID, _ detail: String) {
    breaches.append(Breach(invariant, "replica \(replica) \(detail)"))
  }

  /// The entry at an index of the log, from 1.
  func entry(_ index: UInt64) -> Entry? {
    index >= 1 && index <= UInt64(log.count) ? log[Int(index) - 1] : nil
  }
}

extension RaftModel {
  /// R-2, R-6, R-8, R-10, R-11, R-13: what one replica can break by itself.
  package func record(_ transition: Transition<Subject>, in record: inout RaftRecord) {
    let id = transition.replica
    if transition.isRestart { record.applied = 0 }
    if transition.after.view < transition.before.view {
      record.breach(
        .r6, id, "went back from term \(transition.before.view) to \(transition.after.view)")
    }
    let old = record.log
    record.log = log(on: transition.disk)
    // What was counted, committed and led is judged by the log in this step, before any truncation.
    for observation in transition.observations {
      enter(observation, of: transition, old, in: &record)
    }
    checkDisk(transition, old, in: &record)
  }

  private func log(on disk: RaftDurable) -> [RaftRecord.Entry] {
    var entries: [RaftRecord.Entry] = []
    var index = LogIndex(1)
    while let entry = disk.log[index] {
      entries.append(.init(term: entry.term.number, digest: entry.digest.value))
      index = index.next
    }
    return entries
  }

  private func checkDisk(
    _ transition: Transition<Subject>, _ old: [RaftRecord.Entry], in record: inout RaftRecord
  ) {
    if transition.disk.term.number != transition.after.view {
      record.breach(
        .r6, transition.replica,
        "is in term \(transition.after.view), its disk in \(transition.disk.term)")
    }
    if let vote = record.votes[transition.disk.term.number], transition.disk.vote?.index != vote {
      record.breach(.r6, transition.replica, "lost its vote in term \(transition.disk.term)")
    }
    let isKept =
      transition.before.leads && transition.after.leads
      && transition.before.view == transition.after.view
    if isKept, !record.log.starts(with: old) {
      record.breach(.r2, transition.replica, "changed its log as leader")
    }
  }

  private func enter(
    _ observation: RaftObservation, of transition: Transition<Subject>, _ old: [RaftRecord.Entry],
    in record: inout RaftRecord
  ) {
    let id = transition.replica
    switch observation {
    case .voted(let term, let candidate, let candidateLast, let ownLast):
      if let known = record.votes[term.number], known != candidate.index {
        record.breach(.r6, id, "voted twice in term \(term)")
      }
      record.votes[term.number] = candidate.index
      let mayVote = RaftPredicates.mayVote(
        forLogThatEndsAt: candidateLast, withOwnEndingAt: ownLast)
      if !mayVote {
        record.breach(.r10, id, "voted for \(candidateLast), its own log ends at \(ownLast)")
      }
    case .becameLeader(let term, let last):
      record.elections.append(
        .init(term: term.number, log: Array(record.log.prefix(Int(last.index.number)))))
    case .counted(let position, let term):
      if !RaftPredicates.mayCount(position, in: term) {
        record.breach(.r8, id, "counted \(position) in term \(term)")
      }
      guard let entry = record.entry(position.index.number) else {
        return record.breach(.r7, id, "counted \(position), which it does not have")
      }
      record.counts.append(
        .init(index: Int(position.index.number), entry: entry, term: term.number))
    case .committed(let position, let digest, _, _):
      commit(position, digest, by: id, in: &record)
    case .applied(let position, _):
      if !RaftPredicates.isNext(position, after: record.applied) {
        record.breach(.r13, id, "applied \(position) after \(record.applied)")
      }
      record.applied = position.index.number
    case .truncated(let index):
      let kept = record.entry(index.number)
      if index.number <= UInt64(record.committed.count) && record.applied >= index.number {
        record.breach(.r11, id, "truncated from \(index), which is committed")
      } else if index.number <= UInt64(old.count), kept == old[Int(index.number) - 1] {
        record.breach(.r11, id, "truncated from \(index) without a conflict")
      }
    case .enteredTerm, .preCampaigned, .steppedDown, .appended, .matched, .executed, .compacted,
      .installed, .transferring, .restarted, .recovered, .heldRequests:
      break
    }
  }

  private func commit(
    _ position: LogPosition, _ digest: Digest, by id: ReplicaID, in record: inout RaftRecord
  ) {
    let entry = RaftRecord.Entry(term: position.term.number, digest: digest.value)
    let index = Int(position.index.number)
    if index <= record.committed.count {
      if record.committed[index - 1] != entry {
        record.breach(.r5, id, "committed another entry at \(index) before")
      }
    } else if index == record.committed.count + 1 {
      record.committed.append(entry)
    } else {
      record.breach(.r13, id, "committed \(position) before what precedes it")
    }
  }

  // MARK: All replicas together

  /// R-1, R-3, R-4, R-5, R-7: what takes several replicas to break.
  package func judge(_ records: [RaftRecord?]) -> [Breach] {
    let records = records.compactMap { $0 }
    var breaches: [Breach] = []
    for (first, one) in records.enumerated() {
      for entry in one.committed.indices {
        let holders = records.count {
          $0.log.count > entry && $0.log[entry] == one.committed[entry]
        }
        if !RaftPredicates.isMajority(holders, of: replicas) {
          breaches.append(
            Breach(.r7, "entry \(entry + 1) of replica \(first) is at \(holders) replicas"))
        }
      }
      for (second, other) in records.enumerated() {
        breaches += compare(one, first, other, second)
      }
    }
    return breaches
  }

  private func compare(
    _ one: RaftRecord, _ first: Int, _ other: RaftRecord, _ second: Int
  ) -> [Breach] {
    var breaches: [Breach] = []
    for count in one.counts {
      for election in other.elections where election.term > count.term {
        if election.log.count < count.index || election.log[count.index - 1] != count.entry {
          breaches.append(
            Breach(
              .r4, "replica \(second) leads term \(election.term) without entry \(count.index)"))
        }
      }
    }
    guard first < second else { return breaches }
    for election in one.elections
    where other.elections.contains(where: { $0.term == election.term }) {
      breaches.append(
        Breach(.r1, "replicas \(first) and \(second) led term \(election.term)"))
    }
    for (left, right) in zip(one.committed, other.committed) where left != right {
      breaches.append(
        Breach(.r5, "replicas \(first) and \(second) committed different entries"))
    }
    let shared = min(one.log.count, other.log.count)
    for index in 0..<shared where one.log[index].term == other.log[index].term {
      if one.log[...index] != other.log[...index] {
        breaches.append(
          Breach(.r3, "replicas \(first) and \(second) differ up to entry \(index + 1)"))
      }
    }
    return breaches
  }

  /// The terms a replica led, its log, and what it committed.
  package func outcome(_ record: RaftRecord) -> String {
    "led \(record.elections.map(\.term)) log \(record.log.map(\.term)) "
      + "committed \(record.committed.map { "\($0.term):\(Digest($0.digest).short)" })"
  }
}
