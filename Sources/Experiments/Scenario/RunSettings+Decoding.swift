import ConsensusCore
import DiscreteEvents
import HealthRecords
import Invariants
import Notation
import SCPBFT
import Simulator
import Tables

/// Reads what describes one run. Every section is read whatever the protocol, so that a mistake in
/// any of them is found.
extension RunSettings {
  init(_ reader: MappingReader, costs loader: CostLoader) {
    let replicas = reader["replicas"].integer()
    self.replicas = replicas
    model = Model(rawValue: reader["model"].choice()) ?? .messages
    let groups = Groups()
    nodes = Self.nodes(reader["nodes"], replicas: replicas, groups: groups)
    let clients = Self.clients(reader["clients"])
    self.clients = clients
    let nodeGroups = groups.names
    var partyGroups: [(name: String, reader: ValueReader)] = []
    let records = reader.optional("records")?.mapping {
      RecordsSection($0, groups: groups, costs: loader, named: &partyGroups)
    }
    self.records = records
    let machines =
      records.map { min(Roster($0.settings).count, RecordsSection.partyLimit) } ?? clients.count
    let network = reader["network"].mapping {
      NetworkSection($0, replicas: replicas, clients: machines, groups: groups)
    }
    Self.check(partyGroups, among: nodeGroups + network.regionGroups)
    self.network = network.model
    sizes = network.sizes
    nodes = nodes.map { network.connecting($0) }
    if let records { nodes += records.nodes(network) }
    for index in clients.indices where records == nil {
      nodes.append(
        network.connecting(
          NodeModel(
            name: "client\(index)", serviceTime: .one, uplinkBitsPerSecond: nil,
            downlinkBitsPerSecond: nil, group: 0)))
    }
    (costs, costProfile) = loader.load(reader["costs"])
    jitter = reader["jitter"].ratio(of: reader["jitter"].probability())
    checking = reader["sc-pbft"].mapping { Checking($0, replicas: replicas) }
    costs[.restart] = checking.restartCost.nanoseconds
    loader.override(&costs, by: reader["cost-overrides"])
    agreement = reader["pbft"].mapping { Agreement($0) }
    leadership = reader["raft"].mapping { Leadership($0) }
    mining = reader["pow"].mapping { Mining($0, replicas: replicas) }
    faults = reader["faults"].list { item in
      item.mapping { Fault($0, replicas: replicas) }
    }
    let plan = reader["schedule"].mapping { ScheduleSection($0) }
    schedule = plan.schedule
    horizonArrivals = plan.horizonArrivals
    timeLimit = plan.timeLimit
    eventLimit = UInt64(
      reader["limits"].mapping { $0.optional("events")?.integer() } ?? Self.eventsAtMost)
    expectations = reader["expect"].entries { entry, value in
      (entry.key, Expectation(rawValue: value.choice()) ?? .holds)
    }
    usesProbes = reader["probes"].flag()
    recordsHistory = reader["application"].choice() == "history"
    let promises = reader["promises"].list { $0.choice() }
    isCalm = promises.contains("calm")
    endsSettled = promises.contains("settles")
    chain = reader["chain"].mapping { ChainPromises($0) }
    chain.isWritten = reader.has("chain")
    for (entry, _) in expectations
    where entry != RunEnding.expectationName && InvariantCatalog.description(of: entry) == nil {
      let names = InvariantCatalog.all.map(\.id) + [RunEnding.expectationName]
      reader.error(
        "there is no invariant '\(entry)'", at: "expect",
        hint: nearestName(to: entry, among: names).map { "did you mean '\($0)'?" })
    }
    expectLiteralMarks()
    checkRecords(reader)
    checkExtent(reader)
    checkHealing(reader)
  }

  /// Literal sheets differ between honest replicas by design, and with them whom they follow: that
  /// is reported and fails nothing unless the scenario asks for it.
  private mutating func expectLiteralMarks() {
    guard checking.options.marking == .literal else { return }
    for invariant in ["SC-6", "SC-7"]
    where !expectations.contains(where: { $0.invariant == invariant }) {
      expectations.append((invariant, .mayBreak))
    }
  }

  private static func nodes(
    _ reader: ValueReader, replicas: Int, groups: Groups
  ) -> [NodeModel] {
    var found: [Int: NodeModel] = [:]
    let items = reader.list { item in
      item.mapping { node in
        let id = node["id"].integer()
        var model = NodeModel(
          name: node.optional("name")?.text() ?? "r\(id)",
          serviceTime: node["service-time"].ratio(of: node["service-time"].decimal()),
          uplinkBitsPerSecond: nil,
          downlinkBitsPerSecond: nil,
          group: node.optional("group").map { groups.index(of: $0.text()) } ?? 0)
        model.timerScale = node["timer-scale"].ratio(of: node["timer-scale"].decimal())
        if id >= replicas {
          node.error("node \(id) does not exist: replicas are 0 to \(replicas - 1)", at: "id")
        } else if found.updateValue(model, forKey: id) != nil {
          node.error("node \(id) is described twice", at: "id")
        }
        return id
      }
    }
    if !items.isEmpty, items.count != replicas, Set(items).count == items.count,
      items.allSatisfy({ $0 < replicas })
    {
      reader.error("\(items.count) nodes are described, and there are \(replicas) replicas")
    }
    return (0..<replicas).map { id in
      found[id]
        ?? NodeModel(
          name: "r\(id)", serviceTime: .one, uplinkBitsPerSecond: nil, downlinkBitsPerSecond: nil,
          group: 0)
    }
  }

