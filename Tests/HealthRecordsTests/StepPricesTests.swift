import DiscreteEvents
import PairingCrypto
import RecordSharing
import Testing

@testable import HealthRecords

/// Settings of a small hospital, for the tests of the real engine.
func hospital(
  _ policies: [String], users: [[String]], parameters: ParameterSet = .toy,
  sizes: [Int] = [100, 3000], scope: RecordSettings.Scope = .everything, usesTables: Bool = false,
  enrolment: RecordSettings.Enrolment = .done
) throws -> RecordSettings {
  let policies = try policies.map { try SharingPolicy(AccessPolicy.parse($0)) }
  let users = try users.enumerated().map { number, names in
    RecordSettings.UserClass(
      name: "class \(number)", attributes: AttributeSet(try names.map { try Attribute($0) }),
      count: 2, group: 0)
  }
  let universe = users.reduce(
    AttributeSet(policies.flatMap { $0.labels.map(\.attribute) })
  ) { $0.union($1.attributes) }
  var costs = OperationCosts()
  for operation in CountedOperation.allCases { costs[operation] = Int64(1 + operation.rawValue) }
  return RecordSettings(
    engine: .real, parameters: parameters, costs: costs, universe: universe, authorities: 2,
    patients: 3, users: users, centreGroup: 0, authorityGroup: 0, cloudGroup: 0, patientGroup: 0,
    policies: policies.map { .init($0, weight: 1) }, slots: 4, queriedSlots: 2, vocabulary: 50,
    wordExponent: 1, recordExponent: 1, missShare: 0.1, recordSizes: sizes.map { .init($0, weight: 1) },
    preloaded: 20, mix: [.init(.access, weight: 1)], load: .closed(concurrency: 1, thinkTime: nil),
    operations: 10, scope: scope, revocation: .rekey, enrolment: enrolment, usesTables: usesTables,
    connections: 1, misdeeds: [], toldFile: nil, usesProbes: true)
}
