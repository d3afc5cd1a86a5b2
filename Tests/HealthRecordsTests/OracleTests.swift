import ConsensusCore
import DiscreteEvents
import RecordSharing
import TestSupport
import Testing

@testable import HealthRecords

@Suite("The oracle of records")
struct OracleTests {
  @Test(
    "Ledger and oracle agree on thousands of random operations",
    arguments: [1, 2, 3, 4], RecordSettings.Scope.allCases)
  func agreement(seed: UInt64, scope: RecordSettings.Scope) throws {
    let enrolment = RecordSettings.Enrolment.allCases[Int(seed % 2)]
    var play = LedgerPlay(try ledgerClinic(scope: scope, enrolment: enrolment), seed: seed)
    var oracle = RecordOracle(play.world, ordersPerReplica: false)
    let random = RandomOperations(world: play.world, seed: Seed(seed))
    var statuses: [RecordAnswer.Status: Int] = [:]
    for number in 0..<1500 {
      let (word, client) = random.operation(number)
      let answered = play.tell(word, client: client)
      let answer = try #require(answered)
      statuses[answer.status, default: 0] += 1
      for replica in 0..<3 {
        let finding = oracle.executed(
          word, client: ClientID(client), timestamp: UInt64(number + 1),
          result: play.last.result, by: ReplicaID(replica))
        #expect(finding == nil, "\(String(describing: RecordOperation(word: word)))")
      }
      #expect(oracle.answer(to: ClientID(client), timestamp: UInt64(number + 1)) == answer)
      if number % 10 == 0 { #expect(play.ledger.digest == play.ledger.recomputedDigest) }
    }
    #expect(oracle.liveFiles == play.ledger.liveFiles)
    #expect(oracle.auditRecords == play.ledger.auditRecords)
    #expect(oracle.reports == play.ledger.reports)
    for owner in 0..<3 {
      #expect(
        oracle.auditCount(concerning: owner) == play.ledger.auditRecords(concerning: owner))
    }
    var versions: Set<Int> = []
    for file in 0..<110 {
      #expect(oracle.isLive(file) == play.ledger.isLive(file))
      #expect(oracle.version(of: file) == play.ledger.version(of: file))
      versions.insert(play.ledger.version(of: file))
    }
    #expect(versions.count > 3, "versions hardly ever come")
    for status in RecordAnswer.Status.allCases {
      #expect(statuses[status, default: 0] > 2, "\(status) hardly ever comes")
    }
  }

  /// A ledger after an alteration, asked something; the invariant that has to be named.
  struct Mutant: Sendable {
    var name: String
    var enrolment = RecordSettings.Enrolment.done
    var before: [(RecordOperation, Role)] = []
    var alter: @Sendable (inout RecordLedger) -> Void
    var asked: RecordOperation
    var role: Role
    var invariant: InvariantID
  }

  static let request = AccessRequest(user: 0, target: 5, occasion: 0, misses: false, flaw: .none)

