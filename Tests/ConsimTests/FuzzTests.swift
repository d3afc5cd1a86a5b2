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

  @Test(
    "Seeds that no scenario could name are refused with the range",
    arguments: [
      (["--first", "1000000000000000000"], "must be from 0 to 999999999999999999"),
      (["--first", "18446744073709551615"], "must be from 0 to 999999999999999999"),
      (
        ["--first", "999999999999999990", "--seeds", "11"],
        "must be at most 10: the largest seed is 999999999999999999"
      ),
      (["--first", "999999999999999990"], nil),
      (["--first", "999999999999999999", "--time", "9"], nil),
    ])
  func seeds(arguments: [String], complaint: String?) throws {
    let fuzz = ["fuzz", "--protocol", "raft", "--n", "4", "--quiet"]
    let directory = try Directory()
    let ending = try Program.start(fuzz + arguments, in: directory).wait()
    guard let complaint else {
      // A campaign without an end of its own ends with the seeds.
      let runs = arguments[1].hasSuffix("0") ? 10 : 1
      #expect(ending.status == 0)
      return #expect(ending.output.hasPrefix("raft: \(runs) runs, "), "\(ending.output)")
    }
    #expect(ending.status == 64)
    #expect(ending.errors.contains(complaint), "\(ending.errors)")
  }

  @Test(
    "Numbers of replicas that a protocol cannot have are refused with the bounds of all",
    arguments: [("pbft", "3"), ("raft", "2...5"), ("pow", "1"), ("all", "3"), ("raft", "3...32")])
  func sizes(name: String, range: String) throws {
    let ending = try Program.call(
      "fuzz", "--protocol", name, "--n", range, in: try Directory())
    #expect(ending.status == 64)
    #expect(
      ending.errors.contains(
        "of at least 4 for pbft, 4 for sc-pbft, 3 for raft, 2 for pow, 4 for streamlet, and at most "
          + "31"),
      "\(ending.errors)")
  }

  @Test("A directory for findings that cannot be is noticed before anything is run")
  func directory() throws {
    let directory = try Directory()
    try directory.write("", to: "file")
    for out in ["file", "file/below", "/dev/null/x"] {
      let ending = try Program.call(
        "fuzz", "--protocol", "raft", "--n", "4", "--time", "600", "--out", out, in: directory)
      #expect(ending.status == 73)
      #expect(ending.errors.contains("\(out): error: "), "\(ending.errors)")
    }
    let before = try directory.contents()
    let ending = try Program.call(
      "fuzz", "--protocol", "raft", "--n", "4", "--seeds", "4", "--out", "a/b", in: directory)
    #expect(ending.status == 0)
    #expect(try directory.contents() == before)
  }
}
