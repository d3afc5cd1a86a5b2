import ConsensusCore
import DiscreteEvents
import Faults
import Invariants
import PBFT
import SCPBFT
import Simulator
import TestSupport
import Testing

@Suite("D-7: beyond the fault bound the oracle fires")
struct OracleTests {
  @Test("Two of four replicas lose their disks and let another history commit", arguments: 1...5)
  func amnesia(seed: Int) {
    let parameters: PBFTConfiguration<RoundRobin> = pbft(4, RoundRobin.Options())
    var run = run(
      ClassicPBFT.self, replicas: 4, seed: UInt64(seed), parameters, quorum: 2, seconds: 6,
      dispatch: .multicast)
    // Replica 3 sees nothing, replicas 0 to 2 commit; then 0 and 1 forget all, and start again with
    // 3 while 2 is cut off.
    run.network.changes = partition([3], 4, 0, 1000) + partition([2], 4, 900, 6000)
    run.faults = [
      rule([0], .crash(downFor: ms(100), disk: .lost), from: at(900)),
      rule([1], .crash(downFor: ms(100), disk: .lost), from: at(900)),
    ]
    let result = execute(
      run, ClassicPBFTInvariants(parameters, assumptions: .none(replyQuorum: 2)))
    #expect(result.probe.violations.contains { $0.invariant == "P-1" })
    let verdict = judge(
      result.probe.violations, Expectations([("P-1", .violated), ("SC-6", .violated)]))
    #expect(verdict.unexpected.allSatisfy { $0.invariant != "P-1" })
    #expect(verdict.missing == ["SC-6"])
  }
}

@Suite("Verdicts")
struct ExpectationTests {
  private func violation(_ id: InvariantID) -> Violation {
    Violation(invariant: id, replica: nil, time: .zero, detail: "")
  }

  @Test("Unexpected violations and missing ones are told apart")
  func verdict() {
    let expectations = Expectations([
      ("P-1", .violated), ("P-2", .mayBreak), ("P-3", .violated), ("P-4", .violated),
      ("P-4", .holds),
    ])
    let (unexpected, missing) = judge(
      ["P-1", "P-2", "P-4", "P-5"].map(violation), expectations)
    #expect(unexpected.map(\.invariant) == ["P-4", "P-5"])
    #expect(missing == ["P-3"])
    let nothing = judge([], Expectations())
    #expect(nothing.unexpected.isEmpty && nothing.missing.isEmpty)
  }

  @Test("Names in the catalog are unique and have a sentence and a source")
  func catalog() {
    let ids = InvariantCatalog.all.map(\.id)
    #expect(Set(ids).count == ids.count)
    #expect(InvariantCatalog.description(of: "P-1")?.subject == .pbft)
    #expect(InvariantCatalog.description(of: "P-99") == nil)
    for entry in InvariantCatalog.all {
      #expect(entry.statement.hasSuffix(".") && !entry.source.isEmpty)
    }
  }
}
