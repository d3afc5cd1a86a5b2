import DiscreteEvents
import Faults
import Notation
import Simulator

/// The keys of network, clients, schedule and faults.
extension ScenarioSpec {
  static let network = MappingSpec(
    "network", "How messages travel.",
    keys: [
      .key(
        "latency", latency, default: "0 s", "The propagation delay, drawn for each copy on its own."
      ),
      .key("loss", .probability, default: "0", "The probability that a copy is lost."),
      .key("duplication", .probability, default: "0", "The probability that a copy arrives twice."),
      .key(
        "fifo", .flag, default: "false", "Whether copies on one link arrive in the order sent."),
      .optional("uplink", .bandwidth, "What each machine sends at most; unlimited when left out."),
      .optional("downlink", .bandwidth, "What each machine receives at most."),
      .key("message-size", messageSize, default: "600 B", "A message without its transactions."),
      .key(
        "transaction-size", messageSize, default: "800 B",
        "Each transaction that a message carries."),
      .key(
        "regions", .list(of: .mapping(region), count: 0...1024), default: "[]",
        "Latencies between named groups of nodes; other links keep `latency`."),
      .key(
        "links", .list(of: .mapping(link), count: 0...256), default: "[]",
        "Links with a law of their own."),
      .key(
        "events", .list(of: .mapping(networkEvent), count: 0...1024), default: "[]",
        "Partitions and changes of links over time."),
    ])

  /// Larger ones would make sums of bytes overflow.
  private static let messageSize = ValueKind.quantity(.size, 0...1_000_000_000)

  static let region = MappingSpec(
    "region", "The latency between two groups, in both directions, or within one.",
    keys: [
      .required(
        "between", .list(of: .text, count: 2...2), "The two groups; twice the same for within."),
      .required("latency", latency, "The propagation delay."),
      .key("loss", .probability, default: "0", "The probability that a copy is lost."),
    ])

  static let link = MappingSpec(
    "link", "Links from some nodes to others whose law differs.",
    keys: [
      .required("from", nodeList, "The senders."), .required("to", nodeList, "The receivers."),
      .required("latency", latency, "The propagation delay."),
      .key("loss", .probability, default: "0", "The probability that a copy is lost."),
    ])

  static let networkEvent = MappingSpec(
    "network-event", "A change of some links for some time.",
    keys: [
      .required("at", .duration, "When it begins."),
      .optional("until", .duration, "When it ends; never when left out."),
      .optional(
        "partition", .list(of: nodeList, count: 2...2), "Two sides between which nothing passes."),
      .optional(
        "cut", .mapping(direction), "Links on which nothing passes, in this direction only."),
      .optional("slow", .mapping(slowdown), "Links on which every copy takes longer."),
      .optional("lose", .mapping(lossChange), "Links that lose copies."),
    ], rules: [.exactlyOne(["partition", "cut", "slow", "lose"])], need: .begins("at"))

  static let direction = MappingSpec(
    "direction", "Links from some nodes to others.",
    keys: [
      .required("from", nodeList, "The senders."), .required("to", nodeList, "The receivers."),
    ])

  static let slowdown = MappingSpec(
    "slowdown", "Links that become slower.",
    keys: [
      .required("from", nodeList, "The senders."), .required("to", nodeList, "The receivers."),
      .required("by", .duration, "What is added to every delay."),
    ])

  static let lossChange = MappingSpec(
    "loss-change", "Links that lose copies.",
    keys: [
      .required("from", nodeList, "The senders."), .required("to", nodeList, "The receivers."),
      .required("probability", .probability, "The probability that a copy is lost."),
    ])

  /// Replicas by number; `[clients]` and `[all]` stand for every client machine and every machine.
  static let nodeList = ValueKind.list(of: .text, count: 1...260)

