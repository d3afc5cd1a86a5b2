import ConsensusCore
import DiscreteEvents
import TestSupport
import Testing

@testable import PBFT

@Suite("PBFT executes an application")
struct ApplicationTests {
  let group = counting()

  static func counting(
    _ application: CountingApplication = CountingApplication(resultBytes: 40), batch: Int = 1
  ) -> PlainGroup {
    var configuration = configuration(batch: batch)
    configuration.application = application
    return PlainGroup(4, configuration)
  }

  static func applications(_ group: PlainGroup) -> [CountingApplication] {
    group.replicas.compactMap { $0.state.ledger.counting }
  }

  /// Whether all replicas have executed the same `count` requests in the same order.
  func agree(_ group: PlainGroup, on count: UInt64) -> Bool {
    let all = Self.applications(group)
    return all.count == 4 && all.allSatisfy { $0.executed == count }
      && Set(all.map(\.digest)).count == 1 && all.allSatisfy { $0.digest == $0.recomputedDigest }
      && Set(group.replicas.map(\.state.digest)).count == 1
  }

  @Test("All replicas execute the same order, whatever the batches", arguments: [1, 3])
  func order(batch: Int) {
    let group = Self.counting(batch: batch)
    for timestamp in 1...3 as ClosedRange<UInt64> {
      for client in 0..<6 {
        group.issue(group.request(client, timestamp, operation: UInt64(client) * 3 + timestamp))
      }
      group.settle()
    }
    group.run(until: .zero + .seconds(5))
    #expect(agree(group, on: 18))
    let last = Self.applications(group).map(\.lastPosition)
    #expect(last == group.replicas.map(\.state.executed))
    // Results are the application's, so equal results of all replicas mean an equal order.
    for client in 0..<6 {
      let results = group.replies.filter { $0.client.index == client && $0.timestamp == 2 }
      #expect(results.count == 4 && Set(results.map(\.result)).count == 1)
      #expect(results.allSatisfy { $0.resultBytes == 40 })
    }
  }

  // Rule: PBFT 4.4-21
  @Test("A view change in the middle executes nothing twice and leaves nothing out")
  func viewChange() {
    group.issue(group.request(0, 1))
    group.settle { $0.kind != "commit" }
    group.drop()
    for index in 1...3 { group.fire(.request, of: index) }
    group.run(until: .zero + .seconds(30))
    #expect(agree(group, on: 1) && group.replicas[1].view.number >= 1)
  }

  @Test("PBFT §4.1: a retransmitted request executes once and its answer has the same size")
  func retransmission() throws {
    group.complete(1)
    let first = try #require(group.replies.first)
    let reaction = group.step(
      2, .message(.request(group.request(0, 1)), from: Endpoint(ClientID(0))))
    let again = try #require(reaction.sends.first?.message.reply)
    #expect(again.result == first.result && again.resultBytes == 40)
    #expect(agree(group, on: 1))
  }

  @Test(
    "PBFT §4.3: a lagging replica takes the application with the state", arguments: [4, 7, 12, 33])
  func transfer(count: Int) {
    leaveBehind(count)
    #expect(Self.applications(group)[3].executed == 0)
    group.issue(group.request(1, 1))
    group.settle()
    group.run(until: .zero + .seconds(4))
    #expect(agree(group, on: UInt64(count + 1)))
  }

  /// Replica 3 hears nothing while the others execute `count` requests.
  private func leaveBehind(_ count: Int) {
    group.isLost = { $0.to.replica?.index == 3 || $0.from.replica?.index == 3 }
    for number in 1...UInt64(count) {
      group.issue(group.request(0, number), to: [0, 1, 2])
      group.settle()
    }
    group.isLost = { _ in false }
  }

  @Test("PBFT §4.3: a transferred state with an altered application, or with none, is refused")
  func alteredState() {
    leaveBehind(4)
    let proof = group.replicas[0].checkpoints.stable
    let right = group.replicas[0].state
    let altered = Self.counting(CountingApplication(resultBytes: 40).corrupted)
    altered.complete(4)
    let bare = PBFTTests.group()
    bare.complete(4)
    // Only the contents betray the altered one: it carries the digest that the proof is about.
    #expect(altered.replicas[0].state.digest == right.digest)
    for wrong in [altered.replicas[0].state, bare.replicas[0].state] {
      let reaction = group.receive(3, .state(StateTransfer(proof: proof, state: wrong)), from: 0)
      #expect(reaction.rejections() == [.badCertificate] && group.executed[3] == 0)
      #expect(Self.applications(group)[3].executed == 0)
    }
    group.receive(3, .state(StateTransfer(proof: proof, state: right)), from: 0)
    #expect(agree(group, on: 4))
  }

  @Test("A restart restores the application from disk, or by transfer", arguments: [false, true])
  func restart(losingDisk: Bool) {
    group.complete(6)
    let digest = Self.applications(group)[2].digest
    group.restart(2, losingDisk: losingDisk)
    let restored = Self.applications(group)[2]
    #expect(losingDisk ? restored.executed == 0 : restored.digest == digest)
    group.run(until: .zero + .seconds(5))
    group.complete(2, from: 7)
    group.run(until: .zero + .seconds(10))
    #expect(agree(group, on: 8))
  }

  @Test("All replicas at once restore the application from their disks")
  func restartOfAll() {
    group.complete(6)
    for index in 0..<4 { group.restart(index) }
    group.run(until: .zero + .seconds(2))
    #expect(agree(group, on: 6))
    group.complete(3, from: 7)
    #expect(agree(group, on: 9))
  }

