import ConsensusCore
import DiscreteEvents
import Simulator

/// Who runs twice, and how the network is divided between the twins.
public struct TwinConfiguration<R: Replica>: Sendable {
  /// The protocol's parameters.
  public var base: R.Configuration
  /// The replicas that run twice under one identity.
  public var twins: ReplicaSet
  /// The replicas that talk with the first copy of every twin; the others talk with the second.
  public var left: ReplicaSet

  /// Creates a division.
  public init(base: R.Configuration, twins: ReplicaSet, left: ReplicaSet) {
    self.base = base
    self.twins = twins
    self.left = left
  }
}

/// Two copies of the unmodified code under one identity, each facing a part of the network: a
/// Byzantine replica that equivocates in everything, and colludes with other twins without a plan
/// (Bano et al., "Twins: BFT systems made robust").
///
/// Clients with even numbers reach the first copy, others the second, so that the copies have
/// different things to say. A replica that is no twin is its copy ``first`` alone.
///
/// It counts as Byzantine only if a fault rule says so; one with probability 0 is enough.
/// Assumption: work is free here, since a forger's processor is nobody's concern.
public struct TwinReplica<R: Replica>: Replica {
  /// Parameters.
  public typealias Configuration = TwinConfiguration<R>
  /// Messages, with the copy of the sender.
  public typealias Message = TwinMessage<R.Message>
  /// Timers of either copy.
  public typealias Timer = TwinTimer<R.Timer>
  /// Two disks.
  public typealias Durable = TwinDurable<R.Durable>
  /// What either copy does.
  public typealias Observation = R.Observation

  private let id: ReplicaID
  private let configuration: Configuration
  /// Whom the copies talk to: their part of the network, and the twins.
  private let firstAudience: ReplicaSet
  private let secondAudience: ReplicaSet
  private var first: R
  private var second: R

  /// Creates replica `id`; it acts only when stepped.
  public init(
    id: ReplicaID, configuration: Configuration, signer: Signer, verifier: Verifier, seed: Seed
  ) {
    self.id = id
    self.configuration = configuration
    firstAudience = Self.audience(of: .first, at: id, configuration)
    secondAudience = Self.audience(of: .second, at: id, configuration)
    first = R(
      id: id, configuration: configuration.base, signer: signer, verifier: verifier, seed: seed)
    second = first
  }

  /// The first copy's.
  public var standing: Standing { first.standing }

  /// That of the copy that stands for both.
  public var unfinished: Int { first.unfinished }

  /// That of the same copy.
  public var isAgreeing: Bool { first.isAgreeing }

  /// As the honest code.
  public static var comesToRest: Bool { R.comesToRest }

  private var isTwin: Bool { configuration.twins.contains(id) }

  /// Handles one input by the copy that it reaches, or by both.
  public mutating func step(
    _ input: Input<Self>, at now: VirtualTime, into effects: inout Effects<Self>
  ) {
    for side in TwinSide.allCases where side == .first || isTwin {
      guard let own = self.input(input, of: side) else { continue }
      var inner = Effects<R>(replicas: ReplicaSet.capacity, costs: .free)
      inner.begin(for: id)
      if side == .first {
        first.step(own, at: now, into: &inner)
      } else {
        second.step(own, at: now, into: &inner)
      }
      passOn(&inner, of: side, into: &effects)
    }
  }

  private static func audience(
    of side: TwinSide, at id: ReplicaID, _ configuration: Configuration
  ) -> ReplicaSet {
    var set = configuration.twins
    for index in 0..<ReplicaSet.capacity {
      let replica = ReplicaID(index)
      if configuration.left.contains(replica) == (side == .first) { set.insert(replica) }
    }
    set.remove(id)
    return set
  }

  /// What an input is for one copy; nil when it does not reach it.
  private func input(_ input: Input<Self>, of side: TwinSide) -> Input<R>? {
    switch input {
    case .start: .start
    case .command(let command): .command(command)
    case .restarted(let durable): .restarted(side == .first ? durable.first : durable.second)
    case .timeout(let timer): timer.side == side ? .timeout(timer.timer) : nil
    case .message(let message, let sender):
      !isTwin || self.side(of: sender, message.side) == side
        ? .message(message.message, from: sender) : nil
    }
  }

