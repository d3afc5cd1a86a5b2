import DiscreteEvents
import PairingCrypto
import Tables

/// What a walk through the scheme prints, and what it has cost so far.
struct DemoLog {
  private var lines: [String] = []
  private var total = OperationTally()
  private let profile: CryptoCostProfile

  /// No line is wider than this.
  private static let width = 96

  /// Where the text behind a role begins.
  private static let margin = 7

  /// A log whose times follow from a profile.
  init(_ profile: CryptoCostProfile) { self.profile = profile }

  /// The lines so far.
  var text: String { lines.map { $0 + "\n" }.joined() }

  /// A line as it is.
  mutating func line(_ text: String = "") { lines.append(text) }

  /// The beginning of a step.
  mutating func step(_ title: String) {
    line()
    line(title)
  }

  /// What a role holds, sees or answers.
  mutating func role(_ role: String, _ text: String) {
    wrap(role, text.split(separator: " ").map(String.init))
  }

  /// What something has cost, by its time and its operations.
  mutating func cost(_ what: String, _ operations: OperationTally) {
    total += operations
    let counts = CountedOperation.allCases.filter { operations[$0] > 0 }.map {
      "\(operations[$0]) \($0.name)"
    }
    let separated = counts.dropLast().map { $0 + "," } + counts.suffix(1)
    wrap("cost", ["\(what):", Self.text(profile.cost(of: operations)) + ";"] + separated)
  }

  /// The cost of everything.
  mutating func end() {
    step("Together")
    cost("all that is shown", total)
  }

  /// Bytes with their number and how they begin.
  static func bytes(_ bytes: [UInt8]) -> String { "\(bytes.count) bytes \(hex(bytes))" }

  /// The first bytes in hexadecimal.
  static func hex(_ bytes: [UInt8]) -> String {
    let digits = bytes.prefix(6).map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    return digits.joined() + (bytes.count > 6 ? "..." : "")
  }

  private static func text(_ time: VirtualDuration) -> String {
    let nanoseconds = min(time.nanoseconds, .max / 1_000)
    return nanoseconds == 0 ? "0 ns" : TextTable.time(nanoseconds * 1_000)
  }

  /// Lines of words behind a head; words are not broken.
  private mutating func wrap(_ head: String, _ words: [String]) {
    let margin = String(repeating: " ", count: Self.margin)
    var current = "  \(head)" + margin.dropFirst(head.count + 2)
    for (place, word) in words.enumerated() {
      if place > 0, current.count + 1 + word.count > Self.width {
        line(current)
        current = margin + word
      } else {
        current += (place > 0 ? " " : "") + word
      }
    }
    line(current)
  }
}
