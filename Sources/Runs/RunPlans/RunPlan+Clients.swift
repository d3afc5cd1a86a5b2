import ConsensusCore
import DiscreteEvents
import Notation
import Simulator

extension RunPlan {
  /// A client machine; what is nil follows from the protocol.
  public struct Client: Hashable, Sendable {
    /// The name of its group; nil for that of everybody.
    public var group: String?
    /// Where its requests come from.
    public var load = ClientModel.Load.closed(connections: 10, thinkTime: nil)
    /// Whom a new request is sent to.
    public var dispatch: ClientModel.Dispatch?
    /// The time that its processor takes for each reply.
    public var work = VirtualDuration.zero
    /// What makes the client accept a result.
    public var replyQuorum: ClientModel.QuorumRule?
    /// The age at which a request counts as declined.
    public var timeout = VirtualDuration.seconds(10)
    /// The time after which a request is sent again.
    public var retransmission: VirtualDuration?
    /// How a Byzantine client lies.
    public var attack: ClientModel.Attack?
    /// Whom it turns to when a request came to nothing.
    public var afterDecline = ClientModel.AfterDecline.draw
    /// The pause after which a request that a replica gave up is sent again; nil for never.
    public var retryAfter: VirtualDuration?

    /// The client of a scenario that says nothing.
    public init() {}
  }

  /// The `clients` of a scenario: one mapping, or a list of them; ``readClients(_:_:)`` keeps their groups.
  static let clientList = Codec<[Client]>(
    .either([.mapping(clientSection.spec), .list(of: .mapping(clientSection.spec), count: 1...64)]),
    read: { reader in
      var reading = GroupReading()
      return rows(reader, &reading)
    },
    write: { clients in
      let rows = alike(clients).map { client, count -> YAMLNode in
        let written = clientSection.node(of: client)
        return count == 1 ? written : written.setting("count", to: .made("\(count)"))
      }
      return rows.count == 1 ? rows[0] : .made(rows)
    })

  /// Reads the client machines, and the groups that they are in.
  mutating func readClients(_ reader: ValueReader, _ reading: inout GroupReading) {
    clients = Self.rows(reader, &reading)
    guard clients.count > Self.clientMachinesAtMost else { return }
    reader.error(
      "there are \(clients.count) client machines; at most \(Self.clientMachinesAtMost) are possible"
    )
    clients = Array(clients.prefix(Self.clientMachinesAtMost))
  }

  /// The most client machines of a run.
  private static let clientMachinesAtMost = 1000

  private static func rows(_ reader: ValueReader, _ reading: inout GroupReading) -> [Client] {
    if reader.form == .list {
      return reader.list { item in item.mapping { row($0, &reading) } }.flatMap { $0 }
    }
    return reader.mapping { row($0, &reading) }
  }

  /// The machines of one row, which are in its groups in turn.
  private static func row(_ row: MappingReader, _ reading: inout GroupReading) -> [Client] {
    var client = clientSection.read(row)
    let groups = row.optional("group").map { reading.clientGroups($0) } ?? []
    return (0..<row["count"].integer()).map { place in
      client.group = groups.isEmpty ? nil : groups[place % groups.count]
      return client
    }
  }

  /// Neighbours that are alike as one client, with their number.
  private static func alike(_ clients: [Client]) -> [(client: Client, count: Int)] {
    var rows: [(client: Client, count: Int)] = []
    for client in clients {
      if rows.last?.client == client {
        rows[rows.count - 1].count += 1
      } else {
        rows.append((client, 1))
      }
    }
    return rows
  }

  private static let clientSection = Section<Client>(
    "clients", "A client machine, or several that are alike.", initial: { Client() },
    fields: clientFields,
    rules: [
      .atMostOne(["rate", "think-time"]), .atMostOne(["rate", "connections"]),
      .atMostOne(["dispatch", "member"]), .atMostOne(["after-decline", "member"]),
    ]
  )
  .needing(.asking)

