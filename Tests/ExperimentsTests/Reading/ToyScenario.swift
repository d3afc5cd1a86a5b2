import ConsensusCore
import DiscreteEvents
import Experiments
import Notation
import YAMLDocuments

/// A small scenario with every kind of value, to test the reading layer with.
struct ToyScenario: Equatable {
  enum Agreement: String, CaseIterable { case pbft, raft, pow }
  enum Behaviour: String, CaseIterable { case silent, delay }

  struct Network: Equatable {
    var latency: ClosedRange<VirtualDuration>
    var bandwidth: Int64
    var loss: Double
  }

  struct Fault: Equatable {
    var node: Int
    var from: VirtualDuration
    var behaviour: Behaviour
    var by: VirtualDuration?
  }

  var name: String
  var agreement: Agreement
  var replicas: Int
  var network: Network
  var faults: [Fault]
  var seeds: [Int]
  var payload: ByteCount
  var load: Double?
  var speed: Int64
  var factor: Double
  var isTraced: Bool
}

extension ToyScenario {
  static let range = MappingSpec(
    "range", "A uniform distribution.",
    keys: [
      .required("from", .duration, "The least value."),
      .required("to", .duration, "The greatest value."),
    ])

  static let networkKeys = MappingSpec(
    "network", "The network between the machines.",
    keys: [
      .key(
        "latency", .either([.duration, .mapping(range)]), default: "250 us",
        "The one-way delay, fixed or uniform."),
      .key("bandwidth", .bandwidth, default: "1 Gbit/s", "The speed of a link."),
      .key("loss", .probability, default: "0", "The share of messages lost."),
    ])

  static let faultKeys = MappingSpec(
    "fault", "One fault of one node.",
    keys: [
      .required("node", .integer(0...255), "The node's number."),
      .key("from", .duration, default: "0 s", "When it begins."),
      .required(
        "behaviour",
        .choice([.init("silent", "Sends nothing."), .init("delay", "Sends late.")]),
        "What the node does."),
      .optional("by", .duration(from: .microseconds(1)), "How late it sends."),
    ])

  static let keys = MappingSpec(
    "scenario", "A toy scenario.",
    keys: [
      .required("name", .text, "What it is called."),
      .required("protocol", .choice(Agreement.self), "The protocol."),
      .required("n", .integer(1...256), "The number of replicas."),
      .key("network", .mapping(networkKeys), default: "{}", "The network."),
      .key("faults", .list(of: .mapping(faultKeys)), default: "[]", "The faults."),
      .key("seeds", .list(of: .integer(0...Int.max), count: 1...100), default: "[1, 2]", "Seeds."),
      .key("payload", .size, default: "800 B", "The size of a request."),
      .optional("load", .rate, "Requests per second; closed loop without it."),
      .key("speed", .hashRate, default: "160 kH/s", "The speed of a miner."),
      .key("factor", .decimal(0...10), default: "1.5", "A factor."),
      .key("trace", .flag, default: "false", "Whether to write a trace."),
      .optional("closed", .flag, "Excludes load."),
    ],
    rules: [.atMostOne(["load", "closed"])])

  init(_ m: MappingReader) {
    name = m["name"].text()
    agreement = m["protocol"].choice(Agreement.self)
    replicas = m["n"].integer()
    network = m["network"].mapping(Network.init)
    faults = m["faults"].list { $0.mapping(Fault.init) }
    seeds = m["seeds"].list { $0.integer() }
    payload = m["payload"].size()
    load = m.optional("load")?.rate()
    speed = m["speed"].hashRate()
    factor = m["factor"].decimal()
    isTraced = m["trace"].flag()
    _ = m.optional("closed")?.flag()
    guard m.isSound("n", "faults") else { return }
    for (index, fault) in faults.enumerated() where fault.node >= replicas {
      m.error("fault \(index) names node \(fault.node) of \(replicas)", at: "faults")
    }
  }

  init(yaml: String, named name: String = "toy.yaml") throws(ScenarioError) {
    let root = try YAMLDocument.load(Array(yaml.utf8), named: name)
    self = try root.decoded(as: Self.keys) { ToyScenario($0) }
  }

  /// What a user sees for this text, or "ok".
  static func complaint(_ yaml: String) -> String {
    do throws(ScenarioError) {
      _ = try ToyScenario(yaml: yaml)
      return "ok"
    } catch {
      return error.description
    }
  }

  /// What a user sees when `lines` are added to a complete scenario; line 4 is the first of them.
  static func complaint(adding lines: String) -> String {
    complaint("name: toy\nprotocol: pbft\nn: 4\n" + lines + "\n")
  }
}

extension ToyScenario.Network {
  init(_ m: MappingReader) {
    let value = m["latency"]
    if value.form == .mapping {
      latency = value.mapping { range in
        let from = range["from"].duration()
        let to = range["to"].duration()
        if range.isSound("from", "to"), to < from {
          range["to"].error("'to' is before 'from'", hint: "swap them")
        }
        return min(from, to)...max(from, to)
      }
    } else {
      let fixed = value.duration()
      latency = fixed...fixed
    }
    bandwidth = m["bandwidth"].bandwidth()
    loss = m["loss"].probability()
  }
}

extension ToyScenario.Fault {
  init(_ m: MappingReader) {
    node = m["node"].integer()
    from = m["from"].duration()
    let behaviour = m["behaviour"].choice(ToyScenario.Behaviour.self)
    self.behaviour = behaviour
    by = behaviour == .delay ? m.optional("by")?.duration() : nil
  }
}
