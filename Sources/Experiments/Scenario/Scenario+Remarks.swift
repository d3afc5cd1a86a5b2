import RunPlans

/// What a reader of a scenario's results should know although the scenario is in order.
extension Scenario {
  /// The remarks, one sentence each, in a fixed order.
  public var remarks: [String] {
    let own = [
      (losesRaftDisk, Self.lostDiskUnderRaft), (promisesNothing, Self.emptyChain),
      (recordsOneInterval, Self.oneInterval),
    ]
    return own.filter(\.0).map(\.1) + (overload.map { [$0] } ?? [])
      + (Workloads.kind?.remarks(on: self) ?? [])
  }

  private static let lostDiskUnderRaft =
    "Deviation: a Raft replica that lost its disk recovers before it votes again, but messages that "
    + "it sent before the loss still count and may break R-1, R-4 and R-5"

  private static let emptyChain =
    "warning: 'chain' promises nothing in any run: write 'common-prefix: true', 'quality' or "
    + "'interval', or remove it"

  private static let oneInterval =
    "warning: 'record.every' is longer than every run: each series has a single interval"

  /// The points whose open loops ask for more than a processor can do, as one remark.
  private var overload: String? {
    let above = cells.compactMap { cell -> (cell: Cell, load: OfferedLoad)? in
      guard let load = OfferedLoad(cell), load.isAboveProcessor else { return nil }
      return (cell, load)
    }
    guard let first = above.first else { return nil }
    let swept = zip(sweptKeys, first.cell.parameters).filter { !$0.1.isEmpty }
      .map { ", \($0) = \($1)" }.joined()
    let isOnlyVariant = cells.allSatisfy { $0.variant == first.cell.variant }
    let variant = isOnlyVariant ? "" : " \(first.cell.variant)"
    return "warning: the load is above what a processor can do at \(above.count) of \(cells.count) "
      + "point\(cells.count == 1 ? "" : "s"), first at \(first.cell.series)\(variant)\(swept): "
      + first.load.explanation
  }

  /// Whether series are recorded, and none has a second interval.
  private var recordsOneInterval: Bool {
    let recorded = cells.map(\.settings).filter { $0.recording.every != nil }
    return !recorded.isEmpty && recorded.allSatisfy(\.recordsOneInterval)
  }

  /// Whether a section `chain` stands in the file and promises nothing in any run.
  private var promisesNothing: Bool {
    let chains = cells.filter { $0.subject == .pow }.map { $0.settings[ChainPromises.self] }
    return chains.contains(where: \.isWritten) && chains.allSatisfy(\.isEmpty)
  }

  private var losesRaftDisk: Bool {
    cells.contains { cell in
      cell.subject == .raft
        && cell.settings.faults.contains { $0.behaviour == .crash && $0.details.disk == .lost }
    }
  }
}
