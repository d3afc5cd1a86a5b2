import ConsensusCore
import DiscreteEvents
import Raft
import RunPlans
import Simulator

/// A server with one processor and Poisson arrivals: one replica of Raft, whose only work is to check requests.
struct QueueCase: Sendable {
  /// What a job takes, and how it takes it.
  enum Service: Sendable {
    /// One request a job, always as long: M/D/1.
    case constant
    /// One request a job, exponential: M/M/1.
    case exponential
    /// All that wait, in the time of one: group commit.
    case together
  }

  /// How the server works.
  var service: Service
  /// The arrivals during the time of one job, l D.
  var load: Double

  /// The time of a job, D.
  static let job = VirtualDuration.microseconds(10)

  /// The mean time from a request to its reply, in jobs.
  ///
  /// M/D/1 and M/M/1 by Pollaczek and Khinchine. For group commit let a = l D. During a job a
  /// requests arrive on the mean. Each waits D / 2 for the end of that job and D for its own. With probability
  /// exp(-a) none arrives. The server is idle then, and the next request starts a job alone and waits D.
  var meanDelay: Double {
    switch service {
    case .constant: 1 + load / (2 * (1 - load))
    case .exponential: 1 / (1 - load)
    case .together: (idle + 1.5 * load) / (idle + load)
    }
  }

  /// The jobs for each request.
  var jobsPerRequest: Double { service == .together ? 1 / (idle + load) : 1 }

  /// The probability that nothing comes during a job, exp(-l D).
  private var idle: Double {
    // The series of e^-x ends where its terms are below the last bit.
    var (sum, term) = (1.0, 1.0)
    for index in 1...60 {
      term *= -load / Double(index)
      sum += term
    }
    return sum
  }

  private var name: String {
    switch service {
    case .constant: "M/D/1"
    case .exponential: "M/M/1"
    case .together: "group commit"
    }
  }

  /// What one run measured.
  private struct Measured {
    var delays: Int
    var requests: Int
    var busy: Int
  }

  /// Runs the server for so many jobs' time.
  private func run(jobs: Int, seed: Seed) -> Measured {
    var parameters = RaftConfiguration(replicas: 1)
    parameters.snapshotThreshold = 1_000
    let client = ClientModel(
      load: .open(ratePerSecond: load / Self.job.inSeconds), dispatch: .leader, replyQuorum: 1,
      timeout: nil, retransmission: nil)
    let window = VirtualDuration(nanoseconds: Self.job.nanoseconds * Int64(jobs))
    // Jobs are counted from the start, where group commit soon forgets that it began empty.
    let warmup =
      service == .together ? .zero : VirtualDuration(nanoseconds: window.nanoseconds / 20)
    var configuration = SelfTestRun.configuration(
      RaftReplica.self, seed: seed, replicas: 1, parameters,
      network: NetworkModel(uniform: SelfTestRun.links(.zero, loss: 0)), clients: [client],
      schedule: .window(warmup: warmup, duration: window))
    switch service {
    case .constant, .exponential:
      configuration.costs[.checkRequest] = Self.job.nanoseconds
    case .together:
      configuration.costs[termsOf: .checkRequest] = WorkTerms(fixed: Self.job.nanoseconds)
      configuration.nodes[0].drains = true
    }
    if service == .exponential { configuration.spread = .exponential }
    var simulation = Simulation(
      configuration, probe: NoProbe<RaftReplica>(), trace: NoTrace<RaftReplica>())
    let outcome = simulation.run()
    let test = outcome.tests[0]
    return Measured(
      delays: Int(test.latencies.reduce(0, +)), requests: test.latencies.count,
      busy: Int(outcome.usage[0].processor.nanoseconds / Self.job.nanoseconds))
  }

  /// The mean delay, and for group commit the jobs for each request.
  func rows(expecting law: QueueCase, runs: Int, jobs: Int, seed: Seed) -> [SelfTestRow] {
    let measured = (0..<runs).map { run(jobs: jobs, seed: seed.derived(for: UInt64($0))) }
    let nanoseconds = Double(Self.job.nanoseconds)
    let percent = Int((law.load * 100).rounded())
    let delay = SelfTestRow.quotient(
      "\(law.name) at \(percent) %, mean delay in ns", law.source,
      expected: law.meanDelay * nanoseconds,
      runs: measured.map { (part: $0.delays, whole: $0.requests) })
    guard law.service == .together else { return [delay] }
    return [
      delay,
      .quotient(
        "\(law.name) at \(percent) %, jobs per request", law.source,
        expected: law.jobsPerRequest,
        runs: measured.map { (part: $0.busy, whole: $0.requests) }),
    ]
  }

  private var source: String {
    switch service {
    case .constant, .exponential: "Pollaczek and Khinchine"
    case .together: "renewal of jobs, bulk service without limit"
    }
  }
}
