import ConsensusCore
import DiscreteEvents
import Testing

@testable import ProofOfWork

@Suite("Gossip and synchronisation")
struct GossipTests {
  let genesis = MinerConfiguration.paper.genesis

  @Test("A block without its parent is kept, and its sender is asked for the parent once")
  func orphan() throws {
    var miner = makeMiner()
    let blocks = chain(on: genesis, count: 4)
    let output = miner.receive(.block(blocks[2]), from: 3)
    #expect(miner.tree.count == 1 && output.records.isEmpty)
    #expect(output.sends.count == 1)
    guard case .getBlocks(blocks[1].id, [genesis.id]) = output.sends.first?.message,
      case .one(let endpoint) = output.sends.first?.recipients
    else {
      Issue.record("the parent was not asked for")
      return
    }
    #expect(endpoint == Endpoint(ReplicaID(3)))
    #expect(miner.receive(.block(blocks[2]), from: 2).sends.isEmpty)
    #expect(miner.receive(.block(blocks[3]), from: 2).sends.isEmpty)
    let answer = miner.receive(
      .blocks(wanted: blocks[1].id, Array(blocks[0...1])), from: 3)
    #expect(answer.sends.isEmpty)
    #expect(miner.tip == blocks[3])
    #expect(answer.records == blocks)
    #expect(miner.orphans.isEmpty && miner.searches.isEmpty)
  }

  @Test("A lost request for a parent is repeated when a later block needs it")
  func retry() {
    var miner = makeMiner()
    let blocks = chain(on: genesis, count: 4)
    let later = seconds(3603)
    #expect(miner.receive(.block(blocks[2])).sent("get-blocks").count == 1)
    let output = miner.perform(
      .message(.block(blocks[3]), from: Endpoint(ReplicaID(2))), at: later)
    guard case .getBlocks(blocks[1].id, _) = output.sends.first?.message else {
      Issue.record("the first missing block was not asked for again")
      return
    }
  }

  @Test("An orphan with a bad proof is not kept")
  func forgedOrphan() {
    var miner = makeMiner()
    let parent = block(on: genesis)
    let forged = Block(template(on: parent, by: 1), provedBy: signer(2))
    let output = miner.receive(.block(forged))
    #expect(output.refusals == [.badProof])
    #expect(output.sends.isEmpty && miner.orphans.isEmpty)
  }

  @Test("The pool of orphans is bounded and drops the oldest")
  func orphanBound() {
    var configuration = MinerConfiguration.paper
    configuration.orphanCapacity = 3
    var miner = makeMiner(0, configuration)
    let blocks = chain(on: genesis, count: 6)
    for block in blocks.dropFirst() { _ = miner.receive(.block(block)) }
    #expect(miner.orphans == Array(blocks[3...5]))
  }

  @Test(
    "A miner catches up in batches, on the main chain and on a side branch",
    arguments: [
      false, true,
    ])
  func batches(isSideBranch: Bool) {
    var configuration = MinerConfiguration.paper
    configuration.syncBatch = 8
    var ahead = makeMiner(1, configuration)
    var behind = makeMiner(0, configuration)
    let shared = chain(on: genesis, count: 15)
    let branch = chain(on: shared[14], count: 30)
    ahead.receive(shared + branch)
    behind.receive(shared)
    if isSideBranch {
      ahead.receive(chain(on: shared[14], count: 31, by: 3))
      #expect(ahead.tip.miner == ReplicaID(3))
    }
    var queue = behind.receive(.block(branch[29]), from: 1).sends.map(\.message)
    var asked = 0
    while let message = queue.popLast() {
      guard case .getBlocks = message else { continue }
      asked += 1
      for answer in ahead.receive(message, from: 0).sends {
        queue += behind.receive(answer.message, from: 1).sends.map(\.message)
      }
    }
    #expect(behind.tip == branch[29])
    #expect(asked == 4)  // 29 blocks are missing, eight come at a time
  }

