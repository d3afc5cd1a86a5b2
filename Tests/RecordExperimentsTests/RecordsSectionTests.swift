import DiscreteEvents
import Experiments
import HealthRecords
import Notation
import PairingCrypto
import RecordExperiments
import Simulator
import Testing

/// A scenario with a `records` section of these lines.
func recordsScenario(_ lines: [String], rest: [String] = []) -> SourceFile {
  let head = [
    "name: sharing", "measure: records", "series: [{ protocol: pbft }, { protocol: raft }]",
  ]
  let written = rest.contains { $0.hasPrefix("schedule") }
  let tail = rest + (written ? [] : ["schedule: { duration: 1 s }"])
  let text = head + tail + ["records:"] + lines.map { "  " + $0 }
  return SourceFile(name: "sharing.yaml", text: text.joined(separator: "\n") + "\n")
}

func scenario(
  _ lines: [String], rest: [String] = [], settings: [String] = []
) throws(ScenarioError) -> Scenario {
  RecordsKind.register()
  return try Scenario(
    recordsScenario(lines, rest: rest), directory: "", settings: settings, seed: nil)
}

private let essentials = [
  "attributes: [doctor, nurse, ward-3]", "users: [{ name: doctor, attributes: [doctor, ward-3] }]",
  "policies: [{ policy: doctor AND ward-3 }]",
]

@Suite("Records in scenarios")
struct RecordsSectionTests {
  private func settings(
    _ lines: [String], rest: [String] = [], settings: [String] = []
  ) throws -> RecordSettings {
    let loaded = try scenario(lines, rest: rest, settings: settings)
    return try #require(loaded.cells.first?.settings.records?.settings)
  }

  @Test("What is not written has its documented value")
  func defaults() throws {
    let records = try settings(essentials)
    #expect(records.engine == .counted)
    #expect(records.parameters == .ss512)
    #expect(records.costs == .free)
    #expect(records.authorities == 1)
    #expect(records.patients == 10)
    #expect(records.slots == 5)
    #expect(records.queriedSlots == 1)
    #expect(records.vocabulary == 100)
    #expect(records.wordExponent == 1)
    #expect(records.recordExponent == 0)
    #expect(records.missShare == 0)
    #expect(records.recordSizes.map(\.value) == [10 << 10])
    #expect(records.preloaded == 0)
    #expect(records.mix.filter { $0.weight > 0 }.map(\.value) == [.upload, .search, .access])
    #expect(records.load == .closed(concurrency: 4, thinkTime: nil))
    #expect(records.operations == nil)
    #expect(records.scope == .everything)
    #expect(records.revocation == .list)
    #expect(records.enrolment == .simulated)
    #expect(records.usesTables)
    #expect(records.connections == 1)
    #expect(records.misdeeds == [])
  }

  @Test("What is written is read")
  func values() throws {
    let records = try settings(
      essentials
        + [
          "parameters: toy", "authorities: 3",
          "patients: 7", "slots: 8", "queried-slots: 3", "vocabulary: 9", "word-exponent: 0.5",
          "record-exponent: 1.5", "miss-share: 10 %",
          "record-sizes: [{ size: 1 B, weight: 2 }, { size: 1 GiB, weight: 0 }]", "preloaded: 100",
          "mix: { revoke: 0.25, list: 2 }", "load: { rate: 5 /s }", "operations: 12",
          "scope: owner", "revocation: rekey", "enrolment: done", "tables: false",
          "connections: 2", "misdeeds: [{ misdeed: lying-owner, share: 1 }]",
        ])
    #expect(records.parameters == .toy)
    #expect(records.authorities == 3)
    #expect(records.patients == 7)
    #expect(records.slots == 8)
    #expect(records.queriedSlots == 3)
    #expect(records.vocabulary == 9)
    #expect(records.wordExponent == 0.5)
    #expect(records.recordExponent == 1.5)
    #expect(records.missShare == 0.1)
    #expect(records.recordSizes.map(\.value) == [1, 1 << 30])
    #expect(records.recordSizes.map(\.weight) == [2, 0])
    #expect(records.preloaded == 100)
    #expect(records.mix.map(\.weight) == [0, 0, 0, 0.25, 0, 2])
    #expect(records.load == .open(ratePerSecond: 5))
    #expect(records.operations == 12)
    #expect(records.scope == .owner)
    #expect(records.revocation == .rekey)
    #expect(records.enrolment == .done)
    #expect(!records.usesTables)
    #expect(records.connections == 2)
    #expect(records.misdeeds == [MisdeedRule(.lyingOwner, share: 1)])
  }

