import ConsensusCore
import DiscreteEvents
import PBFT

// Views, checkpoints, epochs: P-2, P-11, P-14, PL-2, SC-6, SC-9.
extension PBFTInvariants {
  mutating func onLeftView(_ target: View, _ reason: Complaint.Reason, by replica: ReplicaID) {
    if reason != .rotation {
      counters.viewChanges += 1
      if assumptions.isCalm {
        log.report(.pl2, at: replica, "asks for v\(target) because of \(reason)")
      }
    }
    let node = nodes[replica.index]
    if target <= node.view || target <= node.target && node.view < node.target {
      log.report(.p11, at: replica, "asks for v\(target) after a later view")
    }
    nodes[replica.index].target = max(node.target, target)
  }

  mutating func onEnteredView(_ view: View, _ primary: ReplicaID, by replica: ReplicaID) {
    let node = nodes[replica.index]
    if view < node.view || view < node.target && !node.resumes {
      log.report(
        .p11, at: replica, "entered v\(view) after v\(max(node.view, node.target))")
    }
    nodes[replica.index].resumes = false
    nodes[replica.index].view = max(node.view, view)
    let index = Int(truncatingIfNeeded: view.number % 64)
    if let known = primaries[index], known.view == view, known.epoch == node.epoch {
      if known.primary != primary {
        log.report(
          .sc6, at: replica, "v\(view) is led by \(primary), others say \(known.primary)")
      }
    } else if primaries[index].map({ $0.view <= view }) ?? true {
      primaries[index] = PrimaryRecord(epoch: node.epoch, view: view, primary: primary)
    }
  }

  // MARK: Checkpoints

  private func checkpoint(at sequence: SequenceNumber) -> Int? {
    // The common case: nobody was there before.
    if let last = checkpoints.last, last.sequence < sequence.number { return nil }
    return checkpoints.lastIndex { $0.sequence == sequence.number }
  }

  /// So many records stay whatever members hold: a replica that was removed while it lagged may take
  /// over a state that all members have left behind.
  private static var checkpointsKept: Int { 256 }

  mutating func onCheckpoint(
    _ sequence: SequenceNumber, _ digest: Digest, by replica: ReplicaID
  ) {
    if sequence.number != nodes[replica.index].executed {
      log.report(.p14, at: replica, "took a checkpoint of n\(sequence) at another point")
    }
    if checkpoint(at: sequence) == nil {
      let place = checkpoints.firstIndex { $0.sequence > sequence.number } ?? checkpoints.count
      checkpoints.insert(CheckpointRecord(sequence: sequence.number, digest: digest), at: place)
    }
    guard let index = checkpoint(at: sequence) else { return }
    if checkpoints[index].digest == digest {
      checkpoints[index].voters.insert(replica)
    } else {
      log.report(
        .p14, at: replica,
        "state \(digest) at n\(sequence), others \(checkpoints[index].digest)")
    }
  }

  /// Whether enough honest replicas took this checkpoint, the liars taken for granted.
  private func isVouched(_ sequence: SequenceNumber, _ digest: Digest) -> Bool {
    guard let index = checkpoint(at: sequence), checkpoints[index].digest == digest else {
      return false
    }
    let epoch = epochs[epoch(at: sequence)]
    return checkpoints[index].voters.count >= epoch.certificate - epoch.liars
  }

  mutating func onStable(_ sequence: SequenceNumber, _ digest: Digest, by replica: ReplicaID) {
    if !isVouched(sequence, digest) {
      log.report(.p14, at: replica, "holds n\(sequence) \(digest) for stable without a quorum")
    }
    if sequence.number <= nodes[replica.index].stable {
      log.report(.p14, at: replica, "its stable checkpoint went back to n\(sequence)")
    }
    nodes[replica.index].stable = max(nodes[replica.index].stable, sequence.number)
    prune()
  }

