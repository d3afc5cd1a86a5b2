import ConsensusCore
import DiscreteEvents
import RecordSharing
import Testing

@testable import HealthRecords

/// A ledger that is told operations, with the timestamps of its clients.
struct LedgerPlay {
  let world: RecordWorld
  var ledger: RecordLedger
  var position: UInt64 = 0
  private(set) var last = Execution(result: Digest(0), work: 0, resultBytes: 0)

  init(_ settings: RecordSettings, seed: UInt64 = 1) {
    world = RecordWorld(settings, seed: Seed(seed))
    ledger = RecordLedger(world)
  }

  static func request(_ word: UInt64, client: Int, timestamp: UInt64 = 1) -> Request {
    Request(
      client: ClientID(client), timestamp: timestamp, operation: word, operationBytes: 0,
      signature: .none)
  }

  /// The last connection of a party.
  func client(_ role: Role) -> Int {
    world.roster.party(role).index * world.roster.connections + world.roster.connections - 1
  }

  @discardableResult
  mutating func tell(_ word: UInt64, client: Int) -> RecordAnswer? {
    position += 1
    last = ledger.execute(
      Self.request(word, client: client), at: SequenceNumber(position))
    return RecordAnswer(last.result)
  }

  @discardableResult
  mutating func tell(_ operation: RecordOperation, by role: Role) -> RecordAnswer.Status? {
    tell(operation.word, client: client(role))?.status
  }

  func access(
    _ user: Int, _ target: Int, misses: Bool = false, flaw: AccessRequest.Flaw = .none
  ) -> RecordOperation {
    .access(AccessRequest(user: user, target: target, occasion: 0, misses: misses, flaw: flaw))
  }

  /// The first file of the beginning with a policy.
  func file(policy: Int) throws -> Int {
    try #require((0..<world.settings.preloaded).first { world.policy(of: $0) == policy })
  }
}

@Suite("The ledger of records")
struct LedgerTests {
  typealias Line = (RecordOperation, Role, RecordAnswer.Status)

