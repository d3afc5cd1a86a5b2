import ConsensusCore
import DiscreteEvents
import PBFT
import Raft
import TestSupport
import Testing

@testable import Exploration

private typealias Classic = PBFTModel<PBFTReplica<RoundRobin>>
private typealias Plain = RaftModel<RaftReplica>

@Suite("Exploration of PBFT")
struct PBFTExplorationTests {
  @Test("One request at three replicas has as many states as were counted one by one")
  func pinned() {
    var exploration = Exploration(Classic.agreement(replicas: 3), limit: 10_000, usesSymmetry: true)
    let findings = exploration.run()
    #expect(findings.isComplete && findings.isSymmetric)
    #expect(findings.counterexample == nil)
    var plain = PlainExploration(Classic.agreement(replicas: 3, reduces: false))
    let (reference, breaches) = plain.run(limit: 100_000)
    #expect(reference.isComplete && breaches.isEmpty)
    #expect(findings.outcomes == reference.outcomes)
    #expect([findings.states, findings.classes, reference.states] == [8, 6, 224])
  }

  @Test("Sets of states stand for exactly the states found one by one", arguments: [2, 3])
  func exact(replicas: Int) {
    let model = Classic.agreement(replicas: replicas)
    var sets = Exploration(model, limit: 10_000, usesSymmetry: false)
    let findings = sets.run()
    var plain = PlainExploration(model)
    let (reference, _) = plain.run(limit: 100_000)
    #expect(findings.isComplete && reference.isComplete)
    #expect(sets.countOfGlobalStates() == reference.states)
  }

  @Test(
    "A view change has the outcomes that it has without any reduction",
    arguments: [
      (Classic.viewChange(replicas: 2), Classic.viewChange(replicas: 2, reduces: false)),
      (
        Classic.byzantineViewChange(replicas: 3, clients: 1, proposed: 0),
        Classic.byzantineViewChange(replicas: 3, clients: 1, proposed: 0, reduces: false)
      ),
      (
        Classic.byzantineViewChange(replicas: 3, clients: 1, proposed: 1),
        Classic.byzantineViewChange(replicas: 3, clients: 1, proposed: 1, reduces: false)
      ),
    ])
  private func viewChangeOutcomes(model: Classic, whole: Classic) {
    var reduced = Exploration(model, limit: 100_000, usesSymmetry: true)
    var plain = PlainExploration(whole)
    let findings = reduced.run()
    let (reference, breaches) = plain.run(limit: 300_000)
    #expect(findings.isSymmetric && reference.isComplete)
    // Three replicas tolerate no fault: there a primary that denies what it proposed must be found.
    if breaches.isEmpty {
      #expect(findings.isComplete && findings.counterexample == nil)
      #expect(findings.outcomes == reference.outcomes)
    } else {
      let found = Set(findings.counterexample?.breaches.map(\.invariant) ?? [])
      #expect(!found.isEmpty && found.isSubset(of: breaches.map(\.invariant)))
    }
  }

  @Test("Symmetry loses no outcome and no state", arguments: [3, 4])
  func symmetry(replicas: Int) {
    let model = Classic.agreement(replicas: replicas)
    var reduced = Exploration(model, limit: 10_000, usesSymmetry: true)
    var full = Exploration(model, limit: 10_000, usesSymmetry: false)
    let (few, all) = (reduced.run(), full.run())
    #expect(few.isComplete && all.isComplete)
    #expect(few.states == all.classes)
    #expect(few.classes < all.classes)
    #expect(few.outcomes == all.outcomes)
  }

  @Test("A silent primary is replaced in every way, and all invariants hold")
  func silentPrimary() {
    var exploration = Exploration(
      Classic.byzantineViewChange(replicas: 4, clients: 1, proposed: 0), limit: 1_000,
      usesSymmetry: true)
    let findings = exploration.run()
    #expect(findings.isComplete && findings.isSymmetric)
    #expect(findings.counterexample == nil)
    #expect(findings.outcomes.contains { $0.contains("executed") })
  }

  @Test("What was not visited to the end is not called complete")
  func limit() {
    var exploration = Exploration(
      Classic.byzantineViewChange(replicas: 4, clients: 1, proposed: 0), limit: 5,
      usesSymmetry: true)
    #expect(!exploration.run().isComplete)
  }

  @Test("A prepare quorum of f + 1 lets two batches prepare under an equivocating primary")
  func smallPrepareQuorum() throws {
    var exploration = Exploration(
      PBFTModel<Hasty>.byzantinePrimary(replicas: 4), limit: 2_000, usesSymmetry: true)
    let counterexample = try #require(exploration.run().counterexample)
    let names = Set(counterexample.breaches.map(\.invariant))
    #expect(!names.isDisjoint(with: ["P-5", "P-15"]))
    #expect(counterexample.script.count <= 8)
  }

