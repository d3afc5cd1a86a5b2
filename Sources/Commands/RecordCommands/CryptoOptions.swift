import ArgumentParser
import ConsimCommands
import Experiments
import Foundation
import Notation
import PairingCrypto
import RecordExperiments

/// Which groups a command works in.
struct ParameterOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The pairing: toy (insecure, for tests), ss512 (about 80 bits) or ss1536 (128 bits).",
      valueName: "name"))
  var parameters = "ss512"

  /// The set of that name.
  var set: ParameterSet {
    get throws {
      if let set = ParameterSet(name: parameters) { return set }
      throw ValidationError(Self.complaint(parameters))
    }
  }

  func validate() throws { _ = try set }

  private static func complaint(_ name: String) -> String {
    let names = ParameterSet.allCases.map(\.name)
    return "There is no parameter set '\(name)'; there are \(names.joined(separator: ", "))."
  }
}

/// How long measurements take.
struct BatchOptions: ParsableArguments {
  @Option(
    name: .customLong("batch"),
    help: ArgumentHelp(
      "How long each of the 9 batches lasts at least, in ms of CPU time.",
      valueName: "milliseconds"))
  var milliseconds = 50

  func validate() throws {
    if !(1...10_000).contains(milliseconds) {
      throw ValidationError("'--batch \(milliseconds)' must be from 1 to 10000.")
    }
  }
}

/// Reads the profiles that commands name.
enum CryptoProfiles {
  /// Reads all profiles; prints the problems of all of them before it gives up.
  static func load(_ paths: [String]) throws -> [CryptoCostProfile] {
    var profiles: [CryptoCostProfile] = []
    var failure: ExitCode?
    for path in paths {
      do throws(ScenarioError) {
        profiles.append(try CryptoCostProfile(path: path))
      } catch {
        Console.error(error.description)
        failure = error.cause == .unreadable ? .missingInput : failure ?? .badScenario
      }
    }
    if let failure { throw failure }
    return profiles
  }

  /// Reads the profile for a parameter set: a file, 'free', or by default the committed one.
  static func load(_ name: String?, for set: ParameterSet) throws -> CryptoCostProfile {
    if name == "free" || (name == nil && set == .toy) { return .free(set) }
    let path = name ?? committed("reference-\(set.name)")
    guard let profile = try load([path]).first else { throw ExitCode.missingInput }
    guard profile.parameters == set else {
      Console.error(
        "\(path): error: the profile is for \(profile.parameters.name), not for \(set.name)")
      throw ExitCode.badScenario
    }
    return profile
  }

  /// Prices the steps of record sharing by some profiles, or by the committed ones.
  static func report(_ paths: [String]) throws -> CryptoCostReport {
    let profiles = try load(
      paths.isEmpty ? CryptoCostReport.profiles.map(committed) : paths)
    for (place, profile) in profiles.enumerated()
    where profiles[..<place].contains(where: { $0.name == profile.name }) {
      Console.error("\(paths[place]): error: two profiles are called '\(profile.name)'")
      throw ExitCode.validationFailure
    }
    return try CryptoCostReport(profiles)
  }

  private static func committed(_ name: String) -> String { "Scenarios/costs/\(name).yaml" }
}

extension Machine {
  /// The processor and how many cores it has, without any name of the host.
  static var description: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    let model = line?.split(separator: ":", maxSplits: 1).last.map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    return "\(model ?? "unknown processor"), \(cores) core\(cores == 1 ? "" : "s")"
  }

  /// The commit of the sources that this program was built in, as far as git knows it.
  static var commit: String {
    guard let program = Bundle.main.executableURL else { return "unknown" }
    let git = Process()
    git.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    git.arguments = [
      "git", "-C", program.resolvingSymlinksInPath().deletingLastPathComponent().path, "describe",
      "--always", "--dirty", "--abbrev=12", "--exclude=*",
    ]
    let output = Pipe()
    git.standardOutput = output
    git.standardError = FileHandle.nullDevice
    guard (try? git.run()) != nil else { return "unknown" }
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    git.waitUntilExit()
    let commit = said.trimmingCharacters(in: .whitespacesAndNewlines)
    return git.terminationStatus == 0 && !commit.isEmpty ? commit : "unknown"
  }

  /// The day, in UTC.
  static var today: String {
    var now = time(nil)
    var parts = tm()
    gmtime_r(&now, &parts)
    func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
    return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
  }

  /// Whether this program was built without optimisation.
  static var isDebugBuild: Bool {
    var isDebug = false
    assert(
      {
        isDebug = true
        return true
      }())
    return isDebug
  }
}
