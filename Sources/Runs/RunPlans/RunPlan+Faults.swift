import ConsensusCore
import DiscreteEvents
import Faults
import Notation
import Simulator

extension RunPlan {
  /// One line of the fault schedule: who does what, when, to which messages.
  public struct Fault: Hashable, Sendable {
    /// How a further Byzantine member comes about.
    public enum Arrival: String, CaseIterable, Hashable, Sendable {
      /// An honest member turns.
      case convert
      /// A new member sneaks in.
      case join
    }

    /// Who.
    public var culprits: Culprits
    /// What.
    public var behaviour: Behaviour.Kind
    /// The values that go with the behaviour.
    public var details = Behaviour.Details()
    /// When.
    public var activation = Activation.always
    /// The names of the kinds of message concerned; all when empty.
    public var kinds: [String] = []
    /// The replicas towards which it misbehaves.
    public var recipients = RecipientFilter.everyone
    /// How often a copy is struck.
    public var probability = 1.0
    /// For arrivals: the time between two of them, as it is written.
    var arrivalRounds = RoundCount(1)
    /// For arrivals: how a further Byzantine member comes about.
    public var arrival = Arrival.convert

    /// A fault of some replicas, at all times.
    public init(_ culprits: Culprits, _ behaviour: Behaviour.Kind) {
      self.culprits = culprits
      self.behaviour = behaviour
    }

    /// Whether the culprits count as Byzantine.
    public var isByzantine: Bool { behaviour.agent != .outage }

    /// Whether the culprits are among the f that PBFT tolerates: a replica that forgot what it
    /// promised is as bad as one that lies.
    public var countsTowardBound: Bool {
      isByzantine || behaviour == .crash && details.disk == .lost
    }

    /// Whether a replica of another kind carries it out from the start of the run to its end.
    public var isStrategy: Bool { behaviour.agent == .replica }
  }

  /// The `faults`, as they are declared and written; ``readFaults(_:among:)`` reads them.
  static let faultList = Codec<[Fault]>(
    .list(of: .mapping(faultSection.spec), count: 0...FaultRule.atMost),
    read: { readFaults($0, among: MachineNames(replicas: 1)) },
    write: { .made($0.map(faultSection.node)) })

  /// Reads the `faults` of a group of these replicas.
  static func readFaults(_ reader: ValueReader, among names: MachineNames) -> [Fault] {
    reader.list { item in
      item.mapping { fault in
        var read = faultSection.read(fault)
        if let count = fault.optional("random-honest"), fault.isSound("random-honest"),
          count.integer() > names.replicas
        {
          count.error("there are only \(names.replicas) replicas")
        }
        if case .arrivals = read.culprits {
          read.culprits = .arrivals(everyRounds: read.arrivalRounds.count(among: names.replicas))
        } else if case .replicas = read.culprits, let nodes = fault.optional("nodes") {
          read.culprits = .replicas(names.replicas(nodes))
        }
        let recipients = names.replicas(fault["recipients"])
        read.recipients = RecipientFilter(
          replicas: recipients.isEmpty ? nil : ReplicaSet(recipients), clients: recipients.isEmpty)
        return read
      }
    }
  }

  /// Replicas by number, or the names of their groups.
  private static let replicaKind = ValueKind.either([.integer(0...255), .text])

  private static let faultSection = Section<Fault>(
    "fault", "One line of the fault schedule: who does what, when, to which messages.",
    initial: { Fault(.replicas([]), .silent) },
    fields: culpritFields + behaviourFields + activationFields + messageFields,
    rules: [.exactlyOne(["nodes", "random-honest", "arrivals-every"])]
  )
  .needing(.begins("from"))

  // MARK: Who

  private static let culpritFields: [Field<Fault>] = [
    Field(
      .optional(
        "nodes", .list(of: replicaKind, count: 1...256), "The replicas, by number or group."),
      read: { reader, fault in
        if let count = reader.optional("random-honest") {
          fault.culprits = .random(count: count.integer())
        } else if let every = reader.optional("arrivals-every") {
          fault.arrivalRounds = every.rounds(allowsNone: false) ?? RoundCount(1)
          fault.culprits = .arrivals(everyRounds: fault.arrivalRounds.number)
        } else {
          fault.culprits = .replicas([])
        }
      },
      write: { fault in
        guard case .replicas(let named) = fault.culprits else { return nil }
        return .made(named.map { .made("\($0.index)") })
      }),
    Field(
      .optional(
        "random-honest", .integer(1...256), "So many replicas that no other rule names, drawn."),
      read: { _, _ in },
      write: { if case .random(let count) = $0.culprits { .made("\(count)") } else { nil } }),
    Field(
      .optional(
        "arrivals-every", .text,
        "One more honest member, drawn, each so many rounds: `12`, or `4 n` for 4 times n."),
      read: { _, _ in },
      write: { if case .arrivals = $0.culprits { .made($0.arrivalRounds.text) } else { nil } }),
    .field(
      "arrival",
      .choice([
        (.convert, "convert", "An honest member turns."),
        (.join, "join", "A new member sneaks in; model slots only."),
      ]), default: "convert", \.arrival,
      "For `arrivals-every`: how a further Byzantine member comes about."
    )
    .needing(.with("arrivals-every")),
  ]

