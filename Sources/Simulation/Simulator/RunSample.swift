import ConsensusCore
import DiscreteEvents

/// What a run has come to at one instant.
public struct RunSample: Hashable, Sendable {
  /// One machine at that instant.
  public struct Node: Hashable, Sendable {
    /// What it did since the start of the run.
    public var usage: NodeUsage
    /// Its role; nil for a replica that is down, and for the machine of clients.
    public var standing: Standing?
  }

  /// When; what happens at this instant is not in it, unless the run ends with it.
  public var time: VirtualTime
  /// Ordinary heights decided at an honest replica until then.
  public var blocks: Int
  /// The machines: replicas, then those of clients.
  public var nodes: [Node]
}

/// The samples of a run, taken at the multiples of a period.
struct Recorder {
  /// The time between two samples; nil for none.
  let period: VirtualDuration?
  private(set) var samples: [RunSample] = []

  init(every period: VirtualDuration?) {
    precondition(period.map { $0 > .zero } ?? true, "a period is positive")
    self.period = period
  }

  /// When the next sample is due.
  private(set) var next = VirtualTime.distantFuture

  mutating func begin() {
    if let period { next = .zero + period }
  }

  mutating func append(_ sample: RunSample) {
    samples.append(sample)
    if let period { next = next + period }
  }

  /// Replaces what was sampled at the end of the run or later, where nothing happened any more.
  func samples(endingWith last: RunSample) -> [RunSample] {
    guard period != nil else { return [] }
    return samples.prefix { $0.time < last.time } + [last]
  }
}

// What is recorded during a run. It is no event: with and without it a run is the same.
extension Simulation {
  /// Takes the sample that is due.
  mutating func takeSample() { recorder.append(sample(at: recorder.next)) }

  /// What the run has come to before `instant`.
  func sample(at instant: VirtualTime) -> RunSample {
    RunSample(
      time: instant, blocks: meter.blocks,
      nodes: (0..<nodeCount).map { node in
        let isUp = node < replicaCount && !nodes[node].isDown
        return RunSample.Node(
          usage: nodes[node].usage(until: instant),
          standing: isUp ? replicas[node].standing : nil)
      })
  }
}
