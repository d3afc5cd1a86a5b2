import RunPlans

// What a campaign did not reach, in words.
extension Coverage {
  /// Outcomes of handling a message that can be, by their bits: an inner step is 1, one message sent
  /// is 2, and several are 6.
  private static let outcomes: [(bits: Int, name: String)] = [
    (0, "nothing"), (1, "a step"), (2, "an answer"), (3, "a step and an answer"),
    (6, "answers"), (7, "a step and answers"),
  ]

  /// The state of a receiver, as points tell them apart.
  private static func name(ofState state: Int) -> String {
    let view = state >> 2 == 3 ? "view or term 3 and later" : "view or term \(state >> 2)"
    return view + (state & 2 == 2 ? ", leads" : "") + (state & 1 == 1 ? ", restarted" : "")
  }

  /// What handling `kind` in `state` never led to, all if it was never handled there.
  private func missing(kind: Int, state: Int) -> [String] {
    Self.outcomes.filter {
      !contains(CoveragePoint.message(UInt8(kind), state: state, outcome: $0.bits))
    }.map(\.name)
  }

  private func reached(kind: Int) -> Int {
    (0..<CoveragePoint.states).reduce(0) {
      $0 + Self.outcomes.count - missing(kind: kind, state: $1).count
    }
  }

  /// How many triples of message, state and outcome were reached, of those that can be told apart;
  /// some of these no run can reach.
  func summary(kinds: [String]) -> String {
    let most = CoveragePoint.states * Self.outcomes.count
    let counts = kinds.indices.map { (kind: kinds[$0], reached: reached(kind: $0)) }
    let total = counts.reduce(0) { $0 + $1.reached }
    let least = counts.filter { $0.reached < most / 4 }
      .sorted { ($0.reached, $0.kind) < ($1.reached, $1.kind) }
      .prefix(4).map { "\($0.kind) \($0.reached)" }
    return "message x state x outcome: \(total) of \(most * kinds.count)"
      + (least.isEmpty ? "" : "; least, of \(most) each: \(least.joined(separator: ", "))")
  }

  /// All that was never reached: a line for each kind of message and state of its receiver, and for
  /// each step the states it was never made in.
  func gaps(kinds: [String], marks: [String]) -> [String] {
    var lines: [String] = []
    for kind in kinds.indices {
      for state in 0..<CoveragePoint.states {
        let names = missing(kind: kind, state: state)
        guard !names.isEmpty else { continue }
        let what =
          names.count == Self.outcomes.count ? "never handled" : names.joined(separator: "; ")
        lines.append("\(kinds[kind]) in \(Self.name(ofState: state)): \(what)")
      }
    }
    for mark in marks.indices {
      let states = (0..<CoveragePoint.states).filter {
        !contains(CoveragePoint.step(mark, state: $0))
      }
      guard !states.isEmpty else { continue }
      let what =
        states.count == CoveragePoint.states
        ? "never" : "never in " + states.map(Self.name(ofState:)).joined(separator: "; ")
      lines.append("step \(marks[mark]): \(what)")
    }
    return lines
  }

  /// The points that a line of ``gaps(kinds:marks:)`` or a part of it names, such as `step undone`,
  /// `step marked in view or term 1` or `block in view or term 0: a step`; nil if it names none.
  static func points(named name: String, kinds: [String], marks: [String]) -> [Int]? {
    let parts = name.split(separator: ": ", maxSplits: 1, omittingEmptySubsequences: false)
    if let mark = marks.first(where: { name == "step \($0)" }).flatMap(marks.firstIndex) {
      return (0..<CoveragePoint.states).map { CoveragePoint.step(mark, state: $0) }
    }
    for state in 0..<CoveragePoint.states {
      let place = " in \(Self.name(ofState: state))"
      if let mark = marks.indices.first(where: { name == "step \(marks[$0])\(place)" }) {
        return [CoveragePoint.step(mark, state: state)]
      }
      guard let kind = kinds.indices.first(where: { parts[0] == "\(kinds[$0])\(place)" }) else {
        continue
      }
      let wanted = parts.count == 1 ? outcomes : outcomes.filter { $0.name == parts[1] }
      guard !wanted.isEmpty else { return nil }
      return wanted.map {
        CoveragePoint.message(UInt8(kind), state: state, outcome: $0.bits)
      }
    }
    return nil
  }

  /// Whether one of the points of that name was reached; nil if there are none.
  public func reaches(_ name: String, of subject: FuzzProtocol) -> Bool? {
    Self.points(named: name, kinds: subject.kindNames, marks: subject.markNames)
      .map { $0.contains { contains($0) } }
  }
}
