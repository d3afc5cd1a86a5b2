import PairingCrypto
import RecordSharing

extension RecordSettings {
  /// Settings of the essentials; everything else is as small and as plain as it can be, and free.
  ///
  /// - Parameters:
  ///   - universe: All attributes there are.
  ///   - users: The users by class, at least one.
  ///   - policies: What owners choose from, at least one.
  public init(
    universe: AttributeSet, users: [UserClass], policies: [Weighted<SharingPolicy>]
  ) {
    self.init(
      engine: .counted, parameters: .toy, costs: .free, universe: universe, authorities: 1,
      patients: 1, users: users, centreGroup: 0, authorityGroup: 0, cloudGroup: 0,
      patientGroup: 0, policies: policies, slots: 1, queriedSlots: 1, vocabulary: 1,
      wordExponent: 0, recordExponent: 0, missShare: 0,
      recordSizes: [Weighted(1024, weight: 1)], preloaded: 0,
      mix: [Weighted(.upload, weight: 1), Weighted(.access, weight: 1)],
      load: .closed(concurrency: 1, thinkTime: nil), operations: nil, scope: .everything,
      revocation: .list, enrolment: .done, usesTables: true, connections: 1, misdeeds: [],
      toldFile: nil, usesProbes: true)
  }
}
