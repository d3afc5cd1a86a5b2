import ArgumentParser
import Experiments

struct ClaimsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "claims", abstract: "Judge the paper's claims by the results.")
  func run() throws {}
}
