import DiscreteEvents
import Simulator
import Testing

@testable import HealthRecords

@Suite("The parties of the paper around the replicas")
struct WorkloadTests {
  @Test("Operations end as they should over every protocol", arguments: Chain.allCases, 1...3 as ClosedRange<UInt64>)
  func ends(chain: Chain, seed: UInt64) throws {
    let settings = try clinic()
    let result = execute(settings, over: chain, seed: seed)
    #expect(result.workload.violations.isEmpty, "\(result.workload.violations.prefix(3))")
    #expect(result.outcome.stopReason == .scheduleEnded)
    let ended = result.operations.filter { $0.outcome != .unfinished }
    #expect(ended.count == settings.operations)
    #expect(result.outcomes(.upload).filter { $0 == .done }.count > 5)
    #expect(result.outcomes(.access).contains(.done))
    #expect(result.outcomes(.access).contains(.unsatisfied))
    let forbidden: [RecordOutcome] = [.refused, .leaked, .tampered, .missing, .declined, .storageRefused]
    #expect(ended.allSatisfy { !forbidden.contains($0.outcome) })
  }
}
