import DiscreteEvents
import Faults
import Simulator

extension FuzzProtocol {
  /// Why no plan within the bound uses a dimension; nil where some do.
  func reason(forUnused dimension: String) -> String? {
    self == .raft && dimension == "liars" ? "Raft tolerates no liar" : nil
  }
}

// What plans of a protocol vary, so that a campaign can tell how often each was out of the ordinary.
extension Plan {
  /// A dimension, and whether this plan uses it.
  struct Dimension {
    var name: String
    var isUsed: Bool
  }

  /// The names of the dimensions, in the order of ``dimensions``.
  static func dimensionNames(of subject: FuzzProtocol) -> [String] {
    PlanGenerator(sizes: 4...4).plan(subject, seed: 1).dimensions.map(\.name)
  }

  /// The dimensions of the protocol, and which of them this plan uses.
  var dimensions: [Dimension] {
    common + own
  }

  private func dimension(_ name: String, _ isUsed: Bool) -> Dimension {
    Dimension(name: name, isUsed: isUsed)
  }

  private var common: [Dimension] {
    let stops = faults.map(\.rule.behaviour)
    return [
      dimension("liars", !byzantine.isEmpty),
      dimension("lying clients", clients.contains { $0.attack != nil }),
      dimension("changes of the network", !changes.isEmpty),
      dimension("duplicating links", link.duplication > 0),
      dimension("slow and fast clocks", !clocks.isEmpty),
      dimension("crashes", stops.contains { if case .crash = $0 { true } else { false } }),
      dimension(
        "partial writes", stops.contains { if case .crash(_, .torn) = $0 { true } else { false } }),
      dimension(
        "lost unsynced writes",
        stops.contains { if case .crash(_, .unsynced) = $0 { true } else { false } }),
      dimension("pauses", stops.contains { if case .pause = $0 { true } else { false } }),
      dimension("costs", options.price > 0),
      dimension("jitter", options.price > 0 && options.jitter > 0),
      dimension("bandwidth", options.uplink > 0),
      dimension("an application that sees the order", options.recordsHistory),
    ] + (canSettle ? [dimension("a settling phase", healing.settling != nil)] : [])
  }

  private var own: [Dimension] {
    switch subject {
    case .pbft: return voting
    case .scPBFT:
      let hasEpochs = options.epochLength != nil
      return voting + [
        dimension("literal marking", options.isLiteral),
        dimension("refusal", parameters.refuses),
        dimension("one strike", parameters.strikes == 1),
        dimension("epochs with removal", hasEpochs && !options.expires),
        dimension("epochs with pardons", hasEpochs && options.expires),
        dimension("aged nodes", hasEpochs && options.agedThreshold < 5),
        dimension("shrinking below four", hasEpochs && options.allowsShrinking),
      ]
    case .raft:
      return [
        dimension("leadership transfer", healing.rotation != nil),
        dimension("no PreVote", !options.usesPreVote),
        dimension("no CheckQuorum", !options.checksQuorum),
        dimension("snapshots", parameters.snapshotInterval != nil),
        dimension("few entries a message", parameters.appendLimit < 64),
      ]
    case .pow:
      return [
        dimension("miners of unequal power", !options.weights.isEmpty),
        dimension("sparse peers", options.peers != nil),
        dimension("promises of W-1 to W-3", options.promisesChain),
        dimension("retargeting", parameters.retargetInterval != nil),
        dimension("relayed transactions", parameters.relaysTransactions),
        dimension("strategies", faults.contains { $0.strategy.map { $0 != .twins } ?? false }),
      ]
    case .registered(let subject):
      let keys = subject.traits.drawing?.keys ?? []
      return zip(keys, options.choices).map { dimension("another \($0.0.name)", $0.1 > 0) }
        + (subject.traits.behaviours == .twinned ? [dimension("twins", hasTwins)] : [])
    }
  }

  private var voting: [Dimension] {
    [
      dimension("commanded rotation", healing.rotation != nil),
      dimension("rotation with the blocks", parameters.blocksPerTurn > 0),
      dimension("twins", hasTwins),
      dimension("batches", parameters.batch > 1),
    ]
  }
}
