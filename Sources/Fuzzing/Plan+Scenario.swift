import ConsensusCore
import DiscreteEvents
import PBFT
import ProofOfWork
import Raft
import Simulator

// A plan as a scenario file.
extension Plan {
  /// A scenario whose run is this plan's, event for event.
  ///
  /// - Parameters:
  ///   - name: The name of the scenario, in lower case without blanks.
  ///   - comment: Lines that say what it shows.
  /// - Returns: The text of the file.
  public func scenario(named name: String, comment: [String]) -> String {
    var lines = comment.map { $0.isEmpty ? "#" : "# \($0)" }
    lines += ["name: \(name)", "measure: metrics", "seed: \(seed)", "repeat: 1"]
    lines.append("series: [{ protocol: \(subject.rawValue) }]")
    lines.append("replicas: \(replicas)")
    if !clocks.isEmpty {
      lines.append("nodes:")
      for index in 0..<replicas {
        let clock = clocks.first { $0.replica.index == index }
        let scale = clock.map { ", timer-scale: \(Self.decimal($0.thousandths, of: 1000))" } ?? ""
        lines.append("  - { id: \(index)\(scale) }")
      }
    }
    lines += networkLines + clientLines
    lines.append(
      "schedule: { heal-at: \(Self.span(healing.at - .zero)), within: \(Self.span(healing.within)), "
        + "requests: \(healing.requests)\(lastPhase) }")
    lines.append("limits: { events: \(eventLimit) }")
    if options.recordsHistory { lines.append("application: history") }
    if options.price > 0 {
      let prices = Self.priced.map { "\($0.name): \(options.price * $0.times) us" }
      lines.append("cost-overrides: { \(prices.joined(separator: ", ")) }")
      if options.jitter > 0 { lines.append("jitter: \(options.jitter) %") }
    }
    lines += parameterLines
    if let chainLine { lines.append(chainLine) }
    if !faults.isEmpty {
      lines.append("faults:")
      for fault in faults { lines.append("  - { \(text(of: fault)) }") }
    }
    if isBeyondBound { lines.append("expect: { \(expectations) }") }
    return lines.joined(separator: "\n") + "\n"
  }

  private var lastPhase: String {
    (healing.rotation.map { ", rotate-every: \(Self.span($0))" } ?? "")
      + (healing.settling.map { ", settle-within: \(Self.span($0.within))" } ?? "")
  }

  /// The invariants that may break beyond the bound, as a scenario names them.
  private var expectations: String {
    Self.quorumInvariants(of: subject).map { "\($0): may-break" }.joined(separator: ", ")
  }

  /// The invariants that hold only up to the bound.
  static func quorumInvariants(of subject: FuzzProtocol) -> [String] {
    switch subject {
    case .pbft: (1...17).map { "P-\($0)" } + ["PL-1"]
    case .scPBFT: (1...17).map { "P-\($0)" } + ["PL-1"] + (1...11).map { "SC-\($0)" }
    case .raft: (1...15).map { "R-\($0)" } + ["RL-1"]
    case .pow: (1...7).map { "W-\($0)" } + ["W-10"]
    }
  }

  private var networkLines: [String] {
    var lines = ["network:", "  latency: \(Self.text(of: link.latency))"]
    if link.loss > 0 { lines.append("  loss: \(link.loss)") }
    if link.duplication > 0 { lines.append("  duplication: \(link.duplication)") }
    if link.isFIFO { lines.append("  fifo: true") }
    if options.uplink > 0 { lines.append("  uplink: \(options.uplink) Mbit/s") }
    guard !changes.isEmpty else { return lines }
    lines.append("  events:")
    for change in changes {
      let until = change.until.map { ", until: \(Self.span($0 - .zero))" } ?? ""
      let ends = "from: \(nodes(change.from)), to: \(nodes(change.to))"
      let what: String
      switch change.effect {
      case .cut: what = "cut: { \(ends) }"
      case .slower(let span): what = "slow: { \(ends), by: \(Self.span(span)) }"
      case .loss(let loss): what = "lose: { \(ends), probability: \(loss) }"
      case .law: continue
      }
      lines.append("    - { at: \(Self.span(change.at - .zero))\(until), \(what) }")
    }
    return lines
  }

  private func nodes(_ selector: NodeSelector) -> String {
    guard case .nodes(let nodes) = selector else { return "[all]" }
    let names = nodes.compactMap { $0.index < replicas ? "\"\($0.index)\"" : nil }
    let clients = nodes.contains { $0.index >= replicas } ? ["clients"] : []
    return "[\((names + clients).joined(separator: ", "))]"
  }

