import ConsensusCore
import DiscreteEvents
import TestSupport
import Testing

@testable import PBFT

@Suite("PBFT §4.5.2: how long a replica waits for a view")
struct ViewTimerTests {
  /// Time-out T, delay of every copy, and the least k with T 2^k >= N, where N is three delays: the
  /// PRE-PREPARE, a PREPARE and a COMMIT follow the quorum of VIEW-CHANGEs.
  ///
  /// No failed view lasts for two delays: the primary of a view, which has no timer, would otherwise
  /// finish there alone while the others leave.
  struct Case: Sendable, CustomTestStringConvertible {
    var timeout: Int64
    var delay: Int64
    var failures: UInt64
    var testDescription: String { "T = \(timeout), N = \(3 * delay), k = \(failures)" }
  }

  static let cases = [
    Case(timeout: 20, delay: 2, failures: 0), Case(timeout: 10, delay: 6, failures: 1),
    Case(timeout: 7, delay: 4, failures: 1), Case(timeout: 10, delay: 13, failures: 2),
    Case(timeout: 7, delay: 16, failures: 3), Case(timeout: 5, delay: 12, failures: 3),
    Case(timeout: 3, delay: 15, failures: 4), Case(timeout: 2, delay: 18, failures: 5),
  ]

  static func group(_ replicas: Int, timeout: Int64) -> PlainGroup {
    var settings = configuration(replicas)
    settings.viewTimeout = .seconds(timeout)
    // A reminder would bring what a slow network still carries.
    settings.retransmission = .seconds(1_000_000)
    return PlainGroup(replicas, settings)
  }

  // Rule: PBFT 4.5.2-2, PBFT 4.5.2-4
  @Test(
    "PBFT §4.5.2: a request executes after the least number of failed views that makes the wait long enough, at every replica",
    arguments: cases, [4, 7])
  func knownAnswers(_ known: Case, n: Int) {
    let group = Self.group(n, timeout: known.timeout)
    // Nobody hears the first primary.
    group.isLost = {
      if case .prePrepare(let proposal, _) = $0.message { proposal.view.number == 0 } else { false }
    }
    group.issue(group.request(0, 1))
    // View 0 fails after T, a VIEW-CHANGE takes one delay, and the k views after it fail in turn.
    var end = known.timeout + known.delay
    for failure in 0..<known.failures { end += known.timeout << Int64(failure) + known.delay }
    end += 3 * known.delay
    group.run(until: .zero + .milliseconds(1_000 * end - 1), delayingBy: .seconds(known.delay))
    #expect(group.executed == Array(repeating: 0, count: n))
    group.run(until: .zero + .seconds(end), delayingBy: .seconds(known.delay))
    #expect(group.executed == Array(repeating: 1, count: n))
    group.run(until: .zero + .seconds(100 * end), delayingBy: .seconds(known.delay))
    #expect(group.replicas.allSatisfy { $0.view.number == known.failures + 1 })
  }

  /// The VIEW-CHANGEs of others for `target`, handed to `index`; what they did to its timer.
  private func ask(_ group: PlainGroup, _ replicas: [Int], for target: UInt64, at index: Int)
    -> VirtualDuration??
  {
    var change: VirtualDuration??
    for replica in replicas {
      let message = Plain.Message.viewChange(group.viewChange(replica, to: target))
      change = group.receive(index, message, from: replica).change(of: .newView)
    }
    return change
  }

  @Test("PBFT §4.5.2: a view change that a replica joins doubles its next wait, too")
  func joining() {
    let group = PBFTTests.group()
    for (target, wait) in [(1, 10), (2, 20), (3, 40), (5, 80)] as [(UInt64, Int64)] {
      #expect(ask(group, [2, 3], for: target, at: 0) == .some(.seconds(wait)))
    }
  }

  @Test("PBFT §4.5.2: a jump over several views doubles the wait once")
  func jump() {
    let group = PBFTTests.group()
    #expect(ask(group, [2, 3], for: 1, at: 0) == .some(.seconds(10)))
    #expect(ask(group, [2, 3], for: 7, at: 0) == .some(.seconds(20)))
  }

  /// Replica 2 of four holds a request and left view 0 at 10 s with a quorum.
  private func waiting() -> PlainGroup {
    let group = PBFTTests.group()
    group.issue(group.request(0, 1), to: [2])
    group.fire(.request, of: 2)
    #expect(ask(group, [0, 3], for: 1, at: 2) == .some(.seconds(10)))
    return group
  }

  private func enter(_ group: PlainGroup, _ index: Int) -> Reaction<Plain> {
    let changes = [0, 1, 3].map { group.viewChange($0, to: 1) }
    return group.receive(index, .newView(group.newView(1, changes, by: 1)), from: 1)
  }

