import DiscreteEvents
import Notation

/// The keys of the protocols.
extension ScenarioSpec {
  static let pbft = MappingSpec(
    "pbft", "Parameters of PBFT and sc-PBFT.",
    keys: [
      .key(
        "view-timeout", .duration(from: .milliseconds(1)), default: "10 s",
        "How long a backup waits for a request to execute (Paper §IV-D: 10 s)."),
      .key(
        "retransmission", .duration(from: .milliseconds(1)), default: "5 s",
        "How often a replica without progress reminds its peers."),
      .key(
        "rotation",
        .choice([
          .init("on-suspicion", "Only a view change moves the lead (PBFT §4.4)."),
          .init("per-test", "The lead is handed on between tests (Paper §IV-D)."),
          .init("every-blocks", "The proposer changes with the sequence number."),
        ]), default: "on-suspicion", "How the lead rotates (Paper §III-A)."
      )
      .needing(.turns),
      .optional(
        "blocks-per-turn", .integer(1...1_000_000),
        "For `every-blocks`: sequence numbers in one turn; 1 by default."),
      .key("batch", .integer(1...10_000), default: "1", "The most requests in one block."),
      .key(
        "checkpoint-interval", .integer(1...1_000_000), default: "128",
        "Sequence numbers between two checkpoints (PBFT §4.3)."),
      .key(
        "window", .integer(1...1_000_000), default: "256",
        "The width of the watermark window; at least twice the interval (PBFT §4.3)."),
    ])

  static let scpbft = MappingSpec(
    "sc-pbft", "Parameters of sc-PBFT (Paper §III-B).",
    keys: [
      .key(
        "marking",
        .choice([
          .init("certified", "NEW-VIEW certificates mark; all sheets are equal."),
          .init("literal", "Each replica marks at its own timer, as printed."),
        ]), default: "certified", "Who decides about an entry of the sheet."
      )
      .needing(.messages),
      .key(
        "exclusion",
        .choice([
          .init("skip", "View changes pass over malicious primaries."),
          .init("refuse", "They are elected and refused by a view change."),
        ]), default: "skip", "How malicious primaries are kept from leading."
      )
      .needing(.messages),
      .key(
        "strikes", .integer(1...100), default: "2",
        "Time-outs in consecutive turns that make a node malicious."),
      .key(
        "aged-threshold", .integer(1...1_000_000), default: "5",
        "Unstable marks in total after which a node is reported as aged."
      )
      .needing(.epochs.and(.messages)),
      .key(
        "epoch-length", .text, default: "none",
        "Blocks between two reports of the isolation area, m: `none`, `12`, or `4 n`."),
      .key(
        "expire", .flag, default: "false",
        "Whether a report pardons marks without proof instead of removing the nodes."
      )
      .needing(.epochs.and(.messages)),
      .key(
        "allow-shrink", .flag, default: "false",
        "Whether the group may shrink below four replicas."
      )
      .needing(.shrinking),
      .key(
        "restart-cost", .duration, default: "0 s",
        "How long every replica is down when the membership changes (Paper §V)."
      )
      .needing(.epochs.and(.messages)),
    ])

  static let raft = MappingSpec(
    "raft", "Parameters of Raft.",
    keys: [
      .key(
        "heartbeat", .duration(from: .microseconds(1)), default: "100 ms",
        "The idle time after which a leader sends a heartbeat."),
      .key(
        "election-timeout", .list(of: .duration(from: .microseconds(1)), count: 2...2),
        default: "[1 s, 2 s]", "The least and the largest election time-out."),
      .key(
        "batch", .integer(1...10_000), default: "1", "The most requests in one entry's message."),
      .key(
        "append-limit", .integer(1...10_000), default: "64",
        "The most entries in one message to a follower that lags."),
      .optional(
        "snapshot-every", .integer(1...1_000_000),
        "Entries executed between two snapshots, which replace the log (Raft §7); never when left out."
      ),
      .key("pre-vote", .flag, default: "true", "Whether candidates ask before they disturb."),
      .key(
        "check-quorum", .flag, default: "true",
        "Whether a leader without contact to a majority steps down."),
    ])

  static let chain = MappingSpec(
    "chain", "What is promised of a chain of proof of work; a run that breaks a promise fails.",
    keys: [
      .key(
        "common-prefix", .flag, default: "false",
        "Whether a block that is `pow.confirmations` deep in a chain stays in all later ones (W-1)."
      ),
      .optional(
        "quality", .mapping(quality), "How many blocks of the final chain honest miners find (W-2)."
      ),
      .optional(
        "interval", .list(of: .duration(from: .microseconds(1)), count: 2...2),
        "The least and the largest mean time between blocks of the final chain (W-3)."),
    ])

  static let quality = MappingSpec(
    "quality", "A bound on the quality of a chain, for chains of at least `window` blocks.",
    keys: [
      .required("window", .integer(1...1_000_000), "The number of blocks in a row, l."),
      .required(
        "share", .probability, "The least share of honest blocks in any `window` blocks in a row."),
    ])

  static let pow = MappingSpec(
    "pow", "Parameters of proof of work.",
    keys: [
      .key(
        "hash-rates", .list(of: .hashRate, count: 1...256),
        default: "[160 kH/s, 160 kH/s, 175 kH/s, 176 kH/s]",
        "The hash rates of the replicas in turn; repeated when there are more replicas."),
      .key(
        "difficulty-bits", .integer(1...60), default: "24",
        "The expected hashes for one block are two to this power."),
      .key(
        "confirmations", .integer(1...1000), default: "1",
        "The depth at which a transaction counts, its own block included."),
      .key(
        "block-capacity", .integer(1...100_000), default: "100",
        "The most transactions in one block."),
      .optional(
        "retarget-every", .integer(1...1_000_000),
        "Blocks between two adjustments of the difficulty; never when left out."),
      .optional(
        "target-interval", .duration(from: .milliseconds(1)),
        "The block interval that adjustments aim at."),
      .optional(
        "announce-every", .duration(from: .milliseconds(1)),
        "How often a node announces its tip, for networks that lose messages."),
      .key(
        "relay-transactions", .flag, default: "false",
        "Whether nodes pass on what clients send them, for clients that do not reach every node."),
      .optional(
        "peers", .integer(2...255),
        "How many peers a node has: the nodes form a ring with drawn chords. All others if left out."
      ),
    ])
}
