import ArgumentParser
import Experiments
import Foundation
import Tables

/// `consim init`: writes a first scenario.
struct InitCommand: ParsableCommand {
  /// What a first scenario is about.
  enum Example: String, CaseIterable, ExpressibleByArgument {
    case knee, regions, crash, byzantine

    /// What it shows, for help.
    static var list: String {
      """
        knee       throughput and latency of PBFT and Raft over a growing load
        regions    replicas and clients in three regions of a cloud
        crash      the course of a run around a crash, and the distribution of latencies
        byzantine  PBFT and sc-PBFT with a replica that is silent when it leads
      """
    }

    /// The file.
    var bytes: [UInt8] {
      switch self {
      case .knee: PackageResources.knee_yaml
      case .regions: PackageResources.regions_yaml
      case .crash: PackageResources.crash_yaml
      case .byzantine: PackageResources.byzantine_yaml
      }
    }
  }

  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Write a first scenario, with comments, to be changed.",
    discussion: """
      The scenario runs within seconds as it is. Its first lines have the commands that run and draw it. \
      Beside it lies 'ed25519-grpc.yaml', which prices the work of a replica. Nothing is overwritten.

      The examples:
      \(Example.list)

      Examples:
        consim init mine.yaml
        consim init regions.yaml --example regions
      """)

  @Argument(help: "The scenario to write.", completion: .file(extensions: ["yaml"]))
  var file = "mine.yaml"

  @Option(help: "What it is about.")
  var example = Example.knee

  /// The profile of costs beside the scenario.
  private static let costs = "ed25519-grpc.yaml"

  func validate() throws {
    try requireName(file, "scenario")
    guard file.hasSuffix(".yaml") else {
      throw ValidationError("The scenario '\(file)' must end in '.yaml'.")
    }
    guard name != "ed25519-grpc" else {
      throw ValidationError("'\(Self.costs)' is the name of the cost profile beside the scenario.")
    }
    let isAllowed = name.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0))
    }
    guard isAllowed, name.first?.isLetter ?? false else {
      throw ValidationError(
        "'\(name)' is no name of a scenario: letters, digits, '-', '_' and '.', a letter first.")
    }
  }

  /// The name of the scenario: that of its file.
  private var name: String {
    String((file.split(separator: "/").last ?? "").dropLast(".yaml".count))
  }

  func run() throws {
    let costs = "\(OutputFile.parent(of: file))/\(Self.costs)"
    let text = String(decoding: Data(example.bytes), as: UTF8.self)
      .replacing("SCENARIO", with: file).replacing("NAME", with: name)
    let wanted = [(file, Array(text.utf8)), (costs, PackageResources.ed25519_grpc_yaml)]
    // What is there already must not be lost; the same profile may be there.
    for (path, bytes) in wanted where FileManager.default.fileExists(atPath: path) {
      if path == costs, FileManager.default.contents(atPath: path).map({ Array($0) }) == bytes {
        continue
      }
      Console.error("\(path): error: the file is there already; nothing was written")
      throw ExitCode.cannotCreate
    }
    Interruption.willWrite(into: OutputFile.parent(of: file))
    do throws(OutputError) {
      try OutputFile.makeDirectory(OutputFile.parent(of: file))
      for (path, bytes) in wanted.reversed() { try OutputFile.write(bytes, to: path) }
    } catch {
      throw Exit.failed(error)
    }
    let commands = text.split(separator: "\n").prefix { $0.hasPrefix("#") }
      .filter { $0.hasPrefix("#   ") }.map { $0.dropFirst(4) }
    try Console.output("\(file)\n\(costs)\nnow try:")
    for command in commands { try Console.output("  \(command)") }
  }
}
