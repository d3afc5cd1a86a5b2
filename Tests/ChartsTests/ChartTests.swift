import Testing

@testable import Charts
@testable import Tables

/// A table from text, in which `|` stands for a comma.
private func table(_ lines: String...) throws -> Table {
  let text = lines.map { $0.replacing(" | ", with: ",") }.joined(separator: "\n") + "\n"
  return try Table(csv: Array(text.utf8), named: "t.csv")
}

/// Means of two protocols under two variants, over a swept key with a unit.
private let sweep = [
  "figure | protocol | variant | client_think_time_ms | seeds | tps_mean | tps_ci95 | blocks_mean | unfulfilled_runs",
  "- | PBFT | calm | 1 | 5 | 10.5 | 0.5 | 3 | 0", "- | PBFT | calm | 20 | 5 | 8 | 0.25 | 2 | 0",
  "- | PBFT | storm | 1 | 5 | 6 | 1 | 1 | 0", "- | PBFT | storm | 20 | 5 | 4 | 1 | 0 | 1",
  "- | Raft | calm | 1 | 5 | 20 | 0.5 | 9 | 0", "- | Raft | calm | 20 | 5 | 16 | 0.5 | 8 | 0",
  "- | Raft | storm | 1 | 5 | 12 | 0.5 | 7 | 0", "- | Raft | storm | 20 | 5 | 10 | 0.5 | 6 | 0",
]

private func table(_ lines: [String]) throws -> Table {
  let text = lines.map { $0.replacing(" | ", with: ",") }.joined(separator: "\n") + "\n"
  return try Table(csv: Array(text.utf8), named: "t.csv")
}

private func chart(
  _ table: Table, _ change: (inout ChartRequest) -> Void = { _ in }
) throws -> Chart {
  var request = ChartRequest()
  change(&request)
  return try Chart(table, file: "t.csv", title: "a title", request)
}

/// Why a chart cannot be drawn.
private func refusal(
  _ table: Table, _ change: (inout ChartRequest) -> Void = { _ in }
) -> String {
  do {
    _ = try chart(table, change)
    return "nothing"
  } catch {
    return "\(error)"
  }
}

