import Experiments
import Foundation
import PairingCrypto
import RecordExperiments
import Testing

@Suite("consim crypto")
struct CryptoTests {
  /// A profile for the smallest set: the n-th operation costs n microseconds, a byte n nanoseconds.
  private func directory() throws -> Directory {
    let directory = try Directory()
    let profile = CryptoCostProfile(
      name: "test-toy", parameters: .toy, rsaBits: 2_048, machine: "none", date: "2026-11-30",
      commit: "none"
    ) { operation in
      CryptoCostProfile.Price(
        cost: Int64(operation.rawValue + 1)
          * (operation == .byteHashed || operation == .byteSealed ? 1_000 : 1_000_000),
        spread: nil, kind: .assumed, source: "a test")
    }
    try directory.write(profile.text, to: "test-toy.yaml")
    return directory
  }

  private func demo(_ arguments: String..., in directory: Directory) throws -> Ending {
    let toy = ["crypto", "demo", "--parameters", "toy", "--profile", "test-toy.yaml"]
    return try FastProgram.start(toy + arguments, in: directory).wait()
  }

  @Test("The walk through the six steps is the same as in its golden file")
  func golden() throws {
    let directory = try directory()
    let before = try directory.contents()
    let ending = try demo(in: directory)
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(ending.errors == "")
    #expect(ending.output.split(separator: "\n").allSatisfy { $0.count <= 96 })
    try expectGolden(ending.output, "Tests/ConsimTests/Golden/crypto-demo-toy.txt")
    #expect(try directory.contents() == before)
  }

  @Test("The same seed gives the same text, another one other numbers at the same cost")
  func seeds() throws {
    let directory = try directory()
    func costs(_ text: String) -> [Substring] {
      text.split(separator: "\n").filter { $0.hasPrefix("  cost") }
    }
    let first = try demo("--seed", "2", in: directory).output
    #expect(try demo("--seed", "2", in: directory).output == first)
    let other = try demo("--seed", "3", in: directory).output
    #expect(other != first)
    #expect(costs(other) == costs(first) && costs(first).count > 10)
  }

  @Test("Other policies are walked through too, with thresholds and repeated attributes")
  func policies() throws {
    let directory = try directory()
    let ending = try demo(
      "--policy", "2 of (a, b, c) AND (a OR d)", "--attributes", "a,c", in: directory)
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(ending.output.contains("user 2 opens CT' from the chain: refused"))
    #expect(ending.output.contains("user 1 opens CT' with the old key: refused, its key for a"))
  }

  @Test("The other reader has something that nobody asks for, whatever the policy names")
  func otherReader() throws {
    let directory = try directory()
    let ending = try demo(
      "--policy", "a OR visitor", "--attributes", "a", in: directory)
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(ending.output.contains("user 2, with visitor-2: refused"), "\(ending.output)")
  }

  @Test("More attributes than a system can have end with 64 and the number that is possible")
  func attributes() throws {
    let names = (0..<4096).map { "a\($0)" }.joined(separator: ",")
    let ending = try demo("--policy", "a0", "--attributes", names, in: try directory())
    #expect(ending.status == 64)
    #expect(ending.errors.contains("at most 4096 are possible"), "\(ending.errors)")
  }

  @Test(
    "What cannot be walked through ends with 64 and says why",
    arguments: [
      (["--policy", "a AND", "--attributes", "a"], "a AND"),
      (["--policy", "a AND b", "--attributes", "a"], "the attributes a do not satisfy"),
      (["--policy", "a", "--attributes", "a,,b"], "'' is no attribute"),
      (["--parameters", "bls12"], "there are toy, ss512, ss1536"), (["--seed", "-1"], "--seed"),
    ])
  func wrongUsage(arguments: [String], complaint: String) throws {
    let directory = try directory()
    let toy = ["crypto", "demo", "--parameters", "toy", "--profile", "free"]
    let ending = try FastProgram.start(toy + arguments, in: directory).wait()
    #expect(ending.status == 64, "\(ending.errors)")
    #expect(ending.output == "")
    #expect(ending.errors.contains(complaint), "\(ending.errors)")
  }

