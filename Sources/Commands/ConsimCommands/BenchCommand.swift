import ArgumentParser
import Experiments
import Foundation
import Tables

/// `consim bench`: measures how fast this machine simulates.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure how many messages this machine simulates in a second.",
    discussion: """
      Each case runs beside the bare engine with as many nodes, messages and delays. Times are \
      CPU time and differ from run to run and from machine to machine; digests do not. Measure \
      a release build.

      With --case and --messages one case runs alone, for an instruction counter.
      """)

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Write the measurements to a file, as JSON.", valueName: "file"),
    completion: .file())
  var out: String?

  @Option(name: .customLong("case"), help: ArgumentHelp("Run one case only.", valueName: "name"))
  var caseName: String?

  @Option(
    help: ArgumentHelp(
      "How many messages that case has; \(BenchmarkSuite.messagesPerCase) by default.",
      valueName: "number"))
  var messages: Int?

  func validate() throws {
    try out.map { try requireName($0, "--out") }
    if messages != nil, caseName == nil {
      throw ValidationError("'--messages' needs '--case'.")
    }
    if let messages, !(1...1_000_000_000).contains(messages) {
      throw ValidationError("'--messages \(messages)' must be from 1 to 1000000000.")
    }
    let names = BenchmarkCase.all.map(\.name)
    if let caseName, !names.contains(caseName) {
      throw ValidationError(
        "There is no case '\(caseName)'; there are \(names.joined(separator: ", ")).")
    }
  }

  func run() throws {
    if let out { try Self.requireWritable(out) }
    var speech = Speech()
    let report = measured(&speech)
    if let out {
      do throws(OutputError) {
        try Interruption.deferring { () throws(OutputError) in
          try OutputFile.write(Array(report.json.utf8), to: out)
        }
      } catch {
        throw Exit.failed(error)
      }
    }
    try speech.check()
  }

  private func measured(_ speech: inout Speech) -> BenchmarkReport {
    guard let caseName else {
      return BenchmarkSuite.run { speech.say($0) }
    }
    let count = messages ?? BenchmarkSuite.messagesPerCase
    let results = [BenchmarkSuite.runCase(named: caseName, messages: count)].compactMap { $0 }
    for result in results { speech.say(result.summary) }
    return BenchmarkReport(results: results)
  }

  /// Stops where the file cannot be written, before a minute is spent on measuring.
  private static func requireWritable(_ path: String) throws {
    Interruption.willWrite(into: OutputFile.parent(of: path))
    do throws(OutputError) {
      try OutputFile.write(to: path) { _ in ECANCELED }
    } catch {
      throw Exit.failed(error)
    }
  }
}
