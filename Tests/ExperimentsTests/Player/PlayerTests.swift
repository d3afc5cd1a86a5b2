import DiscreteEvents
import Foundation
import Notation
import Testing

@testable import Experiments

@Suite("Pages of runs")
struct PlayerTests {
  private static let text = """
    name: page
    title: "</script><b>"
    measure: tps
    series: [{ protocol: pbft }, { protocol: sc-pbft }]
    replicas: 4
    network:
      latency: { law: uniform, from: 1 ms, to: 2 ms }
      events: [{ at: 20 ms, until: 40 ms, partition: [["0"], ["1", "2", "3"]] }]
    clients: { connections: 2, timeout: 1 s }
    schedule: { tests: 2, window: 60 ms, rotation-delay: 20 ms, interval: 100 ms }
    pbft: { rotation: per-test }

    """

  private func scenario() throws -> Scenario {
    try Scenario(
      SourceFile(name: "page.yaml", text: Self.text), directory: "", settings: [], seed: nil)
  }

  private func replay(_ number: Int) throws -> Replay {
    try Replay(scenario(), number: number, hasSeed: false)
  }

  /// The data of a page.
  private func data(_ page: PlayerPage) throws -> [String: Any] {
    let text = String(decoding: page.bytes, as: UTF8.self)
    let begin = try #require(text.range(of: #"<script id="data" type="application/json">"#))
    let end = try #require(text.range(of: "</script>", range: begin.upperBound..<text.endIndex))
    let json = try JSONSerialization.jsonObject(
      with: Data(text[begin.upperBound..<end.lowerBound].utf8))
    return try #require(json as? [String: Any])
  }

  @Test("A page has as many events as the trace has lines, and says what the run is")
  func events() throws {
    let page = try PlayerPage([replay(1), replay(2)], from: nil, to: nil)
    let runs = try #require(try data(page)["runs"] as? [[String: Any]])
    for (index, series) in ["PBFT", "sc-PBFT"].enumerated() {
      let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
      defer { try? FileManager.default.removeItem(at: path) }
      FileManager.default.createFile(atPath: path.path, contents: nil)
      let file = try FileHandle(forWritingTo: path)
      let tracer = try Tracer(
        scenario(), series: series, variant: nil, settings: [], round: nil, kinds: [])
      #expect(tracer.run(into: file.fileDescriptor).failure == 0)
      let lines = try String(contentsOf: path, encoding: .utf8).split(separator: "\n")
      // The first line is the legend.
      #expect(page.events[index] == lines.count - 1)
      #expect(runs[index]["count"] as? Int == lines.count - 1)
      #expect(runs[index]["name"] as? String == series)
      let digest = try #require(runs[index]["digest"] as? String)
      #expect(lines.last?.contains(digest) == true)
    }
  }

  @Test("A text of the scenario cannot end the element that holds it")
  func escaped() throws {
    let page = try PlayerPage([replay(1)], from: nil, to: nil)
    #expect(try data(page)["title"] as? String == "page: </script><b>")
    let text = String(decoding: page.bytes, as: UTF8.self)
    #expect(!text.contains("</script><b>"))
  }

  @Test("A part has the events from its first instant to its last")
  func part() throws {
    let (first, last) = (VirtualDuration.milliseconds(10), VirtualDuration.milliseconds(30))
    let whole = try PlayerPage([replay(1)], from: nil, to: nil).events[0]
    let part = try PlayerPage([replay(1)], from: first, to: last).events[0]
    #expect(part > 0 && part < whole)
    #expect(throws: TraceError.self) { try PlayerPage([replay(1)], from: last, to: first) }
    #expect(throws: TraceError.self) {
      try PlayerPage([replay(1)], from: .seconds(3_600), to: nil)
    }
  }

  @Test(
    "Bytes become pairs of signs that neither JSON nor HTML escapes",
    arguments: [0, 1, 2, 12, 13, 14, 15, 100, 1001])
  func signs(count: Int) {
    var bytes = PlayerBytes()
    for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: index &* 97 &+ index / 7)) }
    #expect(Self.unpacked(bytes.text).prefix(count) == bytes.bytes[...])
    #expect(bytes.text.utf8.allSatisfy { (33...126).contains($0) })
    #expect(!bytes.text.contains { #""\<"#.contains($0) })
  }

  @Test(
    "Numbers have seven bits a byte, least first, and signed ones their sign last",
    arguments: [
      (0, [0], [0]), (1, [1], [2]), (63, [63], [126]), (64, [64], [128, 1]),
      (127, [127], [254, 1]),
      (300, [172, 2], [216, 4]),
    ])
  func numbers(number: Int, plain: [UInt8], signed: [UInt8]) {
    var bytes = PlayerBytes()
    bytes.append(number)
    #expect(bytes.bytes == plain)
    var other = PlayerBytes()
    other.append(signed: number)
    #expect(other.bytes == signed)
    var negative = PlayerBytes()
    negative.append(signed: -1)
    #expect(negative.bytes == [1])
  }

  @Test("Texts are templates with numbers and words, and numbers are told by their change")
  func templates() {
    var texts = PlayerTexts()
    func split(_ text: String) -> [Int] {
      let (template, changes) = texts.split(text)
      return [template] + changes
    }
    #expect(split("n12 v3 8fe1ac93b07d4e52") == [0, 12, 3, 0])
    #expect(split("n13 v3 8fe1ac93b07d4e52") == [0, 1, 0, 0])
    #expect(split("n13 v2 0123456789abcdef") == [0, 0, -1, 1])
    // Leading zeros and long numbers are text.
    #expect(split("c007") == [1] && split("c1234567890123456") == [2])
    #expect(split("") == [3] && split("cafe 5") == [4, 5])
    #expect(texts.templates[0].parts == ["n", " v", " ", ""] && texts.templates[0].sorts == "##$")
    #expect(texts.words == ["8fe1ac93b07d4e52", "0123456789abcdef"])
  }

  /// What the page makes of the signs.
  private static func unpacked(_ text: String) -> [UInt8] {
    let signs = (33...126 as ClosedRange<UInt8>).filter { !#""\<"#.utf8.contains($0) }
    let values = text.utf8.map { byte in signs.firstIndex(of: byte) ?? 0 }
    var (bits, held, bytes) = (0, 0, [UInt8]())
    for place in stride(from: 0, to: values.count - 1, by: 2) {
      let pair = values[place] + 91 * values[place + 1]
      bits |= pair << held
      held += pair & 8191 > 88 ? 13 : 14
      while held > 7 {
        bytes.append(UInt8(bits & 255))
        bits >>= 8
        held -= 8
      }
    }
    if values.count % 2 == 1, let last = values.last {
      bytes.append(UInt8((bits | last << held) & 255))
    }
    return bytes
  }
}
