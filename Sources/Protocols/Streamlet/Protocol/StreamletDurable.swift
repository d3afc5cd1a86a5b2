import ConsensusCore

/// What a replica keeps on disk: the blocks that are notarised, with their votes, and its last vote.
///
/// The proof of consistency needs both: a replica that forgot its vote could vote twice in an epoch,
/// and one that forgot a notarised chain could vote for a shorter one. What is final follows from the
/// notarised blocks.
public struct StreamletDurable: DurableState {
  /// One write.
  public enum Record: Sendable {
    /// A block became notarised.
    case notarised(VotedBlock)
    /// The replica is about to vote for a block.
    case voted(StreamletProposal, StreamletVote)
  }

  /// The notarised blocks, in the order in which they became so.
  public private(set) var notarised: [VotedBlock] = []
  /// The last vote and its block.
  public private(set) var lastVote: (proposal: StreamletProposal, vote: StreamletVote)?

  /// An empty disk.
  public init() {}

  /// Applies one write.
  public mutating func apply(_ record: Record) {
    switch record {
    case .notarised(let block): notarised.append(block)
    case .voted(let proposal, let vote): lastVote = (proposal, vote)
    }
  }
}

extension StreamletDurable: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(notarised)
    guard let (proposal, vote) = lastVote else { return hasher.add(false) }
    hasher.add(true, proposal, vote)
  }
}
