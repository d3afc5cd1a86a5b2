import Testing

@testable import Experiments
@testable import Notation
@testable import RunPlans

@Suite("Groups of machines")
struct GroupsTests {
  private static let sites = "nodes: [{ group: us, count: 2 }, { group: eu }]\n"
  private static let distant =
    "network.regions: [{ between: [us, us], latency: 1 ms }, { between: [us, eu], latency: 9 ms }]"

  private static func digests(_ lines: String, network: String = "latency: 5 ms") async throws
    -> [String]
  {
    let text = small(lines, schedule: "{ duration: 200 ms }")
      .replacing("network: { latency: 5 ms }", with: "network: { \(network) }")
    let results = await Runner(workers: 1).run(try scenario(of: text)) { _, _ in }
    return results.map { "\($0.digest)" }
  }

  private static func groups(_ lines: String) throws -> [[String]] {
    try scenario(of: small(lines)).cells.map { cell in
      cell.settings.nodes.map { cell.settings.groups.names[$0.group] }
    }
  }

  @Test("Replicas are dealt to the groups of a row in turn, whatever n is")
  func dealt() throws {
    let found = try Self.groups(
      "nodes: [{ group: [us, eu, ap] }]\nsweep: { replicas: [4, 7, 10] }\n"
        + "clients: { count: 2, group: [ap, eu] }")
    let names = ["us", "eu", "ap"]
    #expect(found == [4, 7, 10].map { n in (0..<n).map { names[$0 % 3] } + ["ap", "eu"] })
  }

