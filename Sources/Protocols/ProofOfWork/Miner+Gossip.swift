import ConsensusCore
import DiscreteEvents

/// What miners tell each other.
extension Miner {
  /// What became of a block that was received.
  enum Reception: Hashable {
    case accepted, known, orphaned, refused
  }

  /// The most ids of a peer's locator that are looked at: enough for any chain of 2^50 blocks.
  private static let locatorLimit = 64

  /// Sends a block to all peers.
  public func publish<R: MiningReplica>(_ block: Block, into effects: inout Effects<R>) {
    flood(.block(block), except: nil, into: &effects)
  }

  /// Checks a received block and adopts it, with the blocks that waited for it.
  ///
  /// A block without a known parent is kept aside, and the sender is asked for what is missing.
  mutating func onBlock<R: MiningReplica>(
    _ block: Block, from peer: ReplicaID, at now: VirtualTime, into effects: inout Effects<R>
  ) {
    let oldTip = tip.id
    let reception = receive(block, at: now, into: &effects)
    if reception == .orphaned { askForRoot(of: block, from: peer, at: now, into: &effects) }
    guard reception == .accepted else { return }
    if configuration.relays {
      flood(.block(block), except: peer, into: &effects)
      if tip.id != oldTip, tip.id != block.id {
        flood(.block(tip), except: peer, into: &effects)
      }
    }
    maybeMine(at: now, into: &effects)
  }

  /// Adopts the blocks of a synchronisation and asks for more, as long as that leads on.
  ///
  /// Each answer must reach higher than the one before, so that no peer can keep a miner asking.
  mutating func onBlocks<R: MiningReplica>(
    _ blocks: [Block], towards wanted: Digest, from peer: ReplicaID, at now: VirtualTime,
    into effects: inout Effects<R>
  ) {
    let reached = searches.first { $0.wanted == wanted }?.reached
    searches.removeAll { $0.wanted == wanted }
    let oldTip = tip.id
    var last: Block?
    loop: for block in blocks.prefix(configuration.syncBatch) {
      switch receive(block, at: now, into: &effects) {
      case .accepted, .known: last = block
      case .orphaned, .refused: break loop
      }
    }
    if let last {
      lastSynchronised = last.id
      if let reached, last.height > reached, !tree.contains(wanted) {
        ask(for: wanted, reached: last.height, from: peer, at: now, into: &effects)
      }
    }
    if tip.id != oldTip {
      if configuration.relays { flood(.block(tip), except: peer, into: &effects) }
      maybeMine(at: now, into: &effects)
    }
  }

  /// Answers with the next part of the chain towards the block that a peer lacks.
  func onGetBlocks<R: MiningReplica>(
    _ wanted: Digest, after locator: [Digest], from sender: Endpoint,
    into effects: inout Effects<R>
  ) {
    let path = tree.path(
      to: wanted, after: Array(locator.prefix(Self.locatorLimit)), limit: configuration.syncBatch)
    guard !path.isEmpty else { return }
    effects.send(.blocks(wanted: wanted, path), to: .one(sender))
  }

  /// Asks for a better tip, or tells the sender of a worse one about the own.
  mutating func onTip<R: MiningReplica>(
    _ id: Digest, work: ChainWork, from peer: ReplicaID, at now: VirtualTime,
    into effects: inout Effects<R>
  ) {
    if work > tree.tipWork {
      guard !tree.contains(id) else { return }
      ask(for: id, reached: 0, from: peer, at: now, into: &effects)
    } else if work < tree.tipWork {
      tell(peer, at: now, into: &effects)
    }
  }

  /// Tells a peer the own tip, unless that was done a short time ago.
  ///
  /// A peer that lies about its tip, be it in answer to this one, would else be answered for ever,
  /// and where the network repeats messages the answers would multiply. If this answer gets lost,
  /// the next announcement repeats it.
  private mutating func tell<R: MiningReplica>(
    _ peer: ReplicaID, at now: VirtualTime, into effects: inout Effects<R>
  ) {
    tellings.removeAll { $0.repeatAt <= now }
    guard !tellings.contains(where: { $0.peer == peer && $0.tip == tip.id }) else { return }
    let pause = configuration.announceInterval ?? configuration.syncRetry
    tellings.append(Telling(peer: peer, tip: tip.id, repeatAt: now + pause))
    effects.send(ownTip, to: .one(Endpoint(peer)))
  }

  /// Takes a client's request in, or answers it again if it is confirmed already.
  mutating func onRequest<R: MiningReplica>(
    _ request: Request, from sender: Endpoint, into effects: inout Effects<R>
  ) {
    guard request.client.index >= 0, !mempool.contains(request) else { return }
    effects.charge(.checkRequest)
    effects.charge(nanoseconds: ledger.admissionWork(of: request))
    guard request.isAuthentic(verifier) else {
      effects.observe(.requestDropped(client: request.client, timestamp: request.timestamp))
      return
    }
    if let effect = confirmedLedger.lastEffect(of: request.client),
      effect.timestamp >= request.timestamp
    {
      if effect.timestamp == request.timestamp, sender == Endpoint(request.client) {
        answer(
          request.client, timestamp: effect.timestamp, result: effect.result,
          resultBytes: effect.resultBytes)
      }
      return
    }
    guard request.timestamp > ledger.lastTimestamp(of: request.client) else { return }
    switch mempool.insert(request) {
    case .duplicate: break
    case .full:
      effects.observe(.requestDropped(client: request.client, timestamp: request.timestamp))
    case .admitted:
      if configuration.relaysTransactions {
        flood(.transaction(request), except: sender.replica, into: &effects)
      }
    }
  }