@Suite("Charts of any table")
struct ChartTests {
  @Test(
    "What is not said is chosen: the metric, the swept key, a line a protocol, a panel a variant")
  func choices() throws {
    let chart = try chart(try table(sweep))
    #expect(chart.metric == "tps")
    #expect(chart.xLabel == "client think time (ms)")
    #expect(chart.yLabel == "transactions per second")
    #expect(chart.series == ["PBFT", "Raft"])
    #expect(chart.panels == ["calm", "storm"])
    #expect(chart.extent == "8 points in 4 lines and 2 panels")
    #expect(chart.caption == "means of 5 seeds; bars: 95 % interval")
    let first = try #require(chart.points.first)
    #expect((first.x, first.y) == (1, 10.5))
    #expect((first.low, first.high) == (10, 11))
    #expect(
      chart.remarks == ["runs that did not go as their schedule asks for are among the points"])
  }

  @Test(
    "A column is called by its name, as a key, or as a metric",
    arguments: ["client_think_time_ms", "client.think-time", "client_think_time"])
  func names(word: String) throws {
    let chart = try chart(try table(sweep)) {
      $0.x = word
      $0.y = "blocks"
      $0.series = "series"
      $0.panel = "variant"
    }
    #expect(chart.xLabel == "client think time (ms)")
    #expect(chart.metric == "blocks")
    #expect(chart.caption == "means of 5 seeds; no interval in the table")
  }

  @Test("A wrong column or value is refused with the nearest one and what there is")
  func wrongNames() throws {
    let table = try table(sweep)
    let column = refusal(table) { $0.y = "tsp" }
    #expect(column.hasPrefix("t.csv: error: there is no column 'tsp' for --y; did you mean"))
    #expect(column.contains("the columns are figure, protocol, variant"))
    let value = refusal(table) {
      $0.conditions = [ChartRequest.Condition("variant=stomr")].compactMap { $0 }
    }
    #expect(value.contains("no row has 'stomr' in 'variant'; did you mean 'storm'?"))
    #expect(value.contains("there are calm, storm"))
    let none = refusal(table) {
      $0.conditions = ["variant=calm", "variant=!calm"].compactMap { ChartRequest.Condition($0) }
    }
    #expect(none.contains("no row fits 'variant=calm' and 'variant=!calm'"))
  }

  @Test("Rows that nothing tells apart are refused with the columns in which they differ")
  func ambiguity() throws {
    let text = refusal(try table(sweep)) {
      $0.x = "client_think_time_ms"
      $0.series = "protocol"
      $0.panel = "protocol"
    }
    #expect(
      text.contains(
        "2 rows are one point where 'client_think_time_ms' is 1: they differ in 'variant': "
          + "choose with --where, --by or --panel"))
  }

  @Test("Values of one column are alternatives, and conditions stand in the caption")
  func conditions() throws {
    let chart = try chart(try table(sweep)) {
      $0.conditions = ["variant=storm", "protocol=!Raft"].compactMap { ChartRequest.Condition($0) }
    }
    #expect(chart.points.map(\.y) == [6, 4])
    #expect(
      chart.caption
        == "means of 5 seeds; bars: 95 % interval; variant = storm; protocol ≠ Raft")
    let both = try self.both()
    #expect(both.points.count == 8)
  }

  private func both() throws -> Chart {
    try chart(try table(sweep)) {
      $0.conditions = ["variant=storm", "variant=calm"].compactMap { ChartRequest.Condition($0) }
    }
  }

  @Test("A curve through two metrics goes along the rows, with the swept key unseen")
  func knee() throws {
    let chart = try chart(try table(sweep)) {
      $0.x = "tps"
      $0.y = "blocks"
    }
    #expect(chart.points.prefix(2).map(\.x) == [10.5, 8])
    #expect(chart.series == ["PBFT", "Raft"])
    let several = refusal(try table(sweep)) {
      $0.x = "tps"
      $0.y = "blocks"
      $0.series = "protocol"
      $0.panel = "protocol"
    }
    #expect(several.contains("a line goes along one key, and these rows differ in several"))
  }

  @Test("Rows that differ in their seed alone become their mean with its 95 % interval")
  func seeds() throws {
    let raw = try table([
      "protocol | variant | seed | test | tps", "PBFT | a | 1 | 1 | 1", "PBFT | a | 2 | 1 | 2",
      "PBFT | a | 3 | 1 | 3", "PBFT | a | 1 | 2 | 5", "PBFT | a | 2 | 2 | 5",
      "PBFT | a | 3 | 2 | 5",
    ])
    let chart = try chart(raw)
    #expect(chart.points.map(\.x) == [1, 2])
    #expect(chart.points.map(\.y) == [2, 5])
    // t(2) s / sqrt(3) with s = 1.
    let half = 4.30266 / 3.0.squareRoot()
    #expect(abs((chart.points[0].high ?? 0) - 2 - half) < 1e-9)
    #expect(chart.caption == "means of 3 seeds; bars: 95 % interval")
    let twice = try table([
      "protocol | variant | seed | test | tps", "PBFT | a | 1 | 1 | 1", "PBFT | a | 1 | 2 | 2",
    ])
    #expect(
      refusal(twice) {
        $0.x = "protocol"
        $0.series = "variant"
        $0.panel = "variant"
      }.contains("2 rows are one point where 'protocol' is PBFT: they differ in 'test'"))
  }

  @Test("A total beside its parts is drawn where the parts are not, and not among them")
  func totals() throws {
    let summary = try table([
      "protocol | variant | test | seeds | tps_mean | tps_ci95", "PBFT | a | 1 | 2 | 4 | 0",
      "PBFT | a | 2 | 2 | 6 | 0", "PBFT | a | all | 2 | 5 | 0", "PBFT | b | all | 2 | 7 | 0",
    ])
    #expect(
      try chart(summary) { $0.conditions = [.init("variant=a")].compactMap { $0 } }.points.map(\.y)
        == [4, 6])
    let whole = try chart(summary) { $0.x = "variant" }
    #expect(whole.points.map(\.y) == [5, 7])
    #expect(whole.categories == ["a", "b"])
    #expect(whole.shape == .places)
  }

  @Test("A logarithmic axis leaves out what is not above 0, and the chart tells so")
  func logarithmic() throws {
    let chart = try chart(try table(sweep)) {
      $0.y = "blocks"
      $0.isYLogarithmic = true
    }
    #expect(chart.points.count == 7)
    #expect(
      chart.remarks.contains(
        "1 point is not above 0, which a logarithmic vertical axis has no place for"))
    let nothing = try table(["protocol | n | tps", "PBFT | 1 | 0", "PBFT | 2 | -1"])
    let text = refusal(nothing) {
      $0.x = "n"
      $0.isYLogarithmic = true
    }
    #expect(text.contains("there is no point to draw"))
    #expect(
      refusal(try table(sweep)) {
        $0.x = "variant"
        $0.panel = "client_think_time_ms"
        $0.isXLogarithmic = true
      }.contains("'variant' has names and no numbers"))
  }

  @Test("Tables without rows, numbers or room are refused")
  func refusals() throws {
    #expect(refusal(try table(["a | b"])) == "t.csv: error: the table has no rows")
    #expect(refusal(try table(["a | b", "x | y"])).contains("no column has numbers"))
    let many = ["protocol | n | seeds | tps_mean"] + (1...9).map { "P\($0) | 1 | 1 | 2" }
    #expect(
      refusal(try table(many)) { $0.x = "n" }.contains("'protocol' has 9 values, and 8 lines"))
    let empty = try table(["protocol | n | seeds | tps_mean | x_mean", "A | 1 | 1 | 2 | "])
    #expect(refusal(empty) { $0.y = "x" }.contains("'x_mean' has no number"))
  }

  @Test(
    "A distribution is a step of shares, and many points have a band",
    arguments: [(10, "points"), (41, "band")])
  func shapes(count: Int, shape: String) throws {
    let rows = (1...count).map { "A | \($0) | 3 | 2 | 1" }
    let chart = try chart(try table(["protocol | n | seeds | tps_mean | tps_ci95"] + rows))
    #expect(chart.shape.rawValue == shape)
    let steps = try self.chart2()
    #expect(steps.shape == .steps)
    #expect(steps.xLabel == "latency (ms)")
    #expect(steps.caption == "all latencies of 3 seeds")
  }

  @Test("A line breaks where a place has no value, and lines without points are not named")
  func gaps() throws {
    let chart = try chart(
      try table([
        "protocol | variant | seed | from_s | accepted | leader | busy",
        "A | d | 1 | 0 | 5 | 1 | 0.5",
        "A | d | 1 | 1 |  | 1 | 0.5", "A | d | 1 | 2 | 7 | 2 | 0.5", "B | d | 1 | 0 |  |  | 0.5",
      ]))
    #expect(chart.points.map(\.isAfterGap) == [false, true])
    #expect(chart.series == ["A"])
    #expect(ChartScript(chart, name: "t").text.contains("NaN\n\n1,1,2.0"))
  }

  @Test("Numbers of replicas have no mean, and texts among numbers are told")
  func noMeans() throws {
    let lines = ["protocol | seed | from_s | leader", "A | 1 | 0 | 1", "A | 2 | 0 | 3"]
    let text = refusal(try table(lines)) { $0.y = "leader" }
    #expect(text.contains("'leader' has numbers of replicas or views, and these have no mean"))
    let one = try chart(try table(Array(lines.prefix(2)))) { $0.y = "leader" }
    #expect(one.points.map(\.y) == [1])
    let odd = try chart(try table(["n | seeds | tps_mean", "1 | 1 | 2", "2 | 1 | nan"]))
    #expect(odd.remarks == ["cells of 'tps_mean' that are no numbers are left out: 1"])
  }

  @Test("Rows that are one point are refused in a table without runs too")
  func twice() throws {
    let text = refusal(try table(["x | p | v", "1 | A | 5", "1 | A | 6"])) { $0.x = "x" }
    #expect(text.contains("2 rows are one point where 'x' is 1"))
  }

  private func chart2() throws -> Chart {
    try chart(
      try table([
        "protocol | variant | replicas | seeds | latency_ms | count | cumulative | share",
        "A | d | 4 | 3 | 1.5 | 1 | 1 | 0.5", "A | d | 4 | 3 | 2.5 | 1 | 2 | 1",
      ]))
  }
}

