import ConsensusCore
import DiscreteEvents

/// A block: the digest of its parent, its epoch, and requests of clients (Streamlet §2).
///
/// Copies share the contents: a block is at all replicas and on all disks of a run.
public struct StreamletBlock: Hashable, Sendable {
  fileprivate final class Contents: Sendable {
    let parent: Digest
    let epoch: Epoch
    let proposer: ReplicaID
    let requests: [Request]

    init(_ parent: Digest, _ epoch: Epoch, _ proposer: ReplicaID, _ requests: [Request]) {
      self.parent = parent
      self.epoch = epoch
      self.proposer = proposer
      self.requests = requests
    }
  }

  private let contents: Contents
  /// The hash of everything in the block, the requests' signatures included.
  public let digest: Digest

  /// The digest of the block that this one follows.
  public var parent: Digest { contents.parent }
  /// The epoch that it was proposed in.
  public var epoch: Epoch { contents.epoch }
  /// The replica that proposed it.
  public var proposer: ReplicaID { contents.proposer }
  /// The requests in the order of their execution.
  public var requests: [Request] { contents.requests }

  /// The block that everybody has from the start; it is notarised and final.
  public static let genesis = StreamletBlock(
    parent: Digest(0), epoch: .zero, proposer: ReplicaID(0), requests: [])

  /// Creates a block and computes its digest.
  public init(parent: Digest, epoch: Epoch, proposer: ReplicaID, requests: [Request]) {
    contents = Contents(parent, epoch, proposer, requests)
    var hash = WordHash(domain: 0x57_EA31_E7)
    hash.combine(parent.value)
    hash.combine(epoch.number)
    hash.combine(UInt64(truncatingIfNeeded: proposer.index))
    for request in requests {
      hash.combine(request.content)
      hash.combine(request.signature.tag)
    }
    digest = Digest(hash.value)
  }

  /// Two blocks are equal when their digests are.
  public static func == (left: StreamletBlock, right: StreamletBlock) -> Bool {
    left.digest == right.digest
  }

  /// Feeds the digest to a hasher.
  public func hash(into hasher: inout Hasher) { hasher.combine(digest) }

  /// The bytes of the requests in a message.
  func carriedSize(_ sizes: MessageSizes) -> ByteCount {
    requests.reduce(ByteCount(0)) { $0 + $1.carriedSize(sizes) }
  }
}

/// A block with the signature of its proposer.
public struct StreamletProposal: Hashable, Sendable {
  /// The block.
  public let block: StreamletBlock
  /// The proposer's signature over the digest.
  public let signature: Signature

  /// Creates a proposal with a signature made elsewhere.
  public init(_ block: StreamletBlock, signature: Signature) {
    self.block = block
    self.signature = signature
  }

  /// Creates and signs a proposal.
  public init(_ block: StreamletBlock, signedBy signer: Signer) {
    self.init(block, signature: signer.sign(Self.content(block)))
  }

  /// Whether the block's proposer signed it.
  public func isAuthentic(_ verifier: Verifier) -> Bool {
    verifier.isValid(signature, of: Endpoint(block.proposer), over: Self.content(block))
  }

  private static func content(_ block: StreamletBlock) -> UInt64 {
    mix(0x57_EA31_01, block.digest.value)
  }
}

/// The vote of one replica for one block.
public struct StreamletVote: Hashable, Sendable {
  /// The epoch of the block.
  public let epoch: Epoch
  /// The digest of the block.
  public let block: Digest
  /// The replica that votes.
  public let replica: ReplicaID
  /// Its signature over all of that.
  public let signature: Signature

  /// Creates a vote with a signature made elsewhere.
  public init(epoch: Epoch, block: Digest, replica: ReplicaID, signature: Signature) {
    self.epoch = epoch
    self.block = block
    self.replica = replica
    self.signature = signature
  }

  /// Creates and signs a vote.
  public init(epoch: Epoch, block: Digest, replica: ReplicaID, signedBy signer: Signer) {
    self.init(
      epoch: epoch, block: block, replica: replica,
      signature: signer.sign(Self.content(epoch, block, replica)))
  }

  /// Whether the replica signed it.
  public func isAuthentic(_ verifier: Verifier) -> Bool {
    verifier.isValid(
      signature, of: Endpoint(replica), over: Self.content(epoch, block, replica))
  }

  private static func content(_ epoch: Epoch, _ block: Digest, _ replica: ReplicaID) -> UInt64 {
    mix(mix(0x57_EA31_02 ^ epoch.number, block.value), UInt64(truncatingIfNeeded: replica.index))
  }
}

/// A block with the votes for it that a replica has: a quorum if the block is notarised there.
public struct VotedBlock: Hashable, Sendable {
  /// The block.
  public var proposal: StreamletProposal
  /// The votes, of distinct replicas.
  public var votes: [StreamletVote]

  /// Creates a block with votes.
  public init(_ proposal: StreamletProposal, votes: [StreamletVote]) {
    self.proposal = proposal
    self.votes = votes
  }
}

extension StreamletBlock: FieldHashable {
  package enum Field: UInt8, StateField {
    case contents, digest
  }

  package func hash(_ field: Field, into hasher: inout StateHasher) {
    switch field {
    case .contents: hasher.add(contents)
    case .digest: hasher.add(digest)
    }
  }
}

extension StreamletBlock.Contents: StateHashable {
  fileprivate func hashState(into hasher: inout StateHasher) {
    hasher.add(parent, epoch, proposer, requests)
  }
}

extension StreamletProposal: StateHashable {
  package func hashState(into hasher: inout StateHasher) { hasher.add(block, signature) }
}

extension StreamletVote: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(epoch, block, replica, signature)
  }
}

extension VotedBlock: FieldHashable {
  package enum Field: UInt8, StateField {
    case proposal, votes
  }

  package func hash(_ field: Field, into hasher: inout StateHasher) {
    switch field {
    case .proposal: hasher.add(proposal)
    case .votes: hasher.add(votes)
    }
  }
}
