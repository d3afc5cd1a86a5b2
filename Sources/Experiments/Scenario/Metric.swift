/// What `measure: metrics` counts in a run, by the name of its column.
public enum Metric: String, CaseIterable, Sendable {
  case tps
  case blocks
  case deadTests = "dead_tests"
  case accepted
  case declined
  case bogus
  case latencyMeanMs = "latency_mean_ms"
  case latencyP50Ms = "latency_p50_ms"
  case latencyP99Ms = "latency_p99_ms"
  case replicaMessagesPerBlock = "replica_messages_per_block"
  case bytesPerBlock = "bytes_per_block"
  case highestView = "highest_view"
  case timeoutViewChanges = "timeout_view_changes"
  case evidenceViewChanges = "evidence_view_changes"
  case firstViewChangeS = "first_view_change_s"
  case sheetEntries = "sheet_entries"
  case malicious
  case firstMaliciousS = "first_malicious_s"
  case falseIsolations = "false_isolations"
  case turnsOutOfOrder = "turns_out_of_order"
  case proposers
  case epochs
  case membersAtEnd = "members_at_end"
  case violations
  case virtualTimeS = "virtual_time_s"
  case issued
  case betweenTests = "between_tests"
  case inFlight = "in_flight"
  case excluded
  case excludedWhileAway = "excluded_while_away"
  case replicaMessagesPerBlockWithoutHeartbeats = "replica_messages_per_block_without_heartbeats"
  case staleShare = "stale_share"
  case reorganisations
  case deepestReorganisation = "deepest_reorganisation"

  // What stands to the right of how the run ended.
  case latencyP90Ms = "latency_p90_ms"
  case latencyP95Ms = "latency_p95_ms"
  case latencyP999Ms = "latency_p999_ms"
  case latencyMaxMs = "latency_max_ms"
  case elections
  case leaderChanges = "leader_changes"
  case batch
  case replicaBusy = "replica_busy"
  case replicaBusyMax = "replica_busy_max"
  case clientBusy = "client_busy"
  case uplinkBusy = "uplink_busy"
  case uplinkBusyMax = "uplink_busy_max"
  case downlinkBusy = "downlink_busy"
  case downlinkBusyMax = "downlink_busy_max"
  case windowFull = "window_full"
}