@Suite("Scripts for gnuplot")
struct ChartScriptTests {
  @Test("No text of a table can end its quotes, and no line of it is a command")
  func quotes() throws {
    #expect(ChartScript.quoted("it's") == "'it''s'")
    #expect(ChartScript.quoted("a\nsystem 'rm'") == "'a system ''rm'''")
    let hostile = try table([
      "protocol | n | seeds | tps_mean", "END | 1 | 1 | 2", "`id`'; system 'x' | 1 | 1 | 3",
    ])
    var request = ChartRequest()
    request.title = "$(id) \"x\" '\\n"
    let chart = try Chart(hostile, file: "t.csv", title: "", request)
    let script = ChartScript(chart, name: "t").text
    #expect(script.contains("array Category[2] = ['END', '`id`''; system ''x''']"))
    #expect(script.contains("title_ = '$(id) \"x\" ''\\n'"))
    #expect(script.contains("$chart << END\npanel,series,x,y,low,high\n1,1,1"))
  }

  @Test("A long title stands in lines that fit the width")
  func wrapping() throws {
    let table = try table(["protocol | n | seeds | tps_mean", "A | 1 | 1 | 2"])
    var request = ChartRequest()
    request.title = Array(repeating: "word", count: 30).joined(separator: " ")
    let script = ChartScript(try Chart(table, file: "t", title: "", request), name: "t").text
    #expect(script.contains("titlelines_ = 3"))
  }

  @Test("Every built-in chart has a section in plot.gp", arguments: BuiltInChart.allCases)
  func builtIn(chart: BuiltInChart) {
    let script = ChartScript(chart)
    #expect(script.text.contains("figure = '\(chart.name)'\n"))
    #expect(
      script.text.contains("wants('\(chart.name)')")
        || script.text.contains("wantsIfThere('\(chart.name)',"))
    #expect(BuiltInChart(named: chart.rawValue) == chart)
    #expect(BuiltInChart(named: chart.name) == chart)
  }
}
