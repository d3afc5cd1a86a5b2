import ArgumentParser
import Experiments

struct ClaimsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "claims", abstract: "Judge the paper's claims by the results.")
  func run() throws {}
}
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "check", abstract: "x")
  func run() throws {}
}
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "trace", abstract: "x")
  func run() throws {}
}
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "bench", abstract: "x")
  func run() throws {}
}
