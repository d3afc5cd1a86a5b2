import Experiments
import Foundation
import PairingCrypto
import RecordExperiments
import Testing

@Suite("consim calibrate")
struct CalibrateTests {
  private static let quick = ["calibrate", "--parameters", "toy", "--batch", "1"]

  @Test("A calibration shows every operation, and writes nothing without being told to")
  func shown() throws {
    let directory = try Directory()
    let ending = try FastProgram.start(Self.quick, in: directory).wait()
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(ending.output.hasPrefix("toy (insecure, for tests), RSA-2048; "))
    for operation in CountedOperation.allCases {
      #expect(ending.output.contains("\n\(operation.name) "))
    }
    #expect(try directory.contents().isEmpty)
  }

  @Test("The file that it writes reads back, and no file is replaced unless forced")
  func written() throws {
    let directory = try Directory()
    let arguments = Self.quick + ["--out", "costs-toy.yaml"]
    let ending = try FastProgram.start(arguments, in: directory).wait()
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(ending.output.contains("it changes no run until one names it"))
    let profile = try CryptoCostProfile(path: directory.path("costs-toy.yaml"))
    #expect(profile.name == "costs-toy" && profile.parameters == .toy)
    #expect(ending.output.contains(profile.digest.description))
    for operation in CountedOperation.allCases {
      #expect(profile[operation].kind == .measured)
      #expect(profile[operation].spread != nil)
    }
    let before = try directory.contents()
    let again = try FastProgram.start(arguments, in: directory).wait()
    #expect(again.status == 73)
    #expect(again.errors == "costs-toy.yaml: error: the file exists; --force replaces it\n")
    #expect(again.output == "")
    #expect(try directory.contents() == before)
    #expect(try FastProgram.start(arguments + ["--force"], in: directory).wait().status == 0)
    _ = try CryptoCostProfile(path: directory.path("costs-toy.yaml"))
    #expect(try directory.contents().keys.sorted() == ["costs-toy.yaml"])
  }

  @Test("A place that cannot hold the file ends with 73 before anything is measured")
  func unusable() throws {
    let directory = try Directory()
    let ending = try FastProgram.start(Self.quick + ["--out", "none/toy.yaml"], in: directory)
      .wait()
    #expect(ending.status == 73)
    #expect(ending.output == "")
    #expect(ending.errors.contains("cannot create the file: the directory does not exist"))
  }

  @Test(
    "Wrong usage ends with 64 and says what is possible",
    arguments: [
      (["--parameters", "bls12"], "there are toy, ss512, ss1536"),
      (["--force"], "'--force' needs '--out'"), (["--batch", "0"], "from 1 to 10000"),
      (["--out", "My Profile.yaml"], "use a-z, 0-9 and hyphens"),
    ])
  func wrongUsage(arguments: [String], complaint: String) throws {
    let directory = try Directory()
    let ending = try FastProgram.start(["calibrate"] + arguments, in: directory).wait()
    #expect(ending.status == 64)
    #expect(ending.errors.contains(complaint), "\(ending.errors)")
    #expect(try directory.contents().isEmpty)
  }

  @Test("A scenario that names a profile of cryptography for its nodes is told so")
  func wrongProfile() throws {
    let directory = try Directory()
    #expect(
      try FastProgram.start(Self.quick + ["--out", "toy.yaml"], in: directory).wait().status == 0)
    try directory.write(Scenarios.small + "costs: toy.yaml\n", to: "scenario.yaml")
    let ending = try FastProgram.call("validate", "scenario.yaml", in: directory)
    #expect(ending.status == 65)
    #expect(ending.errors.contains("this file prices cryptography"))
  }
}
