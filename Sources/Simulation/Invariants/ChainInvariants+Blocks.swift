import ConsensusCore
import DiscreteEvents
import ProofOfWork

/// What the difficulty has to be after a window of blocks that took `elapsed` by their timestamps.
///
/// Nakamoto §4 and Model §2: the old one times wanted time over elapsed time, rounded down, where the
/// elapsed time counts as no less than a quarter and no more than four times the wanted one. Written
/// down a second time on purpose: an oracle that asked the miners' own rule would share its mistakes.
func lawfulDifficulty(
  after old: Difficulty, elapsed: VirtualDuration, blocks: UInt64, each target: VirtualDuration
) -> Difficulty {
  let wanted = Int128(target.nanoseconds) * Int128(blocks)
  var time = Int128(elapsed.nanoseconds)
  if time * 4 < wanted { time = wanted / 4 }
  if time > wanted * 4 { time = wanted * 4 }
  return Difficulty(hashes: UInt64(clamping: Int128(old.hashes) * wanted / max(time, 1)))
}

// Blocks, tips and ledgers: W-1, W-4 to W-7.
extension ChainInvariants {
  private mutating func enter(_ block: Block) -> Int? {
    guard let position = book.add(block) else { return nil }
    while isMined.count <= position {
      isMined.append(false)
      isChecked.append(false)
    }
    return position
  }

  mutating func onMined(_ block: Block, _ replica: ReplicaID) {
    guard let position = enter(block) else {
      return expect(false, .w4, replica) { "mined on an unknown block" }
    }
    expect(!isMined[position], .w7, replica) { "mined \(block.id) again" }
    expect(block.miner == replica, .w7, replica) { "mined in the name of \(block.miner)" }
    isMined[position] = true
    counters.mined[replica.index] += 1
  }

  mutating func onAccepted(_ block: Block, _ work: ChainWork, _ replica: ReplicaID) {
    guard let position = enter(block) else {
      return expect(false, .w4, replica) { "accepted \(block.id), whose parent nobody has" }
    }
    expect(isMined[position], .w7, replica) { "accepted \(block.id), which nobody mined" }
    if judged[replica.index], !isChecked[position] {
      isChecked[position] = true
      if let problem = problem(of: position) {
        expect(false, .w4, replica) { "accepted \(block.id): \(problem)" }
      }
    }
    expect(
      block.timestamp <= log.now + configuration.timestampTolerance, .w4, replica
    ) { "accepted \(block.id) from the future" }
    expect(work == book[position].work, .w5, replica) { "counts another work for \(block.id)" }
    if book[position].work > book[nodes[replica.index].tip].work {
      nodes[replica.index].pending = position
    }
  }

  /// What is wrong with a block in its place, if anything (W-4); times are judged on acceptance.
  private func problem(of position: Int) -> String? {
    let block = book[position].block
    let parent = book[book[position].parent].block
    if !block.isProved(verifier) { return "no proof of work" }
    if block.miner.index < 0 || block.miner.index >= nodes.count { return "unknown miner" }
    if block.height != parent.height + 1 { return "height \(block.height)" }
    if block.difficulty != requiredDifficulty(after: book[position].parent) {
      return "difficulty \(block.difficulty.hashes)"
    }
    if block.timestamp < earliestTimestamp(after: book[position].parent) { return "timestamp" }
    if block.transactions.count > configuration.blockCapacity { return "too many transactions" }
    if !block.transactions.allSatisfy({ $0.isAuthentic(verifier) && requests.knows($0) }) {
      return "a transaction that no client asked for"
    }
    return nil
  }

  private func requiredDifficulty(after parent: Int) -> Difficulty {
    let last = book[parent].block
    guard let rule = configuration.retargeting, last.height > 0, last.height % rule.interval == 0
    else { return last.difficulty }
    let first = book[book.ancestor(of: parent, at: last.height - rule.interval)].block
    return lawfulDifficulty(
      after: last.difficulty, elapsed: last.timestamp - first.timestamp,
      blocks: rule.interval, each: rule.targetInterval)
  }