  static let scripts: [(name: String, enrolment: RecordSettings.Enrolment, lines: [Line])] = [
    (
      "owners are enrolled once, by the centre", .simulated,
      [
        (.store(owner: 1, file: 40), .patient(1), .unauthorised),
        (.list(owner: 1), .patient(1), .unauthorised),
        (.enrol(owner: 1), .authority(0), .unauthorised),
        (.enrol(owner: 1), .patient(1), .unauthorised),
        (.enrol(owner: 1), .centre, .done),
        (.enrol(owner: 1), .centre, .conflict),
        (.enrol(owner: 3), .centre, .conflict),
        (.store(owner: 1, file: 40), .patient(1), .done),
        (.store(owner: 0, file: 41), .patient(0), .unauthorised),
      ]
    ),
    (
      "users are registered once, by their authority", .simulated,
      [
        (.report(user: 2, file: 0, isMissing: true), .user(2), .unauthorised),
        (.revoke(attribute: 2, user: 2), .authority(0), .conflict),
        (.register(user: 2), .centre, .unauthorised),
        (.register(user: 2), .user(2), .unauthorised),
        (.register(user: 2), .authority(1), .unauthorised),
        (.register(user: 2), .authority(0), .done),
        (.register(user: 2), .authority(0), .conflict),
        (.register(user: 4), .authority(0), .conflict),
        (.report(user: 2, file: 0, isMissing: true), .user(2), .done),
      ]
    ),
    (
      "a name of a file serves once, even after it was deleted", .done,
      [
        (.store(owner: 0, file: 0), .patient(0), .conflict),
        (.store(owner: 0, file: 40), .patient(1), .unauthorised),
        (.store(owner: 0, file: 40), .patient(0), .done),
        (.store(owner: 0, file: 40), .patient(0), .conflict),
        (.store(owner: 1, file: 40), .patient(1), .conflict),
        (.delete(owner: 1, file: 40), .patient(1), .unauthorised),
        (.delete(owner: 0, file: 40), .user(0), .unauthorised),
        (.delete(owner: 0, file: 40), .patient(0), .done),
        (.delete(owner: 0, file: 40), .patient(0), .conflict),
        (.store(owner: 0, file: 40), .patient(0), .conflict),
        (.delete(owner: 0, file: 0), .patient(0), .done),
        (.delete(owner: 0, file: 0), .patient(0), .conflict),
        (.delete(owner: 1, file: 3), .patient(1), .unauthorised),
        (.delete(owner: 1, file: 77), .patient(1), .conflict),
        (.store(owner: 0, file: 0), .patient(0), .conflict),
      ]
    ),
    (
      "what a user holds is revoked once, by authorities", .done,
      [
        (.revoke(attribute: 0, user: 0), .centre, .unauthorised),
        (.revoke(attribute: 0, user: 0), .user(0), .unauthorised),
        (.revoke(attribute: 1, user: 0), .authority(0), .conflict),
        (.revoke(attribute: 0, user: 0), .authority(0), .done),
        (.revoke(attribute: 0, user: 0), .authority(1), .conflict),
        (.revoke(attribute: 0, user: 1), .authority(1), .done),
        (.revoke(attribute: 4, user: 1), .authority(1), .conflict),
        (.revoke(attribute: 65535, user: 0), .authority(1), .conflict),
        (.revoke(attribute: 0, user: 1_048_575), .authority(1), .conflict),
      ]
    ),
    (
      "epochs follow each other", .done,
      [
        (.rekey(attribute: 0, epoch: 1), .cloud, .unauthorised),
        (.rekey(attribute: 0, epoch: 0), .authority(0), .conflict),
        (.rekey(attribute: 0, epoch: 2), .authority(0), .conflict),
        (.rekey(attribute: 0, epoch: 1), .authority(0), .done),
        (.rekey(attribute: 0, epoch: 1), .authority(1), .conflict),
        (.rekey(attribute: 0, epoch: 2), .authority(1), .done),
        (.rekey(attribute: 4, epoch: 1), .authority(1), .conflict),
      ]
    ),
    (
      "a file gets later versions of its owner", .done,
      [
        (.supersede(owner: 0, file: 0, version: 1), .cloud, .unauthorised),
        (.supersede(owner: 0, file: 0, version: 1), .authority(0), .unauthorised),
        (.supersede(owner: 0, file: 0, version: 1), .patient(1), .unauthorised),
        (.supersede(owner: 1, file: 0, version: 1), .patient(1), .unauthorised),
        (.supersede(owner: 0, file: 40, version: 1), .patient(0), .conflict),
        (.supersede(owner: 0, file: 0, version: 0), .patient(0), .conflict),
        (.supersede(owner: 0, file: 0, version: 2), .patient(0), .done),
        // Twice, or overtaken by the later one.
        (.supersede(owner: 0, file: 0, version: 2), .patient(0), .conflict),
        (.supersede(owner: 0, file: 0, version: 1), .patient(0), .conflict),
        (.supersede(owner: 0, file: 0, version: 65535), .patient(0), .done),
        (.delete(owner: 0, file: 0), .patient(0), .done),
        (.supersede(owner: 0, file: 0, version: 65535), .patient(0), .conflict),
      ]
    ),
    (
      "a report needs a file that is or was there", .done,
      [
        (.report(user: 0, file: 40, isMissing: false), .user(0), .conflict),
        (.report(user: 0, file: 0, isMissing: false), .user(1), .unauthorised),
        (.report(user: 0, file: 0, isMissing: false), .user(0), .done),
        (.delete(owner: 0, file: 0), .patient(0), .done),
        (.report(user: 0, file: 0, isMissing: true), .user(0), .done),
      ]
    ),
  ]

  @Test("Scripts are answered line by line", arguments: scripts.indices)
  func script(index: Int) throws {
    let script = Self.scripts[index]
    var play = LedgerPlay(try ledgerClinic(enrolment: script.enrolment))
    for (number, line) in script.lines.enumerated() {
      let status = play.tell(line.0, by: line.1)
      #expect(status == line.2, "\(script.name), line \(number)")
      #expect(play.ledger.digest == play.ledger.recomputedDigest)
    }
  }

  @Test("An access is decided by words, policy and what was revoked before it")
  func access() throws {
    var settings = try ledgerClinic()
    settings.policies[1].weight = 0
    settings.policies[2].weight = 0
    var play = LedgerPlay(settings)
    let operation = play.access(0, 5)
    #expect(play.tell(operation, by: .user(0)) == .done)
    #expect(play.tell(play.access(3, 5), by: .user(3)) == .unsatisfied)
    #expect(play.tell(play.access(0, 5, misses: true), by: .user(0)) == .noMatch)
    #expect(play.tell(play.access(0, 5, flaw: .forged), by: .user(0)) == .invalidToken)
    #expect(play.tell(play.access(0, 5, flaw: .foreign), by: .user(0)) == .invalidToken)
    #expect(play.tell(operation, by: .user(1)) == .unauthorised)
    #expect(play.tell(operation, by: .patient(0)) == .unauthorised)
    play.tell(.revoke(attribute: 0, user: 0), by: .authority(0))
    #expect(play.tell(operation, by: .user(0)) == .revoked)
    #expect(play.tell(play.access(1, 5), by: .user(1)) == .done)
    #expect(play.ledger.auditRecords == 9)
  }

