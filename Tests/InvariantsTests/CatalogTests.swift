import Foundation
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
      for match in text.matches(of: /"((?:P|PL|SC|R|RL|W|E)-[0-9]+)"/) {
        ids.insert(String(match.1))
      }
    }
    return ids
  }

  @Test("What a source names stands in the catalogue, and what a probe judges in a source")
  func sameIDs() throws {
    let named = try Self.namedIDs()
    let known = Set(InvariantCatalog.all.map(\.id))
    #expect(named.subtracting(known) == [])
    let judged = InvariantCatalog.all.filter { $0.watch == .probe || $0.watch == .probeIfPromised }
      .map(\.id)
    #expect(Set(judged).subtracting(named) == [])
    #expect(known.count == InvariantCatalog.all.count, "an id stands twice")
  }
}
