import ConsensusCore
import DiscreteEvents

/// How a replica gets what it missed.
///
/// Deviation: in the paper every message arrives after some time. Here links lose messages and nodes
/// crash, so a replica that meets a block whose parent is unknown or not notarised here asks the sender
/// for the chain below. Without faults, and with delays below Delta, nobody asks.
extension StreamletReplica {
  /// The most blocks in one answer; who lacks more asks again at the next proposal.
  static var longestAnswer: Int { 256 }

  // MARK: Beyond Streamlet §2: missing blocks

  /// The parent that is missing below a block, past blocks that miss theirs.
  func missingAncestor(of block: StreamletBlock) -> Digest {
    var missing = block.parent
    while let orphan = orphans.first(where: { $0.block.digest == missing }) {
      missing = orphan.block.parent
    }
    return missing
  }

  /// Asks for the chain that ends with a block.
  func ask(_ sender: ReplicaID?, for digest: Digest, into effects: inout Output) {
    guard let sender else { return }
    let height = tree.root.height
    effects.observe(.asked(digest, above: height))
    effects.send(.fetch(digest, above: height), to: .one(Endpoint(sender)))
  }

  /// Sends the part of a chain that another replica lacks, if there is any.
  func onFetch(
    _ digest: Digest, above height: UInt64, from sender: ReplicaID, into effects: inout Output
  ) {
    let skipped = Int(clamping: height)
    var missing: [VotedBlock] = []
    if let place = tree.place(of: digest) {
      missing = Array(final.dropFirst(skipped).prefix(Self.longestAnswer))
      for node in tree.path(to: place).map({ tree[$0] })
      where node.height > height && missing.count < Self.longestAnswer {
        missing.append(VotedBlock(node.proposal, votes: node.votes))
      }
    } else if let place = final.lastIndex(where: { $0.proposal.block.digest == digest }) {
      missing = Array(final[...place].dropFirst(skipped).prefix(Self.longestAnswer))
    }
    guard !missing.isEmpty else { return }
    effects.send(.chain(missing), to: .one(Endpoint(sender)))
  }

  /// Takes blocks and votes of a chain as if each had come alone, but relays none.
  mutating func onChain(
    _ blocks: [VotedBlock], from sender: ReplicaID, into effects: inout Output
  ) {
    guard blocks.count <= Self.longestAnswer else {
      return reject(.longChain, from: sender, into: &effects)
    }
    for block in blocks {
      if isNewAndSound(block.proposal, from: sender, into: &effects) {
        adopt(block.proposal, from: nil, into: &effects)
      }
      for vote in block.votes where isNewAndSound(vote, from: sender, into: &effects) {
        count(vote, into: &effects)
      }
    }
    maybeVote(into: &effects)
  }
}
