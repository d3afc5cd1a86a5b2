import ConsensusCore
import DiscreteEvents

/// Proposals, votes, and what follows from them (Streamlet §2).
extension StreamletReplica {
  // MARK: Streamlet §2: propose

  // Rule: Streamlet propose-1, Streamlet propose-2
  /// Proposes a block on the longest notarised chain, and votes for it.
  mutating func propose(into effects: inout Output) {
    guard lastVoted < epoch else { return }
    let parent = tree.longest
    let block = StreamletBlock(
      parent: tree[parent].block.digest, epoch: epoch, proposer: id,
      requests: requests(behind: parent))
    effects.charge(.hash)
    effects.charge(.sign)
    let proposal = StreamletProposal(block, signedBy: signer)
    firstProposal = block.digest
    adopt(proposal, from: nil, into: &effects)
    effects.observe(.proposed(epoch, block.digest))
    maybeVote(into: &effects)
  }

  // MARK: Streamlet §2: vote

  /// The most blocks of one leader and epoch, and the most votes of one replica and epoch for blocks that
  /// are missing, that a replica keeps and relays.
  ///
  /// Deviation: the paper relays everything. An honest replica makes one of each; two already prove a lie.
  /// A third that others notarised comes with their chain, where this bound does not hold.
  static var mostOfOneEpoch: Int { 2 }

  // Rule: Streamlet propose-3, Streamlet epochs-4
  /// Takes a proposal, relays it, and votes for it if it is to be voted for.
  mutating func onProposal(
    _ proposal: StreamletProposal, from sender: ReplicaID, into effects: inout Output
  ) {
    let rivals =
      tree.count(of: proposal.block.epoch)
      + orphans.count { $0.block.epoch == proposal.block.epoch }
    guard rivals < Self.mostOfOneEpoch || isKnown(proposal.block.digest) else {
      return reject(.flood, from: sender, into: &effects)
    }
    guard isNewAndSound(proposal, from: sender, into: &effects) else { return }
    effects.send(.proposal(proposal), to: .others)
    noteFirst(proposal.block)
    adopt(proposal, from: sender, into: &effects)
    maybeVote(into: &effects)
  }

  // Rule: Streamlet propose-3
  /// Whether a proposal is not known and in order.
  ///
  /// Assumption: a block of no later epoch than the last final one is of no use, since epochs grow along
  /// a chain. One of the next epoch is kept: its sender's clock may be ahead.
  func isNewAndSound(
    _ proposal: StreamletProposal, from sender: ReplicaID, into effects: inout Output
  ) -> Bool {
    let block = proposal.block
    guard isInRange(block.epoch, from: sender, into: &effects) else { return false }
    guard block.proposer == configuration.leader(of: block.epoch) else {
      reject(.wrongLeader, from: sender, into: &effects)
      return false
    }
    guard !isKnown(block.digest) else { return false }
    // The tree refuses such a block, so nothing would stop the relay of its copies.
    if let parent = tree.place(of: block.parent), block.epoch <= tree[parent].block.epoch {
      reject(.notLater, from: sender, into: &effects)
      return false
    }
    effects.charge(.hash)
    effects.charge(.verify)
    guard proposal.isAuthentic(verifier) else {
      reject(.badSignature, from: sender, into: &effects)
      return false
    }
    guard block.requests.count <= configuration.batch else {
      reject(.oversized, from: sender, into: &effects)
      return false
    }
    for request in block.requests where !held.contains(request) {
      effects.charge(.checkRequest)
      guard request.isAuthentic(verifier) else {
        reject(.badRequest, from: sender, into: &effects)
        return false
      }
    }
    return true
  }

  private func isInRange(
    _ other: Epoch, from sender: ReplicaID, into effects: inout Output
  ) -> Bool {
    guard other > tree.root.block.epoch else {
      reject(.old, from: sender, into: &effects)
      return false
    }
    guard other <= epoch.next else {
      reject(.early, from: sender, into: &effects)
      return false
    }
    return true
  }

  private mutating func noteFirst(_ block: StreamletBlock) {
    if block.epoch == epoch, firstProposal == nil { firstProposal = block.digest }
    if block.epoch == epoch.next, earlyProposal == nil { earlyProposal = block.digest }
  }

  func isKnown(_ digest: Digest) -> Bool {
    tree.place(of: digest) != nil || orphans.contains { $0.block.digest == digest }
  }

  /// Puts a block into the tree with the votes and blocks that waited for it, or keeps it until its
  /// parent comes; who sent it is asked for what lies below.
  mutating func adopt(
    _ proposal: StreamletProposal, from sender: ReplicaID?, into effects: inout Output
  ) {
    let block = proposal.block
    guard let parent = tree.place(of: block.parent) else {
      orphans.append(proposal)
      ask(sender, for: missingAncestor(of: block), into: &effects)
      return
    }
    // Of one that waited for its parent nobody knew.
    guard block.epoch > tree[parent].block.epoch else { return }
    if !tree[parent].endsNotarisedChain { ask(sender, for: block.parent, into: &effects) }
    _ = tree.insert(proposal, behind: parent)
    let votes = strayVotes.filter { $0.block == block.digest && $0.epoch == block.epoch }
    strayVotes.removeAll { $0.block == block.digest }
    for vote in votes { count(vote, into: &effects) }
    while let child = orphans.firstIndex(where: { $0.block.parent == block.digest }) {
      adopt(orphans.remove(at: child), from: nil, into: &effects)
    }
  }

