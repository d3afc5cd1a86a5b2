import ConsensusCore
import DiscreteEvents
import PBFT
import SCPBFT

import Testing

@testable import Experiments
@testable import RunPlans
@testable import Simulator

/// A probe that notes what it is told.
private struct Diary: Probe {
  typealias Subject = ClassicPBFT

  var told: [String] = []
  var violations: [Violation] = []
  var leftBound: VirtualTime?

  mutating func begin(_ setting: ProbeSetting) { told.append("begin") }
  mutating func distrust(_ client: ClientID) { told.append("distrust") }
  mutating func changed(
    _ replica: ReplicaID, to condition: NodeCondition, at time: VirtualTime
  ) { told.append("changed") }
  mutating func observe(
    _ observation: PBFTObservation, by replica: ReplicaID, at time: VirtualTime
  ) { told.append("observe") }
  mutating func sent(
    _ message: ClassicPBFT.Message, by replica: ReplicaID, to recipients: Recipients,
    at time: VirtualTime
  ) { told.append("sent") }
  mutating func clientIssued(_ request: Request, at time: VirtualTime) { told.append("issued") }
  mutating func clientAccepted(
    _ request: Request, result: Digest, issued: VirtualTime, at time: VirtualTime
  ) { told.append("accepted") }
  mutating func calmBegan(isComplete: Bool, at time: VirtualTime) { told.append("calm began") }
  mutating func handledInCalm(
    _ message: ClassicPBFT.Message, from sender: Endpoint, by replica: ReplicaID
  ) { told.append("handled in the calm") }
  mutating func calmEnded(wasPlain: Bool, at time: VirtualTime) { told.append("calm ended") }
  mutating func finish(at time: VirtualTime) { told.append("finish") }
}

@Suite("What watches a run")
struct RunProbeTests {
  @Test("Census and judge are told everything, the calm included")
  func passesOn() {
    let (node, zero, keys) = (ReplicaID(0), VirtualTime.zero, Seed(1))
    let request = Request(
      client: ClientID(0), timestamp: 1, operation: 2, operationBytes: 0,
      signedBy: Signer(endpoint: Endpoint(ClientID(0)), keys: keys))
    var probe = RunProbe(
      census: Diary(), judge: Diary(), coverage: CoverageNotes(replicas: 4),
      parts: [.census, .judge])
    probe.begin(ProbeSetting(replicas: 4, verifier: Verifier(keys: keys)))
    probe.distrust(ClientID(0))
    probe.changed(node, to: .crashed, at: zero)
    probe.observe(.executed(SequenceNumber(1), request.result), by: node, at: zero)
    probe.sent(.request(request), by: node, to: .others, at: zero)
    probe.clientIssued(request, at: zero)
    probe.clientAccepted(request, result: request.result, issued: zero, at: zero)
    probe.calmBegan(isComplete: true, at: zero)
    probe.handledInCalm(.request(request), from: Endpoint(node), by: node)
    probe.calmEnded(wasPlain: true, at: zero)
    probe.finish(at: zero)
    let everything = [
      "begin", "distrust", "changed", "observe", "sent", "issued", "accepted", "calm began",
      "handled in the calm", "calm ended", "finish",
    ]
    #expect(probe.census.told == everything)
    #expect(probe.judge.told == everything)
  }

  @Test("A run has left its bound as soon as census or judge says so")
  func leavesBound() {
    let (early, late) = (VirtualTime(nanoseconds: 1), VirtualTime(nanoseconds: 2))
    for (first, second, left) in [
      (nil, nil, nil), (early, nil, early), (nil, late, late),
      (late, early, early),
    ] as [(VirtualTime?, VirtualTime?, VirtualTime?)] {
      var probe = RunProbe(
        census: Diary(), judge: Diary(), coverage: CoverageNotes(replicas: 4),
        parts: [.census, .judge])
      probe.census.leftBound = first
      probe.judge.leftBound = second
      #expect(probe.leftBound == left)
    }
  }
}
