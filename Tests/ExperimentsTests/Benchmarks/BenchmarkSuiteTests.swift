import Foundation
import Testing

@testable import Experiments

@Suite("BenchmarkSuite")
struct BenchmarkSuiteTests {
  @Test("Every name leads to its own case")
  func names() {
    let names = BenchmarkCase.all.map(\.name)
    #expect(Set(names).count == 24)
    #expect(names.first == "pbft-4-uniform" && names.last == "pbft-128-exponential-probed")
    for subject in BenchmarkCase.all where subject.replicas == 4 {
      let result = BenchmarkSuite.runCase(named: subject.name, messages: 100)
      #expect(result?.subject == subject)
    }
    #expect(BenchmarkSuite.runCase(named: "pbft-64", messages: 100) == nil)
  }

  @Test(
    "A case runs for as many messages as asked for, and the probes change nothing in it",
    arguments: BenchmarkCase.Delays.allCases)
  func lengths(delays: BenchmarkCase.Delays) throws {
    let name = "pbft-4-\(delays.rawValue)"
    let short = try #require(BenchmarkSuite.runCase(named: name, messages: 500))
    let long = try #require(BenchmarkSuite.runCase(named: name, messages: 5_000))
    let probed = try #require(BenchmarkSuite.runCase(named: name + "-probed", messages: 5_000))
    // An event is a message, but for a few timers, alarms and starts.
    #expect(short.messages > 450 && short.messages <= 500)
    #expect(long.messages > 4_900 && long.messages <= 5_000)
    #expect(probed.messages == long.messages && probed.digest == long.digest)
    #expect(short.digest != long.digest)
    #expect(long.nanoseconds > 0 && long.messagesPerSecond > 0 && long.peakBytes > 1 << 20)
  }

  @Test("The report is JSON with one object per case, keys in one order, no fractions")
  func json() throws {
    let cases = [
      BenchmarkCase(replicas: 4, delays: .constant, isProbed: false),
      BenchmarkCase(replicas: 16, delays: .uniform, isProbed: true),
    ]
    var lines: [String] = []
    let report = BenchmarkSuite.run(cases, messages: 300) { lines.append($0) }
    #expect(lines.count == 2 && lines[1].hasPrefix("pbft-16-uniform-probed: "))
    let object = try JSONSerialization.jsonObject(with: Data(report.json.utf8))
    let rows = try #require((object as? [String: Any])?["benchmarks"] as? [[String: Any]])
    #expect(rows.map { $0["name"] as? String } == cases.map(\.name))
    #expect(rows.map { $0["probes"] as? Bool } == [false, true])
    #expect(rows.allSatisfy { ($0["engine_messages_per_cpu_second"] as? Int ?? 0) > 0 })
  }

  @Test("Rates and ratios are those of the numbers they are made of")
  func rates() {
    let subject = BenchmarkCase(replicas: 4, delays: .uniform, isProbed: false)
    var result = BenchmarkResult(
      subject: subject, messages: 3_000_000, nanoseconds: 400_000_000, engineNanoseconds: nil,
      peakBytes: 21 << 20, digest: "0")
    #expect(result.messagesPerSecond == 7_500_000)
    #expect(result.perMilleOfEngine == nil)
    #expect(result.summary == "pbft-4-uniform: 7.50 M messages/s, peak 21 MiB")
    result.engineNanoseconds = 50_000_000
    #expect(result.engineMessagesPerSecond == 60_000_000 && result.perMilleOfEngine == 125)
    #expect(BenchmarkReport(results: [result]).json.contains("\"per_mille_of_engine\": 125,"))
  }
}