  private static func clients(_ reader: ValueReader) -> [Client] {
    if reader.form == .list {
      return reader.list { item in item.mapping { Client($0) } }
    }
    return [reader.mapping { Client($0) }]
  }
}

extension RunSettings.Client {
  init(_ reader: MappingReader) {
    if let rate = reader.optional("rate") {
      load = .open(ratePerSecond: rate.rate())
    } else {
      load = .closed(
        connections: reader["connections"].integer(),
        thinkTime: reader.optional("think-time").map { Distribution($0) })
    }
    dispatch =
      switch reader["dispatch"].choice() {
      case "multicast": .multicast
      case "leader": .leader
      case "one": .one
      default: nil
      }
    replyQuorum =
      switch reader["reply-quorum"].choice() {
      case "strong": .strong
      case "weak": .weak
      case "one": .fixed
      default: nil
      }
    timeout = reader["timeout"].duration()
    retransmission = reader.optional("retransmit-after")?.duration()
    afterDecline = ClientModel.AfterDecline(rawValue: reader["after-decline"].choice()) ?? .draw
    deceit =
      switch reader["deceit"].choice() {
      case "forked-requests": .forkedRequests
      case "bad-signatures": .badSignatures
      case "repeated-timestamps": .repeatedTimestamps
      case "huge-timestamps": .hugeTimestamps
      default: nil
      }
  }
}

extension Distribution {
  /// Reads a bare duration or a law with its parameters.
  init(_ reader: ValueReader) {
    guard reader.form == .mapping else {
      self = .constant(reader.duration())
      return
    }
    self = reader.mapping { law in
      func span(_ key: String) -> VirtualDuration {
        guard let value = law.optional(key) else {
          law.error("the law '\(law["law"].choice())' needs '\(key)'", at: "law")
          return .zero
        }
        return value.duration()
      }
      func number(_ key: String) -> Double {
        guard let value = law.optional(key) else {
          law.error("the law '\(law["law"].choice())' needs '\(key)'", at: "law")
          return 1
        }
        return value.decimal()
      }
      switch law["law"].choice() {
      case "uniform":
        let (from, to) = (span("from"), span("to"))
        if to < from { law.error("'to' is before 'from'", at: "to", hint: "swap them") }
        return .uniform(from: min(from, to), to: max(from, to))
      case "normal": return .normal(mean: span("mean"), deviation: span("deviation"))
      case "log-normal": return .logNormal(median: span("median"), sigma: number("sigma"))
      case "exponential":
        return .exponential(
          minimum: law.optional("minimum")?.duration() ?? .zero, mean: span("mean"))
      case "pareto": return .pareto(minimum: span("minimum"), shape: number("shape"))
      default: return .constant(span("mean"))
      }
    }
  }
}

extension ValueReader {
  /// The ratio that a number stands for; reports a number with more than six decimals, which no
  /// ratio is equal to.
  func ratio(of value: Double) -> Ratio {
    let millionths = Int((value * 1e6).rounded())
    if Double(millionths) / 1e6 != value {
      let nearest = FixedDecimal(Double(millionths) / 1e6, digits: 6)?.text ?? "\(millionths)"
      error(
        "\(label) has more than six decimals", hint: "the nearest possible number is \(nearest)")
    }
    return Ratio(millionths, over: 1_000_000)
  }
}

/// The names of groups of nodes; group 0 is everybody who names none.
final class Groups {
  /// The most groups: there is a law for each pair.
  static let atMost = 4096

  private(set) var names: [String] = [""]
  private var indices = ["": 0]

  func index(of name: String) -> Int {
    if let known = indices[name] { return known }
    names.append(name)
    indices[name] = names.count - 1
    return names.count - 1
  }

  func find(_ name: String) -> Int? { indices[name] }
}

extension ValueReader {
  /// A number of rounds: `12`, or `4 n` for a multiple of the number of replicas; nil for `none`.
  func rounds(replicas: Int, allowsNone: Bool) -> Int? {
    let written = text()
    if allowsNone, written == "none" { return nil }
    let parts = written.split(separator: " ")
    let isMultiple = parts.count == 2 && parts[1] == "n"
    if let first = parts.first, isMultiple || parts.count == 1, !first.hasPrefix("0"),
      let count = Int(first), count > 0, count <= 1_000_000
    {
      return isMultiple ? count * replicas : count
    }
    error(
      "'\(path)' must be a number of rounds, found '\(written)'",
      hint: "write '12', '4 n'" + (allowsNone ? " or 'none'" : ""))
    return 1
  }
}
