import DiscreteEvents
import Testing

@testable import HealthRecords

@Suite("New rows and new versions in the ledger")
struct LedgerRenewalTests {
  @Test("New rows are taken of the cloud, once an epoch, for attributes of the policy")
  func renewal() throws {
    var play = LedgerPlay(try ledgerClinic())
    let file = try play.file(policy: 0)
    let renewal = RecordOperation.renew(file: file, attribute: 0, epoch: 1)
    #expect(play.tell(renewal, by: .cloud) == .conflict)
    play.tell(.rekey(attribute: 0, epoch: 1), by: .authority(0))
    #expect(play.tell(renewal, by: .patient(0)) == .unauthorised)
    #expect(play.last.work == 0)
    #expect(play.tell(renewal, by: .cloud) == .done)
    #expect(
      play.last.work == play.world.prices[.checkRows(policy: 0, attribute: 0)].nanoseconds)
    #expect(play.last.work > 0)
    #expect(play.tell(renewal, by: .cloud) == .conflict)
    #expect(play.tell(.renew(file: file, attribute: 0, epoch: 2), by: .cloud) == .conflict)
    play.tell(.rekey(attribute: 1, epoch: 1), by: .authority(0))
    #expect(play.tell(.renew(file: file, attribute: 1, epoch: 1), by: .cloud) == .conflict)
    #expect(play.tell(.renew(file: 40, attribute: 0, epoch: 1), by: .cloud) == .conflict)
    play.tell(.delete(owner: file % 3, file: file), by: .patient(file % 3))
    play.tell(.rekey(attribute: 0, epoch: 2), by: .authority(0))
    #expect(play.tell(.renew(file: file, attribute: 0, epoch: 2), by: .cloud) == .conflict)
  }

  @Test("A later version is charged like a store, keeps the old block and has new rows")
  func versions() throws {
    var play = LedgerPlay(try ledgerClinic())
    let file = try play.file(policy: 0)
    play.tell(.rekey(attribute: 0, epoch: 1), by: .authority(0))
    play.tell(.rekey(attribute: 1, epoch: 1), by: .authority(0))
    let before = play.ledger
    let operation = RecordOperation.supersede(owner: file % 3, file: file, version: 1)
    #expect(play.tell(operation, by: .patient(file % 3)) == .done)
    let prices = play.world.prices
    #expect(play.last.work == prices[.executeStore(policy: 0)].nanoseconds)
    #expect(
      play.ledger.admissionWork(of: LedgerPlay.request(operation.word, client: 0))
        == prices[.admitTransaction(policy: 0)].nanoseconds)
    #expect(play.ledger.version(of: file) == 1 && before.version(of: file) == 0)
    #expect(play.ledger.liveFiles == before.liveFiles)
    let added = play.ledger.size.bytes - before.size.bytes
    #expect(added == prices[.returnAbstract(policy: 0)].bytes)
    // Its rows are of the epoch that was announced: the cloud server has nothing to renew.
    let renewal = RecordOperation.renew(file: file, attribute: 0, epoch: 1)
    #expect(play.tell(renewal, by: .cloud) == .conflict)
    #expect(play.ledger.files[file].rows.map(\.attribute) == [0])
    let request = AccessRequest(user: 0, target: file, occasion: 0, misses: false, flaw: .none)
    #expect(play.ledger.matching(request) == before.matching(request))
  }
}
