import ArgumentParser
import ConsimCommands
import Experiments
import Foundation
import RecordExperiments
import Tables

/// `consim calibrate`: measures what each operation of cryptography costs on this machine.
struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Measure what each operation of cryptography costs on this machine.",
    discussion: """
      Each operation is warmed up and timed in 9 batches of user CPU time; the median counts. \
      With --out a cost profile is written. A profile changes no run by itself: runs use only \
      the profiles that they name. Measure a release build on a quiet machine.

      The cryptography is that of a simulator: right, but not constant in time, its random \
      numbers repeat, and it is not for production.
      """)

  @OptionGroup var group: ParameterOptions

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Write a cost profile, named like the file.", valueName: "file"),
    completion: .file(extensions: ["yaml"]))
  var out: String?

  @Flag(help: "Replace the file if it exists.")
  var force = false

  @OptionGroup var batch: BatchOptions

  func validate() throws {
    try out.map { try requireName($0, "--out") }
    if force, out == nil { throw ValidationError("'--force' needs '--out'.") }
    if let out, !CryptoCostProfile.isPlain(Self.name(of: out)) {
      throw ValidationError(
        "'\(Self.name(of: out))' cannot name a profile: use a-z, 0-9 and hyphens.")
    }
  }

  func run() throws {
    if let out { try requireWritable(out) }
    if Machine.isDebugBuild { Console.error("warning: this is a debug build, and it is slow") }
    let isShown = Console.isTerminal
    let calibration = CryptoCalibration.run(
      try group.set, leastBatch: .milliseconds(Int64(batch.milliseconds))
    ) { subject, done, all in
      if isShown { Console.status("calibrate: \(subject) (\(done + 1) of \(all))") }
    }
    if isShown { Console.status("") }
    // The file first: what cannot be printed must not cost the measurements.
    let remark = try out.map { try write(calibration, to: $0) }
    try Console.output(calibration.heading + "; " + Self.machine)
    try Console.output(calibration.text, terminator: "")
    if let remark { try Console.output(remark) }
  }

  private static var machine: String {
    Machine.description + (Machine.isDebugBuild ? ", debug build" : "")
  }

  /// Writes the profile.
  ///
  /// - Returns: What to tell of it.
  private func write(_ calibration: CryptoCalibration, to out: String) throws -> String {
    // It may have come into being while the measurements went on.
    try requireAbsent(out)
    let profile = calibration.profile(
      name: Self.name(of: out), machine: Self.machine, date: Machine.today,
      commit: Machine.commit)
    let remark = "# Written by 'consim calibrate --parameters \(group.parameters)'.\n"
    do throws(OutputError) {
      try Interruption.deferring { () throws(OutputError) in
        try OutputFile.write(Array((remark + profile.text).utf8), to: out)
      }
    } catch {
      throw Exit.failed(error)
    }
    return "wrote \(out), digest \(profile.digest); it changes no run until one names it"
  }

  /// The name of the file without directory and extension.
  private static func name(of path: String) -> String {
    let file = path.split(separator: "/").last ?? ""
    return String(file.hasSuffix(".yaml") ? file.dropLast(5) : file)
  }

  /// Stops where the file exists or cannot be written, before anything is measured.
  private func requireWritable(_ path: String) throws {
    try requireAbsent(path)
    Interruption.willWrite(into: OutputFile.parent(of: path))
    do throws(OutputError) {
      try OutputFile.write(to: path) { _ in ECANCELED }
    } catch {
      throw Exit.failed(error)
    }
  }

  private func requireAbsent(_ path: String) throws {
    guard !force, FileManager.default.fileExists(atPath: path), !Self.isDevice(path) else { return }
    Console.error("\(path): error: the file exists; --force replaces it")
    throw ExitCode.cannotCreate
  }

  private static func isDevice(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
      && status.st_mode & S_IFMT != S_IFDIR
  }
}
