import ConsensusCore
import DiscreteEvents
import PBFT

/// Measures how long honest nodes are kept from leading: the price of isolation.
///
/// A node is excluded while it would be passed over if its turn came and an unmarked one would not: it
/// is marked malicious and no more than f members are, or a CONFIG block has removed it. Where sheets
/// are agreed on, the sheet at the highest height executed by an honest replica counts; literal sheets
/// count each on its own, and the mean over honest replicas is taken.
public struct IsolationClock: Sendable {
  /// A span of time, up to and without its end.
  struct Span: Hashable, Sendable {
    var start: Int64
    var end: Int64
  }

  /// The share of honest node-time.
  public struct Shares: Hashable, Sendable {
    /// In which nodes were excluded that could have led.
    public var excluded = 0.0
    /// In which nodes were excluded that were down or cut off anyway.
    public var excludedAway = 0.0

    /// Nobody was excluded.
    package init() {}

    /// Creates shares.
    package init(excluded: Double, excludedAway: Double) {
      self.excluded = excluded
      self.excludedAway = excludedAway
    }
  }

  /// What became of a node as a whole.
  enum Condition {
    /// From now on it counts as Byzantine.
    case byzantine
    /// It stopped.
    case down
    /// It came back, with its disk or without.
    case up(isBlank: Bool)
  }

  /// A sheet as far as it matters: who is marked, and who is a member.
  private struct Sheet: Sendable {
    var malicious = ReplicaSet()
    var members: ReplicaSet
  }

  private let isAgreed: Bool
  private var sheets: [Sheet] = []
  private var heights: [UInt64] = []
  /// The honest replica that executed the highest height, the first that did.
  private var reference = 0
  private var isByzantine: [Bool] = []
  private var everybody = ReplicaSet()
  /// By sheet and node, since when the node is excluded, and the spans that are over.
  private var since: [Int64?] = []
  private var spans: [[Span]] = []
  /// By node, since when it is down, and when it was down or cut off.
  private var downSince: [Int64?] = []
  private var away: [[Span]]

  /// Creates a clock.
  ///
  /// - Parameters:
  ///   - isAgreed: Whether sheets are functions of the executed batches, as certified ones are.
  ///   - cutOff: By replica, when the network keeps it from a quorum; ascending and apart.
  init(isAgreed: Bool, cutOff: [[Span]]) {
    self.isAgreed = isAgreed
    away = cutOff
  }

  mutating func begin(replicas: Int) {
    everybody = ReplicaSet((0..<replicas).map { ReplicaID($0) })
    sheets = Array(repeating: Sheet(members: everybody), count: replicas)
    heights = Array(repeating: 0, count: replicas)
    isByzantine = Array(repeating: false, count: replicas)
    since = Array(repeating: nil, count: replicas * replicas)
    spans = Array(repeating: [], count: replicas * replicas)
    downSince = Array(repeating: nil, count: replicas)
    while away.count < replicas { away.append([]) }
  }

  mutating func changed(_ replica: ReplicaID, to condition: Condition, at now: Int64) {
    switch condition {
    case .byzantine: isByzantine[replica.index] = true
    case .down: downSince[replica.index] = now
    case .up(let isBlank):
      if let start = downSince[replica.index] {
        away[replica.index].append(Span(start: start, end: now))
      }
      downSince[replica.index] = nil
      if isBlank { sheets[replica.index] = Sheet(members: everybody) }
    }
  }

  mutating func observe(_ observation: PBFTObservation, by replica: ReplicaID, at now: Int64) {
    let index = replica.index
    switch observation {
    case .marked(let marking):
      if marking.after == .malicious {
        sheets[index].malicious.insert(marking.subject)
      } else {
        sheets[index].malicious.remove(marking.subject)
      }
    case .enteredEpoch(_, let members, _): sheets[index].members = members
    case .transferred(let sequence, _):
      // The agreed state comes with it; what follows it is observed again.
      if isAgreed { sheets[index] = sheets[reference] }
      heights[index] = max(heights[index], sequence.number)
    case .executed(let sequence, _):
      heights[index] = max(heights[index], sequence.number)
    default: return
    }
    guard !isByzantine[index] else { return }
    if isByzantine[reference] || heights[index] > heights[reference] { reference = index }
    if !isAgreed {
      note(sheets[index], as: index, at: now)
    } else if index == reference {
      note(sheets[index], as: 0, at: now)
    }
  }

  /// Takes the sheet in row `row` to be this one from now on.
  private mutating func note(_ sheet: Sheet, as row: Int, at now: Int64) {
    let marked = sheet.malicious.intersection(sheet.members)
    let faults = Quorum(replicas: max(1, sheet.members.count)).faults
    for node in 0..<sheets.count {
      let id = ReplicaID(node)
      let isExcluded =
        !sheet.members.contains(id) || marked.count <= faults && marked.contains(id)
      let place = row * sheets.count + node
      if isExcluded, since[place] == nil {
        since[place] = now
      } else if !isExcluded, let start = since[place] {
        spans[place].append(Span(start: start, end: now))
        since[place] = nil
      }
    }
  }

  /// The shares of a run that ended at `end`.
  func shares(at end: Int64) -> Shares {
    let honest = sheets.indices.filter { !isByzantine[$0] }
    let rows = isAgreed ? [0] : honest
    guard end > 0, !honest.isEmpty else { return Shares() }
    var present: Int64 = 0
    var absent: Int64 = 0
    for row in rows {
      for node in honest {
        let place = row * sheets.count + node
        var excluded = spans[place]
        if let start = since[place] { excluded.append(Span(start: start, end: end)) }
        var away = away[node]
        if let start = downSince[node] { away.append(Span(start: start, end: end)) }
        let whole = excluded.reduce(0) { $0 + max(0, min($1.end, end) - $1.start) }
        let lost = Self.common(excluded, Self.merged(away), until: end)
        absent += lost
        present += whole - lost
      }
    }
    let nodeTime = Double(end) * Double(honest.count) * Double(rows.count)
    return Shares(excluded: Double(present) / nodeTime, excludedAway: Double(absent) / nodeTime)
  }

  /// Spans without overlaps, ascending.
  private static func merged(_ spans: [Span]) -> [Span] {
    var merged: [Span] = []
    for span in spans.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
      if let last = merged.last, span.start <= last.end {
        merged[merged.count - 1].end = max(last.end, span.end)
      } else {
        merged.append(span)
      }
    }
    return merged
  }

  /// How long two lists of spans have in common; each is without overlaps.
  private static func common(_ first: [Span], _ second: [Span], until end: Int64) -> Int64 {
    var sum: Int64 = 0
    for one in first {
      for other in second {
        sum += max(0, min(one.end, other.end, end) - max(one.start, other.start))
      }
    }
    return sum
  }
}
