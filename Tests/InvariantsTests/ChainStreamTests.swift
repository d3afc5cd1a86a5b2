import ConsensusCore
import DiscreteEvents
import Faults
import ProofOfWork
import TestSupport
import Testing

@testable import Invariants
@testable import Simulator

@Suite("Each chain invariant fires on the stream that breaks it and not on one close to it")
struct ChainStreamTests {
  typealias S = Step<Miner>

  private static let configuration = MinerConfiguration(
    hashRates: [1, 1, 1], peers: .everyone)
  private static let genesis = configuration.genesis

  private static func block(
    on parent: Block, by miner: Int, nonce: UInt64 = 0, transactions: [Request] = [],
    height: UInt64? = nil, signer: Int? = nil
  ) -> Block {
    Block(
      BlockTemplate(
        parent: parent.id, height: height ?? parent.height + 1, miner: ReplicaID(miner),
        timestamp: VirtualTime(nanoseconds: Int64(parent.height) + 1),
        difficulty: genesis.difficulty, nonce: nonce, transactions: transactions),
      provedBy: key(signer ?? miner))
  }

  private static func work(_ height: UInt64) -> ChainWork {
    ChainWork(hashes: UInt128(genesis.difficulty.hashes) * UInt128(height))
  }
  private static func mined(_ block: Block) -> S {
    .seen(block.miner.index, .mined(block))
  }
  private static func accepted(_ replica: Int, _ block: Block) -> S {
    .seen(replica, .accepted(block, work: work(block.height)))
  }
  private static func tip(
    _ replica: Int, _ from: Block, _ to: Block, fork: UInt64? = nil, lost: Int = 0
  ) -> S {
    .seen(
      replica,
      .tipChanged(
        from: from.id, to: to.id, height: to.height, work: work(to.height),
        forkHeight: fork ?? from.height, lost: lost))
  }
  /// A replica takes a chain of blocks one by one.
  private static func grows(_ replica: Int, _ chain: [Block]) -> [S] {
    zip([genesis] + chain, chain).flatMap { [accepted(replica, $1), tip(replica, $0, $1)] }
  }
  private static func done(_ replica: Int, _ timestamp: UInt64) -> S {
    .seen(
      replica,
      .executed(
        client: ClientID(0), timestamp: timestamp, result: request(timestamp).result))
  }
  private static func replayed(_ block: Block, _ ledger: Ledger) -> S {
    .seen(0, .replayed(tip: block.id, ledger: ledger.digest, executed: ledger.executed))
  }

  private static let a1 = block(on: genesis, by: 0)
  private static let a2 = block(on: a1, by: 0)
  private static let a3 = block(on: a2, by: 0)
  private static let b1 = block(on: genesis, by: 1)
  private static let b2 = block(on: b1, by: 1)
  private static let b3 = block(on: b2, by: 1)
  private static let b4 = block(on: b3, by: 1)
  private static let paid = block(on: genesis, by: 0, transactions: [request(1)])
  private static let unpaid = block(
    on: genesis, by: 0,
    transactions: [
      Request(client: ClientID(0), timestamp: 1, operation: 5, operationBytes: 0, signature: .none)
    ])
  private static let unproved = block(on: genesis, by: 0, nonce: 9, signer: 1)
  private static let tall = block(on: genesis, by: 0, height: 2)
  private static let all = [a1, a2, a3, b1, b2, b3, b4].map(mined)
  private static var ledger: Ledger {
    var ledger = Ledger(application: nil)
    _ = ledger.execute(request(1), at: SequenceNumber(1))
    return ledger
  }

