import DiscreteEvents
import Testing
import Yams

@testable import Experiments
@testable import Notation
@testable import YAMLDocuments

@Suite struct YAMLMutationTests {
  private static let sample = """
    # A &sample with *signs* in !places.
    name: toy
    protocol: pbft   # see &notes
    n: 4
    network: { latency: 250 us, bandwidth: 1 Gbit/s, 'loss': 5 % }
    faults:
    - node: 1
      behaviour: delay
      by: 3 ms
    - { node: 2, from: "10 s",
        behaviour: silent }
    seeds: [3, 4]
    notes: |
      *text* & more
        !deep
    more: plain text
      over *two lines
    list:
      - - a
        - b
      - c: d
    """

  private static let tokens = [
    "&a ", "*a", "!t ", "<<: ", "- ", ": ", ", ", "{", "}", "[", "]", "'", "\"", "#", " #", "\n",
    "\n  ", "\t", "|\n", ">\n", "? ", "---\n", "n: 4\n", "010", "\u{85}", "é", "\\", "%", "@",
  ]

  /// A few edits: bytes changed, cut out, doubled, or tokens of YAML put in.
  private static func mutated(_ draw: inout Draw) -> [UInt8] {
    var bytes = Array(sample.utf8)
    for _ in 0..<(1 + draw.below(4)) {
      guard !bytes.isEmpty else { break }
      let place = Int(draw.below(UInt64(bytes.count)))
      let end = min(bytes.count, place + Int(draw.below(12)))
      switch draw.below(6) {
      case 0: bytes[place] = UInt8(truncatingIfNeeded: draw.next())
      case 1: bytes.removeSubrange(place..<end)
      case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 3: bytes.removeSubrange((draw.below(8) == 0 ? place : bytes.count)...)
      default:
        let token = tokens[Int(draw.below(UInt64(tokens.count)))]
        bytes.insert(contentsOf: Array(token.utf8), at: place)
      }
    }
    return bytes
  }

  @Test("Twenty thousand broken files are each read or explained, and never trap")
  func neverTraps() {
    var accepted = 0
    var refused = 0
    for index in 0..<20_000 {
      var draw = Seed(7).draw(.sampling, UInt64(index))
      let bytes = Self.mutated(&draw)
      do throws(ScenarioError) {
        let root = try YAMLDocument.load(bytes, named: "f")
        accepted += 1
        if index % 4 == 0 { _ = try root.decoded(as: ToyScenario.keys) { ToyScenario($0) } }
      } catch {
        refused += 1
        // Recorded by hand, since an expectation costs more than the reading.
        for problem in error.diagnostics
        where problem.message.contains("cannot be read as YAML") {
          Issue.record("\(problem)")
        }
        if error.description.isEmpty { Issue.record("no problem in \(bytes)") }
      }
    }
    #expect(accepted > 1_000 && refused > 1_000)
  }

  @Test("The scan sees anchors, tags and duplicate keys exactly where the parser does")
  func agreesWithParser() {
    var anchored = 0
    var clean = 0
    for index in 0..<9_000 {
      var draw = Seed(8).draw(.sampling, UInt64(index))
      let source = SourceFile(name: "f", bytes: Self.mutated(&draw))
      let problems = Diagnostics()
      TextCheck.check(source, into: problems)
      guard !problems.hasErrors else { continue }
      YAMLScan.check(source, into: problems)
      let text = String(decoding: source.bytes, as: UTF8.self)
      guard let parser = try? Yams.Parser(yaml: text, resolver: .basic, encoding: .utf8) else {
        continue
      }
      let messages = problems.sorted.map(\.message)
      do {
        guard let root = try parser.singleRoot() else { continue }
        let hasSigns = withExtendedLifetime(parser) { Self.hasSigns(root) }
        let sawSigns = messages.contains {
          $0.contains("anchor") || $0.contains("alias") || $0.contains("tag")
        }
        if hasSigns != sawSigns { Issue.record("\(text)\n\(messages)") }
        // The parser took it, so the scan must not claim that it is broken.
        for message in messages
        where ["closed", "closes", "is needed", "duplicate"].contains(where: message.contains) {
          Issue.record("\(text)\n\(message)")
        }
        if hasSigns { anchored += 1 } else { clean += 1 }
      } catch YamlError.duplicatedKeysInMapping {
        if messages.isEmpty { Issue.record("\(text)") }
      } catch {
        continue
      }
    }
    #expect(anchored > 30 && clean > 500)
  }

  private static func hasSigns(_ node: Yams.Node) -> Bool {
    if node.anchor != nil { return true }
    // A tag that the text does not give is empty, or one of these after the parser compared keys.
    let implicit: [Yams.Tag.Name] = [.implicit, .str, .seq, .map]
    switch node {
    case .scalar(let scalar):
      return !implicit.contains(Yams.Tag.Name(rawValue: scalar.tag.rawValue))
    case .sequence(let items):
      return !implicit.contains(Yams.Tag.Name(rawValue: items.tag.rawValue))
        || items.contains(where: hasSigns)
    case .mapping(let entries):
      return !implicit.contains(Yams.Tag.Name(rawValue: entries.tag.rawValue))
        || entries.contains { hasSigns($0.key) || hasSigns($0.value) }
    case .alias: return true
    }
  }
}
