import ConsensusCore
import DiscreteEvents
import PairingCrypto
import Simulator
import RecordTestSupport
import Testing

@testable import HealthRecords

@Suite("The parties of the paper around the replicas")
struct WorkloadTests {
  @Test(
    "Operations end as they should over every protocol", arguments: Chain.allCases,
    1...3 as ClosedRange<UInt64>)
  func ends(chain: Chain, seed: UInt64) throws {
    let settings = try clinic()
    let result = execute(settings, over: chain, seed: seed)
    #expect(result.workload.violations.isEmpty, "\(result.workload.violations.prefix(3))")
    #expect(result.outcome.stopReason == .scheduleEnded)
    let ended = result.operations.filter { $0.outcome != .unfinished }
    #expect(ended.count == settings.operations)
    #expect(result.outcomes(.upload).filter { $0 == .done }.count > 5)
    #expect(result.outcomes(.access).contains(.done))
    #expect(result.outcomes(.access).contains(.unsatisfied))
    let forbidden: [RecordOutcome] = [
      .refused, .leaked, .tampered, .missing, .declined, .storageRefused,
    ]
    #expect(ended.allSatisfy { !forbidden.contains($0.outcome) })
  }

  @Test(
    "The parts of an operation's time add up to it, whatever the protocol",
    arguments: Chain.allCases)
  func parts(chain: Chain) throws {
    var settings = try clinic()
    settings.enrolment = .simulated
    settings.revocation = .rekey
    settings.mix.append(.init(.revoke, weight: 1))
    let result = execute(settings, over: chain, loss: 0.05)
    #expect(result.workload.violations.isEmpty, "\(result.workload.violations.prefix(3))")
    for operation in result.account.operations {
      let parts = operation.steps.map(\.time)
      #expect(
        parts.reduce(0) { $0 + $1.total } == (operation.ended - operation.started).nanoseconds)
      #expect(
        parts.allSatisfy {
          $0.crypto >= 0 && $0.consensus >= 0 && $0.network >= 0 && $0.queueing >= 0
        })
      #expect(operation.ended >= operation.started)
    }
    let reading = try #require(
      result.operations.first { $0.activity == .access && $0.outcome == .done })
    #expect(reading.steps.map(\.step) == [.access, .decryption])
    #expect(reading.steps[0].time.consensus > 0 && reading.steps[0].time.network > 0)
    #expect(reading.steps.allSatisfy { $0.time.crypto > 0 })
    let upload = try #require(
      result.operations.first { $0.outcome == .done && $0.activity == .upload })
    #expect(upload.steps.map(\.step) == [.encryption, .storage])
    #expect(upload.steps[0].time.consensus == 0 && upload.steps[1].time.consensus > 0)
  }

  @Test("A run is a function of its settings and its seed")
  func determinism() throws {
    let settings = try clinic()
    let first = execute(settings, seed: 4)
    let second = execute(settings, seed: 4)
    #expect(first.outcome.digest == second.outcome.digest)
    #expect(first.account.operations == second.account.operations)
    #expect(execute(settings, seed: 5).outcome.digest != first.outcome.digest)
  }

  @Test("Probes change nothing, nor does telling the life of a file")
  func observers() throws {
    var settings = try clinic()
    let watched = execute(settings)
    settings.usesProbes = false
    settings.toldFile = 12
    let unwatched = execute(settings)
    #expect(watched.outcome.digest == unwatched.outcome.digest)
    #expect(watched.account.life.isEmpty && unwatched.account.life.count >= 4)
    #expect(watched.account.operations == unwatched.account.operations)
    #expect(watched.account.storedBytes == unwatched.account.storedBytes)
  }

  @Test(
    "With keys issued in the run, operations begin when everybody is enrolled",
    arguments: Chain.allCases)
  func enrolment(chain: Chain) throws {
    var settings = try clinic()
    settings.enrolment = .simulated
    settings.operations = 20
    let result = execute(settings, over: chain)
    #expect(result.workload.violations.isEmpty, "\(result.workload.violations.prefix(3))")
    let enrolled = result.account.operations.filter { $0.activity == nil }
    #expect(enrolled.count == 1 + 3 + 5 && enrolled.allSatisfy { $0.outcome == .done })
    let last = try #require(enrolled.map(\.ended).max())
    #expect(result.operations.count >= 20 && result.operations.allSatisfy { $0.started >= last })
    #expect(enrolled.contains { $0.steps.map(\.step) == [.setup] })
    let sent = Dictionary(
      uniqueKeysWithValues: result.account.messages.map { ($0.kind, $0.sent) })
    #expect(sent["parameters"] == result.workload.roster.count - 1)
    #expect(sent["master-key"] == 2 && sent["certificate"] == 3 && sent["user-key"] == 5)
  }

  @Test("An open load begins operations at instants that no delay moves")
  func openLoad() throws {
    var settings = try clinic()
    settings.load = .open(ratePerSecond: 2_000)
    settings.operations = 80
    let usual = execute(settings)
    settings.costs = .free
    let free = execute(settings)
    let starts = [usual, free].map { $0.operations.map(\.started).sorted().prefix(40) }
    #expect(starts[0] == starts[1] && starts[0].count == 40)
    #expect(usual.outcome.digest != free.outcome.digest)
    #expect(usual.operations.contains { $0.steps[0].time.queueing > 0 })
  }

  @Test("Without a file to ask for an access becomes an upload, or nothing")
  func fallback() throws {
    var settings = try clinic()
    settings.preloaded = 0
    settings.mix = [.init(.access, weight: 1), .init(.upload, weight: 1e-9)]
    settings.operations = 8
    settings.load = .closed(concurrency: 1, thinkTime: nil)
    let result = execute(settings)
    #expect(result.operations.first?.activity == .upload)
    #expect(result.operations.dropFirst().allSatisfy { $0.activity == .access })
    settings.mix = [.init(.access, weight: 1)]
    #expect(execute(settings).operations.isEmpty)
  }

  @Test(
    "Reorganised chains change outcomes, and no probe mistakes them for deceit",
    arguments: 1...4 as ClosedRange<UInt64>)
  func reorganisations(seed: UInt64) throws {
    var settings = try clinic()
    settings.mix.append(.init(.revoke, weight: 1))
    settings.misdeeds = Misdeed.allCases.map { MisdeedRule($0, share: 0.1) }
    settings.revocation = seed % 2 == 0 ? .reencrypt : .rekey
    let result = execute(settings, over: .work, seed: seed, loss: 0.3, confirmations: 1)
    #expect(result.workload.violations.isEmpty, "\(result.workload.violations.prefix(3))")
    #expect(result.operations.filter { $0.outcome != .unfinished }.count == 60)
    #expect(Self.leaksAreThoseOfRekeying(result))
  }

  /// Whether nothing leaks but to those who read old blocks of re-keyed files (Sharing §7).
  static func leaksAreThoseOfRekeying(_ result: WorkloadResult) -> Bool {
    result.operations.filter { $0.outcome == .leaked }.allSatisfy {
      $0.misdeed == .chainReader && result.workload.settings.revocation == .rekey
    }
  }

  @Test("Chains do take records back, and the books are right in the end")
  func undone() throws {
    var settings = try clinic()
    settings.mix.append(.init(.revoke, weight: 1))
    var undone = 0
    for seed in 1...3 as ClosedRange<UInt64> {
      settings.revocation = seed == 2 ? .reencrypt : .rekey
      let result = execute(settings, over: .work, seed: seed, loss: 0.3, confirmations: 1)
      #expect(result.workload.violations.isEmpty, "\(result.workload.violations.prefix(3))")
      undone += result.workload.undone
    }
    #expect(undone > 3)
  }

  static let disks: [FaultRule] = [.kept, .lost].map { disk in
    FaultRule(
      culprits: .replicas([ReplicaID(1)]),
      behaviour: .crash(downFor: .milliseconds(500), disk: disk),
      activation: Activation(
        from: .zero + .seconds(3), until: .zero + .seconds(4_000), afterRounds: 0, views: nil,
        tests: nil, asPrimary: false, alternateTurns: false),
      kinds: .all, recipients: .everyone, probability: 1)
  }

  @Test(
    "A miner that lost its disk executes everything anew", arguments: disks,
    1...2 as ClosedRange<UInt64>)
  func amnesia(fault: FaultRule, confirmations: UInt64) throws {
    var settings = try clinic()
    settings.mix.append(.init(.revoke, weight: 1))
    settings.enrolment = .simulated
    for seed in 1...3 as ClosedRange<UInt64> {
      settings.revocation = seed == 2 ? .reencrypt : .rekey
      let result = execute(
        settings, over: .work, seed: seed, confirmations: confirmations, faults: [fault])
      #expect(result.workload.violations.isEmpty, "\(result.workload.violations.prefix(3))")
      #expect(result.operations.filter { $0.outcome != .unfinished }.count == 60)
    }
  }

  @Test(
    "What is given up may be executed later, at whatever place",
    arguments: [Chain.pbft, .raft], 1...4 as ClosedRange<UInt64>)
  func late(chain: Chain, seed: UInt64) throws {
    var settings = try clinic()
    settings.enrolment = .simulated
    settings.revocation = seed % 2 == 1 ? .reencrypt : .rekey
    settings.engine = seed == 1 ? .real : .counted
    settings.mix += [.init(.revoke, weight: 3), .init(.delete, weight: 2)]
    settings.operations = 120
    let times: [VirtualDuration] = [
      .milliseconds(4), .microseconds(5_500), .milliseconds(8), .milliseconds(20),
    ]
    let result = execute(
      settings, over: chain, seed: seed, loss: 0.1, timeout: times[Int(seed) - 1])
    #expect(result.workload.violations.isEmpty, "\(result.workload.violations.prefix(3))")
    #expect(result.count(.declined) > 0 && result.count(.leaked) == 0)
    #expect(result.operations.filter { $0.outcome != .unfinished }.count == 120)
  }

  @Test(
    "With everything at once, no invariant breaks over any seed", arguments: Chain.allCases,
    10...17 as ClosedRange<UInt64>)
  func everything(chain: Chain, seed: UInt64) throws {
    var settings = try clinic()
    settings.enrolment = .simulated
    settings.mix.append(.init(.revoke, weight: 1))
    settings.misdeeds = Misdeed.allCases.map { MisdeedRule($0, share: 0.1) }
    settings.revocation = RecordSettings.Revocation.allCases[Int(seed % 3)]
    settings.scope = seed % 3 == 0 ? .owner : .everything
    settings.engine = seed == 10 || seed == 11 ? .real : .counted
    let result = execute(settings, over: chain, seed: seed, loss: 0.02)
    #expect(result.workload.violations.isEmpty, "\(result.workload.violations.prefix(3))")
    #expect(result.operations.filter { $0.outcome != .unfinished }.count == 60)
    #expect(Self.leaksAreThoseOfRekeying(result) && result.account.attempts > 0)
  }

  @Test("What is given up ends as declined, and the load goes on")
  func declined() throws {
    let result = execute(try clinic(), timeout: .microseconds(4_500))
    #expect(result.workload.violations.isEmpty, "\(result.workload.violations.prefix(3))")
    #expect(result.count(.declined) > 0)
    #expect(result.operations.filter { $0.outcome != .unfinished }.count == 60)
  }
}