  static let mutants: [Mutant] = [
    Mutant(
      name: "finds a deleted file", before: [(.delete(owner: 2, file: 5), .patient(2))],
      alter: { $0.files[5].isDeleted = false }, asked: .access(request), role: .user(0),
      invariant: "E-4"),
    Mutant(
      name: "overlooks a file", alter: { $0.files[5].isDeleted = true },
      asked: .access(request), role: .user(0), invariant: "E-4"),
    Mutant(
      name: "stores a file twice", before: [(.store(owner: 2, file: 40), .patient(2))],
      alter: { $0.files[40].owner = -1 }, asked: .store(owner: 2, file: 40), role: .patient(2),
      invariant: "E-4"),
    Mutant(
      name: "deletes another owner's file", before: [(.store(owner: 2, file: 40), .patient(2))],
      alter: { $0.files[40].owner = 1 }, asked: .delete(owner: 1, file: 40), role: .patient(1),
      invariant: "E-3"),
    Mutant(
      name: "deletes twice", before: [(.delete(owner: 2, file: 5), .patient(2))],
      alter: { $0.files[5].isDeleted = false }, asked: .delete(owner: 2, file: 5),
      role: .patient(2), invariant: "E-4"),
    Mutant(
      name: "forgets what was revoked", before: [(.revoke(attribute: 0, user: 0), .authority(0))],
      alter: { $0.revocations = AttributeRevocationList() }, asked: .access(request),
      role: .user(0), invariant: "E-7"),
    Mutant(
      name: "revokes for no reason",
      alter: {
        _ = $0.revocations.revoke($0.world.settings.universe.attributes[3], of: UserID(0))
        _ = $0.revocations.revoke($0.world.settings.universe.attributes[0], of: UserID(0))
      }, asked: .access(request), role: .user(0), invariant: "E-7"),
    Mutant(
      name: "revokes twice", before: [(.revoke(attribute: 0, user: 0), .authority(0))],
      alter: { $0.revocations = AttributeRevocationList() },
      asked: .revoke(attribute: 0, user: 0), role: .authority(0), invariant: "E-7"),
    Mutant(
      name: "skips an epoch", alter: { $0.epochs[0] = 4 }, asked: .rekey(attribute: 0, epoch: 5),
      role: .authority(0), invariant: "E-7"),
    Mutant(
      name: "takes rows twice",
      before: [
        (.rekey(attribute: 0, epoch: 1), .authority(0)),
        (.renew(file: 5, attribute: 0, epoch: 1), .cloud),
      ],
      alter: { $0.files[5].rows = [] }, asked: .renew(file: 5, attribute: 0, epoch: 1),
      role: .cloud, invariant: "E-7"),
    Mutant(
      name: "lets an old version back",
      before: [(.supersede(owner: 2, file: 5, version: 2), .patient(2))],
      alter: { $0.files[5].version = 0 }, asked: .supersede(owner: 2, file: 5, version: 1),
      role: .patient(2), invariant: "E-7"),
    Mutant(
      name: "takes old rows for a new version",
      before: [
        (.rekey(attribute: 0, epoch: 1), .authority(0)),
        (.supersede(owner: 2, file: 5, version: 1), .patient(2)),
      ],
      alter: { $0.files[5].rows = [] }, asked: .renew(file: 5, attribute: 0, epoch: 1),
      role: .cloud, invariant: "E-7"),
    Mutant(
      name: "registers a user twice", enrolment: .simulated,
      before: [(.register(user: 0), .authority(0))], alter: { $0.users[0] = false },
      asked: .register(user: 0), role: .authority(0), invariant: "E-9"),
    Mutant(
      name: "enrols an owner twice", enrolment: .simulated,
      before: [(.enrol(owner: 0), .centre)], alter: { $0.owners[0].isEnrolled = false },
      asked: .enrol(owner: 0), role: .centre, invariant: "E-9"),
    Mutant(
      name: "serves who is not registered", enrolment: .simulated, alter: { $0.users[0] = true },
      asked: .access(request), role: .user(0), invariant: "E-3"),
    Mutant(
      name: "miscounts the records of an owner", before: [(.access(request), .user(0))],
      alter: { $0.owners[2].audits = 0 }, asked: .list(owner: 2), role: .patient(2),
      invariant: "E-6"),
    Mutant(
      name: "takes a report of no file", alter: { $0.files[44].owner = 0 },
      asked: .report(user: 0, file: 44, isMissing: true), role: .user(0), invariant: "E-6"),
  ]

  /// Settings in which all files have a policy that only doctors of the ward satisfy.
  static func strict(_ enrolment: RecordSettings.Enrolment) throws -> RecordSettings {
    var settings = try ledgerClinic(enrolment: enrolment)
    settings.policies[1].weight = 0
    settings.policies[2].weight = 0
    return settings
  }

  @Test("An altered ledger is noticed, by the right name", arguments: mutants.indices)
  func mutant(index: Int) throws {
    let mutant = Self.mutants[index]
    var play = LedgerPlay(try Self.strict(mutant.enrolment))
    var oracle = RecordOracle(play.world, ordersPerReplica: false)
    var timestamp: UInt64 = 0
    func tell(_ operation: RecordOperation, _ role: Role) -> (
      invariant: InvariantID, detail: String
    )? {
      timestamp += 1
      play.tell(operation, by: role)
      return oracle.executed(
        operation.word, client: ClientID(play.client(role)), timestamp: timestamp,
        result: play.last.result, by: ReplicaID(0))
    }
    for (operation, role) in mutant.before {
      #expect(tell(operation, role) == nil, "\(mutant.name)")
    }
    let (sound, soundOracle) = (play, oracle)
    #expect(tell(mutant.asked, mutant.role) == nil, "\(mutant.name)")
    (play, oracle) = (sound, soundOracle)
    mutant.alter(&play.ledger)
    #expect(tell(mutant.asked, mutant.role)?.invariant == mutant.invariant, "\(mutant.name)")
  }

