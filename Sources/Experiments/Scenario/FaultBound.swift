import ConsensusCore
import Invariants
import Notation
import Simulator
import Tables

/// How many liars a protocol tolerates, and what an expectation may be about.
extension ProtocolName {
  /// Reports more faults than the protocol tolerates, unless the scenario expects something of it
  /// to break.
  func checkFaultBound(_ settings: RunSettings, _ reader: MappingReader) {
    guard reader.isSound("replicas", "faults", "expect", "pow") else { return }
    let breaks = settings.expectations.contains {
      $0.expectation != .holds
        && !["SC-6", "SC-7", RunEnding.expectationName].contains($0.invariant)
        && has(invariant: $0.invariant, sharesRecords: false)
    }
    guard !breaks else { return }
    switch self {
    case .pbft, .scPBFT: checkQuorums(settings, reader)
    case .raft: checkLiars(settings, reader)
    case .pow: checkHashPower(settings, reader)
    }
  }

  private func checkQuorums(_ settings: RunSettings, _ reader: MappingReader) {
    let replicas = settings.replicas
    if replicas < 4 {
      reader.error(
        "\(replicas) replicas tolerate no Byzantine replica: n >= 3f + 1 (Paper §IV-A)",
        at: "replicas", hint: "use at least 4, or say under 'expect' what breaks")
    }
    let count = settings.culprits { $0.countsTowardBound }.count
    let bound = Quorum(replicas: replicas).faults
    if count > bound {
      reader.error(
        "\(count) Byzantine or forgetful replicas among \(replicas), which tolerate \(bound)",
        at: "faults", hint: "say under 'expect' what breaks, such as '{ P-1: may-break }'")
    }
  }

  private func checkLiars(_ settings: RunSettings, _ reader: MappingReader) {
    guard let fault = settings.faults.first(where: { $0.behaviour.harm == .lie }) else {
      return
    }
    reader.error(
      "Raft tolerates no replica that lies, and '\(fault.behaviour.rawValue)' is a lie",
      at: "faults",
      hint: "say under 'expect' what breaks, such as '{ R-1: may-break }'")
  }

  private func checkHashPower(_ settings: RunSettings, _ reader: MappingReader) {
    let rates = settings.mining.hashRates.map { Double($0) }
    let culprits = settings.culprits { $0.behaviour.harm != .omission }
    let drawn = rates.enumerated().filter { !culprits.named.contains($0.offset) }.map(\.element)
      .sorted(by: >).prefix(culprits.drawn)
    let lying = culprits.named.map { rates[$0] }.reduce(0, +) + drawn.reduce(0, +)
    if lying > 0, lying * 2 >= rates.reduce(0, +) {
      reader.error(
        "lying miners have half of the hash power or more, which proof of work does not tolerate",
        at: "faults", hint: "say under 'expect' what breaks, such as '{ W-1: may-break }'")
    }
  }

  /// Whether an invariant is about runs of this protocol: others cannot break it.
  func has(invariant: String, sharesRecords: Bool) -> Bool {
    switch InvariantCatalog.description(of: invariant)?.subject {
    case .pbft: self == .pbft || self == .scPBFT
    case .checkedPBFT: self == .scPBFT
    case .raft: self == .raft
    case .proofOfWork: self == .pow
    case .records: sharesRecords
    case nil: true
    }
  }
}

extension RunSettings {
  /// Who misbehaves in some way: named replicas in ascending order, and how many are drawn besides.
  struct Misbehaving {
    var named: [Int]
    var drawn: Int
    var count: Int { named.count + drawn }
  }

  func culprits(_ isMeant: (Fault) -> Bool) -> Misbehaving {
    var named: Set<Int> = []
    var drawn = 0
    for fault in faults where isMeant(fault) {
      switch fault.culprits {
      case .replicas(let replicas): named.formUnion(replicas.map(\.index))
      case .random(let count): drawn += count
      case .arrivals: break
      }
    }
    return Misbehaving(named: named.sorted(), drawn: drawn)
  }
}

extension Outline {
  /// Reports expectations about invariants that no run of the file can break.
  func checkExpectations(_ cells: [Scenario.Cell], _ tree: YAMLNode) {
    guard !cells.isEmpty else { return }
    var places: [(invariant: String, location: Location)] = []
    func collect(_ node: YAMLNode?) {
      guard case .mapping(let entries)? = node?.content else { return }
      places += entries.map { ($0.key, $0.location) }
    }
    collect(tree["expect"])
    for one in series.flatMap(\.substitutions) + variants.flatMap(\.substitutions) {
      if one.path == "expect" { collect(one.value) }
      if one.path.hasPrefix("expect.") {
        places.append((String(one.path.dropFirst(7)), one.location))
      }
    }
    for place in places where !cells.contains(where: { $0.has(invariant: place.invariant) }) {
      reader.error(
        "no run of this file can break '\(place.invariant)'", at: place.location,
        hint: "name an invariant of a protocol that runs, or remove it")
    }
  }
}
