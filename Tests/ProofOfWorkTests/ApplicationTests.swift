import ConsensusCore
import DiscreteEvents
import TestSupport
import Testing

@testable import ProofOfWork

@Suite("Miners execute an application")
struct ApplicationTests {
  let genesis = MinerConfiguration.paper.genesis

  func miner(
    _ application: CountingApplication = CountingApplication(resultBytes: 40),
    confirmations: Int = 1
  ) -> Miner {
    var configuration = MinerConfiguration.paper
    configuration.application = application
    configuration.confirmations = confirmations
    return makeMiner(0, configuration)
  }

  /// Both ledgers computed from the chain alone.
  func replay(_ miner: Miner, through height: UInt64) -> Ledger {
    var ledger = miner.configuration.genesisLedger
    for height in 0...height {
      for request in miner.tree.mainChain(at: height)?.transactions ?? [] {
        _ = ledger.execute(request, at: SequenceNumber(height))
      }
    }
    return ledger
  }

  func expectReplay(_ miner: Miner) {
    #expect(miner.ledger == replay(miner, through: miner.tip.height))
    #expect(miner.confirmedLedger == replay(miner, through: miner.confirmedHeight))
    #expect(miner.ledger.digest == miner.ledger.recomputedDigest)
  }

  @Test("A lost branch is undone and its transactions execute anew (W-6)", arguments: [1, 2])
  func reorganisation(confirmations: Int) {
    var miner = miner(confirmations: confirmations)
    let a1 = block(on: genesis, by: 1, transactions: [request(0, 1), request(1, 1)])
    let a2 = block(on: a1, by: 1, transactions: [request(2, 1)])
    miner.receive([a1, a2])
    #expect(miner.ledger.counting?.executed == 3)
    #expect(miner.ledger.counting?.lastPosition == SequenceNumber(2))
    expectReplay(miner)
    let b1 = block(on: genesis, by: 2, transactions: [request(2, 1)])
    let b2 = block(on: b1, by: 2, transactions: [request(1, 1)])
    let b3 = block(on: b2, by: 2)
    miner.receive([b1, b2, b3])
    #expect(miner.tip == b3 && miner.ledger.counting?.executed == 2)
    expectReplay(miner)
    // Another miner that never saw the lost branch has the same state.
    var other = self.miner(confirmations: confirmations)
    other.receive([b1, b2, b3])
    #expect(other.ledger == miner.ledger && other.confirmedLedger == miner.confirmedLedger)
  }

  @Test("A fork deeper than the kept ledgers is replayed from the initial application")
  func deepFork() {
    var miner = miner()
    let count = LedgerHistory.window + 10
    var honest: [Block] = []
    for height in 1...count {
      honest.append(
        block(on: honest.last ?? genesis, by: 1, transactions: [request(0, UInt64(height))]))
    }
    miner.receive(honest)
    #expect(miner.ledger.counting?.executed == UInt64(count))
    let output = miner.receive(chain(on: honest[1], count: count, by: 2))
    #expect(output.undone == Array(3...UInt64(count)))
    #expect(miner.ledger.counting?.executed == 2)
    expectReplay(miner)
  }

  @Test("A restart replays the application from disk; without a disk it begins anew")
  func restart() {
    var miner = miner(confirmations: 2)
    let blocks = (1...5).reduce(into: [Block]()) { chain, height in
      chain.append(
        block(on: chain.last ?? genesis, transactions: [request(height % 2, UInt64(height))]))
    }
    var disk = MinerDurable()
    for record in miner.receive(blocks).records { disk.apply(record) }
    let (ledger, confirmed) = (miner.ledger, miner.confirmedLedger)
    _ = miner.perform(.restarted(disk), at: seconds(3600))
    #expect(miner.ledger == ledger && miner.confirmedLedger == confirmed)
    #expect(ledger.counting?.executed == 5 && confirmed.counting?.executed == 4)
    _ = miner.perform(.restarted(MinerDurable()), at: seconds(3600))
    #expect(miner.ledger == miner.configuration.genesisLedger)
    miner.receive(blocks)
    #expect(miner.ledger == ledger && miner.confirmedLedger == confirmed)
  }

