import ArgumentParser
import Experiments
import Notation

/// `consim calibrate-system`: derives prices of a running system from its latency and its saturation.
struct CalibrateSystemCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate-system",
    abstract: "Derive a cost profile from measurements of a running system of Raft.",
    discussion: """
      Measure a closed loop twice: with one connection, and with so many that more of them give no \
      higher rate. Times are durations such as '0.47 ms', the rate is '14160 /s'. The profile goes \
      to standard output, or to --out; what the data do not identify is listed in it. \
      Documentation/Server.md has the model, Validation/README.md an example.
      """)

  @Option(help: "The mean latency with one connection.")
  var latency: String

  @Option(help: "The connections at saturation, 2 or more.")
  var connections: Int

  @Option(help: "The requests a second with so many connections.")
  var rate: String

  @Option(help: "The members of the group.")
  var replicas = 3

  @Option(help: "The round trips of the network in that latency, client and follower together.")
  var echo = "0 s"

  @Option(help: "The processor time of a request on the leader at saturation.")
  var leaderProcessor: String?

  @Option(help: "The same on one follower.")
  var followerProcessor: String?

  @Option(help: "The name in the profile: a-z, 0-9 and hyphens.")
  var name = "system"

  @Option(help: "Where it was measured, for the profile.")
  var machine = "a running system"

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Write the profile there.", valueName: "file"),
    completion: .file(extensions: ["yaml"]))
  var out: String?

  func validate() throws {
    guard (2...1_000_000).contains(connections) else {
      throw ValidationError(
        "'--connections \(connections)': it must be 2 to 1000000, or latency says all.")
    }
    guard (3...99).contains(replicas) else {
      throw ValidationError("'--replicas \(replicas)': it must be 3 to 99.")
    }
    guard !name.isEmpty,
      name.allSatisfy({ $0.isASCII && ($0.isLowercase || $0.isNumber || "-.".contains($0)) })
    else {
      throw ValidationError("'\(name)' cannot name a profile: use a-z, 0-9, '.' and hyphens.")
    }
    guard (leaderProcessor == nil) == (followerProcessor == nil) else {
      throw ValidationError(
        "'--leader-processor' and '--follower-processor' need each other: their ratio counts.")
    }
    try out.map { try requireName($0, "--out") }
  }

  func run() throws {
    var processor: (leader: Double, follower: Double)?
    if let leaderProcessor, let followerProcessor {
      processor = (
        try seconds(leaderProcessor, "--leader-processor", least: 1),
        try seconds(followerProcessor, "--follower-processor", least: 1)
      )
    }
    var measured = SystemCalibration.Measured(
      latency: try seconds(latency, "--latency", least: 1), connections: connections,
      rate: try perSecond(), echo: try seconds(echo, "--echo", least: 0), processor: processor)
    measured.replicas = replicas
    let calibration: SystemCalibration
    do throws(SystemCalibration.Problem) {
      calibration = try SystemCalibration(measured)
    } catch {
      Console.error("error: \(complaint(error))")
      throw ExitCode.badScenario
    }
    let text = calibration.profile(name: name, machine: machine)
    if let out {
      try Exit.write(Array(text.utf8), to: out)
    } else {
      try Console.output(text, terminator: "")
    }
  }

  private func complaint(_ problem: SystemCalibration.Problem) -> String {
    switch problem {
    case .notSaturated:
      "\(connections) connections at \(rate) have a mean latency of \(connections) / \(rate), which is no more "
        + "than \(latency): the system was not saturated, or '--latency' has another unit"
    case .noPrices:
      "no prices give both numbers: the latency with one connection and the rate of \(connections) do not "
        + "fit one group of \(replicas) whose jobs take all that waits"
    case .noRoomForJobs:
      "the network ('--echo \(echo)') and a request's share at saturation take longer than '--latency "
        + "\(latency)': the latency is too small, or the rate is not that of saturation"
    }
  }

  private func perSecond() throws -> Double {
    switch QuantityText.parseRate(rate) {
    case .success(let value) where value > 0: return value
    case .success: throw ValidationError("'--rate \(rate)': it must be above 0.")
    case .failure(let problem): throw refusal("--rate", rate, problem)
    }
  }

  private func seconds(_ text: String, _ option: String, least: Int64) throws -> Double {
    switch QuantityText.parse(text, as: .duration) {
    case .success(let value) where value >= least: return Double(value) / 1e9
    case .success: throw ValidationError("'\(option) \(text)': it must be above 0.")
    case .failure(let problem): throw refusal(option, text, problem)
    }
  }

  private func refusal(_ option: String, _ text: String, _ problem: TextProblem) -> ValidationError
  {
    ValidationError(
      "'\(option) \(text)': \(problem.remark)\(problem.hint.map { "; \($0)" } ?? "")")
  }
}