  @Test("A profile that is missing ends with 66, one of another set with 65")
  func profiles() throws {
    let directory = try directory()
    let missing = try FastProgram.call("crypto", "demo", in: directory)
    #expect(missing.status == 66)
    #expect(
      missing.errors.contains(
        "Scenarios/costs/reference-ss512.yaml: error: there is no such file"))
    let other = try FastProgram.call("crypto", "demo", "--profile", "test-toy.yaml", in: directory)
    #expect(other.status == 65)
    #expect(other.errors.contains("test-toy.yaml: error: the profile is for toy, not for ss512"))
    for command in ["demo", "costs"] {
      try directory.write("name: x\n", to: "wrong.yaml")
      let wrong = try FastProgram.call("crypto", command, "--profile", "wrong.yaml", in: directory)
      #expect(wrong.status == 65)
      #expect(wrong.errors.contains("lacks the key 'primitives'"), "\(wrong.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: directory.path("Results")))
  }

  @Test("The times of all steps are shown beside what their operations come to")
  func bench() throws {
    let directory = try directory()
    let ending = try FastProgram.call(
      "crypto", "bench", "--parameters", "toy", "--batch", "1", "--sizes", "1", "3", in: directory)
    #expect(ending.status == 0, "\(ending.errors)")
    for words in ["pairing ", "hash-to-group ", "key-generation", "encrypt-cached", "match "] {
      #expect(ending.output.contains("\n\(words)"), "\(words)")
    }
    #expect(try FastProgram.call("crypto", "bench", "--sizes", "51", in: directory).status == 64)
  }

  private static let names = ["reference-ss512", "reference-ss1536", "pbc-ss512"]

  /// A directory with the committed profiles and the costs by them.
  private func written() throws -> Directory {
    let directory = try Directory()
    for name in Self.names {
      let path = "Scenarios/costs/\(name).yaml"
      let kept = Program.root.appendingPathComponent(path)
      try directory.write(try String(contentsOf: kept, encoding: .utf8), to: path)
    }
    let ending = try FastProgram.call("crypto", "costs", in: directory)
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(ending.output.contains("wrote Results/crypto-costs.csv"))
    return directory
  }

  @Test("The costs are those of the committed file, and their provenance names the profiles")
  func costs() throws {
    let directory = try written()
    for file in ["crypto-costs.csv"] {
      let kept = try Data(contentsOf: Program.root.appendingPathComponent("Results/\(file)"))
      #expect(try directory.bytes("Results/\(file)") == kept)
    }
    for name in Self.names {
      let profile = try CryptoCostProfile(path: directory.path("Scenarios/costs/\(name).yaml"))
      #expect(
        try directory.text("Results/provenance/crypto-costs.json").contains(
          "\"\(name)\":\"\(profile.digest)\""))
    }
  }

  @Test("A check compares the costs too, after scenarios were run beside them")
  func check() throws {
    let directory = try written()
    try directory.write(Scenarios.small, to: "Scenarios/small.yaml")
    #expect(
      try FastProgram.call("run", "Scenarios/small.yaml", "--quiet", in: directory).status == 0)
    let before = try directory.contents()
    let equal = try FastProgram.call("check", in: directory)
    #expect(equal.status == 0, "\(equal.errors)")
    #expect(
      equal.output == "2 checked: 2 equal, 0 within tolerance, 0 different\n"
        + "small: 3 files, no difference\ncrypto-costs: 2 files, no difference\n")
    var text = try directory.text("Scenarios/costs/pbc-ss512.yaml")
    text = text.replacingOccurrences(
      of: "preparation: { cost: 695 us", with: "preparation: { cost: 696 us")
    try directory.write(text, to: "Scenarios/costs/pbc-ss512.yaml")
    let digest = try FastProgram.call("check", in: directory)
    #expect(digest.status == 2)
    #expect(digest.output.contains("the digest of the cost profile pbc-ss512 was"))
    text = text.replacingOccurrences(
      of: "hash-to-group: { cost: 1620 us", with: "hash-to-group: { cost: 1621 us")
    try directory.write(text, to: "Scenarios/costs/pbc-ss512.yaml")
    let different = try FastProgram.call("check", in: directory)
    #expect(different.status == 2)
    #expect(different.output.contains("Results/crypto-costs.csv: cost_us of parameters=ss512"))
    #expect(try FastProgram.call("check", "--update-baseline", in: directory).status == 0)
    #expect(try FastProgram.call("check", in: directory).status == 0)
    #expect(try directory.contents() != before)
  }
}
