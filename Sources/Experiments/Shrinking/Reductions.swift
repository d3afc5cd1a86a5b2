import ConsensusCore
import Notation
import RunPlans

/// The ways to make a plan simpler, each as a list of simpler plans to try in order.
///
/// They know the declaration of the keys and next to nothing else: a plan that makes no sense is
/// refused by the reader, one that breaks nothing is refused by its run.
struct Reductions: Sendable {
  /// What a pass over the plan tries.
  enum Pass: CaseIterable, Sendable {
    /// Keys that may be left out, large ones first.
    case keys
    /// Halves, quarters, ... and single items of lists.
    case items
    /// Fewer replicas.
    case replicas
    /// Constants instead of distributions.
    case laws
    /// Rounder and smaller numbers.
    case numbers
    /// The cuts of the first three passes under other seeds.
    case otherSeeds
  }

  /// The invariant that is to stay broken; nil for any.
  let invariant: InvariantID?
  /// Whether what is demanded of the run, and what makes that possible, has to stay as it is.
  let keepsDemands: Bool

  /// Keys that say what the plan is, not how it goes.
  private static let fixed = ["name", "measure", "seed", "repeat", "series", "probes"]

  /// What the promises of W-1 and W-2 rest on: how often blocks come, and how deep they count.
  ///
  /// They demand nothing of clients.
  private static let chainDemands = [
    "pow.hash-rates", "pow.difficulty-bits", "pow.confirmations", "pow.block-capacity",
    "pow.retarget-every", "pow.target-interval", "promises", "limits.events",
  ]

  /// Bounds of waiting and what they were computed from: another value would break a demand for
  /// progress without any fault.
  private static let progressDemands = [
    "schedule.within", "schedule.requests", "schedule.settle-within", "pbft.view-timeout",
    "pbft.retransmission",
    "raft.heartbeat", "raft.election-timeout", "pow.hash-rates", "pow.difficulty-bits",
    "pow.announce-every", "pow.confirmations", "pow.block-capacity", "pow.retarget-every",
    "pow.target-interval", "clients.timeout", "clients.retransmit-after", "clients.dispatch",
    "clients.member", "clients.retry-after", "raft.requests", "raft.request-timeout",
    "clients.reply-quorum", "promises", "limits.events",
  ]

  /// What stays as it is where demands are kept; of the promises of the chain it is the broken one.
  private var demands: [String] {
    switch invariant {
    case .w1: Self.chainDemands + ["chain.common-prefix"]
    case .w2: Self.chainDemands + ["chain.quality"]
    case .w3: Self.progressDemands + ["chain.interval"]
    case nil: Self.progressDemands + ["chain"]
    default: Self.progressDemands
    }
  }

  /// So many other seeds are tried where a cut breaks nothing under the plan's own.
  static let otherSeeds: ClosedRange<UInt64> = 1...4

  /// Everything to try in a pass.
  func candidates(_ pass: Pass, of tree: YAMLNode) -> [YAMLNode] {
    switch pass {
    case .keys: return withoutKeys(tree)
    case .items: return withoutItems(tree)
    case .replicas: return ReplicaCut.candidates(of: tree)
    case .laws: return withConstants(tree)
    case .numbers: return withNumbers(tree)
    case .otherSeeds:
      let cuts = withoutKeys(tree) + withoutItems(tree) + ReplicaCut.candidates(of: tree)
      return cuts.flatMap { cut in
        Self.otherSeeds.filter { "\($0)" != tree["seed"]?.scalarText }.map { seed in
          cut.setting("seed", to: cut.scalar("\(seed)"))
        }
      }
    }
  }

  /// Keys whose defaults are harder to understand than what is written, or another story: without
  /// latency everything happens at once, a client has ten connections, and who crashes stays down.
  private static let telling = ["network.latency", "clients.connections", "faults.down-for"]

  /// Whether the value of a key may be changed.
  private func mayChange(_ path: TreePath) -> Bool {
    guard case .key(let top)? = path.first, !Self.fixed.contains(top) else { return false }
    return !keepsDemands || !Self.touches(path.keys, demands)
  }

  /// Whether one of some keys is this one, lies in it or holds it.
  private static func touches(_ keys: String, _ others: [String]) -> Bool {
    others.contains { $0 == keys || $0.hasPrefix(keys + ".") || keys.hasPrefix($0 + ".") }
  }

  // MARK: Keys and items

  private func withoutKeys(_ tree: YAMLNode) -> [YAMLNode] {
    let sites = tree.sites(of: ScenarioSpec.file)
    let kept = sites.map(\.path).filter { Self.telling.contains($0.keys) }
    let deleted = sites.filter { site in
      site.isOptional && mayChange(site.path) && !kept.contains { $0.starts(with: site.path) }
    }.map { tree.replacing(at: $0.path[...], by: nil) }
    return withoutOtherExpectations(tree) + deleted
  }

  /// Of all that may break, only what does.
  private func withoutOtherExpectations(_ tree: YAMLNode) -> [YAMLNode] {
    guard let invariant, let expect = tree["expect"], let kept = expect[invariant.name],
      let entry = expect.entries.first(where: { $0.key == invariant.name })
    else { return [] }
    let entries = [YAMLNode.Entry(key: invariant.name, location: entry.location, value: kept)]
    return [tree.setting("expect", to: YAMLNode(.mapping(entries), at: expect.location))]
  }

