/// What became of the inputs of one subject.
struct Tally {
  private var counts: [Fate.Kind: Int] = [:]
  private var reasons: [String: Int] = [:]
  private var digest = Fate.emptyDigest

  var findings: Int { counts[.finding, default: 0] }

  mutating func add(_ kind: Fate.Kind, digest part: UInt64, reason: String) {
    counts[kind, default: 0] += 1
    if kind == .refused, !reason.isEmpty { reasons[reason, default: 0] += 1 }
    digest = (digest ^ part) &* Fate.prime
  }

  /// A line for the subject and one for each reason.
  func report(_ name: String) -> String {
    let kinds = Fate.Kind.allCases.map { "\(counts[$0, default: 0]) \($0.rawValue)" }
    return "\(name): \(kinds.joined(separator: ", ")), digest \(String(digest, radix: 16))"
      + reasons.sorted { $0.key < $1.key }.map { "\n  \($0.value) \($0.key)" }.joined()
  }
}
