/// A piece of a slot: a link to the next piece and room for 31 events, in 512 aligned bytes.
struct Chunk {
  static let size = 512
  static let capacity = size / MemoryLayout<Event>.stride - 1

  let start: UnsafeMutableRawPointer

  /// The chunk after this one.
  @inline(__always)
  var next: Chunk? {
    get { start.load(as: UnsafeMutableRawPointer?.self).map(Chunk.init) }
    nonmutating set { start.storeBytes(of: newValue?.start, as: UnsafeMutableRawPointer?.self) }
  }

  /// The place of the first event.
  @inline(__always)
  var events: UnsafeMutablePointer<Event> {
    (start + MemoryLayout<Event>.stride).assumingMemoryBound(to: Event.self)
  }

  /// The place behind the last event: where the memory of the chunk ends.
  @inline(__always)
  var end: UnsafeMutablePointer<Event> {
    (start + Self.size).assumingMemoryBound(to: Event.self)
  }
}

/// The memory of all slots, handed out chunk by chunk and taken back.
///
/// Chunks that were returned last are handed out first, while they are still in the cache. The
/// memory in use is bounded by the largest number of events that were ever pending at once.
struct ChunkPool: ~Copyable {
  private var free: Chunk?
  private var slabs: [UnsafeMutableRawPointer] = []

  /// Chunks of the first slab; every further one is twice as large, up to the limit.
  private var chunksInSlab = 8
  private static let mostChunksInSlab = 64

  deinit {
    for slab in slabs { slab.deallocate() }
  }

  /// Hands out a chunk that links to nothing.
  @inline(__always)
  mutating func take() -> Chunk {
    let chunk = free ?? allocateSlab()
    free = chunk.next
    chunk.next = nil
    return chunk
  }

  /// Takes a chunk back.
  @inline(__always)
  mutating func put(_ chunk: Chunk) {
    chunk.next = free
    free = chunk
  }

  @inline(never)
  private mutating func allocateSlab() -> Chunk {
    let slab = UnsafeMutableRawPointer.allocate(
      byteCount: Chunk.size * chunksInSlab, alignment: Chunk.size)
    slabs.append(slab)
    var first: Chunk?
    for index in (0..<chunksInSlab).reversed() {
      let chunk = Chunk(start: slab + index * Chunk.size)
      chunk.next = first
      first = chunk
    }
    chunksInSlab = min(2 * chunksInSlab, Self.mostChunksInSlab)
    return first ?? Chunk(start: slab)
  }
}