  static let clients = MappingSpec(
    "clients", "One client machine.",
    keys: [
      .key(
        "connections", .integer(0...100_000), default: "10",
        "Connections with one outstanding request each (the paper: wrk's default, 10)."),
      .optional("think-time", latency, "The pause of a connection between two requests."),
      .optional("rate", .rate, "Poisson arrivals instead of connections: an open loop."),
      .key(
        "dispatch",
        .choice([
          .init("auto", "Every replica for PBFT, sc-PBFT and PoW, the leader for Raft."),
          .init("multicast", "Every replica."), .init("leader", "The last known leader."),
          .init("one", "The replica with the client's number modulo n."),
        ]), default: "auto", "Whom a new request is sent to."),
      .key(
        "reply-quorum",
        .choice([
          .init("auto", "Strong for PBFT and sc-PBFT, weak for PoW, one for Raft."),
          .init("strong", "2f + 1 equal replies (Paper §III-C step 5)."),
          .init("weak", "f + 1 equal replies (PBFT §4.1)."), .init("one", "A single reply."),
        ]), default: "auto", "What makes a client accept a result."),
      .key(
        "timeout", .duration(from: .milliseconds(1)), default: "10 s",
        "The age at which a request counts as declined (Paper §IV-E); PoW has none."
      )
      .needing(.runs(.pbft, .scPBFT, .raft)),
      .key(
        "after-decline",
        .choice([
          .init("draw", "The next request goes to a replica drawn for it (Raft §8)."),
          .init("same", "It goes where it would have gone anyway."),
        ]), default: "draw",
        "Whom a client that asks one replica at a time turns to when a request came to nothing."
      )
      .needing(.oneServer),
      .optional(
        "retransmit-after", .duration(from: .milliseconds(1)),
        "The time after which a request is sent again, to all replicas, for Raft to the next."
      )
      .needing(.patience),
      .key(
        "deceit",
        .choice([
          .init("none", "It is honest."),
          .init("forked-requests", "Tells replicas with odd numbers another operation."),
          .init("bad-signatures", "Signs correctly towards replicas with even numbers only."),
          .init("repeated-timestamps", "Uses timestamps twice."),
          .init("huge-timestamps", "Counts from a timestamp near the largest."),
        ]), default: "none", "How a Byzantine client lies; nothing is promised to it."
      )
      .needing(.signed),
    ], rules: [.atMostOne(["rate", "think-time"]), .atMostOne(["rate", "connections"])],
    need: .asking)

  static let schedule = MappingSpec(
    "schedule", "What is measured and when a run ends.",
    keys: [
      .optional("tests", .integer(1...100_000), "The number of tests in one run.")
        .needing(.with("window", or: "first-requests")),
      .optional("window", .duration(from: .milliseconds(1)), "How long a test lasts."),
      .optional(
        "rotation-delay", .duration,
        "How long after a window the lead is handed on, at replicas whose view has not moved."
      )
      .needing(.handingOver),
      .optional("interval", .duration, "The time between the beginnings of two tests."),
      .optional(
        "first-requests", .integer(1...1_000_000),
        "A test ends when this many requests were accepted, instead of after a window."),
      .optional("pause", .duration, "The time between two such tests.").needing(.second),
      .optional("warmup", .duration, "Time before a single window opens."),
      .optional(
        "duration", .duration(from: VirtualDuration(nanoseconds: 1)),
        "A single window instead of tests."),
      .optional("blocks", .integer(1...10_000_000), "The run ends after this many blocks."),
      .optional(
        "arrivals", .integer(1...10_000),
        "The run ends after this many arrivals of Byzantine members."),
      .optional(
        "heal-at", .duration,
        "When all faults are over: from then on clients must be served, and the run ends once they "
          + "were."),
      .optional("within", .duration, "For `heal-at`: how long the clients may have to wait."),
      .optional(
        "requests", .integer(1...1_000_000),
        "For `heal-at`: how many requests of each client must be accepted; 1 if left out."),
      .optional(
        "rotate-every", .duration(from: .milliseconds(1)),
        "For `heal-at`: until then the lead is commanded to move at every replica, again and again."
      )
      .needing(.with("heal-at").and(.commandable)),
      .optional(
        "settle-within", .duration(from: .milliseconds(1)),
        "For `heal-at`: once the clients are served, liars follow the protocol from their disks, "
          + "everybody is up and reached, and the group must come to rest within this time; then one "
          + "more request must cost what it has to."
      )
      .needing(.with("heal-at")),
      .optional(
        "time-limit", .duration,
        "The end of a run whatever happens; if left out 10000 h, or 100 h where the schedule names no "
          + "instant at which a run ends."
      )
      .needing(.messages),
    ],
    rules: [
      .exactlyOne([
        "window", "first-requests", "duration", "blocks", "arrivals", "heal-at",
      ])
    ])