  /// One nanosecond after the median of the last eleven timestamps (Bitcoin's median time past).
  private func earliestTimestamp(after parent: Int) -> VirtualTime {
    guard parent != 0 else { return .zero }
    var timestamps: [VirtualTime] = []
    var position = parent
    while timestamps.count < 11 {
      timestamps.append(book[position].block.timestamp)
      if position == 0 { break }
      position = book[position].parent
    }
    timestamps.sort()
    return timestamps[timestamps.count / 2] + VirtualDuration(nanoseconds: 1)
  }

  // MARK: Tips

  /// W-5: the block with the most work becomes the tip at once.
  mutating func checkAdvance(
    to pending: Int, _ observation: MinerObservation, _ replica: ReplicaID
  ) {
    nodes[replica.index].pending = nil
    let best = book[pending].block.id
    if case .tipChanged(_, let to, _, _, _, _) = observation, to == best { return }
    expect(false, .w5, replica) { "kept its tip although \(best) has more work" }
  }

  mutating func onTipChanged(
    _ from: Digest, _ to: Digest, _ height: UInt64, _ work: ChainWork, _ forkHeight: UInt64,
    _ lost: Int, _ replica: ReplicaID
  ) {
    let old = nodes[replica.index].tip
    guard let new = book.position(of: to) else {
      return expect(false, .w5, replica) { "made \(to) its tip, which nobody has" }
    }
    expect(from == book[old].block.id, .w5, replica) { "left \(from), which was not its tip" }
    expect(book[new].work > book[old].work && work == book[new].work, .w5, replica) {
      "changed its tip for no more work"
    }
    nodes[replica.index].tip = new
    nodes[replica.index].fork = book.ancestor(of: new, at: forkHeight)
    guard judged[replica.index] else { return }
    counters.tipChanges += 1
    let left = Int(book.height(old) - min(forkHeight, book.height(old)))
    expect(left == lost, .w5, replica) { "lost \(lost) blocks, not \(left)" }
    if lost > 0 { counters.reorganisations[min(lost, 64)] += 1 }
    checkPrefix(of: new, forkHeight, replica)
  }

  /// W-1: what is k deep in some honest chain is in every later one, as far as that reaches.
  private mutating func checkPrefix(of tip: Int, _ forkHeight: UInt64, _ replica: ReplicaID) {
    let height = book.height(tip)
    let k = UInt64(demands.commonPrefix)
    let bottom = min(forkHeight + 1, UInt64(settled.count) - 1)
    var position = book.ancestor(of: tip, at: max(height, k) - k)
    var path: [Int] = []
    var failed: Int?
    // Down to what the old chain shares, or to where nothing was settled yet.
    var upper = book.ancestor(of: tip, at: UInt64(settled.count) - 1)
    while book.height(upper) >= bottom, upper != 0 {
      if settled[Int(book.height(upper))] != upper { failed = upper }
      upper = book[upper].parent
    }
    if let failed {
      counters.prefixFailures += 1
      if demands.demandsCommonPrefix {
        let height = book.height(failed)
        expect(false, .w1, replica) { "left a block of height \(height) that was \(k) deep" }
      }
    }
    while Int(book.height(position)) >= settled.count {
      path.append(position)
      position = book[position].parent
    }
    settled.append(contentsOf: path.reversed())
  }

  mutating func onRestored(_ tip: Digest, _ replica: ReplicaID) {
    let own = book[nodes[replica.index].tip].block.id
    expect(tip == own, .w5, replica) { "came back with the tip \(tip), not \(own)" }
    guard let position = book.position(of: tip) else { return }
    nodes[replica.index].tip = position
  }

  // MARK: Ledgers

  mutating func onReplayed(
    _ tip: Digest, _ ledger: Digest, _ executed: UInt64, _ replica: ReplicaID
  ) {
    let record = book[nodes[replica.index].tip]
    expect(
      tip == record.block.id && ledger == record.ledgerDigest && executed == record.executed,
      .w6, replica
    ) { "its ledger after \(tip) is not the replay of the chain" }
  }

