import ConsensusCore
import DiscreteEvents
import Simulator
import TestSupport
import Testing

@testable import Invariants
@testable import Streamlet

/// Hand-made observations of four replicas, of which the judge is told.
struct Stream {
  var judge: StreamletInvariants

  init(calm: Bool = false) {
    judge = StreamletInvariants(
      parameters(4),
      assumptions: RunAssumptions(isCalm: calm, endsSettled: false, replyQuorum: 2))
  }

  mutating func tell(_ observation: StreamletObservation, by replica: Int = 0) {
    judge.observe(observation, by: ReplicaID(replica), at: at(1))
  }

  /// A sound vote of each of three replicas, and the block notarised at one.
  mutating func notarise(
    _ digest: UInt64, on parent: Digest = StreamletBlock.genesis.digest, epoch: UInt64,
    height: UInt64, at replica: Int = 0
  ) {
    for voter in 1...3 {
      let leader = parameters(4).leader(of: Epoch(epoch))
      tell(
        .voted(Epoch(epoch), Digest(digest), proposer: leader, parentHeight: height - 1),
        by: voter)
    }
    for voter in 1...3 where voter != replica {
      tell(Self.certified(digest, on: parent, epoch: epoch, height: height), by: voter)
    }
    tell(Self.certified(digest, on: parent, epoch: epoch, height: height), by: replica)
  }

  static func certified(
    _ digest: UInt64, on parent: Digest, epoch: UInt64, height: UInt64,
    voters: [Int] = [1, 2, 3]
  ) -> StreamletObservation {
    .notarised(
      Digest(digest), parent: parent, Epoch(epoch), height: height,
      voters: ReplicaSet(voters.map { ReplicaID($0) }))
  }

  static func final(_ digest: UInt64, epoch: UInt64, height: UInt64) -> StreamletObservation {
    .finalised(Digest(digest), Epoch(epoch), height: height, transactions: 0)
  }

  var broken: Set<InvariantID> { Set(judge.violations.map(\.invariant)) }
}

@Suite("Each invariant of Streamlet fires on a stream that breaks it, and on no other")
struct StreamletStreamTests {
  /// Two notarised blocks, of which the first is final.
  static func sound() -> Stream {
    var stream = Stream()
    stream.notarise(11, epoch: 1, height: 1)
    stream.notarise(12, on: Digest(11), epoch: 2, height: 2)
    stream.tell(Stream.final(11, epoch: 1, height: 1))
    return stream
  }

