import ConsensusCore
import Testing

@testable import Experiments
@testable import Notation
@testable import YAMLDocuments

@Suite("Prices from measurements of a system")
struct SystemCalibrationTests {
  typealias Measured = SystemCalibration.Measured

  static let etcd = Measured(
    latency: 0.000_5, connections: 200, rate: 14_000, echo: 0, processor: nil)

  @Test(
    "With the prices that two measurements give, a simulated system has both",
    arguments: [etcd, slow, far])
  func solved(measured: Measured) throws {
    let found = try SystemCalibration(measured)
    let system = SimulatedSystem(
      fixed: found.fixed, perRequest: found.perRequest, leaderShare: found.leaderShare,
      measured: measured)
    #expect((system.latency(connections: 1) / measured.latency - 1).magnitude < 0.03)
    let rate = Double(measured.connections) / system.latency(connections: measured.connections)
    #expect((rate / measured.rate - 1).magnitude < 0.03)
  }

  /// etcd 2.2.0 as its documentation prints it: a job is a write to a disk.
  static let slow = Measured(
    latency: 0.018, connections: 256, rate: 4_581, echo: 0, processor: nil)

  static let far = {
    var far = Measured(
      latency: 0.011, connections: 100, rate: 6_000, echo: 0.01, processor: (0.000_08, 0.000_02))
    far.replicas = 5
    return far
  }()

  @Test("Processor seconds split a request over leader and follower; without them that stays open")
  func split() throws {
    var measured = Self.etcd
    measured.processor = (leader: 0.000_06, follower: 0.000_02)
    #expect(try SystemCalibration(measured).leaderShare == 0.75)
    #expect(try SystemCalibration(Self.etcd).leaderShare == 0.5)
    #expect(try SystemCalibration(Self.etcd).remarks.contains { $0.contains("half each") })
  }

  @Test("A profile can be read, and holds what was derived")
  func profile() throws {
    let found = try SystemCalibration(Self.etcd)
    let text = found.profile(name: "a-system", machine: "two \"cores\": one host")
    let costs = try CostProfile(SourceFile(name: "p.yaml", text: text)).costs
    #expect(costs[termsOf: .receive].fixed == Int64((found.fixed * 1e9).rounded()))
    let together = costs[.checkRequest] + costs[.reply] + costs[.verify]
    #expect((Double(together) - found.perRequest * 1e9).magnitude <= 3)
  }

  @Test("Measurements that no such system gives are refused")
  func impossible() {
    var measured = Self.etcd
    measured.rate = 1_000_000
    #expect(throws: SystemCalibration.Problem.notSaturated) { try SystemCalibration(measured) }
    measured = Self.etcd
    measured.echo = 0.000_6
    #expect(throws: SystemCalibration.Problem.noRoomForJobs) { try SystemCalibration(measured) }
  }
}