  @Test("Results that are wrong in themselves are noticed")
  func wrongResults() throws {
    var play = LedgerPlay(try Self.strict(.done))
    let oracle = RecordOracle(play.world, ordersPerReplica: false)
    let client = ClientID(play.client(.user(0)))
    let word = RecordOperation.access(Self.request).word
    play.tell(word, client: client.index)
    let sound = try #require(RecordAnswer(play.last.result))
    func finding(_ result: Digest, _ operation: UInt64? = nil) -> InvariantID? {
      var oracle = oracle
      return oracle.executed(
        operation ?? word, client: client, timestamp: 1, result: result, by: ReplicaID(0)
      )?.invariant
    }
    #expect(finding(sound.result) == nil)
    var wrong = sound
    wrong.file += 1
    #expect(finding(wrong.result) == "E-4")
    wrong = sound
    wrong.check ^= 1
    #expect(finding(wrong.result) == "E-4")
    wrong = sound
    wrong.status = .noMatch
    #expect(finding(wrong.result) == "E-4")
    wrong.status = .revoked
    #expect(finding(wrong.result) == "E-7")
    wrong.status = .invalidToken
    #expect(finding(wrong.result) == "E-3")
    #expect(finding(Digest(0)) == "E-4")
    #expect(finding(sound.result, 0) == "E-3")
  }

  @Test("Nobody may execute what nobody issued, or something else than others")
  func strangers() throws {
    var play = LedgerPlay(try ledgerClinic())
    var oracle = RecordOracle(play.world, ordersPerReplica: false)
    let client = ClientID(play.client(.patient(0)))
    let word = RecordOperation.list(owner: 0).word
    play.tell(word, client: client.index)
    let result = play.last.result
    func executed(_ operation: UInt64?, _ replica: Int) -> InvariantID? {
      oracle.executed(
        operation, client: client, timestamp: 1, result: result, by: ReplicaID(replica)
      )?.invariant
    }
    #expect(executed(nil, 0) == "E-3")
    #expect(executed(word, 0) == nil)
    #expect(executed(word, 1) == nil)
    #expect(executed(RecordOperation.list(owner: 1).word, 2) == "E-3")
  }

  @Test("Positions are equal at all replicas and never step back", arguments: [false, true])
  func positions(ordersPerReplica: Bool) throws {
    var play = LedgerPlay(try ledgerClinic())
    var oracle = RecordOracle(play.world, ordersPerReplica: ordersPerReplica)
    let client = ClientID(play.client(.patient(0)))
    let word = RecordOperation.list(owner: 0).word
    func tell(_ timestamp: UInt64, at position: UInt64, by replica: Int = 0) -> InvariantID? {
      play.position = position - 1
      play.tell(word, client: client.index)
      return oracle.executed(
        word, client: client, timestamp: timestamp, result: play.last.result,
        by: ReplicaID(replica)
      )?.invariant
    }
    #expect(tell(1, at: 7) == nil)
    #expect(tell(2, at: 7) == nil)
    #expect(tell(1, at: 8, by: 1) == (ordersPerReplica ? nil : "E-7"))
    #expect(tell(3, at: 6) == "E-7")
    var late = RecordOracle(play.world, ordersPerReplica: ordersPerReplica)
    swap(&late, &oracle)
    // The counter in answers has 24 bits.
    #expect(tell(1, at: 0x7F_FFFF) == nil)
    #expect(tell(2, at: 0xFF_FFFE) == nil)
    #expect(tell(3, at: 0x100_0001) == nil)
    #expect(tell(4, at: 0x100_0000) == "E-7")
  }

