import Tables

/// One law and what the simulator made of it.
public struct SelfTestRow: Hashable, Sendable {
  /// How a measurement is judged.
  public enum Criterion: Hashable, Sendable {
    /// It is an estimate with this standard error, and four of them are allowed.
    case estimate(standardError: Double)
    /// It is the statistic of Kolmogorov and Smirnov, sqrt(n) sup |F_n - F|, which stays below its
    /// own critical value ``SelfTestRow/criticalDistance``.
    case distance
    /// It is a share that is at least what is expected.
    case floor
  }

  /// Standard errors by which an estimate may be off; by chance it is more in 6 of 100 000.
  public static let allowedDeviation = 4.0
  /// The value that sqrt(n) sup |F_n - F| exceeds as seldom as that: 2 exp(-2 x^2) = 6.33e-5, the
  /// first term of Kolmogorov's series; the next is below 1e-17.
  public static let criticalDistance = 2.2762

  /// What is measured, with its parameters.
  public let quantity: String
  /// The law and its source.
  public let law: String
  /// What the law says.
  public let expected: Double
  /// What came out.
  public let measured: Double
  /// How it is judged.
  public let criterion: Criterion

  /// How far the measurement is off in standard errors, with its sign; nil where there are none.
  public var deviation: Double? {
    guard case .estimate(let error) = criterion else { return nil }
    if measured == expected { return 0 }
    return error > 0 ? (measured - expected) / error : .infinity
  }

  /// Whether chance explains the measurement.
  public var passes: Bool {
    switch criterion {
    case .estimate: (deviation ?? .infinity).magnitude <= Self.allowedDeviation
    case .distance: measured <= Self.criticalDistance
    case .floor: measured >= expected
    }
  }

  /// A share of `trials` with its binomial standard error, by the law's share.
  static func share(
    _ quantity: String, _ law: String, expected: Double, hits: Int, of trials: Int
  ) -> SelfTestRow {
    SelfTestRow(
      quantity: quantity, law: law, expected: expected, measured: Double(hits) / Double(trials),
      criterion: .estimate(
        standardError: (expected * (1 - expected) / Double(trials)).squareRoot()))
  }

  /// A quotient of sums over independent runs, with the error that their spread shows.
  static func quotient(
    _ quantity: String, _ law: String, expected: Double, runs: [(part: Int, whole: Int)]
  ) -> SelfTestRow {
    let whole = Double(runs.reduce(0) { $0 + $1.whole })
    let quotient = Double(runs.reduce(0) { $0 + $1.part }) / whole
    var squares = 0.0
    for run in runs {
      let residue = Double(run.part) - quotient * Double(run.whole)
      squares += residue * residue
    }
    let count = Double(runs.count)
    return SelfTestRow(
      quantity: quantity, law: law, expected: expected, measured: quotient,
      criterion: .estimate(
        standardError: (squares * count / (count - 1)).squareRoot() / whole))
  }

  /// The distance of a sample from a law.
  static func distance(
    _ quantity: String, _ law: String, sample: [Double], distribution: (Double) -> Double
  ) -> SelfTestRow {
    let sorted = sample.sorted()
    let count = Double(sorted.count)
    var largest = 0.0
    for (index, value) in sorted.enumerated() {
      let probability = distribution(value)
      largest = max(
        largest, probability - Double(index) / count, Double(index + 1) / count - probability)
    }
    return SelfTestRow(
      quantity: quantity, law: law, expected: criticalDistance,
      measured: largest * count.squareRoot(), criterion: .distance)
  }
}

/// What a self-test found.
public struct SelfTestReport: Hashable, Sendable {
  /// All laws, in the order of the oracles.
  public internal(set) var rows: [SelfTestRow]

  /// Whether chance explains all that was measured.
  public var passes: Bool { rows.allSatisfy(\.passes) }

  /// A table for people, with a line of summary.
  public var text: String {
    var table = TextTable(
      ["quantity", "expected", "measured", "std. error", "deviation", "verdict", "law"])
    for row in rows {
      var cells = [row.quantity, Self.text(row.expected, 5), Self.text(row.measured, 5)]
      switch row.criterion {
      case .estimate(let error):
        cells += [Self.text(error, 5), Self.text(row.deviation ?? 0, 2)]
      case .distance:
        cells[1] = "< " + Self.text(row.expected, 4)
        cells += ["-", "-"]
      case .floor:
        cells[1] = ">= " + Self.text(row.expected, 4)
        cells += ["-", "-"]
      }
      table.append(cells + [row.passes ? "ok" : "FAILS", row.law])
    }
    let failures = rows.count { !$0.passes }
    let verdict =
      failures == 0
      ? "\(rows.count) laws hold" : "\(failures) of \(rows.count) laws do not hold"
    return table.text + "\n" + verdict
      + " (within \(Int(SelfTestRow.allowedDeviation)) standard errors)\n"
  }

  private static func text(_ value: Double, _ digits: Int) -> String {
    FixedDecimal(value, digits: digits)?.text ?? "infinite"
  }
}
