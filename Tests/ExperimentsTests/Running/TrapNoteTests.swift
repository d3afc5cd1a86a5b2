import Testing
import Traps

@testable import Experiments

@Suite("What is said of traps")
struct TrapNoteTests {
  @Test("A self-test that traps is repeated by its size and seed")
  func selfTest() {
    #expect(
      SelfTest(.full, seed: 7).note("stale blocks") == """
        the self-test of stale blocks trapped
          replay: consim selftest --size full --seed 7

        """)
  }

  @Test("Of a cut that traps the whole text is told, as no file has it")
  func cut() {
    #expect(
      Shrinker.note("name: x\n", of: "plan.yaml") == """
        plan.yaml: this cut of it trapped
          replay: consim run FILE, with this in FILE:
        name: x

        """)
  }

  @Test("Work that throws takes its note back, and is noted while it runs")
  func failing() {
    struct Failure: Error {}
    var seen = ""
    #expect(throws: Failure.self) {
      try TrapNote.during("a note") { () throws(Failure) -> Void in
        seen = TrapNote.current
        throw Failure()
      }
    }
    #expect(seen == "a note")
    #expect(TrapNote.current == "")
  }
}
