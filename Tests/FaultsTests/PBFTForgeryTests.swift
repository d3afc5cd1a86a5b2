import ConsensusCore
import DiscreteEvents
import PBFT
import SCPBFT
import Simulator
import Testing

@testable import Faults

@Suite("Forged PBFT messages")
struct PBFTForgeryTests {
  /// A run in which every kind of message occurs: the lead rotates to the Byzantine replica 1 and
  /// on, and replica 2 is cut off for longer than the window holds.
  static func rich(_ kind: Int, _ forgery: Forgery) -> RunConfiguration<ClassicPBFT> {
    var run = classic(4)
    run.protocolConfiguration.rotation = .onCommand
    run.schedule = .tests(
      TestPlan(
        tests: 4, ending: .window(ms(600), rotationDelay: ms(50), interval: ms(800))))
    run.network.changes = NetworkChange.partition(
      .nodes([NodeID(2)]), from: .nodes([NodeID(0), NodeID(1), NodeID(3)]), at: at(100),
      until: at(400))
    run.faults = [rule(replicas(1), .forge(forgery), kinds: KindFilter([UInt8(kind)]))]
    return run
  }

  @Test("print", arguments: 0..<15)
  func table(kind: Int) {
    for forgery in Forgery.allCases {
      let (outcome, watch) = watched(Self.rich(kind, forgery))
      let names = PBFTMessage<NoOversight>.kindNames
      print("TABLE", names[kind], forgery, watch.rejections, watch.violations.count, outcome.bogus, outcome.tests.map(\.accepted), watch.lastViews, watch.heights, watch.reasons.count, outcome.messages[kind].sent)
    }
  }
}
