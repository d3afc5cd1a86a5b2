import ConsensusCore
import DiscreteEvents
import HealthRecords
import RecordSharing
import RecordTestSupport
import Simulator
import TestSupport
import Testing

@Suite("Misdeeds in a run")
struct AdversaryWorkloadTests {
  /// What has to come of each.
  static let expectations: [(Misdeed, [RecordOutcome])] = [
    (.tamperingCloud, [.tampered]), (.swappingCloud, [.tampered]), (.deletingCloud, [.missing]),
    (.curiousCloud, [.done]), (.lyingOwner, [.storageRefused]), (.sniffer, [.invalidToken]),
    (.forgedToken, [.invalidToken]), (.replayedToken, [.invalidToken]),
    (.collusion, [.undecipherable]),
    (.replayedProof, [.accessRefused]), (.revokedUser, [.accessRefused]),
  ]

  static func settings(_ misdeed: Misdeed, share: Double = 1) throws -> RecordSettings {
    var settings = try clinic()
    settings.missShare = 0
    settings.misdeeds = [MisdeedRule(misdeed, share: share)]
    settings.mix = [.init(.upload, weight: 1), .init(.access, weight: 4)]
    settings.operations = 40
    if misdeed == .collusion { try admitColleagues(to: &settings) }
    if misdeed == .revokedUser { settings.mix.append(.init(.revoke, weight: 3)) }
    return settings
  }

  /// Users who satisfy the stricter policy only together.
  static func admitColleagues(to settings: inout RecordSettings) throws {
    settings.users[0].attributes = try AttributeSet([Attribute("physician")])
    settings.users.append(
      .init(
        name: "technician", attributes: try AttributeSet([Attribute("cardiology")]), count: 2,
        group: 0))
  }

  @Test("Pooled keys that would suffice together open nothing, with the real engine too")
  func collusion() throws {
    var settings = try Self.settings(.collusion)
    settings.engine = .real
    let result = execute(settings)
    #expect(result.workload.violations.isEmpty, "\(result.workload.violations.prefix(3))")
    #expect(result.count(.undecipherable) > 5 && result.account.comparedRecords > 0)
    #expect(result.account.attempts >= result.count(.undecipherable))
  }

  @Test(
    "Each ends as it has to, and nobody learns anything", arguments: expectations, Chain.allCases)
  func outcome(expected: (Misdeed, [RecordOutcome]), chain: Chain) throws {
    let (misdeed, outcomes) = expected
    for seed in 1...2 as ClosedRange<UInt64> {
      let result = execute(try Self.settings(misdeed), over: chain, seed: seed)
      #expect(result.workload.violations.isEmpty, "\(result.workload.violations.prefix(3))")
      let done = result.operations.filter { $0.misdeed == misdeed && $0.outcome != .unfinished }
      #expect(done.count > 2)
      #expect(done.allSatisfy { outcomes.contains($0.outcome) }, "\(done.map(\.outcome))")
      #expect(result.count(.leaked) == 0 && result.account.leaks == 0)
      if outcomes == [.tampered] || outcomes == [.missing] {
        #expect(result.account.reports >= done.count)
        #expect(done.allSatisfy { $0.steps.last?.step == .reporting })
      }
    }
  }