  // MARK: What

  private static let behaviourFields: [Field<Fault>] = [
    Field(
      .required(
        "behaviour", .choice(Behaviour.Kind.allCases.map { .init($0.rawValue, $0.meaning) }),
        "What they do."),
      read: { $1.behaviour = $0["behaviour"].choice(Behaviour.Kind.self) },
      write: { .made($0.behaviour.rawValue) }),
    detail(
      .delay, .distribution, "For `delay`: how long each copy is held back.",
      read: { $1.law = Distribution($0) }, write: { $0.law?.node }),
    detail(
      .by, .duration,
      "For `slow`: how long every copy is held back, for `reorder` at most; for `pause`: its length.",
      read: { $1.span = $0.duration() },
      write: { $0.span.map { .made(Codec.duration(), $0) } }),
    detail(
      .hiddenBlocks, .integer(1...1_000_000),
      "For `withhold`: how many blocks are kept back before they are shown; 6 if left out.",
      read: { $1.hiddenBlocks = $0.integer() }, write: { .made("\($0.hiddenBlocks)") }),
    detail(
      .copies, .integer(1...100), "For `duplicate`: further copies of each message.",
      read: { $1.copies = $0.integer() }, write: { .made("\($0.copies)") }),
    detail(
      .downFor, .duration, "For `crash`: when the node comes back; never if left out.",
      read: { $1.span = $0.duration() },
      write: { $0.span.map { .made(Codec.duration(), $0) } }),
    detail(
      .disk,
      .choice([
        .init("kept", "The node remembers."), .init("lost", "It forgot all."),
        .init("torn", "The power fails at a write, in the middle of a job."),
        .init("unsynced", "What it wrote since it last sent a message is lost."),
      ]), "For `crash`: what is left on the node's disk.",
      read: { $1.disk = Disk.named[$0.choice()] ?? .kept }, write: { $0.disk.node }),
    detail(
      .afterWrites, .integer(0...1_000_000),
      "For `crash` with `disk: torn`: writes that succeed before the one that does not; 0 if left "
        + "out.", where: { $0.disk.isTorn },
      read: { $1.disk = .torn(afterWrites: $0.integer()) },
      write: { if case .torn(let writes) = $0.disk { .made("\(writes)") } else { nil } }),
  ]

  /// A key that goes with the behaviours which name it.
  private static func detail(
    _ detail: Behaviour.Kind.Detail, _ kind: ValueKind, _ doc: String,
    where isMeant: @escaping @Sendable (Behaviour.Details) -> Bool = { _ in true },
    read: @escaping @Sendable (ValueReader, inout Behaviour.Details) -> Void,
    write: @escaping @Sendable (Behaviour.Details) -> YAMLNode?
  ) -> Field<Fault> {
    Field(
      .optional(detail.rawValue, kind, doc),
      read: { reader, fault in
        guard fault.behaviour.details.contains(detail), isMeant(fault.details) else { return }
        if let value = reader.optional(detail.rawValue) {
          read(value, &fault.details)
        } else if detail.isNeeded {
          reader.error(
            "the behaviour '\(fault.behaviour.rawValue)' needs '\(detail.rawValue)'",
            at: "behaviour")
        }
      },
      write: { $0.behaviour.details.contains(detail) ? write($0.details) : nil })
  }

  // MARK: When