  mutating func onTransferred(
    _ sequence: SequenceNumber, _ digest: Digest, by replica: ReplicaID
  ) {
    if !isVouched(sequence, digest) {
      log.report(.p14, at: replica, "took over n\(sequence) \(digest), which has no quorum")
    }
    if sequence.number <= nodes[replica.index].executed {
      log.report(.p2, at: replica, "went back to n\(sequence) by a transfer")
    }
    nodes[replica.index].executed = sequence.number
    guard let rules, rules.isOrdered else { return }
    checkMarks(by: replica)
    for index in replica.index * replicas..<(replica.index + 1) * replicas {
      sheets[index].state = nil
      sheets[index].unstableTotal = nil
      sheets[index].strikes = nil
      sheets[index].judged = nil
    }
  }

  /// Forgets what lies below every honest member's stable checkpoint.
  private mutating func prune() {
    let members = epochs[epochs.count - 1].members.intersection(honest)
    var lowest = UInt64.max
    for index in nodes.indices where members.contains(ReplicaID(index)) {
      lowest = min(lowest, nodes[index].stable)
    }
    guard lowest < .max else { return }
    history.prune(through: lowest)
    let surplus = checkpoints.count - Self.checkpointsKept
    if surplus >= Self.checkpointsKept, checkpoints[surplus - 1].sequence < lowest {
      checkpoints.removeFirst(surplus)
    }
  }

  // MARK: Epochs

  mutating func onEnteredEpoch(
    _ number: Int, _ members: ReplicaSet, after start: SequenceNumber, by replica: ReplicaID
  ) {
    nodes[replica.index].resumes = true
    nodes[replica.index].epoch = number
    if number < epochs.count {
      if epochs[number].members != members || epochs[number].start != start.number {
        log.report(.p1, at: replica, "epoch \(number) has other members than elsewhere")
      }
      return
    }
    guard number == epochs.count else {
      return log.report(.p1, at: replica, "entered epoch \(number), which nobody agreed on")
    }
    let old = epochs[number - 1]
    let removed = old.members.count - old.members.intersection(members).count
    if members.intersection(old.members) != members || removed > old.faults {
      log.report(
        .sc9, at: replica,
        "epoch \(number) removes \(removed) of \(old.members.count) members or adds some")
    }
    let kept = members.intersection(old.members)
    guard kept.count > 0 else { return }
    var record = EpochRecord(members: kept, after: start)
    record.count(faulty)
    epochs.append(record)
    noteBound()
  }
}

// What can be judged only when the run is over: P-18, PL-5, SC-7.
extension PBFTInvariants {
  /// P-18: each batch is proposed once, prepared by n - 1 backups and committed by n replicas; each
  /// of these is one broadcast.
  mutating func checkCost(of slot: Int) {
    let slot = slots[slot]
    guard slot.executions == replicas, epochs.count == 1, configuration.rotation != .onCommand
    else { return }
    if slot.proposals != 1 || slot.prepares != replicas - 1 || slot.commits != replicas {
      log.report(
        .p18, at: nil,
        "n\(slot.sequence) took \(slot.proposals) PRE-PREPAREs, \(slot.prepares) PREPAREs and "
          + "\(slot.commits) COMMITs")
    }
  }

  mutating func checkCosts() {
    for slot in slots.indices where slots[slot].sequence > 0 { checkCost(of: slot) }
  }

  mutating func checkSettled() {
    let members = epochs[epochs.count - 1].members.intersection(honest)
    var reference: ReplicaID?
    for member in members.members where !nodes[member.index].isDown {
      if nodes[member.index].executed != history.last {
        log.report(
          .pl5, at: member,
          "ended at n\(nodes[member.index].executed), others at n\(history.last)")
      }
      guard let rules, rules.isOrdered else { continue }
      guard let first = reference else {
        reference = member
        continue
      }
      for subject in 0..<replicas {
        let own = sheets[member.index * replicas + subject].state
        let other = sheets[first.index * replicas + subject].state
        if let own, let other, (own == .malicious) != (other == .malicious) {
          log.report(.sc7, at: member, "node \(subject) is \(own), at replica \(first) \(other)")
        }
      }
    }
  }
}
