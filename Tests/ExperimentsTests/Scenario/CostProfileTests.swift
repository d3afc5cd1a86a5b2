import ConsensusCore
import Foundation
import Testing

@testable import Experiments
@testable import Notation
@testable import YAMLDocuments

@Suite("Cost profiles of consensus")
struct CostProfileTests {
  private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Scenarios/costs").path

  private func profile(_ name: String) throws -> CostProfile {
    try CostProfile(YAMLDocument.readFile("\(Self.directory)/\(name).yaml"))
  }

  @Test(
    "Every committed profile prices all work and has the name of its file",
    arguments: ["python36-rsa2048", "openssl-rsa2048", "ed25519-grpc"])
  func committed(name: String) throws {
    #expect(try profile(name).name == name)
  }

  @Test("Ed25519 signs faster than it verifies, and a call of gRPC takes less than one over HTTP")
  func today() throws {
    let today = try profile("ed25519-grpc").costs
    let openSSL = try profile("openssl-rsa2048").costs
    #expect(today[.sign] == 38_700)
    #expect(today[.verify] == 108_000)
    #expect(today[.sign] < openSSL[.sign] && today[.verify] > openSSL[.verify])
    #expect(today[.receive] + today[.send] < openSSL[.receive])
    #expect(today[.identity] == today[.verify])
    #expect(today[.checkRequest] >= today[.verify] + today[.hash])
  }

  @Test("All mistakes of a profile are reported at once")
  func mistakes() throws {
    var text = try String(
      contentsOfFile: "\(Self.directory)/ed25519-grpc.yaml", encoding: .utf8)
    let lines = text.split(separator: "\n")
    let restart = try #require(lines.first { $0.hasPrefix("  restart:") })
    text = text.replacing("\(restart)\n", with: "")
      .replacing("cost: 13.3 us", with: "cost: 13.3")
      .replacing("kind: measured", with: "kind: guessed")
    let error = #expect(throws: ScenarioError.self) {
      _ = try CostProfile(SourceFile(name: "profile.yaml", text: text))
    }
    let messages = try #require(error).diagnostics.map(\.message)
    for part in ["(no unit)", "found 'guessed'", "no cost for 'restart'"] {
      #expect(messages.contains { $0.contains(part) }, "\(part) in \(messages)")
    }
  }
}
