import ConsensusCore
import DiscreteEvents
import Invariants

// Votes, notarised blocks and final ones.
extension StreamletInvariants {
  mutating func noteLeader(of epoch: Epoch) {
    led.append(epoch)
    if led.count > 64 { led.removeFirst(32) }
  }

  /// SL-1: five honest epochs in a row bring a new final block (Streamlet §3, theorem on liveness).
  mutating func onEpoch(_ epoch: Epoch, _ replica: ReplicaID) {
    let id = replica.index
    nodes[id].entered.append((epoch, nodes[id].history.final))
    if nodes[id].entered.count > 6 { nodes[id].entered.removeFirst() }
    guard assumptions.isCalm, let first = nodes[id].entered.first,
      first.epoch.number + 5 == epoch.number, honest.contains(replica)
    else { return }
    for number in first.epoch.number..<epoch.number where !led.contains(Epoch(number)) { return }
    judgedEpochs += 1
    let final = nodes[id].history.final
    expect(final > first.final, .sl1, replica) {
      "has no new final block in epochs \(first.epoch) to \(epoch.number - 1), all honestly led"
    }
  }

  mutating func onVoted(
    _ epoch: Epoch, _ digest: Digest, by proposer: ReplicaID, above height: UInt64,
    _ replica: ReplicaID
  ) {
    for problem in nodes[replica.index].history.vote(
      in: epoch, by: proposer, above: height, configuration)
    { report(problem, replica) }
    ballots[digest, default: ReplicaSet()].insert(replica)
  }

  mutating func onNotarised(_ digest: Digest, _ voters: ReplicaSet, _ replica: ReplicaID) {
    report(StreamletHistory.problem(of: voters, for: digest, among: nodes.count), replica)
    let claimed = voters.intersection(honest)
    let cast = ballots[digest] ?? ReplicaSet()
    expect(claimed.intersection(cast) == claimed, .s3, replica) {
      "counts votes for \(digest) that honest replicas did not cast"
    }
  }

  mutating func onFinalised(_ digest: Digest, _ height: UInt64, _ replica: ReplicaID) {
    for problem in nodes[replica.index].history.finalise(digest, height: height) {
      report(problem, replica)
    }
    guard honest.contains(replica), height > 0 else { return }
    if height == UInt64(final.count) + 1 {
      final.append(digest)
    } else if height <= UInt64(final.count) {
      let other = final[Int(height) - 1]
      report(StreamletHistory.problem(ofFinal: digest, and: other, at: height), replica)
    }
  }

  mutating func onExecuted(
    _ client: ClientID, _ timestamp: UInt64, _ result: Digest, _ replica: ReplicaID
  ) {
    let last = timestamps.set(timestamp, of: client, at: replica)
    report(
      StreamletHistory.problem(ofExecuting: client, timestamp: timestamp, after: last), replica)
    let height = nodes[replica.index].history.final
    guard honest.contains(replica) else {
      return requests.executeUnjudged(client, timestamp: timestamp, result: result, at: height)
    }
    for problem in requests.execute(client, timestamp: timestamp, result: result, at: height) {
      log.report(.s7, at: replica, problem)
    }
  }
}
