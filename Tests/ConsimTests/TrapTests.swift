import Foundation
import Testing

/// What the program says when it traps, by a command that does so on purpose.
@Suite("Traps")
struct TrapTests {
  #if arch(x86_64)
    static let trap = SIGILL
  #else
    static let trap = SIGTRAP
  #endif

  @Test(
    "A trap names what was under way and how to replay it, and the signal stays",
    arguments: zip(
      ["precondition", "overflow", "abort", "stack"], [trap, trap, SIGABRT, SIGSEGV]))
  func traps(_ kind: String, _ signal: Int32) throws {
    let ending = try Program.call("trap", kind, in: Directory())
    #expect(ending.status == 128 + signal)
    #expect(ending.output == "")
    #expect(
      ending.errors.contains("a note of a test\n  replay: consim trap \(kind)\n"),
      "\(ending.errors)")
    #expect(ending.errors.contains("\nconsim: trapped (SIG"))
  }

  @Test("The command that traps is not shown to people")
  func isHidden() throws {
    let ending = try Program.call("--help", in: Directory())
    #expect(!ending.output.contains("trap "))
  }
}
