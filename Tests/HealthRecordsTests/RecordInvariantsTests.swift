import ConsensusCore
import DiscreteEvents
import RecordSharing
import TestSupport
import RecordTestSupport
import Testing

@testable import HealthRecords

@Suite("What may never happen to records")
struct RecordInvariantsTests {
  let world: RecordWorld
  var invariants: RecordInvariants
  let ledger: RecordLedger

  init() throws {
    var settings = try clinic()
    settings.missShare = 0
    world = RecordWorld(settings, seed: Seed(1))
    invariants = RecordInvariants(world, ordersPerReplica: false)
    ledger = RecordLedger(world)
  }

  /// Executes for real and tells the probe, as a replica would.
  private mutating func execute(
    _ operation: RecordOperation, by role: Role, timestamp: UInt64, at position: UInt64,
    _ ledger: inout RecordLedger, forging: RecordAnswer.Status? = nil
  ) -> (findings: [ShadowFinding], key: RequestKey, answer: RecordAnswer?) {
    let client = ClientID(world.roster.party(role).index * world.roster.connections)
    let request = Request(
      client: client, timestamp: timestamp, operation: operation.word, operationBytes: 0,
      signedBy: Signer(endpoint: Endpoint(client), keys: Seed(1)))
    var result = ledger.execute(request, at: SequenceNumber(position)).result
    if let forging, var answer = RecordAnswer(result) {
      answer.status = forging
      result = answer.result
    }
    let key = RequestKey(client: client, timestamp: timestamp)
    let findings = invariants.executed(operation, key, result: result, by: ReplicaID(0))
    return (findings, key, RecordAnswer(result))
  }

  /// A file under the policy that only physicians satisfy.
  private var strict: Int { (0..<12).first { world.policy(of: $0) == 0 } ?? 0 }

  private func access(_ user: Int, _ file: Int) -> RecordOperation {
    .access(AccessRequest(user: user, target: file, occasion: 1, misses: false, flaw: .none))
  }

