import Foundation
import Notation
import Testing

@testable import Experiments

/// A run of a small scenario that is traced in several formats.
struct ExportedRun {
  let scenario: Scenario

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The run of a scenario with these lines beside its name.
  init(_ lines: String) throws {
    let text = "name: exported\nmeasure: metrics\n" + lines + "\n"
    scenario = try Scenario(
      SourceFile(name: "exported.yaml", text: text), directory: Self.root.path + "/Scenarios",
      settings: [], seed: nil)
  }

  /// The trace in a format.
  func text(
    _ format: TraceFormat, series: String? = nil, round: Int? = nil, kinds: [String] = []
  ) throws -> String {
    let tracer = try Tracer(
      scenario, series: series, variant: nil, settings: [], round: round, kinds: kinds)
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: path) }
    _ = FileManager.default.createFile(atPath: path.path, contents: nil)
    let file = try FileHandle(forWritingTo: path)
    #expect(tracer.run(as: format, into: file.fileDescriptor).failure == 0)
    return try String(contentsOf: path, encoding: .utf8)
  }

  /// The events of JSON lines, without the legend.
  func lines(series: String? = nil, round: Int? = nil) throws -> [[String: Any]] {
    try text(.jsonl, series: series, round: round).split(separator: "\n").dropFirst()
      .map { try Self.object(String($0)) }
  }

  static func object(_ text: String) throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
    return try #require(value as? [String: Any])
  }

  /// The events of a trace for Perfetto.
  static func events(_ text: String) throws -> [PerfettoEvent] {
    let object = try object(text)
    return try #require(object["traceEvents"] as? [[String: Any]]).map(PerfettoEvent.init)
  }

  /// The states of a trace in ITF.
  static func states(_ text: String) throws -> [[String: Any]] {
    try #require(try object(text)["states"] as? [[String: Any]])
  }
}

/// An event of the trace event format, with times in nanoseconds.
struct PerfettoEvent {
  var phase: String
  var name: String
  var category: String
  var lane: Int
  var begin: Int
  var end: Int
  var copy: Int?
  var arguments: [String: Any]

  init(_ object: [String: Any]) throws {
    phase = try #require(object["ph"] as? String)
    name = try #require(object["name"] as? String)
    category = object["cat"] as? String ?? ""
    lane = try #require(object["tid"] as? Int)
    begin = Self.nanoseconds(object["ts"])
    end = begin + Self.nanoseconds(object["dur"])
    copy = object["id"] as? Int
    arguments = object["args"] as? [String: Any] ?? [:]
  }

  private static func nanoseconds(_ value: Any?) -> Int {
    Int(((value as? NSNumber)?.doubleValue ?? 0) * 1_000 + 0.5)
  }
}
