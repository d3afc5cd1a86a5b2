import DiscreteEvents
import Simulator

extension Behaviour {
  /// What a faulty node does, by the name that scenarios, findings and reports give it.
  ///
  /// A new behaviour is a case here and its row below, which names its deed.
  public enum Kind: String, CaseIterable, Sendable {
    case silent
    case delay
    case slow
    case reorder
    case tamper
    case wrongDigest = "wrong-digest"
    case badSignature = "bad-signature"
    case impersonate
    case equivocate
    case twins
    case staleView = "stale-view"
    case futureView = "future-view"
    case inventedCertificate = "invented-certificate"
    case duplicate
    case replay
    case mutate
    case invent
    case hold
    case crash
    case pause
    case emptyBlocks = "empty-blocks"
    case oversizedBlocks = "oversized-blocks"
    case withhold
    case selfish
    case invalidBlocks = "invalid-blocks"
  }
}

extension Behaviour.Kind {
  /// How much harm a behaviour may do.
  public enum Harm: Sendable {
    /// It leaves out, repeats or comes late. A miner of empty blocks does no more: its blocks are valid and
    /// extend the longest chain, so that no invariant is at stake.
    case omission
    /// It says something false, or two things at once.
    case lie
    /// Half of the hash power could turn it against everybody: blocks that are invalid, or valid ones that are
    /// kept back to orphan others'.
    case attackOnChain
  }

  /// Who or what carries a behaviour out.
  public enum Agent: Sendable {
    /// A rule that strikes copies of messages.
    case rule
    /// A rule that stops the node.
    case outage
    /// A replica of another kind, from the start of the run to its end.
    case replica
  }

  /// Whose behaviour it may be.
  public enum Subject: Sendable {
    case everybody
    /// Protocols whose replicas can run twice under one identity.
    case twinned
    case miners
  }

  private struct Row {
    let meaning: String
    let seen: String
    let harm: Harm
    let agent: Agent
    let subject: Subject
    let details: [Detail]
    let deed: Deed

    init(
      _ meaning: String, seen: String, _ harm: Harm = .omission, by agent: Agent = .rule,
      of subject: Subject = .everybody, with details: [Detail] = [], _ act: @escaping Deed.Act
    ) {
      (self.meaning, self.seen, self.harm) = (meaning, seen, harm)
      (self.agent, self.subject) = (agent, subject)
      (self.details, self.deed) = (details, .act(act))
    }

    /// A miner's strategy; the rule of the simulator only says that the miner is Byzantine.
    init(
      _ meaning: String, seen: String, _ harm: Harm = .omission, with details: [Detail] = [],
      strategy: @escaping Deed.Strategy
    ) {
      (self.meaning, self.seen, self.harm) = (meaning, seen, harm)
      (agent, subject) = (.replica, .miners)
      (self.details, deed) = (details, .strategy(strategy))
    }
  }

  /// What carries a behaviour out.
  private enum Deed {
    typealias Act = (Behaviour.Details) -> Behaviour
    typealias Strategy = (Behaviour.Details) -> MiningStrategy

    case act(Act)
    case strategy(Strategy)
  }

