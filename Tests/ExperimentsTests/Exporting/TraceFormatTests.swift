import Foundation
import Testing

@testable import Experiments

@Suite("Formats of traces")
struct TraceFormatTests {
  static let formats: [TraceFormat] = [.perfetto, .itf]
  private static let block = """
    series: [{ protocol: pbft }]
    replicas: 4
    network: { latency: 1 ms }
    costs: costs/openssl-rsa2048.yaml
    clients: { connections: 1, timeout: 1 s }
    schedule: { blocks: 1 }
    """

  @Test("One block of PBFT is what the kept files say", arguments: formats)
  func golden(format: TraceFormat) throws {
    let file = ExportedRun.root.appendingPathComponent(
      "Tests/Traces/pbft-block.\(format.rawValue).json")
    let text = try ExportedRun(Self.block).text(format)
    if TraceFileTests.isUpdating(ProcessInfo.processInfo.environment) {
      try Data(text.utf8).write(to: file)
      return
    }
    let kept = try String(contentsOf: file, encoding: .utf8)
    #expect(text == kept, "\(file.lastPathComponent) is out of date; UPDATE_GOLDEN=1 rewrites it")
  }

  @Test("The same run gives the same bytes", arguments: TraceFormat.allCases)
  func deterministic(format: TraceFormat) throws {
    let run = try ExportedRun(Self.block)
    #expect(try run.text(format) == run.text(format))
  }

  @Test("Names of the scenario are escaped", arguments: formats)
  func escaped(format: TraceFormat) throws {
    let run = try ExportedRun(
      """
      series: [{ protocol: pbft, name: 'a "b" \\ {c}' }]
      replicas: 4
      nodes: [{ id: 0, name: 'd "e" \\' }, { id: 1 }, { id: 2 }, { id: 3 }]
      network: { latency: 1 ms }
      clients: { connections: 1, timeout: 1 s }
      schedule: { blocks: 1 }
      """)
    let object = try ExportedRun.object(run.text(format))
    let about = format == .itf ? object["#meta"] : object["otherData"]
    #expect((about as? [String: Any])?["series"] as? String == #"a "b" \ {c}"#)
    guard format == .perfetto else { return }
    let names = try ExportedRun.events(run.text(format)).filter { $0.name == "thread_name" }
    #expect(names.contains { $0.arguments["name"] as? String == #"r0 d "e" \"# })
  }

  @Test("A run that is cut short ends properly", arguments: formats, [1, 7, 20])
  func cut(format: TraceFormat, events: Int) throws {
    let run = try ExportedRun(Self.block + "\nlimits: { events: \(events) }")
    let text = try run.text(format)
    #expect(text.hasSuffix("\n]}\n"))
    if format == .perfetto {
      #expect(try ExportedRun.events(text).last?.name == "ends: event-limit")
    } else {
      let action = try ExportedRun.states(text).last?["action"] as? [String: Any]
      #expect(action?["event"] as? String == "ended")
      #expect(action?["kind"] as? String == "event-limit")
    }
  }

  @Test("A round that never comes has no event but the end", arguments: formats)
  func empty(format: TraceFormat) throws {
    let text = try ExportedRun(Self.block).text(format, round: 9_999)
    if format == .perfetto {
      let events = try ExportedRun.events(text).filter { $0.phase != "M" }
      #expect(events.map(\.category) == ["end"])
    } else {
      let actions = try ExportedRun.states(text).map { $0["action"] as? [String: Any] }
      #expect(actions.map { $0?["event"] as? String } == ["init", "ended"])
    }
  }

  @Test("A reader that went away ends the run", arguments: formats)
  func closed(format: TraceFormat) throws {
    let run = try ExportedRun(Self.block)
    let tracer = try Tracer(
      run.scenario, series: nil, variant: nil, settings: [], round: nil, kinds: [])
    let end = tracer.run(as: format, into: -1)
    #expect(end.failure == EBADF)
  }
}
