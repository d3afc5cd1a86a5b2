import ConsensusCore
import DiscreteEvents
import Testing

@testable import PBFT
@testable import SCPBFT

@Suite("Paper §III-B: the node state information sheet")
struct SheetTests {
  enum Event: String, CaseIterable, Sendable { case completed, timedOut, proven, pardoned }

  let node = ReplicaID(1)

  func sheet(_ events: [Event]) -> StateSheet {
    var sheet = StateSheet(replicas: 4, strikeLimit: 2)
    for (view, event) in events.enumerated() { apply(event, to: &sheet, in: view) }
    return sheet
  }

  @discardableResult
  func apply(_ event: Event, to sheet: inout StateSheet, in view: Int) -> SheetChange? {
    let view = View(UInt64(view))
    return switch event {
    case .completed: sheet.complete(node)
    case .timedOut: sheet.timeOut(node, in: view)
    case .proven: sheet.convict(node, in: view, isProven: true)
    case .pardoned: sheet.pardon(node)
    }
  }

  // Rule: Paper III-B-1
  @Test(
    "Paper §III-B: \"the first time that the system runs, the … sheet … won't record the state of any nodes\""
  )
  func empty() {
    let sheet = sheet([])
    #expect((0..<4).allSatisfy { sheet.state(of: ReplicaID($0)) == .absent })
    #expect(sheet.isolationArea.isEmpty)
  }

  // Rule: Paper III-B-3, Paper III-B-4, Paper III-B-5, Paper III-B-6
  @Test(
    "C4, SC-1: the transition table is exact",
    arguments: [
      ([], Event.completed, NodeState.normal), ([], .timedOut, .unstable),
      ([], .proven, .malicious),
      ([.completed], .completed, .normal), ([.completed], .timedOut, .unstable),
      ([.completed], .proven, .malicious),
      ([.timedOut], .completed, .normal), ([.timedOut], .timedOut, .malicious),
      ([.timedOut], .proven, .malicious),
      ([.proven], .completed, .malicious), ([.proven], .timedOut, .malicious),
      ([.proven], .proven, .malicious), ([.proven], .pardoned, .normal),
      ([.timedOut, .timedOut], .completed, .malicious),
      ([.timedOut, .timedOut], .pardoned, .normal),
    ] as [([Event], Event, NodeState)])
  func transitions(history: [Event], event: Event, after: NodeState) {
    var sheet = sheet(history)
    let before = sheet.state(of: node)
    let marking = apply(event, to: &sheet, in: history.count)
    #expect(sheet.state(of: node) == after)
    if before != after {
      #expect(marking?.before == before && marking?.after == after && marking?.subject == node)
    }
  }

  // Rule: Paper III-B-5
  @Test(
    "Paper §III-B: \"unstable\" \"for two consecutive times … then the node will be marked as malicious\"; a completed round in between recovers it"
  )
  func consecutive() {
    #expect(sheet([.timedOut, .timedOut]).state(of: node) == .malicious)
    let alternating = sheet([.timedOut, .completed, .timedOut, .completed, .timedOut])
    #expect(alternating.state(of: node) == .unstable)
    #expect(alternating.entries[1].strikes == 1 && alternating.entries[1].unstableTotal == 3)
  }

  // Rule: Paper III-B-8
  @Test(
    "Paper §III-B: the isolation area holds malicious nodes and records the number of unstable states (SC-10)"
  )
  func isolationArea() {
    #expect(sheet([.timedOut, .completed]).isolationArea.members == [node])
    #expect(sheet([.proven]).isolationArea.members == [node])
    #expect(sheet([.completed]).isolationArea.isEmpty)
  }

  @Test("One turn is judged once: a second judgement of the same or an earlier view is no strike")
  func deduplication() {
    var sheet = StateSheet(replicas: 4, strikeLimit: 2)
    #expect(sheet.timeOut(node, in: View(5)) != nil)
    #expect(sheet.timeOut(node, in: View(5)) == nil && sheet.timeOut(node, in: View(4)) == nil)
    #expect(sheet.state(of: node) == .unstable && sheet.entries[1].unstableTotal == 1)
    _ = sheet.complete(node)
    #expect(sheet.timeOut(node, in: View(5)) == nil && sheet.state(of: node) == .normal)
  }