  private var clientLines: [String] {
    var lines = ["clients:"]
    for client in clients {
      var parts = ["connections: \(client.connections)"]
      if client.pause > .zero {
        parts.append("think-time: { law: exponential, mean: \(Self.span(client.pause)) }")
      }
      if subject != .pow { parts.append("timeout: \(Self.span(Self.patience))") }
      parts.append("retransmit-after: \(Self.span(client.retransmission))")
      switch client.deceit {
      case .forkedRequests: parts.append("deceit: forked-requests")
      case .badSignatures: parts.append("deceit: bad-signatures")
      case .repeatedTimestamps: parts.append("deceit: repeated-timestamps")
      case .hugeTimestamps: parts.append("deceit: huge-timestamps")
      case nil: break
      }
      lines.append("  - { \(parts.joined(separator: ", ")) }")
    }
    return lines
  }

  /// When a client gives a request up: never in a run of this length.
  static let patience = VirtualDuration.seconds(360_000)

  private var parameterLines: [String] {
    let timeout = Self.span(parameters.timeout)
    let resend = Self.span(parameters.retransmission)
    switch subject {
    case .pbft, .scPBFT:
      let rotation =
        parameters.blocksPerTurn > 0
        ? ", rotation: every-blocks, blocks-per-turn: \(parameters.blocksPerTurn)"
        : healing.rotation == nil ? "" : ", rotation: per-test"
      let window = parameters.checkpointInterval * parameters.windowIntervals
      let pbft =
        "pbft: { view-timeout: \(timeout), retransmission: \(resend), checkpoint-interval: "
        + "\(parameters.checkpointInterval), window: \(window), batch: \(parameters.batch)\(rotation) }"
      guard subject == .scPBFT else { return [pbft] }
      let exclusion = parameters.refuses ? "refuse" : "skip"
      let marking = options.isLiteral ? ", marking: literal" : ""
      return [
        pbft,
        "sc-pbft: { exclusion: \(exclusion), strikes: \(parameters.strikes)\(marking)\(epochs) }",
      ]
    case .raft:
      let snapshots = parameters.snapshotInterval.map { ", snapshot-every: \($0)" } ?? ""
      return [
        "raft: { heartbeat: \(resend), election-timeout: [\(timeout), "
          + "\(Self.span(parameters.timeout * 2))], batch: \(parameters.batch), "
          + "append-limit: \(parameters.appendLimit)\(snapshots)"
          + (options.usesPreVote ? "" : ", pre-vote: false")
          + (options.checksQuorum ? "" : ", check-quorum: false") + " }"
      ]
    case .pow:
      let retargeting = parameters.retargetInterval.map {
        ", retarget-every: \($0), target-interval: \(timeout)"
      }
      let relay = parameters.relaysTransactions ? ", relay-transactions: true" : ""
      let peers = options.peers.map { ", peers: \($0)" } ?? ""
      let rates = miningRates.map { "\($0) H/s" }.joined(separator: ", ")
      return [
        "pow: { hash-rates: [\(rates)], difficulty-bits: \(Self.difficultyBits), "
          + "confirmations: \(parameters.confirmations), block-capacity: \(parameters.batch), "
          + "announce-every: \(resend)\(retargeting ?? "")\(relay)\(peers) }"
      ]
    }
  }

  private var epochs: String {
    guard let length = options.epochLength else { return "" }
    return ", epoch-length: \(length), aged-threshold: \(options.agedThreshold)"
      + (options.expires ? ", expire: true" : "")
      + (options.allowsShrinking ? ", allow-shrink: true" : "")
  }

  /// The difficulty of the first block, and of every one where it does not adapt.
  static let difficultyBits = 16

  /// The rate at which all miners together find a block in ``Parameters/timeout`` on average.
  var miningRate: Int64 {
    let perSecond = (1_000_000_000 << Int64(Self.difficultyBits)) / parameters.timeout.nanoseconds
    return max(1, perSecond / Int64(replicas))
  }

  /// The hash rates of the miners in turn; together they find a block as often as equal ones.
  var miningRates: [Int64] {
    guard !options.weights.isEmpty else { return [miningRate] }
    let weights = (0..<replicas).map { options.weights[$0 % options.weights.count] }
    let sum = Int64(weights.reduce(0, +))
    return weights.map { max(1, miningRate * Int64(replicas) * Int64($0) / sum) }
  }

  private func text(of fault: Fault) -> String {
    let rule = fault.rule
    var parts = ["nodes: [\(fault.culprits.map(\.description).joined(separator: ", "))]"]
    parts += behaviour(of: fault)
    // A strategy lasts from the start of a run to its end.
    let activation = fault.strategy == nil ? rule.activation : .always
    if activation.from > .zero { parts.append("from: \(Self.span(activation.from - .zero))") }
    if activation.until < .distantFuture {
      parts.append("until: \(Self.span(activation.until - .zero))")
    }
    if activation.afterRounds > 0 { parts.append("after-rounds: \(activation.afterRounds)") }
    if let views = activation.views {
      parts.append("views: [\(views.lowerBound), \(views.upperBound)]")
    }
    if activation.asPrimary { parts.append("as-primary: true") }
    if activation.alternateTurns { parts.append("alternate: true") }
    if let numbers = activation.messages {
      parts.append("sent: [\(numbers.lowerBound), \(numbers.upperBound)]")
    }
    // Strategies, crashes and pauses are about no messages but the one that they wait for.
    let isPlain = !rule.behaviour.isByzantine || fault.strategy != nil
    if rule.kinds != .all, !isPlain || fault.strategy == nil && activation.messages != nil {
      let names = kindNames.indices.filter { rule.kinds.covers(UInt8($0)) }.map { kindNames[$0] }
      parts.append("messages: [\(names.joined(separator: ", "))]")
    }
    if let recipients = rule.recipients.replicas, !isPlain || fault.strategy == .twins {
      let names = recipients.members.map(\.description).joined(separator: ", ")
      parts.append("recipients: [\(names)]")
    }
    if rule.probability < 1, !isPlain {
      parts.append("probability: \(rule.probability)")
    }
    return parts.joined(separator: ", ")
  }

