import ArgumentParser
import Exploration
import Traps

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

      Explorations of seconds, all of which run unless one is named:
      \(list(ExplorationCase.all.filter { !$0.isLong }))

      Explorations of minutes, which run when named, or with 'all':
      \(list(ExplorationCase.all.filter(\.isLong)))

      'complete' says that every reachable state within these bounds was covered; an exploration \
      that stopped before says LIMIT REACHED, and NOT COMPLETE in a line of its own.

      Columns: 'states' are global states of sets of local states, 'up to symmetry' those that \
      were visited, 'covered' the global states they stand for, each as often as it is stood for; \
      'depth' is the most steps that others can notice on a shortest way; 'judged' are different \
      combinations of what the replicas did. 'delivery states' counts what may have been delivered \
      so far: the vectors of a set of messages for each honest replica. '>=' marks a lower bound, \
      where a limit was reached; '-' says that it was not counted, since it takes minutes.

      Exit codes: 0 done, also where the limit was reached; 3 an invariant broke.
      """)

  private static func list(_ explorations: [ExplorationCase]) -> String {
    explorations.map { "  \($0.name): \($0.abstract)" }.joined(separator: "\n")
  }

  @Argument(
    help: ArgumentHelp(
      "An exploration, 'quick' for all that take seconds, or 'all'.", valueName: "exploration"),
    completion: .list(ExplorationCase.all.map(\.name) + ["quick", "all"]))
  var name = "quick"

  @Option(
    help: ArgumentHelp(
      "The most states to visit up to symmetry in each; by default more than there are, but for 'raft'.",
      valueName: "number"))
  var states: Int?

  @Flag(
    help: ArgumentHelp(
      "Count delivery states in every exploration that runs, up to a limit; by default only where seconds suffice."
    ))
  var deliveryStates = false

  func validate() throws {
    if let states, !(1...100_000_000).contains(states) {
      throw ValidationError("'--states \(states)' must be from 1 to 100000000.")
    }
    let names = ExplorationCase.all.map(\.name)
    guard ["quick", "all"].contains(name) || names.contains(name) else {
      throw ValidationError(
        "There is no exploration '\(name)'; there are \(names.joined(separator: ", ")), quick and all."
      )
    }
  }

  func run() throws {
    var isBroken = false
    try Console.output(ExplorationReport.heading)
    for exploration in ExplorationCase.all
    where name == "all" || name == exploration.name || name == "quick" && !exploration.isLong {
      let clock = ContinuousClock()
      let start = clock.now
      let limit = states ?? exploration.limit
      let note = """
        the exploration '\(exploration.name)' trapped
          replay: consim explore \(exploration.name) --states \(limit)\(deliveryStates ? " --delivery-states" : "")

        """
      let findings = TrapNote.during(note) {
        exploration.run(
          limit: limit, usesSymmetry: true,
          countsDeliveries: deliveryStates || exploration.countsDeliveries)
      }
      let milliseconds = (clock.now - start) / .milliseconds(1)
      try Console.output(
        ExplorationReport.line(exploration, findings, milliseconds: Int(milliseconds)))
      if let note = ExplorationReport.note(on: exploration, findings) { try Console.output(note) }
      if let counterexample = findings.counterexample {
        isBroken = true
        for line in ExplorationReport.text(of: counterexample) { try Console.output(line) }
      }
    }
    if isBroken { throw ExitCode.violation }
  }
}