  @Test("Only occasions that are drawn are taken")
  func shares() throws {
    var settings = try Self.settings(.tamperingCloud, share: 0.3)
    settings.operations = 200
    let result = execute(settings)
    let served = result.count(.tampered) + result.outcomes(.access).filter { $0 == .done }.count
    let share = Double(result.count(.tampered)) / Double(served)
    #expect(served > 80 && share > 0.15 && share < 0.45)
    #expect(
      result.operations.allSatisfy {
        ($0.misdeed != nil) == ($0.outcome == .tampered) || $0.outcome == .unfinished
      })
  }

  @Test("A token made of what the registry shows finds nothing, with the real engine too")
  func forgedToken() throws {
    var settings = try Self.settings(.forgedToken)
    settings.engine = .real
    let result = execute(settings)
    #expect(result.workload.violations.isEmpty, "\(result.workload.violations.prefix(3))")
    #expect(result.count(.invalidToken) > 5 && result.count(.leaked) == 0)
  }

  @Test("After a rekeying the old keys of a revoked user open nothing of the abstract in force")
  func rekeying() throws {
    var settings = try Self.settings(.revokedUser)
    settings.revocation = .rekey
    settings.engine = .real
    let result = execute(settings)
    #expect(result.workload.violations.isEmpty, "\(result.workload.violations.prefix(3))")
    #expect(result.count(.undecipherable) > 0 && result.count(.leaked) == 0)
  }

  @Test(
    "Old blocks open re-keyed files to who lost an attribute, and none that are encrypted anew",
    arguments: [RecordSettings.Revocation.rekey, .reencrypt], [1, 2, 3] as [UInt64])
  func chainReading(revocation: RecordSettings.Revocation, seed: UInt64) throws {
    var settings = try Self.settings(.chainReader)
    // No uploads: what comes onto the chain under a new key is not open to old ones.
    settings.mix = [.init(.access, weight: 4), .init(.revoke, weight: 2)]
    settings.revocation = revocation
    settings.engine = .real
    settings.operations = 60
    let result = execute(settings, seed: seed)
    #expect(result.workload.violations.isEmpty, "\(result.workload.violations.prefix(3))")
    let tried = result.operations.filter { $0.misdeed == .chainReader }
    let expected: RecordOutcome = revocation == .rekey ? .leaked : .undecipherable
    #expect(!tried.isEmpty)
    #expect(tried.allSatisfy { $0.outcome == expected }, "\(tried.map(\.outcome))")
    #expect(result.account.leaks == (revocation == .rekey ? tried.count : 0))
  }

  @Test(
    "A declined version leaves the file as it was, in both engines",
    arguments: [Chain.pbft, .raft])
  func declinedVersions(chain: Chain) throws {
    var settings = try Self.settings(.chainReader)
    settings.mix = [.init(.access, weight: 6), .init(.revoke, weight: 2)]
    settings.misdeeds.append(MisdeedRule(.revokedUser, share: 0.3))
    settings.revocation = .reencrypt
    settings.operations = 80
    settings.users[0].count = 8
    var (unprotected, leaks) = (0, 0)
    for seed in 1...6 as ClosedRange<UInt64> {
      let timeout = VirtualDuration.microseconds(10_000 + 500 * Int64(seed % 4))
      settings.engine = .real
      let real = execute(settings, over: chain, seed: seed, loss: 0.02, timeout: timeout)
      settings.engine = .counted
      let counted = execute(settings, over: chain, seed: seed, loss: 0.02, timeout: timeout)
      #expect(real.workload.violations.isEmpty, "\(real.workload.violations.prefix(3))")
      #expect(real.operations == counted.operations)
      #expect(real.outcome.digest == counted.outcome.digest)
      // Only a file whose new version nobody put on the chain is open to old keys.
      #expect(real.account.unprotected > 0 || real.account.leaks == 0)
      unprotected += real.account.unprotected
      leaks += real.account.leaks
    }
    #expect(unprotected > 0 && leaks > 0, "\(unprotected) given up, \(leaks) leaks")
  }

  static let carelessness: [(Misdeed, CloudServer.Checks, InvariantID)] = [
    (.lyingOwner, .storage, "E-2"), (.replayedProof, .once, "E-6"),
    (.revokedUser, [.grant, .revocation], "E-7"),
  ]

  @Test(
    "The probes catch a cloud server that does not check", arguments: carelessness)
  func careless(misdeed: Misdeed, missing: CloudServer.Checks, invariant: InvariantID) throws {
    let result = execute(
      try Self.settings(misdeed), checks: CloudServer.Checks.all.subtracting(missing))
    #expect(result.workload.violations.contains { $0.invariant == invariant })
    #expect(result.count(.leaked) > 0)
    #expect(execute(try Self.settings(misdeed)).workload.violations.isEmpty)
  }

  @Test("Prying costs the cloud server time and yields nothing, with the real engine too")
  func prying() throws {
    var settings = try Self.settings(.curiousCloud)
    settings.engine = .real
    let result = execute(settings)
    #expect(result.workload.violations.isEmpty, "\(result.workload.violations.prefix(3))")
    #expect(result.account.attempts > 10 && result.account.leaks == 0)
    settings.misdeeds = []
    settings.engine = .counted
    let innocent = execute(settings)
    #expect(innocent.account.attempts == 0)
    #expect(innocent.outcome.digest != result.outcome.digest)
  }
}

