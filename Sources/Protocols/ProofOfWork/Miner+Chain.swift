import ConsensusCore
import DiscreteEvents

/// The chain: which blocks are valid, which chain counts, and what follows from it.
extension Miner {
  /// What is wrong with a block by itself, whatever it follows; nil if nothing is.
  func standaloneFault<R: MiningReplica>(
    of block: Block, into effects: inout Effects<R>
  ) -> BlockFault? {
    guard block.miner.index >= 0, block.miner.index < configuration.replicas else {
      return .unknownMiner
    }
    effects.charge(.checkWork)
    return block.isProved(verifier) ? nil : .badProof
  }

  /// What is wrong with a block whose parent is known; nil if nothing is (invariant W-4).
  ///
  /// A request that already took effect on the block's chain is no fault: it has no second effect.
  func contextualFault<R: MiningReplica>(
    of block: Block, at now: VirtualTime, into effects: inout Effects<R>
  ) -> BlockFault? {
    guard let parent = tree[block.parent]?.block, block.height == parent.height + 1 else {
      return .wrongHeight
    }
    let difficulty = tree.requiredDifficulty(
      after: block.parent, rule: configuration.retargeting)
    guard block.difficulty == difficulty else { return .wrongDifficulty }
    guard let earliest = tree.earliestTimestamp(after: block.parent), block.timestamp >= earliest,
      block.timestamp <= now + configuration.timestampTolerance
    else { return .badTimestamp }
    guard block.transactions.count <= configuration.blockCapacity else {
      return .tooManyTransactions
    }
    effects.charge(.checkRequest, count: block.transactions.count)
    for request in block.transactions {
      effects.charge(nanoseconds: ledger.admissionWork(of: request))
    }
    guard block.transactions.allSatisfy({ $0.client.index >= 0 && $0.isAuthentic(verifier) })
    else { return .badTransaction }
    return nil
  }

  /// Adds a valid block whose parent is known, and makes it the tip if it has the most work.
  ///
  /// Nothing is sent, and the race is left as it is: a caller goes on with ``publish(_:into:)``,
  /// ``maybeMine(at:into:)`` and ``sendReplies(into:)``. The block is not checked.
  public mutating func adopt<R: MiningReplica>(_ block: Block, into effects: inout Effects<R>) {
    guard let work = tree.insert(block) else { return }
    effects.persist(block)
    effects.observe(.accepted(block, work: work))
    let oldTip = tip.id
    guard let change = tree.maybeAdvance(to: block.id) else { return }
    effects.observe(
      .tipChanged(
        from: oldTip, to: tip.id, height: tip.height, work: tree.tipWork,
        forkHeight: change.forkHeight, lost: change.disconnected.count))
    replay(change, into: &effects)
    confirm(into: &effects)
  }

  /// Brings ledger and waiting requests in line with the new main chain (invariant W-6).
  private mutating func replay<R: MiningReplica>(
    _ change: BlockTree.Change, into effects: inout Effects<R>
  ) {
    let base = ledger(at: change.forkHeight)
    if change.forkHeight < confirmedHeight {
      revert(change, to: base, into: &effects)
    }
    if history.ledger(at: change.forkHeight) == nil {
      history.restart(at: change.forkHeight, with: base)
    }
    history.truncate(above: change.forkHeight)
    ledger = base
    for height in (change.forkHeight + 1)...tip.height {
      for request in tree.mainChain(at: height)?.transactions ?? [] {
        guard let execution = ledger.execute(request, at: SequenceNumber(height)) else { continue }
        effects.charge(.execute)
        effects.charge(nanoseconds: execution.work)
      }
      history.append(ledger)
    }
    effects.observe(
      .replayed(tip: tip.id, ledger: ledger.digest, executed: ledger.executed))
    if !change.disconnected.isEmpty {
      let state = ledger
      let lost = change.disconnected.flatMap(\.transactions).filter {
        $0.timestamp > state.lastTimestamp(of: $0.client)
      }
      for request in mempool.restore(lost) {
        effects.observe(.returned(client: request.client, timestamp: request.timestamp))
      }
    }
    mempool.prune(ledger)
  }

  /// Takes back what the confirmed blocks of a lost branch did (invariant W-1).
  private mutating func revert<R: MiningReplica>(
    _ change: BlockTree.Change, to base: Ledger, into effects: inout Effects<R>
  ) {
    var replayed = base
    for block in change.disconnected where block.height <= confirmedHeight {
      effects.observe(.reverted(height: block.height, digest: block.id))
      for request in block.transactions
      where replayed.execute(request, at: SequenceNumber(block.height)) != nil {
        effects.observe(.undone(client: request.client, timestamp: request.timestamp))
      }
    }
    confirmedLedger = base
    confirmedHeight = change.forkHeight
  }

  /// Confirms every block that is deep enough now, and answers its clients.
  ///
  /// A chain with more work can be shorter where the difficulty adapts; what is confirmed on the
  /// common part then stays confirmed. A node keeps the results of the blocks on its chain, so that
  /// confirming them is no work.
  private mutating func confirm<R: MiningReplica>(into effects: inout Effects<R>) {
    while confirmedHeight + confirmations <= tip.height,
      let block = tree.mainChain(at: confirmedHeight + 1)
    {
      confirmedHeight += 1
      var effective: [(request: Request, execution: Execution)] = []
      for request in block.transactions {
        let execution = confirmedLedger.execute(request, at: SequenceNumber(block.height))
        if let execution { effective.append((request, execution)) }
      }
      effects.observe(
        .confirmed(height: block.height, digest: block.id, transactions: effective.count))
      for (request, execution) in effective {
        effects.observe(
          .executed(
            client: request.client, timestamp: request.timestamp, result: execution.result))
        answer(
          request.client, timestamp: request.timestamp, result: execution.result,
          resultBytes: execution.resultBytes)
      }
    }
  }

  /// Prepares to tell a client that its request is confirmed at this miner.
  mutating func answer(
    _ client: ClientID, timestamp: UInt64, result: Digest, resultBytes: UInt32
  ) {
    guard answersClients else { return }
    replies.append(
      Reply(
        client: client, timestamp: timestamp, replica: id, result: result,
        resultBytes: resultBytes, view: confirmedHeight, leader: nil, isExecuted: true))
  }

  /// Sends the prepared answers; a block must not wait for the answers about its transactions.
  public mutating func sendReplies<R: MiningReplica>(into effects: inout Effects<R>) {
    guard !replies.isEmpty else { return }
    for reply in replies { effects.send(.reply(reply), to: .one(Endpoint(reply.client))) }
    replies.removeAll(keepingCapacity: true)
  }

  /// Computes both ledgers from the main chain and the confirmed height, without telling anyone.
  mutating func restoreLedgers() {
    ledger = configuration.genesisLedger
    history = LedgerHistory(genesis: ledger)
    confirmedLedger = ledger
    for height in 0...tip.height where height > 0 {
      for request in tree.mainChain(at: height)?.transactions ?? [] {
        _ = ledger.execute(request, at: SequenceNumber(height))
      }
      history.append(ledger)
      if height == confirmedHeight { confirmedLedger = ledger }
    }
  }

  /// The ledger after the block of the main chain at `height`, from the history or by replay.
  private func ledger(at height: UInt64) -> Ledger {
    if let ledger = history.ledger(at: height) { return ledger }
    var replayed = configuration.genesisLedger
    for below in 0...height {
      for request in tree.mainChain(at: below)?.transactions ?? [] {
        _ = replayed.execute(request, at: SequenceNumber(below))
      }
    }
    return replayed
  }
}
