/// Why an argument is no shard.
package struct ShardError: Error, CustomStringConvertible {
  /// The problem, in a sentence.
  package let description: String
}

/// A part of a campaign: the points of one of several processes.
package struct Shard: Hashable, Sendable {
  /// Which of them, from 0.
  package let index: Int
  /// How many there are.
  package let count: Int

  /// The most shards.
  package static let countLimit = 100_000

  /// A shard of some.
  ///
  /// - Precondition: The index is below the count.
  package init(index: Int, count: Int) {
    precondition(index >= 0 && index < count, "shard \(index) of \(count)")
    self.index = index
    self.count = count
  }

  /// Reads `i/n`, or `auto` and `auto/n`, which read the variables of a scheduler.
  ///
  /// - Throws: ``ShardError`` where there is no such shard.
  package init(_ text: String, environment: [String: String]) throws(ShardError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2 || text == "auto" else { throw Self.malformed(text) }
    var count: Int?
    if parts.count == 2 {
      guard let number = Self.number(parts[1]), number >= 1 else { throw Self.malformed(text) }
      guard number <= Self.countLimit else {
        throw ShardError(
          description: "'--shard \(text)' has more than \(Self.countLimit) shards.")
      }
      count = number
    }
    if parts[0] == "auto" {
      self = try ArrayTask.found(in: environment, text).shard(of: count, text)
      return
    }
    guard let index = Self.number(parts[0]), let count else { throw Self.malformed(text) }
    guard index < count else {
      throw ShardError(
        description: "'--shard \(text)' does not exist: shards count from 0 to \(count - 1).")
    }
    self.init(index: index, count: count)
  }

  private static func number(_ text: Substring) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(text)
  }

  private static func malformed(_ text: String) -> ShardError {
    ShardError(
      description: "'--shard \(text)' must be such as '3/64' (from 0), 'auto' or 'auto/64'.")
  }

  /// The points of this shard, of all.
  ///
  /// Dear points are dealt first, each to the shard that has least; of equal ones the first. The deal is a
  /// function of the costs alone.
  package func share(of points: [KeyedScenario.Point]) -> [KeyedScenario.Point] {
    let order = points.indices.sorted {
      (points[$1].cost, $0) < (points[$0].cost, $1)
    }
    // No shard gets a second point before each has one.
    var loads = [Int](repeating: 0, count: min(count, points.count))
    var own: [Int] = []
    for place in order {
      guard let shard = loads.indices.min(by: { (loads[$0], $0) < (loads[$1], $1) }) else { break }
      loads[shard] = loads[shard].added(points[place].cost)
      if shard == index { own.append(place) }
    }
    return own.sorted().map { points[$0] }
  }
}
