import ConsensusCore
import PBFT
import Raft

/// An exploration that the program offers.
public struct ExplorationCase: Sendable {
  /// Its name on the command line.
  public let name: String
  /// What is explored and within which bounds, for people.
  public let abstract: String
  /// The invariants that are judged.
  public let invariants: String
  private let visit: @Sendable (_ limit: Int, _ usesSymmetry: Bool) -> Findings

  init<M: Model>(_ name: String, _ model: M, _ abstract: String) {
    self.name = name
    self.abstract = abstract
    invariants = model.invariants
    visit = { limit, usesSymmetry in
      var exploration = Exploration(model, limit: limit, usesSymmetry: usesSymmetry)
      return exploration.run()
    }
  }

  /// Visits the states of the case, at most `limit` of them.
  public func run(limit: Int, usesSymmetry: Bool) -> Findings { visit(limit, usesSymmetry) }

  /// The most states that are visited in each exploration unless somebody asks for more or less.
  public static var stateLimit: Int { 1_000_000 }

  private typealias Classic = PBFTModel<PBFTReplica<NoOversight>>
  private typealias Plain = RaftModel<RaftReplica>

  /// All explorations, in the order in which they run.
  public static var all: [ExplorationCase] {
    [
      ExplorationCase(
        "pbft", Classic.agreement(replicas: 4), "n = 4, one request, view 0, all honest"),
      ExplorationCase(
        "byzantine-primary", Classic.byzantinePrimary(replicas: 4),
        "n = 4, two requests, view 0; the primary proposes either to anybody, or nothing"),
      ExplorationCase(
        "byzantine-backup", Classic.byzantineBackup(replicas: 4),
        "n = 4, one request, view 0; replica 3 votes for the batch and for another"),
      ExplorationCase(
        "view-change", Classic.viewChange(replicas: 4),
        "n = 4, one request, views 0 and 1, all honest; each timer fires once"),
      ExplorationCase(
        "silent-primary", Classic.byzantineViewChange(replicas: 4, clients: [0], isActive: true),
        "as view-change; the primary proposes to anybody or nobody, and denies it in view 1"),
      ExplorationCase(
        "equivocation", Classic.byzantineViewChange(replicas: 4, clients: [0, 1], isActive: false),
        "as view-change; the primary proposes two batches, and denies it in view 1"),
      ExplorationCase(
        "raft",
        Plain(name: "raft", replicas: 3, terms: 2, commands: 1, crashes: 1, heartbeats: 0),
        "3 replicas, 2 terms, 1 command, 1 crash with restart from disk"),
    ]
  }
}