  static let limits = MappingSpec(
    "limits", "What ends a run whatever its schedule says; the time is limited by the schedule.",
    keys: [
      .optional(
        "events", .integer(1...RunSettings.eventsAtMost),
        "The most events of a run, or rounds of the slot model: a run that needs more is cut "
          + "short, which fails and tells nothing of progress. Without it a run may take for ever.")
    ])

  static let fault = MappingSpec(
    "fault", "One line of the fault schedule: who does what, when, to which messages.",
    keys: [
      .optional("nodes", .list(of: .integer(0...255), count: 1...256), "The replicas, by number."),
      .optional(
        "random-honest", .integer(1...256), "So many replicas that no other rule names, drawn."),
      .optional(
        "arrivals-every", .text,
        "One more honest member, drawn, each so many rounds: `12`, or `4 n` for 4 times n."),
      .key(
        "arrival",
        .choice([
          .init("convert", "An honest member turns."),
          .init("join", "A new member sneaks in; model slots only."),
        ]), default: "convert", "For `arrivals-every`: how a further Byzantine member comes about."
      )
      .needing(.with("arrivals-every")),
      .required(
        "behaviour", .choice(Behaviour.Kind.allCases.map { .init($0.rawValue, $0.meaning) }),
        "What they do."),
      .optional("delay", latency, "For `delay`: how long each copy is held back."),
      .optional(
        "by", .duration, "For `slow`: how long every copy is held back; for `pause`: its length."),
      .optional(
        "hidden-blocks", .integer(1...1_000_000),
        "For `withhold`: how many blocks are kept back before they are shown; 6 if left out."),
      .optional("copies", .integer(1...100), "For `duplicate`: further copies of each message."),
      .optional("down-for", .duration, "For `crash`: when the node comes back; never if left out."),
      .optional(
        "disk",
        .choice([
          .init("kept", "The node remembers."), .init("lost", "It forgot all."),
          .init("torn", "The power fails at a write, in the middle of a job."),
          .init("unsynced", "What it wrote since it last sent a message is lost."),
        ]),
        "For `crash`: what is left on the node's disk."),
      .optional(
        "after-writes", .integer(0...1_000_000),
        "For `crash` with `disk: torn`: writes that succeed before the one that does not; 0 if left "
          + "out."),
      .key("from", .duration, default: "0 s", "The first instant.").needing(.begun),
      .optional("until", .duration, "The first instant after it.").needing(.begun),
      .key("after-rounds", .integer(0...1_000_000_000), default: "0", "Decided heights before it.")
        .needing(.begun),
      .optional(
        "views", .list(of: .integer(0...NumberText.largest), count: 2...2), "First and last view."
      )
      .needing(.begun),
      .optional("tests", .list(of: .integer(1...1_000_000), count: 2...2), "First and last test.")
        .needing(.begun),
      .key("as-primary", .flag, default: "false", "Only while the node leads.").needing(.begun),
      .key(
        "alternate", .flag, default: "false", "Only in its first, third, fifth ... turn as leader."
      )
      .needing(.begun),
      .key(
        "messages", .list(of: .text), default: "[]",
        "The kinds of message concerned, such as `pre-prepare`; all when empty."
      )
      .needing(.kinds),
      .optional(
        "sent", .list(of: .integer(1...1_000_000_000), count: 2...2),
        "First and last of those messages, as the node sends them; a crash comes after the first."
      )
      .needing(.begun),
      .key(
        "recipients", .list(of: .integer(0...255)), default: "[]",
        "The replicas towards which it misbehaves; all when empty."
      )
      .needing(.recipients),
      .key("probability", .probability, default: "1", "How often a copy is struck.")
        .needing(.copies),
    ], rules: [.exactlyOne(["nodes", "random-honest", "arrivals-every"])], need: .begins("from"))
}
