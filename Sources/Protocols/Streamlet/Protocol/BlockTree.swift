import ConsensusCore
import DiscreteEvents

/// The blocks that may still become final, above the last one that is (Streamlet §2).
///
/// The root is final. Every other block stands behind its parent, so that one pass in order meets
/// parents first.
package struct BlockTree: Sendable {
  /// A block, its votes and its place.
  package struct Node: Sendable {
    /// The block.
    package let proposal: StreamletProposal
    /// The place of its parent; the root's is its own.
    package let parent: Int
    /// The number of blocks from the genesis block to this one.
    package let height: UInt64
    /// The votes, of distinct replicas.
    package var votes: [StreamletVote] = []
    /// Who voted.
    package var voters = ReplicaSet()
    /// Whether the block has a quorum of votes.
    package var isNotarised = false
    /// Whether it and all blocks below are notarised.
    package var endsNotarisedChain = false

    /// The block.
    package var block: StreamletBlock { proposal.block }
  }

  private var nodes: [Node]
  private var places: [Digest: Int]
  /// The end of the longest notarised chain; of several that are equally long, the one seen first.
  package private(set) var longest = 0

  /// The tree of the genesis block.
  package init() {
    var root = Node(
      proposal: StreamletProposal(.genesis, signature: .none), parent: 0, height: 0)
    root.isNotarised = true
    root.endsNotarisedChain = true
    nodes = [root]
    places = [root.block.digest: 0]
  }

  /// The last final block.
  package var root: Node { nodes[0] }

  /// The height of the longest notarised chain.
  package var longestHeight: UInt64 { nodes[longest].height }

  /// The block at a place.
  package subscript(place: Int) -> Node { nodes[place] }

  /// The place of a block, if it is in the tree.
  package func place(of digest: Digest) -> Int? { places[digest] }

  /// The number of blocks of an epoch.
  package func count(of epoch: Epoch) -> Int { nodes.count { $0.block.epoch == epoch } }

  /// The places from the block above the root to this one.
  package func path(to place: Int) -> [Int] {
    var path: [Int] = []
    var next = place
    while next != 0 {
      path.append(next)
      next = nodes[next].parent
    }
    return path.reversed()
  }

  /// Adds a block behind its parent; returns its place.
  package mutating func insert(_ proposal: StreamletProposal, behind parent: Int) -> Int {
    nodes.append(
      Node(proposal: proposal, parent: parent, height: nodes[parent].height + 1))
    places[proposal.block.digest] = nodes.count - 1
    return nodes.count - 1
  }

  /// Counts a vote of a replica that has not voted for the block; returns how many there are.
  package mutating func add(_ vote: StreamletVote, at place: Int) -> Int {
    nodes[place].votes.append(vote)
    nodes[place].voters.insert(vote.replica)
    return nodes[place].votes.count
  }

  // Rule: Streamlet notarise-2
  /// Notes that a block has a quorum; returns the blocks whose chains are notarised from now on, from
  /// below to above.
  package mutating func notarise(_ place: Int) -> [Digest] {
    nodes[place].isNotarised = true
    var fresh: [Digest] = []
    for index in place..<nodes.count
    where nodes[index].isNotarised && !nodes[index].endsNotarisedChain
      && nodes[nodes[index].parent].endsNotarisedChain
    {
      nodes[index].endsNotarisedChain = true
      fresh.append(nodes[index].block.digest)
      if nodes[index].height > longestHeight { longest = index }
    }
    return fresh
  }

  /// Makes a block the root and forgets what does not follow it.
  package mutating func advance(to place: Int) {
    var moved = Array(repeating: -1, count: nodes.count)
    var kept: [Node] = []
    for index in nodes.indices {
      let node = nodes[index]
      let parent = index == place ? 0 : moved[node.parent]
      guard index == place || index > place && parent >= 0 else { continue }
      moved[index] = kept.count
      var copy = Node(proposal: node.proposal, parent: parent, height: node.height)
      (copy.votes, copy.voters) = (node.votes, node.voters)
      (copy.isNotarised, copy.endsNotarisedChain) = (node.isNotarised, node.endsNotarisedChain)
      kept.append(copy)
    }
    let end = moved[longest]
    nodes = kept
    places.removeAll(keepingCapacity: true)
    for index in nodes.indices { places[nodes[index].block.digest] = index }
    longest = max(end, 0)
    // Beyond the fault bound the longest chain may not be the one with the final block.
    for index in nodes.indices
    where nodes[index].endsNotarisedChain && nodes[index].height > longestHeight { longest = index }
  }
}

extension BlockTree: FieldHashable {
  package enum Field: UInt8, StateField {
    case nodes, places, longest, shape
  }

  /// The shape stands for the nodes in any order that no rule tells apart.
  package static var readings: FieldSet<Field> { [.shape] }

  package func hash(_ field: Field, into hasher: inout StateHasher) {
    switch field {
    case .nodes: hasher.add(nodes)
    case .places: hasher.add(places)
    case .longest: hasher.add(longest)
    case .shape: hashShape(into: &hasher)
    }
  }

  /// Adds the nodes by digest, the end of the longest chain, and the order of the blocks above chains
  /// that are not notarised: they may join the longest chain in one step, and then the first one wins.
  private func hashShape(into hasher: inout StateHasher) {
    for node in nodes.sorted(by: { $0.block.digest.value < $1.block.digest.value }) {
      hasher.add(node)
    }
    hasher.add(nodes[longest].block.digest)
    for node in nodes where !nodes[node.parent].endsNotarisedChain { hasher.add(node.block.digest) }
  }
}

extension BlockTree.Node: FieldHashable {
  package enum Field: UInt8, StateField {
    case proposal, parent, height, votes, voters, isNotarised, endsNotarisedChain
  }

  package func hash(_ field: Field, into hasher: inout StateHasher) {
    switch field {
    case .proposal: hasher.add(proposal)
    case .parent: hasher.add(parent)
    case .height: hasher.add(height)
    case .votes: hasher.add(votes)
    case .voters: hasher.add(voters)
    case .isNotarised: hasher.add(isNotarised)
    case .endsNotarisedChain: hasher.add(endsNotarisedChain)
    }
  }
}
