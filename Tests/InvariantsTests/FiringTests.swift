import ConsensusCore
import Foundation
import TestSupport
import Testing

@testable import Invariants

/// Where a probe is seen to fire.
enum Firing: Sendable {
  /// A stream that breaks the invariant first.
  case stream
  /// The test of this name, in this file below `Tests`.
  case test(String, in: String)
}

@Suite("Every probe fires")
struct FiringTests {
  static let streams = Set(
    (PBFTStreamTests.agreement + PBFTStreamTests.views + PBFTStreamTests.sheets).map(\.invariant)
      + RaftStreamTests.streams.map(\.invariant) + ChainStreamTests.streams.map(\.invariant))

  private static let deeds = "HealthRecordsTests/RecordInvariantsTests.swift"
  private static let shadows = "HealthRecordsTests/ShadowFindingTests.swift"

  /// Invariants without streams.
  ///
  /// The probe of records follows the parties, and PL-1 is demanded by the schedule.
  static let others: [InvariantID: Firing] = [
    "PL-1": .test(
      "Without a quorum the demand for progress is broken", in: "FuzzingTests/EngineTests.swift"),
    "E-0": .test("A step that is charged too little or too much is found", in: shadows),
    "E-1": .test(
      "E-1 and E-6: a granted file is read once, by who asked, and as it was stored", in: deeds),
    "E-2": .test(
      "E-2 and E-5: a location comes after the file, and the abstract after the location",
      in: deeds),
    "E-3": .test("E-3: nothing takes effect that nobody or the wrong party submitted", in: deeds),
    "E-4": .test(
      "E-4, E-6, E-7: what parties took the chain to hold is compared in the end", in: deeds),
    "E-5": .test(
      "E-2 and E-5: a location comes after the file, and the abstract after the location",
      in: deeds),
    "E-6": .test(
      "E-1 and E-6: a granted file is read once, by who asked, and as it was stored", in: deeds),
    "E-7": .test(
      "E-4, E-6, E-7: what parties took the chain to hold is compared in the end", in: deeds),
    "E-8": .test(
      "A secret that travels is found, whichever it is and wherever it stands", in: shadows),
    "E-9": .test("E-9: a user gets one key", in: deeds),
  ]

  private static let probes = InvariantCatalog.all.filter {
    $0.watch == .probe || $0.watch == .probeIfPromised
  }.map(\.id)

  @Test("Every invariant that a probe reports has a place where it fires", arguments: probes)
  func fires(id: InvariantID) throws {
    let place = try #require(Self.streams.contains(id) ? .stream : Self.others[id], "\(id)")
    guard case .test(let name, let file) = place else { return }
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: tests.appendingPathComponent(file), encoding: .utf8)
    // The test names the invariant: from its title to the next test.
    let parts = text.components(separatedBy: "@Test(")
    let own = parts.first { $0.contains("\"\(name)\"") }
    #expect(own?.contains("\"\(id)\"") ?? false, "\(id): '\(name)' in \(file)")
  }

  @Test("Every place is that of an invariant that a probe reports, and of no other")
  func known() {
    #expect(Set(Self.others.keys).isSubset(of: Self.probes))
    #expect(Self.streams.isSubset(of: Self.probes))
    #expect(Self.streams.isDisjoint(with: Self.others.keys))
  }
}
