import Foundation
import Testing

/// One case of a file of vectors: names and values, the values mostly hexadecimal.
struct VectorRecord: CustomTestStringConvertible {
  private var values: [String: String] = [:]

  var testDescription: String { values["case"] ?? "one case" }

  func has(_ name: String) -> Bool { values[name] != nil }

  func text(_ name: String) throws -> String { try #require(values[name], "no \(name)") }

  func bytes(_ name: String) throws -> [UInt8] { try #require([UInt8](hex: text(name))) }

  /// The cases of a file in `Vectors`; blank lines part them, lines with # are comments.
  static func read(_ file: String) throws -> [VectorRecord] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let text = try String(contentsOf: folder.appending(path: "Vectors/\(file)"), encoding: .utf8)
    var records: [VectorRecord] = []
    var record = VectorRecord()
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("#") { continue }
      if line.isEmpty {
        if !record.values.isEmpty { records.append(record) }
        record = VectorRecord()
        continue
      }
      let equals = try #require(line.firstIndex(of: "="), "a line without =")
      let name = line[..<equals].trimmingCharacters(in: .whitespaces)
      record.values[name] = line[line.index(after: equals)...].trimmingCharacters(in: .whitespaces)
    }
    if !record.values.isEmpty { records.append(record) }
    return records
  }
}

extension [UInt8] {
  /// The bytes that hexadecimal digits spell, or nil if they spell none.
  init?(hex: String) {
    let digits = hex.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count.isMultiple(of: 2) else { return nil }
    self = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digits[index], let low = digits[index + 1] else { return nil }
      append(UInt8(high << 4 | low))
    }
  }

  var hex: String { map { String(format: "%02x", $0) }.joined() }
}
