import ConsensusCore

/// The timestamp of each client's last request that took effect at each replica.
package struct LastTimestamps: Sendable {
  private let replicas: Int
  private var timestamps: [UInt64] = []

  /// Creates the table before anything took effect.
  package init(replicas: Int) { self.replicas = replicas }

  /// The last timestamp; 0 if nothing took effect, nil if nothing was noted of the client.
  package func last(of client: ClientID, at replica: ReplicaID) -> UInt64? {
    let index = client.index * replicas + replica.index
    return index < timestamps.count ? timestamps[index] : nil
  }

  /// Sets the last timestamp and returns the one before.
  @discardableResult
  package mutating func set(
    _ timestamp: UInt64, of client: ClientID, at replica: ReplicaID
  ) -> UInt64 {
    let index = client.index * replicas + replica.index
    while timestamps.count <= index {
      timestamps.append(contentsOf: repeatElement(0, count: replicas))
    }
    let last = timestamps[index]
    timestamps[index] = timestamp
    return last
  }

  /// Forgets what took effect at `replica`, whose state machine begins again.
  package mutating func forget(_ replica: ReplicaID) {
    for index in stride(from: replica.index, to: timestamps.count, by: replicas) {
      timestamps[index] = 0
    }
  }
}
