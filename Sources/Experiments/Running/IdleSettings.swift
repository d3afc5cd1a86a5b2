import RunPlans
import Simulator
import Tables

// What the runs of a scenario never came to, so that a part of the file had no effect: the file alone
// does not show it.
extension Scenario {
  /// A line for each point and fault rule that never had an effect in its runs, and for each point and
  /// promise of the chain that was judged in none of them.
  public func idleSettings(in results: [RunResult]) -> [String] {
    var lines: [String] = []
    for (cell, runs) in zip(cells, results.byCell(of: self)) where !runs.isEmpty {
      let place = ([cell.series, cell.variant] + cell.parameters.filter { !$0.isEmpty })
        .joined(separator: ", ")
      lines += (idleFaults(of: cell, in: runs) + idlePromises(of: cell, in: runs))
        .map { "\(fileName): warning: \(place): \($0)" }
    }
    guard lines.count > Self.shownRemarks else { return lines }
    return lines.prefix(Self.shownRemarks)
      + ["\(fileName): warning: and \(lines.count - Self.shownRemarks) more like these"]
  }

  private func idleFaults(of cell: Cell, in runs: [RunResult]) -> [String] {
    cell.settings.faults.enumerated().filter { rule, _ in
      runs.allSatisfy { $0.strikes[rule] == 0 }
    }.map { rule, fault in "'faults.\(rule)' (\(fault.behaviour.rawValue)) never had an effect" }
  }

  /// Promises of chains longer than any that came about.
  private func idlePromises(of cell: Cell, in runs: [RunResult]) -> [String] {
    let lengths = runs.compactMap { $0.counters.chain?.onMainChain.reduce(0, +) }
    guard let longest = lengths.max() else { return [] }
    let promises = cell.settings[ChainPromises.self]
    let depth = cell.settings[MiningKeys.self].configuration.confirmations
    let chain = "the longest chain has \(longest) block\(longest == 1 ? "" : "s")"
    var lines: [String] = []
    if promises.keepsCommonPrefix, longest <= depth {
      lines.append(
        "'chain.common-prefix' was never judged: \(chain), none of them \(depth) deep")
    }
    if let quality = promises.quality, longest < quality.window {
      lines.append("'chain.quality' was never judged: \(chain), fewer than its window")
    }
    if promises.meanInterval != nil, longest == 0 {
      lines.append("'chain.interval' was never judged: \(chain)")
    }
    return lines
  }

  private static let shownRemarks = 10
}
