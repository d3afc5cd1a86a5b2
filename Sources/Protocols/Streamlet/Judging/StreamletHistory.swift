import ConsensusCore
import Invariants

/// What one replica voted for, has notarised and has final, with the invariants that it can break by
/// itself, each stated once.
///
/// The probe keeps one of each replica of a run, an exploration one in each local state.
package struct StreamletHistory: Hashable, Sendable {
  /// A block of a notarised chain.
  struct Notarised: Hashable, Sendable {
    var digest: Digest
    var parent: Digest
    var epoch: Epoch
    var height: UInt64
  }

  /// An invariant that a step breaks, and how.
  package typealias Problem = (invariant: InvariantID, detail: String)

  /// The epoch of the last vote, and how long the chain was that it extended; both survive a crash.
  private(set) var lastVoted = Epoch.zero
  private(set) var votedHeight: UInt64 = 0
  /// The notarised blocks that are not below the last two final ones, by digest.
  private(set) var notarised: [Notarised] = []
  /// The height of the longest notarised chain.
  private(set) var longest: UInt64 = 0
  /// The height of the last final block.
  package private(set) var final: UInt64 = 0

  /// Nothing done yet.
  package init() {}

  /// Forgets what a crash may take; the replica tells again what it has on disk.
  mutating func restart() {
    let old = self
    self = StreamletHistory()
    (lastVoted, votedHeight) = (old.lastVoted, old.votedHeight)
  }

  /// Judges a vote by S-2, S-4 and S-5, and enters it.
  package mutating func vote(
    in epoch: Epoch, by proposer: ReplicaID, above height: UInt64,
    _ configuration: StreamletConfiguration
  ) -> [Problem] {
    var problems: [Problem] = []
    if epoch <= lastVoted {
      problems.append((.s2, "votes in epoch \(epoch) after a vote in epoch \(lastVoted)"))
    }
    if height != longest || height < votedHeight {
      let longest = max(longest, votedHeight)
      problems.append((.s4, "votes above h\(height), with notarised chains up to h\(longest)"))
    }
    if proposer != configuration.leader(of: epoch) {
      let detail = "votes for a block of replica \(proposer), which does not lead epoch \(epoch)"
      problems.append((.s5, detail))
    }
    lastVoted = max(epoch, lastVoted)
    votedHeight = max(height, votedHeight)
    return problems
  }

  /// Judges the number of voters for a block by S-3.
  package static func problem(
    of voters: ReplicaSet, for digest: Digest, among replicas: Int
  ) -> Problem? {
    voters.count * 3 >= replicas * 2
      ? nil : (.s3, "takes \(digest) to be notarised by \(voters.count) of \(replicas)")
  }

  /// Enters a block of a notarised chain.
  package mutating func notarise(
    _ digest: Digest, parent: Digest, _ epoch: Epoch, height: UInt64
  ) {
    let place = notarised.firstIndex { $0.digest.value > digest.value } ?? notarised.count
    notarised.insert(
      Notarised(digest: digest, parent: parent, epoch: epoch, height: height), at: place)
    longest = max(longest, height)
  }

  /// Judges a final block by S-6, and enters it.
  package mutating func finalise(_ digest: Digest, height: UInt64) -> [Problem] {
    var problems: [Problem] = []
    if height != final + 1 { problems.append((.s6, "finalises h\(height) after h\(final)")) }
    if !isJustified(digest) {
      problems.append(
        (.s6, "finalises h\(height) without three notarised blocks of consecutive epochs"))
    }
    final = height
    notarised.removeAll { $0.height + 1 < height }
    return problems
  }

  /// Judges two final blocks at one height by S-1.
  package static func problem(
    ofFinal digest: Digest, and other: Digest, at height: UInt64
  ) -> Problem? {
    digest == other
      ? nil : (.s1, "finalises \(digest) at h\(height), where others have \(other)")
  }

  /// Judges the execution of a request by S-7, after the client's last one here.
  package static func problem(
    ofExecuting client: ClientID, timestamp: UInt64, after last: UInt64
  ) -> Problem? {
    timestamp > last ? nil : (.s7, "c\(client) t\(timestamp) took effect after t\(last)")
  }

  /// Whether the notarised blocks make a block final: it is the middle one of three of consecutive
  /// epochs, or below such a one.
  private func isJustified(_ digest: Digest) -> Bool {
    guard let block = notarised.last(where: { $0.digest == digest }) else { return false }
    for top in notarised.reversed() where top.height > block.height {
      guard let middle = notarised.last(where: { $0.digest == top.parent }),
        middle.epoch.next == top.epoch, epoch(of: middle.parent)?.next == middle.epoch
      else { continue }
      var below = middle
      while below.height > block.height,
        let next = notarised.last(where: { $0.digest == below.parent })
      { below = next }
      if below.digest == digest { return true }
    }
    return false
  }

  private func epoch(of digest: Digest) -> Epoch? {
    if digest == StreamletBlock.genesis.digest { return .zero }
    return notarised.last { $0.digest == digest }?.epoch
  }
}
