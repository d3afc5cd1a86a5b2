import Foundation
import Testing

@Suite("consim fuzz")
struct FuzzTests {
  @Test("An interruption ends with 130 and the report of the seeds that are done")
  func interruption() throws {
    let directory = try Directory()
    let running = try Program.start(
      ["fuzz", "--protocol", "raft", "--n", "4", "--time", "600"], in: directory)
    Thread.sleep(forTimeInterval: 1.5)
    #expect(running.process.isRunning)
    kill(running.process.processIdentifier, SIGINT)
    let ending = try running.wait()
    #expect(ending.status == 130)
    let seeds = try #require(
      ending.output.firstMatch(of: /interrupted: this is the report of ([0-9]+) seeds\n/)
    ).1
    let whole = try Program.call(
      "fuzz", "--protocol", "raft", "--n", "4", "--seeds", String(seeds), in: directory)
    #expect(whole.status == 0)
    #expect(ending.output.hasPrefix(whole.output))
  }
}
