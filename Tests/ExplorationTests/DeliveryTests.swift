import ConsensusCore
import PBFT
import Raft
import Testing

@testable import Exploration

private typealias Classic = PBFTModel<PBFTReplica<RoundRobin>>
private typealias Plain = RaftModel<RaftReplica>

/// Visits every local state, outbox and set of delivered messages of all replicas one by one.
private struct PlainDeliveries<M: Model> {
  private var space: LocalSpace<M>
  private let honest: [Int]

  private struct Place: Hashable {
    var state: UInt32
    var sent: UInt32
    var delivered: Set<UInt32>
  }

  init(_ model: M) {
    honest = (0..<model.replicas).filter { !model.byzantine.contains(ReplicaID($0)) }
    space = LocalSpace(model, permutations: [Array(0..<model.replicas)])
  }

  /// How many vectors of delivered sets can be reached; nil if more than `limit` states can.
  mutating func count(limit: Int) -> Int? {
    var queue = [
      honest.map { Place(state: 0, sent: space.firstOutboxes[$0], delivered: []) }
    ]
    var known = Set(queue)
    while let current = queue.popLast() {
      guard known.count <= limit else { return nil }
      for (position, replica) in honest.enumerated() {
        for input in inputs(of: position, at: current) {
          let old = current[position]
          let step = space.next(old.state, input, of: replica)
          var next = current
          next[position].state = step.state
          next[position].sent = space.union(old.sent, step.sent)
          if input < space.code.timer(0) || input > space.code.crash {
            next[position].delivered.insert(input)
          }
          if known.insert(next).inserted { queue.append(next) }
        }
      }
    }
    return Set(known.map { $0.map(\.delivered) }).count
  }

  private func inputs(of position: Int, at current: [Place]) -> [UInt32] {
    let replica = honest[position]
    let crashes = honest.indices.reduce(0) {
      $0 + Int(space.states[honest[$1]][Int(current[$1].state)].crashes)
    }
    var result: [UInt32] = []
    space.forEachOwnInput(
      of: current[position].state, of: replica, mayCrash: crashes < space.model.crashes
    ) { result.append($0) }
    for (place, sender) in honest.enumerated() where sender != replica {
      for message in space.outboxes[Int(current[place].sent)].messages[replica] {
        result.append(space.code.message(message))
      }
    }
    return result
  }
}

@Suite("Delivery states")
struct DeliveryTests {
  private func exploration<M: Model>(of model: M, limit: Int = 10_000) -> DeliveryExploration<M> {
    DeliveryExploration(
      LocalSpace(model, permutations: [Array(0..<model.replicas)]), limit: limit,
      nodeLimit: 1_000_000)
  }

  @Test(
    "PBFT has as many as are found one by one",
    arguments: [
      (Classic.agreement(replicas: 2), 16), (Classic.agreement(replicas: 3), 3_656),
      (Classic.agreement(replicas: 3, reduces: false), 3_656),
      (Classic.byzantinePrimary(replicas: 2), 64), (Classic.byzantineBackup(replicas: 3), 4_864),
      (Classic.viewChange(replicas: 2), 170),
      (Classic.viewChange(replicas: 2, reduces: false), 170),
      (Classic.byzantineViewChange(replicas: 3, clients: 1, proposed: 0), 252),
    ])
  private func pbft(model: Classic, expected: Int) {
    var plain = PlainDeliveries(model)
    var deliveries = exploration(of: model)
    #expect(plain.count(limit: 100_000) == expected)
    #expect(deliveries.run() == DeliveryCount(states: UInt128(expected), isComplete: true))
  }

  @Test(
    "Raft has as many as are found one by one",
    arguments: [
      ([2, 1, 1, 0, 0], 45), ([2, 1, 1, 1, 0], 45), ([2, 1, 1, 0, 1], 129), ([2, 1, 0, 2, 0], 15),
      ([2, 2, 0, 0, 0], 399), ([2, 2, 0, 1, 0], 511), ([3, 1, 0, 0, 0], 2_214),
    ])
  func raft(bounds: [Int], expected: Int) {
    let model = Plain(
      name: "raft", replicas: bounds[0], terms: UInt64(bounds[1]), commands: bounds[2],
      crashes: bounds[3], heartbeats: bounds[4])
    var plain = PlainDeliveries(model)
    var deliveries = exploration(of: model)
    #expect(plain.count(limit: 200_000) == expected)
    #expect(deliveries.run() == DeliveryCount(states: UInt128(expected), isComplete: true))
  }

  @Test("Four replicas have as many with local states that an exploration has found before")
  func shared() {
    let model = Classic.byzantineViewChange(replicas: 4, clients: 1, proposed: 0)
    var sets = Exploration(model, limit: 1_000, usesSymmetry: true)
    #expect(sets.run().isComplete)
    var deliveries = DeliveryExploration(sets.space.locals, limit: 1_000, nodeLimit: 100_000)
    #expect(deliveries.run() == DeliveryCount(states: 127_558, isComplete: true))
    var fresh = exploration(of: model)
    #expect(fresh.run() == DeliveryCount(states: 127_558, isComplete: true))
  }

  @Test("A limit below what there is to visit makes the count a lower bound")
  func limit() {
    let model = Classic.byzantineViewChange(replicas: 3, clients: 1, proposed: 0)
    var unlimited = exploration(of: model)
    let all = unlimited.run()
    #expect(all.isComplete && unlimited.classes > 3)
    for limit in 1..<unlimited.classes {
      var deliveries = exploration(of: model, limit: limit)
      let found = deliveries.run()
      #expect(!found.isComplete && (1...all.states).contains(found.states))
      #expect(deliveries.classes == limit)
    }
    var exact = exploration(of: model, limit: unlimited.classes)
    #expect(exact.run() == all)
  }

  @Test(
    "Counts are exact below 10^15, then rounded down; lower bounds say so",
    arguments: [
      (999_999_999_999_999, true, "999999999999999"), (1_239_999_999_999_999, true, "1.23e15"),
      (1_239_999_999, false, ">= 1.23e9"), (1_234, false, ">= 1234"),
    ])
  func printed(states: UInt128, isComplete: Bool, expected: String) {
    let count = DeliveryCount(states: states, isComplete: isComplete)
    #expect(ExplorationReport.deliveryStates(count) == expected)
  }

  @Test("What was not counted is a dash")
  func dash() {
    #expect(ExplorationReport.deliveryStates(nil) == "-")
  }
}