  /// Tells the peers the tip, and sets the timer for the next time.
  func announce<R: MiningReplica>(into effects: inout Effects<R>) {
    guard let interval = configuration.announceInterval else { return }
    sendTip(into: &effects)
    effects.setTimer(.announce, after: interval)
  }

  /// Tells the peers the tip; those with more work answer with theirs.
  func sendTip<R: MiningReplica>(into effects: inout Effects<R>) {
    flood(ownTip, except: nil, into: &effects)
  }

  private var ownTip: MinerMessage {
    .tip(id: tip.id, height: tip.height, work: tree.tipWork)
  }

  // MARK: - Blocks one by one

  /// Checks one block and adopts it, keeps it aside, or refuses it.
  private mutating func receive<R: MiningReplica>(
    _ block: Block, at now: VirtualTime, into effects: inout Effects<R>
  ) -> Reception {
    guard !tree.contains(block.id) else {
      effects.observe(.duplicate(block.id))
      return .known
    }
    let isKept = orphans.contains { $0.id == block.id && $0.workProof == block.workProof }
    if isKept {
      if !tree.contains(block.parent) { return .orphaned }
    } else if let fault = standaloneFault(of: block, into: &effects) {
      effects.observe(.refused(block.id, fault))
      return .refused
    }
    guard tree.contains(block.parent) else {
      keepOrphan(block, into: &effects)
      return .orphaned
    }
    guard connect(block, at: now, into: &effects) else { return .refused }
    connectOrphans(of: block.id, at: now, into: &effects)
    return .accepted
  }

  /// Adopts a block with a good proof and a known parent, if nothing else is wrong with it.
  private mutating func connect<R: MiningReplica>(
    _ block: Block, at now: VirtualTime, into effects: inout Effects<R>
  ) -> Bool {
    if let fault = contextualFault(of: block, at: now, into: &effects) {
      effects.observe(.refused(block.id, fault))
      return false
    }
    adopt(block, into: &effects)
    orphans.removeAll { $0.id == block.id }
    searches.removeAll { $0.wanted == block.id }
    return true
  }

  /// Adopts every kept block whose ancestors are known now, the parents before the children.
  private mutating func connectOrphans<R: MiningReplica>(
    of parent: Digest, at now: VirtualTime, into effects: inout Effects<R>
  ) {
    var parents = [parent]
    var next = 0
    while next < parents.count {
      let current = parents[next]
      next += 1
      let children = orphans.filter { $0.parent == current }
      guard !children.isEmpty else { continue }
      orphans.removeAll { $0.parent == current }
      for child in children where connect(child, at: now, into: &effects) {
        parents.append(child.id)
      }
    }
  }

  private mutating func keepOrphan<R: MiningReplica>(
    _ block: Block, into effects: inout Effects<R>
  ) {
    if orphans.count >= configuration.orphanCapacity { orphans.removeFirst() }
    orphans.append(block)
    effects.observe(.orphaned(block.id, parent: block.parent))
  }

  // MARK: - Asking

  /// Asks for the first missing ancestor of a block that is kept aside.
  private mutating func askForRoot<R: MiningReplica>(
    of block: Block, from peer: ReplicaID, at now: VirtualTime, into effects: inout Effects<R>
  ) {
    var missing = block.parent
    for _ in 0..<orphans.count {
      guard let above = orphans.first(where: { $0.id == missing }) else { break }
      missing = above.parent
    }
    ask(for: missing, reached: 0, from: peer, at: now, into: &effects)
  }

  /// Asks a peer for the chain up to `wanted`, unless that was asked a short time ago.
  private mutating func ask<R: MiningReplica>(
    for wanted: Digest, reached: UInt64, from peer: ReplicaID, at now: VirtualTime,
    into effects: inout Effects<R>
  ) {
    searches.removeAll { $0.retryAt <= now }
    guard !searches.contains(where: { $0.wanted == wanted }) else { return }
    searches.append(
      Search(wanted: wanted, retryAt: now + configuration.syncRetry, reached: reached))
    var locator = tree.locator(from: tip.id)
    if let lastSynchronised, !tree.isOnMainChain(lastSynchronised) {
      locator.insert(lastSynchronised, at: 0)
    }
    effects.send(.getBlocks(wanted: wanted, locator: locator), to: .one(Endpoint(peer)))
  }

  /// Sends a message to all peers but one.
  private func flood<R: MiningReplica>(
    _ message: MinerMessage, except excluded: ReplicaID?, into effects: inout Effects<R>
  ) {
    if var members = peers {
      members.remove(id)
      if let excluded { members.remove(excluded) }
      if !members.isEmpty { effects.send(message, to: .members(members)) }
    } else if let excluded {
      for index in 0..<configuration.replicas where index != id.index && index != excluded.index {
        effects.send(message, to: .one(Endpoint(ReplicaID(index))))
      }
    } else {
      effects.send(message, to: .others)
    }
  }
}
