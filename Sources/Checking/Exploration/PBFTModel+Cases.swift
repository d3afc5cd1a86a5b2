import ConsensusCore
import PBFT

// The explorations of PBFT.
extension PBFTModel {
  /// The batch that the primary of view 0 makes of the request of a client.
  static func batch(of client: Int) -> Batch {
    Batch(
      proposer: ReplicaID(0), view: View(0), requests: [request(of: client)], judgements: [],
      changes: [])
  }

  private static func key(_ replica: Int) -> Signer { signer(Endpoint(ReplicaID(replica))) }

  private static func proposal(of client: Int) -> Proposal {
    Proposal(
      view: View(0), sequence: SequenceNumber(1), digest: batch(of: client).digest,
      signedBy: key(0))
  }

  /// One replica's vote for a digest at sequence number 1.
  private static func vote(
    _ view: View, _ digest: Digest, by replica: Int, isCommit: Bool, for proposal: Proposal?
  ) -> Vote {
    let (id, sequence) = (ReplicaID(replica), SequenceNumber(1))
    let content =
      isCommit
      ? SignedContent.commit(view, sequence, digest, id)
      : SignedContent.prepare(view, sequence, digest, id)
    return Vote(
      view: view, sequence: sequence, digest: digest, replica: id,
      signature: key(replica).sign(content), proposalSignature: proposal?.signature ?? .none)
  }

  private static func statement(_ message: PBFTMessage<RoundRobin>, by replica: Int)
    -> EnvironmentMessage<Subject>
  {
    EnvironmentMessage(
      message.summary + " (Byzantine)", message, from: Endpoint(ReplicaID(replica)),
      isForLeaders: false)
  }

  /// One request of one client, all replicas honest, view 0 only.
  package static func agreement(replicas: Int, reduces: Bool = true) -> PBFTModel {
    PBFTModel(
      name: "pbft", replicas: replicas, byzantine: ReplicaSet(),
      interchangeable: (1..<replicas).map { ReplicaID($0) }, requests: [request(of: 0)],
      statements: [], lastView: View(0), reduces: reduces)
  }

  /// The primary of view 0 proposes up to two batches to whomever it likes and commits to both, or
  /// says nothing; view 0 only.
  package static func byzantinePrimary(replicas: Int) -> PBFTModel {
    PBFTModel(
      name: "byzantine-primary", replicas: replicas, byzantine: ReplicaSet([ReplicaID(0)]),
      interchangeable: (1..<replicas).map { ReplicaID($0) },
      requests: [request(of: 0), request(of: 1)],
      statements: proposals([0, 1]) + commits([0, 1], in: View(0)), lastView: View(0))
  }

  /// The last replica prepares and commits both the primary's batch and one that nobody proposed;
  /// view 0 only.
  package static func byzantineBackup(replicas: Int) -> PBFTModel {
    let liar = replicas - 1
    let digests = [batch(of: 0).digest, batch(of: 1).digest]
    let statements = digests.flatMap { digest in
      [
        statement(
          .prepare(vote(View(0), digest, by: liar, isCommit: false, for: nil)), by: liar),
        statement(.commit(vote(View(0), digest, by: liar, isCommit: true, for: nil)), by: liar),
      ]
    }
    return PBFTModel(
      name: "byzantine-backup", replicas: replicas, byzantine: ReplicaSet([ReplicaID(liar)]),
      interchangeable: (1..<liar).map { ReplicaID($0) }, requests: [request(of: 0)],
      statements: statements, lastView: View(0))
  }

  /// One request, all replicas honest; the timer of each backup may run out once, whether the
  /// primary's messages arrive or not, so that view 1 may begin.
  package static func viewChange(replicas: Int, reduces: Bool = true) -> PBFTModel {
    PBFTModel(
      name: "view-change", replicas: replicas, byzantine: ReplicaSet(),
      interchangeable: (2..<replicas).map { ReplicaID($0) }, requests: [request(of: 0)],
      statements: [], lastView: View(1), reduces: reduces)
  }

  /// As ``viewChange(replicas:)`` with a Byzantine primary of view 0.
  ///
  /// It asks for view 1 as if it had prepared nothing. Before, it proposes the batches of as many of
  /// its clients as `proposed` says to whomever it likes and commits to them, and with 0 it is silent.
  package static func byzantineViewChange(
    replicas: Int, clients: Int, proposed: Int, reduces: Bool = true
  ) -> PBFTModel {
    let clients = Array(0..<clients)
    let change = ViewChange(
      epoch: 0, target: View(1), stable: .genesis, certificates: [], complaints: [], evidence: [],
      replica: ReplicaID(0), signedBy: key(0))
    let said = Array(clients.prefix(proposed))
    let statements =
      proposals(said) + commits(said, in: View(0)) + [statement(.viewChange(change), by: 0)]
    return PBFTModel(
      name: "byzantine-view-change", replicas: replicas,
      byzantine: ReplicaSet([ReplicaID(0)]),
      interchangeable: (2..<replicas).map { ReplicaID($0) },
      requests: clients.map { request(of: $0) }, statements: statements, lastView: View(1),
      reduces: reduces)
  }

  private static func proposals(_ clients: [Int]) -> [EnvironmentMessage<Subject>] {
    clients.map { statement(.prePrepare(proposal(of: $0), batch(of: $0)), by: 0) }
  }

  private static func commits(_ clients: [Int], in view: View) -> [EnvironmentMessage<Subject>] {
    clients.map {
      statement(.commit(vote(view, batch(of: $0).digest, by: 0, isCommit: true, for: nil)), by: 0)
    }
  }
}
