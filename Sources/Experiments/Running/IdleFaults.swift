import Simulator

extension Scenario {
  /// What has to be said of runs in which a fault rule never had an effect, a line for each point and
  /// rule: the file alone does not show it.
  public func idleFaults(in results: [RunResult]) -> [String] {
    var lines: [String] = []
    for (index, cell) in cells.enumerated() {
      let runs = results.filter { $0.cell == index }
      for (rule, fault) in cell.settings.faults.enumerated()
      where !runs.isEmpty && runs.allSatisfy({ $0.strikes[rule] == 0 }) {
        let place = ([cell.series, cell.variant] + cell.parameters.filter { !$0.isEmpty })
          .joined(separator: ", ")
        lines.append(
          "\(fileName): warning: \(place): 'faults.\(rule)' (\(fault.behaviour.rawValue)) never had an effect"
        )
      }
    }
    guard lines.count > Self.shownRemarks else { return lines }
    return lines.prefix(Self.shownRemarks)
      + ["\(fileName): warning: and \(lines.count - Self.shownRemarks) more like these"]
  }

  private static let shownRemarks = 10
}