  @Test("A late proof of an old view does not open later turns to a second judgement")
  func lateProof() {
    var sheet = StateSheet(replicas: 4, strikeLimit: 2)
    _ = sheet.timeOut(node, in: View(9))
    _ = sheet.convict(node, in: View(1), isProven: true)
    _ = sheet.timeOut(node, in: View(9))
    #expect(sheet.entries[1].unstableTotal == 1)
  }

  @Test("The number of strikes is an option", arguments: 1...5)
  func strikeLimit(limit: Int) {
    var sheet = StateSheet(replicas: 4, strikeLimit: limit)
    for view in 1...limit {
      #expect(sheet.state(of: node) != .malicious)
      _ = sheet.timeOut(node, in: View(UInt64(view)))
    }
    #expect(sheet.state(of: node) == .malicious)
  }

  @Test("Everything in the sheet is in its hash")
  func fingerprint() {
    let histories: [[Event]] = [
      [], [.completed], [.timedOut], [.timedOut, .completed], [.timedOut, .timedOut], [.proven],
      [.completed, .timedOut],
    ]
    #expect(Set(histories.map { sheet($0).fingerprint }).count == histories.count)
  }
}

@Suite("Who may lead, and who is reported")
struct StateSheetPolicyTests {
  func policy(
    _ replicas: Int, malicious: [Int], proven: [Int] = [], aged: [Int] = [],
    expires: Bool = false, allowsShrinking: Bool = false,
    marking: StateSheetPolicy.MarkingRule = .certified
  ) -> StateSheetPolicy {
    var policy = StateSheetPolicy(
      options(expires: expires, allowsShrinking: allowsShrinking, marking: marking),
      replicas: replicas)
    for index in malicious {
      for view in [1, 2] {
        _ = policy.judged(
          Judgement(view: View(UInt64(view)), subject: ReplicaID(index), finding: .timedOut))
      }
    }
    for index in proven {
      _ = policy.judged(
        Judgement(view: View(1), subject: ReplicaID(index), finding: .provenMalicious))
    }
    for index in aged {
      for view in 1...5 as ClosedRange<UInt64> {
        _ = policy.judged(
          Judgement(view: View(view), subject: ReplicaID(index), finding: .timedOut))
        _ = policy.completed(ReplicaID(index))
      }
    }
    return policy
  }

  func options(
    expires: Bool, allowsShrinking: Bool, marking: StateSheetPolicy.MarkingRule
  ) -> StateSheetPolicy.Options {
    StateSheetPolicy.Options(
      marking: marking, exclusion: .skip, strikes: 2, agedThreshold: 5, expires: expires,
      allowsShrinking: allowsShrinking)
  }

