import ConsensusCore
import PBFT
import Raft
import Synchronization

/// An exploration that the program offers.
package struct ExplorationCase: Sendable {
  /// Its name on the command line.
  package let name: String
  /// What is explored and within which bounds.
  package let abstract: String
  /// The invariants that are judged.
  package let invariants: String
  /// Whether it takes minutes: left out unless asked for.
  package let isLong: Bool
  /// The most states to visit up to symmetry unless somebody asks for more or less.
  package let limit: Int
  /// Whether its delivery states are counted even if nobody asks for them: that takes seconds.
  package let countsDeliveries: Bool
  private let visit:
    @Sendable (_ limit: Int, _ usesSymmetry: Bool, _ countsDeliveries: Bool) -> Findings

  /// Offers the exploration of a model.
  package init<M: Model>(
    _ name: String, _ model: M, isLong: Bool = false, limit: Int = 20_000_000,
    countsDeliveries: Bool = false, _ abstract: String
  ) {
    self.name = name
    self.isLong = isLong
    self.countsDeliveries = countsDeliveries
    self.abstract = abstract
    invariants = model.invariants
    self.limit = limit
    visit = { limit, usesSymmetry, countsDeliveries in
      var exploration = Exploration(model, limit: limit, usesSymmetry: usesSymmetry)
      var findings = exploration.run()
      if countsDeliveries {
        var deliveries = DeliveryExploration(
          exploration.space.locals, limit: 200_000, nodeLimit: 8_000_000)
        findings.deliveries = deliveries.run()
      }
      return findings
    }
  }

  /// Visits the states of the case, at most `limit` of them, and may count its delivery states.
  package func run(limit: Int, usesSymmetry: Bool, countsDeliveries: Bool) -> Findings {
    visit(limit, usesSymmetry, countsDeliveries)
  }

  private typealias Classic = PBFTModel<PBFTReplica<RoundRobin>>
  private typealias Plain = RaftModel<RaftReplica>

  private static func raft(
    _ name: String, terms: UInt64, commands: Int, crashes: Int, heartbeats: Int
  ) -> Plain {
    Plain(
      name: name, replicas: 3, terms: terms, commands: commands, crashes: crashes,
      heartbeats: heartbeats)
  }

  /// All explorations, in the order in which they run.
  package static var all: [ExplorationCase] {
    agreement + viewChanges + raft + registered.withLock { $0 }
  }

  /// Those of protocols that this module does not know.
  private static let registered = Mutex<[ExplorationCase]>([])

  /// Makes the explorations of a protocol known.
  ///
  /// - Precondition: No name is taken.
  package static func register(_ cases: [ExplorationCase]) {
    registered.withLock { $0 += cases }
    let names = all.map(\.name)
    precondition(Set(names).count == names.count, "two explorations have one name: \(names)")
  }

  private static var agreement: [ExplorationCase] {
    [
      ExplorationCase(
        "pbft", Classic.agreement(replicas: 4), countsDeliveries: true,
        "n = 4, one request, view 0, all honest"),
      ExplorationCase(
        "byzantine-primary", Classic.byzantinePrimary(replicas: 4), countsDeliveries: true,
        "n = 4, two requests, view 0; the primary proposes either to anybody, or nothing"),
      ExplorationCase(
        "byzantine-backup", Classic.byzantineBackup(replicas: 4), countsDeliveries: true,
        "n = 4, one request, view 0; replica 3 votes for the batch and for another"),
    ]
  }

  private static var viewChanges: [ExplorationCase] {
    [
      ExplorationCase(
        "view-change", Classic.viewChange(replicas: 4),
        "n = 4, one request, views 0 and 1, all honest; each timer fires once"),
      ExplorationCase(
        "silent-primary", Classic.byzantineViewChange(replicas: 4, clients: 1, proposed: 0),
        countsDeliveries: true,
        "n = 4, one request, views 0 and 1; the primary only asks for view 1"),
      ExplorationCase(
        "denying-primary", Classic.byzantineViewChange(replicas: 4, clients: 1, proposed: 1),
        countsDeliveries: true,
        "as silent-primary; the primary proposes to anybody, and denies it in view 1"),
      ExplorationCase(
        "equivocation", Classic.byzantineViewChange(replicas: 4, clients: 2, proposed: 2),
        isLong: true, "as denying-primary, with two requests and two batches"),
    ]
  }

  private static var raft: [ExplorationCase] {
    [
      ExplorationCase(
        "raft-elections", raft("raft-elections", terms: 3, commands: 0, crashes: 0, heartbeats: 0),
        "3 replicas, 3 terms, no command and no crash"),
      ExplorationCase(
        "raft-commands", raft("raft-commands", terms: 2, commands: 1, crashes: 1, heartbeats: 1),
        "3 replicas, 2 terms, 1 command, 1 crash with restart from disk, 1 heartbeat each"),
      ExplorationCase(
        "raft-terms", raft("raft-terms", terms: 3, commands: 1, crashes: 0, heartbeats: 0),
        isLong: true, "3 replicas, 3 terms, 1 command, no crash, no heartbeat"),
      ExplorationCase(
        "raft-crash", raft("raft-crash", terms: 3, commands: 1, crashes: 1, heartbeats: 0),
        isLong: true, "3 replicas, 3 terms, 1 command, 1 crash, no heartbeat"),
      ExplorationCase(
        "raft-two-commands",
        raft("raft-two-commands", terms: 2, commands: 2, crashes: 1, heartbeats: 0),
        isLong: true, "3 replicas, 2 terms, 2 commands, 1 crash, no heartbeat"),
      ExplorationCase(
        "raft", raft("raft", terms: 3, commands: 2, crashes: 1, heartbeats: 1),
        isLong: true, limit: 1_000_000,
        "3 replicas, 3 terms, 2 commands, 1 crash, 1 heartbeat each; not visited to the end"),
    ]
  }
}