  // Rule: PBFT 4.5.2-3
  @Test("PBFT §4.5.2: a NEW-VIEW gives its primary no more time, and an expiry complains of it")
  func newViewGivesNoTime() throws {
    let group = waiting()
    group.now = .zero + .seconds(17)
    _ = enter(group, 2)
    #expect(group.replicas[2].view.number == 1)
    #expect(group.deadlines[2][Int(PBFTTimer.newView.rawValue)] == .zero + .seconds(20))
    let message = try #require(group.fire(.newView, of: 2)?.viewChange())
    #expect(message.target.number == 2 && message.complaints.last?.reason == .timeout)
    #expect(message.complaints.last.map { [$0.view.number, UInt64($0.subject.index)] } == [1, 1])
    // The next wait is twice as long.
    #expect(ask(group, [0, 3], for: 3, at: 2) == .some(.seconds(40)))
  }

  // Rule: PBFT 4.5.2-3
  @Test("PBFT §4.5.2: the timer ends with a request \"that it had not executed previously\"")
  func execution() {
    let group = waiting()
    _ = enter(group, 2)
    #expect(group.runs(.newView, at: 2))
    group.now = .zero + .seconds(18)
    group.commitAt(2, group.batch([group.request(1, 1)], by: 1, in: 1), at: 1, in: 1)
    #expect(group.executed[2] == 1 && !group.runs(.newView, at: 2))
    // The request timer runs for the one held request, from the NEW-VIEW on.
    #expect(group.deadlines[2][Int(PBFTTimer.request.rawValue)] == .zero + .seconds(20))
  }

  // Rule: PBFT 4.5.2-3
  @Test("PBFT §4.5.2: a primary that repeats what was executed before its view gains no time")
  func repetition() {
    let group = PBFTTests.group()
    let old = [group.request(1, 1)]
    group.commitAt(2, group.batch(old), at: 1)
    group.issue(group.request(0, 1), to: [2])
    group.fire(.request, of: 2)
    _ = ask(group, [0, 3], for: 1, at: 2)
    let changes = [0, 1, 3].map {
      group.viewChange(
        $0, to: 1, certificates: [group.certificate(group.batch(old), at: 1, by: [1, 2])])
    }
    group.receive(2, .newView(group.newView(1, changes, by: 1)), from: 1)
    group.now = .zero + .seconds(18)
    group.commitAt(2, group.batch(old, by: 1, in: 1), at: 2, in: 1)
    #expect(group.executed[2] == 2)
    #expect(group.deadlines[2][Int(PBFTTimer.newView.rawValue)] == .zero + .seconds(20))
  }

  @Test("A replica that did not see the quorum starts the timer at the NEW-VIEW")
  func lagging() {
    let group = PBFTTests.group()
    group.issue(group.request(0, 1), to: [2])
    group.now = .zero + .seconds(3)
    _ = enter(group, 2)
    #expect(group.deadlines[2][Int(PBFTTimer.request.rawValue)] == .zero + .seconds(13))
    #expect(!group.runs(.newView, at: 2))
  }

  @Test("PL-2: where no request waits the timer ends with NEW-VIEW, whatever led to the view")
  func nothingWaits() {
    let group = PBFTTests.group()
    // Two wait, the others join, and the first primary's silence ends with its view.
    group.isLost = { $0.kind == "pre-prepare" }
    group.issue(group.request(0, 1), to: [2, 3])
    for index in 2...3 { group.fire(.request, of: index) }
    group.settle()
    #expect(group.replicas.allSatisfy { $0.view.number == 1 })
    #expect([0, 1].allSatisfy { !group.runs(.newView, at: $0) && !group.runs(.request, at: $0) })
    #expect([2, 3].allSatisfy { group.runs(.newView, at: $0) })
  }

  @Test(
    "PL-2: a view entered by command or by proof keeps quiet without requests",
    arguments: [true, false])
  func quiet(byCommand: Bool) {
    let group = PBFTTests.group()
    for index in 0..<4 {
      if byCommand {
        group.step(index, .command(.rotate))
      } else {
        let evidence = Evidence.equivocation(
          group.proposal(Digest(1), at: 1, by: 0), group.proposal(Digest(2), at: 1, by: 0),
          by: ReplicaID(0))
        let message = group.viewChange(3, to: 1, evidence: [evidence])
        group.receive(index, .viewChange(message), from: 3)
      }
    }
    group.run(until: .zero + .seconds(10_000))
    #expect(group.replicas.allSatisfy { $0.view.number == 1 && $0.phase == .normal })
    #expect(group.sent["view-change"].map { $0 <= 12 } ?? false)
  }

  @Test("A view that ends by command or by proof does not lengthen the next wait")
  func notTooShort() {
    let group = PBFTTests.group()
    group.step(0, .command(.rotate))
    #expect(ask(group, [2, 3], for: 1, at: 0) == .some(.seconds(10)))
    #expect(group.replicas[0].changes.failures == 0)
  }
}