  @Test("A number of attributes and of rows makes the universe and the policy of a sweep")
  func rows() throws {
    let lines = ["attributes: 12", "users: [{ name: reader, count: 2 }]", "policy-rows: 11"]
    let loaded = try scenario(lines, rest: ["sweep: { records.policy-rows: [1, 3, 11] }"])
    let policies = loaded.cells.compactMap { $0.settings.records?.settings.policies.first }
    #expect(policies.map(\.value.labels.count) == [1, 1, 3, 3, 11, 11])
    #expect(
      policies.last?.value.policy.description
        == (1...11).map { "a\($0)" }.joined(separator: " AND "))
    let records = try #require(loaded.cells.first?.settings.records?.settings)
    #expect(records.universe.count == 12)
    #expect(records.users.first?.attributes == records.universe)
  }

  @Test("Every series has the engine and the sample that it asks for")
  func engines() throws {
    let sampled = try settings(essentials + ["engine: sampled", "sample-share: 5 %"])
    #expect(sampled.engine == .sampled(0.05))
    #expect(try settings(essentials, settings: ["records.engine=real"]).engine == .real)
  }

  /// A line that is wrong beside the essentials, or instead of one, and what is said of it.
  static let mistakes: [(line: String, complaint: String, hint: String)] = [
    ("slots: 0", "'records.slots' must be a whole number from 1 to 64, found '0'", ""),
    ("queried-slots: 6", "a search asks for 6 keywords, and files have 5", "at most 5"),
    ("record-sizes: 0 B", "from 1 B to 1 GiB", ""),
    ("record-sizes: 1000 GB", "from 1 B to 1 GiB", ""),
    ("preloaded: 1048577", "a whole number from 0 to 1048576, found '1048577'", ""),
    ("connections: 0", "a whole number from 1 to 1000, found '0'", ""),
    ("mix: { upload: -1 }", "found '-1' (negative)", ""),
    ("mix: { upload: 0 }", "nothing is ever done: every weight is 0", "weight"),
    ("mix: { uploads: 1 }", "unknown key 'uploads'", "did you mean 'upload'?"),
    ("mix: { access: 1 }", "'access' needs a file", "preloaded: 100"),
    ("record-sizes: [{ size: 1 kB, weight: 0 }]", "no size is ever drawn", "weight"),
    ("engine: sampled", "needs 'sample-share'", "sample-share: 5 %"),
    ("sample-share: 5 %", "'sample-share' is for the engine 'sampled'", "engine: sampled"),
    ("engine: reel", "found 'reel'", "did you mean 'real'?"),
    (
      "misdeeds: [{ misdeed: collusion, share: 5 % }]", "'collusion' takes two users",
      "'count' of 2"
    ),
    (
      "misdeeds: [{ misdeed: tempering-cloud, share: 1 }]", "found 'tempering-cloud'",
      "did you mean 'tampering-cloud'?"
    ),
    (
      "misdeeds: [{ misdeed: chain-reader, share: 1 }]",
      "'chain-reader' needs old keys, and with 'revocation: list' attributes keep theirs",
      "write 'revocation: rekey' or 'revocation: re-encrypt'"
    ),
    (
      "revocation: reencrypt",
      "'records.revocation' must be one of 'list', 'rekey' or 're-encrypt', found 'reencrypt'",
      "did you mean 're-encrypt'?"
    ),
    ("outcomes: { leeked: none }", "there is no outcome 'leeked'", "did you mean 'leaked'?"),
    ("groups: { cloud: far }", "no node and no region names the group 'far'", "network.regions"),
    ("load: { rate: 1 /s, concurrency: 2 }", "'concurrency' cannot stand beside 'rate'", ""),
    ("policy-rows: 4", "'policy-rows' cannot stand beside 'policies'", "keep one of"),
    ("crypto-costs: none.yaml", "the cost profile of cryptography 'none.yaml' cannot be used", ""),
  ]

  @Test("A mistake is found at its line and answered", arguments: mistakes)
  func mistake(line: String, complaint: String, hint: String) throws {
    let error = try #require(throws: ScenarioError.self) { try scenario(essentials + [line]) }
    let found = error.diagnostics.filter { $0.message.contains(complaint) }
    let diagnostic = try #require(found.first, "\(error)")
    #expect(error.diagnostics.count == 1, "\(error)")
    #expect(diagnostic.location?.line == 9)
    #expect(hint.isEmpty || (diagnostic.hint ?? "").contains(hint), "\(error)")
  }

  /// Somebody reads old blocks, and attributes keep their keys: where that is written.
  static let keptKeys: [(rest: [String], settings: [String], line: Int, complaint: String)] = [
    (["sweep: { records.revocation: [rekey, list] }"], [], 4, "needs old keys"),
    (
      [
        "variants: [{ name: a, with: { records.revocation: list } }, { name: b, with: { records.revocation: rekey } }]"
      ], [], 4,
      "needs old keys"
    ),
    ([], ["records.revocation=list"], 1, "needs old keys"),
    // A misspelt word is no word, and nothing else is said of it.
    (["sweep: { records.revocation: [rekey, re-encript] }"], [], 4, "found 're-encript'"),
    (["revocation: rekey"], ["records.revocation=rekey"], 4, "unknown key 'revocation'"),
  ]

  @Test(
    "What keeps keys from old blocks' readers is named where it is written", arguments: keptKeys)
  func keysThatStay(rest: [String], settings: [String], line: Int, complaint: String) throws {
    let reader = ["preloaded: 4", "misdeeds: [{ misdeed: chain-reader, share: 1 }]"]
    let error = try #require(throws: ScenarioError.self) {
      try scenario(
        essentials + reader + ["mix: { access: 1, revoke: 1 }"], rest: rest, settings: settings)
    }
    #expect(error.diagnostics.count == 1, "\(error)")
    #expect(error.diagnostics.first?.message.contains(complaint) == true, "\(error)")
    #expect(error.diagnostics.first?.location?.line == line, "\(error)")
    if complaint.contains("unknown") {
      #expect(error.diagnostics.first?.hint?.contains("it belongs into 'records'") == true)
    }
  }

  @Test("Revocations that nobody makes are remarked on")
  func revocationsThatNeverCome() throws {
    let lines =
      essentials + [
        "preloaded: 4", "misdeeds: [{ misdeed: chain-reader, share: 1 }]",
        "revocation: re-encrypt",
      ]
    let remarks = try scenario(lines).remarks
    #expect(remarks.count == 2, "\(remarks)")
    #expect(remarks.allSatisfy { $0.contains("never has an effect") })
    #expect(try scenario(lines + ["mix: { access: 1, revoke: 1 }"]).remarks.isEmpty)
  }

  @Test("The real engine is refused what would take hours, and a sample of it is not")
  func hours() throws {
    for line in ["preloaded: 4097", "record-sizes: 17 MiB"] {
      let error = try #require(throws: ScenarioError.self) {
        try scenario(essentials + ["engine: real", line])
      }
      #expect(error.description.contains("takes hours"), "\(error)")
      #expect(error.description.contains("counted"))
    }
    _ = try scenario(essentials + ["engine: sampled", "sample-share: 1 %", "preloaded: 4097"])
    _ = try scenario(essentials + ["engine: counted", "record-sizes: 17 MiB"])
  }

  @Test("A problem in a policy is shown at its own column")
  func policyColumn() throws {
    for (text, column) in [("doctor ANDD ward-3", 24), ("'doctor AND nurce'", 29)] {
      let error = try #require(throws: ScenarioError.self) {
        try scenario(Array(essentials.prefix(2)) + ["policies:", "  - { policy: \(text) }"])
      }
      #expect(error.diagnostics.first?.location?.line == 9)
      #expect(error.diagnostics.first?.location?.column == column, "\(error)")
    }
  }

  @Test("A policy that nobody satisfies, and a user without such an attribute, are mistakes")
  func satisfaction() throws {
    let nobody = try #require(throws: ScenarioError.self) {
      try scenario(Array(essentials.prefix(2)) + ["policies: [{ policy: doctor AND nurse }]"])
    }
    #expect(nobody.description.contains("no class of users satisfies the policy"))
    let unknown = try #require(throws: ScenarioError.self) {
      try scenario([essentials[0], "users: [{ name: a, attributes: [docter] }]", essentials[2]])
    }
    #expect(unknown.description.contains("nobody issues the attribute 'docter'"))
    #expect(unknown.description.contains("did you mean 'doctor'?"))
    #expect(unknown.diagnostics.count == 1, "\(unknown)")
  }

  /// What cannot stand beside records.
  static let conflicts: [(line: String, complaint: String)] = [
    ("model: slots", "'records' need 'model: messages'"),
    ("clients: { connections: 3 }", "'clients.connections' has no effect with 'records'"),
    ("clients: { rate: 3 /s }", "'clients.rate' has no effect with 'records'"),
    ("clients: [{ timeout: 1 s }]", "the parties are the client machines"),
    ("schedule: { blocks: 10 }", "the run may never end"),
    ("schedule: { window: 1 s }", "in one window, not in tests"),
    ("schedule: { arrivals: 3 }", "in one window"),
    ("faults: [{ nodes: [3], behaviour: twins, recipients: [0] }]", "'twins' cannot stand"),
  ]

  @Test("What has no meaning beside records is refused", arguments: conflicts)
  func conflict(line: String, complaint: String) throws {
    let error = try #require(throws: ScenarioError.self) {
      try scenario(essentials, rest: [line])
    }
    #expect(error.description.contains(complaint), "\(error)")
  }

  @Test("Measuring records without records is a mistake")
  func nothingShared() throws {
    let source = SourceFile(
      name: "x.yaml",
      text: """
        name: x
        measure: records
        series: [{ protocol: pbft }]
        schedule: { duration: 1 s }

        """)
    let error = try #require(throws: ScenarioError.self) {
      try Scenario(source, directory: "", settings: [], seed: nil)
    }
    #expect(error.description.contains("'measure: records' needs 'records'"))
  }
}