  private func behaviour(of fault: Fault) -> [String] {
    switch fault.strategy {
    case .twins: return [Self.line(.twins)]
    case .emptyBlocks: return [Self.line(.emptyBlocks)]
    case .oversizedBlocks: return [Self.line(.oversizedBlocks)]
    case .selfish: return [Self.line(.selfish)]
    case .withhold(let blocks): return [Self.line(.withhold), "hidden-blocks: \(blocks)"]
    case nil: return [Self.line(fault.rule.behaviour.kind)] + Self.details(of: fault.rule.behaviour)
    }
  }

  private static func line(_ kind: Behaviour.Kind) -> String { "behaviour: \(kind.rawValue)" }

  /// The keys that go with a behaviour.
  private static func details(of behaviour: Behaviour) -> [String] {
    switch behaviour {
    case .silent, .forge, .replay, .mutate, .invent, .hold: return []
    case .delay(let law): return ["delay: \(text(of: law))"]
    case .slow(let length), .pause(let length): return ["by: \(span(length))"]
    case .duplicate(let copies): return ["copies: \(copies)"]
    case .crash(let length, let disk):
      let parts = length.map { ["down-for: \(span($0))"] } ?? []
      switch disk {
      case .kept: return parts
      case .lost: return parts + ["disk: lost"]
      case .torn(let writes): return parts + ["disk: torn", "after-writes: \(writes)"]
      case .unsynced: return parts + ["disk: unsynced"]
      }
    }
  }

  /// The kinds of message of the protocol.
  var kindNames: [String] { subject.kindNames }

  private static func text(of law: Distribution) -> String {
    switch law {
    case .constant(let value): span(value)
    case .uniform(let from, let to): "{ law: uniform, from: \(span(from)), to: \(span(to)) }"
    case .exponential(let minimum, let mean):
      "{ law: exponential, minimum: \(span(minimum)), mean: \(span(mean)) }"
    case .normal(let mean, let deviation):
      "{ law: normal, mean: \(span(mean)), deviation: \(span(deviation)) }"
    case .logNormal(let median, let sigma):
      "{ law: log-normal, median: \(span(median)), sigma: \(sigma) }"
    case .pareto(let minimum, let shape):
      "{ law: pareto, minimum: \(span(minimum)), shape: \(shape) }"
    }
  }

  static func span(_ value: VirtualDuration) -> String {
    let nanoseconds = value.nanoseconds
    if nanoseconds % 1_000_000 == 0 { return "\(nanoseconds / 1_000_000) ms" }
    if nanoseconds % 1000 == 0 { return "\(nanoseconds / 1000) us" }
    return "\(nanoseconds) ns"
  }

  private static func decimal(_ numerator: Int, of denominator: Int) -> String {
    let whole = numerator / denominator
    let rest = String(denominator + numerator % denominator).dropFirst()
    return "\(whole).\(rest)"
  }
}

extension FuzzProtocol {
  /// The kinds of message that plans draw from; those of Raft's recovery need a lost disk.
  var kindNames: [String] {
    switch self {
    case .pbft, .scPBFT: PBFTMessage<NoOversight>.kindNames
    case .raft: RaftMessage.kindNames.dropLast(2)
    case .pow: MinerMessage.kindNames
    }
  }

  /// Why a step that no run reached cannot be reached, or only rarely; nil where nothing is known.
  func reason(forMissing step: String) -> String? {
    switch (self, step) {
    case (.pbft, "marked"), (.pbft, "entered-epoch"), (.pbft, "rejected: malicious"),
      (.pbft, "left-view: refusal"):
      "sc-PBFT alone does that"
    case (.pbft, "rejected: notAMember"): "the membership of PBFT is fixed"
    case (.scPBFT, "rejected: malicious"):
      "a primary is refused when its view is installed; only one that is marked in its own view gets so far"
    default: nil
    }
  }

  /// The inner steps.
  var markNames: [String] {
    switch self {
    case .pbft, .scPBFT: PBFTObservation.markNames
    case .raft: RaftObservation.markNames
    case .pow: MinerObservation.markNames
    }
  }
}
