import ConsensusCore
import DiscreteEvents
import Exploration
import Invariants

/// Streamlet up to an epoch, over a network that promises nothing.
///
/// An epoch ends at each replica on its own, at any time: safety must not hang on clocks or delays. A
/// message may come epochs late or never, so that a replica that takes nothing any more has crashed.
///
/// Two local states are one if all stored properties of the replica are equal, but for
/// - what is constant: its configuration and its keys;
/// - what a digest names: the contents of a block;
/// - `places`, which repeats what is in the tree.
///
/// Messages that repeat others are left out: a relayed proposal or vote is the message of its author,
/// who sent it to all, or may say it to anybody if it lies. A chain holds such proposals and votes.
///
/// Unless reductions are off, more fields are ignored: what no code reads in the role, and orders of
/// arrival that change nothing. Tests compare with explorations without these reductions.
package struct StreamletModel<Subject: Replica & StateHashable>: Model
where
  Subject.Message == StreamletMessage, Subject.Observation == StreamletObservation,
  Subject.Configuration == StreamletConfiguration, Subject.Timer == StreamletReplica.Timer,
  Subject.Durable == StreamletDurable
{
  /// What a replica has done.
  package typealias Record = StreamletRecord

  /// What is explored.
  package let name: String
  /// The number of replicas.
  package let replicas: Int
  /// The last epoch.
  package let epochs: UInt64
  /// The replicas without honest code.
  package let byzantine: ReplicaSet
  /// What clients ask and liars say.
  package let environment: [EnvironmentMessage<Subject>]
  /// Whether states are merged that differ by what cannot matter any more.
  package let reduces: Bool
  let verifier = Verifier(keys: Self.keys)
  let requests: [Request]

  /// Creates a model.
  ///
  /// - Parameters:
  ///   - name: What it is.
  ///   - replicas: The number of replicas.
  ///   - epochs: The last epoch.
  ///   - byzantine: The replicas without honest code.
  ///   - requests: What clients issue.
  ///   - environment: What may be delivered from the beginning.
  ///   - reduces: Whether states are merged that differ by what cannot matter any more.
  package init(
    name: String, replicas: Int, epochs: UInt64, byzantine: ReplicaSet, requests: [Request],
    environment: [EnvironmentMessage<Subject>], reduces: Bool
  ) {
    self.name = name
    self.replicas = replicas
    self.epochs = epochs
    self.byzantine = byzantine
    self.requests = requests
    self.environment = environment
    self.reduces = reduces
  }

  /// Leaders in turn, as drawn ones are in turn up to who is who.
  package var configuration: StreamletConfiguration { StreamletConfiguration(replicas: replicas) }

  /// The honest replicas that lead none of the epochs.
  package var interchangeable: [ReplicaID] {
    (0..<replicas).map { ReplicaID($0) }.filter { replica in
      !byzantine.contains(replica)
        && !(1...epochs).contains { configuration.leader(of: Epoch($0)) == replica }
    }
  }

  /// No replica restarts: the clock that it would read does not exist here.
  package var crashes: Int { 0 }

  /// The invariants that are judged.
  package var invariants: String { "S-1 to S-7" }

  /// Whether a message is its author's own, of an epoch within the bound.
  package func delivers(_ message: StreamletMessage, from sender: ReplicaID) -> Bool {
    switch message {
    case .proposal(let proposal): proposal.block.proposer == sender
    case .vote(let vote): vote.replica == sender
    case .request, .reply, .fetch, .chain: false
    }
  }

  /// An epoch ends whenever it likes.
  package func patience(of timer: StreamletReplica.Timer) -> Int { .max }

  /// Whether the next epoch is within the bound.
  package func fires(_ timer: StreamletReplica.Timer, at standing: Standing) -> Bool {
    standing.view < epochs
  }
}

// When two local states are one.
extension StreamletModel {
  /// See ``StreamletModel``.
  package var ignoredFields: IgnoredFields {
    var ignored = IgnoredFields()
    ignored.ignore([.contents], of: StreamletBlock.self)
    guard reduces else {
      ignored.ignore([.places, .shape], of: BlockTree.self)
      ignored.ignore([.sortedStrays], of: StreamletReplica.self)
      return ignored
    }
    // Nobody asks for votes here; who voted is asked until the block is notarised.
    ignored.ignore([.nodes, .places, .longest], of: BlockTree.self)
    ignored.ignore(of: BlockTree.Node.self) { node in
      [.parent, .votes] + (node.isNotarised ? [.voters] : [])
    }
    ignored.ignore([.votes], of: VotedBlock.self)
    return ignored
  }

  /// What does not count in the state of a replica in a role.
  ///
  /// Who has voted asks no more for the epoch's first proposal, and who will not lead proposes nothing.
  package func ignoredFields(in role: Role) -> IgnoredFields {
    var ignored = ignoredFields
    guard reduces else { return ignored }
    let epoch = role.standing.view
    let mayLead =
      epoch < epochs
      && (epoch + 1...epochs).contains { configuration.leader(of: Epoch($0)) == role.replica }
    let always: FieldSet<StreamletReplica.Field> =
      [.strayVotes] + (epoch < epochs ? [] : [.earlyProposal]) + (mayLead ? [] : [.held])
    ignored.ignore(of: StreamletReplica.self) { replica in
      always + (replica.lastVoted < replica.epoch ? [] : [.firstProposal])
    }
    return ignored
  }
}
