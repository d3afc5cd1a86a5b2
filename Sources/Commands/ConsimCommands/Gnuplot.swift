import ArgumentParser
import Charts
import Experiments
import Foundation
import Tables

/// Draws pictures with gnuplot: aside, so that none replaces another before all are whole.
struct Gnuplot {
  /// A kind of picture.
  enum Format: String, CaseIterable {
    case svg, png, pdf

    /// Whether bytes are a whole picture of the kind.
    func isWhole(_ bytes: [UInt8]) -> Bool {
      let end = bytes.suffix(64)
      return switch self {
      case .svg: String(decoding: end, as: UTF8.self).contains("</svg>")
      case .png: end.suffix(8).starts(with: Array("IEND".utf8))
      case .pdf: String(decoding: end, as: UTF8.self).contains("%%EOF")
      }
    }
  }

  /// The program's name.
  private static let tool = "gnuplot"

  /// Stops where there is no gnuplot, before anything is computed.
  static func require() throws {
    guard ToolPath.has(tool) else {
      Console.error("error: 'gnuplot' is not on PATH; Debian's package gnuplot-nox has it")
      throw ExitCode.missingTool
    }
  }

  /// Draws the pictures of a script.
  ///
  /// - Parameters:
  ///   - script: The script.
  ///   - formats: The kinds of picture.
  ///   - variables: What the script is given beside, such as where its tables are.
  /// - Returns: The bytes of each, in the order of the formats.
  /// - Throws: `ExitCode` with everything that gnuplot said, if it said anything or a picture has no end.
  static func pictures(
    of script: ChartScript, _ formats: [Format], variables: [(name: String, value: String)] = []
  ) throws -> [[UInt8]] {
    let aside = FileManager.default.temporaryDirectory
      .appendingPathComponent("consim-plot-\(UUID().uuidString)")
    Interruption.beforeEnding {
      try? FileManager.default.removeItem(at: aside)
      return "interrupted"
    }
    defer {
      Interruption.beforeEnding(nil)
      try? FileManager.default.removeItem(at: aside)
    }
    let said: String
    do {
      try FileManager.default.createDirectory(at: aside, withIntermediateDirectories: true)
      let file = aside.appendingPathComponent("script.gp")
      try Data(script.text.utf8).write(to: file)
      let kinds = formats.map(\.rawValue).joined(separator: " ")
      let given = variables + [("output", aside.path), ("formats", kinds)]
      said = try run(
        [
          "-e", given.map { "\($0.0) = \(ChartScript.quoted($0.1))" }.joined(separator: "; "),
          file.path,
        ])
    } catch {
      Console.error("\(script.name): error: gnuplot cannot be run: \(error.localizedDescription)")
      throw ExitCode.cannotCreate
    }
    guard said.isEmpty else { throw failure(script, said) }
    return try formats.map { format in
      let file = aside.appendingPathComponent("\(script.name).\(format.rawValue)")
      guard let bytes = try? Array(Data(contentsOf: file)), format.isWhole(bytes) else {
        throw failure(script, "its \(format.rawValue.uppercased()) has no end")
      }
      return format == .pdf ? Self.undated(bytes) : bytes
    }
  }

  /// A PDF without the time at which it was made: the same chart is the same file.
  private static func undated(_ bytes: [UInt8]) -> [UInt8] {
    let mark = Array("/CreationDate (D:".utf8)
    var bytes = bytes
    guard let place = bytes.firstRange(of: mark) else { return bytes }
    for (offset, digit) in "20000101000000".utf8.enumerated() {
      let index = place.upperBound + offset
      guard index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index])
      else { break }
      bytes[index] = digit
    }
    return bytes
  }

  /// Runs gnuplot.
  ///
  /// - Returns: What it said; a sentence where it failed and said nothing.
  private static func run(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [tool] + arguments
    // gnuplot reads texts by the locale, and warns where it has no letters beyond ASCII.
    process.environment = ProcessInfo.processInfo.environment.merging(["LC_ALL": "C.UTF-8"]) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let said = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let text = String(decoding: said, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    if text.isEmpty, process.terminationStatus != 0 {
      return "gnuplot ended with \(process.terminationStatus)"
    }
    return text
  }

  private static func failure(_ script: ChartScript, _ said: String) -> ExitCode {
    Console.error("\(script.name): error: the chart was not drawn")
    for line in said.split(separator: "\n") { Console.error("  \(line)") }
    return .cannotCreate
  }
}

/// The programs beside this one.
enum ToolPath {
  /// Whether a program is in a directory of PATH.
  static func has(_ tool: String) -> Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
      access("\($0)/\(tool)", X_OK) == 0
    }
  }
}
