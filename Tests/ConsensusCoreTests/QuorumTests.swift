import ConsensusCore
import DiscreteEvents
import Testing

@Suite("Quorum sizes")
struct QuorumTests {
  // Two quorums of q share 2q - n >= f + 1 replicas, and n - f honest ones suffice: n - f >= q.
  @Test(
    "f = floor((n-1)/3), q = ceil((n+f+1)/2)",
    arguments: [
      (4, 1, 3), (5, 1, 4), (6, 1, 4), (7, 2, 5), (8, 2, 6), (9, 2, 6), (10, 3, 7), (13, 4, 9),
      (16, 5, 11), (31, 10, 21), (33, 10, 22), (99, 32, 66), (100, 33, 67),
    ])
  func table(n: Int, faults: Int, certificate: Int) {
    let quorum = Quorum(replicas: n)
    #expect(quorum.faults == faults && quorum.certificate == certificate)
    #expect(quorum.oneHonest == faults + 1)
  }

  // Rule: PBFT 4.5.1-3
  @Test(
    "Any two quorums share an honest replica, and the honest alone form one", arguments: 4...100)
  func laws(n: Int) {
    let quorum = Quorum(replicas: n)
    #expect(2 * quorum.certificate - n >= quorum.faults + 1)
    #expect(n - quorum.faults >= quorum.certificate)
    // One replica fewer would not do.
    #expect(2 * (quorum.certificate - 1) - n < quorum.faults + 1)
    #expect((quorum.certificate == 2 * quorum.faults + 1) == (n % 3 == 1))
  }

  // Rule: PBFT 4.5.1-3
  @Test("With n = 6 two sets of 2f+1 = 3 can be disjoint, two of q = 4 cannot")
  func counterexample() {
    let quorum = Quorum(replicas: 6)
    let left = ReplicaSet([0, 1, 2].map { ReplicaID($0) })
    let right = ReplicaSet([3, 4, 5].map { ReplicaID($0) })
    #expect(left.count == 2 * quorum.faults + 1 && right.count == 2 * quorum.faults + 1)
    #expect(left.intersection(right).isEmpty)
    #expect(2 * quorum.certificate - 6 == 2)
  }
}

@Suite("Sets of replicas")
struct ReplicaSetTests {
  @Test("A set holds what was inserted, in ascending order", arguments: 0..<20 as Range<UInt64>)
  func members(seed: UInt64) {
    var draw = Seed(seed).draw(.choice, 1)
    var expected = [Bool](repeating: false, count: 256)
    var set = ReplicaSet()
    for _ in 0..<400 {
      let index = Int(draw.below(256))
      if draw.below(3) == 0 {
        set.remove(ReplicaID(index))
        expected[index] = false
      } else {
        #expect(set.insert(ReplicaID(index)) == !expected[index])
        expected[index] = true
      }
    }
    #expect(set.members.map(\.index) == expected.indices.filter { expected[$0] })
    #expect(set.count == set.members.count && set == ReplicaSet(set.members.reversed()))
    #expect(set.fingerprint == ReplicaSet(set.members).fingerprint)
  }

  @Test("Identifiers outside 0 ..< 256 are in no set", arguments: [256, 1_000, 1 << 33, -1, -64])
  func outside(index: Int) {
    var set = ReplicaSet(firstReplicas: 256)
    #expect(!set.contains(ReplicaID(index)) && !set.insert(ReplicaID(index)) && set.count == 256)
    set.remove(ReplicaID(index))
    #expect(set.count == 256)
  }
}

@Suite("The ledger: exactly once, and a digest that can be checked")
struct LedgerTests {
  let one = SequenceNumber(1)

  func request(_ client: Int, _ timestamp: UInt64) -> Request {
    let endpoint = Endpoint(ClientID(client))
    return Request(
      client: ClientID(client), timestamp: timestamp, operation: timestamp, operationBytes: 0,
      signedBy: Signer(endpoint: endpoint, keys: Seed(1)))
  }

  // Rule: PBFT 4.1-8
  @Test("PBFT §4.1: a timestamp takes effect once, and never after a later one")
  func exactlyOnce() {
    var ledger = Ledger(application: nil)
    #expect(ledger.execute(request(0, 2), at: one)?.result == request(0, 2).result)
    let digest = ledger.digest
    #expect(ledger.execute(request(0, 2), at: one) == nil)
    #expect(ledger.execute(request(0, 1), at: one) == nil)
    #expect(ledger.digest == digest && ledger.executed == 1)
    #expect(ledger.lastEffect(of: ClientID(0))?.timestamp == 2)
  }

  @Test("The digest depends on the order, and is recomputed from the contents")
  func digests() {
    var (first, second) = (Ledger(application: nil), Ledger(application: nil))
    for client in [0, 1, 2] { _ = first.execute(request(client, 1), at: one) }
    for client in [0, 2, 1] { _ = second.execute(request(client, 1), at: one) }
    #expect(first.digest != second.digest)
    #expect(first.digest == first.recomputedDigest && second.digest == second.recomputedDigest)
  }
}

@Suite("Signatures")
struct SigningTests {
  @Test("Only the signer's own signature over the same content in the same run is valid")
  func validity() {
    let (keys, verifier) = (Seed(1), Verifier(keys: Seed(1)))
    let endpoint = Endpoint(ReplicaID(1))
    let signature = Signer(endpoint: endpoint, keys: keys).sign(42)
    #expect(verifier.isValid(signature, of: endpoint, over: 42))
    #expect(!verifier.isValid(signature, of: endpoint, over: 43))
    #expect(!verifier.isValid(signature, of: Endpoint(ReplicaID(2)), over: 42))
    #expect(!verifier.isValid(signature, of: Endpoint(ClientID(1)), over: 42))
    #expect(!Verifier(keys: Seed(2)).isValid(signature, of: endpoint, over: 42))
    #expect(!verifier.isValid(.none, of: endpoint, over: 42))
  }
}
