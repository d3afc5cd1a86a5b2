import ConsensusCore
import DiscreteEvents
import Notation

/// Prices of a running system of Raft, from what a closed loop measures of it.
///
/// Each job costs a fixed part f, and each request k in all jobs together; a job takes all that waits. The two are
/// such that a simulated system has the measured mean latency with one connection and the measured rate at
/// saturation. How k splits over leader and follower follows from the processor seconds of both if they are known, and
/// how it splits over a member's operations from nothing.
public struct SystemCalibration: Hashable, Sendable {
  /// What was measured; times are in seconds.
  public struct Measured: Hashable, Sendable {
    /// The mean latency with one connection.
    public var latency: Double
    /// The connections at saturation, at least 2.
    public var connections: Int
    /// The requests a second with so many connections.
    public var rate: Double
    /// The members, at least 3.
    public var replicas = 3
    /// The round trips of the network in that latency, client and follower together.
    public var echo: Double
    /// The processor time of a request on the leader and on a follower at saturation, if known.
    public var processor: (leader: Double, follower: Double)?

    /// Creates a measurement.
    public init(
      latency: Double, connections: Int, rate: Double, echo: Double,
      processor: (leader: Double, follower: Double)?
    ) {
      self.latency = latency
      self.connections = connections
      self.rate = rate
      self.echo = echo
      self.processor = processor
    }

    /// Compares all values.
    public static func == (left: Measured, right: Measured) -> Bool {
      left.latency == right.latency && left.replicas == right.replicas
        && left.connections == right.connections
        && left.rate == right.rate && left.echo == right.echo
        && left.processor?.leader == right.processor?.leader
        && left.processor?.follower == right.processor?.follower
    }

    /// Hashes the values.
    public func hash(into hasher: inout Hasher) {
      hasher.combine(latency)
      hasher.combine(connections)
      hasher.combine(rate)
    }
  }

  /// Why measurements give no prices.
  public enum Problem: Error, Hashable, Sendable {
    /// The loop with many connections was faster than a request of one: nothing grew with load.
    case notSaturated
    /// The network and the requests take longer than the latency with one connection.
    case noRoomForJobs
    /// No prices were found that give both numbers.
    case noPrices
  }

  /// The fixed part of a job, in seconds.
  public let fixed: Double
  /// What a request costs in all jobs together, in seconds.
  public let perRequest: Double
  /// The part of ``perRequest`` that the leader has.
  public let leaderShare: Double
  /// What was measured.
  public let measured: Measured

  /// Derives prices.
  public init(_ measured: Measured) throws(Problem) {
    self.measured = measured
    if let processor = measured.processor {
      leaderShare = processor.leader / (processor.leader + processor.follower)
    } else {
      leaderShare = 0.5
    }
    // A system that works in step: N requests go together through three jobs, which takes e + 3 f + N k.
    let loaded = Double(measured.connections) / measured.rate
    var request = (loaded - measured.latency) / Double(measured.connections - 1)
    var job = (measured.latency - measured.echo - request) / 3
    guard request > 0 else { throw .notSaturated }
    guard job > 0 else { throw .noRoomForJobs }
    // The first guess is too low: the second acknowledgement of a request takes a job of its own.
    for _ in 0..<Self.steps {
      let system = SimulatedSystem(
        fixed: job, perRequest: request, leaderShare: leaderShare, measured: measured)
      let one = system.latency(connections: 1)
      let many = system.latency(connections: measured.connections)
      let (alone, together) = (measured.latency / one, loaded / many)
      if (alone - 1).magnitude < Self.tolerance, (together - 1).magnitude < Self.tolerance { break }
      job *= alone
      request *= together / (1 + (alone - 1) * 3 * job / loaded)
    }
    fixed = job
    perRequest = request
    let system = SimulatedSystem(
      fixed: job, perRequest: request, leaderShare: leaderShare, measured: measured)
    let errors = [
      measured.latency / system.latency(connections: 1),
      loaded / system.latency(connections: measured.connections),
    ]
    guard errors.allSatisfy({ ($0 - 1).magnitude < Self.acceptable }) else { throw .noPrices }
  }

  private static let steps = 24
  /// Where the search ends, and what is good enough.
  private static let (tolerance, acceptable) = (0.005, 0.03)

  /// What the measurements leave open, each as a sentence.
  public var remarks: [String] {
    var remarks = [
      "the split of a member's time over its operations: the leader's is put half into check-request and half into reply, a follower's into verify",
      "what the disk and the processor share: persist is free here, and part of the fixed time of a job",
      "a tail: all times are constant",
    ]
    if measured.processor == nil {
      remarks.insert(
        "the split over leader and follower: half each; processor seconds of both would tell", at: 0
      )
    }
    return remarks
  }

  /// A cost profile of this name.
  ///
  /// - Parameters:
  ///   - name: The name in provenance.
  ///   - machine: Where it was measured.
  /// - Returns: The text of the file.
  public func profile(name: String, machine: String) -> String {
    let leader = perRequest * leaderShare
    let follower = perRequest - leader
    func span(_ seconds: Double) -> String {
      Quantity.duration.text(Int64((seconds * 1e9).rounded()))
    }
    let open = remarks.map { "#   - \($0)\n" }.joined()
    var lines = """
      # Derived by consim calibrate-system from the mean latency with one connection and the rate at saturation.
      #
      # Use it with 'nodes: [{ drain: true }]' and 'raft: { commit: at-once }'. The measurements do not identify:
      \(open)name: \(name)
      machine: \(YAMLText.flow(YAMLNode(.scalar(machine, isQuoted: true), at: .nowhere)))
      operations:

      """
    let derived: [Work: (cost: String, source: String)] = [
      .receive: (
        "{ fixed: \(span(fixed)) }",
        "with it one connection has the measured latency"
      ),
      .checkRequest: (
        span(leader / 2),
        "half of the leader's share of a request, with which the rate at saturation is as measured"
      ),
      .reply: (span(leader / 2), "the other half"),
      .verify: (span(follower), "the follower's share of a request"),
    ]
    for work in Work.allCases {
      let (cost, source) = derived[work] ?? ("0 s", "in the prices of others")
      let kind = derived[work] == nil ? "assumed" : "derived"
      lines += "  \(work.name): { cost: \(cost), kind: \(kind), source: \"\(source)\" }\n"
    }
    return lines
  }
}
