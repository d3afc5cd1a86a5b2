import ConsensusCore
import DiscreteEvents
import TestSupport
import Testing

@testable import PBFT

/// How replicas meet in one view for long enough (PBFT §4.5.2).
extension ViewChangeTests {
  // Rule: PBFT 4.5.2-5
  @Test(
    "PBFT §4.5.2: \"if a replica receives a set of f+1 valid view-change messages from other replicas for views greater than its current view, it sends a view-change message for the smallest view in the set\"",
    arguments: [4, 7, 10])
  func join(n: Int) throws {
    let group = PBFTTests.group(n)
    let faults = (n - 1) / 3
    var reaction = Reaction<Plain>()
    for index in 0...faults {
      #expect(reaction.viewChange() == nil)
      let target = UInt64(20 + n - index)
      reaction = group.receive(
        1, .viewChange(group.viewChange(index + 2, to: target)), from: index + 2)
    }
    let message = try #require(reaction.viewChange())
    #expect(message.target.number == UInt64(20 + n - faults))
    #expect(message.complaints.map(\.reason) == [.join])
  }

  @Test("A joiner that itself waited for more than half the time-out says so")
  func firstHandJoin() {
    group.issue(group.request(0, 1), to: [3])
    group.now = .zero + .seconds(5)
    #expect(ask([1, 2], for: 1, at: 3).complaint() == .join)
    let late = PBFTTests.group()
    late.issue(late.request(0, 1), to: [3])
    late.now = .zero + .milliseconds(5_001)
    late.receive(3, .viewChange(late.viewChange(1, to: 1)), from: 1)
    #expect(
      late.receive(3, .viewChange(late.viewChange(2, to: 1)), from: 2).complaint() == .timeout)
  }

  // Rule: PBFT 4.5.2-1, PBFT 4.5.2-2, PBFT 4.5.2-4
  @Test(
    "PBFT §4.5.2: \"a replica that multicasts a view-change message for view v+1 waits for 2f+1 view-change messages … before starting its timer\"; it doubles per view"
  )
  func doubling() throws {
    group.issue(group.request(0, 1), to: [3])
    group.fire(.request, of: 3)
    #expect(!group.runs(.newView, at: 3) && !group.runs(.request, at: 3))
    var expected: Int64 = 10
    for target in 1...5 as ClosedRange<UInt64> {
      // The primaries of views 1, 2, 5 are others; view 3 is this replica's own.
      if target % 4 == 3 { break }
      let primary = Int(target % 4)
      let others = (0..<4).filter { $0 != 3 }
      var change: VirtualDuration??
      for replica in others {
        let reaction = group.receive(
          3, .viewChange(group.viewChange(replica, to: target)), from: replica)
        change = change ?? reaction.change(of: .newView)
      }
      _ = primary
      #expect(change == .some(.seconds(expected)))
      let reaction = try #require(group.fire(.newView, of: 3))
      #expect(reaction.viewChange()?.target.number == target + 1)
      expected *= 2
    }
  }

  // Rule: PBFT 4.5.2-7
  @Test("Progress resets the waiting time (PL-4)")
  func reset() {
    // Nobody hears the first three primaries: views 0 and 1 have failed after twice 10 s.
    group.isLost = {
      ["pre-prepare", "new-view"].contains($0.kind) && ($0.from.replica?.index ?? 9) < 3
    }
    group.issue(group.request(0, 1))
    group.run(until: .zero + .seconds(25))
    #expect(group.executed == [0, 0, 0, 0])
    #expect(group.replicas.allSatisfy { $0.patience == .seconds(20) })
    group.run(until: .zero + .seconds(400))
    #expect(group.executed.allSatisfy { $0 >= 1 })
    #expect(group.replicas.allSatisfy { $0.patience == .seconds(10) })
  }

  // Rule: PBFT 4.5.2-6
  @Test("PL-1: f silent primaries in a row are left behind", arguments: [4, 7, 10])
  func silentPrimaries(n: Int) {
    let group = PBFTTests.group(n)
    let faults = (n - 1) / 3
    group.isLost = { ($0.from.replica?.index ?? n) < faults }
    group.issue(group.request(0, 1))
    group.run(until: .zero + .seconds(200))
    #expect(group.replicas[faults...].allSatisfy { $0.standing.executed == 1 })
    #expect(group.replicas[faults...].allSatisfy { $0.view.number == UInt64(faults) })
  }

  @Test("Beyond the fault bound nothing executes (C10)", arguments: [4, 7])
  func tooManySilent(n: Int) {
    let group = PBFTTests.group(n)
    let silent = (n - 1) / 3 + 1
    group.isLost = { ($0.from.replica?.index ?? n) < silent }
    group.issue(group.request(0, 1))
    group.run(until: .zero + .seconds(100))
    #expect(group.executed[silent...].allSatisfy { $0 == 0 })
  }

  @Test("P-1, PL-1: under loss all execute the same history", arguments: 0..<12 as Range<UInt64>)
  func loss(seed: UInt64) {
    let group = PBFTTests.group(seed % 2 == 0 ? 4 : 7)
    var draw = Seed(seed).draw(.loss, 3)
    group.isLost = { _ in draw.below(10) == 0 }
    for client in 0..<12 {
      group.issue(group.request(client, 1))
      group.run(until: group.now + .seconds(2))
    }
    group.isLost = { _ in false }
    group.issue(group.request(50, 1))
    group.run(until: group.now + .seconds(200))
    #expect(group.replicas.allSatisfy { $0.state.ledger.executed == 13 })
    #expect(Set(group.replicas.map(\.state.digest)).count == 1)
  }
}