  @Test(
    "The work of an execution delays its own answer; admission is paid where requests are checked")
  func work() {
    var configuration = configuration(batch: 3)
    configuration.application = CountingApplication(work: 1_000, admission: 30)
    var replica = Plain(
      id: ReplicaID(1), configuration: configuration, signer: group.signer(1),
      verifier: group.verifier, seed: Seed(1))
    func work(_ message: Plain.Message, from sender: Endpoint) -> (Int64, [Int64]) {
      var effects = Effects<Plain>(replicas: 4, costs: .free)
      replica.receive(message, from: sender, at: .zero, into: &effects)
      return (effects.work, effects.sends.filter { $0.message.reply != nil }.map(\.workBefore))
    }
    let (first, second) = (group.request(0, 1), group.request(1, 1))
    let batch = group.batch([first, second, first])
    let primary = Endpoint(ReplicaID(0))
    #expect(work(.request(first), from: Endpoint(ClientID(0))).0 == 30)
    // The first was checked when it came, the second comes with the batch.
    #expect(work(group.prePrepare(batch, at: 1), from: primary).0 == 30)
    for index in [2, 3] {
      #expect(
        work(group.prepare(batch, at: 1, by: index), from: Endpoint(ReplicaID(index))).0 == 0)
    }
    #expect(work(group.commit(batch, at: 1, by: 0), from: primary).0 == 0)
    let (total, answers) = work(group.commit(batch, at: 1, by: 2), from: Endpoint(ReplicaID(2)))
    // The third has no effect and no work; the stored reply is sent again.
    #expect(total == 2_000 && answers == [1_000, 2_000, 2_000])
    #expect(work(.request(first), from: Endpoint(ClientID(0))).0 == 30)
    #expect(replica.state.ledger.counting?.executed == 2)
  }
}

@Suite("Sizes of PBFT's messages with operations and results of their own")
struct MessageSizeTests {
  let group = PBFTTests.group()
  let sizes = MessageSizes(base: ByteCount(600), transaction: ByteCount(800))

  @Test("Requests, and what carries their bodies, grow by the operations' bytes")
  func operations() {
    let requests = [group.request(0, 1, bytes: 1_000), group.request(1, 1, bytes: 24)]
    let batch = group.batch(requests)
    let certificate = CommitCertificate(
      view: View(0), sequence: SequenceNumber(1), digest: batch.digest,
      signers: ReplicaSet(firstReplicas: 3), aggregate: .none)
    let messages: [(Plain.Message, Int)] = [
      (.request(requests[0]), 600 + 800 + 1_000),
      (group.prePrepare(batch, at: 1), 600 + 2 * 800 + 1_024),
      (.batch(SequenceNumber(1), batch, of: nil), 600 + 2 * 800 + 1_024),
      (.committed(certificate, batch), 600 + 3 * 320 + 2 * 800 + 1_024),
      (group.prepare(batch, at: 1, by: 1), 600),
    ]
    for (message, bytes) in messages { #expect(message.size(sizes) == ByteCount(bytes)) }
  }

  @Test("A proof that a request was forged brings digests into VIEW-CHANGE and NEW-VIEW only")
  func evidence() {
    var forged = group.request(0, 1, bytes: 5_000)
    forged.operation ^= 1
    let batch = group.batch([forged])
    let proof = Evidence.forgedRequest(
      group.proposal(batch.digest, at: 1), batch, by: ReplicaID(0))
    let message = group.viewChange(1, to: 1, evidence: [proof])
    #expect(Plain.Message.viewChange(message).size(sizes) == ByteCount(600 + 2 * 320))
    let newView = group.newView(1, [message, group.viewChange(2, to: 1)], by: 1)
    #expect(Plain.Message.newView(newView).size(sizes) == ByteCount(600 + 4 * 320))
    // Each request of the batch counts.
    let longer = group.batch([forged, group.request(1, 1)])
    let other = Evidence.forgedRequest(
      group.proposal(longer.digest, at: 1), longer, by: ReplicaID(0))
    #expect(
      Plain.Message.viewChange(group.viewChange(1, to: 1, evidence: [other])).size(sizes)
        == ByteCount(600 + 3 * 320))
  }

  @Test("A transferred state weighs its clients, its kept results and its application")
  func state() {
    let group = ApplicationTests.counting()
    group.complete(4)
    let proof = group.replicas[0].checkpoints.stable
    let message = Plain.Message.state(
      StateTransfer(proof: proof, state: group.replicas[0].state))
    #expect(
      message.size(sizes) == ByteCount(600 + 320 * proof.signers.count + 24 + 40 + 64))
  }

  @Test("Without operations and results of their own, all hashes are those of before")
  func hashes() {
    let request = Request(
      client: ClientID(2), timestamp: 3, operation: 4, operationBytes: 0,
      signedBy: Signer(endpoint: Endpoint(ClientID(2)), keys: Seed(5)))
    func reply(_ bytes: UInt32) -> Plain.Message {
      .reply(
        Reply(
          client: ClientID(2), timestamp: 3, replica: ReplicaID(1), result: request.result,
          resultBytes: bytes, view: 6, leader: ReplicaID(0), isExecuted: true))
    }
    #expect(Plain.Message.request(request).fingerprint == 7_210_115_693_619_194_236)
    #expect(reply(0).fingerprint == 649_413_430_857_927_348)
    #expect(reply(1).fingerprint != reply(0).fingerprint)
    #expect(group.batch([request]).digest.value == 6_596_150_811_190_215_229)
    let longer = group.request(0, 1, bytes: 1)
    #expect(group.batch([longer]).digest != group.batch([group.request(0, 1)]).digest)
  }
}
