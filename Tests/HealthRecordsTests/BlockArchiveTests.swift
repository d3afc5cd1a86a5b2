import ConsensusCore
import PairingCrypto
import RecordTestSupport
import Testing

@testable import HealthRecords
@testable import RecordSharing

/// A transaction of a client, its `number`th.
private func transaction(_ number: Int) -> BlockArchive.Transaction {
  BlockArchive.Transaction(
    key: RequestKey(client: ClientID(number % 7), timestamp: UInt64(1 + number)),
    operation: UInt64(number) &* 0x9E37_79B9_7F4A_7C15)
}

/// What `replicas` executed: one block of transactions at position 5.
private func archive(_ block: [BlockArchive.Transaction], replicas: Int = 4) -> BlockArchive {
  var archive = BlockArchive(replicas: replicas)
  for replica in 0..<replicas {
    for transaction in block { archive.executed(transaction, at: 5, by: ReplicaID(replica)) }
  }
  return archive
}

@Suite("Headers of blocks and proofs of inclusion")
struct BlockArchiveTests {
  @Test(
    "Paper §II-B step 4: each transaction is proved to be in its block, and no other",
    arguments: [1, 2, 3, 100])
  func proofs(count: Int) throws {
    let block = (0..<count).map(transaction)
    let archive = archive(block)
    let header = try #require(archive.header(at: 5, of: ReplicaID(0)))
    #expect(header.transactions.size == count)
    let stranger = transaction(count)
    for (place, transaction) in block.enumerated() {
      let proof = try #require(archive.proof(of: transaction.key, at: 5, by: ReplicaID(1)))
      #expect(proof.index == place)
      #expect(BlockArchive.holds(proof, transaction, header))
      #expect(!BlockArchive.holds(proof, stranger, header))
      #expect(archive.check(transaction, at: 5, quorum: 2) == .included)
    }
    #expect(archive.proof(of: stranger.key, at: 5, by: ReplicaID(0)) == nil)
    #expect(archive.check(stranger, at: 5, quorum: 2) == .unproved)
    #expect(archive.check(block[0], at: 6, quorum: 2) == .unproved)
  }

  @Test("A wrong proof is refused: another leaf's, an altered digest, another length")
  func wrongProofs() throws {
    let block = (0..<3).map(transaction)
    let archive = archive(block)
    let header = try #require(archive.header(at: 5, of: ReplicaID(0)))
    let proof = try #require(archive.proof(of: block[0].key, at: 5, by: ReplicaID(0)))
    let other = try #require(archive.proof(of: block[1].key, at: 5, by: ReplicaID(0)))
    #expect(!BlockArchive.holds(other, block[0], header))
    var path = proof.path
    path[0][0] ^= 1
    let wrong = [
      InclusionProof(index: proof.index, size: proof.size, path: path),
      InclusionProof(index: proof.index, size: proof.size, path: Array(proof.path.dropLast())),
      InclusionProof(index: proof.index, size: proof.size + 1, path: proof.path),
      InclusionProof(index: proof.index + 1, size: proof.size, path: proof.path),
    ]
    for proof in wrong { #expect(!BlockArchive.holds(proof, block[0], header)) }
    #expect(BlockArchive.holds(proof, block[0], header))
  }

  @Test("The operation is part of the leaf: nobody can pass another off under the same request")
  func altered() throws {
    let block = (0..<2).map(transaction)
    let archive = archive(block)
    var altered = block[0]
    altered.operation ^= 1
    #expect(archive.check(altered, at: 5, quorum: 2) == .unproved)
  }

  @Test("A header counts once enough replicas give it alike")
  func headers() {
    let block = (0..<2).map(transaction)
    var archive = BlockArchive(replicas: 4)
    for transaction in block { archive.executed(transaction, at: 5, by: ReplicaID(0)) }
    #expect(archive.check(block[0], at: 5, quorum: 2) == .unproved)
    // The same transactions in another order have another root.
    for transaction in block.reversed() { archive.executed(transaction, at: 5, by: ReplicaID(1)) }
    #expect(archive.check(block[0], at: 5, quorum: 2) == .unproved)
    for transaction in block { archive.executed(transaction, at: 5, by: ReplicaID(2)) }
    #expect(archive.check(block[0], at: 5, quorum: 2) == .included)
    // Executing again after a restart changes nothing.
    for transaction in block { archive.executed(transaction, at: 5, by: ReplicaID(2)) }
    #expect(archive.check(block[0], at: 5, quorum: 2) == .included)
    archive.forgot(ReplicaID(2))
    #expect(archive.check(block[0], at: 5, quorum: 2) == .unproved)
    archive.undone(block[1].key, by: ReplicaID(0))
    archive.undone(block[1].key, by: ReplicaID(1))
    #expect(archive.check(block[0], at: 5, quorum: 2) == .included)
    #expect(archive.check(block[1], at: 5, quorum: 2) == .unproved)
  }

  @Test("Users and the cloud server find every transaction in its block", arguments: Chain.allCases)
  func runs(chain: Chain) throws {
    let result = execute(try clinic(), over: chain)
    #expect(result.workload.violations.isEmpty)
    let checks = result.workload.inclusion
    #expect(checks.unproved == 0)
    // At least one for every operation, and a second one of the cloud server for every access.
    #expect(checks.included >= result.operations.count)
  }
}
