import ConsensusCore
import DiscreteEvents

/// The race for blocks.
extension Miner {
  /// The block that the miner would find now on its tip.
  ///
  /// - Parameters:
  ///   - now: The miner's clock; the timestamp is later where the rule demands it.
  ///   - nonce: What the search varied.
  /// - Returns: A block with the requests that wait longest, up to the capacity.
  public func candidate(at now: VirtualTime, nonce: UInt64) -> BlockTemplate {
    BlockTemplate(
      parent: tip.id, height: tip.height + 1, miner: id,
      timestamp: max(now, tree.earliestTimestamp(after: tip.id) ?? now),
      difficulty: tree.requiredDifficulty(after: tip.id, rule: configuration.retargeting)
        ?? tip.difficulty,
      nonce: nonce, transactions: Array(mempool.requests.prefix(configuration.blockCapacity)))
  }

  /// Races for a block on the tip, unless this race runs already.
  ///
  /// The time to success is exponential with mean difficulty / hash rate: each hash succeeds on
  /// its own, so that the time spent so far tells nothing of the time still needed. A new tip may
  /// therefore draw anew, and requests that arrive during the search join the block for free. The
  /// draw is keyed by the miner, the parent and the attempt, hence by nothing that happened
  /// elsewhere; attempts after a restart count from the time of the restart, for a draw that a
  /// crash cut short must not come again.
  public mutating func maybeMine<R: MiningReplica>(
    at now: VirtualTime, into effects: inout Effects<R>
  ) {
    guard race?.parent != tip.id else { return }
    startRace(at: now, into: &effects)
  }

  /// Begins a new race on the tip and gives up the one that runs.
  public mutating func startRace<R: MiningReplica>(
    at now: VirtualTime, into effects: inout Effects<R>
  ) {
    let parent = tip.id
    let difficulty =
      tree.requiredDifficulty(after: parent, rule: configuration.retargeting) ?? tip.difficulty
    let hashRate = configuration.hashRates[id.index]
    guard let mean = difficulty.meanInterval(hashRate: hashRate) else { return }
    var attempt = firstAttempt
    if let race, race.parent == parent { attempt = race.attempt &+ 1 }
    var draw = seed.draw(.mining, UInt64(truncatingIfNeeded: id.index), parent.value, attempt)
    let delay = Distribution.exponential(minimum: .zero, mean: mean).sample(&draw)
    race = Race(parent: parent, attempt: attempt, due: now + delay, nonce: draw.next())
    effects.setTimer(.mine, after: delay)
  }

  /// The block that the race has found, with its proof, or nil if the race is not over.
  ///
  /// The block is neither adopted nor sent; the race is spent.
  public mutating func takeMinedBlock<R: MiningReplica>(
    at now: VirtualTime, into effects: inout Effects<R>
  ) -> Block? {
    guard let race, race.parent == tip.id else { return nil }
    guard now >= race.due else {
      // A timeout that was under way while another block became the tip.
      effects.setTimer(.mine, after: race.due - now)
      return nil
    }
    let block = Block(candidate(at: now, nonce: race.nonce), provedBy: signer)
    effects.observe(.mined(block))
    return block
  }

  /// Adopts and sends the block that the miner has found, and races for the next.
  mutating func onMined<R: MiningReplica>(at now: VirtualTime, into effects: inout Effects<R>) {
    guard let block = takeMinedBlock(at: now, into: &effects) else { return }
    adopt(block, into: &effects)
    publish(block, into: &effects)
    maybeMine(at: now, into: &effects)
  }
}
