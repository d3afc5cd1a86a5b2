import Testing

@testable import Experiments
@testable import Notation

/// Three replicas in three regions, the first of which leads, and a client in one of them.
@Suite("Clients that stay with a replica of Raft")
struct StayingClientKeyTests {
  private static func regions(_ lines: String, member: Int = 1, group: String = "b") -> String {
    """
    name: t
    measure: metrics
    series: [{ protocol: raft }]
    replicas: 3
    nodes: [{ group: a, count: 1 }, { group: b, count: 1 }, { group: c, count: 1 }]
    clients: { group: \(group), member: \(member), connections: 1, timeout: 300 ms }
    network:
      latency: 1 ms
      regions:
      - { between: [a, b], latency: 20 ms }
      - { between: [a, c], latency: 30 ms }
      - { between: [b, c], latency: 45 ms }
    schedule: { duration: 5 s }
    \(lines)
    """
  }

  private static func run(_ text: String) async throws -> RunResult {
    let results = await Runner(workers: 1).run(try scenario(of: text)) { _, _ in }
    #expect(results.flatMap(\.violations).isEmpty)
    return try #require(results.first)
  }

  /// The request goes to the replica, on to the leader and into a message to all followers.
  ///
  /// The next message to the replica, a heartbeat after it, has the commit index; the replica then replies. The
  /// leader itself replies once the nearer follower acknowledged.
  @Test(
    "Without noise a latency is the sum of its ways and of one heartbeat",
    arguments: [
      (member: 0, group: "a", expected: 1 + 2 * 20 + 1), (0, "b", 20 + 2 * 20 + 20),
      (1, "b", 1 + 20 + 100 + 20 + 1), (2, "c", 1 + 30 + 100 + 30 + 1),
      (2, "b", 45 + 30 + 100 + 30 + 45), (1, "a", 20 + 20 + 100 + 20 + 20),
    ])
  func closedForm(member: Int, group: String, expected: Int) async throws {
    let result = try await Self.run(
      Self.regions("raft: { requests: forward }", member: member, group: group)
        .replacing("{ duration: 5 s }", with: "{ warmup: 1 s, duration: 5 s }"))
    let latencies = result.tests[0].latencies
    #expect(latencies.count > 15)
    #expect(Set(latencies) == [Int64(expected) * 1_000_000])
  }

  @Test("A client of a replica that is down measures its own time-out, another notices little")
  func crash() async throws {
    let crash =
      "raft: { requests: forward }\nprobes: true\n"
      + "faults: [{ nodes: [1], behaviour: crash, from: 1 s, until: 1001 ms, down-for: 2 s }]"
    let staying = try await Self.run(Self.regions(crash))
    #expect((6...8).contains(staying.tests[0].declined), "\(staying.tests[0].declined)")
    #expect(staying.tests[0].accepted > 10)
    let other = try await Self.run(Self.regions(crash, member: 2, group: "c"))
    #expect(other.tests[0].declined == 0)
  }

  @Test("A client that stays with a follower is served only where requests are passed on")
  func redirected() async throws {
    let redirected = try await Self.run(Self.regions(""))
    #expect(redirected.tests[0].accepted == 0 && redirected.tests[0].declined == 16)
    let leader = try await Self.run(Self.regions("", member: 0, group: "a"))
    #expect(leader.tests[0].declined == 0 && leader.tests[0].accepted > 100)
  }

  @Test("Without a majority a replica gives requests up, which are declined or tried again")
  func patience() async throws {
    let cut =
      "faults: [{ nodes: [1, 2], behaviour: crash }]\n"
      + "raft: { request-timeout: 50 ms, requests: forward, check-quorum: false }"
    let declined = try await Self.run(Self.regions(cut, member: 0, group: "a"))
    // 52 ms each.
    #expect(declined.tests[0].declined == 96)
    let text = Self.regions(cut, member: 0, group: "a")
    let repeated = try await Self.run(
      text.replacing("timeout: 300 ms", with: "timeout: 300 ms, retry-after: 100 ms"))
    #expect(repeated.tests[0].declined == 16)
    #expect(repeated.requests.issued == 17)
  }

  static let refused: [(String, String)] = [
    ("clients: { member: 4 }", "'member: 4' is none of the 4 replicas"),
    ("clients: { member: -1 }", "member"),
    ("clients: { member: 1000000 }", "member"),
    ("clients: { member: one }", "member"),
    ("clients: { member: 1, dispatch: one }", "'dispatch'"),
    ("clients: { member: 1, after-decline: same }", "'after-decline'"),
    ("raft: { requests: forwarded }", "did you mean 'forward'?"),
    ("raft: { request-timeout: 0 s }", "request-timeout"),
    ("raft: { request-timeout: 10 s }", "no client waits for the end of 'request-timeout'"),
    (
      "raft: { request-timeout: 1 s }\nclients: { dispatch: multicast }",
      "do not heed one that gives up"
    ),
    ("clients: { retry-after: 1 s }", "'clients.retry-after' has no effect"),
    (
      "raft: { request-timeout: 5 s }\nclients: { retry-after: 5 s }",
      "'clients.retry-after' has no effect"
    ),
  ]

  @Test("Values that cannot be carried out are refused", arguments: refused)
  func refuses(lines: String, complaint: String) throws {
    let error = try #require(throws: ScenarioError.self) {
      try scenario(of: small(lines, subject: "raft"))
    }
    #expect(error.description.contains(complaint), "\(error)")
  }

  @Test(
    "Where clients need several replies nobody stays with a replica",
    arguments: ["pbft", "sc-pbft", "pow"])
  func protocols(name: String) throws {
    let error = try #require(throws: ScenarioError.self) {
      try scenario(of: small("clients: { member: 1 }", subject: name))
    }
    #expect(error.description.contains("'clients.member' has no effect"), "\(error)")
  }

  @Test(
    "Progress is demanded of a client that stays only where its replica can serve it",
    arguments: [
      ("", "is served only while that replica leads"),
      ("raft: { requests: forward }", nil),
      (
        "raft: { requests: forward }\nfaults: [{ nodes: [1], behaviour: crash }]",
        "may find it faulty"
      ),
      ("raft: { requests: forward }\nfaults: [{ nodes: [2], behaviour: crash }]", nil),
    ] as [(String, String?)])
  func healing(lines: String, complaint: String?) async throws {
    let text = small(
      lines + "\nclients: { member: 1, retransmit-after: 300 ms }", subject: "raft",
      schedule: "{ heal-at: 1 s, within: 9 s }")
    guard let complaint else {
      let results = await Runner(workers: 1).run(try scenario(of: text)) { _, _ in }
      #expect(results.flatMap(\.violations).isEmpty)
      return
    }
    let error = try #require(throws: ScenarioError.self) { try scenario(of: text) }
    #expect(error.description.contains(complaint), "\(error)")
  }
}
