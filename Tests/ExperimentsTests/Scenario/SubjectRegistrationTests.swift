import Invariants
import Notation
import Testing

@testable import RunPlans

/// What is wrong with a protocol of another module is said when the program starts, not by a wrong table.
@Suite("Protocols of other modules")
struct SubjectRegistrationTests {
  /// Raft under another name, with one thing changed; it is never carried out.
  private func problems(
    _ name: String = "other", _ change: (inout SubjectTraits) -> Void
  ) -> [String] {
    var traits = Subject.raft.traits
    traits.name = name
    traits.sections = []
    change(&traits)
    let subject = Subject(
      traits, execute: Subject.raft.execute, watch: Subject.raft.watch, cover: Subject.raft.cover)
    do {
      try Subjects.register([subject])
      return []
    } catch {
      return error.problems
    }
  }

  @Test("A name that is taken is refused")
  func name() {
    #expect(problems("raft") { _ in } == ["there is a protocol of this name"])
  }

  @Test("A kind of message that is none would count nothing, and is refused")
  func kinds() {
    let found = problems { $0.agreementKinds = ["vote", "orders"] }
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("'agreementKinds' has 'orders'; its kinds are ") == true)
  }

  @Test("Invariants that no catalogue has, or two have, are refused")
  func catalog() {
    #expect(problems { $0.progressInvariant = "X-1" } == ["'catalog' does not have 'X-1'"])
    let taken = InvariantCatalog.all[0]
    #expect(
      problems { $0.catalog = [taken] } == ["'catalog' has 'P-1', which another protocol has"])
  }

  @Test("A section of another protocol's name is refused")
  func sections() {
    #expect(
      problems { $0.sections = [Impostor.self] } == ["'raft' is a section of another protocol"])
  }
}

private struct Impostor: ProtocolKeys {
  static let section = Section<Self>("raft", "Not Raft.", initial: { Self() }, fields: [])
}