  @Test("A count takes the lowest numbers that are free, and a row without one takes the rest")
  func counted() throws {
    let rows = "nodes: [{ group: b, count: 2 }, { group: c }, { id: 1, group: a }]\n"
    let found = try Self.groups(rows + "sweep: { replicas: [4, 7] }")
    #expect(
      found == [
        ["b", "a", "b", "c", ""], ["b", "a", "b", "c", "c", "c", "c", ""],
      ])
    #expect(
      try Self.groups("nodes: [{ group: b, count: 4 }, { group: c }]")[0].contains("c") == false)
  }

  @Test(
    "A group stands for its machines wherever machines are named",
    arguments: [
      (
        "variants: [{ name: v, with: { network.links: [{ from: NAMES, to: [2], latency: 30 ms }] } }]",
        "[us]", "[0, 1]"
      ),
      (
        "variants: [{ name: v, with: { network.events: [{ at: 20 ms, until: 90 ms, "
          + "partition: [[eu, clients], NAMES] }] } }]", "[us]", "[1, 0]"
      ),
      (
        "variants: [{ name: v, with: { network.events: [{ at: 20 ms, "
          + "cut: { from: NAMES, to: [3] } }] } }]", "[us, 2]", "[0, 1, 2]"
      ),
      (
        "variants: [{ name: v, with: { network.events: [{ at: 20 ms, "
          + "slow: { from: [us], to: NAMES, by: 5 ms } }] } }]", "[eu]", "[2, 3]"
      ),
      ("faults: [{ nodes: NAMES, behaviour: pause, by: 50 ms }]", "[us]", "[0, 1]"),
      (
        "faults: [{ nodes: [0], behaviour: silent, recipients: NAMES }]", "[3, us]", "[3, 0, 1]"
      ),
    ])
  func named(_ lines: String, _ group: String, _ numbers: String) async throws {
    let byGroup = try await Self.digests(Self.sites + lines.replacing("NAMES", with: group))
    let byNumber = try await Self.digests(Self.sites + lines.replacing("NAMES", with: numbers))
    let without = try await Self.digests(Self.sites)
    #expect(byGroup == byNumber)
    #expect(byGroup != without)
  }

  @Test("A group holds the clients that are in it")
  func clients() async throws {
    let cut = "variants: [{ name: v, with: { network.events: [{ at: 0 s, "
    let apart = Self.sites + "clients: { group: us }\n"
    let group = try await Self.digests(apart + cut + "partition: [[us], [eu]] }] } }]")
    let numbers = try await Self.digests(
      apart + cut + "partition: [[0, 1, clients], [2, 3]] }] } }]")
    let others = try await Self.digests(apart + cut + "partition: [[0, 1], [2, 3]] }] } }]")
    #expect(group == numbers)
    #expect(group != others)
  }

  @Test("Clients by count are so many equal rows")
  func countedClients() async throws {
    let counted = try await Self.digests("clients: { count: 3, connections: 1 }")
    let rows = try await Self.digests(
      "clients: [{ connections: 1 }, { connections: 1 }, { connections: 1 }]")
    let mixed = try await Self.digests(
      "clients: [{ count: 2, connections: 1 }, { connections: 1 }]")
    #expect(counted == rows)
    #expect(mixed == rows)
  }

  @Test("A client has the latencies of its group")
  func placed() async throws {
    let variants = "variants: [{ name: v, with: { \(Self.distant) } }]"
    let near = try await Self.digests(Self.sites + "clients: { group: us }\n" + variants)
    let far = try await Self.digests(Self.sites + "clients: { group: eu }\n" + variants)
    #expect(near != far)
  }

  @Test(
    "A plan with groups and clients by count is written as it was read",
    arguments: ["latency: 5 ms", "cloud: aws, loss: 1 %"])
  func written(_ network: String) async throws {
    let sites = network.contains("aws") ? ["us-east-1", "eu-west-1"] : ["us", "eu"]
    let lines =
      "nodes: [{ group: \(sites[0]), count: 2 }, { group: \(sites[1]) }]\n"
      + "clients: [{ count: 2, group: [\(sites[0]), \(sites[1])], connections: 1 }, "
      + "{ count: 2, group: \(sites[0]) }]\n"
    let events = ", events: [{ at: 20 ms, until: 90 ms, partition: [[\(sites[0]), 3], [2]] }]"
    let loaded = try scenario(
      of: small(lines, schedule: "{ duration: 500 ms }")
        .replacing("network: { latency: 5 ms }", with: "network: { \(network)\(events) }"))
    let cell = loaded.cells[0]
    let text = cell.settings.text(of: cell.subject, seed: 1, named: "t", comment: [])
    let again = try scenario(of: text)
    let runner = Runner(workers: 1)
    let digests = await [runner.run(loaded) { _, _ in }, runner.run(again) { _, _ in }]
      .map { $0.map { "\($0.digest)" } }
    #expect(digests[0] == digests[1])
    #expect(again.cells[0].settings.clients == cell.settings.clients)
    #expect(text.contains("count: 2"))
  }

  // MARK: Clouds

  @Test("The latency between two regions is half of the round trip that the table has")
  func cloud() async throws {
    let machines =
      "nodes: [{ group: [us-east-1, eu-west-1] }]\nclients: { group: us-east-1, connections: 1 }\n"
    let table = try await Self.digests(machines, network: "cloud: aws")
    let byHand = try await Self.digests(
      machines,
      network: "regions: [{ between: [us-east-1, us-east-1], latency: 2750 us }, "
        + "{ between: [us-east-1, eu-west-1], latency: 34850 us }, "
        + "{ between: [eu-west-1, eu-west-1], latency: 1600 us }]")
    #expect(table == byHand)
  }

  @Test("Regions win over the table of a cloud, and describe groups that it lacks")
  func exceptions() throws {
    let loaded = try scenario(
      of: small("nodes: [{ group: [us-east-1, lab] }]\nclients: { group: lab }")
        .replacing(
          "network: { latency: 5 ms }",
          with: "network: { cloud: aws, latency: 1 ms, regions: [{ between: [us-east-1, lab], "
            + "latency: 7 ms }, { between: [us-east-1, us-east-1], latency: 8 ms }] }"))
    let network = loaded.cells[0].settings.network
    func latency(_ first: Int, _ second: Int) -> String {
      "\(network.classes[network.groupLinks[first][second]].latency)"
    }
    #expect(latency(1, 2).contains("7"))
    #expect(latency(1, 1).contains("8"))
    #expect(latency(2, 2).contains("1"))
  }

  @Test("The table of AWS has a round trip for every two regions, the least within each")
  func table() {
    let table = CloudRegions.aws
    #expect(table.names.count == 16 && Set(table.names).count == 16)
    for (index, row) in table.roundTrips.enumerated() {
      #expect(row.count == index + 1)
      #expect(row.allSatisfy { $0 > 0 && $0 < 5000 } && row.min() == row.last)
    }
    #expect(table.latency("eu-west-1", "us-east-1") == .microseconds(34_850))
    #expect(table.latency("us-east-1", "eu-west-1") == .microseconds(34_850))
    #expect(table.latency("us-east-1", "nowhere") == nil)
  }
}

