import ArgumentParser
import Experiments
import Tables

/// `consim plan`: lists the runs of a scenario.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "List the runs of a scenario, a JSON object a line.",
    discussion: """
      Each line has the key of the run, which names its file in a store, its index, what varies, its \
      seed, and what it costs, as predicted: a number without a unit.
      """)

  @Argument(help: "The scenario file.", completion: .file(extensions: ["yaml"]))
  var scenario: String

  @OptionGroup var plan: PlanOptions

  func run() throws {
    let loaded = try plan.load([scenario])
    try plan.requireEffect(in: loaded)
    for campaign in loaded.map({ KeyedScenario($0) }) {
      var index = 0
      var text = ""
      for cell in campaign.scenario.cells.indices {
        let lines = campaign.lines(of: cell, from: index)
        index += lines.count
        text += lines.joined()
        guard text.utf8.count > 1 << 16 else { continue }
        try Console.output(text, terminator: "")
        text = ""
      }
      try Console.output(text, terminator: "")
    }
  }
}

/// `consim status`: says what a store has of a scenario.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Say how many runs of a scenario a store has.",
    discussion: "The exit code is 0 if all runs are there and 75 if some are missing.")

  @Argument(help: "The scenario file.", completion: .file(extensions: ["yaml"]))
  var scenario: String

  @Option(help: ArgumentHelp("The store.", valueName: "directory"), completion: .directory)
  var store: String

  @Flag(
    help: """
      Remove what other model versions made, for this scenario or another, torn files and what killed \
      processes left.
      """)
  var prune = false

  @OptionGroup var plan: PlanOptions

  func validate() throws { try requireName(store, "--store") }

  func run() throws {
    let loaded = try plan.load([scenario])
    try plan.requireEffect(in: loaded)
    var campaign = KeyedScenario(loaded[0])
    let opened = try RunStore.opened(store, creates: false)
    if prune {
      guard opened.model != Version.unknownModel else {
        Console.error(
          "'--prune' needs a program that knows its model version: this one would remove the results "
            + "of all others")
        throw ExitCode.validationFailure
      }
      let count = try RunStore.reporting { () throws(StoreError) in try opened.prune() }
      try Console.output("removed \(count) file\(count == 1 ? "" : "s")")
    }
    let collected = try RunStore.reporting { () throws(StoreError) in
      campaign = try campaign.settled(from: [opened])
      return try campaign.collected(campaign.scenario.runs, from: [opened])
    }
    let all = campaign.scenario.runs.count
    try Console.output(
      "\(campaign.scenario.heading): \(collected.results.count) of \(all) runs are in \(store), model "
        + "version \(opened.model)")
    for problem in collected.torn { try Console.output("  \(problem)") }
    for other in opened.others(with: campaign.keys) {
      try Console.output("  \(other.runs) runs are there from the model version \(other.model)")
    }
    guard let gap = collected.gap(in: campaign) else { return }
    try Console.output(
      "  \(gap)\n  run them by: \(runCommand(of: scenario, in: store, plan))")
    throw ExitCode.unfinished
  }
}

/// `consim merge`: writes the tables of a scenario from stores.
struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Write the result files of a scenario from stored runs.",
    discussion: """
      The files and the exit code are those of 'consim run' without a store. Missing runs end with 75 \
      and the command that makes them; torn files, runs of several model versions (65) and two results \
      of one run that differ (2) are named. Nothing is written then.
      """)

  @Argument(help: "The scenario file.", completion: .file(extensions: ["yaml"]))
  var scenario: String

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("A store; several are read as one.", valueName: "directory"),
    completion: .directory)
  var store: [String]

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The directory for result files.", valueName: "directory"),
    completion: .directory)
  var out = "Results"

  @OptionGroup var plan: PlanOptions

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  func validate() throws {
    try requireName(out, "--out")
    for one in store { try requireName(one, "--store") }
  }

  func run() throws {
    let loaded = try plan.load([scenario])
    try plan.requireEffect(in: loaded)
    var campaign = KeyedScenario(loaded[0])
    let stores = try store.map { try RunStore.opened($0, creates: false) }
    let collected = try RunStore.reporting { () throws(StoreError) in
      campaign = try campaign.settled(from: stores)
      return try campaign.collected(campaign.scenario.runs, from: stores)
    }
    try requireOrder(collected, stores, campaign)
    let writer = try ResultWriter.opened(out)
    try writer.requireSoundProvenance([campaign.scenario.name])
    for remark in campaign.scenario.remarks {
      Console.error("\(campaign.scenario.fileName): \(remark)")
    }
    var verdicts = Verdicts()
    var speech = Speech()
    try FinishedRuns(
      scenario: campaign.scenario, results: collected.results, plan: plan, isQuiet: quiet
    ).tell(writer, &verdicts, &speech)
    try verdicts.check()
    try speech.check()
  }

  /// Stops where the stores do not have one sound result of each run.
  private func requireOrder(
    _ collected: CollectedRuns, _ stores: [RunStore], _ campaign: KeyedScenario
  ) throws {
    let keys = campaign.keys
    var mixed: [String] = []
    for store in stores {
      for other in store.others(with: keys) {
        mixed.append(
          "\(store.directory): error: \(other.runs) runs are from the model version \(other.model), and "
            + "this program is \(store.model)\n  merge with that program, or remove them by: consim "
            + "status \(ShellText.quoted(scenario)) --store \(ShellText.quoted(store.directory)) --prune"
        )
      }
    }
    for problem in (collected.contradictions + collected.torn + mixed).prefix(Self.shown) {
      Console.error(problem)
    }
    if let gap = collected.gap(in: campaign) {
      Console.error(
        "\(campaign.scenario.fileName): error: \(gap)\n"
          + "  run them by: \(runCommand(of: scenario, in: store[0], plan))")
    }
    if !collected.contradictions.isEmpty { throw ExitCode.regression }
    if !collected.torn.isEmpty || !mixed.isEmpty { throw ExitCode.badScenario }
    if !collected.isComplete { throw ExitCode.unfinished }
  }

  private static let shown = 20
}

extension CollectedRuns {
  /// How many runs are missing, and the first; nil if none is.
  fileprivate func gap(in campaign: KeyedScenario) -> String? {
    guard let first = missing.first else { return nil }
    let cell = campaign.scenario.cells[first.cell]
    let swept = zip(campaign.scenario.sweptKeys, cell.parameters).filter { !$0.1.isEmpty }
      .map { "\($0)=\($1)" }
    let place = ([cell.series, cell.variant] + swept).joined(separator: ", ")
    let count = missing.count
    return "\(count) run\(count == 1 ? " is" : "s are") missing, the first is \(place), seed "
      + "\(first.seed)"
  }
}

/// The command that makes what is missing in a store.
private func runCommand(of scenario: String, in store: String, _ plan: PlanOptions) -> String {
  "consim run \(ShellText.quoted(scenario)) --store \(ShellText.quoted(store))\(plan.arguments)"
}
