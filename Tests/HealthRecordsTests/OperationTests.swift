import DiscreteEvents
import Testing

@testable import HealthRecords

@Suite("Words of operations")
struct OperationTests {
  private static let party = (1 << 20) - 1
  private static let asker = (1 << 17) - 1
  private static let file = (1 << 24) - 1

  static let extremes: [RecordOperation] = smallest + largest + accesses

  private static let smallest: [RecordOperation] = [
    .enrol(owner: 0), .register(user: 0), .store(owner: 0, file: 0),
    .revoke(attribute: 0, user: 0), .rekey(attribute: 0, epoch: 0),
    .renew(file: 0, attribute: 0, epoch: 0), .delete(owner: 0, file: 0), .list(owner: 0),
    .report(user: 0, file: 0, isMissing: false), .report(user: 0, file: 0, isMissing: true),
    .supersede(owner: 0, file: 0, version: 0),
  ]

  private static let largest: [RecordOperation] = [
    .enrol(owner: party), .register(user: party), .store(owner: party, file: file),
    .revoke(attribute: 65535, user: party), .rekey(attribute: 65535, epoch: party),
    .renew(file: file, attribute: 65535, epoch: party), .delete(owner: party, file: file),
    .list(owner: party), .report(user: party, file: file, isMissing: false),
    .report(user: party, file: file, isMissing: true), .store(owner: 0, file: file),
    .renew(file: 0, attribute: 65535, epoch: 0), .delete(owner: party, file: 0),
    .supersede(owner: party, file: file, version: 65535),
    .supersede(owner: 0, file: file, version: 0), .supersede(owner: 0, file: 0, version: 65535),
  ]

  private static let accesses: [RecordOperation] = AccessRequest.Flaw.allCases.flatMap { flaw in
    [
      access(0, 0, 32767, misses: false, flaw), access(asker, file, 0, misses: true, flaw),
      access(0, file, 0, misses: false, flaw), access(asker, 0, 32767, misses: true, flaw),
    ]
  }

  private static func access(
    _ user: Int, _ target: Int, _ occasion: Int, misses: Bool, _ flaw: AccessRequest.Flaw
  ) -> RecordOperation {
    .access(
      AccessRequest(user: user, target: target, occasion: occasion, misses: misses, flaw: flaw))
  }

  @Test("An operation of any kind is read from its word", arguments: extremes)
  func roundTrip(operation: RecordOperation) {
    #expect(RecordOperation(word: operation.word) == operation)
  }

  @Test("Words of accesses are what they were before occasions had more bits")
  func access() {
    let early = RecordOperation.access(
      AccessRequest(user: 5, target: 7, occasion: 4_095, misses: true, flaw: .foreign))
    #expect(early.word == 4 << 60 | 5 << 40 | 7 << 16 | 4_095 << 4 | 1 << 3 | 2 << 1)
  }

  @Test("Different operations have different words")
  func distinct() {
    #expect(Set(Self.extremes.map(\.word)).count == Set(Self.extremes).count)
  }

  @Test("A word is read only if it is exactly some operation's")
  func canonical() {
    var read = 0
    for number: UInt64 in 0..<20_000 {
      var draw = Seed(5).draw(.workload, number)
      // Some words with zeros at the end, as most operations have.
      let word = draw.next() << (number % 60)
      guard let operation = RecordOperation(word: word) else { continue }
      #expect(operation.word == word)
      read += 1
    }
    #expect(read > 500)
    for kind: UInt64 in [0, 12, 13, 14, 15] {
      #expect(RecordOperation(word: kind << 60) == nil)
    }
    #expect(RecordOperation(word: RecordOperation.list(owner: 3).word | 1) == nil)
    let access = RecordOperation.access(
      AccessRequest(user: 1, target: 2, occasion: 3, misses: false, flaw: .none))
    #expect(RecordOperation(word: access.word | 1) == nil)
  }
}