  // Rule: Paper III-C-2
  @Test("Paper §III-C step 3: malicious is refused, normal and unstable may lead")
  func admits() {
    var policy = policy(4, malicious: [2])
    _ = policy.judged(Judgement(view: View(1), subject: ReplicaID(1), finding: .timedOut))
    let membership = Membership(replicas: 4)
    #expect(
      (0..<4).map { policy.admits(ReplicaID($0), in: membership) } == [true, true, false, true])
  }

  @Test("Marks of more than f are worth nothing: everybody may lead", arguments: [4, 7, 10, 13])
  func fallback(n: Int) {
    let membership = Membership(replicas: n)
    let faults = membership.quorum.faults
    let within = policy(n, malicious: Array(0..<faults))
    #expect((0..<n).filter { within.admits(ReplicaID($0), in: membership) } == Array(faults..<n))
    for marked in [faults + 1, n] {
      let beyond = policy(n, malicious: Array(0..<marked))
      #expect((0..<n).allSatisfy { beyond.admits(ReplicaID($0), in: membership) })
    }
  }

  // Rule: Paper III-B-10
  @Test("SC-9: one CONFIG removes at most f, and never below four replicas", arguments: 4...16)
  func removals(n: Int) {
    let membership = Membership(replicas: n)
    let change = policy(n, malicious: Array(0..<n)).report(in: membership)
    let expected = min(membership.quorum.faults, n - 4)
    #expect((change?.removed.count ?? 0) == expected)
    let shrinking = policy(n, malicious: Array(0..<n), allowsShrinking: true)
    #expect(shrinking.report(in: membership)?.removed.count == membership.quorum.faults)
    #expect(policy(n, malicious: []).report(in: membership) == nil)
  }

  // Rule: Paper III-B-9
  @Test(
    "Paper §III-B: a node with \"a large number of unstable states … will be treated as an aged node and eliminated\""
  )
  func aged() {
    let policy = policy(7, malicious: [], aged: [3])
    #expect(policy.sheet.state(of: ReplicaID(3)) == .normal)
    #expect(policy.report(in: Membership(replicas: 7))?.removed.members == [ReplicaID(3)])
  }

  @Test("With `expires` a CONFIG pardons marks without proof and removes the others")
  func expires() throws {
    var policy = policy(7, malicious: [1], proven: [2], expires: true)
    let change = try #require(policy.report(in: Membership(replicas: 7)))
    #expect(change.cleared.members == [ReplicaID(1)] && change.removed.members == [ReplicaID(2)])
    _ = policy.applied(change)
    #expect(policy.sheet.state(of: ReplicaID(1)) == .normal)
    #expect(policy.sheet.state(of: ReplicaID(2)) == .malicious)
    #expect(policy.sheet.entries[1].unstableTotal == 0)
  }

  @Test("A certified sheet demands its own CONFIG block; a literal one permits what it bears out")
  func permits() {
    let membership = Membership(replicas: 7)
    func removal(_ members: Int...) -> MembershipChange {
      MembershipChange(removed: ReplicaSet(members.map { ReplicaID($0) }), cleared: ReplicaSet())
    }
    let certified = policy(7, malicious: [1, 2])
    #expect(certified.permits(removal(1, 2), in: membership))
    for other in [nil, removal(1), removal(3), removal(1, 2, 3)] {
      #expect(!certified.permits(other, in: membership))
    }
    var literal = policy(7, malicious: [], marking: .literal)
    for node in [1, 2, 4] {
      _ = literal.suspected(ReplicaID(node), reason: .evidence, in: View(1))
    }
    for change in [nil, removal(1), removal(4), removal(2, 4)] {
      #expect(literal.permits(change, in: membership))
    }
    let pardon = MembershipChange(removed: ReplicaSet(), cleared: ReplicaSet([ReplicaID(1)]))
    for change in [removal(3), removal(1, 3), removal(1, 2, 4), pardon] {
      #expect(!literal.permits(change, in: membership))
    }
  }

  @Test("Literal sheets change by the replica's own eyes only, certified ones by judgements only")
  func markings() {
    let judgement = Judgement(view: View(1), subject: ReplicaID(1), finding: .timedOut)
    var literal = policy(4, malicious: [], marking: .literal)
    #expect(literal.judged(judgement) == nil && !literal.takesJudgements)
    for reason in [Complaint.Reason.join, .refusal, .rotation, .slow] {
      #expect(literal.suspected(ReplicaID(1), reason: reason, in: View(1)) == nil)
    }
    #expect(literal.suspected(ReplicaID(1), reason: .timeout, in: View(1))?.after == .unstable)
    #expect(literal.suspected(ReplicaID(2), reason: .evidence, in: View(1))?.after == .malicious)
    var certified = policy(4, malicious: [])
    #expect(certified.suspected(ReplicaID(1), reason: .timeout, in: View(1)) == nil)
    #expect(certified.judged(judgement)?.after == .unstable && certified.takesJudgements)
  }
}

@Suite("Experiment-model 4.2, 4.3: judgements and epochs")
struct JudgementTests {
  let keys = Seed(7)

  func viewChange(_ replica: Int, _ complaints: [Complaint], _ evidence: [Evidence] = [])
    -> ViewChange
  {
    ViewChange(
      epoch: 0, target: View(1), stable: .genesis, certificates: [], complaints: complaints,
      evidence: evidence, replica: ReplicaID(replica), signedBy: signer(replica))
  }

  func signer(_ replica: Int) -> Signer {
    Signer(endpoint: Endpoint(ReplicaID(replica)), keys: keys)
  }

  func complaint(_ reason: Complaint.Reason, of subject: Int = 0, in view: UInt64 = 0) -> Complaint
  {
    Complaint(view: View(view), subject: ReplicaID(subject), reason: reason)
  }

  func judge(_ messages: [ViewChange], replicas: Int = 4) -> [Judgement] {
    NewViewContent(
      messages, quorum: Quorum(replicas: replicas), verifier: Verifier(keys: keys)
    ).judgements
  }

  // Rule: Paper III-B-7
  @Test("E3 needs f+1 first-hand time-outs", arguments: [4, 7, 10])
  func firstHand(n: Int) {
    let faults = (n - 1) / 3
    for complaining in 0...n - 1 {
      let messages = (1..<n).map {
        viewChange($0, [complaint($0 <= complaining ? .timeout : .join)])
      }
      let expected = complaining > faults
      #expect(judge(messages, replicas: n).isEmpty == !expected)
    }
  }

