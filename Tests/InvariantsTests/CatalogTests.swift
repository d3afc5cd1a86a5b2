import ConsensusCore
import Foundation
import TestSupport
import Testing

@testable import Invariants

/// The catalogue against the sources, in which ids are texts.
@Suite("Ids of invariants")
struct CatalogTests {
  private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources")

  /// The ids that the sources name, outside the catalogue itself.
  private static func namedIDs() throws -> Set<String> {
    let files = try #require(
      FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    var ids: Set<String> = []
    for case let file as URL in files
    where file.pathExtension == "swift" && file.lastPathComponent != "InvariantCatalog.swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: /[.]((?:p|pl|sc|r|rl|w|e))([0-9]+)\b/) {
        ids.insert("\(match.1.uppercased())-\(match.2)")
      }
    }
    return ids
  }

  /// The ids that are declared.
  private static func declaredIDs() throws -> Set<String> {
    let file = sources.appendingPathComponent("Kernel/ConsensusCore/InvariantID.swift")
    let text = try String(contentsOf: file, encoding: .utf8)
    return Set(text.matches(of: /InvariantID[(]"([A-Z]+-[0-9]+)"/).map { String($0.1) })
  }

  @Test("What is declared stands in the catalogue, and what a probe judges in a source")
  func sameIDs() throws {
    let named = try Self.namedIDs()
    let known = Set(InvariantCatalog.all.map(\.id.name))
    #expect(try Self.declaredIDs() == known)
    let judged = InvariantCatalog.all.filter { $0.watch == .probe || $0.watch == .probeIfPromised }
      .map(\.id.name)
    #expect(Set(judged).subtracting(named) == [])
    #expect(known.count == InvariantCatalog.all.count, "an id stands twice")
  }
}