  private func withoutItems(_ tree: YAMLNode) -> [YAMLNode] {
    var candidates: [YAMLNode] = []
    for site in tree.sites(of: ScenarioSpec.file) {
      guard case .list(_, let count) = site.kind, mayCut(site.path) else { continue }
      let items = site.node.items
      var size = items.count
      while size > 0 {
        for start in stride(from: 0, to: items.count, by: size)
        where items.count - min(size, items.count - start) >= count.lowerBound {
          var rest = items
          rest.removeSubrange(start..<min(start + size, items.count))
          candidates.append(
            tree.replacing(
              at: site.path[...], by: YAMLNode(.sequence(rest), at: site.node.location)))
        }
        size /= 2
      }
    }
    return candidates
  }

  /// Whether items of a list may be left out: a whole client may, what it waits for may not.
  private func mayCut(_ path: TreePath) -> Bool {
    guard case .key(let top)? = path.first, !Self.fixed.contains(top), path.keys != "nodes"
    else { return false }
    guard keepsDemands else { return true }
    let keys = path.keys
    return !demands.contains { $0 == keys || keys.hasPrefix($0 + ".") }
  }

  // MARK: Values

  private func withConstants(_ tree: YAMLNode) -> [YAMLNode] {
    var candidates: [YAMLNode] = []
    for site in tree.sites(of: ScenarioSpec.file) {
      guard case .mapping(let spec) = site.kind, spec.name == lawSpec.name,
        mayChange(site.path)
      else { continue }
      for key in ["from", "to", "mean", "median", "minimum"] {
        guard let value = site.node[key] else { continue }
        candidates.append(tree.replacing(at: site.path[...], by: value))
      }
    }
    return candidates
  }

  private func withNumbers(_ tree: YAMLNode) -> [YAMLNode] {
    tree.sites(of: ScenarioSpec.file).flatMap { site -> [YAMLNode] in
      guard mayChange(site.path), !Self.names.contains(site.path.keys) else { return [] }
      return values(for: site).map { tree.replacing(at: site.path[...], by: $0) }
    }
  }

  /// Numbers that are names of replicas.
  private static let names = ["replicas", "nodes.id", "faults.nodes", "faults.recipients"]
  /// Instants and spans that may as well be longer, if that makes them rounder.
  private static let extensible = ["at", "from", "until", "down-for", "by"]
  /// Rates of links: fewer bits a second are slower, which is another cause.
  private static let linkRates = ["uplink", "downlink"]

  private static func isOfLinks(_ path: TreePath) -> Bool { path.keys.hasPrefix("network.") }

  /// Rounder numbers for a value; a link may become faster by them and never slower.
  private func numbers(near value: Int64, atLeast least: Int64, at path: TreePath) -> [Int64] {
    let below = RoundNumbers.below(value, atLeast: least)
    guard case .key(let key)? = path.last else { return below }
    if Self.linkRates.contains(key) { return [RoundNumbers.above(value)] }
    let isSpanOfLinks = Self.isOfLinks(path) && key != "at" && key != "until"
    guard Self.extensible.contains(key), !isSpanOfLinks else { return below }
    return below + [RoundNumbers.above(value)]
  }

  private func values(for site: TreeSite) -> [YAMLNode] {
    let node = site.node
    switch (site.kind, node.content) {
    case (.integer(let range), .scalar(let text, _)):
      guard let value = Int64(text) else { return [] }
      return RoundNumbers.below(value, atLeast: Int64(range.lowerBound)).map {
        node.scalar("\($0)")
      }
    case (.quantity(let quantity, let range), .scalar(let text, _)):
      guard case .success(let value) = QuantityText.parse(text, as: quantity) else { return [] }
      var numbers = numbers(near: value, atLeast: range.lowerBound, at: site.path)
      if site.path.keys.hasPrefix("network.latency") {
        // Rounder, but of the same order.
        let digits = PlanSize.significantDigits(text)
        numbers.removeAll {
          $0 < value / 2 || PlanSize.significantDigits(quantity.text($0)) >= digits
        }
      }
      return numbers.map { node.scalar(quantity.text($0)) }
    case (.probability, .scalar(let text, _)):
      // Links may lose less and never more.
      guard case .success(let value) = QuantityText.parseProbability(text) else { return [] }
      let most = Self.isOfLinks(site.path) ? value : 1
      return PlanSize.significantDigits(text) > 1
        ? [("1", 1), ("0.5", 0.5), ("0.1", 0.1)].filter { $0.1 <= most }
          .map { node.scalar($0.0) } : []
    case (.decimal, .scalar(let text, _)):
      return PlanSize.significantDigits(text) > 1 ? [node.scalar("1")] : []
    case (.list(of: .integer, let count), .sequence(let items)) where count == 2...2:
      // A range of one number.
      return items.count == 2
        ? items.map { one in
          YAMLNode(.sequence([one, one]), at: node.location)
        } : []
    default: return []
    }
  }
}

/// Numbers that are easier to read than others.
enum RoundNumbers {
  /// Smaller numbers, the smallest first, with few digits.
  static func below(_ value: Int64, atLeast least: Int64) -> [Int64] {
    var found: [Int64] = []
    let power = leadingPower(of: value)
    for number in [
      least, floored(value / 10, digits: 1), floored(value / 2, digits: 1),
      floored(value, digits: 1), floored(value, digits: 2), value - power,
    ] where number >= least && number < value && !found.contains(number) {
      found.append(number)
    }
    return found
  }

  /// The next larger number of one digit.
  static func above(_ value: Int64) -> Int64 {
    let power = leadingPower(of: value)
    return floored(value, digits: 1) + (value % power == 0 ? 0 : power)
  }

  private static func floored(_ value: Int64, digits: Int) -> Int64 {
    var power = leadingPower(of: value)
    if digits > 1, power > 1 { power /= 10 }
    return value - value % power
  }

  /// The largest power of ten that is not above a number; 1 for 0.
  private static func leadingPower(of value: Int64) -> Int64 {
    var power: Int64 = 1
    while value / 10 >= power { power *= 10 }
    return power
  }
}
