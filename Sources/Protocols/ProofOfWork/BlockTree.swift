import ConsensusCore
import DiscreteEvents

/// All valid blocks a miner knows, and the chain among them that it follows.
///
/// The main chain ends in the tip: the block with the most work behind it, and among equals the
/// one that came first (invariant W-5). Blocks are never forgotten, so memory grows with the run.
public struct BlockTree: Sendable {
  /// A block with what its chain adds to it.
  public struct Node: Sendable {
    /// The block.
    public let block: Block
    /// The work of the chain from the genesis block, which counts nothing, up to this block.
    public let work: ChainWork
    /// The position of the parent; the genesis block is its own.
    let parent: Int
  }

  /// How the main chain changed.
  public struct Change: Sendable {
    /// The height of the last block that the old and the new chain share.
    public let forkHeight: UInt64
    /// The blocks that left the main chain, by ascending height; none if it only grew.
    public let disconnected: [Block]
  }

  private var nodes: [Node]
  /// Only looked up, never iterated: its order differs from process to process.
  private var positions: [Digest: Int]
  private var main: [Int]

  /// Creates a tree of only the genesis block.
  public init(genesis: Block) {
    nodes = [Node(block: genesis, work: .zero, parent: 0)]
    positions = [genesis.id: 0]
    main = [0]
  }

  /// The number of blocks, the genesis block and those off the main chain included.
  public var count: Int { nodes.count }

  /// The block at height 0.
  public var genesis: Block { nodes[0].block }

  /// The last block of the main chain.
  @inline(__always)
  public var tip: Block { nodes[main[main.count - 1]].block }

  /// The work of the main chain.
  @inline(__always)
  public var tipWork: ChainWork { nodes[main[main.count - 1]].work }

  /// The block with this id and its work, or nil if it is not known.
  public subscript(id: Digest) -> Node? {
    guard let position = positions[id] else { return nil }
    return nodes[position]
  }

  /// Tells whether the block with this id is known.
  @inline(__always)
  public func contains(_ id: Digest) -> Bool { positions[id] != nil }

  /// The block of the main chain at `height`, or nil above the tip.
  public func mainChain(at height: UInt64) -> Block? {
    guard height < UInt64(main.count) else { return nil }
    return nodes[main[Int(height)]].block
  }

  /// Tells whether the block with this id is on the main chain.
  public func isOnMainChain(_ id: Digest) -> Bool {
    guard let position = positions[id] else { return false }
    return isOnMainChain(position)
  }

  /// Adds a block whose parent is known; the main chain stays as it is.
  ///
  /// - Returns: The work of the block's chain, or nil if the block is known or its parent is not.
  @discardableResult
  public mutating func insert(_ block: Block) -> ChainWork? {
    guard positions[block.id] == nil, let parent = positions[block.parent] else { return nil }
    let work = nodes[parent].work + block.difficulty
    positions[block.id] = nodes.count
    nodes.append(Node(block: block, work: work, parent: parent))
    return work
  }

  /// Makes the block with this id the tip if its chain has strictly more work (invariant W-5).
  public mutating func maybeAdvance(to id: Digest) -> Change? {
    guard let position = positions[id], nodes[position].work > tipWork else { return nil }
    var branch: [Int] = []
    var ancestor = position
    while !isOnMainChain(ancestor) {
      branch.append(ancestor)
      ancestor = nodes[ancestor].parent
    }
    let forkHeight = nodes[ancestor].block.height
    let first = Int(forkHeight) + 1
    let disconnected = main[first...].map { nodes[$0].block }
    main.removeLast(main.count - first)
    main.append(contentsOf: branch.reversed())
    return Change(forkHeight: forkHeight, disconnected: disconnected)
  }

  // MARK: - Rules that look back

  /// The difficulty of a block that follows `parent`, or nil if the parent is not known.
  public func requiredDifficulty(after parent: Digest, rule: Retargeting?) -> Difficulty? {
    guard let position = positions[parent] else { return nil }
    let last = nodes[position].block
    guard let rule, rule.adjusts(after: last.height) else { return last.difficulty }
    var first = position
    for _ in 0..<rule.interval { first = nodes[first].parent }
    return rule.difficulty(
      after: last.difficulty, elapsed: last.timestamp - nodes[first].block.timestamp)
  }

  /// The earliest timestamp of a block that follows `parent`: one nanosecond after the median of
  /// its last eleven ancestors (Bitcoin's "median time past"), or nil if the parent is not known.
  ///
  /// A block may follow the genesis block at time 0.
  public func earliestTimestamp(after parent: Digest) -> VirtualTime? {
    guard var position = positions[parent] else { return nil }
    if position == 0 { return .zero }
    var timestamps: [VirtualTime] = []
    for _ in 0..<11 {
      timestamps.append(nodes[position].block.timestamp)
      if position == 0 { break }
      position = nodes[position].parent
    }
    timestamps.sort()
    return timestamps[timestamps.count / 2] + VirtualDuration(nanoseconds: 1)
  }

  // MARK: - Synchronisation

  /// Ids on the chain that ends in `id`: the last ten one by one, then ever more sparsely, and the
  /// genesis block at the end (Bitcoin's block locator).
  public func locator(from id: Digest) -> [Digest] {
    guard var position = positions[id] else { return [genesis.id] }
    var result: [Digest] = []
    var stride = 1
    while position != 0 {
      result.append(nodes[position].block.id)
      if result.count >= 10 { stride *= 2 }
      var steps = stride
      while steps > 0, position != 0 {
        position = nodes[position].parent
        steps -= 1
      }
    }
    result.append(genesis.id)
    return result
  }

  /// The first `limit` blocks of the chain up to `id` that follow the last block of `locator`
  /// on it, by ascending height; empty if `id` is not known.
  public func path(to id: Digest, after locator: [Digest], limit: Int) -> [Block] {
    guard var position = positions[id] else { return [] }
    let known = locator.compactMap { positions[$0] }
    var path: [Int] = []
    while position != 0, !known.contains(position) {
      path.append(position)
      position = nodes[position].parent
    }
    return path.suffix(limit).reversed().map { nodes[$0].block }
  }

  private func isOnMainChain(_ position: Int) -> Bool {
    let height = nodes[position].block.height
    return height < UInt64(main.count) && main[Int(height)] == position
  }
}
