import Foundation
import Testing

@Suite("Output")
struct OutputTests {
  @Test(
    "A directory that cannot hold results ends with 73 before anything is run",
    arguments: ["scenario.yaml", "scenario.yaml/out", "/proc/out"])
  func unusableDirectory(out: String) throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "scenario.yaml")
    let ending = try FastProgram.call("run", "scenario.yaml", "--out", out, in: directory)
    #expect(ending.status == 73)
    #expect(ending.output == "")
    #expect(ending.errors.contains("error: cannot create the directory: "))
  }

  @Test("A directory without permission ends with 73", .enabled(if: geteuid() != 0, "needs a user"))
  func noPermission() throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "scenario.yaml")
    #expect(try FastProgram.shell("mkdir out; chmod 555 out", in: directory).status == 0)
    let ending = try FastProgram.call("run", "scenario.yaml", "--out", "out", in: directory)
    #expect(ending.status == 73)
    #expect(ending.errors == "out: error: cannot write into the directory: permission denied\n")
  }

  @Test("A file that may not grow ends with 74 and leaves the old files")
  func fileTooLarge() throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "scenario.yaml")
    try directory.write("old\n", to: "out/small.csv")
    let before = try directory.contents()
    let ending = try FastProgram.shell(
      "trap '' XFSZ; ulimit -f 1; exec $consim run scenario.yaml --out out --quiet --set repeat=9",
      in: directory)
    #expect(ending.status == 74)
    #expect(ending.errors.contains("small.csv: error: cannot write: the file would be larger"))
    #expect(
      ending.errors.contains(
        "not written: out/small.csv, out/small-summary.csv, out/provenance/small.json"))
    #expect(try directory.contents() == before)
  }

  /// Whether a file system in memory can be mounted here.
  private static let canMount: Bool = {
    guard geteuid() == 0, let directory = try? Directory() else { return false }
    let line = "mkdir m && mount -t tmpfs -o size=64k tmpfs m && umount m"
    return (try? FastProgram.shell(line, in: directory).status) == 0
  }()

  @Test(
    "A full disk ends with 74 and leaves the old files", .enabled(if: canMount, "needs a mount"))
  func fullDisk() throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "scenario.yaml")
    let ending = try FastProgram.shell(
      """
      mkdir disk && mount -t tmpfs -o size=64k tmpfs disk || exit 1
      trap 'umount disk' EXIT
      $consim run scenario.yaml --out disk --quiet || exit 1
      cp -r disk before
      dd if=/dev/zero of=disk/filling bs=1k count=100 2>/dev/null
      $consim run scenario.yaml --out disk --quiet; echo $?
      $consim trace scenario.yaml --out disk/trace; echo $?
      rm disk/filling
      diff -r disk before && echo same
      """, in: directory)
    #expect(ending.output == "74\n74\nsame\n", "\(ending.errors)")
    #expect(ending.errors.contains("the disk is full"))
  }

  @Test("Output that nobody can store ends with 74, a reader that goes away with 0")
  func standardOutput() throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "scenario.yaml")
    for command in ["schema", "validate scenario.yaml", "trace scenario.yaml"] {
      let full = try FastProgram.shell("exec $consim \(command) >/dev/full", in: directory)
      #expect(full.status == 74)
      #expect(full.errors.contains("standard output: error: cannot write: the disk is full"))
      let pipe = try FastProgram.shell(
        "{ $consim \(command); echo $? >status; } | true; cat status", in: directory)
      #expect(pipe.output == "0\n")
      #expect(pipe.errors == "")
    }
  }

  @Test("An interruption leaves the directory as it was", arguments: [SIGINT, SIGTERM])
  func interruption(number: Int32) throws {
    let directory = try Directory()
    try directory.write(try Scenarios.small("tests: 2", "tests: 90000"), to: "scenario.yaml")
    try directory.write("old\n", to: "out/small.csv")
    try directory.write("old\n", to: "trace")
    let before = try directory.contents()
    for arguments in [
      ["run", "scenario.yaml", "--out", "out"], ["trace", "scenario.yaml", "--out", "trace"],
    ] {
      let running = try FastProgram.start(arguments, in: directory)
      Thread.sleep(forTimeInterval: 0.5)
      #expect(running.process.isRunning)
      kill(running.process.processIdentifier, number)
      let ending = try running.wait()
      #expect(ending.status == 128 + number)
      #expect(ending.errors.hasPrefix("interrupted"))
      #expect(ending.errors.split(separator: "\n").count == 1, "\(ending.errors)")
      #expect(try directory.contents() == before)
    }
  }
}
