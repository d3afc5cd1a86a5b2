import ConsensusCore
import DiscreteEvents

/// A replica that speaks the miners' language: ``Miner`` itself, or one that keeps a miner inside
/// and departs from its strategy.
///
/// The miner's steps take the effects of any such replica, so that another strategy can use them
/// one by one.
public protocol MiningReplica: Replica
where
  Message == MinerMessage, Timer == MinerTimer, Durable == MinerDurable,
  Observation == MinerObservation
{}

/// An honest full node and miner of a proof-of-work chain with the longest-chain rule (Nakamoto
/// 2008; Paper §IV-D compares against it).
///
/// A miner races for a block on its tip all the time, empty blocks included. A found or received
/// block that has strictly more work behind it becomes the tip. A request counts once its block is
/// ``MinerConfiguration/confirmations`` deep; then every miner answers the client, and a client
/// takes the answers of as many miners as its reply quorum says (usually one).
///
/// A miner has no roles and no states to go through: its whole state is the tree of blocks, the
/// waiting requests, and what follows from them.
///
/// Assumption: the administrator's ``Command/rotate`` has no meaning here and is ignored.
public struct Miner: MiningReplica {
  /// The race for the next block.
  public struct Race: Hashable, Sendable {
    /// The block that the next one is to follow.
    public let parent: Digest
    /// How many races on this parent came before.
    public let attempt: UInt64
    /// When the miner will have found the block, not counting the work of the job that began it.
    public let due: VirtualTime
    /// What the search will have varied when it succeeds.
    public let nonce: UInt64
  }

  /// An answer to a peer whose tip was worse.
  struct Telling: Sendable {
    var peer: ReplicaID
    var tip: Digest
    var repeatAt: VirtualTime
  }

  /// A block that was asked for.
  struct Search: Sendable {
    var wanted: Digest
    var retryAt: VirtualTime
    /// The height of the last block of the answer before, 0 for the first question.
    var reached: UInt64
  }

  /// The miner's number.
  public let id: ReplicaID
  /// The parameters of the network.
  public let configuration: MinerConfiguration
  let signer: Signer
  let verifier: Verifier
  let seed: Seed
  let peers: ReplicaSet?

  /// Every valid block known, and the main chain.
  public internal(set) var tree: BlockTree
  /// The requests that wait for a block.
  public internal(set) var mempool: Mempool
  /// The state after the tip.
  public internal(set) var ledger: Ledger
  /// The state after the last confirmed block.
  public internal(set) var confirmedLedger: Ledger
  /// The height of the last confirmed block, 0 before the first.
  public internal(set) var confirmedHeight: UInt64 = 0
  /// The race that runs, if any.
  public internal(set) var race: Race?
  /// Whether the node answers clients: true, unless it mines only.
  public var answersClients = true

  var history: LedgerHistory
  var orphans: [Block] = []
  var searches: [Search] = []
  /// Peers that were told of a better tip a short time ago.
  var tellings: [Telling] = []
  /// The last block that a synchronisation brought, where the next one takes up again.
  var lastSynchronised: Digest?
  /// The answers of this job, which leave after its blocks.
  var replies: [Reply] = []
  /// Distinguishes the races of one life of the node from those of an earlier one.
  var firstAttempt: UInt64 = 0

  /// Creates the miner `id` on the genesis block; it acts only when stepped.
  public init(
    id: ReplicaID, configuration: MinerConfiguration, signer: Signer, verifier: Verifier,
    seed: Seed
  ) {
    precondition(
      configuration.confirmations >= 1,
      "\(configuration.confirmations) confirmations; at least 1")
    precondition(
      id.index < configuration.replicas,
      "replica \(id) of \(configuration.replicas)")
    self.id = id
    self.configuration = configuration
    self.signer = signer
    self.verifier = verifier
    self.seed = seed
    if case .lists(let lists) = configuration.peers {
      peers = lists[id.index]
    } else {
      peers = nil
    }
    tree = BlockTree(genesis: configuration.genesis)
    ledger = configuration.genesisLedger
    confirmedLedger = ledger
    history = LedgerHistory(genesis: ledger)
    mempool = Mempool(
      capacity: configuration.mempoolCapacity,
      capacityPerClient: configuration.mempoolCapacityPerClient)
  }

