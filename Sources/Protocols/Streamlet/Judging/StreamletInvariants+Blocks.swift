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
    nodes[id].entered.append((epoch, nodes[id].final))
    if nodes[id].entered.count > 6 { nodes[id].entered.removeFirst() }
    guard assumptions.isCalm, let first = nodes[id].entered.first,
      first.epoch.number + 5 == epoch.number, honest.contains(replica)
    else { return }
    for number in first.epoch.number..<epoch.number where !led.contains(Epoch(number)) { return }
    judgedEpochs += 1
    let final = nodes[id].final
    expect(final > first.final, .sl1, replica) {
      "has no new final block in epochs \(first.epoch) to \(epoch.number - 1), all honestly led"
    }
  }

  mutating func onVoted(
    _ epoch: Epoch, _ digest: Digest, by proposer: ReplicaID, above height: UInt64,
    _ replica: ReplicaID
  ) {
    let node = nodes[replica.index]
    expect(epoch > node.lastVoted, .s2, replica) {
      "votes in epoch \(epoch) after a vote in epoch \(node.lastVoted)"
    }
    expect(height == node.longest && height >= node.votedHeight, .s4, replica) {
      "votes above h\(height), with notarised chains up to h\(max(node.longest, node.votedHeight))"
    }
    expect(proposer == configuration.leader(of: epoch), .s5, replica) {
      "votes for a block of replica \(proposer), which does not lead epoch \(epoch)"
    }
    nodes[replica.index].lastVoted = max(epoch, node.lastVoted)
    nodes[replica.index].votedHeight = max(height, node.votedHeight)
    ballots[digest, default: ReplicaSet()].insert(replica)
  }

  mutating func onNotarised(_ digest: Digest, _ voters: ReplicaSet, _ replica: ReplicaID) {
    let replicas = nodes.count
    expect(voters.count * 3 >= replicas * 2, .s3, replica) {
      "takes \(digest) to be notarised by \(voters.count) of \(replicas)"
    }
    let claimed = voters.intersection(honest)
    let cast = ballots[digest] ?? ReplicaSet()
    expect(claimed.intersection(cast) == claimed, .s3, replica) {
      "counts votes for \(digest) that honest replicas did not cast"
    }
  }

  mutating func onFinalised(_ digest: Digest, _ height: UInt64, _ replica: ReplicaID) {
    let node = nodes[replica.index]
    expect(height == node.final + 1, .s6, replica) {
      "finalises h\(height) after h\(node.final)"
    }
    expect(isJustified(digest, at: node), .s6, replica) {
      "finalises h\(height) without three notarised blocks of consecutive epochs"
    }
    nodes[replica.index].final = height
    nodes[replica.index].notarised.removeAll { $0.height + 1 < height }
    guard honest.contains(replica), height > 0 else { return }
    if height == UInt64(final.count) + 1 {
      final.append(digest)
    } else if height <= UInt64(final.count) {
      let other = final[Int(height) - 1]
      expect(other == digest, .s1, replica) {
        "finalises \(digest) at h\(height), where others have \(other)"
      }
    }
  }

  /// Whether a replica's notarised blocks make a block final: it is the middle one of three of
  /// consecutive epochs, or below such a one.
  private func isJustified(_ digest: Digest, at node: Node) -> Bool {
    guard let block = node.notarised.last(where: { $0.digest == digest }) else { return false }
    for top in node.notarised.reversed() where top.height > block.height {
      guard let middle = node.notarised.last(where: { $0.digest == top.parent }),
        middle.epoch.next == top.epoch,
        epoch(of: middle.parent, at: node)?.next == middle.epoch
      else { continue }
      var below = middle
      while below.height > block.height,
        let next = node.notarised.last(where: { $0.digest == below.parent })
      { below = next }
      if below.digest == digest { return true }
    }
    return false
  }

  private func epoch(of digest: Digest, at node: Node) -> Epoch? {
    if digest == StreamletBlock.genesis.digest { return .zero }
    return node.notarised.last { $0.digest == digest }?.epoch
  }

  mutating func onExecuted(
    _ client: ClientID, _ timestamp: UInt64, _ result: Digest, _ replica: ReplicaID
  ) {
    let last = timestamps.set(timestamp, of: client, at: replica)
    expect(timestamp > last, .s7, replica) {
      "c\(client) t\(timestamp) took effect after t\(last)"
    }
    let height = nodes[replica.index].final
    guard honest.contains(replica) else {
      return requests.executeUnjudged(client, timestamp: timestamp, result: result, at: height)
    }
    for problem in requests.execute(client, timestamp: timestamp, result: result, at: height) {
      log.report(.s7, at: replica, problem)
    }
  }
}
