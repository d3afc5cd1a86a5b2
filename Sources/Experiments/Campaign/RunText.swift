import DiscreteEvents
import Invariants
import RunPlans
import Simulator

/// Writes the result of a run as lines of text, without loss.
///
/// A line is a name and values, with a blank between them. Numbers are decimal, and `-` stands for no value.
/// A text that may have blanks comes last. Documentation/Campaigns.md describes the lines.
struct RunText {
  /// The lines.
  private(set) var bytes: [UInt8] = []

  /// The lines as a text.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Writes everything but the cell and the seed.
  init(_ run: RunResult) {
    line("digest", run.digest.description)
    line("events", "\(run.events)")
    line("stop", Self.text(of: run.stopReason))
    line("ending", Self.text(of: run.ending))
    line("end", "\(run.end.nanoseconds)")
    line("blocks", "\(run.blocks)")
    line("timeout", Self.optional(run.timeout?.nanoseconds))
    line("requests", Self.text(of: run.requests))
    line("strikes", Self.list(run.strikes.map { Self.optional($0) }))
    write(run.counters)
    for kind in run.messages {
      line("message", "\(kind.sent) \(kind.bytes) \(Self.escaped(kind.kind))")
    }
    for point in run.census {
      line("census", "\(point.rounds) \(point.time.nanoseconds) \(point.active) \(point.members)")
    }
    for violation in run.violations {
      let place = "\(Self.optional(violation.replica?.index)) \(violation.time.nanoseconds)"
      line("violation", "\(place) \(Self.escaped(violation.invariant.name))")
      line("detail", Self.escaped(violation.detail))
    }
    for test in run.tests { write(test) }
    line("elections", "\(run.elections) \(run.leaderChanges)")
    for node in run.usage { line("usage", Self.text(of: node)) }
    for interval in run.series { write(interval) }
    guard let account = run.account else { return }
    for entry in Workloads.counted?.lines(of: account) ?? [] {
      line("workload", Self.escaped(entry))
    }
  }

  private mutating func write(_ counters: RunCounters) {
    let numbers = [
      "\(counters.highestView)", "\(counters.timeouts)", "\(counters.convictions)",
      "\(counters.sheetEntries)", "\(counters.malicious)", "\(counters.falseIsolations)",
      Self.optional(counters.firstMalicious?.nanoseconds),
      Self.optional(counters.firstViewChange?.nanoseconds), "\(counters.turnsOutOfOrder)",
      "\(counters.proposers)", "\(counters.epochs)", Self.optional(counters.withoutHeartbeats),
      Self.optional(counters.windowFull?.nanoseconds),
    ]
    line("counters", Self.list(numbers))
    // The bits of the numbers: a decimal number could be another.
    line(
      "isolation",
      counters.isolation.map { "\($0.excluded.bitPattern) \($0.excludedAway.bitPattern)" } ?? "-")
    guard let chain = counters.chain else { return line("chain", "-") }
    line("chain", "\(chain.prefixFailures) \(chain.tipChanges)")
    line("mined", numbers: chain.mined)
    line("main", numbers: chain.onMainChain)
    line("reorganised", numbers: chain.reorganisations)
  }

  private mutating func write(_ test: RunResult.Test) {
    let numbers = [
      "\(test.number)", Self.optional(test.primary), "\(test.window.nanoseconds)",
      "\(test.accepted)", "\(test.blocks)", "\(test.declined)", "\(test.bogus)",
      "\(test.transactions)",
    ]
    line("test", Self.list(numbers))
    line("issued", Self.text(of: test.requests))
    line("latencies", numbers: test.latencies)
  }

  mutating func line(_ name: String, _ value: String) {
    bytes += name.utf8
    if !value.isEmpty {
      bytes.append(0x20)
      bytes += value.utf8
    }
    bytes.append(0x0A)
  }

  /// A line of whole numbers, of which a run may have many thousands.
  private mutating func line<Number: FixedWidthInteger>(_ name: String, numbers: [Number]) {
    bytes += name.utf8
    for number in numbers {
      bytes.append(0x20)
      var rest = number.magnitude
      let start = bytes.count + (number < 0 ? 1 : 0)
      if number < 0 { bytes.append(UInt8(ascii: "-")) }
      repeat {
        bytes.append(0x30 + UInt8(truncatingIfNeeded: rest % 10))
        rest /= 10
      } while rest > 0
      bytes[start...].reverse()
    }
    bytes.append(0x0A)
  }

  static func list<Value>(_ values: [Value]) -> String {
    var text = ""
    for value in values {
      if !text.isEmpty { text += " " }
      text += "\(value)"
    }
    return text
  }

  static func optional<Value: BinaryInteger>(_ value: Value?) -> String {
    value.map { "\($0)" } ?? "-"
  }

  static func text(of account: RequestAccount) -> String {
    list([
      account.issued, account.accepted, account.bogus, account.declined, account.betweenTests,
      account.inFlight,
    ])
  }

  private static func text(of reason: StopReason) -> String {
    switch reason {
    case .scheduleEnded: "schedule"
    case .timeLimit: "time-limit"
    case .eventLimit: "event-limit"
    case .arenaFull: "arena"
    case .standstill(let node): "standstill \(node)"
    case .runawayStep(let node): "runaway \(node)"
    case .idle: "idle"
    case .stranded: "stranded"
    case .violation: "violation"
    case .traceEnded: "trace"
    }
  }

  private static func text(of ending: RunEnding) -> String {
    switch ending {
    case .fulfilled: "fulfilled"
    case .unfulfilled(let cause): "unfulfilled \(escaped(cause))"
    case .violated(let invariant): "violated \(escaped(invariant.name))"
    }
  }

  /// A text on one line.
  static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { [0x0A, 0x0D, 0x5C].contains($0) }) else { return text }
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": escaped += "\\n"
      case "\r": escaped += "\\r"
      case "\\": escaped += "\\\\"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
