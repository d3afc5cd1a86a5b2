import ArgumentParser
import Experiments
import Foundation
import Fuzzing
import Tables

/// `consim fuzz`: tries to break the protocols.
struct FuzzCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuzz",
    abstract: "Try to break the protocols with drawn faults, then demand progress.",
    discussion: """
      Every seed is a run of its own: a bad network, crashes and up to f Byzantine replicas, then \
      a healed quorum that must serve its clients in time. All invariants are on. What breaks \
      something is written as a scenario that replays it. The same seeds give the same report, \
      whatever --jobs says. An interruption (Ctrl-C) ends it with the report of the seeds that \
      are done, a second one at once.

      Examples:
        consim fuzz --seeds 10000
        consim fuzz --protocol sc-pbft --n 4...13 --time 600 --out Findings
        consim fuzz --arbitrary-sheets --seeds 10000
      """)

  @Option(
    help: ArgumentHelp(
      "pbft, sc-pbft, raft, pow or all of these; or a protocol of another module, such as streamlet.",
      valueName: "name"))
  var `protocol` = "all"

  @Option(
    name: .customLong("n"),
    help: ArgumentHelp(
      "The numbers of replicas, such as 4 or 4...31; Raft from 3 on, pow from 2.",
      valueName: "range"))
  var sizes = "4...7"

  @Option(help: ArgumentHelp("How many seeds; 2000 unless --time is given.", valueName: "number"))
  var seeds: UInt64?

  @Option(help: ArgumentHelp("Go on for so many seconds instead.", valueName: "seconds"))
  var time: Double?

  @Option(help: ArgumentHelp("The first seed.", valueName: "seed"))
  var first: UInt64 = 1

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The directory for scenarios of findings.", valueName: "directory"),
    completion: .directory)
  var out = "Findings"

  @OptionGroup var workers: WorkerOptions

  @Flag(help: "List what was never reached: by message, state and outcome, and by inner step.")
  var coverage = false

  @Flag(
    help:
      "sc-PBFT on sheets whose answers are drawn, at every replica: P-1 to P-8 must hold all the same (SC-8)."
  )
  var arbitrarySheets = false

  @Flag(name: .shortAndLong, help: "Print nothing but the report.")
  var quiet = false

  func validate() throws {
    try requireName(out, "--out")
    if seeds != nil, time != nil {
      throw ValidationError("'--seeds' and '--time' cannot both be given.")
    }
    if let time, !(time > 0 && time <= 1e9) {
      throw ValidationError("'--time \(time)' must be positive and at most 1000000000 seconds.")
    }
    if arbitrarySheets, !["all", FuzzProtocol.scPBFT.name].contains(self.protocol) {
      throw ValidationError(
        "'--arbitrary-sheets' is about sc-pbft, the only protocol with sheets, not about '\(self.protocol)'."
      )
    }
    if seeds == 0 { throw ValidationError("'--seeds 0' must be positive.") }
    try requireSeeds()
    _ = try subjects
    _ = try range
  }

  /// Refuses seeds that no scenario of a finding could name.
  private func requireSeeds() throws {
    let largest = Campaign.largestSeed
    guard first <= largest else {
      throw ValidationError("'--first \(first)' must be from 0 to \(largest).")
    }
    let most = largest - first + 1
    if let seeds, seeds > most {
      throw ValidationError(
        "'--seeds \(seeds)' from '--first \(first)' on must be at most \(most): "
          + "the largest seed is \(largest).")
    }
  }

  func run() async throws {
    if !arbitrarySheets { try requireDirectory() }
    var campaign = Campaign(
      subjects: try subjects, generator: PlanGenerator(sizes: try range), first: first,
      workers: workers.count)
    campaign.usesArbitrarySheets = arbitrarySheets
    Interruption.endInOrder()
    campaign.isInterrupted = { Interruption.isRequested }
    let start = ContinuousClock.now
    let limit = time.map { Duration.seconds($0) }
    let isShown = !quiet && Console.isTerminal
    let report = await campaign.run(seeds: time == nil ? seeds ?? 2000 : nil) { report in
      if isShown {
        Console.status(
          "\(report.runs) runs, \(report.points) points, \(report.findingCount) findings")
      }
      return limit.map { ContinuousClock.now - start >= $0 } ?? false
    }
    if isShown { Console.status("") }
    // Files first: what cannot be printed must not cost the findings, nor the other way round.
    var isStored = true
    if arbitrarySheets {
      name(report.findings, of: campaign)
    } else {
      isStored = store(report.findings)
    }
    try Console.output(report.text)
    if coverage { try Console.output(report.gaps) }
    if !quiet { Console.error(Self.speed(of: report)) }
    if Interruption.isRequested {
      try Console.output("interrupted: this is the report of \(report.runs) seeds")
    }
    if !isStored { throw ExitCode.cannotCreate }
    if Interruption.isRequested { throw ExitCode.interrupted }
    if report.findingCount > 0 { throw ExitCode.violation }
  }

  private var subjects: [FuzzProtocol] {
    get throws {
      if arbitrarySheets { return [.scPBFT] }
      if self.protocol == "all" { return FuzzProtocol.builtIn }
      guard let subject = FuzzProtocol(named: self.protocol) else {
        throw ValidationError(
          "'--protocol \(self.protocol)' must be \(FuzzProtocol.all.map(\.name).joined(separator: ", ")) "
            + "or all.")
      }
      return [subject]
    }
  }

  private static let mostReplicas = 31

  private var range: ClosedRange<Int> {
    get throws {
      let parts = sizes.components(separatedBy: "...")
      let bounds = parts.compactMap { Int($0) }
      let least = try subjects.map(\.leastReplicas).max() ?? 4
      guard let low = bounds.first, let high = bounds.last, bounds.count <= 2,
        bounds.count == parts.count,
        least <= low, low <= high, high <= Self.mostReplicas
      else {
        let all = FuzzProtocol.all.map { "\($0.leastReplicas) for \($0.name)" }
        throw ValidationError(
          "'--n \(sizes)' must be a number or a range such as 4...7, of at least "
            + "\(all.joined(separator: ", ")), and at most \(Self.mostReplicas).")
      }
      return low...high
    }
  }

  /// What this machine made of it; no part of the report, which is the same everywhere.
  private static func speed(of report: CampaignReport) -> String {
    let seconds = ProcessTime.seconds
    let rate = Int(Double(report.runs) / max(seconds, 0.001))
    let million = Double(report.events) / max(seconds, 0.001) / 1e6
    return String(
      format: "%d runs per CPU second, %.2f million events per CPU second, %.1f CPU seconds", rate,
      million, seconds)
  }

  private static func heading(of finding: CampaignReport.Finding) -> String {
    "\(finding.plan.subject.name), n = \(finding.plan.replicas), seed \(finding.plan.seed): "
      + "\(finding.violation)"
  }

  /// Stops before anything is run where findings could not be written.
  private func requireDirectory() throws {
    do throws(OutputError) {
      try OutputFile.tryDirectory(out)
    } catch {
      throw Exit.failed(error)
    }
  }

  /// Prints the campaigns that repeat these findings.
  ///
  /// No scenario can be written of them, since none describes the answers of an arbitrary sheet.
  private func name(_ findings: [CampaignReport.Finding], of campaign: Campaign) {
    for finding in findings {
      Console.error(
        "\(Self.heading(of: finding))\n  replay: \(campaign.command(upTo: finding.plan.seed))")
    }
  }

  /// Writes findings as scenarios; whether all could be written.
  private func store(_ findings: [CampaignReport.Finding]) -> Bool {
    var isStored = true
    for finding in findings {
      let path = "\(out)/\(finding.name).yaml"
      do throws(OutputError) {
        try OutputFile.makeDirectory(out)
        try OutputFile.write(Array(Self.scenario(of: finding).utf8), to: path)
      } catch {
        isStored = false
        Console.error("\(Self.heading(of: finding))\n\(error)")
        continue
      }
      Console.error(
        """
        \(Self.heading(of: finding))
          shrink: consim shrink '\(path)'
          replay: consim replay '\(path)'
        """)
    }
    return isStored
  }

  private static func scenario(of finding: CampaignReport.Finding) -> String {
    let text = finding.plan.scenario(
      named: finding.name,
      comment: [
        "Found by fuzzing: \(finding.violation)",
        "Replay: consim replay \(finding.name).yaml",
        "Shrink: consim shrink \(finding.name).yaml",
      ])
    // Of a run that differs from itself there is nothing to record.
    guard finding.violation.invariant != .determinism else { return text }
    let breaks = finding.violation.isCut ? "" : ", breaks: \(finding.violation.invariant)"
    return text + "replay: { digest: \(finding.digest)\(breaks) }\n"
  }
}

/// The CPU time of this process.
enum ProcessTime {
  static var seconds: Double {
    var time = timespec()
    guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return 0 }
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