  // Rule: Streamlet vote-1, Streamlet vote-2, Streamlet vote-3
  /// Votes for the first proposal of the epoch's leader once it extends a longest notarised chain.
  ///
  /// Assumption: the condition may come true later in the epoch, with votes that were late.
  mutating func maybeVote(into effects: inout Output) {
    guard !isRestoring, lastVoted < epoch, let digest = firstProposal,
      let place = tree.place(of: digest)
    else { return }
    let parent = tree[tree[place].parent]
    guard parent.endsNotarisedChain, parent.height == tree.longestHeight else { return }
    let proposal = tree[place].proposal
    effects.charge(.sign)
    let vote = StreamletVote(epoch: epoch, block: digest, replica: id, signedBy: signer)
    lastVoted = epoch
    effects.persist(.voted(proposal, vote))
    effects.observe(
      .voted(epoch, digest, proposer: proposal.block.proposer, parentHeight: parent.height))
    if proposal.block.proposer == id { effects.send(.proposal(proposal), to: .others) }
    effects.send(.vote(vote), to: .others)
    count(vote, into: &effects)
  }

  // MARK: Streamlet §2: notarise

  // Rule: Streamlet epochs-4
  /// Takes a vote and relays it.
  mutating func onVote(
    _ vote: StreamletVote, from sender: ReplicaID, into effects: inout Output
  ) {
    let strays = strayVotes.count { $0.replica == vote.replica && $0.epoch == vote.epoch }
    guard strays < Self.mostOfOneEpoch || tree.place(of: vote.block) != nil || hasSeen(vote) else {
      return reject(.flood, from: sender, into: &effects)
    }
    guard isNewAndSound(vote, from: sender, into: &effects) else { return }
    effects.send(.vote(vote), to: .others)
    count(vote, into: &effects)
    maybeVote(into: &effects)
  }

  // Rule: Streamlet notarise-1
  /// Whether a vote is not known and in order.
  func isNewAndSound(
    _ vote: StreamletVote, from sender: ReplicaID, into effects: inout Output
  ) -> Bool {
    guard vote.replica.index < configuration.replicas else {
      reject(.unknownVoter, from: sender, into: &effects)
      return false
    }
    guard isInRange(vote.epoch, from: sender, into: &effects) else { return false }
    guard !hasSeen(vote) else { return false }
    if let place = tree.place(of: vote.block), tree[place].block.epoch != vote.epoch {
      reject(.wrongEpoch, from: sender, into: &effects)
      return false
    }
    effects.charge(.verify)
    guard vote.isAuthentic(verifier) else {
      reject(.badSignature, from: sender, into: &effects)
      return false
    }
    return true
  }

  func hasSeen(_ vote: StreamletVote) -> Bool {
    if let place = tree.place(of: vote.block) {
      return tree[place].voters.contains(vote.replica)
    }
    return strayVotes.contains {
      $0.block == vote.block && $0.replica == vote.replica && $0.epoch == vote.epoch
    }
  }

  // Rule: Streamlet notarise-1, Streamlet notarise-2
  /// Counts a sound vote that is not known; q votes notarise the block.
  mutating func count(_ vote: StreamletVote, into effects: inout Output) {
    guard let place = tree.place(of: vote.block) else {
      strayVotes.append(vote)
      return
    }
    guard tree.add(vote, at: place) == configuration.quorum else { return }
    let node = tree[place]
    if !isRestoring { effects.persist(.notarised(VotedBlock(node.proposal, votes: node.votes))) }
    let fresh = tree.notarise(place)
    for digest in fresh {
      guard let place = tree.place(of: digest) else { continue }
      let node = tree[place]
      effects.observe(
        .notarised(
          digest, parent: node.block.parent, node.block.epoch, height: node.height,
          voters: node.voters))
    }
    for digest in fresh { maybeFinalise(behind: digest, into: &effects) }
  }

  // MARK: Streamlet §2: finalise

  // Rule: Streamlet finalise-1
  /// Finalises the parent of a block, and what is below, if the last three blocks of its notarised
  /// chain are of consecutive epochs.
  private mutating func maybeFinalise(behind digest: Digest, into effects: inout Output) {
    guard let last = tree.place(of: digest), last != 0 else { return }
    let middle = tree[last].parent
    guard middle != 0 else { return }
    let first = tree[middle].parent
    guard tree[middle].block.epoch == tree[first].block.epoch.next,
      tree[last].block.epoch == tree[middle].block.epoch.next
    else { return }
    for place in tree.path(to: middle) { finalise(tree[place], into: &effects) }
    tree.advance(to: middle)
    let epoch = tree.root.block.epoch
    orphans.removeAll { $0.block.epoch <= epoch }
    strayVotes.removeAll { $0.epoch <= epoch }
  }

  // Rule: Streamlet finalise-2
  private mutating func finalise(_ node: BlockTree.Node, into effects: inout Output) {
    let block = node.block
    final.append(VotedBlock(node.proposal, votes: node.votes))
    effects.observe(
      .finalised(
        block.digest, block.epoch, height: node.height, transactions: block.requests.count))
    for request in block.requests { execute(request, at: node.height, into: &effects) }
  }
}
