import Foundation

/// A chart that `plot.gp` has a section for: a figure of the paper, or one of consim's own findings.
public enum BuiltInChart: String, CaseIterable, Sendable {
  case figure6, figure7, figure8, figure9
  case cryptoCosts = "crypto-costs"
  case markingMap = "marking-map"
  case isolation
  case recordsSteps = "records-steps"
  case recordsSweeps = "records-sweeps"
  case streamlet

  /// The chart of a name; a figure of the paper also has its number as a name.
  public init?(named name: String) {
    guard let found = Self(rawValue: name) ?? Self(rawValue: "figure" + name) else { return nil }
    self = found
  }

  /// What `plot.gp` calls it.
  var name: String { rawValue.hasPrefix("figure") ? String(rawValue.dropFirst(6)) : rawValue }

  /// The name of its pictures, without directory and ending.
  public var pictureName: String { rawValue }

  /// The tables that it is drawn from, without `.csv`.
  public var tables: [String] {
    switch self {
    case .figure6: ["figure6-summary", "figure6-survival"]
    case .cryptoCosts: ["crypto-costs"]
    case .recordsSweeps:
      ["records-attributes-summary", "records-keywords-summary", "records-search-summary"]
    case .streamlet: ["streamlet-messages-summary"]
    case .figure7, .figure8, .figure9, .markingMap, .isolation, .recordsSteps:
      [rawValue + "-summary"]
    }
  }

  /// The results in whose report the chart stands.
  public var results: String {
    switch self {
    case .recordsSweeps: "records-attributes"
    case .streamlet: "streamlet-messages"
    case .figure6, .figure7, .figure8, .figure9, .cryptoCosts, .markingMap, .isolation,
      .recordsSteps:
      rawValue
    }
  }

  /// The charts whose tables are all in a directory.
  public static func available(in directory: String) -> [BuiltInChart] {
    allCases.filter { $0.missingTables(in: directory).isEmpty }
  }

  /// Those of its tables that are not in a directory.
  public func missingTables(in directory: String) -> [String] {
    tables.filter { !FileManager.default.fileExists(atPath: "\(directory)/\($0).csv") }
  }
}