  @Test("A synchronisation that broke off goes on where it stopped, off the main chain too")
  func resumption() {
    var configuration = MinerConfiguration.paper
    configuration.syncBatch = 8
    var behind = makeMiner(0, configuration)
    behind.receive(chain(on: genesis, count: 20, by: 2))
    let branch = chain(on: genesis, count: 30, by: 3)
    _ = behind.receive(.block(branch[28]), from: 1)
    let output = behind.receive(.blocks(wanted: branch[27].id, Array(branch[0..<8])), from: 1)
    guard case .getBlocks(branch[27].id, let locator) = output.sends.first?.message else {
      Issue.record("the synchronisation did not go on")
      return
    }
    #expect(locator.first == branch[7].id)
    let later = behind.perform(
      .message(.block(branch[29]), from: Endpoint(ReplicaID(2))), at: seconds(3700))
    guard case .getBlocks(branch[27].id, let again) = later.sends.first?.message else {
      Issue.record("the synchronisation was not taken up again")
      return
    }
    #expect(again.first == branch[7].id)
    let stale = behind.receive(.blocks(wanted: branch[27].id, Array(branch[0..<8])), from: 1)
    #expect(stale.sent("get-blocks").count == 1)
    let repeated = behind.receive(.blocks(wanted: branch[27].id, Array(branch[0..<8])), from: 1)
    #expect(repeated.sends.isEmpty)
  }

  @Test("An answer that leads nowhere is not followed by another question")
  func uselessAnswer() {
    var miner = makeMiner()
    let blocks = chain(on: genesis, count: 3)
    _ = miner.receive(.block(blocks[2]))
    let forged = Block(template(on: genesis, by: 1), provedBy: signer(2))
    #expect(miner.receive(.blocks(wanted: blocks[1].id, [forged])).sends.isEmpty)
    #expect(miner.receive(.blocks(wanted: blocks[1].id, [])).sends.isEmpty)
  }

  @Test("A question for an unknown block is not answered")
  func unknownWanted() {
    var miner = makeMiner()
    let unknown = MinerMessage.getBlocks(wanted: Digest(1), locator: [genesis.id])
    #expect(miner.receive(unknown).sends.isEmpty)
  }

  @Test("A better tip is asked for, a worse one is answered with the own, an equal one is ignored")
  func tips() {
    var miner = makeMiner()
    let blocks = chain(on: genesis, count: 3)
    miner.receive(Array(blocks[0..<2]))
    func tip(_ block: Block) -> MinerMessage {
      .tip(
        id: block.id, height: block.height,
        work: ChainWork(hashes: UInt128(block.height) << 24))
    }
    #expect(miner.receive(tip(blocks[2])).sent("get-blocks").count == 1)
    #expect(miner.receive(tip(blocks[0])).sent("tip").count == 1)
    #expect(miner.receive(tip(chain(on: genesis, count: 2, by: 3)[1])).sends.isEmpty)
    #expect(miner.receive(tip(blocks[1])).sends.isEmpty)
  }

