import Foundation
import Tables
import Testing

@testable import Experiments

@Suite("Forms of reports")
struct ReportFormatTests {
  private static let suites = TestSuites(
    name: "consim check", summary: "2 checked",
    suites: [
      TestSuites.Suite(
        name: "a<b>&\"c\"\u{1}", file: "Results/a,b:c.csv", summary: "a: 50 % worse, b",
        text: "first: 50 %\r\n::error::second\n", isNoted: false,
        cases: [
          TestSuites.Case(
            name: "a.csv", outcome: .failed(message: "1\n<2>", text: "]]>\n& more\u{0}")),
          TestSuites.Case(name: "inputs", outcome: .passed("")),
          TestSuites.Case(name: "C3", outcome: .skipped("no run can")),
        ]),
      TestSuites.Suite(
        name: "noted", file: nil, summary: "within", text: "x", isNoted: true,
        cases: [TestSuites.Case(name: "b.csv", outcome: .passed("fine"))]),
      TestSuites.Suite(
        name: "equal", file: nil, summary: "all", text: "", isNoted: false, cases: []),
    ])

  @Test("JUnit: every text is escaped, and what XML cannot hold is replaced")
  func junit() {
    #expect(
      Self.suites.junit == """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="consim check" tests="4" failures="1" errors="0">
          <testsuite name="a&lt;b&gt;&amp;&quot;c&quot;\u{FFFD}" tests="3" failures="1" errors="0" \
        skipped="1">
            <testcase classname="a&lt;b&gt;&amp;&quot;c&quot;\u{FFFD}" name="a.csv">
              <failure type="difference" message="1 &lt;2&gt;">]]&gt;
        &amp; more\u{FFFD}</failure>
            </testcase>
            <testcase classname="a&lt;b&gt;&amp;&quot;c&quot;\u{FFFD}" name="inputs"/>
            <testcase classname="a&lt;b&gt;&amp;&quot;c&quot;\u{FFFD}" name="C3">
              <skipped message="no run can"/>
            </testcase>
          </testsuite>
          <testsuite name="noted" tests="1" failures="0" errors="0" skipped="0">
            <testcase classname="noted" name="b.csv">
              <system-out>fine</system-out>
            </testcase>
          </testsuite>
          <testsuite name="equal" tests="0" failures="0" errors="0" skipped="0">
          </testsuite>
        </testsuites>

        """)
  }

  @Test("GitHub: messages and properties are escaped by the runner's rules")
  func commands() {
    #expect(
      Self.suites.workflowCommands == """
        ::error file=Results/a%2Cb%3Ac.csv,title=a%3A 50 %25 worse%2C b::first: 50 %25%0D%0A\
        ::error::second%0A
        ::notice title=within::x
        2 checked

        """)
  }

  @Test("GitHub: no line of the summary page is Markdown or HTML of a scenario")
  func markdown() {
    let text = Self.suites.markdown
    #expect(text.hasPrefix("### consim check\n\n2 checked\n\n"))
    #expect(
      text.contains("| different | a&lt;b&gt;&amp;&quot;c&quot;\u{FFFD} | a: 50 % worse, b |"))
    #expect(text.contains("<pre>first: 50 %\u{FFFD}&#10;::error::second&#10;</pre>"))
    #expect(TestSuites.plain("a|b*c_d`e[f]<g>") == "a\\|b\\*c\\_d\\`e\\[f\\]&lt;g&gt;")
  }

  @Test("A report has a suite a result, with cases for tables, inputs and runs")
  func suites() throws {
    let result = try MadeUp.result(
      [MadeUp.cell("tps", "2.0", "1.0"), MadeUp.cell("tps", "4.0", "1.0", seed: 2)],
      inputs: [.input(.scenario, "scenario_digest of small")])
    let suites = MadeUp.report(result, try MadeUp.result([])).suites.suites
    #expect(suites.map(\.isFailed) == [true, false])
    #expect(suites[0].file == "Results/small.csv")
    #expect(suites[0].summary == "small: different: the scenario's file or settings changed")
    #expect(suites[0].cases.map(\.name) == ["small.csv", "inputs", "runs"])
    #expect(suites[0].cases.map(\.outcome.isFailed) == [true, true, false])
    guard case .failed(let message, let text) = suites[0].cases[0].outcome else {
      Issue.record("a table that differs is no failure")
      return
    }
    #expect(message.hasPrefix("2 differences: Results/small.csv: tps of"), "\(message)")
    #expect(message.hasSuffix("seed=2 was 4.0, now 1.0 (-75.00 %, worse)"), "\(message)")
    #expect(text.split(separator: "\n").count == 2)
  }

  @Test(
    "The list for github-action-benchmark has the means of one sense",
    arguments: [
      (
        MetricSense.bigger,
        [
          "x-summary: PBFT, load=5, tps_mean|1/s|40.500|± 1.250|seeds: 10",
          "x-summary: Raft, load=5, tps_mean|1/s|41.000|-|seeds: 1",
        ]
      ),
      (.smaller, ["x-summary: PBFT, load=5, latency_p99_ms_mean|ms|7.000|-|seeds: 10"]),
    ])
  func benchmarks(_ sense: MetricSense, _ expected: [String]) throws {
    var table = Table(columns: [
      "figure", "protocol", "variant", "load", "test", "seeds", "tps_mean", "tps_ci95",
      "latency_p99_ms_mean",
    ])
    func row(_ name: String, _ test: String, _ values: [String]) -> [Cell] {
      ([name, "", "5", test] + values).map { Cell(reading: $0) }
    }
    table.append([.text("8")] + row("PBFT", "1", ["10", "1.000", "1.000", "1.000"]))
    table.append([.text("8")] + row("PBFT", "all", ["10", "40.500", "1.250", "7.000"]))
    table.append([.text("8")] + row("Raft", "all", ["1", "41.000", "", ""]))
    var list = BenchmarkList(sense)
    list.append(
      Report.File(
        name: "x-summary", table: table, keys: ["figure", "protocol", "variant", "load", "test"]))
    let items = try #require(
      try JSONSerialization.jsonObject(with: Data(list.json.utf8)) as? [[String: Any]])
    let texts = list.items.map {
      [$0.name, $0.unit, $0.value, $0.range ?? "-", $0.extra ?? "-"].joined(separator: "|")
    }
    #expect(texts == expected)
    #expect(items.map { $0["name"] as? String } == list.items.map(\.name))
    #expect(items.allSatisfy { $0["value"] is NSNumber })
  }
}
