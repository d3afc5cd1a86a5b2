import RunPlans

/// What a reader of a scenario's results should know although the scenario is in order.
extension Scenario {
  /// The remarks, one sentence each, in a fixed order.
  public var remarks: [String] {
    (losesRaftDisk ? [Self.lostDiskUnderRaft] : [])
      + (promisesNothing ? [Self.emptyChain] : []) + revocationsThatNeverCome
  }

  /// What is written about revocations and nobody revokes in any run.
  private var revocationsThatNeverCome: [String] {
    let sections = cells.compactMap(\.settings.records?.settings)
    let isRevoked = sections.contains { settings in
      settings.mix.contains { $0.value == .revoke && $0.weight > 0 }
    }
    guard !isRevoked else { return [] }
    var written: [String] = []
    if sections.contains(where: { $0.misdeeds.contains { $0.misdeed == .chainReader } }) {
      written.append("the misdeed 'chain-reader'")
    }
    if sections.contains(where: { $0.revocation == .reencrypt }) {
      written.append("'revocation: re-encrypt'")
    }
    return written.map {
      "warning: \($0) never has an effect: the 'mix' of 'records' gives 'revoke' no weight"
    }
  }

  private static let lostDiskUnderRaft =
    "Deviation: a Raft replica that lost its disk recovers before it votes again, but messages that "
    + "it sent before the loss still count and may break R-1, R-4 and R-5"

  private static let emptyChain =
    "warning: 'chain' promises nothing in any run: write 'common-prefix: true', 'quality' or "
    + "'interval', or remove it"

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
