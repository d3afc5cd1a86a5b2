import ConsensusCore
import DiscreteEvents
import TestSupport
import Testing

@testable import PBFT

@Suite("PBFT: batches in flight, and what waits for them")
struct InFlightTests {
  private func group(
    _ inFlight: UInt64?, batch: Int = 3, _ batching: Batching = .immediate
  ) -> PlainGroup {
    var configuration = configuration(batch: batch)
    configuration.inFlight = inFlight
    configuration.batching = batching
    return PlainGroup(4, configuration)
  }

  private func proposals(_ group: PlainGroup) -> [Int] {
    group.pending.filter { $0.kind == "pre-prepare" && $0.to == Endpoint(ReplicaID(1)) }.map {
      if case .prePrepare(_, let batch) = $0.message { batch.requests.count } else { 0 }
    }
  }

  private func holds(_ group: PlainGroup) -> Bool {
    group.observations[0].contains { if case .heldRequests = $0 { true } else { false } }
  }

  @Test(
    "A primary proposes while few enough batches wait to be executed",
    arguments: [(1, [1]), (2, [1, 1]), (nil, [1, 1, 1, 1, 1])] as [(UInt64?, [Int])])
  func room(inFlight: UInt64?, expected: [Int]) {
    let group = group(inFlight)
    for client in 0..<5 { group.issue(group.request(client, 1)) }
    group.settle { $0.kind == "request" }
    #expect(proposals(group) == expected)
    #expect(holds(group) == (inFlight != nil))
    group.settle()
    let batches = UInt64(expected.count) + (inFlight == 1 ? 2 : inFlight == 2 ? 1 : 0)
    #expect(group.executed == Array(repeating: batches, count: 4))
    #expect(group.replicas.allSatisfy { $0.state.ledger.executed == 5 && $0.unfinished == 0 })
  }

  @Test("A request waits for company until the batch is full", arguments: [2, 3])
  func company(clients: Int) throws {
    let group = group(
      nil, Batching(bytes: nil, delay: .milliseconds(5), requestSize: ByteCount(0)))
    for client in 0..<clients { group.issue(group.request(client, 1)) }
    group.settle { $0.kind == "request" }
    #expect(proposals(group) == (clients == 3 ? [3] : []) && !holds(group))
    if clients == 2 {
      #expect(group.runs(.batch, at: 0) && !group.runs(.batch, at: 1))
      group.now = group.now + .milliseconds(5)
      _ = try #require(group.fire(.batch, of: 0))
      #expect(proposals(group) == [2])
    }
    group.settle()
    #expect(group.replicas.allSatisfy { $0.state.ledger.executed == UInt64(clients) })
  }

  @Test("A batch takes as many bytes as it may, in order, and one request at least")
  func bytes() {
    let rule = Batching(bytes: ByteCount(250), delay: nil, requestSize: ByteCount(100))
    let group = group(1, rule)
    for (client, bytes) in [0, 20, 30, 900, 0].enumerated() {
      group.issue(group.request(client, 1, bytes: UInt32(bytes)))
    }
    group.settle { $0.kind == "request" }
    var sizes: [Int] = []
    while let size = proposals(group).first {
      sizes.append(size)
      group.settle { $0.kind == "pre-prepare" }
      group.settle { $0.kind == "prepare" }
      group.settle { $0.kind == "commit" }
    }
    #expect(sizes == [1, 2, 1, 1])
  }

  @Test("A new primary proposes once what its NEW-VIEW carries has executed")
  func newView() {
    let group = group(1)
    for client in 0..<4 { group.issue(group.request(client, 1)) }
    group.settle { $0.kind == "request" }
    // The first batch prepares everywhere and commits nowhere.
    group.settle { $0.kind == "pre-prepare" || $0.kind == "prepare" }
    group.drop { $0.kind == "commit" }
    for replica in 1...3 { _ = group.fire(.request, of: replica) }
    group.settle { $0.kind == "view-change" }
    #expect(group.pending.contains { $0.kind == "new-view" })
    #expect(!group.pending.contains { $0.kind == "pre-prepare" })
    group.settle()
    #expect(group.executed == [2, 2, 2, 2])
    #expect(group.replicas.allSatisfy { $0.state.ledger.executed == 4 && $0.view == View(1) })
  }
}
