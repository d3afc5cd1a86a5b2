/// What a job asked for, in order: filled by the job, emptied by taking, over and over.
///
/// An array would copy every element that is read from it and go through its general replacement
/// when it is emptied, for every job of a run.
struct EffectList<Element>: ~Copyable {
  private var base: UnsafeMutablePointer<Element>
  private var capacity = 8
  /// Elements before ``head`` were taken, those up to ``end`` wait.
  private var head = 0
  private var end = 0
  /// The most elements of one job.
  private let limit: Int

  /// An empty list of at most `limit` elements a job, a power of two of at least 8.
  init(limit: Int) {
    self.limit = limit
    base = .allocate(capacity: capacity)
  }

  deinit {
    (base + head).deinitialize(count: end - head)
    base.deallocate()
  }

  @inline(__always)
  var isEmpty: Bool { head == end }

  /// What waits, for those who read at leisure.
  var elements: [Element] { Array(UnsafeBufferPointer(start: base + head, count: end - head)) }

  /// Appends an element; false if the job has as many as it may have, and then nothing happens.
  @inline(__always)
  mutating func append(_ element: __owned Element) -> Bool {
    if end == capacity && !grow() { return false }
    (base + end).initialize(to: element)
    end &+= 1
    return true
  }

  /// Takes the first element that waits.
  @inline(__always)
  mutating func takeFirst() -> Element? {
    guard head < end else { return nil }
    let first = head
    head &+= 1
    return (base + first).move()
  }

  /// The number of elements that wait.
  var count: Int { end &- head }

  /// Forgets the unwanted ones of the elements that wait behind the first `count`.
  mutating func remove(behind count: Int, where isUnwanted: (Element) -> Bool) {
    let waiting = elements.dropFirst(count)
    guard !waiting.isEmpty else { return }
    (base + head + count).deinitialize(count: waiting.count)
    end = head &+ count
    for element in waiting where !isUnwanted(element) { _ = append(element) }
  }

  /// Forgets what waits.
  @inline(__always)
  mutating func clear() {
    if head < end { (base + head).deinitialize(count: end &- head) }
    head = 0
    end = 0
  }

  /// Makes room for another element; false if there is none to make.
  @inline(never)
  private mutating func grow() -> Bool {
    guard capacity < limit else { return false }
    let larger: UnsafeMutablePointer<Element> = .allocate(capacity: capacity * 2)
    (larger + head).moveInitialize(from: base + head, count: end - head)
    base.deallocate()
    base = larger
    capacity *= 2
    return true
  }
}