  /// The copy that a sender talks with.
  private func side(of sender: Endpoint, _ claimed: TwinSide) -> TwinSide {
    guard let replica = sender.replica else { return sender.word & 1 == 1 ? .first : .second }
    if configuration.twins.contains(replica) { return claimed }
    return configuration.left.contains(replica) ? .first : .second
  }

  /// Turns one copy's effects into this replica's.
  private func passOn(
    _ inner: inout Effects<R>, of side: TwinSide, into effects: inout Effects<Self>
  ) {
    while let record = inner.takeRecord() {
      effects.persist(TwinRecord(side: side, record: record))
    }
    while let observation = inner.takeObservation() { effects.observe(observation) }
    while let change = inner.takeTimer() {
      let timer = TwinTimer(timer: change.timer, side: side)
      if let duration = change.duration {
        effects.setTimer(timer, after: duration, of: change.countsTicks ? inner.clock : nil)
      } else {
        effects.cancelTimer(timer)
      }
    }
    let audience = side == .first ? firstAudience : secondAudience
    while let send = inner.takeSend() {
      let message = TwinMessage(message: send.message, side: side)
      guard isTwin else {
        effects.send(message, to: send.recipients)
        continue
      }
      switch send.recipients {
      case .others: effects.send(message, to: .members(audience))
      case .members(let members):
        effects.send(message, to: .members(members.intersection(audience)))
      case .one(let endpoint):
        guard let replica = endpoint.replica else {
          effects.send(message, to: .one(endpoint))
          continue
        }
        if audience.contains(replica) { effects.send(message, to: .one(endpoint)) }
      }
    }
  }
}

/// Twins need no forging: what they say is signed and meant.
extension TwinReplica: Forgeable {}

/// One of two copies.
public enum TwinSide: UInt8, CaseIterable, Hashable, Sendable {
  /// The copy that the left part of the network talks with; replicas that are no twins are theirs.
  case first
  /// The other copy.
  case second
}

/// A message with the copy that sent it, by which only twins tell each other's copies apart.
public struct TwinMessage<Inner: ConsensusMessage>: ConsensusMessage {
  /// The message.
  public var message: Inner
  /// The copy that sent it.
  public var side: TwinSide

  /// The names of the kinds.
  public static var kindNames: [String] { Inner.kindNames }
  /// The position of the kind.
  public var kind: UInt8 { message.kind }
  /// A hash of the content; the copy is not part of it.
  public var fingerprint: UInt64 { message.fingerprint }
  /// The size on the wire.
  public func size(_ sizes: MessageSizes) -> ByteCount { message.size(sizes) }
  /// The requests that it carries.
  public var requestCount: Int { message.requestCount }
  /// Wraps a client's request.
  public static func request(_ request: Request) -> Self {
    TwinMessage(message: .request(request), side: .first)
  }
  /// The reply to a client, if this is one.
  public var reply: Reply? { message.reply }
  /// One line of text.
  public var summary: String { message.summary }
}

/// A timer of one copy.
public struct TwinTimer<Inner: TimerName>: TimerName {
  /// The timer.
  public var timer: Inner
  /// Whose it is.
  public var side: TwinSide

  init(timer: Inner, side: TwinSide) {
    self.timer = timer
    self.side = side
  }

  /// The timer with this number; the second copy's follow the first's.
  public init?(rawValue: UInt8) {
    guard let timer = Inner(rawValue: rawValue / 2), let side = TwinSide(rawValue: rawValue % 2)
    else { return nil }
    self.init(timer: timer, side: side)
  }

  /// Twice the timer's number, plus one for the second copy.
  public var rawValue: UInt8 { timer.rawValue * 2 + side.rawValue }

  /// The timers of both copies.
  public static var allCases: [TwinTimer] {
    Inner.allCases.flatMap { timer in
      TwinSide.allCases.map { TwinTimer(timer: timer, side: $0) }
    }
  }
}

/// One write of one copy.
public struct TwinRecord<Record: Sendable>: Sendable {
  var side: TwinSide
  var record: Record
}

/// The disks of both copies.
public struct TwinDurable<Inner: DurableState>: DurableState {
  var first = Inner()
  var second = Inner()

  /// Two empty disks.
  public init() {}

  /// Writes on one of them.
  public mutating func apply(_ record: TwinRecord<Inner.Record>) {
    if record.side == .first {
      first.apply(record.record)
    } else {
      second.apply(record.record)
    }
  }
}
