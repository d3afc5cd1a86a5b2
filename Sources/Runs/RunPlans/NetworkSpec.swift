import DiscreteEvents
import Notation

/// The keys of the network.
enum NetworkSpec {
  static let network = MappingSpec(
    "network", "How messages travel.",
    keys: [
      .key(
        "latency", .distribution, default: "0 s",
        "The propagation delay, drawn for each copy on its own."
      )
      .needing(.commonLinks),
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
        "cloud",
        .choice([
          .init("none", "Groups have the latencies that `regions` gives them."),
          .init(
            "aws",
            "Groups are named like regions of AWS, such as `us-east-1`: half of the median round trip."
          ),
        ]), default: "none",
        "A built-in table of latencies between groups; `regions` wins over it."),
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
      .required("latency", .distribution, "The propagation delay."),
      .key("loss", .probability, default: "0", "The probability that a copy is lost."),
    ])

  static let link = MappingSpec(
    "link", "Links from some nodes to others whose law differs.",
    keys: [
      .required("from", nodeList, "The senders."), .required("to", nodeList, "The receivers."),
      .required("latency", .distribution, "The propagation delay."),
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
}
