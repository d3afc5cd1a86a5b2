import ConsensusCore
import DiscreteEvents
import PBFT
import SCPBFT
import Simulator
import Testing

import Faults

@Suite("Forged PBFT messages")
struct PBFTForgeryTests {
  /// One forgery of one kind of message, and why honest replicas drop it; nil where nothing can
  /// show, because the message is ignored or harmless.
  struct Case: Sendable, CustomTestStringConvertible {
    var kind: String
    var forgery: Forgery
    var reason: PBFTObservation.Rejection?
    var testDescription: String { "\(kind) \(forgery)" }
  }

  static func cases(
    _ kind: String, _ reasons: [(Forgery, PBFTObservation.Rejection?)]
  ) -> [Case] {
    reasons.map { Case(kind: kind, forgery: $0.0, reason: $0.1) }
  }

  static let all =
    cases(
      "pre-prepare",
      [
        (.tamper, .invalidContent), (.wrongDigest, .wrongDigest), (.badSignature, .badSignature),
        (.impersonate, .invalidContent), (.equivocate, nil), (.staleView, nil),
        (.futureView, .badSignature),
      ])
    + cases(
      "prepare",
      [
        (.tamper, nil), (.badSignature, .badSignature), (.impersonate, .badSignature),
        (.equivocate, nil), (.staleView, nil), (.futureView, .tooEarly),
      ])
    + cases(
      "commit",
      [
        (.tamper, nil), (.badSignature, .badSignature), (.impersonate, .badSignature),
        (.equivocate, nil), (.staleView, nil), (.futureView, .tooEarly),
      ])
    + cases("reply", [(.tamper, nil), (.impersonate, nil), (.staleView, nil)])
    + cases("request", [(.tamper, .badSignature), (.badSignature, .badSignature)])
    + cases(
      "checkpoint",
      [
        (.tamper, nil), (.badSignature, .badSignature), (.impersonate, .badSignature),
        (.equivocate, nil),
      ])
    + cases(
      "view-change",
      [
        (.tamper, nil), (.wrongDigest, .badCertificate), (.badSignature, .badSignature),
        (.impersonate, .badSignature), (.inventedCertificate, .badCertificate), (.staleView, nil),
        (.futureView, nil),
      ])
    + cases(
      "new-view",
      [
        (.tamper, .badNewView), (.wrongDigest, .badNewView), (.badSignature, .badSignature),
        (.impersonate, .badSignature), (.equivocate, .badNewView), (.staleView, nil),
        (.futureView, .notThePrimary), (.inventedCertificate, .badNewView),
      ])
    + cases("status", [(.tamper, nil), (.futureView, nil)])
    + cases(
      "committed",
      [(.tamper, nil), (.badSignature, nil), (.inventedCertificate, nil), (.futureView, nil)])
    + cases(
      "stable",
      [
        (.tamper, .badCertificate), (.badSignature, .badCertificate),
        (.inventedCertificate, .badCertificate),
      ])
    + cases("state", [(.tamper, nil), (.badSignature, nil), (.inventedCertificate, nil)])

  /// A run in which nearly every kind of message occurs: the lead rotates to the Byzantine replica
  /// 1 and on, and replica 2 is cut off twice, the second time for longer than the window holds.
  static func rich(_ test: Case) -> RunConfiguration<ClassicPBFT> {
    var run = classic(4, clients: 1)
    run.protocolConfiguration.rotation = .onCommand
    run.protocolConfiguration.viewTimeout = ms(200)
    run.protocolConfiguration.retransmission = ms(20)
    run.protocolConfiguration.checkpointInterval = 16
    run.protocolConfiguration.window = 32
    // Requests reach two replicas only through others, which relay them when they come again.
    run.clients[0].retransmission = ClientModel.Retransmission(period: ms(50), target: .all)
    run.schedule = .tests(
      TestPlan(tests: 3, ending: .window(ms(400), rotationDelay: ms(50), interval: ms(700))))
    let others = NodeSelector.nodes([NodeID(0), NodeID(1), NodeID(3)])
    run.network.changes =
      NetworkChange.partition(.nodes([NodeID(2)]), from: others, at: at(33), until: at(46))
      + NetworkChange.partition(.nodes([NodeID(2)]), from: others, at: at(110), until: at(270))
    // Replica 0, the first primary, hears no client for a while.
    run.network.changes.append(
      NetworkChange(
        at: at(290), until: at(360), from: .nodes([NodeID(4)]), to: .nodes([NodeID(0)]),
        effect: .cut))
    run.faults = [
      rule(replicas(1), .forge(test.forgery), kinds: KindFilter([kind(test.kind)]))
    ]
    return run
  }

  @Test("A forgery is dropped for its own reason and changes no result", arguments: all)
  func rejection(test: Case) {
    let (outcome, watch) = watched(Self.rich(test))
    #expect(watch.isSafe)
    #expect(outcome.bogus == 0)
    #expect(outcome.messages[Int(kind(test.kind))].sent > 0)
    // Whatever the forger does, the last test, which an honest primary leads, goes well.
    #expect((outcome.tests.last?.accepted ?? 0) > 60)
    #expect(Set(watch.heights).count <= 2)
    if let reason = test.reason {
      #expect(watch.rejections[reason, default: 0] > 0)
    }
  }

  @Test("Without a forger nothing is dropped, nobody times out")
  func noForger() {
    var run = Self.rich(Case(kind: "reply", forgery: .tamper, reason: nil))
    run.faults = []
    let (outcome, watch) = watched(run)
    // Late votes for what is stable already are no fault.
    #expect(Set(watch.rejections.keys).isSubset(of: [.outsideWindow]))
    #expect(watch.reasons.allSatisfy { $0 == .rotation })
    #expect(outcome.tests.allSatisfy { $0.accepted > 40 })
    for test in Self.all { #expect(outcome.messages[Int(kind(test.kind))].sent > 0) }
  }
}
