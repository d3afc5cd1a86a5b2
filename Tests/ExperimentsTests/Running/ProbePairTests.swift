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
  static var watchesHandling: Bool { true }

  mutating func begin(_ setting: ProbeSetting) { told.append("begin") }
  mutating func distrust(_ client: ClientID) { told.append("distrust") }
  mutating func handling(
    _ kind: UInt8, from sender: Endpoint, by replica: ReplicaID, standing: Standing
  ) { told.append("handling") }
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

@Suite("Pairs of probes")
struct ProbePairTests {
  @Test("Both probes of a pair are told everything, the calm included")
  func passesOn() {
    let (node, zero, keys) = (ReplicaID(0), VirtualTime.zero, Seed(1))
    let request = Request(
      client: ClientID(0), timestamp: 1, operation: 2, operationBytes: 0,
      signedBy: Signer(endpoint: Endpoint(ClientID(0)), keys: keys))
    var pair = ProbePair(first: Diary(), second: Diary())
    pair.begin(ProbeSetting(replicas: 4, verifier: Verifier(keys: keys)))
    pair.distrust(ClientID(0))
    pair.handling(
      0, from: Endpoint(node), by: node, standing: Standing(leads: false, view: 0, executed: 0))
    pair.changed(node, to: .crashed, at: zero)
    pair.observe(.executed(SequenceNumber(1), request.result), by: node, at: zero)
    pair.sent(.request(request), by: node, to: .others, at: zero)
    pair.clientIssued(request, at: zero)
    pair.clientAccepted(request, result: request.result, issued: zero, at: zero)
    pair.calmBegan(isComplete: true, at: zero)
    pair.handledInCalm(.request(request), from: Endpoint(node), by: node)
    pair.calmEnded(wasPlain: true, at: zero)
    pair.finish(at: zero)
    let everything = [
      "begin", "distrust", "handling", "changed", "observe", "sent", "issued", "accepted",
      "calm began", "handled in the calm", "calm ended", "finish",
    ]
    #expect(pair.first.told == everything)
    #expect(pair.second.told == everything)
  }

  @Test("A pair has left its bound as soon as one of its probes has")
  func leavesBound() {
    let (early, late) = (VirtualTime(nanoseconds: 1), VirtualTime(nanoseconds: 2))
    for (first, second, left) in [
      (nil, nil, nil), (early, nil, early), (nil, late, late),
      (late, early, early),
    ] as [(VirtualTime?, VirtualTime?, VirtualTime?)] {
      var pair = ProbePair(first: Diary(), second: Diary())
      pair.first.leftBound = first
      pair.second.leftBound = second
      #expect(pair.leftBound == left)
    }
  }
}