@Suite("The cryptography beside the simulation")
struct WorkloadEngineTests {
  @Test(
    "Counted, sampled and real give one digest, and find nothing",
    arguments: RecordSettings.Revocation.allCases)
  func engines(revocation: RecordSettings.Revocation) throws {
    var settings = try clinic()
    settings.enrolment = .simulated
    settings.revocation = revocation
    settings.operations = 30
    settings.mix.append(.init(.revoke, weight: 1))
    settings.misdeeds = Misdeed.allCases.map { MisdeedRule($0, share: 0.15) }
    let counted = execute(settings, seed: 3)
    #expect(counted.account.realArtefacts == 0)
    for engine in [RecordSettings.Engine.sampled(0.4), .real] {
      settings.engine = engine
      let result = execute(settings, seed: 3)
      #expect(result.workload.violations.isEmpty, "\(result.workload.violations.prefix(3))")
      #expect(result.outcome.digest == counted.outcome.digest)
      #expect(result.account.operations == counted.account.operations)
      #expect(result.account.realArtefacts > 0 && result.account.scannedBytes > 0)
    }
    #expect(settings.engine == .real && counted.count(.done) > 5)
  }

  @Test(
    "A Raft leader that delays or repeats its messages breaks no invariant of records",
    arguments: [Behaviour.slow(by: .milliseconds(100)), .duplicate(copies: 1), .replay])
  func unpunctualLeader(behaviour: Behaviour) throws {
    var settings = try clinic()
    // Who is served does so before the followers hear that the access is committed.
    for operation in CountedOperation.allCases { settings.costs[operation] = 0 }
    for seed in UInt64(1)...6 {
      let fault = FaultRule(
        culprits: .replicas([ReplicaID(0)]), behaviour: behaviour, activation: .always,
        kinds: KindFilter([2]), recipients: .everyone, probability: 1)
      let result = execute(settings, over: .raft, seed: seed, faults: [fault])
      #expect(result.outcome.strikes[0] > 0, "seed \(seed)")
      #expect(result.outcome.violations.isEmpty, "seed \(seed): \(result.outcome.violations)")
      #expect(result.operations.count >= 60, "seed \(seed)")
    }
  }
}