  @Test("VIEW-CHANGEs without the prepared certificates are caught")
  func secretive() throws {
    var exploration = Exploration(
      PBFTModel<Secretive>.viewChange(replicas: 4), limit: 500, usesSymmetry: true)
    let counterexample = try #require(exploration.run().counterexample)
    #expect(counterexample.breaches.contains { $0.invariant == "P-13" })
    #expect(counterexample.script.contains { $0.contains("timer runs out") })
  }

  @Test("A replica that counts one vote more than it has is caught, shortly")
  func smallQuorum() throws {
    var exploration = Exploration(
      PBFTModel<Careless>.byzantinePrimary(replicas: 4), limit: 2_000, usesSymmetry: true)
    let counterexample = try #require(exploration.run().counterexample)
    #expect(counterexample.script.count <= 8)
    let names = Set(counterexample.breaches.map(\.invariant))
    #expect(!names.isDisjoint(with: ["P-1", "P-5", "P-6", "P-15", "P-17"]))
  }

  @Test("A replica that accepts two proposals is caught in two steps")
  func twoProposals() throws {
    var exploration = Exploration(
      PBFTModel<TwoFaced>.byzantinePrimary(replicas: 4), limit: 2_000, usesSymmetry: true)
    let counterexample = try #require(exploration.run().counterexample)
    #expect(counterexample.breaches.contains { $0.invariant == "P-8" })
    #expect(counterexample.script.count == 2)
    #expect(counterexample.script.allSatisfy { $0.contains("PRE-PREPARE") })
  }
}

@Suite("Exploration of Raft")
struct RaftExplorationTests {
  private func model(crashes: Int) -> Plain {
    Plain(name: "raft", replicas: 2, terms: 1, commands: 1, crashes: crashes, heartbeats: 0)
  }

  @Test("Two replicas, one term and one command: states, outcomes and symmetry", arguments: [0, 1])
  func small(crashes: Int) {
    var reduced = Exploration(model(crashes: crashes), limit: 20_000, usesSymmetry: true)
    var full = Exploration(model(crashes: crashes), limit: 20_000, usesSymmetry: false)
    var plain = PlainExploration(model(crashes: crashes))
    let (few, all) = (reduced.run(), full.run())
    let (reference, breaches) = plain.run(limit: 100_000)
    #expect(few.isComplete && all.isComplete && reference.isComplete)
    #expect(few.counterexample == nil && breaches.isEmpty)
    #expect(few.states == all.classes)
    #expect(few.outcomes == reference.outcomes && all.outcomes == reference.outcomes)
    #expect(full.countOfGlobalStates() == reference.states)
  }

  @Test("Elections and commits of two replicas have the outcomes without any reduction")
  func outcomes() {
    func model(reduces: Bool) -> Plain {
      Plain(
        name: "raft", replicas: 2, terms: 2, commands: 1, crashes: 0, heartbeats: 1,
        reduces: reduces)
    }
    var reduced = Exploration(model(reduces: true), limit: 100_000, usesSymmetry: true)
    var plain = PlainExploration(model(reduces: false))
    let findings = reduced.run()
    let (reference, breaches) = plain.run(limit: 1_000_000)
    #expect(findings.isComplete && findings.isSymmetric && reference.isComplete)
    #expect(findings.counterexample == nil && breaches.isEmpty)
    #expect(findings.outcomes == reference.outcomes)
  }

  @Test("Counting an entry of an old term commits it, which Raft §5.4.2 forbids")
  func oldTerm() throws {
    var exploration = Exploration(
      RaftModel<Impatient>(
        name: "raft", replicas: 3, terms: 3, commands: 1, crashes: 0, heartbeats: 1,
        appendsNoOps: false),
      limit: 20_000, usesSymmetry: true)
    let counterexample = try #require(exploration.run().counterexample)
    #expect(counterexample.breaches.contains { $0.invariant == "R-8" })
    #expect(counterexample.script.contains { $0.contains("append-reply") })
  }

  @Test("A replica that forgets its vote elects two leaders in one term")
  func forgetful() throws {
    var exploration = Exploration(
      RaftModel<Forgetful>(
        name: "raft", replicas: 3, terms: 1, commands: 0, crashes: 0, heartbeats: 0),
      limit: 20_000, usesSymmetry: true)
    let counterexample = try #require(exploration.run().counterexample)
    #expect(counterexample.breaches.contains { $0.invariant == "R-6" || $0.invariant == "R-1" })
    #expect(counterexample.script.count <= 6)
  }
}