  private var row: Row {
    switch self {
    case .silent: Row("Suppresses the messages concerned.", seen: "sends nothing") { _ in .silent }
    case .delay:
      Row("Holds each copy back for a drawn time.", seen: "holds messages back", with: [.delay]) {
        .delay($0.law ?? .constant(.zero))
      }
    case .slow:
      Row(
        "Holds every copy back for the same time, such as just under the time-out.",
        seen: "holds messages back", with: [.by]
      ) { .slow(by: $0.span ?? .zero) }
    case .reorder:
      Row(
        "Holds each copy back for a time up to `by`, so that copies overtake each other.",
        seen: "mixes up the order of its messages", with: [.by]
      ) { .delay(.uniform(from: .zero, to: $0.span ?? .zero)) }
    case .tamper:
      Row(
        "Alters contents and signs them; a Raft leader acknowledges without replicating.",
        seen: "alters contents and signs them", .lie
      ) { _ in .tamper }
    case .wrongDigest:
      Row("Alters digests.", seen: "alters digests", .lie) { _ in .forge(.wrongDigest) }
    case .badSignature:
      Row("Spoils signatures.", seen: "spoils its signatures", .lie) { _ in .forge(.badSignature) }
    case .impersonate:
      Row("Claims another sender.", seen: "claims to be another", .lie) { _ in .forge(.impersonate)
      }
    case .equivocate:
      Row(
        "Tells one half of the recipients something else.",
        seen: "tells one half something else", .lie
      ) { _ in .equivocate }
    case .twins:
      Row(
        "Runs twice under one identity, one copy for `recipients`, one for the rest; not Raft, not PoW.",
        seen: "runs twice under one identity", .lie, by: .replica, of: .twinned
      ) { _ in .silent }
    case .staleView:
      Row("Claims a view that is over.", seen: "claims a view that is over", .lie) { _ in
        .forge(.staleView)
      }
    case .futureView:
      Row("Claims a view that has not begun.", seen: "claims a view that has not begun", .lie) {
        _ in .forge(.futureView)
      }
    case .inventedCertificate:
      Row(
        "Carries certificates that nobody signed.",
        seen: "shows certificates that nobody signed", .lie
      ) { _ in .forge(.inventedCertificate) }
    case .duplicate:
      Row("Sends each copy several times.", seen: "sends further copies", with: [.copies]) {
        .duplicate(copies: $0.copies)
      }
    case .replay:
      Row("Sends old messages again.", seen: "sends old messages again") { _ in .replay }
    case .mutate:
      Row(
        "Changes one field of each message and signs it again.",
        seen: "changes a field of each message and signs it", .lie
      ) { _ in .mutate }
    case .invent:
      Row("Sends messages of its own making besides.", seen: "makes messages up", .lie) { _ in
        .invent
      }
    case .hold:
      Row("Leaves clients' requests unanswered.", seen: "leaves requests unanswered") { _ in .hold }
    case .crash:
      Row(
        "Stops, for a while or for good.", seen: "crashes", by: .outage,
        with: [.downFor, .disk, .afterWrites]
      ) { .crash(downFor: $0.span, disk: $0.disk) }
    case .pause:
      Row(
        "Does nothing for a while and loses nothing.", seen: "stands still", by: .outage,
        with: [.by]
      ) { .pause($0.span ?? .zero) }
    case .emptyBlocks:
      Row(
        "PoW: mines blocks without transactions.", seen: "mines empty blocks",
        strategy: { _ in .emptyBlocks })
    case .oversizedBlocks:
      Row(
        "PoW: mines blocks with more transactions than fit.", seen: "mines oversized blocks",
        .attackOnChain, strategy: { _ in .oversizedBlocks })
    case .withhold:
      Row(
        "PoW: keeps its blocks back until it has several.", seen: "withholds blocks",
        .attackOnChain, with: [.hiddenBlocks], strategy: { .withhold(blocks: $0.hiddenBlocks) })
    case .selfish:
      Row(
        "PoW: publishes its blocks when that orphans others' (Eyal and Sirer).",
        seen: "mines selfishly", .attackOnChain, strategy: { _ in .selfish })
    case .invalidBlocks:
      Row(
        "PoW: alters the transactions of its blocks, which others reject.",
        seen: "mines invalid blocks", .attackOnChain, of: .miners
      ) { _ in .tamper }
    }
  }

  /// What it means, for the table of keys and the schema.
  public var meaning: String { row.meaning }
  /// What it looks like to somebody who watches, as a verb without its parameters.
  public var seen: String { row.seen }
  /// How much harm it may do.
  public var harm: Harm { row.harm }
  /// Who or what carries it out.
  public var agent: Agent { row.agent }
  /// Whose behaviour it may be.
  public var subject: Subject { row.subject }
  /// The values that go with the behaviour.
  public var details: [Detail] { row.details }

  /// What the simulator's rule does.
  public func act(_ details: Behaviour.Details) -> Behaviour {
    switch row.deed {
    case .act(let act): act(details)
    case .strategy: .silent
    }
  }

  /// The strategy of a miner, if a replica of that kind carries the behaviour out.
  public func strategy(_ details: Behaviour.Details) -> MiningStrategy? {
    switch row.deed {
    case .act: nil
    case .strategy(let strategy): strategy(details)
    }
  }
}

extension Behaviour {
  /// The values that go with some kinds of behaviour.
  public struct Details: Hashable, Sendable {
    /// How long each copy is held back.
    public var law: Distribution?
    /// How long every copy is held back, or the node does nothing; nil for good.
    public var span: VirtualDuration?
    /// Further copies of each message.
    public var copies = 1
    /// The blocks that are kept back before they are shown.
    public var hiddenBlocks = 6
    /// What is left on the disk.
    public var disk = Disk.kept

    /// What a scenario that says nothing more means.
    public init() {}
  }
}

extension Behaviour.Kind {
  /// A value that goes with some behaviours, by its key in scenarios.
  public enum Detail: String, Sendable {
    case delay
    case by
    case copies
    case hiddenBlocks = "hidden-blocks"
    case downFor = "down-for"
    case disk
    case afterWrites = "after-writes"

    /// Whether a behaviour means nothing without it.
    public var isNeeded: Bool { self == .delay || self == .by }
  }
}

extension Behaviour {
  /// The name of this behaviour, without its parameters.
  public var kind: Kind {
    switch self {
    case .silent: .silent
    case .delay: .delay
    case .slow: .slow
    case .forge(let forgery): forgery.kind
    case .duplicate: .duplicate
    case .replay: .replay
    case .mutate: .mutate
    case .invent: .invent
    case .hold: .hold
    case .crash: .crash
    case .pause: .pause
    }
  }
}

extension Forgery {
  /// The name of the behaviour that makes such messages.
  public var kind: Behaviour.Kind {
    switch self {
    case .tamper: .tamper
    case .wrongDigest: .wrongDigest
    case .badSignature: .badSignature
    case .impersonate: .impersonate
    case .equivocate: .equivocate
    case .staleView: .staleView
    case .futureView: .futureView
    case .inventedCertificate: .inventedCertificate
    }
  }
}
