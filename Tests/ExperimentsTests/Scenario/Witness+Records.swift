@testable import Experiments

extension Witness {
  /// Two classes of users who share records, with costs that come from the network alone.
  static let records =
    "records: { attributes: [a, b], patients: 3, users: [{ name: u, count: 2 }, "
    + "{ name: v, attributes: [a] }], policies: [{ policy: a }], slots: 3, vocabulary: 5 }"

  private static let costs = "records.crypto-costs: costs/reference-ss512.yaml"

  private static func variant(_ content: String) -> String {
    records + "\nvariants: [{ name: w, with: { \(content) } }]"
  }

  /// Groups of nodes, for parties to be in.
  private static let grouped =
    variant("network.regions: [{ between: [near, far], latency: 1 ms }]").replacing(
      "slots: 3", with: "slots: 3, groups: { patients: near }")
    + "\nnodes: [{ id: 0, group: near }, { id: 1, group: far }, { id: 2 }, { id: 3 }]"

  /// One file is stored, for real cryptography.
  private static let brief = records.replacing(
    "slots: 3", with: "operations: 1, enrolment: done, mix: { upload: 1 }, slots: 3")

  /// Every message of a party takes its time.
  private static let heavy = variant("network.message-size: 2 kB")

  private static func record(
    _ key: String, _ first: String, _ second: String, lines: String = records,
    path: String? = nil, difference: Difference = .run
  ) -> Witness {
    Witness(
      key: "records.\(key)", values: [first, second], schedule: "{ duration: 300 ms }",
      lines: lines, measure: "records", path: path.map { "records.\($0)" },
      difference: difference)
  }

  /// The sharing of records: who.
  static let sharers: [Witness] =
    [
      record("attributes", "[a, b]", "[a, b, c]", lines: variant(costs)),
      record("authorities", "1", "2"),
      record("patients", "3", "5"),
      record("users", "[{ name: u }]", "[{ name: u, count: 4 }]"),
      record("users.0.name", "[{ name: u }]", "[{ name: x }]", path: "users", difference: .legend),
      record(
        "users.0.attributes", "[{ name: u }, { name: v }]",
        "[{ name: u, attributes: [b] }, { name: v }]", path: "users"),
      record("users.0.count", "[{ name: u, count: 2 }]", "[{ name: u, count: 3 }]", path: "users"),
      record(
        "users.0.group", "[{ name: u }]", "[{ name: u, group: far }]", lines: grouped, path: "users"
      ),
      record("connections", "1", "2"),
      record("enrolment", "simulated", "done"),
    ]
    + ["centre", "authorities", "cloud", "patients"].flatMap { role in
      [
        record("groups.\(role)", "near", "far", lines: grouped),
        record(
          "links.\(role).uplink", "1 Mbit/s", "2 Mbit/s", lines: heavy),
        record(
          "links.\(role).downlink", "1 Mbit/s", "2 Mbit/s", lines: heavy),
      ]
    }
    + ["uplink", "downlink"].map {
      record("links.users.\($0)", "1 Mbit/s", "2 Mbit/s", lines: heavy)
    }

  /// The sharing of records: what.
  static let contents: [Witness] = [
    record("policies", "[{ policy: a }]", "[{ policy: a AND b }]"),
    record(
      "policies.0.policy", "[{ policy: a }]", "[{ policy: a AND b }]", path: "policies"),
    record("slots", "2", "3"),
    record("queried-slots", "1", "2"),
    record("vocabulary", "5", "50"),
    record("word-exponent", "0", "2"),
    record("record-exponent", "0", "2"),
    record("miss-share", "0", "0.9"),
    record("record-sizes", "1 KiB", "1 MiB", lines: variant("network.uplink: 10 Mbit/s")),
    record("preloaded", "0", "10"),
    record("mix", "{ upload: 1, access: 1 }", "{ upload: 1, access: 5 }"),
    record("load", "{ concurrency: 1 }", "{ concurrency: 2 }"),
    record("operations", "2", "4"),
    record("misdeeds", "[]", "[{ misdeed: tampering-cloud, share: 1 }]"),
    record("outcomes", "{}", "{ tampered: some }", difference: .verdict),
  ]

  /// What is done how often, how large and how forbidden.
  static let shares: [Witness] =
    ["upload", "search", "access", "revoke", "delete", "list"].map { activity in
      record(
        "mix.\(activity)", "{ upload: 1, access: 1 }",
        "{ upload: 1, access: 1, \(activity): 9 }".replacing(
          "\(activity): 1, ", with: ""
        ).replacing("access: 1, access: 9", with: "access: 9"), path: "mix")
    }
    + [
      record("load.concurrency", "1", "2"),
      record("load.rate", "10 /s", "90 /s"),
      record(
        "policies.0.weight", "[{ policy: a }, { policy: b }]",
        "[{ policy: a, weight: 9 }, { policy: b }]", path: "policies"),
      record(
        "record-sizes.0.size", "[{ size: 1 KiB }, { size: 2 KiB }]",
        "[{ size: 1 MiB }, { size: 2 KiB }]", lines: heavy, path: "record-sizes"),
      record(
        "record-sizes.0.weight", "[{ size: 1 MiB }, { size: 2 KiB }]",
        "[{ size: 1 MiB, weight: 9 }, { size: 2 KiB }]", lines: heavy, path: "record-sizes"),
      record(
        "misdeeds.0.misdeed", "[{ misdeed: tampering-cloud, share: 1 }]",
        "[{ misdeed: deleting-cloud, share: 1 }]", path: "misdeeds"),
      record(
        "misdeeds.0.share", "[{ misdeed: tampering-cloud, share: 1 }]",
        "[{ misdeed: tampering-cloud, share: 0.1 }]", path: "misdeeds"),
      record(
        "policy-rows", "1", "2",
        lines: records.replacing("policies: [{ policy: a }]", with: "policy-rows: 1")),
      record(
        "sample-share", "0", "1",
        lines: brief.replacing("slots: 3", with: "engine: sampled, slots: 3"),
        difference: .table),
    ]

  /// The sharing of records: how.
  static let means: [Witness] = [
    record("engine", "counted", "real", lines: brief, difference: .table),
    record("crypto-costs", "free", "costs/reference-ss512.yaml"),
    record("scope", "everything", "owner", lines: variant(costs)),
    record("revocation", "list", "rekey", lines: variant("records.mix: { upload: 1, revoke: 1 }")),
    record("tables", "true", "false", lines: variant(costs)),
    record("parameters", "ss512", "ss1536", lines: variant("network.uplink: 10 Mbit/s")),
  ]
}
