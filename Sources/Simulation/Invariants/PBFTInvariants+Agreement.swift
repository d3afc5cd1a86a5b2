import ConsensusCore
import DiscreteEvents
import PBFT

// The three phases and execution: P-1 to P-9, P-17.
extension PBFTInvariants {
  /// The record of a sequence number, or nil if it is so old that it gave way to another.
  @inline(__always)
  mutating func slot(_ sequence: SequenceNumber) -> Int? {
    let index = Int(truncatingIfNeeded: sequence.number & slotMask)
    if slots[index].sequence == sequence.number { return index }
    guard sequence.number > slots[index].sequence else { return nil }
    if assumptions.isCalm, slots[index].sequence > 0 { checkCost(of: index) }
    slots[index] = AgreementSlot()
    slots[index].sequence = sequence.number
    return index
  }

  /// The record of what one replica did at a sequence number, or nil if that is long ago.
  @inline(__always)
  mutating func place(_ sequence: SequenceNumber, of replica: ReplicaID) -> Int? {
    let index =
      replica.index * Int(truncatingIfNeeded: replicaMask + 1)
      + Int(truncatingIfNeeded: sequence.number & replicaMask)
    if replicaSlots[index].sequence == sequence.number { return index }
    guard sequence.number > replicaSlots[index].sequence else { return nil }
    replicaSlots[index] = ReplicaSlot()
    replicaSlots[index].sequence = sequence.number
    return index
  }

  /// The epoch that orders a sequence number, as far as it is known.
  @inline(__always)
  func epoch(at sequence: SequenceNumber) -> Int {
    var index = epochs.count - 1
    while index > 0, epochs[index].start >= sequence.number { index -= 1 }
    return index
  }

  @inline(__always)
  mutating func onAccepted(
    _ view: View, _ sequence: SequenceNumber, _ digest: Digest, of proposer: ReplicaID,
    above low: SequenceNumber, by replica: ReplicaID
  ) {
    guard PBFTPredicates.isInWindow(sequence, above: low, window: configuration.window),
      low.number >= nodes[replica.index].stable
    else {
      return log.report(.p9, at: replica, "accepted n\(sequence) with h = \(low)")
    }
    checkPhase(view, "accepted n\(sequence)", by: replica)
    if let place = place(sequence, of: replica) {
      if replicaSlots[place].acceptedView == view.number &+ 1,
        replicaSlots[place].acceptedDigest != digest
      {
        log.report(.p8, at: replica, "accepted two proposals at v\(view) n\(sequence)")
      }
      replicaSlots[place].acceptedView = view.number &+ 1
      replicaSlots[place].acceptedDigest = digest
    }
    if let rules { checkAdmitted(proposer, view, sequence, rules, by: replica) }
    guard let slot = slot(sequence) else { return }
    slots[slot].open(view, digest)
    if slots[slot].ballot.accepted.isEmpty { slots[slot].ballot.proposer = proposer }
    slots[slot].ballot.accepted.insert(replica)
    if slots[slot].ballot.proposer != proposer
      || slots[slot].rivalProposer(in: view, to: proposer) != nil,
      !isLedByLiar(view)
    {
      log.report(.sc6, at: replica, "v\(view) n\(sequence) has two proposers")
    }
    if slots[slot].isCommitted, slots[slot].committedView < view,
      slots[slot].committedDigest != digest
    {
      log.report(
        .p7, at: replica,
        "accepted \(digest) at v\(view) n\(sequence) after \(slots[slot].committedDigest) "
          + "committed in v\(slots[slot].committedView)")
    }
  }

  /// Whether the primary of a view may have sent two NEW-VIEWs: a Byzantine one, or one that lost its
  /// disk.
  ///
  /// Rounds that one of them proposes again may be fresh, and their turn another member's, by the
  /// other.
  private func isLedByLiar(_ view: View) -> Bool {
    guard view > View(0),
      let record = primaries[Int(truncatingIfNeeded: view.number % 64)], record.view == view
    else { return false }
    return !honest.contains(record.primary)
  }

  @inline(__always)
  mutating func onPrepared(
    _ view: View, _ sequence: SequenceNumber, _ digest: Digest, by replica: ReplicaID
  ) {
    checkPhase(view, "prepared n\(sequence)", by: replica)
    if let place = place(sequence, of: replica) {
      replicaSlots[place].preparedView = view.number &+ 1
    }
    guard let slot = slot(sequence) else { return }
    slots[slot].open(view, digest)
    slots[slot].ballot.prepared.insert(replica)
    if !slots[slot].others.isEmpty, let rival = slots[slot].rival(of: view, digest) {
      log.report(
        .p5, at: replica, "prepared \(digest) at v\(view) n\(sequence), others \(rival)")
    }
    let epoch = epoch(at: sequence)
    // The primary's PREPARE never counts, so that q - 1 backups accepted before (PBFT §4.2).
    var backups = slots[slot].ballot.accepted.count
    if slots[slot].ballot.accepted.contains(slots[slot].ballot.proposer) { backups -= 1 }
    if !epochs[epoch].hasBackups(backups) {
      log.report(
        .p15, at: replica,
        "prepared v\(view) n\(sequence) after \(backups) honest backups accepted it")
    }
  }