  mutating func onConfirmed(
    _ height: UInt64, _ digest: Digest, _ transactions: Int, _ replica: ReplicaID
  ) {
    let tip = nodes[replica.index].tip
    let position = book.ancestor(of: tip, at: height)
    expect(
      book[position].block.id == digest
        && height + UInt64(configuration.confirmations) <= book.height(tip) + 1,
      .w6, replica
    ) { "confirmed \(digest) at height \(height), which is not deep enough on its chain" }
    guard book[position].block.id == digest else { return }
    let effective = book[position].executed - book[book[position].parent].executed
    expect(UInt64(transactions) == effective, .w6, replica) {
      "confirmed \(transactions) transactions at height \(height), where \(effective) take effect"
    }
  }

  mutating func onExecuted(
    _ client: ClientID, _ timestamp: UInt64, _ result: Digest, _ replica: ReplicaID
  ) {
    let last = timestamps.set(timestamp, of: client, at: replica)
    expect(timestamp > last, .w6, replica) {
      "c\(client) t\(timestamp) took effect after t\(last)"
    }
  }

  /// What is left of a client's effects is what the common part of the two chains has.
  ///
  /// That need not be the timestamp before: a client that gave a request up may have had a later one
  /// confirmed first.
  mutating func onUndone(_ client: ClientID, _ timestamp: UInt64, _ replica: ReplicaID) {
    guard let last = timestamps.last(of: client, at: replica), timestamp > 0 else {
      return expect(false, .w6, replica) { "undid c\(client) t\(timestamp), never confirmed" }
    }
    let left = min(last, book.lastTimestamp(of: client, at: nodes[replica.index].fork))
    timestamps.set(left, of: client, at: replica)
  }

  /// A miner without a disk confirms its chain once more.
  mutating func forgetTimestamps(of replica: ReplicaID) {
    timestamps.forget(replica)
  }
}

// The chain that is left in the end: W-2, W-3, W-9.
extension ChainInvariants {
  mutating func checkFinalChain(endingAt best: Int, at time: VirtualTime) {
    var miners: [Int] = []
    var position = best
    while position != 0 {
      miners.append(book[position].block.miner.index)
      position = book[position].parent
    }
    miners.reverse()
    for miner in miners where miner >= 0 && miner < nodes.count {
      counters.onMainChain[miner] += 1
    }
    if let quality = demands.quality, miners.count >= quality.window {
      checkQuality(of: miners, quality)
    }
    if let bounds = demands.meanInterval, !miners.isEmpty {
      let mean = VirtualDuration(nanoseconds: time.nanoseconds / Int64(miners.count))
      if !bounds.contains(mean) {
        log.report(.w3, at: nil, "a block every \(mean.inSeconds) s on the mean")
      }
    }
  }

  private mutating func checkQuality(of miners: [Int], _ quality: ChainDemands.Quality) {
    var honestBlocks = 0
    for (index, miner) in miners.enumerated() {
      honestBlocks += isJudged(miner) ? 1 : 0
      if index >= quality.window {
        honestBlocks -= isJudged(miners[index - quality.window]) ? 1 : 0
      }
      guard index + 1 >= quality.window, honestBlocks < quality.honestBlocks else { continue }
      return log.report(
        .w2, at: nil,
        "\(honestBlocks) honest blocks among the \(quality.window) up to \(index + 1)")
    }
  }

  private func isJudged(_ miner: Int) -> Bool { judged.indices.contains(miner) && judged[miner] }

  /// W-9: but for the last k blocks all honest miners that are up have the best chain.
  mutating func checkConvergence(on best: Int, depth: UInt64) {
    for (index, node) in nodes.enumerated() where judged[index] && !node.isDown {
      let height = min(book.height(node.tip), book.height(best))
      var own = book.ancestor(of: node.tip, at: height)
      var other = book.ancestor(of: best, at: height)
      while own != other {
        own = book[own].parent
        other = book[other].parent
      }
      guard book.height(best) - book.height(own) > depth else { continue }
      log.report(
        .w9, at: ReplicaID(index),
        "ended \(book.height(best) - book.height(own)) blocks away from the others")
    }
  }
}
