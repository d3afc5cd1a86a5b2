import DiscreteEvents
import Foundation

@testable import Experiments
@testable import Notation

/// A file of commands and what they print; Tests/Traces/README.md explains the form.
struct TraceFile {
  /// A command with its lines, and what the file says it prints.
  struct Block {
    var command: [Substring]
    var expected: [Substring]
  }

  /// A line between blocks, or a block.
  enum Part {
    case remark(Substring)
    case block(Block)
  }

  var parts: [Part] = []

  var blocks: [Block] {
    parts.compactMap { if case .block(let block) = $0 { block } else { nil } }
  }

  /// Reads a file: a block ends with the first blank line after its `----`.
  init(_ text: String) {
    var command: [Substring] = []
    var expected: [Substring]?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if var lines = expected {
        guard line.isEmpty else {
          lines.append(line)
          expected = lines
          continue
        }
        parts.append(.block(Block(command: command, expected: lines)))
        (command, expected) = ([], nil)
        parts.append(.remark(line))
      } else if line == "----" {
        expected = []
      } else if command.isEmpty, line.isEmpty || line.hasPrefix("#") {
        parts.append(.remark(line))
      } else {
        command.append(line)
      }
    }
    if let expected { parts.append(.block(Block(command: command, expected: expected))) }
  }

  /// The same file with what its commands print now.
  func renewed() throws -> String {
    var lines: [String] = []
    var scenario: Scenario?
    for part in parts {
      switch part {
      case .remark(let line): lines.append(String(line))
      case .block(let block):
        lines += block.command.map(String.init) + ["----"]
        lines += try Self.output(of: block.command, &scenario)
      }
    }
    return lines.joined(separator: "\n")
  }

  // MARK: Commands

  private static func output(
    of command: [Substring], _ scenario: inout Scenario?
  ) throws -> [String] {
    let first = command.first ?? ""
    if first == "scenario" {
      let text = command.dropFirst().map { $0.dropFirst(2) }.joined(separator: "\n")
      let source = SourceFile(
        name: "scenario", text: "name: trace\nmeasure: metrics\n" + text + "\n")
      let read = try Scenario(source, directory: "", settings: [], seed: nil)
      scenario = read
      return [summary(of: read)]
    }
    guard let scenario, first.hasPrefix("show"), command.count == 1 else {
      throw TraceFileError("a file begins with 'scenario', then 'show' on one line: \(first)")
    }
    let lines = try text(of: scenario, selection(first.dropFirst(4), in: scenario))
    return lines.isEmpty ? ["nothing"] : lines
  }

  /// How the run ends.
  private static func summary(of scenario: Scenario) -> String {
    let cell = scenario.cells[0]
    let result = CellRun(cell: cell, index: 0, seed: cell.seeds[0]).result()
    let broken = result.violations.map(\.invariant.name)
    return "\(cell.series), \(cell.settings.replicas) replicas: \(result.stopReason.name), "
      + "\(result.requests.accepted) requests accepted, "
      + (broken.isEmpty ? "every invariant holds" : "broken: \(broken.joined(separator: ", "))")
  }

  /// Reads `sends, step; of r0, r1; from 0 ms to 5 ms; without applied`.
  private static func selection(
    _ text: Substring, in scenario: Scenario
  ) throws -> TraceSelection {
    var selection = TraceSelection()
    for clause in text.split(separator: ";") {
      let clause = clause.trimmingCharacters(in: .whitespaces)
      let words = clause.split { $0 == " " || $0 == "," }.map(String.init)
      switch words[0] {
      case "of": selection.nodes = Array(words.dropFirst())
      case "from" where words.count == 6 && words[3] == "to":
        selection.from = try instant(words[1])
        selection.through = try instant(words[4])
      case "without":
        selection.hidden = clause.dropFirst("without ".count).split(separator: ",")
          .map { $0.trimmingCharacters(in: .whitespaces) }
      default:
        for word in words {
          if let verb = TraceVerb(rawValue: word) {
            selection.verbs.append(verb)
          } else if scenario.cells[0].subject.traits.kinds.contains(word) {
            selection.kinds.append(word)
          } else {
            throw TraceFileError("'\(word)' is no verb and no kind of message")
          }
        }
      }
    }
    return selection
  }

  private static func instant(_ milliseconds: String) throws -> VirtualTime {
    guard let number = Double(milliseconds) else {
      throw TraceFileError("'\(milliseconds)' is no number of milliseconds")
    }
    return VirtualTime(nanoseconds: Int64((number * 1e6).rounded()))
  }

  private static func text(
    of scenario: Scenario, _ selection: TraceSelection
  ) throws -> [String] {
    let tracer = try Tracer(
      scenario, series: nil, variant: nil, settings: [], round: nil, kinds: [])
    let path = NSTemporaryDirectory() + "consim-trace-\(UUID().uuidString)"
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL, 0o600)
    defer {
      close(descriptor)
      unlink(path)
    }
    let end = tracer.runAsText(into: descriptor, selection)
    guard end.failure == 0 else { throw TraceFileError("cannot write \(path)") }
    let written = try String(contentsOfFile: path, encoding: .utf8)
    return written.split(separator: "\n").map(String.init)
  }
}

struct TraceFileError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
