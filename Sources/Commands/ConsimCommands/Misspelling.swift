import ArgumentParser
import Experiments
import Notation

/// Finds the first word that names no command where one must stand.
enum Misspelling {
  /// What is wrong with the words behind the program's name, or nil.
  static func complaint(_ words: [String]) -> String? {
    var command: any ParsableCommand.Type = Consim.self
    var path = ["consim"]
    for word in words {
      let subcommands = command.configuration.subcommands
      if subcommands.isEmpty || word.hasPrefix("-") { return nil }
      if word == "help", path.count == 1 { continue }
      guard let next = subcommands.first(where: { name(of: $0) == word }) else {
        return complaint(word, subcommands, path)
      }
      command = next
      path.append(word)
    }
    return nil
  }

  private static func complaint(
    _ word: String, _ subcommands: [any ParsableCommand.Type], _ path: [String]
  ) -> String {
    let names = subcommands.filter { $0.configuration.shouldDisplay }
      .compactMap { name(of: $0) }
    let program = path.joined(separator: " ")
    let guess =
      Suggestion.nearest(to: word, among: names)
      ?? (word.hasSuffix(".yaml") && path.count == 1 ? "run \(word)" : nil)
    let hint = guess.map { "; did you mean '\($0)'?" } ?? ""
    return "Error: '\(program)' has no command '\(word)'\(hint)\n"
      + "  commands: \(names.joined(separator: ", "))"
  }

  private static func name(of command: any ParsableCommand.Type) -> String? {
    command.configuration.commandName
  }
}
