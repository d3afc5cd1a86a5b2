import DiscreteEvents
import Notation
import Simulator

extension RunPlan {
  /// A client machine; what is nil follows from the protocol.
  public struct Client: Hashable, Sendable {
    /// Where its requests come from.
    public var load = ClientModel.Load.closed(connections: 10, thinkTime: nil)
    /// Whom a new request is sent to.
    public var dispatch: ClientModel.Dispatch?
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

    /// The client of a scenario that says nothing.
    public init() {}
  }

  /// The `clients` of a scenario: one mapping, or a list of them.
  static let clientList = Codec<[Client]>(
    .either([.mapping(clientSection.spec), .list(of: .mapping(clientSection.spec), count: 1...64)]),
    read: { reader in
      if reader.form == .list {
        return reader.list { item in item.mapping(clientSection.read) }
      }
      return [reader.mapping(clientSection.read)]
    },
    write: { clients in
      clients.count == 1
        ? clientSection.node(of: clients[0]) : .made(clients.map(clientSection.node))
    })

  private static let clientSection = Section<Client>(
    "clients", "One client machine.", initial: { Client() }, fields: clientFields,
    rules: [.atMostOne(["rate", "think-time"]), .atMostOne(["rate", "connections"])]
  )
  .needing(.asking)

  private static let clientFields: [Field<Client>] =
    loadFields + [
      .field(
        "dispatch",
        .choice([
          (nil, "auto", autoDispatch),
          (.multicast, "multicast", "Every replica."),
          (.leader, "leader", "The last known leader."),
          (.one, "one", "The replica with the client's number modulo n."),
        ]), default: "auto", \.dispatch, "Whom a new request is sent to."),
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
      .optional(
        "retransmit-after", .duration(from: .milliseconds(1)), \.retransmission,
        "The time after which a request is sent again, to all replicas, for Raft to the next."
      )
      .needing(.patience),
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