  @Test("The target is named if it is granted, else the first file that is")
  func namedFile() throws {
    var play = LedgerPlay(try ledgerClinic())
    let request = AccessRequest(user: 0, target: 5, occasion: 0, misses: false, flaw: .none)
    let matching = play.ledger.matching(request)
    #expect(matching.contains(5))
    #expect(matching.count > 1)
    let word = RecordOperation.access(request).word
    let client = play.client(.user(0))
    let whole = play.tell(word, client: client)
    #expect(whole?.file == 5)
    play.tell(.delete(owner: 2, file: 5), by: .patient(2))
    let rest = matching.filter { $0 != 5 }
    #expect(play.ledger.matching(request) == rest)
    let reduced = play.tell(word, client: client)
    let answer = try #require(reduced)
    #expect(answer.file == rest.first)
    #expect(answer.position == 3)
    #expect(answer.check == RecordAnswer.check(rest))
  }

  @Test("A search costs its token and every live file in scope, and returns abstracts")
  func costs() throws {
    for scope in RecordSettings.Scope.allCases {
      var play = LedgerPlay(try ledgerClinic(scope: scope))
      play.tell(.store(owner: 2, file: 40), by: .patient(2))
      #expect(play.last.work > 0)
      play.tell(.delete(owner: 1, file: 1), by: .patient(1))
      #expect(play.last.work == 0)
      play.tell(.delete(owner: 2, file: 2), by: .patient(2))
      play.tell(.store(owner: 2, file: 41), by: .patient(2))
      let prices = play.world.prices
      let scoped: Int64 = scope == .everything ? 40 : 14
      let answered = play.tell(play.access(0, 5).word, client: play.client(.user(0)))
      let answer = try #require(answered)
      #expect(answer.status == .done)
      #expect(
        play.last.work == prices[.checkToken].nanoseconds + scoped
          * prices[.matchFile].nanoseconds)
      let granted = play.ledger.matching(
        AccessRequest(user: 0, target: 5, occasion: 0, misses: false, flaw: .none))
      let bytes = granted.map { prices[.returnAbstract(policy: play.world.policy(of: $0))].bytes }
      #expect(Int(play.last.resultBytes) == bytes.reduce(0, +))
      #expect(play.last.resultBytes > 0)
      play.tell(play.access(0, 5, flaw: .forged), by: .user(0))
      #expect(play.last.work == prices[.checkToken].nanoseconds)
      #expect(play.last.resultBytes == 0)
    }
  }

  @Test("Admission is charged by what has to be checked")
  func admission() throws {
    let play = LedgerPlay(try ledgerClinic())
    let prices = play.world.prices
    func work(_ word: UInt64) -> Int64 {
      play.ledger.admissionWork(of: LedgerPlay.request(word, client: 0))
    }
    let policy = play.world.policy(of: 40)
    #expect(
      work(RecordOperation.store(owner: 0, file: 40).word)
        == prices[.admitTransaction(policy: policy)].nanoseconds)
    #expect(work(play.access(0, 1).word) == prices[.admitToken].nanoseconds)
    #expect(work(RecordOperation.list(owner: 0).word) == prices[.admitRequest].nanoseconds)
    #expect(work(0) == prices[.admitRequest].nanoseconds)
  }

  @Test("Lists count the records that concern an owner's files")
  func lists() throws {
    var play = LedgerPlay(try ledgerClinic(scope: .owner))
    let list = RecordOperation.list(owner: 2)
    func count(_ number: Int) -> Int { RecordAnswer.check([number]) }
    let client = play.client(.patient(2))
    let before = play.tell(list.word, client: client)
    #expect(before?.check == count(0))
    play.tell(play.access(0, 5), by: .user(0))
    play.tell(play.access(3, 5), by: .user(3))
    play.tell(play.access(0, 4), by: .user(0))
    play.tell(play.access(0, 5, misses: true), by: .user(0))
    play.tell(play.access(0, 5, flaw: .forged), by: .user(0))
    play.tell(.report(user: 0, file: 5, isMissing: true), by: .user(0))
    let after = play.tell(list.word, client: client)
    #expect(after?.check == count(3))
    #expect(play.last.resultBytes > 0)
    #expect(play.ledger.auditRecords(concerning: 1) == 1)
    #expect(play.ledger.auditRecords == 6)
    #expect(play.ledger.reports == 1)
    #expect(play.tell(list, by: .patient(1)) == .unauthorised)
  }

  @Test("Files by words are those that a look at every file finds", arguments: [3, 256, 257, 1000])
  func search(vocabulary: Int) throws {
    for scope in RecordSettings.Scope.allCases {
      var settings = try ledgerClinic(preloaded: 300, scope: scope, vocabulary: vocabulary)
      settings.wordExponent = 0
      settings.queriedSlots = 1
      settings.patients = 2
      var play = LedgerPlay(settings)
      for file in stride(from: 300, to: 900, by: 2) {
        play.tell(.store(owner: file / 2 % 2, file: file), by: .patient(file / 2 % 2))
      }
      play.tell(.delete(owner: 1, file: 7), by: .patient(1))
      play.tell(.delete(owner: 0, file: 400), by: .patient(0))
      var hits = 0
      for target in stride(from: 0, to: 900, by: 17) {
        let request = AccessRequest(
          user: 0, target: target, occasion: target, misses: false, flaw: .none)
        let query = play.world.query(request)
        let owner = play.ledger.owner(of: target)
        let expected = (0..<900).filter { file in
          play.ledger.isLive(file)
            && (scope == .everything || owner != nil && play.ledger.owner(of: file) == owner)
            && query.allSatisfy { play.world.word(of: file, slot: $0.slot) == $0.word }
        }
        #expect(play.ledger.matching(request) == expected)
        hits += expected.count
      }
      #expect(hits > 20)
    }
  }

  @Test("A copy goes its own way")
  func copies() throws {
    var play = LedgerPlay(try ledgerClinic())
    for number in 0..<600 { play.tell(play.access(number % 3, number % 40), by: .user(number % 3)) }
    let kept = play.ledger
    let digest = kept.digest
    var other = play
    play.tell(.store(owner: 0, file: 50), by: .patient(0))
    other.tell(.delete(owner: 1, file: 1), by: .patient(1))
    other.tell(.revoke(attribute: 0, user: 0), by: .authority(0))
    #expect(kept.digest == digest)
    #expect(kept.recomputedDigest == digest)
    #expect(Set([digest, play.ledger.digest, other.ledger.digest]).count == 3)
    #expect(play.ledger.isLive(1))
    #expect(!other.ledger.isLive(50))
    #expect(!kept.isLive(50))
    #expect(kept.isLive(1))
    #expect(kept.size < play.ledger.size)
  }

  @Test("A copy that was altered anywhere has another digest than it says")
  func alteredCopies() throws {
    var play = LedgerPlay(try ledgerClinic(enrolment: .simulated))
    play.tell(.enrol(owner: 0), by: .centre)
    play.tell(.register(user: 0), by: .authority(0))
    play.tell(.store(owner: 0, file: 40), by: .patient(0))
    play.tell(play.access(0, 40), by: .user(0))
    play.tell(.revoke(attribute: 0, user: 0), by: .authority(0))
    play.tell(.rekey(attribute: 0, epoch: 1), by: .authority(0))
    let alterations: [(inout RecordLedger) -> Void] = [
      { $0.owners[1].isEnrolled = true }, { $0.owners[0].audits += 1 },
      { $0.owners[0].addedFiles += 1 }, { $0.users[0] = false }, { $0.users[3] = true },
      { $0.files[40].owner = 1 }, { $0.files[3].isDeleted = true },
      { $0.files[40].renew(0, epoch: 1) }, { $0.revocations = AttributeRevocationList() },
      { $0.files[40].version = 1 }, { $0.epochs[0] = 2 }, { $0.audits[0].operation ^= 1 },
      { $0.audits[0].answer ^= 1 },
      { $0.reports += 1 }, { $0.auditRecords = 0 }, { $0.liveFiles += 1 }, { $0.addedBytes += 1 },
    ]
    #expect(play.ledger.recomputedDigest == play.ledger.digest)
    for (number, alter) in alterations.enumerated() {
      var copy = play.ledger
      alter(&copy)
      #expect(copy.recomputedDigest != play.ledger.digest, "alteration \(number)")
    }
  }

  @Test("No word and no client makes it trap, whatever they are")
  func hostileWords() throws {
    var play = LedgerPlay(try ledgerClinic(enrolment: .simulated))
    for number: UInt64 in 0..<4000 {
      var draw = Seed(9).draw(.workload, number)
      let word = (number % 16) << 60 | (draw.next() >> (4 + number % 7)) << (number % 11)
      let answer = play.tell(word, client: Int(draw.below(40)))
      #expect(answer != nil)
      _ = play.ledger.admissionWork(of: LedgerPlay.request(word, client: 0))
    }
    for operation in OperationTests.extremes {
      for client in 0..<30 { play.tell(operation.word, client: client) }
    }
    let unknown = play.tell(0, client: 0)
    #expect(unknown?.status == .unauthorised)
    let stranger = play.tell(RecordOperation.enrol(owner: 0).word, client: 1 << 20)
    #expect(stranger?.status == .unauthorised)
    #expect(play.ledger.digest == play.ledger.recomputedDigest)
  }
}