  @inline(__always)
  mutating func onCommitted(
    _ view: View, _ sequence: SequenceNumber, _ digest: Digest, by replica: ReplicaID
  ) {
    guard let slot = slot(sequence) else { return }
    slots[slot].open(view, digest)
    let epoch = epoch(at: sequence)
    let prepared = slots[slot].ballot.prepared.count
    if !epochs[epoch].hasHonest(prepared), !isStableAnywhere(sequence) {
      log.report(
        .p6, at: replica,
        "v\(view) n\(sequence) committed after \(prepared) honest replicas prepared it")
    } else if !epochs[epoch].hasQuorum(prepared) {
      log.report(
        .p17, at: replica, "v\(view) n\(sequence) committed with \(prepared) honest votes")
    }
    guard slots[slot].isCommitted else {
      slots[slot].isCommitted = true
      slots[slot].committedView = view
      slots[slot].committedDigest = digest
      return
    }
    if slots[slot].committedDigest != digest {
      log.report(
        .p1, at: replica,
        "committed \(digest) at n\(sequence), others \(slots[slot].committedDigest)")
    } else if view < slots[slot].committedView {
      slots[slot].committedView = view
    }
  }

  /// Whether so many honest replicas prepared a sequence number that, with all that are not judged, a
  /// quorum may have committed it.
  func isPreparedByEnough(_ number: UInt64) -> Bool {
    let slot = slots[Int(truncatingIfNeeded: number & slotMask)]
    let epoch = epochs[epoch(at: SequenceNumber(number))]
    return slot.sequence == number && epoch.hasQuorum(slot.ballot.prepared.count)
  }

  private func isStableAnywhere(_ sequence: SequenceNumber) -> Bool {
    nodes.contains { $0.stable >= sequence.number }
  }

  /// P-10 and P-11: a step of the three phases belongs to the view the replica is in.
  @inline(__always)
  private mutating func checkPhase(
    _ view: View, _ step: @autoclosure () -> String, by replica: ReplicaID
  ) {
    if view < nodes[replica.index].view {
      log.report(.p11, at: replica, "\(step()) in v\(view) after it entered a later view")
    } else if !PBFTPredicates.mayAct(in: view, afterAskingFor: nodes[replica.index].target) {
      log.report(.p10, at: replica, "\(step()) in v\(view) while it asked for a later view")
    }
  }

  // MARK: Execution

  @inline(__always)
  mutating func onExecuted(
    _ sequence: SequenceNumber, _ digest: Digest, by replica: ReplicaID
  ) {
    let expected = nodes[replica.index].executed + 1
    guard PBFTPredicates.isNext(sequence, after: expected - 1) else {
      return log.report(.p2, at: replica, "executed n\(sequence), not n\(expected)")
    }
    nodes[replica.index].executed = expected
    nodes[replica.index].executesNull = digest == Batch.null.digest
    if let other = history.enter(expected, digest) {
      log.report(.p1, at: replica, "executed \(digest) at n\(sequence), others \(other)")
    }
    let slot = Int(truncatingIfNeeded: sequence.number & slotMask)
    if slots[slot].sequence == expected { slots[slot].executions += 1 }
    if !verdicts.isEmpty { expectMarks(for: digest, by: replica) }
  }

  @inline(__always)
  mutating func onExecuted(
    _ request: Request, _ result: Digest, at sequence: SequenceNumber, by replica: ReplicaID
  ) {
    if nodes[replica.index].executesNull || sequence.number != nodes[replica.index].executed {
      log.report(.p3, at: replica, "n\(sequence) holds no request and changed something")
    }
    if !request.isAuthentic(verifier) || !requests.knows(request) {
      log.report(
        .p3, at: replica,
        "c\(request.client) t\(request.timestamp) is not what the client asked")
    }
    let index = request.client.index * replicas + replica.index
    while timestamps.count <= index {
      timestamps.append(contentsOf: repeatElement(0, count: replicas))
    }
    if !PBFTPredicates.mayTakeEffect(request.timestamp, after: timestamps[index]) {
      log.report(
        .p4, at: replica,
        "c\(request.client) t\(request.timestamp) after t\(timestamps[index])")
    }
    timestamps[index] = request.timestamp
    let problems = requests.execute(
      request.client, timestamp: request.timestamp, result: result, at: sequence.number)
    for problem in problems { log.report(.p16, at: replica, problem) }
  }
}
