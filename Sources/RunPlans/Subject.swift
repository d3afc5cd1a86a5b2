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

  /// Makes protocols of other modules known.
  ///
  /// - Precondition: No scenario was read yet, and no name is taken.
  public static func register(_ subjects: [Subject]) {
    for subject in subjects {
      precondition(named(subject.name) == nil, "there are two protocols '\(subject.name)'")
      further.append(subject)
      InvariantCatalog.register(subject.traits.catalog)
    }
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
