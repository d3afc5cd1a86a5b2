/// The sizes of the majorities that a membership of n replicas works with.
public struct Quorum: Hashable, Sendable {
  /// The number of replicas, n.
  public let replicas: Int

  /// Faulty replicas tolerated: f = floor((n - 1) / 3) (PBFT §3, Paper §III-C).
  public let faults: Int

  // Rule: PBFT 4.5.1-3
  /// Replicas that form a certificate: ceil((n + f + 1) / 2).
  ///
  /// Two certificates of q replicas share at least 2q - n >= f + 1 members, hence an honest one;
  /// q <= n - f holds since n >= 3f + 1, so the honest replicas alone can form one. For n = 3f + 1
  /// this is the 2f + 1 of PBFT §4; for other n 2f + 1 is too small (n = 6: 3 and 3 can be disjoint).
  public let certificate: Int

  /// The sizes for `replicas` replicas; at least 1.
  public init(replicas: Int) {
    self.replicas = replicas
    faults = (replicas - 1) / 3
    certificate = (replicas + (replicas - 1) / 3 + 2) / 2
  }

  /// More than f replicas, hence at least one honest replica: f + 1.
  public var oneHonest: Int { faults + 1 }

  /// Replicas in a plain majority, for crash-fault protocols: floor(n / 2) + 1 (Raft §5.2).
  public var majority: Int { replicas / 2 + 1 }
}

extension Quorum: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(replicas, faults, certificate)
  }
}
