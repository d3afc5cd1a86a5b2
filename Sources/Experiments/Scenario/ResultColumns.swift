/// The columns of result files beside those that sweeps add, each declared here alone.
enum ResultColumns {
  /// What names a point.
  static let point = ["figure", "protocol", "variant"]

  /// A test of a run, after its seed.
  static let test = ["test", "primary", "tps", "blocks", "declined", "bogus_per_s"]
  /// What became of requests; every request is in one of those after the first.
  static let requests = [
    "issued", "accepted", "bogus", "declined_in_window", "between_tests", "in_flight",
  ]
  /// The summary of `measure: tps`.
  static let testSummary = [
    "test", "seeds", "tps_mean", "tps_ci95", "blocks_mean", "blocks_ci95", "declined_mean",
    "bogus_per_s_mean", "unfulfilled_runs",
  ]

  /// A test of `measure: latency`, after ``test``.
  static let latency = ["accounting", "latency_ms"]
  /// Its summary.
  static let latencySummary = [
    "accounting", "seeds", "latency_mean_ms", "latency_ci95_ms", "unfulfilled_runs",
  ]

  /// What names a point of `measure: survival`.
  static let survivalPoint = point + ["model", "replicas", "arrival_n", "epoch_n"]
  /// Its rows.
  static let survival = [
    "seed", "step", "rounds", "virtual_time_s", "active", "members", "tolerated", "ended",
  ]
  /// Its summary.
  static let survivalSummary = [
    "step", "runs", "active_mean", "active_max", "members_mean", "tolerated_mean", "alive_share",
    "virtual_time_s_mean", "unfulfilled_runs",
  ]
  /// Its spans of survival.
  static let survivalSpans = [
    "runs", "survival_dt_mean", "survival_dt_min", "survival_dt_max", "survived_runs",
    "unfulfilled_runs",
  ]

  /// A mean and half of its confidence interval, for each metric.
  static func means(of metrics: [Metric]) -> [String] {
    metrics.flatMap { [$0.rawValue + "_mean", $0.rawValue + "_ci95"] }
  }

  /// A miner of proof of work.
  static let miner = [
    "hash_rate_share", "mined", "on_main_chain", "share_of_mined", "share_of_main_chain", "ended",
  ]

  /// A row of the file `-series`.
  static let series = [
    "from_s", "to_s", "node", "issued", "accepted", "bogus", "declined", "between_tests",
    "abandoned", "in_flight", "latency_mean_ms", "latency_p50_ms", "latency_p99_ms", "blocks",
    "view", "leader", "busy", "uplink_busy", "downlink_busy",
  ]
  /// A row of the file `-latencies`.
  static let latencies = ["seeds", "latency_ms", "count", "cumulative", "share", "quantiles"]

  /// All columns of the files of a measure.
  static func all(of measure: Scenario.Measure) -> [String] {
    let own =
      switch measure {
      case .tps: test + requests + testSummary
      case .latency: test + latency + requests + latencySummary
      case .survival: survivalPoint + survival + survivalSummary + survivalSpans
      case .metrics:
        ["replicas", "seeds", "unfulfilled_runs", "stopped_early", "miner"]
          + Metric.allCases.map(\.rawValue) + means(of: Metric.allCases) + miner
      case .records: Workloads.kind?.columns ?? []
      }
    return point + ["seed", "ended"] + own
  }
}

/// The names of result files that are no scenario's own, and the endings of the further files of each.
enum ResultNames {
  /// The table of the claims.
  static let claims = "claims"
  /// The table of what cryptography costs.
  static let cryptoCosts = "crypto-costs"
  /// What a scenario records beside its results.
  static let recordings = ["-series", "-latencies"]
  /// All endings, with which one scenario would write what another wrote.
  static let endings = ["-summary", "-operations", "-survival", "-miners"] + recordings
}

extension Scenario {
  /// Whether the tables of survival have a column for a key whether or not it is swept.
  func tellsItself(_ key: String) -> Bool {
    guard measure == .survival else { return false }
    return ["replicas", "model", "sc-pbft.epoch-length"].contains(key)
      || key.hasPrefix("faults.") && key.hasSuffix(".arrivals-every")
  }
}

extension Scenario.Cell {
  /// Rounds between two arrivals of Byzantine members, dt; n where there are none.
  var arrivalRounds: Int {
    for case .arrivals(let rounds) in settings.faults.map(\.culprits) { return rounds }
    return settings.replicas
  }
}
