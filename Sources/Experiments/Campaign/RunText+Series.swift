import DiscreteEvents
import Simulator

// What the machines did, and the intervals of a run.
extension RunText {
  static func text(of usage: NodeUsage) -> String {
    list([
      usage.processor.nanoseconds, usage.uplink.nanoseconds, usage.downlink.nanoseconds,
    ])
  }

  mutating func write(_ interval: RunInterval) {
    let numbers = [
      "\(interval.start.nanoseconds)", "\(interval.end.nanoseconds)",
      Self.text(of: interval.requests), "\(interval.abandoned)",
      // The bits of the number: a decimal number could be another.
      Self.optional(interval.meanLatency?.bitPattern), Self.optional(interval.medianLatency),
      Self.optional(interval.percentile99Latency), "\(interval.blocks)",
    ]
    line("interval", Self.list(numbers))
    for node in interval.nodes {
      let leads = node.leads ? 1 : 0
      line("node", "\(Self.optional(node.view)) \(leads) \(Self.text(of: node.usage))")
    }
  }
}

extension RunTextReader {
  func usage(_ line: Line, from place: Int) throws(RunTextError) -> NodeUsage {
    NodeUsage(
      processor: VirtualDuration(nanoseconds: try line.number(place)),
      uplink: VirtualDuration(nanoseconds: try line.number(place + 1)),
      downlink: VirtualDuration(nanoseconds: try line.number(place + 2)))
  }

  mutating func interval(_ line: Line) throws(RunTextError) -> RunInterval {
    var interval = RunInterval(
      start: VirtualTime(nanoseconds: try line.number(0)),
      end: VirtualTime(nanoseconds: try line.number(1)), nodes: [])
    interval.requests = try account(line, from: 2)
    interval.abandoned = try line.number(8)
    let mean: UInt64? = try line.optional(9)
    interval.meanLatency = mean.map { Double(bitPattern: $0) }
    interval.medianLatency = try line.optional(10)
    interval.percentile99Latency = try line.optional(11)
    interval.blocks = try line.number(12)
    while let line = try takeIf("node")?.having(5) {
      let leads: Int = try line.number(1)
      guard (0...1).contains(leads) else { throw line.error }
      interval.nodes.append(
        RunInterval.Node(
          view: try line.optional(0), leads: leads == 1, usage: try usage(line, from: 2)))
    }
    return interval
  }
}