  @Test("A worse tip that comes again and again is answered once, and again with a new tip")
  func repeatedTips() {
    var miner = makeMiner()
    let blocks = chain(on: genesis, count: 3)
    miner.receive(Array(blocks[0..<2]))
    let worse = MinerMessage.tip(
      id: blocks[0].id, height: 1, work: ChainWork(hashes: UInt128(1) << 24))
    #expect(miner.receive(worse).sent("tip").count == 1)
    for _ in 0..<10 { #expect(miner.receive(worse).sends.isEmpty) }
    miner.receive([blocks[2]])
    #expect(miner.receive(worse).sent("tip").count == 1)
  }

  @Test("With lists of peers a miner passes a block on to its peers but the sender")
  func relay() {
    let everyone = ReplicaSet(firstReplicas: 4)
    let configuration = MinerConfiguration(
      hashRates: MinerConfiguration.paper.hashRates,
      peers: .lists([everyone, everyone, everyone, ReplicaSet([ReplicaID(0)])]))
    var miner = makeMiner(0, configuration)
    let output = miner.receive(.block(block(on: genesis)), from: 2)
    guard case .members(let members) = output.sends.first?.recipients else {
      Issue.record("the block was not passed on")
      return
    }
    #expect(members.members.map(\.index) == [1, 3])
    #expect(output.sends.count == 1)
    var leaf = makeMiner(3, configuration)
    #expect(leaf.receive(.block(block(on: genesis)), from: 0).sends.isEmpty)
  }

  @Test("Blocks reach everyone over a sparse graph", arguments: [2, 3, 4])
  func sparseGraph(degree: Int) {
    let count = 12
    let graph = PeerGraph.ringWithChords(replicas: count, degree: degree, seed: Seed(9))
    guard case .lists(let lists) = graph else {
      Issue.record("no lists")
      return
    }
    for (index, list) in lists.enumerated() {
      #expect(list.count >= 2 && list.count <= degree && !list.contains(ReplicaID(index)))
      for peer in list.members { #expect(lists[peer.index].contains(ReplicaID(index))) }
    }
    var configuration = MinerConfiguration(
      hashRates: Array(repeating: 50_000, count: count), peers: graph)
    configuration.relaysTransactions = true
    var network = MinerNetwork(configuration, delay: .milliseconds(50), seed: 4)
    network.submit(request(0, 1), to: 5, at: seconds(1))
    network.run(until: seconds(2000))
    let oldest = network.miners.map(\.tip.height).min() ?? 0
    #expect(oldest > 40)
    for miner in network.miners {
      #expect(miner.ledger.executed == 1)
      #expect(
        miner.tree.mainChain(at: oldest - 2) == network.miners[0].tree.mainChain(at: oldest - 2))
    }
    #expect(Set(network.replies.map(\.replica)).count == count)
  }

  @Test("A full mesh of four sends three messages a block and nothing else")
  func messageCounts() {
    var network = MinerNetwork(.paper, delay: .milliseconds(1), seed: 8)
    network.run(until: seconds(5000))
    #expect(network.sent == [0, 0, 3 * network.minedBlocks.count, 0, 0, 0, 0])
  }

  @Test("Sizes count a base and the transactions")
  func sizes() {
    let sizes = MessageSizes(base: ByteCount(600), transaction: ByteCount(800))
    let full = block(on: genesis, transactions: [request(0, 1), request(1, 1)])
    #expect(MinerMessage.block(full).size(sizes).bytes == 2200)
    #expect(MinerMessage.blocks(wanted: full.id, [full, full]).size(sizes).bytes == 4400)
    #expect(MinerMessage.blocks(wanted: full.id, []).size(sizes).bytes == 600)
    #expect(MinerMessage.request(request(0, 1)).size(sizes).bytes == 1400)
    #expect(
      MinerMessage.getBlocks(wanted: full.id, locator: [genesis.id]).size(sizes).bytes == 600)
  }

  @Test("Messages with different contents have different fingerprints")
  func fingerprints() {
    let one = block(on: genesis, transactions: [request(0, 1)])
    let forged = Block(one.template, workProof: .none)
    let messages: [MinerMessage] = [
      .request(request(0, 1)), .transaction(request(0, 1)), .request(forgedRequest(0, 1)),
      .block(one), .block(forged), .blocks(wanted: one.id, [one]),
      .blocks(wanted: one.id, [forged]), .blocks(wanted: genesis.id, [one]),
      .getBlocks(wanted: one.id, locator: []), .getBlocks(wanted: one.id, locator: [one.id]),
      .tip(id: one.id, height: 1, work: .zero), .tip(id: one.id, height: 2, work: .zero),
      .tip(id: one.id, height: 1, work: ChainWork(hashes: 1 << 64)),
    ]
    #expect(Set(messages.map(\.fingerprint)).count == messages.count)
    for message in messages {
      #expect(MinerMessage.kindNames.indices.contains(Int(message.kind)))
    }
  }
}