  /// The block that the miner mines on.
  @inline(__always)
  public var tip: Block { tree.tip }

  /// The tip's height as the view, and the last confirmed height as executed; nobody leads.
  public var standing: Standing {
    Standing(leads: false, view: tip.height, executed: confirmedHeight)
  }

  /// Miners go on mining.
  public static var comesToRest: Bool { false }

  /// Handles one input completely.
  public mutating func step(
    _ input: Input<Miner>, at now: VirtualTime, into effects: inout Effects<Miner>
  ) {
    handle(input, at: now, into: &effects)
  }

  /// Handles one input of this miner or of a replica that keeps it inside.
  public mutating func handle<R: MiningReplica>(
    _ input: Input<R>, at now: VirtualTime, into effects: inout Effects<R>
  ) {
    switch input {
    case .start:
      effects.observe(.started(genesis: tree.genesis.id))
      begin(at: now, into: &effects)
    case .message(let message, let sender):
      onMessage(message, from: sender, at: now, into: &effects)
    case .timeout(.mine):
      onMined(at: now, into: &effects)
    case .timeout(.announce):
      announce(into: &effects)
    case .command(.rotate):
      break
    case .restarted(let durable):
      onRestart(durable, at: now, into: &effects)
    }
    sendReplies(into: &effects)
  }

  /// The confirmations that a block needs, its own included.
  var confirmations: UInt64 { UInt64(configuration.confirmations) }

  private mutating func onMessage<R: MiningReplica>(
    _ message: MinerMessage, from sender: Endpoint, at now: VirtualTime,
    into effects: inout Effects<R>
  ) {
    switch message {
    case .request(let request), .transaction(let request):
      onRequest(request, from: sender, into: &effects)
    case .reply:
      break
    case .block(let block):
      guard let peer = sender.replica else { return }
      onBlock(block, from: peer, at: now, into: &effects)
    case .getBlocks(let wanted, let locator):
      guard sender.replica != nil else { return }
      onGetBlocks(wanted, after: locator, from: sender, into: &effects)
    case .blocks(let wanted, let blocks):
      guard let peer = sender.replica else { return }
      onBlocks(blocks, towards: wanted, from: peer, at: now, into: &effects)
    case .tip(let tip, _, let work):
      guard let peer = sender.replica else { return }
      onTip(tip, work: work, from: peer, at: now, into: &effects)
    }
  }

  private mutating func begin<R: MiningReplica>(
    at now: VirtualTime, into effects: inout Effects<R>
  ) {
    maybeMine(at: now, into: &effects)
    if let interval = configuration.announceInterval {
      effects.setTimer(.announce, after: interval)
    }
  }

  /// Takes up the chain on disk, or starts anew without one, and asks the peers for what is newer.
  ///
  /// What the chain on disk confirmed was told before the crash and is not told again. After the
  /// loss of the disk the node confirms the chain once more as it receives it.
  private mutating func onRestart<R: MiningReplica>(
    _ durable: MinerDurable, at now: VirtualTime, into effects: inout Effects<R>
  ) {
    let answers = answersClients
    self = Miner(
      id: id, configuration: configuration, signer: signer, verifier: verifier, seed: seed)
    answersClients = answers
    firstAttempt = UInt64(bitPattern: now.nanoseconds)
    for block in durable.blocks where tree.insert(block) != nil {
      guard let change = tree.maybeAdvance(to: block.id) else { continue }
      confirmedHeight = min(confirmedHeight, change.forkHeight)
      if tip.height >= confirmations {
        confirmedHeight = max(confirmedHeight, tip.height - confirmations + 1)
      }
    }
    restoreLedgers()
    effects.observe(.restored(tip: tip.id, height: tip.height))
    sendTip(into: &effects)
    begin(at: now, into: &effects)
  }
}
