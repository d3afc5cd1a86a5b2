import ConsensusCore
import DiscreteEvents
import PBFT
import Testing

@testable import Experiments
@testable import RunPlans

@Suite("The price of isolation")
struct IsolationClockTests {
  private static let second: Int64 = 1_000_000_000

  private static func mark(_ subject: Int, _ after: NodeState) -> PBFTObservation {
    .marked(
      SheetChange(
        subject: ReplicaID(subject), before: .unstable, after: after, isProven: false,
        unstableTotal: 2))
  }

  private static func executed(_ height: UInt64) -> PBFTObservation {
    .executed(SequenceNumber(height), Digest(height))
  }

  /// A clock of four replicas, of which the last is Byzantine.
  private static func clock(
    isAgreed: Bool, cutOff: [[IsolationClock.Span]] = []
  ) -> IsolationClock {
    var clock = IsolationClock(isAgreed: isAgreed, cutOff: cutOff)
    clock.begin(replicas: 4)
    clock.changed(ReplicaID(3), to: .byzantine, at: 0)
    return clock
  }

  @Test("An honest node is excluded from its mark to its pardon; a Byzantine one does not count")
  func agreed() {
    var clock = Self.clock(isAgreed: true)
    clock.observe(Self.executed(5), by: ReplicaID(0), at: 10 * Self.second)
    clock.observe(Self.mark(1, .malicious), by: ReplicaID(0), at: 10 * Self.second)
    // The others follow; what they mark later is the same.
    clock.observe(Self.mark(1, .malicious), by: ReplicaID(2), at: 12 * Self.second)
    clock.observe(Self.executed(5), by: ReplicaID(2), at: 12 * Self.second)
    clock.observe(Self.executed(9), by: ReplicaID(2), at: 40 * Self.second)
    clock.observe(Self.mark(1, .normal), by: ReplicaID(2), at: 40 * Self.second)
    let shares = clock.shares(at: 100 * Self.second)
    // 30 s of one node in 100 s of three honest ones.
    #expect(abs(shares.excluded - 0.1) < 1e-12 && shares.excludedAway == 0)
    var byzantine = Self.clock(isAgreed: true)
    byzantine.observe(Self.executed(1), by: ReplicaID(0), at: 0)
    byzantine.observe(Self.mark(3, .malicious), by: ReplicaID(0), at: 0)
    #expect(byzantine.shares(at: Self.second) == IsolationClock.Shares())
  }

  @Test("When more than f are marked nobody is passed over")
  func fallback() {
    var clock = Self.clock(isAgreed: true)
    clock.observe(Self.executed(1), by: ReplicaID(0), at: 0)
    clock.observe(Self.mark(1, .malicious), by: ReplicaID(0), at: 0)
    clock.observe(Self.mark(2, .malicious), by: ReplicaID(0), at: 50 * Self.second)
    #expect(abs(clock.shares(at: 100 * Self.second).excluded - 50.0 / 300) < 1e-12)
  }

  @Test("A removed node stays excluded")
  func removed() {
    var clock = Self.clock(isAgreed: true)
    let members = ReplicaSet([ReplicaID(0), ReplicaID(2), ReplicaID(3)])
    clock.observe(Self.executed(8), by: ReplicaID(0), at: 0)
    clock.observe(
      .enteredEpoch(1, members: members, start: SequenceNumber(8)), by: ReplicaID(0), at: 0)
    #expect(abs(clock.shares(at: Self.second).excluded - 1.0 / 3) < 1e-12)
  }

  @Test("Literal sheets count each on its own, and the mean is taken over honest ones")
  func literal() {
    var clock = Self.clock(isAgreed: false)
    clock.observe(Self.mark(1, .malicious), by: ReplicaID(2), at: 0)
    clock.observe(Self.mark(1, .malicious), by: ReplicaID(3), at: 0)
    #expect(abs(clock.shares(at: Self.second).excluded - 1.0 / 9) < 1e-12)
  }

  @Test("Time in which the node is down or cut off is apart")
  func away() {
    let cut = [[], [IsolationClock.Span(start: 0, end: 20 * Self.second)]]
    var clock = Self.clock(isAgreed: true, cutOff: cut)
    clock.observe(Self.executed(1), by: ReplicaID(0), at: 0)
    clock.observe(Self.mark(1, .malicious), by: ReplicaID(0), at: 0)
    clock.changed(ReplicaID(1), to: .down, at: 10 * Self.second)
    clock.changed(ReplicaID(1), to: .up(isBlank: false), at: 40 * Self.second)
    let shares = clock.shares(at: 100 * Self.second)
    #expect(abs(shares.excludedAway - 40.0 / 300) < 1e-12)
    #expect(abs(shares.excluded - 60.0 / 300) < 1e-12)
  }
}
