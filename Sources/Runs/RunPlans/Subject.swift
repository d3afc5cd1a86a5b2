import Invariants
import Simulator

/// A protocol that a scenario can name: its traits, and its runs with the code of its replicas.
///
/// The code of a run is made for each replica type where its subject is created; whoever has a subject
/// needs not know the type.
public struct Subject: Hashable, Sendable {
  /// What is known of the protocol before any run.
  public let traits: SubjectTraits
  let execute: @Sendable (PlannedRun) -> ExecutedRun
  let watch: @Sendable (PlannedRun, any RunWatcher) -> WatchedRun
  let cover: @Sendable (PlannedRun) -> CoveredRun

  /// The name in scenarios.
  public var name: String { traits.name }
  /// The name in tables and charts.
  public var title: String { traits.title }

  /// Makes a protocol known by its definition.
  @inlinable
  public init<Definition: SubjectDefinition>(_: Definition.Type) {
    self.init(
      Definition.traits, execute: { $0.execute(Definition.self) },
      watch: { $0.watched(Definition.self, by: $1) }, cover: { $0.covered(Definition.self) })
  }

  /// Makes a protocol known whose replicas can run twice under one identity.
  @inlinable
  public init<Definition: SubjectDefinition>(twinning _: Definition.Type) {
    self.init(
      Definition.traits,
      execute: {
        $0.hasTwins ? $0.execute(Twins<Definition>.self) : $0.execute(Definition.self)
      },
      watch: {
        $0.hasTwins
          ? $0.watched(Twins<Definition>.self, by: $1) : $0.watched(Definition.self, by: $1)
      },
      cover: {
        $0.hasTwins ? $0.covered(Twins<Definition>.self) : $0.covered(Definition.self)
      })
  }

  @usableFromInline
  init(
    _ traits: SubjectTraits, execute: @escaping @Sendable (PlannedRun) -> ExecutedRun,
    watch: @escaping @Sendable (PlannedRun, any RunWatcher) -> WatchedRun,
    cover: @escaping @Sendable (PlannedRun) -> CoveredRun
  ) {
    self.traits = traits
    self.execute = execute
    self.watch = watch
    self.cover = cover
  }

  /// Whether two subjects are one protocol.
  public static func == (left: Subject, right: Subject) -> Bool { left.name == right.name }

  /// Feeds the name.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension Subject {
  /// PBFT as published.
  public static let pbft = Subject(twinning: ClassicPBFTSubject.self)
  /// The paper's PBFT with a state sheet.
  public static let scPBFT = Subject(twinning: CheckedPBFTSubject.self)
  /// Raft.
  public static let raft = Subject(RaftSubject.self)
  /// Proof of work.
  public static let pow = Subject(ProofOfWorkSubject.self)

  /// The protocols of this package, in the order of the documentation.
  public static let builtIn = [pbft, scPBFT, raft, pow]
}

/// The protocols that can be named.
public enum Subjects {
  nonisolated(unsafe) private static var further: [Subject] = []

  /// All protocols.
  public static var all: [Subject] { Subject.builtIn + further }

  /// Makes protocols of other modules known, before any scenario is read.
  ///
  /// - Throws: ``SubjectError`` with all that is wrong with the first that is not in order.
  public static func register(_ subjects: [Subject]) throws(SubjectError) {
    for subject in subjects {
      let problems = problems(of: subject)
      guard problems.isEmpty else {
        throw SubjectError(name: subject.name, problems: problems)
      }
      further.append(subject)
      InvariantCatalog.register(subject.traits.catalog)
    }
  }

  /// What a table or a message would silently get wrong.
  private static func problems(of subject: Subject) -> [String] {
    let traits = subject.traits
    var problems: [String] = []
    if named(subject.name) != nil { problems.append("there is a protocol of this name") }
    for kind in traits.agreementKinds where !traits.kinds.contains(kind) {
      problems.append(
        "'agreementKinds' has '\(kind)'; its kinds are \(traits.kinds.joined(separator: ", "))")
    }
    for invariant in traits.catalog where InvariantCatalog.description(of: invariant.id) != nil {
      problems.append("'catalog' has '\(invariant.id)', which another protocol has")
    }
    let known = traits.catalog.map(\.id)
    for id in [traits.progressInvariant, traits.restInvariant]
    where !known.contains(id) && InvariantCatalog.description(of: id) == nil {
      problems.append("'catalog' does not have '\(id)'")
    }
    for section in traits.sections {
      for other in sections where other != section && other.name == section.name {
        problems.append("'\(section.name)' is a section of another protocol")
      }
    }
    return problems
  }

  /// The protocol of a name.
  public static func named(_ name: String) -> Subject? { all.first { $0.name == name } }

  /// The sections of all protocols, each once, in their order.
  static var sections: [any ProtocolKeys.Type] {
    var sections: [any ProtocolKeys.Type] = []
    for section in all.flatMap(\.traits.sections)
    where !sections.contains(where: { $0 == section }) {
      sections.append(section)
    }
    return sections
  }
}

/// What is wrong with a protocol of another module.
public struct SubjectError: Error, CustomStringConvertible {
  /// Its name.
  public let name: String
  /// What is wrong, each in a sentence without its end.
  public let problems: [String]

  /// One line for each problem.
  public var description: String {
    problems.map { "the protocol '\(name)': \($0)" }.joined(separator: "\n")
  }
}
