import Testing

@testable import Fuzzing
@testable import RunPlans

@Suite("What was not reached")
struct CoverageTests {
  private let kinds = ["ping", "pong"]
  private let marks = ["began", "ended"]

  @Test("Of an empty campaign everything is missing")
  func nothing() {
    let gaps = Coverage().gaps(kinds: kinds, marks: marks)
    #expect(gaps.count == 2 * 16 + 2)
    #expect(gaps.first == "ping in view or term 0: never handled")
    #expect(gaps.last == "step ended: never")
    #expect(Coverage().summary(kinds: kinds).hasPrefix("message x state x outcome: 0 of 192"))
  }

  @Test("A reached outcome is missing no longer, and the others of its state are named")
  func one() {
    var coverage = Coverage()
    // "pong" at a restarted leader in view 1, which answered once.
    coverage.reach(CoveragePoint.message(1, state: 0b111, outcome: 2))
    coverage.reach(CoveragePoint.step(0, state: 3))
    let gaps = coverage.gaps(kinds: kinds, marks: marks)
    #expect(
      gaps.contains(
        "pong in view or term 1, leads, restarted: "
          + "nothing; a step; a step and an answer; answers; a step and answers"))
    #expect(gaps.count == 2 * 16 + 2)
    #expect(gaps[32].hasPrefix("step began: never in view or term 0; view or term 0, restarted;"))
    #expect(coverage.summary(kinds: kinds).contains(": 1 of 192"))
  }

  @Test("A state in which every outcome was reached has no line")
  func complete() {
    var coverage = Coverage()
    for outcome in [0, 1, 2, 3, 6, 7] {
      coverage.reach(CoveragePoint.message(0, state: 0, outcome: outcome))
    }
    let gaps = coverage.gaps(kinds: kinds, marks: marks)
    #expect(gaps.first == "ping in view or term 0, restarted: never handled")
    #expect(
      coverage.summary(kinds: kinds)
        == "message x state x outcome: 6 of 192; least, of 96 each: pong 0, ping 6")
  }

  @Test("What a line of gaps names is found again, in whole and in part")
  func names() {
    func points(_ name: String) -> [Int]? {
      Coverage.points(named: name, kinds: kinds, marks: marks)
    }
    #expect(points("step ended")?.count == 16)
    #expect(
      points("step ended in view or term 1, leads") == [CoveragePoint.step(1, state: 0b110)])
    #expect(points("pong in view or term 0, restarted")?.count == 6)
    #expect(
      points("pong in view or term 0, restarted: answers")
        == [CoveragePoint.message(1, state: 1, outcome: 6)])
    for wrong in ["step", "step pong", "pong", "pong in view or term 0: applause", ""] {
      #expect(points(wrong) == nil, "\(wrong)")
    }
  }

  @Test("A point is reached if one of those that its name stands for is")
  func reaching() {
    var coverage = Coverage()
    coverage.reach(CoveragePoint.step(FuzzProtocol.pow.markNames.count - 1, state: 0))
    #expect(coverage.reaches("step reorganised", of: .pow) == true)
    #expect(coverage.reaches("step reorganised in view or term 1", of: .pow) == false)
    #expect(coverage.reaches("step reorganised", of: .raft) == nil)
  }
}
