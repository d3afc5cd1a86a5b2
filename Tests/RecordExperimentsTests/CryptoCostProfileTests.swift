import ConsensusCore
import Foundation
import HealthRecords
import PairingCrypto
import Testing

@testable import Experiments
@testable import RecordExperiments
@testable import Notation
@testable import YAMLDocuments

@Suite("Cost profiles of cryptography")
struct CryptoCostProfileTests {
  /// A complete profile in which the n-th operation costs n microseconds.
  static let text = CryptoCostProfile(
    name: "test-toy", parameters: .toy, rsaBits: 2_048, machine: "none", date: "2026-11-30",
    commit: "none"
  ) { operation in
    CryptoCostProfile.Price(
      cost: Int64(operation.rawValue + 1) * 1_000_000, spread: nil, kind: .assumed,
      source: "a test")
  }.text

  private func read(_ text: String) throws -> CryptoCostProfile {
    try CryptoCostProfile(SourceFile(name: "profile.yaml", text: text))
  }

  /// The problems of the complete profile with a part replaced.
  private func problems(_ changes: [(String, String)]) throws -> [Diagnostic] {
    var text = Self.text
    for (old, new) in changes {
      try #require(text.contains(old))
      text = text.replacingOccurrences(of: old, with: new)
    }
    let error = #expect(throws: ScenarioError.self) { _ = try read(text) }
    return try #require(error).diagnostics
  }

  @Test("A written profile reads back as the same profile, with the same digest")
  func repetition() throws {
    var profile = try read(Self.text)
    #expect(profile.text == Self.text)
    #expect(profile[.millerLoop].cost == 1_000_000)
    #expect(profile[.byteSealed].cost == 17_000_000)
    profile = CryptoCostProfile(
      name: "a-1", parameters: .ss1536, rsaBits: 3_072, machine: "a \"quoted\" machine\\",
      date: "2026-02-28", commit: "0f00"
    ) { operation in
      CryptoCostProfile.Price(
        cost: 1_234_567, spread: 1_200_000...1_300_001, kind: .measured, source: operation.name)
    }
    let again = try read("# a remark\n" + profile.text)
    #expect(again == profile)
    #expect(again.digest == profile.digest)
    #expect(again.digest != (try read(Self.text)).digest)
  }

  @Test("Every number of a profile is in its digest")
  func digests() throws {
    var digests = Set([try read(Self.text).digest.value])
    for operation in CountedOperation.allCases {
      let old = "\(operation.name): { cost: \(operation.rawValue + 1) us"
      try #require(Self.text.contains(old))
      let changed = Self.text.replacingOccurrences(
        of: old, with: "\(operation.name): { cost: \(operation.rawValue + 1).000001 us")
      digests.insert(try read(changed).digest.value)
    }
    #expect(digests.count == 18)
  }

  @Test("Every problem of a file is told at once, where it is")
  func allProblems() throws {
    let problems = try problems([
      ("name: test-toy", "name: Test"), ("parameters: toy", "parameters: ss521"),
      ("rsa-bits: 2048", "rsa-bits: 100"), ("date: \"2026-11-30\"", "date: yesterday"),
      ("miller-loop: { cost: 1 us", "miller-loop: { cost: 1"),
      ("preparation: { cost: 3 us", "preparation: { cost: 0.5 ps"),
      ("hash-to-group: { cost: 9 us", "hash-to-groop: { cost: -9 us"),
      (
        "rsa-sign: { cost: 14 us, kind: assumed",
        "rsa-sign: { cost: 14 us, spread: [15 us, 16 us], kind: guessed"
      ),
    ])
    let lines = problems.map { "\($0.location?.line ?? 0):\($0.location?.column ?? 0)" }
    let messages = problems.map(\.message)
    #expect(lines.first == "1:7")
    #expect(messages.first == "'Test' cannot name results")
    for part in [
      "'parameters' must be one of", "'rsa-bits' must be", "'yesterday' is no day",
      "found '1' (no unit)", "not a whole number of ps", "there is no operation 'hash-to-groop'",
      "found '-9 us' (negative)", "found 'guessed'",
    ] {
      #expect(messages.contains { $0.contains(part) }, "\(part) in \(messages)")
    }
    #expect(problems.contains { $0.hint == "did you mean 'hash-to-group'?" })
  }

  @Test("An operation without a price is an error that names it")
  func missingPrice() throws {
    let line = try #require(Self.text.split(separator: "\n").first { $0.contains("rsa-sign:") })
    let problems = try problems([("\(line)\n", "")])
    #expect(problems.map(\.message) == ["no cost for 'rsa-sign'"])
  }

  @Test("RSA keys have a size that the scheme can make")
  func rsaBits() throws {
    let problems = try problems([("rsa-bits: 2048", "rsa-bits: 16384")])
    #expect(problems.map(\.message) == ["there are no RSA keys of 16384 bits here"])
  }

  @Test("A cost outside its spread is an error")
  func spread() throws {
    let problems = try problems([
      ("rsa-sign: { cost: 14 us", "rsa-sign: { cost: 14 us, spread: [15 us, 16 us]")
    ])
    #expect(problems.map(\.message) == ["the cost is not within its spread"])
  }

