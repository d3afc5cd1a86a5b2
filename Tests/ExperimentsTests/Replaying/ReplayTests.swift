import DiscreteEvents
import Foundation
import Testing

@testable import Experiments
@testable import Notation

#if canImport(FoundationXML)
  import FoundationXML
#endif

private func scenario(_ text: String) throws -> Scenario {
  try Scenario(SourceFile(name: "plan.yaml", text: text), directory: "", settings: [], seed: nil)
}

private func plan(_ subject: String, title: String = "a plan") -> String {
  let parameters =
    switch subject {
    case "raft": "raft: { heartbeat: 4 ms, election-timeout: [10 ms, 20 ms] }"
    case "pow": "pow: { difficulty-bits: 10 }"
    default: "pbft: { view-timeout: 20 ms, retransmission: 10 ms }"
    }
  return """
    name: plan
    title: "\(title)"
    measure: metrics
    series: [{ protocol: \(subject) }]
    replicas: 5
    network: { latency: { law: uniform, from: 600 us, to: 1 ms }, loss: 0.02, duplication: 0.05 }
    clients: [{ connections: 2, think-time: 2 ms }, { connections: 1 }]
    schedule: { duration: 60 ms }
    \(parameters)
    faults:
      - { nodes: [1], behaviour: crash, from: 5 ms, down-for: 8 ms }
      - { nodes: [2], behaviour: silent, from: 3 ms, probability: 0.5 }

    """
}

/// What stands in an SVG file, as far as tests ask.
private final class Contents: NSObject, XMLParserDelegate {
  var elements: [String: Int] = [:]
  var texts: [String] = []
  private var text = ""

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    elements[name, default: 0] += 1
    text = ""
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    if name == "text" { texts.append(text) }
    text = ""
  }

  init?(_ svg: String) {
    super.init()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = self
    guard parser.parse() else { return nil }
  }
}

@Suite("Replays")
struct ReplayTests {
  static let protocols = ["pbft", "sc-pbft", "raft", "pow"]

  @Test("The picture is well-formed and has a lane for everybody", arguments: protocols)
  func picture(subject: String) throws {
    let title = "<a> & 'b' \\\" ]]> é"
    let replay = try Replay(
      scenario(plan(subject, title: title)), number: nil, hasSeed: false)
    let replayed = try replay.replayed(from: nil, to: nil)
    let contents = try #require(Contents(replayed.svg))
    for lane in ["replica 0", "replica 4", "clients 0", "clients 1"] {
      #expect(contents.texts.contains(lane))
    }
    #expect(contents.texts.contains("Byzantine"))
    #expect(contents.texts.contains { $0.contains("<a> & 'b' \" ]]> é") })
    #expect(contents.texts.contains { $0.hasPrefix("virtual time in ms") })
    #expect(contents.elements["line", default: 0] > 10)
    #expect(replayed.svg == (try replay.replayed(from: nil, to: nil)).svg)
  }

  @Test("The digest is that of the run, whatever is shown of it", arguments: protocols)
  func digest(subject: String) async throws {
    let scenario = try scenario(plan(subject))
    let run = try #require(await Runner(workers: 1).run(scenario) { _, _ in }.first)
    let replay = try Replay(scenario, number: 1, hasSeed: false)
    for window in [nil, VirtualDuration.milliseconds(8)] {
      let replayed = try replay.replayed(
        from: window, to: window.map { $0 + .milliseconds(3) })
      #expect(replayed.text.contains("digest \(run.digest)"))
      #expect(!replayed.isRecorded && replayed.differences.isEmpty)
    }
  }

