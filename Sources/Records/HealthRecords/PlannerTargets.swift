/// The files that somebody may ask for, by rank among all and by owner.
///
/// A tree of partial sums over file numbers finds the k-th in a logarithmic number of steps.
struct PlannerTargets: Sendable {
  /// Partial sums after Fenwick; the place of file f is f + 1.
  private var sums: [Int32] = [0]
  private var isTarget: [Bool] = []
  /// The files of each owner, ascending.
  private var filesOfOwner: [[Int32]]
  private(set) var count = 0

  init(owners: Int) { filesOfOwner = Array(repeating: [], count: owners) }

  /// The files that are there when a run begins, 0 ..< count, all of them targets.
  init(owners: Int, preloaded: Int, owner: (Int) -> Int) {
    self.init(owners: owners)
    isTarget = [Bool](repeating: true, count: preloaded)
    count = preloaded
    rebuild(capacity: Self.capacity(for: preloaded))
    for file in 0..<preloaded { filesOfOwner[owner(file)].append(Int32(file)) }
  }

  func contains(_ file: Int) -> Bool { file < isTarget.count && isTarget[file] }

  /// The files of an owner, ascending.
  func files(of owner: Int) -> [Int32] { filesOfOwner[owner] }

  mutating func insert(_ file: Int, of owner: Int) {
    guard !contains(file) else { return }
    while isTarget.count <= file { isTarget.append(false) }
    if isTarget.count >= sums.count { rebuild(capacity: Self.capacity(for: isTarget.count)) }
    isTarget[file] = true
    count += 1
    add(1, at: file)
    filesOfOwner[owner].insert(Int32(file), at: place(of: file, owner))
  }

  mutating func remove(_ file: Int, of owner: Int) {
    guard contains(file) else { return }
    isTarget[file] = false
    count -= 1
    add(-1, at: file)
    filesOfOwner[owner].remove(at: place(of: file, owner))
  }

  /// The target with `rank` smaller ones; `rank` is below ``count``.
  func target(rank: Int) -> Int {
    precondition(rank < count, "no target \(rank) of \(count)")
    var place = 0
    var left = Int32(rank)
    var step = (sums.count - 1).nextPowerOfTwoDown
    while step > 0 {
      if place + step < sums.count, sums[place + step] <= left {
        place += step
        left -= sums[place]
      }
      step /= 2
    }
    return place
  }

  private static func capacity(for count: Int) -> Int {
    var capacity = 64
    while capacity < count { capacity *= 2 }
    return capacity
  }

  private mutating func rebuild(capacity: Int) {
    sums = [Int32](repeating: 0, count: capacity + 1)
    for place in 1...capacity {
      if place <= isTarget.count, isTarget[place - 1] { sums[place] += 1 }
      let parent = place + (place & -place)
      if parent <= capacity { sums[parent] += sums[place] }
    }
  }

  private mutating func add(_ amount: Int32, at file: Int) {
    var place = file + 1
    while place < sums.count {
      sums[place] += amount
      place += place & -place
    }
  }

  /// Where a file stands, or would stand, among its owner's.
  private func place(of file: Int, _ owner: Int) -> Int {
    let files = filesOfOwner[owner]
    var low = 0
    var high = files.count
    while low < high {
      let middle = (low + high) / 2
      if files[middle] < file { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension Int {
  /// The largest power of two that is not larger; 0 for 0.
  fileprivate var nextPowerOfTwoDown: Int {
    self == 0 ? 0 : 1 << (Int.bitWidth - 1 - leadingZeroBitCount)
  }
}
