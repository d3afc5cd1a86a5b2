import ConsensusCore
import DiscreteEvents
import Faults
import Simulator

/// How a scenario's fault rules become rules of the simulator.
extension CellRun {
  func rule(_ fault: RunSettings.Fault, kinds: [String]) -> FaultRule {
    let isStrategy = isCarriedOutByReplica(fault)
    return FaultRule(
      culprits: isStrategy ? .replicas(culprits(of: fault)) : fault.culprits,
      behaviour: Self.behaviour(fault), activation: fault.activation,
      kinds: fault.kinds.isEmpty
        ? .all
        : KindFilter(fault.kinds.compactMap { kinds.firstIndex(of: $0).map { UInt8($0) } }),
      recipients: fault.recipients,
      // A strategy is carried out by the miner itself; the rule only says that it is Byzantine.
      probability: isStrategy ? 0 : fault.probability)
  }

  /// Whether a replica of another kind carries a behaviour out, so that its rule never strikes.
  func isCarriedOutByReplica(_ fault: RunSettings.Fault) -> Bool {
    fault.behaviour.agent == .replica
  }

  private static func behaviour(_ fault: RunSettings.Fault) -> Behaviour {
    switch fault.behaviour {
    case .silent: .silent
    case .delay: .delay(fault.law ?? .constant(.zero))
    case .slow: .slow(by: fault.span ?? .zero)
    case .tamper, .invalidBlocks: .tamper
    case .wrongDigest: .forge(.wrongDigest)
    case .badSignature: .forge(.badSignature)
    case .impersonate: .forge(.impersonate)
    case .equivocate: .equivocate
    case .staleView: .forge(.staleView)
    case .futureView: .forge(.futureView)
    case .inventedCertificate: .forge(.inventedCertificate)
    case .duplicate: .duplicate(copies: fault.copies)
    case .replay: .replay
    case .mutate: .mutate
    case .invent: .invent
    case .hold: .hold
    case .crash: .crash(downFor: fault.span, disk: fault.disk)
    case .pause: .pause(fault.span ?? .zero)
    // The replica itself carries it out; the rule only says that it is Byzantine.
    case .twins, .emptyBlocks, .oversizedBlocks, .withhold, .selfish: .silent
    }
  }

  /// The strategy of a miner that a behaviour stands for, if it needs a state of its own.
  static func strategy(_ fault: RunSettings.Fault) -> MiningStrategy? {
    switch fault.behaviour {
    case .emptyBlocks: .emptyBlocks
    case .oversizedBlocks: .oversizedBlocks
    case .withhold: .withhold(blocks: fault.hiddenBlocks)
    case .selfish: .selfish
    case .silent, .delay, .slow, .tamper, .wrongDigest, .badSignature, .impersonate, .equivocate,
      .twins, .staleView, .futureView, .inventedCertificate, .duplicate, .replay, .mutate, .invent,
      .hold, .crash, .pause, .invalidBlocks:
      nil
    }
  }

  /// Whether some replica runs twice under one identity.
  var hasTwins: Bool { cell.settings.faults.contains { $0.behaviour == .twins } }

  /// Who runs twice, and whom the first copies talk with.
  func twins<R: Replica>(_ configuration: R.Configuration) -> TwinConfiguration<R> {
    var twins = ReplicaSet()
    var left = ReplicaSet()
    for fault in cell.settings.faults where fault.behaviour == .twins {
      for culprit in culprits(of: fault) { twins.insert(culprit) }
      for recipient in fault.recipients.replicas?.members ?? [] { left.insert(recipient) }
    }
    return TwinConfiguration(base: configuration, twins: twins, left: left)
  }

  /// The strategies of all miners, by number.
  var strategies: [MiningStrategy] {
    var strategies = Array(repeating: MiningStrategy.honest, count: cell.settings.replicas)
    for fault in cell.settings.faults {
      guard let strategy = Self.strategy(fault) else { continue }
      for culprit in culprits(of: fault) { strategies[culprit.index] = strategy }
    }
    return strategies
  }

  /// Who carries out a strategy; drawn culprits are drawn by the seed alone.
  private func culprits(of fault: RunSettings.Fault) -> [ReplicaID] {
    switch fault.culprits {
    case .replicas(let named): return named
    case .arrivals: return []
    case .random(let count):
      let replicas = (0..<cell.settings.replicas).map { index in
        var draw = Seed(seed).draw(.choice, UInt64(index), 0x57_A7)
        return (word: draw.next(), replica: ReplicaID(index))
      }
      return replicas.sorted { ($0.word, $0.replica) < ($1.word, $1.replica) }.prefix(count)
        .map(\.replica)
    }
  }
}
