import ConsensusCore
import Notation
import RunPlans
import Tables

/// The first line of a trace: what it is a trace of, and what its fields and events mean.
struct TraceLegend {
  let text: String

  init(_ scenario: Scenario, _ cell: Scenario.Cell, seed: UInt64, round: Int?, kinds: [String]) {
    var members: [(String, JSONText)] = [
      ("fields", Self.words(Self.fields)), ("events", Self.words(Self.events)),
      ("kinds", .array(kinds.map { .string($0) })),
      ("nodes", Self.words(Self.nodes(cell.settings))),
    ]
    members += Self.run(scenario, cell, seed: seed, round: round)
    text = JSONText.object([("legend", .object(members))]).line
  }

  /// Which run it is.
  static func run(
    _ scenario: Scenario, _ cell: Scenario.Cell, seed: UInt64, round: Int?
  ) -> [(String, JSONText)] {
    let swept = zip(scenario.sweptKeys, cell.parameters).filter { !$0.1.isEmpty }
    return [
      ("scenario", .string(scenario.name)), ("series", .string(cell.series)),
      ("variant", .string(cell.variant)),
      ("parameters", words(swept.map { ($0, $1) })), ("seed", .literal(String(seed))),
      ("round", .literal(round.map { String($0) } ?? "null")),
    ]
  }

  private static let fields: [(String, String)] = [
    ("t_ns", "virtual time in nanoseconds since the run began; ascending, but for violated"),
    (
      "node",
      "where it happened: r0 is replica 0, c0 is client 0, p0 is party 0; left out for the whole run"
    ),
    ("event", "what happened: one of events"),
    ("kind", "the kind of message: one of kinds"),
    ("from", "the sender of the message"),
    ("to", "the receiver of the message"),
    ("leaves_ns", "when the copy leaves the sender's machine, in the unit of t_ns"),
    ("copy", "the number of the copy, from 0; left out for one that was never sent"),
    ("until_ns", "until when the node is at work, in the unit of t_ns"),
    ("reason", "why a copy was dropped, or why the run ended"),
    ("timer", "the timer that ran out"),
    ("command", "what the administrator asked for"),
    ("condition", "what the node is from now on"),
    ("invariant", "the invariant that was found broken"),
    ("digest", "the digest over all events until then, as in provenance.json for a whole run"),
    ("text", "the event for people: v is a view, n a sequence number, t a timestamp, h a height"),
  ]

  private static let events: [(String, String)] = [
    ("started", "the node began"),
    ("delivered", "the node began to handle a message"),
    ("timeout", "the node began to handle a timer that ran out"),
    ("command", "the node began to handle a command"),
    ("handled", "the node is at work on what it has just begun to handle"),
    ("sent", "a copy was handed to the network"),
    ("dropped", "a copy was given up: loss, cut, crashed or adversary"),
    ("observed", "the replica took an inner step"),
    (
      "changed",
      "the node became byzantine, or crashed, or came back: restarted, rolledBack or amnesiac"
    ),
    ("issued", "the client issued a request"),
    ("accepted", "the client accepted a result"),
    ("declined", "the client gave a request up"),
    ("party-sent", "a copy of a party's message was handed to the network"),
    ("party-handled", "the party began to handle a message"),
    ("test-began", "a test began"),
    ("test-ended", "a test ended"),
    ("violated", "an invariant broke; listed at the end, with the time at which it was noticed"),
    ("ended", "the trace ends"),
  ]

  private static func nodes(_ settings: RunPlan) -> [(String, String)] {
    let replicas = settings.nodes.prefix(settings.replicas).enumerated().map {
      ("r\($0)", $1.name)
    }
    guard settings.workload != nil else { return replicas }
    return replicas
      + settings.nodes.dropFirst(settings.replicas).enumerated().map { ("p\($0)", $1.name) }
  }

  private static func words(_ pairs: [(String, String)]) -> JSONText {
    .object(pairs.map { (key: $0, value: .string($1)) })
  }
}

extension JSONText {
  /// The value on one line, without blanks between its parts.
  var line: String {
    switch self {
    case .string, .literal: text()
    case .array(let items): "[" + items.map(\.line).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { JSONText.string($0).text() + ":" + $1.line }.joined(separator: ",") + "}"
    }
  }
}
