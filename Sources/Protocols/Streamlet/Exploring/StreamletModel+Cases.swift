import ConsensusCore
import Exploration

// The explorations of Streamlet.
extension StreamletModel {
  /// All replicas honest; clients ask everybody.
  package static func honest(
    replicas: Int, epochs: UInt64, clients: Int, reduces: Bool = true
  ) -> StreamletModel {
    let requests = (0..<clients).map { request(of: $0) }
    return StreamletModel(
      name: "streamlet", replicas: replicas, epochs: epochs, byzantine: ReplicaSet(),
      requests: requests,
      environment: requests.map {
        EnvironmentMessage(
          "REQUEST c\($0.client) t\($0.timestamp)", .request($0), from: Endpoint($0.client),
          isForLeaders: false)
      }, reduces: reduces)
  }

  /// Some replicas never say anything.
  package static func silent(
    _ silent: [Int], replicas: Int, epochs: UInt64, reduces: Bool = true
  ) -> StreamletModel {
    StreamletModel(
      name: "streamlet-silent", replicas: replicas, epochs: epochs,
      byzantine: ReplicaSet(silent.map { ReplicaID($0) }), requests: [], environment: [],
      reduces: reduces)
  }

  /// The leader of epoch 1 proposes two blocks, one empty and one with a request, to anybody, and votes for
  /// both.
  package static func equivocating(
    replicas: Int, epochs: UInt64, reduces: Bool = true
  ) -> StreamletModel {
    let statements = rivals(replicas: replicas).flatMap { block in
      [proposal(of: block), vote(of: block.proposer, for: block)]
    }
    return StreamletModel(
      name: "streamlet-liar", replicas: replicas, epochs: epochs,
      byzantine: ReplicaSet([ReplicaID(1)]), requests: [request(of: 0)], environment: statements,
      reduces: reduces)
  }

  /// The leaders of epochs 1 and 2 propose a block each on either of two branches, and vote for all
  /// together: beyond the fault bound.
  package static func twoLiars(replicas: Int) -> StreamletModel {
    let liars = [ReplicaID(1), ReplicaID(2)]
    let blocks = rivals(replicas: replicas).flatMap { block in
      let child = StreamletBlock(
        parent: block.digest, epoch: Epoch(2), proposer: liars[1], requests: [])
      return [block, child]
    }
    let statements = blocks.flatMap { block in
      [proposal(of: block), votes(of: liars, for: block)]
    }
    return StreamletModel(
      name: "streamlet-two-liars", replicas: replicas, epochs: 2, byzantine: ReplicaSet(liars),
      requests: [request(of: 0)], environment: statements, reduces: true)
  }

  /// Two blocks of epoch 1.
  private static func rivals(replicas: Int) -> [StreamletBlock] {
    [[], [request(of: 0)]].map { requests in
      StreamletBlock(
        parent: StreamletBlock.genesis.digest, epoch: Epoch(1), proposer: ReplicaID(1),
        requests: requests)
    }
  }

  private static func proposal(of block: StreamletBlock) -> EnvironmentMessage<Subject> {
    let key = signer(Endpoint(block.proposer))
    return statement(.proposal(StreamletProposal(block, signedBy: key)), by: block.proposer)
  }

  private static func vote(
    of voter: ReplicaID, for block: StreamletBlock
  ) -> EnvironmentMessage<Subject> {
    statement(.vote(signedVote(of: voter, for: block)), by: voter)
  }

  /// The votes of several replicas in one message.
  private static func votes(
    of voters: [ReplicaID], for block: StreamletBlock
  ) -> EnvironmentMessage<Subject> {
    let proposal = StreamletProposal(block, signedBy: signer(Endpoint(block.proposer)))
    let votes = voters.map { signedVote(of: $0, for: block) }
    return statement(.chain([VotedBlock(proposal, votes: votes)]), by: block.proposer)
  }

  private static func signedVote(of voter: ReplicaID, for block: StreamletBlock) -> StreamletVote {
    StreamletVote(
      epoch: block.epoch, block: block.digest, replica: voter, signedBy: signer(Endpoint(voter)))
  }

  private static func statement(
    _ message: StreamletMessage, by liar: ReplicaID
  ) -> EnvironmentMessage<Subject> {
    EnvironmentMessage(
      message.summary + " (Byzantine)", message, from: Endpoint(liar), isForLeaders: false)
  }
}

extension [ExplorationCase] {
  /// The explorations of Streamlet that the program offers.
  package static var streamlet: [ExplorationCase] {
    typealias Plain = StreamletModel<StreamletReplica>
    return [
      ExplorationCase(
        "streamlet", Plain.honest(replicas: 4, epochs: 2, clients: 1),
        "n = 4, epochs 1 and 2, one request, all honest"),
      ExplorationCase(
        "streamlet-silent", Plain.silent([1], replicas: 4, epochs: 4),
        "n = 4, epochs 1 to 4, no request; the leader of epoch 1 says nothing"),
      ExplorationCase(
        "streamlet-liar", Plain.equivocating(replicas: 4, epochs: 2),
        "n = 4, epochs 1 and 2; the leader of epoch 1 proposes two blocks to anybody, votes for both"
      ),
      ExplorationCase(
        "streamlet-3", Plain.honest(replicas: 4, epochs: 3, clients: 0), isLong: true,
        "n = 4, epochs 1 to 3, no request, all honest"),
      ExplorationCase(
        "streamlet-liar-3", Plain.equivocating(replicas: 4, epochs: 3), isLong: true,
        "as streamlet-liar, epochs 1 to 3"),
    ]
  }
}
