import ArgumentParser
import Exploration

/// `consim explore`: visits every state that small groups of replicas can be in.
struct ExploreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explore",
    abstract: "Visit every state of small groups of replicas and judge the invariants in each.",
    discussion: """
      The replicas run the same code as in every simulation. The network keeps every message and \
      may deliver it at any time, in any order, more than once, or never; timers fire whenever \
      they run, within the bounds of the exploration. A broken invariant is printed with the steps \
      that lead to it.

      Explorations:
      \(ExplorationCase.all.map { "  \($0.name): \($0.abstract)" }.joined(separator: "\n"))

      Columns: 'states' are global states of sets of local states, 'up to symmetry' those that \
      were visited, 'covered' the global states they stand for, each as often as it is stood for; \
      'depth' is the most steps that others can notice on a shortest way; 'judged' are different \
      combinations of what the replicas did.

      Exit codes: 0 done, also where the limit was reached; 3 an invariant broke.
      """)

  @Argument(
    help: ArgumentHelp("An exploration, or 'all'.", valueName: "exploration"),
    completion: .list(ExplorationCase.all.map(\.name) + ["all"]))
  var name = "all"

  @Option(
    help: ArgumentHelp(
      "The most states to visit up to symmetry in each; what takes seconds by default.",
      valueName: "number"))
  var states: Int?

  func validate() throws {
    if let states, !(1...100_000_000).contains(states) {
      throw ValidationError("'--states \(states)' must be from 1 to 100000000.")
    }
    let names = ExplorationCase.all.map(\.name)
    guard name == "all" || names.contains(name) else {
      throw ValidationError(
        "There is no exploration '\(name)'; there are \(names.joined(separator: ", ")) and all.")
    }
  }

  func run() throws {
    var isBroken = false
    try Console.output(ExplorationReport.heading)
    for exploration in ExplorationCase.all where name == "all" || name == exploration.name {
      let clock = ContinuousClock()
      let start = clock.now
      let findings = exploration.run(
        limit: states ?? exploration.limit, usesSymmetry: true)
      let milliseconds = (clock.now - start) / .milliseconds(1)
      try Console.output(
        ExplorationReport.line(exploration, findings, milliseconds: Int(milliseconds)))
      if let counterexample = findings.counterexample {
        isBroken = true
        for line in ExplorationReport.text(of: counterexample) { try Console.output(line) }
      }
    }
    if isBroken { throw ExitCode.violation }
  }
}