  static let streams: [Stream<Miner>] = [
    Stream(
      invariant: "W-1", name: "two deep, then gone", before: all + grows(0, [a1, a2]),
      legal: grows(1, [a1]) + [accepted(1, b1)],
      broken: [accepted(0, a3), tip(0, a2, a3)] + [b1, b2, b3].map { accepted(0, $0) }
        + [accepted(0, b4), tip(0, a3, b4, fork: 0, lost: 3)]),
    Stream(
      invariant: "W-2", name: "too few honest blocks", before: all,
      legal: grows(0, [a1, a2, a3]) + [.finished],
      broken: [.turned(1, .lying)] + grows(0, [b1, b2, b3]) + [.finished]),
    Stream(
      invariant: "W-3", name: "too fast", before: all, legal: grows(0, [a1, a2, a3]) + [.finished],
      broken: grows(0, [a1]) + [.finished]),
    Stream(
      invariant: "W-4", name: "proof", before: [mined(a1), mined(unproved)],
      legal: [accepted(0, a1), tip(0, genesis, a1)], broken: [accepted(0, unproved)]),
    Stream(
      invariant: "W-4", name: "height", before: [mined(a1), mined(tall)],
      legal: [accepted(0, a1), tip(0, genesis, a1)], broken: [accepted(0, tall)]),
    Stream(
      invariant: "W-4", name: "transaction",
      before: [.issued(request(1)), mined(paid), mined(unpaid)],
      legal: [accepted(0, paid), tip(0, genesis, paid)], broken: [accepted(0, unpaid)]),
    Stream(
      invariant: "W-5", name: "work ignored", before: [mined(a1), accepted(0, a1)],
      legal: [tip(0, genesis, a1)], broken: [.seen(0, .duplicate(a1.id))]),
    Stream(
      invariant: "W-5", name: "no more work", before: all + grows(0, [a1]) + [accepted(0, b1)],
      legal: [accepted(0, b2), tip(0, a1, b2, fork: 0, lost: 1)],
      broken: [tip(0, a1, b1, fork: 0, lost: 1)]),
    Stream(
      invariant: "W-5", name: "another tip after a restart",
      before: all + grows(0, [a1]) + [.turned(0, .crashed), .turned(0, .restarted)],
      legal: [.seen(0, .restored(tip: a1.id, height: 1))],
      broken: [.seen(0, .restored(tip: genesis.id, height: 0))]),
    Stream(
      invariant: "W-6", name: "ledger",
      before: [.issued(request(1)), mined(paid), accepted(0, paid), tip(0, genesis, paid)],
      legal: [replayed(paid, ledger)], broken: [replayed(paid, Ledger(application: nil))]),
    Stream(
      invariant: "W-6", name: "twice", before: [done(0, 1)],
      legal: [.seen(0, .undone(client: ClientID(0), timestamp: 1)), done(0, 1)],
      broken: [done(0, 1)]),
    Stream(
      invariant: "W-6", name: "confirmed elsewhere", before: all + grows(0, [a1, a2]),
      legal: [.seen(0, .confirmed(height: 1, digest: a1.id, transactions: 0))],
      broken: [.seen(0, .confirmed(height: 1, digest: b1.id, transactions: 0))]),
    Stream(
      invariant: "W-6", name: "confirmed without its transaction",
      before: [.issued(request(1)), mined(paid), accepted(0, paid), tip(0, genesis, paid)],
      legal: [.seen(0, .confirmed(height: 1, digest: paid.id, transactions: 1))],
      broken: [.seen(0, .confirmed(height: 1, digest: paid.id, transactions: 0))]),
    Stream(
      invariant: "W-6", name: "returned although on the chain",
      before: [.issued(request(1)), mined(paid), accepted(0, paid), tip(0, genesis, paid)],
      legal: [.seen(0, .returned(client: ClientID(0), timestamp: 2))],
      broken: [.seen(0, .returned(client: ClientID(0), timestamp: 1))]),
    Stream(
      invariant: "W-7", name: "nobody mined it",
      legal: [mined(a1), accepted(1, a1), tip(1, genesis, a1)],
      broken: [accepted(1, a1)]),
    Stream(
      invariant: "W-7", name: "mined twice", before: [mined(a1)], legal: [mined(a2)],
      broken: [mined(a1)]),
    Stream(
      invariant: "W-9", name: "apart", before: all + grows(0, [a1, a2]) + grows(2, [a1, a2]),
      legal: grows(1, [a1]) + [.finished],
      broken: [.finished]),
    Stream(
      invariant: "W-10", name: "genesis", legal: [.seen(0, .started(genesis: genesis.id))],
      broken: [.seen(0, .started(genesis: a1.id))]),
  ]

  @Test("Streams of miners", arguments: streams)
  func fires(stream: Stream<Miner>) {
    let id = stream.invariant
    // Streams run in steps of 1 ms.
    let demands = ChainDemands(
      commonPrefix: 1, demandsCommonPrefix: id == "W-1",
      quality: id == "W-2" ? ChainDemands.Quality(window: 3, honestBlocks: 2) : nil,
      meanInterval: id == "W-3" ? ms(3)...ms(6) : nil)
    var probe = MinerInvariants(
      Self.configuration, demands: demands,
      assumptions: RunAssumptions(isCalm: false, endsSettled: id == "W-9", replyQuorum: 1),
      deviating: [])
    probe.begin(ProbeSetting(replicas: 3, verifier: verifier))
    probe.check(stream)
  }

