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
  for operation in CountedOperation.allCases {
    costs[operation] = Int64(100_000 * (1 + operation.rawValue))
  }
  return RecordSettings(
    engine: .real, parameters: parameters, costs: costs, universe: universe, authorities: 2,
    patients: 3, users: users, centreGroup: 0, authorityGroup: 0, cloudGroup: 0, patientGroup: 0,
    policies: policies.map { .init($0, weight: 1) }, slots: 4, queriedSlots: 2, vocabulary: 50,
    wordExponent: 1, recordExponent: 1, missShare: 0.1,
    recordSizes: sizes.map { .init($0, weight: 1) },
    preloaded: 20, mix: [.init(.access, weight: 1)], load: .closed(concurrency: 1, thinkTime: nil),
    operations: 10, scope: scope, revocation: .rekey, enrolment: enrolment, usesTables: usesTables,
    connections: 1, misdeeds: [], toldFile: nil, usesProbes: true)
}

@Suite("Step prices") struct StepPricesTests {
  static let policies = [
    "doctor AND cardiology", "doctor OR nurse", "2 of (doctor, nurse, hospital:a)",
    "doctor AND (cardiology OR 2 of (nurse, hospital:a, insurer))",
  ]
  static let users = [
    ["doctor", "cardiology"], ["nurse", "hospital:a", "doctor"], ["insurer"],
    ["cardiology", "hospital:a", "nurse", "doctor"],
  ]

  @Test("Prices of a large hospital are there at once")
  func speed() throws {
    let settings = try hospital(Self.policies, users: Self.users, sizes: [1, 100, 10_000, 1 << 20])
    let clock = ContinuousClock()
    _ = StepPrices(settings)
    let time = clock.measure { _ = StepPrices(settings) }
    #expect(time < .seconds(1), "\(time)")
  }

  static func prices(
    usesTables: Bool = false, scope: RecordSettings.Scope = .everything, slots: Int = 4
  ) throws -> (settings: RecordSettings, prices: StepPrices) {
    var settings = try hospital(
      policies, users: users, parameters: .ss512, scope: scope, usesTables: usesTables)
    settings.slots = slots
    return (settings, StepPrices(settings))
  }

  @Test("Prices are those of the formulas of the scheme")
  func formulas() throws {
    let (settings, prices) = try Self.prices()
    for (policy, value) in settings.policies.enumerated() {
      let rows = value.value.labels.count
      for (size, bytes) in settings.recordSizes.enumerated() {
        let tally = prices[.encrypt(policy: policy, size: size)].tally
        #expect(tally[.fixedExponentiation] == 2 * rows + 1)
        #expect(tally[.variableExponentiation] == rows)
        #expect(tally[.targetExponentiation] == 2)
        let stored = prices[.encrypt(policy: policy, size: size)].bytes
        let asked = prices[.storageRequest(policy: policy, size: size)].bytes
        #expect(stored == prices[.serve(policy: policy, size: size)].bytes)
        #expect(asked == stored + 2 * 32 + 4 + 256)
        #expect(stored > bytes.value)
        let check = prices[.checkStorage(policy: policy, size: size)]
        // The capsule's points and K, the index's points.
        #expect(check.tally[.subgroupCheck] == 2 * rows + 2 + settings.slots + 3)
        #expect(check.tally[.rsaVerify] == 1)
      }
      let admitted = prices[.admitTransaction(policy: policy)].tally
      #expect(admitted[.rsaVerify] == 1)
      #expect(admitted[.subgroupCheck] == 2 * rows + 2 + settings.slots + 3)
      #expect(prices[.executeStore(policy: policy)].tally[.millerLoop] == 4)
    }
    for (kind, value) in settings.users.enumerated() {
      let copies = settings.policies.flatMap(\.value.labels).map(\.occurrence).max() ?? 1
      let points = copies * value.attributes.count
      #expect(prices[.userKey(kind)].tally[.hashToGroup] == points)
      let taken = prices[.takeKey(kind)].tally
      #expect(taken[.preparation] == points + 2)
      #expect(taken[.subgroupCheck] == points + 3 + settings.universe.count + 3)
      #expect(taken[.byteSealed] == prices[.userKey(kind)].bytes - 16)
    }
    #expect(prices[.token].tally[.rsaSign] == 1)
    #expect(prices[.admitToken].tally[.subgroupCheck] == 3)
    #expect(prices[.checkToken].tally[.millerLoop] == 2)
    #expect(prices[.checkToken].tally[.variableExponentiation] == 2)
    #expect(prices[.renewKey(attribute: 0)].tally[.hashToGroup] > 0)
    #expect(prices[.matchFile].tally[.preparedMillerLoop] == 2)
  }