  private static let clientFields: [Field<Client>] =
    loadFields + placeFields + [
      .field(
        "dispatch",
        .choice([
          (nil, "auto", autoDispatch),
          (.multicast, "multicast", "Every replica."),
          (.leader, "leader", "The last known leader."),
          (.one, "one", "The replica with the client's number modulo n."),
        ]), default: "auto", \.dispatch, "Whom a new request is sent to."),
      memberField,
      .field(
        "reply-quorum",
        .choice([
          (nil, "auto", autoReplies),
          (.strong, "strong", "2f + 1 equal replies (Paper §III-C step 5)."),
          (.weak, "weak", "f + 1 equal replies (PBFT §4.1)."),
          (.fixed, "one", "A single reply."),
        ]), default: "auto", \.replyQuorum, "What makes a client accept a result."),
      .field(
        "timeout", .duration(from: .milliseconds(1)), default: "10 s", \.timeout,
        "The age at which a request counts as declined (Paper §IV-E); PoW has none."
      )
      .needing(.declining),
      .field(
        "after-decline",
        .choice([
          (.draw, "draw", "The next request goes to a replica drawn for it (Raft §8)."),
          (.same, "same", "It goes where it would have gone anyway."),
        ]), default: "draw", \.afterDecline,
        "Whom a client that asks one replica at a time turns to when a request came to nothing."
      )
      .needing(.oneServer),
      .field(
        "work", .duration(from: .zero), default: "0 s", \.work,
        "The time that the processor of its machine takes for each reply; replies wait for it."),
      .optional(
        "retransmit-after", .duration(from: .milliseconds(1)), \.retransmission,
        "The time after which a request is sent again, to all replicas, for Raft to the next."
      )
      .needing(.patience),
      .optional(
        "retry-after", .duration(from: .milliseconds(1)), \.retryAfter,
        "The pause after which a request that a replica gave up is sent again; it counts as declined "
          + "when left out."
      )
      .needing(.givingUp.and(.secondTry)),
      .field(
        "deceit",
        .choice([
          (nil, "none", "It is honest."),
          (
            .forkedRequests, "forked-requests",
            "Tells replicas with odd numbers another operation."
          ),
          (
            .badSignatures, "bad-signatures",
            "Signs correctly towards replicas with even numbers only."
          ),
          (.repeatedTimestamps, "repeated-timestamps", "Uses timestamps twice."),
          (.hugeTimestamps, "huge-timestamps", "Counts from a timestamp near the largest."),
        ]), default: "none", \.attack, "How a Byzantine client lies; nothing is promised to it."
      )
      .needing(.signed),
    ]

  /// The one replica of a client that stays with it.
  private static let memberField = Field<Client>(
    .optional(
      "member", .integer(0...ReplicaSet.capacity - 1),
      "The only replica that it ever asks, also when that is down or names another."
    )
    .needing(.oneReply),
    read: { reader, client in
      if let member = reader.optional("member") { client.dispatch = .member(member.integer()) }
    },
    write: { client in
      if case .member(let member)? = client.dispatch { .made("\(member)") } else { nil }
    })

  private static var autoDispatch: String {
    "Every replica for \(titles { $0.dispatch == .multicast }), the leader for "
      + "\(titles { $0.dispatch == .leader })."
  }

  private static var autoReplies: String {
    "Strong for \(titles { $0.replies == .strong }), weak for \(titles { $0.replies == .weak }), "
      + "one for \(titles { $0.replies == .fixed })."
  }

  /// The protocols whose clients work in some way.
  private static func titles(_ holds: (ClientTraits) -> Bool) -> String {
    listed(Subjects.all.filter { holds($0.traits.clients) }.map(\.title), or: "and")
      .replacing("'", with: "")
  }

  /// The places of the machines, which ``row(_:_:)`` reads.
  private static let placeFields: [Field<Client>] = [
    Field(
      .key(
        "count", .integer(1...clientMachinesAtMost), default: "1",
        "How many such machines there are; each has the load of the row."
      )
      .needing(.noWorkload),
      read: { _, _ in }, write: { _ in nil }),
    Field(
      .optional(
        "group", GroupReading.kind,
        "The group whose latencies apply; machines go to the groups of a list in turn."
      )
      .needing(.noWorkload),
      read: { _, _ in },
      write: { $0.group.map { YAMLNode(.scalar($0, isQuoted: true), at: .nowhere) } }),
  ]

  private static let loadFields: [Field<Client>] = [
    Field(
      .key(
        "connections", .integer(0...100_000), default: "10",
        "Connections with one outstanding request each (the paper: wrk's default, 10)."),
      read: { reader, client in
        if let rate = reader.optional("rate") {
          client.load = .open(ratePerSecond: rate.rate())
        } else {
          client.load = .closed(
            connections: reader["connections"].integer(),
            thinkTime: reader.optional("think-time").map { Distribution($0) })
        }
      },
      write: { client in
        if case .closed(let connections, _) = client.load { .made("\(connections)") } else { nil }
      }),
    Field(
      .optional("think-time", .distribution, "The pause of a connection between two requests."),
      read: { _, _ in },
      write: { client in
        if case .closed(_, let pause?) = client.load { pause.node } else { nil }
      }),
    Field(
      .optional("rate", .rate, "Poisson arrivals instead of connections: an open loop."),
      read: { _, _ in },
      write: { client in
        if case .open(let rate) = client.load { .made("\(decimalText(rate)) /s") } else { nil }
      }),
  ]
}
