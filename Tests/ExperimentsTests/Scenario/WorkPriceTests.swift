import ConsensusCore
import Testing

@testable import Experiments
@testable import Notation
@testable import RunPlans

@Suite("Prices of several terms")
struct WorkPriceTests {
  struct Mistake: Sendable, CustomTestStringConvertible {
    let lines: String
    let complaint: String
    var testDescription: String { lines }
  }

  static let mistakes: [Mistake] = [
    Mistake(lines: "cost-overrides: { send: { fixed: 3 } }", complaint: "no unit"),
    Mistake(lines: "cost-overrides: { send: { fixed: -3 us } }", complaint: "fixed"),
    Mistake(lines: "cost-overrides: { send: { fixed: 2 h } }", complaint: "fixed"),
    Mistake(lines: "cost-overrides: { send: { per-byte: 3 B } }", complaint: "unknown unit"),
    Mistake(lines: "cost-overrides: { send: { once: 3 us } }", complaint: "'once'"),
    Mistake(
      lines: "cost-overrides: { verify: { per-byte: 1 ns } }",
      complaint: "'verify' has no 'per-byte'"),
    Mistake(
      lines: "cost-overrides: { sign: { per-request: 1 ns } }",
      complaint: "'sign' has no 'per-request'"),
    Mistake(
      lines: "cost-overrides: { execute: { each: 1 us, per-request: 2 us } }",
      complaint: "are one thing"),
    Mistake(lines: "nodes: [{ drain: true }]", complaint: "'nodes.0.drain' has no effect"),
    Mistake(
      lines: "cost-overrides: { verify: 1 ms }\nnodes: [{ drain: 3 }]",
      complaint: "'true' or 'false'"),
    Mistake(
      lines: "cost-overrides: { verify: 1 ms }\njitter: { law: normal }", complaint: "normal"),
    Mistake(
      lines: "cost-overrides: { verify: 1 ms }\njitter: { law: log-normal }",
      complaint: "needs 'sigma'"),
    Mistake(
      lines: "cost-overrides: { verify: 1 ms }\njitter: { law: log-normal, sigma: 0 }",
      complaint: "sigma"),
    Mistake(
      lines: "cost-overrides: { verify: 1 ms }\njitter: { law: exponential, sigma: 1 }",
      complaint: "has no 'sigma'"),
    Mistake(
      lines: "cost-overrides: { verify: 1 ms }\nhosts: [{ cores: 0, machines: [all] }]",
      complaint: "cores"),
    Mistake(
      lines: "cost-overrides: { verify: 1 ms }\nhosts: [{ cores: 1, machines: [7] }]",
      complaint: "there is no node '7'"),
    Mistake(
      lines: "cost-overrides: { verify: 1 ms }\nhosts: [{ cores: 1, machines: [0, 1] }, "
        + "{ cores: 1, machines: [clients, 1] }]",
      complaint: "node 1 is on host 0 as well"),
    Mistake(lines: "hosts: [{ cores: 1, machines: [all] }]", complaint: "'hosts' has no effect"),
    Mistake(lines: "clients: { work: 3 }", complaint: "no unit"),
    Mistake(lines: "jitter: { law: exponential }", complaint: "'jitter' has no effect"),
  ]

  @Test("A wrong term is reported where it stands", arguments: mistakes)
  func refused(mistake: Mistake) throws {
    let error = #expect(throws: ScenarioError.self) { _ = try scenario(of: small(mistake.lines)) }
    let found = try #require(error).diagnostics
    #expect(
      found.contains { "\($0.message) \($0.hint ?? "")".contains(mistake.complaint) }, "\(found)")
  }

  @Test(
    "What a scenario says of prices, jobs and their spread reaches the run, and is written again")
  func carriedOut() throws {
    let text = small(
      """
      cost-overrides:
        send: { fixed: 3 us, each: 1 us, per-request: 200 ns, per-byte: 250 ps }
        execute: { per-request: 7 us }
        verify: 4 us
      jitter: { law: log-normal, sigma: 0.5 }
      nodes: [{ drain: true }]
      """)
    let read = try #require(scenario(of: text).cells.first).settings
    #expect(read.costs[.send] == 1_000)
    #expect(read.costs[termsOf: .send] == WorkTerms(fixed: 3_000, perRequest: 200, perByte: 250))
    #expect(read.costs[.execute] == 7_000)
    #expect(read.costs[termsOf: .verify] == .none)
    #expect(read.spread == .logNormal(sigma: 0.5))
    let drains = read.nodes.prefix(read.replicas).map(\.drains)
    #expect(drains == [true, true, true, true])
  }
}