  private static let activationFields: [Field<Fault>] = [
    Field(
      .key("from", .duration, default: "0 s", "The first instant.").needing(.begun),
      read: { reader, fault in
        fault.activation.from = .zero + reader["from"].duration()
        if let until = reader.optional("until")?.duration() {
          fault.activation.until = .zero + until
          if fault.activation.until <= fault.activation.from {
            reader.error("'until' is not after 'from'", at: "until")
          }
        }
      },
      write: { $0.began ? .made(Codec.instant, $0.activation.from) : nil }),
    Field(
      .optional("until", .duration, "The first instant after it.").needing(.begun),
      read: { _, _ in },
      write: {
        $0.isStrategy || $0.activation.until == .distantFuture
          ? nil : .made(Codec.instant, $0.activation.until)
      }),
    Field(
      .key("after-rounds", .integer(0...1_000_000_000), default: "0", "Decided heights before it.")
        .needing(.begun),
      read: { $1.activation.afterRounds = $0["after-rounds"].integer() },
      write: {
        $0.isStrategy || $0.activation.afterRounds == 0
          ? nil : .made("\($0.activation.afterRounds)")
      }),
    Field(
      .optional(
        "views", .list(of: .integer(0...NumberText.largest), count: 2...2), "First and last view."
      )
      .needing(.begun),
      read: { reader, fault in
        fault.activation.views = reader.range("views").map {
          UInt64($0.lowerBound)...UInt64($0.upperBound)
        }
      },
      write: { fault in
        fault.isStrategy ? nil : fault.activation.views.map { .made(range: $0) }
      }),
    Field(
      .optional("tests", .list(of: .integer(1...1_000_000), count: 2...2), "First and last test.")
        .needing(.begun),
      read: { $1.activation.tests = $0.range("tests") },
      write: { fault in
        fault.isStrategy ? nil : fault.activation.tests.map { .made(range: $0) }
      }),
    Field(
      .key("as-primary", .flag, default: "false", "Only while the node leads.").needing(.begun),
      read: { $1.activation.asPrimary = $0["as-primary"].flag() },
      write: { !$0.isStrategy && $0.activation.asPrimary ? .made("true") : nil }),
    Field(
      .key(
        "alternate", .flag, default: "false", "Only in its first, third, fifth ... turn as leader."
      )
      .needing(.begun),
      read: { $1.activation.alternateTurns = $0["alternate"].flag() },
      write: { !$0.isStrategy && $0.activation.alternateTurns ? .made("true") : nil }),
  ]

  // MARK: To which messages

  private static let messageFields: [Field<Fault>] = [
    Field(
      .key(
        "messages", .list(of: .text), default: "[]",
        "The kinds of message concerned, such as `pre-prepare`; all when empty."
      )
      .needing(.kinds),
      read: { reader, fault in
        var named: Set<String> = []
        fault.kinds = reader["messages"].list { item in
          let kind = item.text()
          if !named.insert(kind).inserted { item.error("the kind '\(kind)' is listed twice") }
          return kind
        }
      },
      write: { fault in
        let heeds =
          fault.behaviour.agent == .rule
          || fault.behaviour.agent == .outage && fault.activation.messages != nil
        return heeds && !fault.kinds.isEmpty ? .made(fault.kinds.map { .made($0) }) : nil
      }),
    Field(
      .optional(
        "sent", .list(of: .integer(1...1_000_000_000), count: 2...2),
        "First and last of those messages, as the node sends them; a crash comes after the first."
      )
      .needing(.begun),
      read: { $1.activation.messages = $0.range("sent") },
      write: { fault in
        fault.isStrategy ? nil : fault.activation.messages.map { .made(range: $0) }
      }),
    Field(
      .key(
        "recipients", .list(of: replicaKind), default: "[]",
        "The replicas towards which it misbehaves, by number or group; all when empty."
      )
      .needing(.recipients),
      read: { _, _ in },
      write: { fault in
        guard fault.behaviour.agent == .rule || fault.behaviour == .twins else { return nil }
        return fault.recipients.replicas.map { .made($0.members.map { .made("\($0.index)") }) }
      }),
    Field(
      .key("probability", .probability, default: "1", "How often a copy is struck.")
        .needing(.copies),
      read: { $1.probability = $0["probability"].probability() },
      write: {
        $0.behaviour.agent == .rule && $0.probability < 1
          ? .made(decimalText($0.probability)) : nil
      }),
  ]
}

extension RunPlan.Fault {
  fileprivate var began: Bool { !isStrategy && activation.from > .zero }
}

extension Disk {
  /// The disks by their words in scenarios.
  fileprivate static let named: [String: Disk] = [
    "kept": .kept, "lost": .lost, "torn": .torn(afterWrites: 0), "unsynced": .unsynced,
  ]

  fileprivate var isTorn: Bool { if case .torn = self { true } else { false } }

  fileprivate var node: YAMLNode? {
    switch self {
    case .kept: nil
    case .lost: .made("lost")
    case .torn: .made("torn")
    case .unsynced: .made("unsynced")
    }
  }
}

extension MappingReader {
  /// First and last of something; nil if the key is not written.
  fileprivate func range(_ key: String) -> ClosedRange<Int>? {
    guard let bounds = optional(key)?.list({ $0.integer() }), bounds.count == 2 else { return nil }
    if bounds[1] < bounds[0] { error("the last is before the first", at: key) }
    return min(bounds[0], bounds[1])...max(bounds[0], bounds[1])
  }
}