@Suite("Mistakes about groups")
struct GroupMistakeTests {
  struct Mistake: Sendable, CustomTestStringConvertible {
    var lines: String
    var complaints: [String]
    var network = "latency: 5 ms"
    var testDescription: String { complaints.joined(separator: "; ") }
  }

  static let mistakes: [Mistake] = [
    Mistake(
      lines: "nodes: [{ group: [us, eu] }]",
      complaints: ["the latency between 'eu' and 'us' is given twice"],
      network:
        "regions: [{ between: [us, eu], latency: 1 ms }, { between: [eu, us], latency: 2 ms }, "
        + "{ between: [us, us], latency: 1 ms }, { between: [eu, eu], latency: 1 ms }]"),
    Mistake(
      lines: "nodes: [{ group: us, count: 5 }]",
      complaints: [
        "t.yaml:6:29: error: 'count' asks for 5 of 4 replicas, and 4 are left",
        "^ without 'count' a row stands for all that no other row describes",
      ]),
    Mistake(
      lines: "nodes: [{ group: us, count: 3 }]",
      complaints: ["t.yaml:6:8: error: 3 nodes are described, and there are 4 replicas"]),
    Mistake(
      lines: "nodes: [{ group: us }, { group: eu }]",
      complaints: [
        "t.yaml:6:24: error: two rows stand for all that no other row describes",
        "give one an 'id' or a 'count'",
      ]),
    Mistake(
      lines: "nodes: [{ id: 0, count: 2 }, {}]",
      complaints: ["t.yaml:6:18: error: 'count' cannot stand beside 'id'"]),
    Mistake(
      lines: "nodes: [{ name: x, count: 2 }, {}]",
      complaints: ["'nodes.0.name' has no effect in any run: it needs 'id'"]),
    Mistake(
      lines: "nodes: [{ group: all }, { id: 0, group: 3 }]",
      complaints: [
        "t.yaml:6:18: error: a group cannot be called 'all'",
        "t.yaml:6:41: error: a group cannot be called '3'", "numbers are replicas",
      ]),
    Mistake(
      lines: "nodes: [{ group: [] }]",
      complaints: [
        "t.yaml:6:18: error: 'nodes.0.group' must be a text, or a list of 1 to 256 items"
      ]
    ),
    Mistake(
      lines: "nodes: [{ group: europe }]\nfaults: [{ nodes: [eurpe], behaviour: silent }]",
      complaints: ["t.yaml:7:20: error: there is no node 'eurpe'", "^ did you mean 'europe'?"]),
    Mistake(
      lines: "nodes: [{ group: europe }]\nfaults: [{ nodes: [x, 4, 1, 1], behaviour: silent }]",
      complaints: [
        "there is no node 'x'", "^ allowed: 0 to 3, 'europe'",
        "node 4 does not exist: replicas are 0 to 3", "node 1 is listed twice",
      ]),
    Mistake(
      lines: "nodes: [{ group: us, count: 4 }, { group: eu }]\n"
        + "faults: [{ nodes: [eu], behaviour: silent }, { nodes: [2, us], behaviour: silent }]",
      complaints: [
        "t.yaml:7:20: error: no replica is in the group 'eu'",
        "t.yaml:7:59: error: node 2 is listed twice: it is in the group 'us'",
      ]),
    Mistake(
      lines: "nodes: [{ group: us, count: 2 }, { group: eu }]\nclients: { group: us }",
      complaints: [
        "the group 'us' is listed twice", "node 2 is on both sides",
        "client machine 0 is on both sides", "there is no node 'ue'",
        "^ allowed: 0 to 3, 'us', 'eu', 'clients' and 'all'",
      ],
      network: "latency: 5 ms, links: [{ from: [us, us], to: [asia], latency: 1 ms }], events: ["
        + "{ at: 0 s, partition: [[eu], [2]] }, { at: 0 s, partition: [[us], [clients]] }, "
        + "{ at: 0 s, cut: { from: [ue], to: [0] } }]"),
    Mistake(
      lines: "clients: { count: 0 }",
      complaints: ["t.yaml:6:19: error: 'clients.count' must be a whole number from 1 to 1000"]),
    Mistake(
      lines: "clients: [{ count: 600 }, { count: 600 }]",
      complaints: ["there are 1200 client machines; at most 1000 are possible"]),
    Mistake(
      lines: "nodes: [{ group: us }]\nclients: { group: uss }",
      complaints: ["t.yaml:7:19: error: no node and no region names the group 'uss'", "mean 'us'?"]),
    Mistake(
      lines: "nodes: [{ group: [us-east-1, eu-wast-1] }]\nclients: { group: nowhere }",
      complaints: [
        "t.yaml:6:30: error: 'network.cloud' has no region 'eu-wast-1'",
        "^ did you mean 'eu-west-1'?",
        "t.yaml:7:19: error: 'network.cloud' has no region 'nowhere'",
        "^ allowed: us-east-1, us-east-2, us-west-1,",
      ], network: "cloud: aws"),
    Mistake(
      lines: "nodes: [{ group: us-east-1 }]",
      complaints: [
        "client machine 0 is in no group, and 'cloud' has latencies between groups only",
        "^ give the clients a 'group' too",
      ], network: "cloud: aws"),
    Mistake(
      lines: "clients: { group: us-east-1 }",
      complaints: ["node 0 is in no group", "^ write 'nodes: [{ group: [...] }]'"],
      network: "cloud: aws"),
    Mistake(
      lines: "nodes: [{ group: us-east-1 }]\nclients: { group: us-east-1 }",
      complaints: [
        "'network.latency' has no effect in any run: it needs a link that 'cloud' does not describe"
      ], network: "cloud: aws, latency: 1 ms"),
    Mistake(
      lines: "", complaints: ["'network.cloud' must be one of 'none' or 'aws', found 'azure'"],
      network: "cloud: azure, latency: 1 ms"),
  ]

  @Test("Every mistake is told with its place and what is allowed", arguments: mistakes)
  func refused(_ mistake: Mistake) throws {
    let text = small(mistake.lines)
      .replacing("network: { latency: 5 ms }", with: "network: { \(mistake.network) }")
    let error = try #require(throws: ScenarioError.self) { try scenario(of: text) }
    for complaint in mistake.complaints {
      #expect("\(error)".contains(complaint), "\(error)")
    }
  }
  @Test("Parties who share records are no clients that a row could count or place")
  func parties() throws {
    guard KnownRecords.areThere else { return }
    let text = small(
      Witness.records + "\nclients: { count: 2, group: a }\n"
        + "nodes: [{ group: a, count: 2 }, { group: b }]")
    let error = try #require(throws: ScenarioError.self) { try scenario(of: text) }
    for key in ["count", "group"] {
      #expect(
        "\(error)".contains("'clients.\(key)' has no effect in any run: it needs no 'records'"),
        "\(error)")
    }
  }
}