  @Test("Every chain invariant that is not just counted fires in some stream")
  func coverage() {
    let fired = Set(Self.streams.map(\.invariant))
    let wanted = InvariantCatalog.all.filter {
      $0.subject == .proofOfWork && $0.watch != .counter && $0.watch != .tests
    }
    #expect(fired == Set(wanted.map(\.id)))
  }

  @Test(
    "A miner may lose the tip that it told nobody of with its last writes",
    arguments: [false, true])
  func rolledBack(sends: Bool) {
    let demands = ChainDemands(
      commonPrefix: 1, demandsCommonPrefix: false, quality: nil, meanInterval: nil)
    var probe = MinerInvariants(
      Self.configuration, demands: demands, assumptions: .none(replyQuorum: 1), deviating: [])
    var setting = ProbeSetting(replicas: 3, verifier: verifier)
    setting.losesWrites = true
    probe.begin(setting)
    probe.tell(Self.all + Self.grows(0, [Self.a1]))
    if sends { probe.tell([.sent(0, .block(Self.a1))]) }
    probe.tell([
      .turned(0, .crashed), .turned(0, .rolledBack),
      .seen(0, .restored(tip: Self.configuration.genesis.id, height: 0)),
    ])
    #expect(probe.violations.map(\.invariant) == (sends ? ["W-5"] : []))
  }

  @Test("W-6: a block is confirmed when it is k deep, not before", arguments: [1, 2, 3])
  func depth(confirmations: Int) {
    var configuration = Self.configuration
    configuration.confirmations = confirmations
    let chain = [Self.a1, Self.a2, Self.a3]
    for length in max(1, confirmations - 1)...3 {
      var probe = MinerInvariants(
        configuration,
        demands: ChainDemands(
          commonPrefix: 1, demandsCommonPrefix: false, quality: nil, meanInterval: nil),
        assumptions: .none(replyQuorum: 1), deviating: [])
      probe.begin(ProbeSetting(replicas: 3, verifier: verifier))
      probe.tell(
        Self.all + Self.grows(0, Array(chain.prefix(length)))
          + [.seen(0, .confirmed(height: 1, digest: Self.a1.id, transactions: 0))])
      #expect(
        probe.violations.map(\.invariant) == (length >= confirmations ? [] : ["W-6"]))
    }
  }

  @Test("W-1 failures and reorganisations are counted when nothing is demanded")
  func counted() {
    let demands = ChainDemands(
      commonPrefix: 1, demandsCommonPrefix: false, quality: nil, meanInterval: nil)
    var probe = MinerInvariants(
      Self.configuration, demands: demands, assumptions: .none(replyQuorum: 1), deviating: [])
    probe.begin(ProbeSetting(replicas: 3, verifier: verifier))
    probe.tell(
      Self.all + Self.grows(0, [Self.a1, Self.a2, Self.a3])
        + [Self.b1, Self.b2, Self.b3].map { Self.accepted(0, $0) }
        + [Self.accepted(0, Self.b4), Self.tip(0, Self.a3, Self.b4, fork: 0, lost: 3), .finished])
    #expect(probe.violations.isEmpty)
    #expect(probe.counters.prefixFailures == 1)
    #expect(probe.counters.reorganisations[3] == 1)
    #expect(probe.counters.mined == [3, 4, 0])
    #expect(probe.counters.onMainChain == [0, 4, 0])
    #expect(probe.counters.stale == 3)
  }

  @Test(
    "The oracle's rule of difficulty is that of the paper, and the miners' gives the same",
    arguments: [
      // Ten blocks of 60 s are wanted in 600 s.
      (1_000, 600, 1_000), (1_000, 300, 2_000), (1_000, 1_200, 500), (1_000, 601, 998),
      (1_000, 150, 4_000), (1_000, 149, 4_000), (1_000, 0, 4_000), (1_000, -5, 4_000),
      (1_000, 2_400, 250), (1_000, 2_401, 250), (7, 1_000, 4),
    ] as [(UInt64, Int64, UInt64)])
  func difficulty(old: UInt64, elapsed: Int64, new: UInt64) {
    let (before, time) = (Difficulty(hashes: old), VirtualDuration.seconds(elapsed))
    let target = VirtualDuration.seconds(60)
    #expect(
      lawfulDifficulty(after: before, elapsed: time, blocks: 10, each: target).hashes == new)
    let rule = Retargeting(interval: 10, targetInterval: target)
    #expect(rule.difficulty(after: before, elapsed: time).hashes == new)
  }
}
