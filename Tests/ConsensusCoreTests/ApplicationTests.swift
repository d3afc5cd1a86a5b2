import ConsensusCore
import DiscreteEvents
import TestSupport
import Testing

@Suite("An application beside the ledger")
struct ApplicationTests {
  func request(
    _ client: Int, _ timestamp: UInt64, operation: UInt64 = 4, bytes: UInt32 = 0
  ) -> Request {
    Request(
      client: ClientID(client), timestamp: timestamp, operation: operation, operationBytes: bytes,
      signedBy: Signer(endpoint: Endpoint(ClientID(client)), keys: Seed(5)))
  }

  func ledger(_ application: CountingApplication) -> Ledger { Ledger(application: application) }

  @Test("Without an application and without sizes all hashes are those of before")
  func hashes() {
    let request = request(2, 3)
    #expect(request.content == 2_522_757_251_350_271_557)
    #expect(request.signature.tag == 6_639_051_756_002_363_012)
    #expect(request.result.value == 9_060_482_924_921_289_422)
    var ledger = Ledger(application: nil)
    #expect(ledger.digest.value == 9_941_317_451_165_187_623)
    let execution = ledger.execute(request, at: SequenceNumber(1))
    #expect(execution == Execution(result: request.result, work: 0, resultBytes: 0))
    #expect(ledger.digest.value == 13_176_784_213_143_901_346)
    #expect(ledger.recomputedDigest == ledger.digest && ledger.additionalSize == ByteCount(0))
    #expect(ledger.admissionWork(of: request) == 0)
  }

  @Test("The client signs the size of its operation: another size is a forgery")
  func sizeIsSigned() {
    let verifier = Verifier(keys: Seed(5))
    let sound = request(0, 1, bytes: 900)
    #expect(sound.isAuthentic(verifier))
    for bytes in [0, 1, 899, 901, .max] as [UInt32] {
      var forged = sound
      forged.operationBytes = bytes
      #expect(!forged.isAuthentic(verifier) && forged.content != sound.content)
    }
    var grown = request(0, 1)
    grown.operationBytes = 1
    #expect(!grown.isAuthentic(verifier))
  }

  @Test("The size of a result is part of a reply's hash unless it is zero")
  func mixingSize() {
    func reply(_ bytes: UInt32) -> Reply {
      Reply(
        client: ClientID(0), timestamp: 1, replica: ReplicaID(0), result: Digest(1),
        resultBytes: bytes, view: 0, leader: nil, isExecuted: true)
    }
    #expect(reply(0).mixingSize(into: 77) == 77)
    #expect(Set([0, 1, 2].map { reply($0).mixingSize(into: 77) }).count == 3)
  }

  @Test("PBFT §4.1: a request executes once; its place, result, work and size are what was asked")
  func executesOnce() {
    var ledger = ledger(CountingApplication(work: 70, admission: 9, resultBytes: 32))
    let first = ledger.execute(request(0, 2, operation: 5), at: SequenceNumber(8))
    #expect(first?.work == 70 && first?.resultBytes == 32)
    #expect(first?.result != request(0, 2, operation: 5).result)
    let digest = ledger.digest
    for timestamp in [2, 1] as [UInt64] {
      #expect(ledger.execute(request(0, timestamp), at: SequenceNumber(9)) == nil)
    }
    #expect(ledger.digest == digest && ledger.executed == 1)
    #expect(ledger.counting?.counts == [0, 0, 0, 0, 0, 1, 0, 0])
    #expect(ledger.counting?.lastPosition == SequenceNumber(8))
    let effect = ledger.lastEffect(of: ClientID(0))
    #expect(effect?.result == first?.result && effect?.resultBytes == 32)
    #expect(ledger.admissionWork(of: request(0, 3)) == 9)
  }

  @Test("What a copy weighs: the application and the results kept for retransmission")
  func additionalSize() {
    var ledger = ledger(CountingApplication(resultBytes: 100))
    #expect(ledger.additionalSize == ByteCount(64))
    for (client, timestamp) in [(0, 1), (1, 1), (0, 2), (0, 3)] as [(Int, UInt64)] {
      _ = ledger.execute(request(client, timestamp), at: SequenceNumber(1))
    }
    #expect(ledger.additionalSize == ByteCount(64 + 2 * 100))
  }

  @Test("The digest covers the application, its order and the sizes of its results")
  func digests() {
    let requests = [0, 1, 2].map { request($0, 1, operation: UInt64($0)) }
    func digest(_ ledger: Ledger, _ requests: [Request]) -> Digest {
      var ledger = ledger
      for request in requests { _ = ledger.execute(request, at: SequenceNumber(1)) }
      #expect(ledger.digest == ledger.recomputedDigest)
      return ledger.digest
    }
    let bare = digest(Ledger(application: nil), requests)
    let counting = digest(ledger(CountingApplication()), requests)
    let swapped = digest(ledger(CountingApplication()), requests.reversed())
    let longer = digest(ledger(CountingApplication(resultBytes: 1)), requests)
    #expect(Set([bare, counting, swapped, longer]).count == 4)
    #expect(digest(ledger(CountingApplication()), requests) == counting)
    #expect(Ledger(application: nil).digest != ledger(CountingApplication()).digest)
  }

  @Test("A copy whose application was altered has the old digest and is found out by recomputing")
  func corruption() {
    let (sound, altered) = (CountingApplication(), CountingApplication().corrupted)
    #expect(ledger(sound).digest == ledger(altered).digest)
    #expect(ledger(sound).recomputedDigest != ledger(altered).recomputedDigest)
  }

  @Test("Copies go their own ways, and are equal when their applications are")
  func copies() {
    var first = ledger(CountingApplication())
    _ = first.execute(request(0, 1), at: SequenceNumber(1))
    var second = first
    #expect(first == second && first.hashValue == second.hashValue)
    _ = second.execute(request(1, 1), at: SequenceNumber(2))
    #expect(first != second && first.counting?.executed == 1 && second.counting?.executed == 2)
    #expect(ledger(CountingApplication()) != Ledger(application: nil))
  }
}
