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

  @Test("Two measurements give a job's fixed part and a request's share of it, and both are met")
  func solved() throws {
    let found = try SystemCalibration(Self.etcd)
    let one = 3 * found.fixed + found.perRequest
    let many = 3 * found.fixed + 200 * found.perRequest
    #expect((one - 0.000_5).magnitude < 1e-12)
    #expect((200 / many - 14_000).magnitude < 1e-6)
  }

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
