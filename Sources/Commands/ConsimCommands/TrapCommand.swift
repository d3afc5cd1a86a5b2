import ArgumentParser
import Foundation
import Traps

/// `consim trap`: traps, so that a test can see what is said of it; no command for people.
struct TrapCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trap", abstract: "Trap, to test what is said of it.", shouldDisplay: false)

  @Argument var kind: String

  func run() throws {
    TrapNote.during("a note of a test\n  replay: consim trap \(kind)\n") {
      switch kind {
      case "overflow": _ = [Int](repeating: kind.utf8.count, count: 64).reduce(1, *)
      case "abort": abort()
      case "stack": _ = deepen(kind.utf8.count)
      default: preconditionFailure("trapped on purpose")
      }
    }
  }

  /// Calls itself until the stack is used up.
  private func deepen(_ depth: Int) -> Int { [depth].map { deepen($0 + 1) }[0] }
}
