import ConsensusCore
import DiscreteEvents
import Testing

@testable import ProofOfWork

@Suite("Requests")
struct RequestTests {
  let genesis = MinerConfiguration.paper.genesis

  @Test("A request with a wrong signature is dropped")
  func forged() {
    var miner = makeMiner()
    let output = miner.receive(forgedRequest(0, 1))
    #expect(miner.mempool.requests.isEmpty)
    #expect(output.observations.count == 1 && output.sends.isEmpty)
    guard case .requestDropped(ClientID(0), 1) = output.observations.first else {
      Issue.record("the drop was not observed")
      return
    }
  }

  @Test("Checking a new request is charged, an identical one that waits is not checked again")
  func duplicate() {
    var costs = WorkCosts()
    costs[.checkRequest] = 5
    var miner = makeMiner()
    #expect(miner.receive(.transaction(request(0, 1)), costs: costs).work == 5)
    #expect(miner.receive(.transaction(request(0, 1)), costs: costs).work == 0)
    #expect(miner.receive(.transaction(forgedRequest(0, 1)), costs: costs).work == 5)
    #expect(miner.mempool.requests == [request(0, 1)])
  }

  @Test("A retransmission of a confirmed request is answered, an older one is not")
  func retransmission() {
    var miner = makeMiner()
    let first = block(on: genesis, transactions: [request(0, 1)])
    miner.receive([first, block(on: first, transactions: [request(0, 2)])])
    #expect(miner.receive(request(0, 2)).replies.map(\.result) == [request(0, 2).result])
    #expect(miner.receive(request(0, 1)).sends.isEmpty)
    #expect(miner.receive(.transaction(request(0, 2))).sends.isEmpty)
    #expect(miner.mempool.requests.isEmpty)
  }

  @Test("A request in the chain that is not confirmed yet is neither answered nor kept again")
  func unconfirmed() {
    var configuration = MinerConfiguration.paper
    configuration.confirmations = 2
    var miner = makeMiner(0, configuration)
    miner.receive([block(on: genesis, transactions: [request(0, 1)])])
    #expect(miner.receive(request(0, 1)).sends.isEmpty)
    #expect(miner.mempool.requests.isEmpty)
  }

  @Test("Requests are passed on once, and only if the configuration says so")
  func relay() {
    var configuration = MinerConfiguration.paper
    var silent = makeMiner(0, configuration)
    #expect(silent.receive(request(0, 1)).sends.isEmpty)
    configuration.relaysTransactions = true
    var miner = makeMiner(0, configuration)
    let output = miner.receive(request(0, 1))
    #expect(output.sent("transaction").count == 1)
    #expect(miner.receive(request(0, 1)).sends.isEmpty)
    let fromPeer = miner.receive(.transaction(request(1, 1)), from: 2)
    #expect(
      fromPeer.sends.compactMap {
        if case .one(let endpoint) = $0.recipients { endpoint.replica?.index } else { nil }
      } == [1, 3])
  }

  @Test("A node that does not answer clients sends no replies")
  func silentNode() {
    var miner = makeMiner()
    miner.answersClients = false
    let output = miner.receive([block(on: genesis, transactions: [request(0, 1)])])
    #expect(output.executed == [1] && output.replies.isEmpty)
    #expect(miner.receive(request(0, 1)).sends.isEmpty)
  }

  @Test("The pool is first come first served and bounded")
  func bounds() {
    var pool = Mempool(capacity: 3, capacityPerClient: 2)
    #expect([5, 1, 3].map { pool.insert(request($0, 1)) } == [.admitted, .admitted, .admitted])
    #expect(pool.insert(request(0, 1)) == .full)
    #expect(pool.insert(request(1, 1)) == .duplicate)
    #expect(pool.insert(request(1, 2)) == .full)
    #expect(pool.requests.map(\.client.index) == [5, 1, 3])
  }

  @Test("A newer request of a client replaces its oldest at the client's limit, never a newer one")
  func perClient() {
    var pool = Mempool(capacity: 10, capacityPerClient: 2)
    for timestamp in [2, 3, 5] as [UInt64] {
      #expect(pool.insert(request(0, timestamp)) == .admitted)
    }
    #expect(pool.requests.map(\.timestamp) == [3, 5])
    #expect(pool.insert(request(0, 2)) == .full)
    #expect(pool.insert(request(0, 4)) == .admitted)
    #expect(pool.requests.map(\.timestamp) == [4, 5])
  }

  @Test("A late request of a client comes before its newer ones")
  func lateRequest() {
    var pool = Mempool(capacity: 10, capacityPerClient: 4)
    _ = pool.insert(request(0, 2))
    _ = pool.insert(request(1, 1))
    _ = pool.insert(request(0, 1))
    #expect(pool.requests == [request(0, 1), request(0, 2), request(1, 1)])
  }

  @Test("What returns from a lost branch comes first, once, whatever the limits")
  func restore() {
    var pool = Mempool(capacity: 2, capacityPerClient: 1)
    _ = pool.insert(request(0, 2))
    _ = pool.insert(request(1, 1))
    let restored = pool.restore([request(0, 1), request(1, 1), request(2, 1)])
    #expect(restored == [request(0, 1), request(2, 1)])
    #expect(pool.requests == [request(0, 1), request(2, 1), request(0, 2), request(1, 1)])
    var ledger = Ledger(application: nil)
    for request in [request(0, 1), request(2, 1)] {
      _ = ledger.execute(request, at: SequenceNumber(1))
    }
    pool.prune(ledger)
    #expect(pool.requests == [request(0, 2), request(1, 1)])
    #expect(pool.contains(request(0, 2)) && !pool.contains(request(2, 1)))
    #expect(pool.insert(request(2, 2)) == .full)
  }
}
