import ConsensusCore
import DiscreteEvents
import Testing

@testable import ProofOfWork

@Suite("The chain with the most work counts")
struct ChainTests {
  let genesis = MinerConfiguration.paper.genesis

  func configuration(confirmations: Int) -> MinerConfiguration {
    var configuration = MinerConfiguration.paper
    configuration.confirmations = confirmations
    return configuration
  }

  @Test("Of two blocks with equal work the first seen stays the tip (W-5)")
  func tie() {
    let first = block(on: genesis, by: 1)
    let second = block(on: genesis, by: 2)
    for order in [[first, second], [second, first]] {
      var miner = makeMiner()
      miner.receive(order[0...0].map { $0 })
      let output = miner.receive(.block(order[1]))
      #expect(miner.tip == order[0])
      #expect(!output.hasNewTip && output.timers.isEmpty)
      #expect(output.records == [order[1]])
    }
  }

  @Test("A longer branch takes over, and the race moves to it")
  func takeover() {
    var miner = makeMiner()
    let short = chain(on: genesis, count: 2, by: 1)
    let long = chain(on: genesis, count: 3, by: 2)
    miner.receive(short)
    miner.receive(Array(long[0..<2]))
    #expect(miner.tip == short[1])
    let output = miner.receive(.block(long[2]))
    #expect(miner.tip == long[2])
    #expect(miner.race?.parent == long[2].id)
    guard
      case .tipChanged(let from, let to, 3, _, forkHeight: 0, lost: 2) = output.observations.first(
        where: { if case .tipChanged = $0 { true } else { false } })
    else {
      Issue.record("the change was not observed")
      return
    }
    #expect(from == short[1].id && to == long[2].id)
    for block in short { #expect(!miner.tree.isOnMainChain(block.id)) }
    for block in long { #expect(miner.tree.mainChain(at: block.height) == block) }
  }

  @Test("Work decides, not length, where the difficulty adapts")
  func workNotLength() {
    var configuration = MinerConfiguration.paper
    configuration.retargeting = Retargeting(interval: 1, targetInterval: .seconds(10))
    var miner = makeMiner(0, configuration)
    let unit = genesis.difficulty.hashes
    // Slow blocks make the next ones easier: 1 + 1/4 + 1/16 units of work in three blocks.
    let a1 = block(on: genesis, by: 1, timestamp: seconds(40))
    let a2 = block(
      on: a1, by: 1, timestamp: seconds(80), difficulty: Difficulty(hashes: unit / 4))
    let a3 = block(
      on: a2, by: 1, timestamp: seconds(120), difficulty: Difficulty(hashes: unit / 16))
    let b1 = block(on: genesis, by: 2, timestamp: seconds(5))
    let b2 = block(
      on: b1, by: 2, timestamp: seconds(10), difficulty: Difficulty(hashes: unit * 2))
    miner.receive([a1, a2, a3, b1])
    #expect(miner.tip == a3)
    #expect(miner.confirmedHeight == 3)
    miner.receive([b2])
    #expect(miner.tip == b2)
    #expect(miner.confirmedHeight == 2)
    #expect(miner.tree.tipWork == ChainWork(hashes: UInt128(unit) * 3))
  }

  @Test("The transactions of a lost branch return, and each counts once (W-6)")
  func reorganisation() {
    var miner = makeMiner()
    for timestamp in [1, 2] as [UInt64] { _ = miner.receive(request(0, timestamp)) }
    for client in 1...3 { _ = miner.receive(request(client, 1)) }
    let a1 = block(on: genesis, by: 1, transactions: [request(0, 1), request(1, 1)])
    let a2 = block(on: a1, by: 1, transactions: [request(2, 1), request(0, 2)])
    miner.receive([a1, a2])
    #expect(miner.mempool.requests == [request(3, 1)])
    #expect(miner.ledger.executed == 4)
    let b1 = block(on: genesis, by: 2, transactions: [request(1, 1)])
    let b2 = block(on: b1, by: 2, transactions: [request(3, 1)])
    let b3 = block(on: b2, by: 2)
    let output = miner.receive([b1, b2, b3])
    #expect(output.returned == [1, 1, 2])
    #expect(miner.mempool.requests == [request(0, 1), request(2, 1), request(0, 2)])
    #expect(miner.ledger.executed == 2)
    let b4 = block(on: b3, by: 2, transactions: miner.mempool.requests)
    miner.receive([b4])
    #expect(miner.ledger.executed == 5)
    #expect(miner.mempool.requests.isEmpty)
    #expect(miner.ledger.digest == replay(miner).digest)
  }

  @Test("A request that is in the chain already has no second effect")
  func repeated() {
    var miner = makeMiner()
    let first = block(on: genesis, transactions: [request(0, 1), request(0, 1)])
    let second = block(on: first, transactions: [request(0, 1), request(1, 1)])
    let output = miner.receive([first, second])
    #expect(output.refusals.isEmpty)
    #expect(output.executed.count == 2)
    #expect(miner.ledger.executed == 2)
    #expect(output.replies.count == 2)
    let counts = output.observations.compactMap {
      if case .decided(_, _, let transactions, true) = $0.milestone { transactions } else { nil }
    }
    #expect(counts == [1, 1])
  }

  @Test("A block is final when it is k deep", arguments: [1, 2, 6])
  func confirmations(k: Int) {
    var miner = makeMiner(0, configuration(confirmations: k))
    var parent = genesis
    for height in 1...10 {
      let next = block(on: parent, transactions: [request(0, UInt64(height))])
      let output = miner.receive(.block(next))
      let final = height - k + 1
      #expect(output.confirmed == (final >= 1 ? [UInt64(final)] : []))
      #expect(output.executed == (final >= 1 ? [UInt64(final)] : []))
      #expect(output.replies.map(\.timestamp) == (final >= 1 ? [UInt64(final)] : []))
      #expect(
        miner.standing
          == Standing(
            leads: false, view: UInt64(height), executed: UInt64(max(0, final))))
      parent = next
    }
  }

  @Test("Only a fork deeper than k - 1 undoes a confirmed block (W-1)", arguments: [1, 2, 3, 6])
  func reversal(k: Int) {
    for depth in 1...7 {
      var miner = makeMiner(0, configuration(confirmations: k))
      var honest: [Block] = []
      for height in 1...7 {
        honest.append(
          block(on: honest.last ?? genesis, by: 1, transactions: [request(0, UInt64(height))]))
      }
      miner.receive(honest)
      let fork = depth == 7 ? genesis : honest[6 - depth]
      let output = miner.receive(chain(on: fork, count: depth + 1, by: 2))
      let undone = max(0, depth - k + 1)
      #expect(output.undone.count == undone)
      #expect(output.undone == Array((8 - UInt64(depth))...7).prefix(undone).map { $0 })
      #expect(miner.tip.height == 8)
      #expect(miner.confirmedHeight == UInt64(9 - k))
      #expect(output.returned.count == depth)
      #expect(miner.ledger.digest == replay(miner).digest)
    }
  }

  @Test("A fork deeper than the kept ledgers is replayed from the genesis block")
  func deepFork() {
    var miner = makeMiner()
    let count = LedgerHistory.window + 40
    var honest: [Block] = []
    for height in 1...count {
      honest.append(
        block(on: honest.last ?? genesis, by: 1, transactions: [request(0, UInt64(height))]))
    }
    miner.receive(honest)
    let output = miner.receive(chain(on: honest[9], count: count, by: 2))
    #expect(output.undone == Array(11...UInt64(count)))
    #expect(miner.ledger.executed == 10)
    #expect(miner.mempool.requests.map(\.timestamp) == Array(11...UInt64(count)))
    #expect(miner.ledger.digest == replay(miner).digest)
    #expect(miner.confirmedLedger.digest == miner.ledger.digest)
  }

  @Test("A miner fills a block with the oldest requests up to the cap")
  func cap() throws {
    var configuration = MinerConfiguration.paper
    configuration.blockCapacity = 3
    var miner = makeMiner(0, configuration)
    _ = miner.perform(.start, at: seconds(3600))
    for client in [4, 2, 0, 1, 3] { _ = miner.receive(request(client, 1)) }
    for expected in [[4, 2, 0], [1, 3], []] {
      let due = try #require(miner.race?.due)
      _ = miner.perform(.timeout(.mine), at: due)
      #expect(miner.tip.transactions.map(\.client.index) == expected)
    }
    #expect(miner.tip.height == 3)
  }

  @Test("A found block leaves before the answers to its clients")
  func order() throws {
    var miner = makeMiner()
    _ = miner.perform(.start, at: .zero)
    _ = miner.receive(request(0, 1))
    let output = miner.perform(.timeout(.mine), at: seconds(90_000))
    #expect(output.sends.map(\.message.kind) == [2, 1])
    #expect(output.records.count == 1)
    let reply = try #require(output.replies.first)
    #expect(reply.isExecuted && reply.replica == ReplicaID(0) && reply.leader == nil)
    #expect(reply.result == request(0, 1).result)
  }

  private func replay(_ miner: Miner) -> Ledger {
    var ledger = miner.configuration.genesisLedger
    for height in 0...miner.tip.height {
      for request in miner.tree.mainChain(at: height)?.transactions ?? [] {
        _ = ledger.execute(request, at: SequenceNumber(height))
      }
    }
    return ledger
  }
}
