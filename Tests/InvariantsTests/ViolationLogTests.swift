import TestSupport
import Testing

@testable import Invariants

@Suite("The log of violations")
struct ViolationLogTests {
  @Test("Of an invariant that breaks often the first ones are kept, and they hide no other")
  func first() {
    var log = ViolationLog()
    for turn in 0..<1000 { log.report("SC-5", at: nil, "turn \(turn)") }
    log.report("P-1", at: nil, "after them")
    log.report("P-1", at: nil, "once more")
    #expect(log.count == 1002)
    #expect(log.kept.count == ViolationLog.capacity)
    #expect(log.kept.last?.invariant == "P-1")
    #expect(log.kept.last?.detail == "after them")
  }
}