  @Test("E-1 and E-6: a granted file is read once, by who asked, and as it was stored")
  mutating func reading() throws {
    var ledger = ledger
    let (findings, key, found) = execute(
      access(0, strict), by: .user(0), timestamp: 1, at: 1, &ledger)
    let answer = try #require(found)
    #expect(findings.isEmpty && answer.file == strict)
    #expect(invariants.served(strict, to: 0, for: key, with: answer) == nil)
    #expect(invariants.read(strict, by: 0, returned: .stored, for: key, with: answer) == nil)
    #expect(
      invariants.read(strict, by: 0, returned: .altered, for: key, with: answer)?.invariant == "E-1"
    )
    #expect(
      invariants.read(strict, by: 0, returned: .other(3), for: key, with: answer)?.invariant
        == "E-1")
    #expect(
      invariants.read(strict, by: 1, returned: .stored, for: key, with: answer)?.invariant == "E-1")
    #expect(invariants.served(strict, to: 0, for: key, with: answer)?.invariant == "E-6")
  }

  @Test("E-6 and E-7: nothing is handed out without an access, to another user, or another file")
  mutating func serving() throws {
    var ledger = ledger
    let granted = execute(access(0, strict), by: .user(0), timestamp: 1, at: 1, &ledger)
    let (key, answer) = (granted.key, try #require(granted.answer))
    let nowhere = RequestKey(client: ClientID(0), timestamp: 9)
    #expect(invariants.served(strict, to: 0, for: nowhere, with: answer)?.invariant == "E-6")
    var copy = invariants
    #expect(copy.served(strict, to: 1, for: key, with: answer)?.invariant == "E-7")
    copy = invariants
    #expect(copy.served((strict + 1) % 12, to: 0, for: key, with: answer)?.invariant == "E-7")
    // A proof that no honest replica gave.
    copy = invariants
    var forged = answer
    forged.position += 1
    #expect(copy.served(strict, to: 0, for: key, with: forged)?.invariant == "E-6")
  }

  @Test("E-7: a revocation takes effect at its place and not before")
  mutating func revocation() throws {
    var ledger = ledger
    let cardiology = try #require(world.settings.universe.index(of: Attribute("cardiology")))
    let before = execute(access(0, strict), by: .user(0), timestamp: 1, at: 1, &ledger)
    let revoked = execute(
      .revoke(attribute: cardiology, user: 0), by: .authority(0), timestamp: 1, at: 2, &ledger)
    #expect(revoked.findings.isEmpty && revoked.answer?.status == .done)
    #expect(
      invariants.served(strict, to: 0, for: before.key, with: try #require(before.answer)) == nil)
    let after = execute(
      access(0, strict), by: .user(0), timestamp: 2, at: 3, &ledger, forging: .done)
    #expect(!after.findings.isEmpty)
    #expect(
      invariants.read(
        strict, by: 0, returned: .stored, for: after.key, with: try #require(after.answer))?
        .invariant == "E-1")
  }

  @Test("E-2 and E-5: a location comes after the file, and the abstract after the location")
  mutating func storage() {
    let store = RecordOperation.store(owner: 0, file: 12)
    #expect(invariants.submitted(store, by: .patient(0))?.invariant == "E-5")
    #expect(invariants.acknowledged(12, .digest, isStored: true)?.invariant == "E-2")
    #expect(invariants.acknowledged(12, .signature, isStored: true)?.invariant == "E-2")
    #expect(invariants.acknowledged(12, .none, isStored: false)?.invariant == "E-2")
    #expect(invariants.acknowledged(12, .none, isStored: true) == nil)
    #expect(invariants.submitted(store, by: .patient(0)) == nil)
    let next = RecordOperation.supersede(owner: 0, file: 0, version: 1)
    #expect(invariants.submitted(next, by: .patient(0))?.invariant == "E-5")
    invariants.acknowledged(0, version: 1)
    #expect(invariants.submitted(next, by: .patient(0)) == nil)
    let key = RequestKey(client: ClientID(0), timestamp: 1)
    let answer = RecordAnswer(status: .done, position: 1, file: 12, check: 0)
    #expect(
      invariants.read(12, by: 0, returned: .stored, for: key, with: answer)?.invariant == "E-5")
  }

  @Test("E-3: nothing takes effect that nobody or the wrong party submitted")
  mutating func signatures() {
    let key = RequestKey(client: ClientID(0), timestamp: 1)
    let answer = RecordAnswer(status: .done, position: 1, file: 0, check: 0)
    #expect(
      invariants.executed(nil, key, result: answer.result, by: ReplicaID(0)).first?.invariant
        == "E-3")
    let operations: [RecordOperation] = [
      .store(owner: 0, file: 12), .delete(owner: 0, file: 0), .list(owner: 0),
      .register(user: 0), .revoke(attribute: 0, user: 0), access(0, strict),
      .report(user: 0, file: 0, isMissing: true), .renew(file: 0, attribute: 0, epoch: 1),
      .supersede(owner: 0, file: 0, version: 1),
    ]
    for (index, operation) in operations.enumerated() {
      var copy = invariants
      // The trusted centre may do none of these.
      let key = RequestKey(client: ClientID(0), timestamp: UInt64(index + 1))
      let findings = copy.executed(operation, key, result: answer.result, by: ReplicaID(0))
      #expect(findings.contains { $0.invariant == "E-3" }, "\(operation)")
    }
  }

  @Test("E-4 and E-7: an answer that the oracle does not give is found")
  mutating func answers() {
    var ledger = ledger
    let wrong = execute(
      access(0, strict), by: .user(0), timestamp: 1, at: 1, &ledger, forging: .noMatch)
    #expect(["E-4", "E-7"].contains(wrong.findings.first?.invariant))
  }

  @Test("E-4, E-6, E-7: what parties took the chain to hold is compared in the end")
  mutating func mirror() throws {
    var ledger = ledger
    let operations: [(RecordOperation, Role)] = [
      (.list(owner: 0), .patient(0)), (.store(owner: 0, file: 12), .patient(0)),
      (access(0, strict), .user(0)), (.rekey(attribute: 0, epoch: 1), .authority(0)),
      (.report(user: 0, file: 0, isMissing: true), .user(0)),
    ]
    _ = invariants.acknowledged(12, .none, isStored: true)
    let found: [[InvariantID]] = [[], ["E-4"], ["E-6"], ["E-7"], ["E-6", "E-6"]]
    var mirror = ChainMirror(world)
    for (number, (operation, role)) in operations.enumerated() {
      let timestamp = UInt64(number + 1)
      let (_, key, answer) = execute(
        operation, by: role, timestamp: timestamp, at: timestamp, &ledger)
      #expect(answer?.status == .done)
      #expect(invariants.compare(mirror).map(\.invariant) == found[number])
      mirror.issued(operation, as: key)
      for _ in 0..<2 { mirror.executed(key, answer, by: ReplicaID(0)) }
      #expect(invariants.compare(mirror).isEmpty)
    }
  }

  @Test("Of answers that differ between forks the mirror keeps those that somebody holds")
  func forks() {
    var mirror = ChainMirror(world)
    func key(_ number: UInt64) -> RequestKey { RequestKey(client: ClientID(0), timestamp: number) }
    for epoch in 1...2 {
      mirror.issued(.rekey(attribute: 0, epoch: epoch), as: key(UInt64(epoch)))
    }
    func answer(_ status: RecordAnswer.Status) -> RecordAnswer {
      RecordAnswer(status: status, position: 1, file: 0, check: 0)
    }
    mirror.executed(key(1), answer(.conflict), by: ReplicaID(0))
    #expect(mirror.epochs[0] == 0)
    mirror.executed(key(1), answer(.done), by: ReplicaID(200))
    mirror.executed(key(2), answer(.done), by: ReplicaID(200))
    mirror.undone(key(1), by: ReplicaID(0))
    #expect(mirror.epochs[0] == 2)
    // Told in any order.
    mirror.undone(key(1), by: ReplicaID(200))
    mirror.undone(key(2), by: ReplicaID(200))
    #expect(mirror.epochs[0] == 0)
    mirror.executed(key(1), answer(.done), by: ReplicaID(3))
    mirror.forgot(ReplicaID(3))
    #expect(mirror.epochs[0] == 0)
  }

  @Test("E-9: a user gets one key")
  mutating func keys() {
    #expect(invariants.keyIssued(to: 3) == nil)
    #expect(invariants.keyIssued(to: 4) == nil)
    #expect(invariants.keyIssued(to: 3)?.invariant == "E-9")
  }
}
