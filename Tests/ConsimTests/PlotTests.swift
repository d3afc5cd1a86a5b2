import Foundation
import Testing

/// A run that makes tables for charts: two protocols, a sweep, a course and latencies.
private let scenario = """
  name: mine
  title: "<b>mine</b> & 'yours'"
  measure: metrics
  repeat: 2
  series: [{ protocol: pbft }, { protocol: raft }]
  sweep: { clients.connections: [1, 4] }
  replicas: 4
  network: { latency: 1 ms }
  record: { every: 500 ms, latencies: true }
  schedule: { duration: 1 s }

  """

/// The results of that run, which is made once.
private let made = Result {
  let directory = try Directory()
  try directory.write(scenario, to: "mine.yaml")
  let run = try FastProgram.call("run", "mine.yaml", in: directory)
  #expect(run.status == 0, "\(run.errors)")
  return directory
}

/// A directory with a copy of these results.
private func results() throws -> Directory {
  let directory = try Directory()
  let copy = try FastProgram.shell("cp -R '\(try made.get().url.path)/.' .", in: directory)
  #expect(copy.status == 0, "\(copy.errors)")
  return directory
}

@Suite("consim plot, report, init and manual")
struct PlotTests {
  @Test(
    "Any table is drawn, and the script that is left draws the same picture",
    arguments: [
      ("mine", "mine-tps"), ("mine --x tps --y latency_p50_ms --pdf", "mine-latency_p50_ms"),
      ("mine-series --panel clients.connections", "mine-series-accepted"),
      ("mine-latencies --log x", "mine-latencies-share"),
      ("mine --x protocol --where clients.connections=4 --size page", "mine-tps"),
      ("Results/mine.csv --y blocks", "mine-blocks"),
    ])
  func drawn(arguments: String, name: String) throws {
    let directory = try results()
    let plot = try FastProgram.shell("$consim plot \(arguments) && ls Results", in: directory)
    #expect(plot.status == 0, "\(plot.errors)")
    #expect(plot.output.contains("Results/\(name).svg, .png"), "\(plot.output)")
    let again = try FastProgram.shell(
      """
      cp Results/\(name).gp . && LC_ALL=C.UTF-8 gnuplot \(name).gp && cmp \(name).svg Results/\(name).svg &&
      python3 -c 'import xml.dom.minidom as m; m.parse("\(name).svg")'
      """, in: directory)
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.errors == "")
  }

  @Test(
    "What cannot be drawn is an error with an exit code, and leaves no file",
    arguments: [
      ("mine --y tsp", 65, "there is no column 'tsp' for --y; did you mean"),
      ("mine --where protocol=Rfat", 65, "did you mean 'Raft'?"),
      ("mien", 66, "there is no table 'mien'; did you mean 'mine'?"),
      ("mine --results Nowhere", 66, "Nowhere: error: there is no such directory"),
      ("empty.csv", 65, "empty.csv: error: the table has no rows"),
      ("broken.csv", 65, "broken.csv:2:1: error: 1 cell where the header has 2"),
      ("figure8", 66, "Results/figure8-summary.csv: error: there is no such file"),
      ("mine --where protocol", 64, "must be column=value"),
      ("--y tps", 64, "Name the result"),
      ("", 66, "there is no table of a built-in chart"),
    ])
  func refused(arguments: String, status: Int32, words: String) throws {
    let directory = try results()
    try directory.write("a,b\n", to: "empty.csv")
    try directory.write("a,b\nx\n", to: "broken.csv")
    let plot = try FastProgram.shell(
      """
      before=$(ls -R); $consim plot \(arguments); status=$?
      [ "$before" = "$(ls -R)" ] || exit 1
      exit $status
      """, in: directory)
    #expect(plot.status == status, "\(plot.errors)")
    #expect(plot.errors.contains(words), "\(plot.errors)")
  }

  @Test("Without gnuplot nothing is run, and the error names the package")
  func withoutGnuplot() throws {
    let directory = try results()
    let plot = try FastProgram.shell("PATH=/nowhere; exec $consim plot mine", in: directory)
    #expect(plot.status == 69)
    #expect(plot.errors.contains("gnuplot-nox"))
    let run = try FastProgram.shell(
      "PATH=/nowhere; $consim run mine.yaml --out other --plot; echo $? other/*", in: directory)
    #expect(run.output == "69 other/*\n")
  }

  @Test("run --plot draws what was run")
  func runAndPlot() throws {
    let directory = try Directory()
    try directory.write(scenario, to: "mine.yaml")
    let run = try FastProgram.call("run", "mine.yaml", "--plot", in: directory)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.hasSuffix("Results/mine-tps.svg, .png, .gp: 4 points in 2 lines\n"))
  }

  @Test(
    "A report is one page that needs nothing else, the same each time, and marks what was altered")
  func report() throws {
    let directory = try results()
    let first = try FastProgram.call("report", "--scenario", "mine.yaml", in: directory)
    #expect(first.status == 0, "\(first.errors)")
    let page = try directory.text("Results/report.html")
    #expect(page.contains("&lt;b&gt;mine&lt;/b&gt; &amp; 'yours'"))
    #expect(!page.contains("<b>mine"))
    #expect(!page.contains("<script") && !page.contains("http"))
    #expect(!page.contains(directory.url.path))
    // The sweep, the course, the latencies and a round.
    #expect(page.components(separatedBy: "data:image/svg+xml").count == 5)
    #expect(page.contains("One round:"))
    #expect(!page.contains("was altered"))
    let again = try FastProgram.shell(
      """
      mv Results/report.html first.html; $consim report --scenario mine.yaml --quiet
      cmp first.html Results/report.html
      sed -i 's/0.000/0.001/' Results/mine-summary.csv
      $consim report --no-rounds --only mine --quiet && grep -c 'mine-summary.csv was altered' Results/report.html
      $consim report --only mien; echo $?
      """, in: directory)
    #expect(again.output == "1\n66\n", "\(again.output) \(again.errors)")
    #expect(again.errors.contains("there is no result 'mien'; did you mean 'mine'?"))
  }

  @Test(
    "A scenario that a report cannot use is refused",
    arguments: [
      ("other.yaml", "the page has no result 'other'"), ("mine.yaml --no-rounds", "is for rounds"),
    ])
  func uselessScenario(arguments: String, words: String) throws {
    let directory = try results()
    try directory.write(scenario.replacing("name: mine", with: "name: other"), to: "other.yaml")
    let report = try FastProgram.shell(
      "$consim report --scenario \(arguments)", in: directory)
    #expect(report.status == 64)
    #expect(report.errors.contains(words), "\(report.errors)")
    #expect(try FastProgram.shell("ls Results/report.html", in: directory).status != 0)
  }

  @Test(
    "The first scenario of each kind is valid, and the commands in its head work",
    arguments: ["knee", "regions", "crash", "byzantine"])
  func firstScenario(example: String) throws {
    let directory = try Directory()
    let made = try FastProgram.call(
      "init", "first.yaml", "--example", example, in: directory)
    #expect(made.status == 0, "\(made.errors)")
    let commands = made.output.split(separator: "\n").filter { $0.hasPrefix("  consim ") }
    #expect(commands.count >= 4)
    for command in commands {
      let done = try FastProgram.shell(
        String(command).replacing("  consim ", with: "$consim "), in: directory)
      #expect(done.status == 0, "\(command): \(done.errors)")
      #expect(!done.errors.contains("warning"), "\(command): \(done.errors)")
    }
    let again = try FastProgram.call("init", "first.yaml", in: directory)
    #expect(again.status == 73)
    #expect(again.errors.contains("first.yaml: error: the file is there already"))
  }

  @Test(
    "A first scenario has a name that a scenario can have", arguments: ["x", "1.yaml", "a b.yaml"])
  func firstName(file: String) throws {
    let directory = try Directory()
    let made = try FastProgram.call("init", file, in: directory)
    #expect(made.status == 64)
    #expect(try FastProgram.shell("ls", in: directory).output == "")
  }

  @Test("The manual page has every command, and shells know every command too")
  func manual() throws {
    let directory = try Directory()
    let help = try FastProgram.call("--help", in: directory).output
    let list = try #require(help.components(separatedBy: "SUBCOMMANDS:").last)
    let commands = list.split(separator: "\n").compactMap { line -> String? in
      guard line.hasPrefix("  "), !line.hasPrefix("   "), !line.hasPrefix("  See ") else {
        return nil
      }
      return line.dropFirst(2).split(separator: " ").first.map { String($0) }
    }
    #expect(commands.count > 15)
    let manual = try FastProgram.call("manual", in: directory)
    #expect(manual.status == 0)
    let completions = try FastProgram.call("--generate-completion-script", "bash", in: directory)
    for command in commands where command != "help" {
      #expect(manual.output.contains("\n.Ss consim \(command)\n"), "\(command)")
      #expect(completions.output.contains(command), "\(command)")
    }
    let requests = manual.output.split(separator: "\n").filter { $0.hasPrefix(".") }
      .map { $0.prefix { $0 != " " } }
    let known: Set<Substring> = [
      ".Dd", ".Dt", ".Os", ".Sh", ".Nm", ".Nd", ".Ar", ".Op", ".Ss", ".Pp", ".Bl", ".El", ".It",
      ".Bd",
      ".Ed",
    ]
    #expect(Set(requests).subtracting(known).isEmpty)
  }
}
