import ArgumentParser
import Experiments

/// `consim crypto`: shows, times and prices the cryptography of record sharing.
struct CryptoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crypto",
    abstract: "Show, time and price the cryptography of record sharing.",
    discussion: """
      The cryptography is that of a simulator: right, but not constant in time, its random \
      numbers repeat, and it is not for production.
      """,
    subcommands: [CryptoBenchCommand.self])
}

/// `consim crypto bench`: times primitives and steps of the scheme.
struct CryptoBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Time the primitives and the steps of record sharing on this machine.",
    discussion: """
      Times are user CPU time and differ from run to run and from machine to machine. The \
      anchors are PBC's, for RSA those of mpz_powm, taken on another machine: compare ratios. \
      Measure a release build.
      """)

  @OptionGroup var group: ParameterOptions

  @OptionGroup var batch: BatchOptions

  func run() throws {
    if Machine.isDebugBuild { Console.error("warning: this is a debug build, and it is slow") }
    let set = try group.set
    let isShown = Console.isTerminal
    let table = CryptoBenchmark.primitives(
      set, leastBatch: .milliseconds(Int64(batch.milliseconds))
    ) { subject, done, all in
      if isShown { Console.status("bench: \(subject) (\(done + 1) of \(all))") }
    }
    if isShown { Console.status("") }
    try Console.output("\(set.name) (\(set.strength)); \(Machine.description)")
    try Console.output(table, terminator: "")
  }
}