  @Test("A profile of consensus and one of cryptography are told apart")
  func confusion() throws {
    let consensus = try YAMLDocument.readFile(Self.directory + "/openssl-rsa2048.yaml")
    let error = #expect(throws: ScenarioError.self) { _ = try CryptoCostProfile(consensus) }
    let told = try #require(error?.diagnostics.first)
    #expect(told.message.contains("this file prices the work of consensus"))
    #expect(told.location?.line == 4)
    let other = #expect(throws: ScenarioError.self) {
      _ = try CostProfile(SourceFile(name: "profile.yaml", text: Self.text))
    }
    #expect(
      other?.diagnostics.first?.message.contains("this file prices cryptography") == true)
  }

  static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Scenarios/costs").path

  @Test("Every profile in the repository can be read, and is named like its file")
  func committed() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.directory).sorted()
    var crypto: [String] = []
    for file in files where file.hasSuffix(".yaml") {
      let source = try YAMLDocument.readFile("\(Self.directory)/\(file)")
      let name: String
      if try YAMLDocument.load(source)["primitives"] != nil {
        let profile = try CryptoCostProfile(source)
        name = profile.name
        crypto.append(name)
        #expect(name.hasSuffix("-\(profile.parameters.name)"))
        #expect(profile.rsaBits == CryptoCostProfile.rsaBits(with: profile.parameters))
        for operation in CountedOperation.allCases { #expect(profile[operation].cost > 0) }
      } else {
        name = try CostProfile(source).name
      }
      #expect("\(name).yaml" == file)
    }
    #expect(crypto == ["bls12-381-ss1536", "pbc-ss512", "reference-ss1536", "reference-ss512"])
  }
}

@Suite("Costs of operations")
struct OperationCostsTests {
  private func tally(_ counts: [(CountedOperation, Int)]) -> OperationTally {
    var tally = OperationTally()
    for (operation, count) in counts { tally.count(operation, count) }
    return tally
  }

  @Test("Nothing costs nothing, and free work costs nothing")
  func free() {
    var costs = OperationCosts()
    costs[.millerLoop] = 5
    #expect(costs.cost(of: OperationTally()) == .zero)
    let all = tally(CountedOperation.allCases.map { ($0, 1 << 40) })
    #expect(OperationCosts.free.cost(of: all) == .zero)
    #expect(CryptoCostProfile.free(.ss512).cost(of: all) == .zero)
  }

  @Test("The sum is exact and is rounded once, a half up")
  func rounding() {
    var costs = OperationCosts()
    costs[.byteHashed] = 556
    costs[.byteSealed] = 238
    costs[.rsaSign] = 745_000_000
    // 1000 * 556 + 999 * 238 = 793 762 ps.
    #expect(costs.cost(of: tally([(.byteHashed, 1_000), (.byteSealed, 999)])).nanoseconds == 794)
    #expect(costs.cost(of: tally([(.byteHashed, 1), (.byteSealed, 1)])).nanoseconds == 1)
    #expect(costs.cost(of: tally([(.byteSealed, 2)])).nanoseconds == 0)
    costs[.byteSealed] = 250
    #expect(costs.cost(of: tally([(.byteSealed, 2)])).nanoseconds == 1)
    // 3 * 745 us + 16384 * 0.556 ns = 2 244 109.504 ns.
    #expect(
      costs.cost(of: tally([(.rsaSign, 3), (.byteHashed, 16_384)])).nanoseconds == 2_244_110)
  }

  @Test("Every operation has a cost of its own, and costs add up", arguments: 0..<20)
  func linear(seed: Int) {
    var costs = OperationCosts()
    for operation in CountedOperation.allCases {
      costs[operation] = Int64((operation.rawValue * 7_919 + seed * 104_729) % 1_000_003) * 1_000
    }
    var sum: Int64 = 0
    var whole = OperationTally()
    for operation in CountedOperation.allCases {
      let count = (operation.rawValue * 31 + seed) % 17
      whole.count(operation, count)
      let part = costs.cost(of: tally([(operation, count)]))
      #expect(part.nanoseconds == Int64(count) * costs[operation] / 1_000)
      sum += part.nanoseconds
    }
    #expect(costs.cost(of: whole).nanoseconds == sum)
  }

  @Test("What is longer than any span is the longest span")
  func saturation() {
    var costs = OperationCosts()
    costs[.rsaKeyGeneration] = 3_600_000_000_000_000
    #expect(costs.cost(of: tally([(.rsaKeyGeneration, .max)])).nanoseconds == .max)
    // 2 562 047 hours are the last whole ones below 2^63 ns.
    #expect(
      costs.cost(of: tally([(.rsaKeyGeneration, 2_562_047)])).nanoseconds
        == 2_562_047 * 3_600_000_000_000)
  }

  @Test(
    "A price is written with all its digits and reads back",
    arguments: [
      (0, "0 ps"), (1, "1 ps"), (999, "999 ps"), (1_000, "1 ns"), (1_500, "1.5 ns"),
      (556, "556 ps"), (3_200_000, "3.2 us"), (1_000_001, "1.000001 us"),
      (466_000_000, "466 us"), (1_620_000_000, "1.62 ms"), (3_600_000_000_000_000, "3600 s"),
    ])
  func texts(picoseconds: Int, text: String) {
    #expect(CryptoCostProfile.text(picoseconds: Int64(picoseconds)) == text)
    #expect(QuantityText.parse(text, as: .price) == .success(Int64(picoseconds)))
  }

  @Test("Significant digits are rounded to the nearest")
  func significant() {
    #expect(CryptoCostProfile.rounded(0, digits: 4) == 0)
    #expect(CryptoCostProfile.rounded(9_999, digits: 4) == 9_999)
    #expect(CryptoCostProfile.rounded(12_344, digits: 4) == 12_340)
    #expect(CryptoCostProfile.rounded(12_345, digits: 4) == 12_350)
    #expect(CryptoCostProfile.rounded(99_995, digits: 4) == 100_000)
    #expect(CryptoCostProfile.rounded(331_245_678, digits: 4) == 331_200_000)
  }
}