  @Test("Execution is paid when a block joins the chain, admission whenever a request is checked")
  func work() {
    var miner = miner(CountingApplication(work: 1_000, admission: 30, resultBytes: 40))
    #expect(miner.receive(request(0, 1)).work == 30)
    #expect(miner.receive(request(0, 1)).work == 0)
    let first = block(on: genesis, transactions: [request(0, 1), request(1, 1), request(0, 1)])
    let output = miner.receive(.block(first))
    #expect(output.work == 3 * 30 + 2 * 1_000)
    #expect(output.replies.map(\.resultBytes) == [40, 40])
    // A branch with more work executes its transactions; those that were lost cost nothing.
    let second = block(on: genesis, by: 2, transactions: [request(1, 1)])
    #expect(miner.receive(.block(second)).work == 30)
    #expect(miner.receive(.block(block(on: second, by: 2))).work == 1_000)
  }

  @Test("A retransmitted request executes once and its answer has the same size")
  func retransmission() {
    var miner = miner()
    let output = miner.receive([block(on: genesis, transactions: [request(0, 1)])])
    let first = output.replies.first
    #expect(first?.resultBytes == 40 && first?.result != request(0, 1).result)
    #expect(miner.receive(request(0, 1)).replies.first?.result == first?.result)
    #expect(miner.receive(request(0, 1)).replies.first?.resultBytes == 40)
    #expect(miner.ledger.counting?.executed == 1)
  }

  @Test("Requests, blocks and replies grow by the bytes of operations and results")
  func sizes() {
    let sizes = MessageSizes(base: ByteCount(600), transaction: ByteCount(800))
    let (first, second) = (request(0, 1, bytes: 1_000), request(1, 1, bytes: 24))
    let full = block(on: genesis, transactions: [first, second])
    let empty = block(on: full)
    let messages: [(MinerMessage, Int)] = [
      (.request(first), 2_400), (.transaction(first), 2_400), (.block(empty), 600),
      (.block(full), 600 + 1_600 + 1_024),
      (.blocks(wanted: empty.id, [full, full, empty]), 3 * 600 + 3_200 + 2_048),
    ]
    for (message, bytes) in messages { #expect(message.size(sizes) == ByteCount(bytes)) }
    var miner = miner()
    let replies = miner.receive([full]).sends.filter { $0.message.reply != nil }
    #expect(replies.count == 2)
    #expect(replies.allSatisfy { $0.message.size(sizes) == ByteCount(640) })
  }

  @Test("Without operations and results of their own, all hashes are those of before")
  func hashes() {
    let request = Request(
      client: ClientID(2), timestamp: 3, operation: 4, operationBytes: 0,
      signedBy: Signer(endpoint: Endpoint(ClientID(2)), keys: Seed(5)))
    func reply(_ bytes: UInt32) -> MinerMessage {
      .reply(
        Reply(
          client: ClientID(2), timestamp: 3, replica: ReplicaID(1), result: request.result,
          resultBytes: bytes, view: 6, leader: ReplicaID(0), isExecuted: true))
    }
    #expect(MinerMessage.request(request).fingerprint == 115_164_587_247_325_713)
    #expect(reply(0).fingerprint == 12_013_784_880_536_749_356)
    #expect(reply(1).fingerprint != reply(0).fingerprint)
    let block = Block(
      template(on: genesis, transactions: [request]),
      provedBy: Signer(endpoint: Endpoint(ReplicaID(1)), keys: Seed(5)))
    #expect(block.id.value == 10_209_644_242_409_686_863)
    #expect(block.fingerprint == 5_483_745_758_454_041_372)
  }
}
