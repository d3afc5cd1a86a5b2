import ConsensusCore
import DiscreteEvents
import Invariants
import PBFT

/// PBFT with one or two requests, up to one view change.
///
/// Two local states are one if all stored properties of the replica are equal, but for
/// - what is constant: its configuration, its keys, and its checkpoints, since none is taken;
/// - what can only change how long a timer runs, since any running timer may fire at any time here:
///   `failures`, and the instants `now` and `arrival` (the time-out is longer than any run, so that
///   no replica that joins a view change claims to have waited);
/// - the state of reminders and of the search for missing proposals, since neither timer fires:
///   nothing is ever lost for good here;
/// - `complaints`, which PBFT without a state sheet carries and never reads, and the signatures of
///   the messages that carry them;
/// - `early`: a message for a later view is left in the network until the view is reached. Whoever
///   stores it does nothing else with it until then, so that delivering it afterwards reaches the
///   same states;
/// - in view 0 under a Byzantine primary, `requests`: no honest replica proposes, and a held request
///   only spares the check of a signature that is right.
///
/// Unless reductions are off, this file's companion ignores more fields: what the code reads no longer
/// once a phase or a view is over. Tests compare with explorations without these reductions.
///
/// In view 0 alone, a replica that has executed the one sequence number there is, or has asked for
/// view 1, shows nothing more to anybody whatever it receives; all such states are one.
package struct PBFTModel<Subject: Replica & StateHashable>: Model
where
  Subject.Message == PBFTMessage<RoundRobin>, Subject.Observation == PBFTObservation,
  Subject.Configuration == PBFTConfiguration<RoundRobin>, Subject.Timer == PBFTTimer,
  Subject.Durable: StateHashable
{
  /// What a replica has done.
  package typealias Record = PBFTRecord

  /// What is explored.
  package let name: String
  /// The number of replicas.
  package let replicas: Int
  /// Whoever has no honest code.
  package let byzantine: ReplicaSet
  /// The replicas that may change places.
  package let interchangeable: [ReplicaID]
  /// What clients ask and Byzantine replicas say.
  package let environment: [EnvironmentMessage<Subject>]
  /// The highest view.
  package let lastView: View
  /// Whether states are merged that differ by what cannot matter any more; without it only what
  /// never matters is passed over.
  package let reduces: Bool
  /// The requests that clients issue.
  let requests: [Request]
  /// The invariants of the group.
  let predicates: PBFTPredicates

  /// Creates a model.
  ///
  /// - Parameters:
  ///   - name: What it is.
  ///   - replicas: The number of replicas.
  ///   - byzantine: Whoever has no honest code.
  ///   - interchangeable: The replicas that may change places.
  ///   - requests: What clients issue, to all replicas.
  ///   - statements: What Byzantine replicas may say to anybody at any time.
  ///   - lastView: The highest view: 0 for none but the first.
  ///   - reduces: Whether states are merged that differ by what cannot matter any more.
  package init(
    name: String, replicas: Int, byzantine: ReplicaSet, interchangeable: [ReplicaID],
    requests: [Request], statements: [EnvironmentMessage<Subject>], lastView: View,
    reduces: Bool = true
  ) {
    self.reduces = reduces
    self.name = name
    self.replicas = replicas
    self.byzantine = byzantine
    self.interchangeable = interchangeable
    self.requests = requests
    self.lastView = lastView
    predicates = PBFTPredicates(
      replicas: replicas, liars: byzantine, verifier: Verifier(keys: Self.keys),
      window: Self.window)
    environment =
      requests.map {
        EnvironmentMessage(
          "REQUEST c\($0.client) t\($0.timestamp)", .request($0), from: Endpoint($0.client),
          isForLeaders: false)
      } + statements
  }

  /// L: more than an exploration uses.
  private static var window: UInt64 { 2 }

  /// A window of two sequence numbers, and no checkpoint within it.
  package var configuration: PBFTConfiguration<RoundRobin> {
    PBFTConfiguration(
      replicas: replicas, checkpointInterval: 8, window: Self.window, batchLimit: 1,
      viewTimeout: .seconds(1_000_000), retransmission: .seconds(1_000_000),
      rotation: .onSuspicion, relaysFirstReceipt: false, epochLength: nil, policy: .init(),
      application: nil)
  }

  /// No replica crashes.
  package var crashes: Int { 0 }

  /// The invariants that are judged.
  package var invariants: String { "P-1 to P-13, P-15, P-17" }

  /// Whether a message belongs to the three phases, or to a view change within the bound.
  ///
  /// Relayed requests are left out: every client sends to every replica anyway.
  package func delivers(_ message: PBFTMessage<RoundRobin>, from sender: ReplicaID) -> Bool {
    switch message {
    case .prePrepare(let proposal, _): proposal.view <= lastView
    case .prepare(let vote), .commit(let vote): vote.view <= lastView
    case .viewChange(let message): message.target <= lastView
    // Who hands a NEW-VIEW on is not its author, who sent it to everybody.
    case .newView(let message): message.view <= lastView && message.replica == sender
    case .fetch, .batch: lastView.number > 0
    case .request, .reply, .checkpoint, .status, .committed, .stable, .fetchState, .state: false
    }
  }

  /// The request timer fires once at each replica, others never.
  package func patience(of timer: PBFTTimer) -> Int {
    timer == .request && lastView.number > 0 ? 1 : 0
  }

  /// See ``PBFTModel``.
  package func isSettled(_ standing: Standing) -> Bool {
    lastView.number == 0 && (standing.view > 0 || standing.executed > 0)
  }

  /// Whether the view after the present one is within the bound.
  package func fires(_ timer: PBFTTimer, at standing: Standing) -> Bool {
    standing.view < lastView.number
  }

  /// 1 for who has asked for view 1 or entered it, 2 for its primary once it leads.
  package func ignoreLevel(of replica: ReplicaID, at standing: Standing) -> UInt8 {
    guard reduces, lastView.number > 0, standing.view >= lastView.number else { return 0 }
    return replica.index == lastPrimary && standing.leads ? 2 : 1
  }

  /// Messages of views left behind; VIEW-CHANGEs to whoever asked for the last view itself, but for
  /// its primary, and to that one once it leads.
  package func isDead(
    _ message: PBFTMessage<RoundRobin>, to replica: ReplicaID, at ignoreLevel: UInt8,
    from origin: UInt8
  ) -> Bool {
    guard ignoreLevel > 0 else { return false }
    return switch message {
    case .prePrepare(let proposal, _): proposal.view < lastView
    case .prepare(let vote), .commit(let vote): vote.view < lastView
    case .viewChange: replica.index != lastPrimary || ignoreLevel > 1
    default: false
    }
  }

  /// The primary of the last view.
  var lastPrimary: Int { Int(lastView.number) % replicas }
}