  // Rule: Paper III-A-3
  @Test(
    "Joining, refusing and rotating are never a strike",
    arguments: [Complaint.Reason.join, .refusal, .rotation, .slow])
  func neverAStrike(reason: Complaint.Reason) {
    #expect(judge((1...3).map { viewChange($0, [complaint(reason)]) }).isEmpty)
  }

  @Test("The subject's own vote does not count")
  func ownVote() {
    #expect(
      judge([viewChange(0, [complaint(.timeout)]), viewChange(1, [complaint(.timeout)])]).isEmpty)
    #expect(
      judge([viewChange(2, [complaint(.timeout)]), viewChange(1, [complaint(.timeout)])])
        == [Judgement(view: View(0), subject: ReplicaID(0), finding: .timedOut)])
  }

  @Test("Complaints about different turns or nodes do not add up")
  func different() {
    #expect(
      judge([viewChange(2, [complaint(.timeout)]), viewChange(1, [complaint(.timeout, in: 1)])])
        .isEmpty)
    #expect(
      judge([viewChange(2, [complaint(.timeout)]), viewChange(1, [complaint(.timeout, of: 3)])])
        .isEmpty)
  }

  @Test("Who complains twice of one turn in one message counts once", arguments: [4, 7, 10])
  func repeated(n: Int) {
    let faults = (n - 1) / 3
    for complaining in faults...faults + 1 {
      let messages = (1..<n).map {
        let mine = $0 <= complaining ? [complaint(.timeout), complaint(.evidence)] : []
        return viewChange($0, mine + [complaint(.timeout, in: 1)] + mine)
      }
      let subjects = judge(messages, replicas: n).filter { $0.view.number == 0 }.map(\.subject)
      #expect(subjects == (complaining > faults ? [ReplicaID(0)] : []))
    }
  }

  // Rule: Paper III-B-7
  @Test(
    "E4 needs one valid proof, which overrides complaints; an invalid one proves nothing (SC-2)")
  func proof() {
    let proposals = (1...2).map {
      Proposal(
        view: View(0), sequence: SequenceNumber(1), digest: Digest($0), signedBy: signer(0))
    }
    let proof = Evidence.equivocation(proposals[0], proposals[1], by: ReplicaID(0))
    let messages = [
      viewChange(1, [complaint(.timeout)], [proof]), viewChange(2, [complaint(.timeout)], [proof]),
    ]
    #expect(
      judge(messages)
        == [Judgement(view: View(0), subject: ReplicaID(0), finding: .provenMalicious)])
    let framed = Evidence.equivocation(proposals[0], proposals[1], by: ReplicaID(3))
    #expect(judge([viewChange(1, [], [framed])]).isEmpty)
    let same = Evidence.equivocation(proposals[0], proposals[0], by: ReplicaID(0))
    #expect(judge([viewChange(1, [], [same])]).isEmpty)
  }

  // Rule: PBFT 4.4-9, Paper III-A-1
  @Test("Paper eq. 5: s = v mod |R|", arguments: [4, 7, 31, 100])
  func primaryMap(n: Int) {
    let membership = Membership(replicas: n)
    #expect((0..<300).allSatisfy { membership.primary(of: View(UInt64($0))).index == $0 % n })
  }

  // Rule: Paper III-B-11
  @Test(
    "After an epoch the successor of the last leader's id leads", arguments: 0..<7,
    [[1], [6], [0, 3], [5, 6]])
  func successor(leader: Int, removed: [Int]) {
    let change = MembershipChange(
      removed: ReplicaSet(removed.map { ReplicaID($0) }), cleared: ReplicaSet())
    let next = Membership(replicas: 7).applying(
      change, at: SequenceNumber(14), proposedBy: ReplicaID(leader), in: View(9))
    let remaining = (0..<7).filter { !removed.contains($0) }
    #expect(next.members.map(\.index) == remaining && next.epoch == 1)
    #expect(next.quorum == Quorum(replicas: remaining.count))
    let successor = remaining.first { $0 > leader } ?? remaining[0]
    #expect(next.primary(of: View(9)).index == successor)
    let place = remaining.firstIndex(of: successor) ?? 0
    #expect(next.primary(of: View(10)).index == remaining[(place + 1) % remaining.count])
  }
}