  @Test("Forks are followed replica by replica, and taken back", arguments: [1, 2, 3])
  func forks(seed: UInt64) throws {
    let start = LedgerPlay(try ledgerClinic(enrolment: .simulated), seed: seed)
    var oracle = RecordOracle(start.world, ordersPerReplica: true)
    let random = RandomOperations(world: start.world, seed: Seed(seed))
    // What each replica executed, with its ledger before.
    var chains: [[(number: Int, client: Int, before: LedgerPlay)]] = [[], [], []]
    var ledgers = [start, start, start]
    var undone = 0
    for turn in 0..<900 {
      var draw = Seed(seed).draw(.mining, UInt64(turn))
      let replica = Int(draw.below(3))
      if draw.chance(0.1) {
        let depth = min(chains[replica].count, Int(draw.below(12)))
        // As miners tell it: blocks backwards, each from its beginning.
        let lost = chains[replica].suffix(depth)
        if let first = lost.first { ledgers[replica] = first.before }
        for entry in lost {
          oracle.undone(
            client: ClientID(entry.client), timestamp: UInt64(entry.number + 1),
            by: ReplicaID(replica))
        }
        chains[replica].removeLast(depth)
        undone += depth
      }
      // Mostly the same operations in the same order, sometimes another.
      let number = chains[replica].count + (draw.chance(0.05) ? 1000 : 0)
      let (word, client) = random.operation(number)
      chains[replica].append((number, client, ledgers[replica]))
      ledgers[replica].tell(word, client: client)
      let finding = oracle.executed(
        word, client: ClientID(client), timestamp: UInt64(number + 1),
        result: ledgers[replica].last.result, by: ReplicaID(replica))
      #expect(finding == nil)
    }
    #expect(undone > 100)
    let lead = try #require(
      chains.indices.max { (chains[$0].count, -$0) < (chains[$1].count, -$1) })
    #expect(oracle.liveFiles == ledgers[lead].ledger.liveFiles)
    #expect(oracle.auditRecords == ledgers[lead].ledger.auditRecords)
    for file in 0..<110 {
      #expect(oracle.isLive(file) == ledgers[lead].ledger.isLive(file))
      #expect(oracle.version(of: file) == ledgers[lead].ledger.version(of: file))
    }
  }

  @Test("A miner that lost its disk confirms its chain once more, with the results of before")
  func lostDisk() throws {
    for lost in 1...6 {
      let start = LedgerPlay(try ledgerClinic())
      var play = start
      var oracle = RecordOracle(play.world, ordersPerReplica: true)
      let client = ClientID(play.client(.patient(0)))
      func tell(_ number: Int) -> (invariant: InvariantID, detail: String)? {
        // Three to a block.
        play.position = UInt64(number / 3)
        let word = RecordOperation.store(owner: 0, file: 40 + number).word
        play.tell(word, client: client.index)
        return oracle.executed(
          word, client: client, timestamp: UInt64(number + 1), result: play.last.result,
          by: ReplicaID(0))
      }
      #expect(tell(0) == nil)
      let first = play.last.result
      for number in 1..<lost { #expect(tell(number) == nil) }
      play = start
      var unaware = oracle
      let finding = unaware.executed(
        RecordOperation.store(owner: 0, file: 40).word, client: client, timestamp: 1,
        result: first, by: ReplicaID(0))
      #expect(finding != nil)
      oracle.forgot(ReplicaID(0))
      for number in 0..<8 { #expect(tell(number) == nil) }
      #expect(oracle.liveFiles == 48)
    }
  }

  @Test("Taking back something else than what came last is noticed")
  func wrongUndoing() throws {
    var play = LedgerPlay(try ledgerClinic())
    var oracle = RecordOracle(play.world, ordersPerReplica: true)
    let client = ClientID(play.client(.patient(0)))
    let word = RecordOperation.list(owner: 0).word
    for timestamp: UInt64 in 1...3 {
      play.tell(word, client: client.index)
      let finding = oracle.executed(
        word, client: client, timestamp: timestamp, result: play.last.result, by: ReplicaID(0))
      #expect(finding == nil)
      if timestamp == 2 { oracle.undone(client: client, timestamp: 2, by: ReplicaID(0)) }
    }
    oracle.undone(client: client, timestamp: 1, by: ReplicaID(0))
    play.tell(word, client: client.index)
    let finding = oracle.executed(
      word, client: client, timestamp: 4, result: play.last.result, by: ReplicaID(0))
    #expect(finding?.invariant == "E-3")
  }

  @Test("What parties ask is answered as of the last operation, revocations as of any position")
  func queries() throws {
    var play = LedgerPlay(try Self.strict(.done))
    var oracle = RecordOracle(play.world, ordersPerReplica: false)
    var timestamp: UInt64 = 0
    func tell(_ operation: RecordOperation, _ role: Role) {
      timestamp += 1
      play.tell(operation, by: role)
      let finding = oracle.executed(
        operation.word, client: ClientID(play.client(role)), timestamp: timestamp,
        result: play.last.result, by: ReplicaID(0))
      #expect(finding == nil)
    }
    #expect(oracle.storePosition(of: 5) == 0)
    #expect(oracle.storePosition(of: 40) == nil)
    tell(.store(owner: 1, file: 40), .patient(1))
    tell(.revoke(attribute: 0, user: 0), .authority(0))
    tell(.delete(owner: 2, file: 5), .patient(2))
    #expect(oracle.storePosition(of: 40) == 1)
    #expect(oracle.isLive(40) == true)
    #expect(oracle.isLive(5) == false)
    #expect(oracle.matching(Self.request) == play.ledger.matching(Self.request))
    #expect(oracle.mayRead(40, user: 0, asOf: 1) == true)
    #expect(oracle.mayRead(40, user: 0, asOf: 2) == false)
    #expect(oracle.mayRead(40, user: 1, asOf: 2) == true)
    #expect(oracle.mayRead(40, user: 3, asOf: 1) == false)
    let none = oracle.revocations(asOf: 1)
    #expect(none.isEmpty)
    let taken = oracle.revocations(asOf: 2)
    #expect(taken.map(\.user) == [0])
    let real = oracle.realFiles(inScopeOf: Self.request)
    #expect(real.isEmpty)
  }
}
