import Foundation
import Testing

/// What a call of the program came to.
struct Ending {
  var status: Int32
  var output: String
  var errors: String
}

/// The built program, called as a user calls it.
enum Program {
  /// The directory with Package.swift.
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The executable beside the test bundle.
  static var executable: URL {
    get throws {
      var directory = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
      for _ in 0..<4 {
        directory.deleteLastPathComponent()
        let candidate = directory.appendingPathComponent("consim")
        if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
      }
      let built = root.appendingPathComponent(".build/debug/consim")
      try #require(FileManager.default.isExecutableFile(atPath: built.path), "consim is not built")
      return built
    }
  }

}

/// The program for commands that simulate or encrypt for long: a release build where CONSIM_PROGRAM
/// names one, and the executable beside the test bundle elsewhere.
enum FastProgram {
  static var executable: URL {
    get throws {
      guard let named = ProcessInfo.processInfo.environment["CONSIM_PROGRAM"] else {
        return try Program.executable
      }
      try #require(FileManager.default.isExecutableFile(atPath: named), "\(named) is not built")
      return URL(fileURLWithPath: named)
    }
  }
}

extension Program: Startable {}
extension FastProgram: Startable {}

/// A program that tests start.
protocol Startable {
  static var executable: URL { get throws }
}

extension Startable {
  /// Starts the program; its output goes to files beside `directory`, so that no pipe fills up.
  static func start(_ arguments: [String], in directory: Directory) throws -> Running {
    let process = Process()
    process.executableURL = try executable
    process.arguments = arguments
    return try Running(process, in: directory)
  }

  /// Calls the program and waits for its end.
  static func call(_ arguments: String..., in directory: Directory) throws -> Ending {
    try start(arguments, in: directory).wait()
  }

  /// Runs a line of shell in which `$consim` is the program.
  static func shell(_ line: String, in directory: Directory) throws -> Ending {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "consim='\(try executable.path)'; \(line)"]
    return try Running(process, in: directory).wait()
  }
}

/// A process under way.
struct Running {
  let process: Process
  private let log: Directory

  init(_ process: Process, in directory: Directory) throws {
    self.process = process
    log = try Directory()
    process.currentDirectoryURL = directory.url
    process.environment = ["PATH": "/usr/bin:/bin"]
    // Where lines are counted the program must not write its counts into `directory`.
    if ProcessInfo.processInfo.environment["LLVM_PROFILE_FILE"] != nil {
      process.environment?["LLVM_PROFILE_FILE"] = "/dev/null"
    }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try log.handle("output")
    process.standardError = try log.handle("errors")
    try process.run()
  }

  func wait() throws -> Ending {
    process.waitUntilExit()
    // A signal that nobody handled counts as the shell counts it.
    let isKilled = process.terminationReason == .uncaughtSignal
    return Ending(
      status: process.terminationStatus + (isKilled ? 128 : 0), output: try log.text("output"),
      errors: try log.text("errors"))
  }
}

/// A directory of its own, removed with the last reference.
final class Directory: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "consim-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  func write(_ text: String, to name: String) throws {
    let file = url.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: url.appendingPathComponent(name))
  }

  func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

  func handle(_ name: String) throws -> FileHandle {
    try write("", to: name)
    return try FileHandle(forWritingTo: url.appendingPathComponent(name))
  }

  /// Every file below, hidden ones included, with its contents.
  func contents() throws -> [String: Data] {
    var found: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: url.path) {
      found[name] = FileManager.default.contents(atPath: path(name)) ?? Data()
    }
    return found
  }
}

/// Scenarios that take little time.
enum Scenarios {
  /// All protocols in two short tests each.
  static let small = """
    name: small
    measure: tps
    repeat: 2
    series:
      - { protocol: pbft }
      - { protocol: sc-pbft }
      - { protocol: raft }
      - { protocol: pow }
    replicas: 4
    network: { latency: { law: uniform, from: 1 ms, to: 2 ms } }
    clients: { connections: 2, timeout: 1 s }
    schedule: { tests: 2, window: 200 ms, rotation-delay: 50 ms, interval: 300 ms }
    pbft: { rotation: per-test }
    pow: { difficulty-bits: 12 }

    """

  /// The small one with a part replaced.
  static func small(_ old: String, _ new: String) throws -> String {
    try #require(small.contains(old))
    return small.replacingOccurrences(of: old, with: new)
  }
}
