import Notation
import Simulator

// Machines that share cores.
extension RunPlan {
  /// A host, and the machines that share its cores.
  public struct Host: Hashable, Sendable {
    /// How many jobs are done at once.
    public var cores: Int
    /// The machines.
    public var machines: NodeSelector
  }

  static let hostSpec = MappingSpec(
    "host", "A host whose machines share cores; a job waits until one is free.",
    keys: [
      .required(
        "cores", .integer(1...1_000), "The cores: how many jobs are done at once."),
      .required(
        "machines", .list(of: .text, count: 1...4_096),
        "The machines: replicas by number, groups, `clients`, `all`."),
    ])

  /// Reads the hosts, once all machines are known.
  mutating func readHosts(_ reader: ValueReader) {
    let names = machineNames
    var homes: [Int: Int] = [:]
    let read = reader.list { item in
      item.mapping { keys in
        (keys, Host(cores: keys["cores"].integer(), machines: names.select(keys["machines"])))
      }
    }
    hosts = read.map(\.1)
    for (place, (keys, host)) in read.enumerated() {
      for machine in names.machines(of: host.machines) where nodes.indices.contains(machine) {
        if let other = homes[machine] {
          let home = other == place ? "twice on this host" : "on host \(other) as well"
          keys.error("\(names.name(machine)) is \(home)", at: "machines")
          break
        }
        homes[machine] = place
        nodes[machine].host = place
      }
    }
  }

  /// The hosts as a scenario writes them.
  var hostList: YAMLNode? {
    guard !hosts.isEmpty else { return nil }
    return .made(
      hosts.map { host in
        YAMLNode.made([
          ("cores", .made("\(host.cores)")), ("machines", node(of: host.machines)),
        ])
      })
  }
}