  @Test("A class that the policy shuts out pays for the checks alone")
  func shutOut() throws {
    let (_, prices) = try Self.prices()
    let opened = prices[.open(userClass: 0, policy: 0)].tally
    let refused = prices[.open(userClass: 2, policy: 0)].tally
    #expect(opened[.finalExponentiation] == 1 && refused[.finalExponentiation] == 0)
    #expect(opened[.subgroupCheck] == refused[.subgroupCheck])
  }

  @Test("Tables and keys for each owner are paid for")
  func choices() throws {
    let plain = try Self.prices().prices
    let tables = try Self.prices(usesTables: true).prices
    let step = PricedStep.encrypt(policy: 0, size: 0)
    #expect(tables[step].tally[.hashToGroup] == 0 && plain[step].tally[.hashToGroup] == 2)
    #expect(
      tables[.ownerKey].tally[.tableOfPowers] > plain[.ownerKey].tally[.tableOfPowers])
    let owned = try Self.prices(scope: .owner).prices
    for step in [PricedStep.index, .token] {
      #expect(owned[step].tally[.byteHashed] > plain[step].tally[.byteHashed])
    }
  }

  @Test("Time is what the costs say of the operations")
  func time() throws {
    let (settings, prices) = try Self.prices()
    for step in [PricedStep.setUp, .token, .decrypt(policy: 1, size: 1), .rekey(attribute: 0)] {
      let price = prices[step]
      #expect(price.nanoseconds == settings.costs.cost(of: price.tally).nanoseconds)
      #expect(price.nanoseconds > 0)
    }
  }

  @Test("Prices do not depend on how many files and parties there are")
  func numbers() throws {
    let (small, prices) = try Self.prices()
    var settings = small
    settings.preloaded = 1000
    settings.patients = 99
    for kind in settings.users.indices { settings.users[kind].count = 50 }
    let others = StepPrices(settings)
    for (step, price) in prices.prices { #expect(others[step] == price) }
    #expect(others.prices.count == prices.prices.count)
  }

  @Test("Encrypting anew is an index, an encryption and the opening of what is stored")
  func encryptingAnew() throws {
    for usesTables in [false, true] {
      let (settings, prices) = try Self.prices(usesTables: usesTables)
      for policy in settings.policies.indices {
        for size in settings.recordSizes.indices {
          let step = prices[.reencrypt(policy: policy, size: size)]
          let first = prices[.encrypt(policy: policy, size: size)]
          let reading = prices[.decrypt(policy: policy, size: size)]
          #expect(step.bytes == first.bytes)
          // The keys of the old version are the owner's: they are not derived again.
          #expect(step.tally == prices[.index].tally + first.tally + reading.tally)
        }
      }
      for attribute in settings.universe.indices {
        let (named, sealed) = (
          prices[.newKey(attribute: attribute)], prices[.rekey(attribute: attribute)]
        )
        #expect(named.bytes == sealed.bytes)
        var factor = OperationTally()
        factor[.byteSealed] = settings.parameters.scalarBytes
        #expect(named.tally + factor == sealed.tally)
      }
    }
  }

  @Test("Rows of attributes that a policy lacks cost nothing to renew")
  func rows() throws {
    let (settings, prices) = try Self.prices()
    for (policy, value) in settings.policies.enumerated() {
      for (attribute, name) in settings.universe.enumerated() {
        let rows = value.value.labels.count { $0.attribute == name }
        let renewed = prices[.renewRows(policy: policy, attribute: attribute)]
        #expect(renewed.tally[.variableExponentiation] == rows)
        #expect((renewed.bytes == 0) == (rows == 0))
        let checked = prices[.checkRows(policy: policy, attribute: attribute)].tally
        #expect(checked[.millerLoop] == 2 * rows && checked[.subgroupCheck] == rows)
      }
    }
  }
}