  @Test("A sound stream breaks nothing")
  func nothing() { #expect(Self.sound().broken == []) }

  @Test("S-1: another final block at one height")
  func consistency() {
    var stream = Self.sound()
    stream.notarise(21, epoch: 5, height: 1, at: 1)
    let votes = stream.judge.violations.count
    stream.notarise(22, on: Digest(21), epoch: 6, height: 2, at: 1)
    stream.notarise(23, on: Digest(22), epoch: 7, height: 3, at: 1)
    stream.tell(Stream.final(21, epoch: 5, height: 1), by: 1)
    #expect(votes > 0, "votes for a shorter chain")
    #expect(stream.broken == [.s1, .s4])
  }

  @Test("S-2: two votes in an epoch, restarts included")
  func votes() {
    for restarts in [false, true] {
      var stream = Self.sound()
      stream.judge.changed(ReplicaID(0), to: .crashed, at: at(1))
      if restarts { stream.judge.changed(ReplicaID(0), to: .restarted, at: at(1)) }
      stream.tell(Stream.certified(12, on: Digest(11), epoch: 2, height: 2))
      let leader = ReplicaID(3)
      stream.tell(.voted(Epoch(3), Digest(31), proposer: leader, parentHeight: 2))
      #expect(stream.broken == [])
      stream.tell(.voted(Epoch(3), Digest(32), proposer: leader, parentHeight: 2))
      #expect(stream.broken == [.s2])
    }
  }

  @Test("S-3: too few voters, or a vote that was not cast")
  func notarisation() {
    var few = Self.sound()
    few.tell(Stream.certified(11, on: Digest(0), epoch: 1, height: 1, voters: [1, 2]))
    #expect(few.broken == [.s3])
    var invented = Self.sound()
    invented.tell(Stream.certified(11, on: Digest(0), epoch: 1, height: 1, voters: [0, 1, 2]))
    #expect(invented.broken == [.s3])
    var liar = Self.sound()
    liar.judge.changed(ReplicaID(0), to: .lying, at: at(1))
    liar.tell(
      Stream.certified(11, on: Digest(0), epoch: 1, height: 1, voters: [0, 1, 2]), by: 1)
    #expect(liar.broken == [], "a liar's vote need not be told")
  }

  @Test("S-4: a vote for a shorter chain, also by a replica that came back without its chain")
  func longestChain() {
    var stream = Self.sound()
    stream.tell(.voted(Epoch(3), Digest(31), proposer: ReplicaID(3), parentHeight: 1))
    #expect(stream.broken == [.s4])
    var restarted = Self.sound()
    restarted.tell(.voted(Epoch(3), Digest(31), proposer: ReplicaID(3), parentHeight: 2))
    restarted.judge.changed(ReplicaID(0), to: .restarted, at: at(1))
    restarted.tell(.voted(Epoch(4), Digest(41), proposer: ReplicaID(0), parentHeight: 0))
    #expect(restarted.broken == [.s4])
  }

  @Test("S-5: a vote for a block of another replica than the leader")
  func leader() {
    var stream = Self.sound()
    stream.tell(.voted(Epoch(3), Digest(31), proposer: ReplicaID(2), parentHeight: 2))
    #expect(stream.broken == [.s5])
  }

  @Test("S-6: a final block out of order, or without three of consecutive epochs")
  func finality() {
    var gap = Self.sound()
    gap.notarise(13, on: Digest(12), epoch: 3, height: 3)
    gap.notarise(14, on: Digest(13), epoch: 4, height: 4)
    gap.tell(Stream.final(13, epoch: 3, height: 3))
    #expect(gap.broken == [.s6])
    var unjustified = Self.sound()
    unjustified.tell(Stream.final(12, epoch: 2, height: 2))
    #expect(unjustified.broken == [.s6])
    var apart = Self.sound()
    apart.notarise(14, on: Digest(12), epoch: 4, height: 3)
    apart.tell(Stream.final(12, epoch: 2, height: 2))
    #expect(apart.broken == [.s6])
    var prefix = Stream()
    prefix.notarise(11, epoch: 1, height: 1)
    prefix.notarise(13, on: Digest(11), epoch: 3, height: 2)
    prefix.notarise(14, on: Digest(13), epoch: 4, height: 3)
    prefix.notarise(15, on: Digest(14), epoch: 5, height: 4)
    for (height, digest) in [(1, 11), (2, 13), (3, 14)] as [(UInt64, UInt64)] {
      prefix.tell(Stream.final(digest, epoch: digest - 10, height: height))
    }
    #expect(prefix.broken == [])
  }

  @Test("S-7: a request that takes effect twice, and an answer that nobody computed")
  func requests() {
    let group = quiet()
    let request = group.request(0, 1)
    var twice = Self.sound()
    twice.judge.clientIssued(request, at: at(1))
    for _ in 1...2 {
      twice.tell(.executed(client: request.client, timestamp: 1, result: request.result))
    }
    #expect(twice.broken == [.s7])
    var bogus = Self.sound()
    bogus.judge.clientIssued(request, at: at(1))
    bogus.judge.clientAccepted(request, result: Digest(5), issued: at(1), at: at(2))
    #expect(bogus.broken == [.s7])
  }

  @Test("SL-1: five honest epochs without a new final block", arguments: [true, false])
  func liveness(calm: Bool) {
    var stream = Stream(calm: calm)
    for epoch in UInt64(1)...6 {
      #expect(stream.broken == [])
      stream.tell(.enteredEpoch(Epoch(epoch), leads: false))
      stream.tell(.proposed(Epoch(epoch), Digest(epoch)), by: Int(epoch % 4))
    }
    #expect(stream.broken == (calm ? [.sl1] : []))
    var silent = Stream(calm: calm)
    for epoch in UInt64(1)...6 {
      silent.tell(.enteredEpoch(Epoch(epoch), leads: false))
      if epoch != 3 { silent.tell(.proposed(Epoch(epoch), Digest(epoch)), by: Int(epoch % 4)) }
    }
    #expect(silent.broken == [], "a leader was silent")
  }

  @Test("What the catalogue says is watched is watched, and each name stands once")
  func catalogue() {
    let names = StreamletCatalog.all.map(\.id)
    #expect(Set(names).count == names.count)
    #expect(names == [.s1, .s2, .s3, .s4, .s5, .s6, .s7, .sl1, .sl2])
    #expect(StreamletSubject.traits.catalog.map(\.id) == names)
  }
}
