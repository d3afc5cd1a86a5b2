import Foundation
import PairingCrypto
import RecordSharing
import Testing

@testable import Experiments
@testable import RecordExperiments

@Suite("What the steps of record sharing cost")
struct CryptoCostReportTests {
  private static let root = URL(fileURLWithPath: CryptoCostProfileTests.directory)
    .deletingLastPathComponent().deletingLastPathComponent()

  private func profile(_ name: String) throws -> CryptoCostProfile {
    try CryptoCostProfile(path: "\(CryptoCostProfileTests.directory)/\(name).yaml")
  }

  private func report() throws -> CryptoCostReport {
    try CryptoCostReport(try CryptoCostReport.profiles.map { try profile($0) })
  }

  @Test("The result file in the repository follows from the profiles in the repository")
  func committed() throws {
    let file = Self.root.appendingPathComponent("Results/crypto-costs.csv")
    #expect(try report().table.file.table.csv == Array(try Data(contentsOf: file)))
  }

  @Test("Every profile, step and number has a row, and its keys name it")
  func rows() throws {
    let table = try report().table.file.table
    #expect(table.rows.count == 3 * SharingStep.allCases.count * 50)
    let keys = table.rows.map { $0.prefix(4).map(\.text).joined(separator: " ") }
    #expect(Set(keys).count == keys.count)
    let costs = try #require(table.cells(of: "cost_us"))
    #expect(costs.allSatisfy { ($0.number ?? 0) > 0 })
  }

  @Test("The translation to BLS12-381 prices every step of ss1536, each below consim's own time")
  func translation() throws {
    let names = ["bls12-381-ss1536", "reference-ss1536"]
    let profiles = try names.map { try profile($0) }
    #expect(profiles.map(\.parameters) == [.ss1536, .ss1536])
    let table = try CryptoCostReport(profiles).table.file.table
    let costs = names.map { table.rows(where: "profile", is: $0).cells(of: "cost_us") ?? [] }
    #expect(costs[0].count == SharingStep.allCases.count * 50)
    #expect(costs[0].count == costs[1].count)
    for (translated, own) in zip(costs[0], costs[1]) {
      let (translated, own) = (try #require(translated.number), try #require(own.number))
      #expect(0 < translated && translated <= own)
    }
  }

  @Test("A scenario of records takes the translation, with the sizes of ss1536")
  func accepted() throws {
    let path = "\(CryptoCostProfileTests.directory)/bls12-381-ss1536.yaml"
    let loaded = try scenario([
      "attributes: [doctor]", "users: [{ name: doctor, attributes: [doctor] }]",
      "policies: [{ policy: doctor }]", "crypto-costs: \(path)",
    ])
    let settings = try #require(loaded.cells.first?.settings.records?.settings)
    #expect(settings.parameters == .ss1536)
    #expect(settings.costs[.hashToGroup] == 187_500_000)
    #expect(loaded.costDigests["bls12-381-ss1536"] != nil)
  }

  @Test("Where G1 and G2 differ, the translation keeps the price within both")
  func groups() throws {
    let profile = try profile("bls12-381-ss1536")
    for operation in [
      CountedOperation.fixedExponentiation, .variableExponentiation, .tableOfPowers,
      .hashToGroup, .pointAddition, .subgroupCheck,
    ] {
      let price = profile[operation]
      let groups = try #require(price.spread, "\(operation.name)")
      #expect(groups.lowerBound < groups.upperBound && groups.contains(price.cost))
    }
  }

  @Test("Counts are those of the closed formulas", arguments: [1, 2, 7, 50])
  func formulas(size: Int) throws {
    let table = try report().table.file.table.rows(where: "profile", is: "reference-ss512")
      .rows(where: "attributes", is: "\(size)")
    func counts(_ step: String, _ operation: String) throws -> Int {
      let row = table.rows(where: "step", is: step)
      return Int(try #require(row[0, operation]?.number))
    }
    #expect(try counts("key-generation", "fixed_exponentiation") == 3)
    #expect(try counts("key-generation", "variable_exponentiation") == size)
    #expect(try counts("key-generation", "hash_to_group") == size)
    #expect(try counts("key-generation", "scalar_inversion") == size)
    #expect(try counts("key-generation", "point_addition") == 1)
    #expect(try counts("encrypt", "fixed_exponentiation") == 2 * size + 1)
    #expect(try counts("encrypt", "variable_exponentiation") == size)
    #expect(try counts("encrypt", "hash_to_group") == size)
    #expect(try counts("encrypt", "target_exponentiation") == 2)
    #expect(try counts("encrypt-cached", "fixed_exponentiation") == 3 * size + 1)
    #expect(try counts("encrypt-cached", "hash_to_group") == 0)
    #expect(try counts("decrypt", "prepared_miller_loop") == size + 2)
    #expect(try counts("decrypt", "final_exponentiation") == 1)
    #expect(try counts("decrypt", "variable_exponentiation") == 0)
    #expect(try counts("index", "fixed_exponentiation") == size + 3)
    #expect(try counts("receive-capsule", "subgroup_check") == 2 * size + 2)
    #expect(try counts("token", "fixed_exponentiation") == 4)
    #expect(try counts("token", "variable_exponentiation") == 1)
    #expect(try counts("match", "prepared_miller_loop") == 2)
    #expect(try counts("match", "final_exponentiation") == 1)
    #expect(try counts("match", "point_addition") == size)
    // A key has |S| + 3 points of 65 bytes beside names and numbers.
    let bytes = try counts("key-generation", "bytes")
    #expect((65 * (size + 3)...(65 * (size + 3) + 20 * size + 20)).contains(bytes))
  }

  @Test("The time of a row is what its own counts cost, to the nanosecond")
  func times() throws {
    let table = try report().table.file.table
    for name in CryptoCostReport.profiles {
      let profile = try profile(name)
      for step in SharingStep.allCases {
        let rows = table.rows(where: "profile", is: name).rows(where: "step", is: step.rawValue)
        for row in [0, 9, 49] {
          var sum: Int64 = 0
          for operation in CountedOperation.allCases {
            let column = operation.name.replacing("-", with: "_")
            guard let count = rows[row, column]?.number else { continue }
            sum += Int64(count) * profile[operation].cost
          }
          let nanoseconds = (sum + 500) / 1_000
          let text =
            "\(nanoseconds / 1_000)." + String(String(nanoseconds % 1_000 + 1_000).dropFirst())
          #expect(rows[row, "cost_us"]?.text == text)
        }
      }
    }
  }

  @Test("The real engine performs and sends the same", arguments: SharingStep.allCases)
  func engines(step: SharingStep) throws {
    var real = try SharingSteps(RealScheme(.toy, keySize: .bits2048, seed: 3), size: 8)
    var counted = try SharingSteps(CountedScheme(.toy, keySize: .bits2048, seed: 5), size: 8)
    for size in [1, 3, 8] {
      #expect(try real.cost(of: step, size: size) == counted.cost(of: step, size: size))
    }
  }
}
