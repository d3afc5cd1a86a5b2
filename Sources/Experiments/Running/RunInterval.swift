import ConsensusCore
import DiscreteEvents
import RunPlans
import Simulator
import Tables

/// What happened in one interval of a run; see the key `record.every`.
///
/// An interval holds its first instant and not its last one; the last interval holds the end of the
/// run, too.
public struct RunInterval: Hashable, Sendable {
  /// One machine in the interval.
  public struct Node: Hashable, Sendable {
    /// The view, term or height at the end; nil for a replica that is down, and for clients.
    public var view: UInt64?
    /// Whether it leads at the end, by its own account.
    public var leads: Bool
    /// What it did in the interval.
    public var usage: NodeUsage
  }

  /// When it begins.
  public var start: VirtualTime
  /// When it ends.
  public var end: VirtualTime
  /// Requests that were issued in it, and those that ended in it, by how.
  ///
  /// `inFlight` counts those that are outstanding at its end.
  public var requests = RequestAccount()
  /// Requests whose connection the next test closed in it.
  public var abandoned = 0
  /// The mean latency of the requests in ``requests`` that were accepted, in nanoseconds.
  public var meanLatency: Double?
  /// Their median latency in nanoseconds.
  public var medianLatency: Int64?
  /// The latency in nanoseconds that 99 % of them do not exceed.
  public var percentile99Latency: Int64?
  /// Ordinary heights first decided at an honest replica.
  public var blocks = 0
  /// The machines: replicas, then those of clients.
  public var nodes: [Node]

  /// The highest view, term or height at the end; nil where every replica is down.
  public var view: UInt64? { nodes.compactMap(\.view).max() }

  /// Who leads at the end, by its own account; of several, the one in the latest view.
  public var leader: Int? {
    nodes.indices.filter { nodes[$0].leads }
      .max { (nodes[$0].view ?? 0, $1) < (nodes[$1].view ?? 0, $0) }
  }
}

extension RunInterval {
  /// The intervals of a run; none where nothing was recorded.
  static func intervals(of outcome: Outcome, every period: VirtualDuration?) -> [RunInterval] {
    guard let period else { return [] }
    var intervals: [RunInterval] = []
    var before: RunSample?
    for var sample in outcome.samples {
      intervals.append(RunInterval(from: before, to: sample))
      // What a link waits in a job is told with its beginning, so that its time may seem to shrink.
      for index in sample.nodes.indices {
        guard let earlier = before?.nodes[index].usage else { break }
        sample.nodes[index].usage = sample.nodes[index].usage.grown(from: earlier)
      }
      before = sample
    }
    guard !intervals.isEmpty else { return [] }
    var latencies = [[Int64]](repeating: [], count: intervals.count)
    func index(_ instant: VirtualTime) -> Int {
      min(Int(instant.nanoseconds / period.nanoseconds), intervals.count - 1)
    }
    for request in outcome.requests {
      intervals[index(request.issued)].requests.issued += 1
      let end = index(request.ended)
      if request.ending == .open {
        if request.isAbandoned { intervals[end].abandoned += 1 }
      } else {
        intervals[end].requests.countEnding(of: request)
        if request.isInWindow && request.isCorrect {
          latencies[end].append(request.latency.nanoseconds)
        }
      }
    }
    var inFlight = 0
    for index in intervals.indices {
      inFlight += intervals[index].change
      intervals[index].requests.inFlight = inFlight
      intervals[index].summarise(&latencies[index])
    }
    return intervals
  }

  private init(from before: RunSample?, to sample: RunSample) {
    start = before?.time ?? .zero
    end = sample.time
    blocks = sample.blocks - (before?.blocks ?? 0)
    nodes = sample.nodes.indices.map { index in
      let node = sample.nodes[index]
      return Node(
        view: node.standing?.view, leads: node.standing?.leads ?? false,
        usage: node.usage.since(before?.nodes[index].usage))
    }
  }

  /// By how much the number of outstanding requests changes in the interval.
  private var change: Int {
    requests.issued - requests.accepted - requests.bogus - requests.declined
      - requests.betweenTests - abandoned
  }

  private mutating func summarise(_ latencies: inout [Int64]) {
    latencies.sort()
    meanLatency = Statistics.mean(latencies)
    medianLatency = Statistics.percentile(500, ofSorted: latencies)
    percentile99Latency = Statistics.percentile(990, ofSorted: latencies)
  }
}

extension NodeUsage {
  /// What was done at least, after a sample before this one.
  fileprivate func grown(from before: NodeUsage) -> NodeUsage {
    NodeUsage(
      processor: max(processor, before.processor), uplink: max(uplink, before.uplink),
      downlink: max(downlink, before.downlink))
  }

  /// What was done after an earlier instant.
  fileprivate func since(_ before: NodeUsage?) -> NodeUsage {
    guard let before else { return self }
    return NodeUsage(
      processor: max(.zero, processor - before.processor),
      uplink: max(.zero, uplink - before.uplink),
      downlink: max(.zero, downlink - before.downlink))
  }
}