  @Test("A digest that was altered is another run, the right one is not")
  func altered() throws {
    let text = plan("pbft")
    let honest = try Replay(scenario(text), number: nil, hasSeed: false)
      .replayed(from: nil, to: nil)
    let digest = try #require(
      honest.text.firstMatch(of: /digest ([0-9a-f]{16})/).map { String($0.1) })
    let right = try Replay(
      scenario(text + "replay: { digest: \(digest) }"), number: nil, hasSeed: false
    ).replayed(from: nil, to: nil)
    #expect(right.differences == [] && right.isRecorded)
    #expect(right.text.contains("digest \(digest), as recorded"))
    let other = String(digest.reversed())
    let wrong = try Replay(
      scenario(text + "replay: { digest: \(other), breaks: P-1 }"), number: nil, hasSeed: false
    ).replayed(from: nil, to: nil)
    #expect(
      wrong.differences == [
        "the digest is \(digest), and \(other) was recorded",
        "P-1 holds, and was recorded as broken",
      ])
  }

  @Test("A violation is shown where it was noticed")
  func violation() throws {
    let replayed = try Replay(scenario(starving), number: nil, hasSeed: false)
      .replayed(from: nil, to: nil)
    let contents = try #require(Contents(replayed.svg))
    #expect(contents.texts.contains("PBFT breaks PL-1"))
    #expect(contents.texts.contains { $0.hasPrefix("PL-1") })
    #expect(replayed.isUnexpected)
    #expect(replayed.mermaid.contains("PL-1 is broken"))
  }

  @Test("A run that was cut short is no broken invariant, and is said to be cut short")
  func cutShort() throws {
    for schedule in ["duration: 60 ms", "heal-at: 20 ms, within: 1 s"] {
      let text = plan("pbft").replacing("duration: 60 ms", with: schedule)
      let replayed = try Replay(
        scenario(text + "limits: { events: 300 }\n"), number: nil, hasSeed: false
      ).replayed(from: nil, to: nil)
      #expect(replayed.isUnexpected)
      #expect(
        replayed.text.hasSuffix(
          "  cut short: the run did not end within 300 events, its limit"))
      let contents = try #require(Contents(replayed.svg))
      #expect(contents.texts.contains { $0.hasPrefix("PBFT was cut short") })
      #expect(!replayed.mermaid.contains("is broken"))
    }
  }

  @Test("What was expected to break and held is told, as running tells it")
  func silent() async throws {
    let text = plan("pbft") + "expect: { P-1: violated }\n"
    let replay = try Replay(scenario(text), number: nil, hasSeed: false)
    let replayed = try replay.replayed(from: nil, to: nil)
    #expect(replayed.silent == ["P-1"])
    #expect(replayed.text.hasSuffix("\n  P-1 was expected to break and held"))
    let cut = try scenario(text + "limits: { events: 300 }\n")
    let results = await Runner(workers: 1).run(cut) { _, _ in }
    #expect(Verdict(cut, results).missing.isEmpty)
    #expect(!Verdict(cut, results).unexpected.isEmpty)
  }

  @Test("What is still under way stands in both pictures, and dashes in the legend")
  func underWay() throws {
    let replay = try Replay(
      scenario(
        plan("pbft").replacing(
          "latency: { law: uniform, from: 600 us, to: 1 ms }",
          with: "latency: 5 ms")), number: nil, hasSeed: false)
    let replayed = try replay.replayed(from: .milliseconds(9), to: .milliseconds(13))
    let contents = try #require(Contents(replayed.svg))
    let dotted = replayed.mermaid.split(separator: "\n").filter { $0.contains("--)") }
    #expect(dotted.contains { $0.contains(": PREPARE") && $0.hasSuffix("(under way)") })
    #expect(contents.texts.contains("still under way where the picture ends"))
    #expect(contents.texts.contains("from here on Byzantine"))
    #expect(contents.texts.contains { $0.hasPrefix("virtual time in ms, not to scale") })
  }

  @Test("A flood that is under way in the end does not make the picture endless")
  func flood() throws {
    let busy = plan("pbft").replacing("600 us, to: 1 ms", with: "50 ms, to: 60 ms")
      .replacing("connections: 2,", with: "connections: 200,")
      .replacing("duration: 60 ms", with: "duration: 40 ms")
    let replayed = try Replay(scenario(busy), number: nil, hasSeed: false)
      .replayed(from: nil, to: nil)
    let contents = try #require(Contents(replayed.svg))
    #expect(contents.elements["line", default: 0] < 600)
    #expect(contents.texts.contains { $0.hasSuffix("more messages under way are not shown.") })
  }

  @Test("Lanes end where the picture does, however little happens")
  func tail() {
    let moment = DiagramScene.Moment(time: .zero + .milliseconds(1), job: 0)
    let scene = DiagramScene(
      title: "t", subtitle: "s", lanes: [DiagramScene.Lane(name: "replica 0", id: "r0")],
      kinds: [], from: .zero, to: moment.time, arrows: [],
      signs: [DiagramScene.Sign(lane: 0, at: moment, shape: .timer, text: "x")],
      violation: nil, notes: [])
    let axis = TimeAxis(scene, left: 100)
    #expect(axis.end == axis.place(moment) + 22)
    #expect(axis.right == 740)
  }

  @Test("What follows a violation that was expected can be looked at")
  func aftermath() throws {
    let text = starving.replacing(
      "requests: 1 }", with: "requests: 1 }\nexpect: { P-1: may-break }")
    let replay = try Replay(scenario(text), number: nil, hasSeed: false)
    let last = try replay.replayed(from: .milliseconds(210), to: nil)
    #expect(last.part.hasPrefix("210 to 220 ms"))
    let beyond = try Replay(
      scenario(split.replacing("repeat: 2", with: "repeat: 1")), number: 8, hasSeed: false)
    let broken = try #require(try beyond.replayed(from: nil, to: nil).violation)
    #expect(broken.time < .zero + .milliseconds(25))
    let after = try beyond.replayed(from: .milliseconds(29), to: nil)
    #expect(after.part.hasPrefix("29 to 30 ms"))
    #expect(Contents(after.svg) != nil)
  }

  @Test("A crash shades the lane, and what is lost for it is crossed out")
  func crash() throws {
    let replayed = try Replay(scenario(plan("pbft")), number: nil, hasSeed: false)
      .replayed(from: .milliseconds(4), to: .milliseconds(8))
    #expect(replayed.svg.contains("url(#down)"))
    #expect(replayed.svg.contains("dropped: crashed"))
    #expect(replayed.mermaid.contains("Note over r1: 5 ms: crashes"))
    #expect(replayed.mermaid.contains("(crashed)"))
  }

  @Test("Sequence diagrams hold statements of the grammar and nothing else", arguments: protocols)
  func mermaid(subject: String) throws {
    let replayed = try Replay(
      scenario(plan(subject, title: "x; y # z %% end")), number: nil, hasSeed: false
    ).replayed(from: .milliseconds(2), to: .milliseconds(9))
    let text = replayed.mermaid
    #expect(!text.contains("#") && !text.contains(";") && !text.contains("%%"))
    #expect(text.utf8.count < 50_000)
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines[0] == "sequenceDiagram")
    #expect(lines[1].hasPrefix("  title "))
    #expect(lines.count { $0.contains("participant") } == 7)
    #expect(lines.contains("  participant r2 as replica 2 (Byzantine)"))
    let arrow = /\ \ [rc]\d+(->>|-x|--\))[rc]\d+: .+/
    let note = /\ \ Note over [rc]\d+(,[rc]\d+)?: .+/
    for line in lines.dropFirst(9) {
      #expect(line.wholeMatch(of: arrow) != nil || line.wholeMatch(of: note) != nil, "\(line)")
    }
    #expect(lines.contains { $0.contains("->>") })
  }

  @Test("What Mermaid takes for syntax is replaced")
  func escaping() {
    #expect(
      MermaidDiagram.plain("a; b #1 %%x <b> End\nend 1 -> 2")
        == "a, b No. 1 %x (b) (End) (end) 1 → 2")
    #expect(MermaidDiagram.plain("") == "-")
  }

  @Test("Parts that cannot be shown are refused in plain words")
  func refusals() throws {
    let busy = try scenario(plan("pbft").replacing("think-time: 2 ms", with: "think-time: 1 us"))
    func complaint(_ scenario: Scenario, _ number: Int?, _ from: Int64?, _ to: Int64?) -> String {
      do {
        _ = try Replay(scenario, number: number, hasSeed: false).replayed(
          from: from.map { .milliseconds($0) }, to: to.map { .milliseconds($0) })
        return ""
      } catch {
        return error.description
      }
    }
    #expect(complaint(busy, nil, 0, 60).contains("more than 400 messages and steps"))
    #expect(complaint(busy, nil, 5, 5).contains("'--to' is not after '--from'"))
    #expect(complaint(busy, nil, 99, nil).contains("the run ended at 60 ms, before '--from'"))
    #expect(complaint(busy, 2, nil, nil).contains("there is no run 2: the scenario has one"))
    let several = try scenario(split)
    #expect(complaint(several, nil, nil, nil).contains("has 16 runs; choose one with '--run'"))
    #expect(complaint(several, nil, nil, nil).contains("--run 3: PBFT, calm, pbft.batch=2, seed 1"))
    #expect(complaint(several, 17, nil, nil).contains("the runs are 1 to 16"))
  }
}
