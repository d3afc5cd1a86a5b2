import ConsensusCore
import DiscreteEvents

/// To whom each miner sends its blocks.
public enum PeerGraph: Hashable, Sendable {
  /// Everybody sends to everybody else.
  case everyone
  /// Each replica sends to the replicas of its set; an honest graph is symmetric and connected.
  case lists([ReplicaSet])

  /// A connected symmetric graph: a ring, with random chords up to `degree` peers a replica.
  ///
  /// The graph depends on its parameters alone. A few replicas may end with fewer than `degree`
  /// peers where no partner is left.
  ///
  /// - Parameters:
  ///   - replicas: The number of replicas, at most ``ReplicaSet/capacity``.
  ///   - degree: The number of peers a replica aims at, at least 2.
  ///   - seed: The seed of the chords.
  /// - Returns: The peers of each replica.
  public static func ringWithChords(replicas: Int, degree: Int, seed: Seed) -> PeerGraph {
    precondition(
      replicas <= ReplicaSet.capacity, "\(replicas) replicas; at most \(ReplicaSet.capacity)")
    var lists = [ReplicaSet](repeating: ReplicaSet(), count: replicas)
    for index in 0..<replicas where replicas > 1 {
      let next = (index + 1) % replicas
      lists[index].insert(ReplicaID(next))
      lists[next].insert(ReplicaID(index))
    }
    for index in 0..<replicas {
      var draw = seed.draw(.choice, 0x9EE6, UInt64(truncatingIfNeeded: index))
      for _ in 0..<(4 * replicas) where lists[index].count < degree {
        let other = Int(truncatingIfNeeded: draw.below(UInt64(truncatingIfNeeded: replicas)))
        guard other != index, lists[other].count < degree else { continue }
        lists[index].insert(ReplicaID(other))
        lists[other].insert(ReplicaID(index))
      }
    }
    return .lists(lists)
  }
}
