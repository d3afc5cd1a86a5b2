import ConsensusCore
import DiscreteEvents
import TestSupport
import Testing

@testable import PBFT

@Suite("Quorum sizes in the protocol")
struct ProtocolQuorumTests {
  // Rule: PBFT 4.2-8, PBFT 4.2-11
  @Test(
    "PBFT §4.2: exactly q-1 PREPAREs prepare and exactly q COMMITs commit",
    arguments: [4, 5, 6, 7, 8, 9, 10, 13, 16, 31, 100])
  func thresholds(n: Int) {
    let group = PBFTTests.group(n)
    let quorum = Quorum(replicas: n).certificate
    let batch = group.batch([group.request(0, 1)])
    var prepares = 1
    #expect(!group.receive(1, group.prePrepare(batch, at: 1), from: 0).prepares())
    for replica in 2..<n {
      prepares += 1
      let reaction = group.receive(1, group.prepare(batch, at: 1, by: replica), from: replica)
      #expect(reaction.prepares() == (prepares == quorum - 1))
    }
    var commits = 1
    for replica in 2..<n {
      commits += 1
      let reaction = group.receive(1, group.commit(batch, at: 1, by: replica), from: replica)
      #expect(reaction.commits() == (commits == quorum))
    }
  }
}
