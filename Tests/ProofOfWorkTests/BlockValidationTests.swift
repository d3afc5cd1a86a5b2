import ConsensusCore
import DiscreteEvents
import Testing

@testable import ProofOfWork

@Suite("Blocks are checked (W-4)")
struct BlockValidationTests {
  static let genesis = MinerConfiguration.paper.genesis

  static func spoilt(_ fault: BlockFault) -> Block {
    switch fault {
    case .unknownMiner: block(on: genesis, by: 4)
    case .badProof: Block(template(on: genesis, by: 1), provedBy: signer(2))
    case .wrongHeight: block(on: genesis, height: 2)
    case .wrongDifficulty:
      block(on: genesis, difficulty: Difficulty(hashes: genesis.difficulty.hashes - 1))
    case .badTimestamp: block(on: genesis, timestamp: seconds(3600 + 7200.001))
    case .tooManyTransactions:
      block(on: genesis, transactions: (0..<101).map { request($0, 1) })
    case .badTransaction:
      block(on: genesis, transactions: [request(0, 1), forgedRequest(1, 1)])
    }
  }

  @Test("An invalid block is refused for its own reason", arguments: BlockFault.allCases)
  func refusal(fault: BlockFault) {
    var miner = makeMiner()
    let output = miner.receive(.block(Self.spoilt(fault)))
    #expect(output.refusals == [fault])
    #expect(miner.tip.id == Self.genesis.id)
    #expect(miner.tree.count == 1)
    #expect(output.sends.isEmpty && output.records.isEmpty && output.timers.isEmpty)
  }

  @Test("A sound block is accepted, persisted and mined upon, and not passed on in a full mesh")
  func acceptance() {
    var miner = makeMiner()
    let sound = block(on: Self.genesis, transactions: (0..<100).map { request($0, 1) })
    let output = miner.receive(.block(sound))
    #expect(output.refusals.isEmpty)
    #expect(miner.tip == sound)
    #expect(output.records == [sound])
    #expect(output.timers.map(\.timer) == [.mine])
    #expect(output.sent("block").isEmpty)
    #expect(miner.race?.parent == sound.id)
  }

  @Test("Checking costs one proof of work and one request check a transaction")
  func costs() {
    var costs = WorkCosts()
    costs[.checkWork] = 1
    costs[.checkRequest] = 1000
    costs[.execute] = 1_000_000
    let sound = block(on: Self.genesis, transactions: (0..<7).map { request($0, 1) })
    var miner = makeMiner()
    miner.answersClients = false
    #expect(miner.receive(.block(sound), costs: costs).work == 7_007_001)
    #expect(miner.receive(.block(sound), costs: costs).work == 0)
  }

  @Test("A block with a tampered field has another id, which its proof does not fit")
  func tampering() {
    let sound = block(on: Self.genesis, transactions: [request(0, 1)])
    var altered: [BlockTemplate] = []
    var change = sound.template
    change.nonce ^= 1
    altered.append(change)
    change = sound.template
    change.timestamp.nanoseconds += 1
    altered.append(change)
    change = sound.template
    change.transactions[0].signature.tag ^= 1
    altered.append(change)
    change = sound.template
    change.transactions = []
    altered.append(change)
    change = sound.template
    change.miner = ReplicaID(2)
    altered.append(change)
    for template in altered {
      var miner = makeMiner()
      let forged = Block(template, workProof: sound.workProof)
      #expect(forged.id != sound.id)
      #expect(miner.receive(.block(forged)).refusals == [.badProof])
    }
  }

  @Test("A timestamp must be later than the median of the last eleven, not than the parent's")
  func medianTimePast() throws {
    var miner = makeMiner()
    let blocks = chain(on: Self.genesis, count: 11)  // at 10, 20, ... 110 s; the median is 60 s
    miner.receive(blocks)
    let tip = try #require(blocks.last)
    #expect(
      miner.receive(.block(block(on: tip, timestamp: seconds(60)))).refusals == [.badTimestamp])
    let sound = block(on: tip, timestamp: VirtualTime(nanoseconds: 60_000_000_001))
    #expect(miner.receive(.block(sound)).refusals.isEmpty)
    #expect(miner.tip == sound)
  }

  @Test("A miner whose clock is behind dates its block by the rule")
  func slowClock() {
    var miner = makeMiner()
    miner.receive(chain(on: Self.genesis, count: 11))
    let candidate = miner.candidate(at: seconds(1), nonce: 0)
    #expect(candidate.timestamp == VirtualTime(nanoseconds: 60_000_000_001))
    #expect(miner.candidate(at: seconds(500), nonce: 0).timestamp == seconds(500))
  }

  @Test("A known block is ignored")
  func duplicate() {
    var miner = makeMiner()
    let sound = block(on: Self.genesis)
    _ = miner.receive(.block(sound))
    let output = miner.receive(.block(sound), from: 2)
    #expect(output.sends.isEmpty && output.records.isEmpty && output.timers.isEmpty)
    #expect(output.observations.count == 1)
    guard case .duplicate(sound.id) = output.observations.first else {
      Issue.record("the duplicate was not observed")
      return
    }
    #expect(miner.tree.count == 2)
  }

  @Test("Blocks from clients are ignored")
  func clientBlocks() {
    var miner = makeMiner()
    let output = miner.perform(
      .message(.block(block(on: Self.genesis)), from: Endpoint(ClientID(0))), at: seconds(60))
    #expect(output.observations.isEmpty)
    #expect(miner.tree.count == 1)
  }
}