@Suite("Revocation and deletion in a run")
struct FlowRevocationTests {
  @Test(
    "Revoked at a position: served before, refused after",
    arguments: Chain.allCases, RecordSettings.Revocation.allCases)
  func revocation(chain: Chain, revocation: RecordSettings.Revocation) throws {
    var settings = try clinic()
    settings.revocation = revocation
    settings.missShare = 0
    settings.mix = [.init(.access, weight: 6), .init(.revoke, weight: 1)]
    settings.operations = 60
    for seed in 1...2 as ClosedRange<UInt64> {
      let result = execute(settings, over: chain, seed: seed)
      #expect(result.workload.violations.isEmpty, "\(result.workload.violations.prefix(3))")
      let revocations = result.outcomes(.revoke).filter { $0 != .unfinished }
      #expect(revocations.count > 2 && revocations.allSatisfy { $0 == .done })
      #expect(result.count(.revoked) > 0 && result.outcomes(.access).contains(.done))
      let first = try #require(result.operations.first { $0.activity == .revoke })
      let early = result.operations.filter { $0.ended < first.started && $0.outcome == .revoked }
      #expect(early.isEmpty)
      let renewals = result.account.messages.first { $0.kind == "renewal" }?.sent
      #expect((renewals ?? 0 > 0) == (revocation != .list))
      // With nothing under way the cloud server has one ciphertext of each file.
      if result.operations.allSatisfy({ $0.outcome != .unfinished }) {
        #expect(result.account.storedBytes == CloudServer(result.workload.world).storedBytes)
      }
    }
  }

  @Test(
    "An access under way gets the new version, and who lost an attribute meanwhile gets nothing")
  func overtaken() throws {
    var settings = try clinic()
    settings.revocation = .reencrypt
    settings.missShare = 0
    settings.recordSizes = [.init(60_000, weight: 1)]
    // Reading keeps users busy, and answers wait for them.
    settings.costs[.byteSealed] = 1_000 * 900
    settings.users[1].count = 1
    settings.mix = [
      .init(.access, weight: 8), .init(.revoke, weight: 4), .init(.delete, weight: 0.3),
    ]
    settings.load = .closed(concurrency: 60, thinkTime: nil)
    settings.operations = 200
    var (reopened, tooLate) = (0, 0)
    for seed in 1...20 as ClosedRange<UInt64> {
      settings.engine = seed == 1 ? .real : .counted
      let result = execute(settings, over: seed % 4 == 0 ? .raft : .pbft, seed: seed)
      #expect(result.workload.violations.isEmpty, "\(result.workload.violations.prefix(3))")
      #expect(result.count(.tampered) == 0 && result.count(.leaked) == 0)
      reopened += result.workload.reopened
      tooLate += result.operations.count {
        $0.outcome == .revoked && $0.steps.last?.step == .decryption
      }
    }
    #expect(reopened > 3, "no access was overtaken by a new version")
    #expect(tooLate > 0, "nobody lost an attribute meanwhile")
  }

  @Test(
    "Deleted files leave chain and cloud, and nobody reads them any more", arguments: Chain.allCases
  )
  func deletion(chain: Chain) throws {
    var settings = try clinic()
    settings.mix = [.init(.access, weight: 2), .init(.delete, weight: 1)]
    settings.operations = 40
    let result = execute(settings, over: chain)
    #expect(result.workload.violations.isEmpty, "\(result.workload.violations.prefix(3))")
    let deleted = result.outcomes(.delete).filter { $0 == .done }.count
    #expect(deleted > 5 && result.account.liveFiles <= 12 - deleted)
    #expect(result.account.storedBytes < CloudServer(result.workload.world).storedBytes)
    #expect(result.count(.missing) == 0 && result.count(.refused) == 0)
  }

  @Test("The life of a file is told in order")
  func life() throws {
    var settings = try clinic()
    settings.toldFile = 12
    let life = execute(settings).account.life
    #expect(life.map(\.time) == life.map(\.time).sorted())
    #expect(Array(life.prefix(4).map { String($0.party.prefix(2)) }) == ["DO", "CS", "DO", "DO"])
    #expect(life.first?.text.hasPrefix("encrypts a record of") == true)
  }
}
