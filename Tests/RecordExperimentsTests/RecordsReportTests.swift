import ConsensusCore
import DiscreteEvents
import Testing

@testable import Experiments
@testable import RecordExperiments
@testable import Notation
@testable import RunPlans
@testable import HealthRecords
@testable import Simulator

/// Operations by hand, and what tables make of them.
@Suite("Reports about records")
struct RecordsReportTests {
  private func time(
    crypto: Int64 = 0, consensus: Int64 = 0, network: Int64 = 0, queueing: Int64 = 0
  ) -> TimeBreakdown {
    var time = TimeBreakdown()
    time.crypto = crypto * 1_000_000
    time.consensus = consensus * 1_000_000
    time.network = network * 1_000_000
    time.queueing = queueing * 1_000_000
    return time
  }

  private func operation(
    _ activity: RecordActivity?, _ outcome: RecordOutcome, at start: Int64,
    misdeed: Misdeed? = nil, _ steps: [(RecordStep, TimeBreakdown)]
  ) -> RecordAccount.Operation {
    let started = VirtualTime(nanoseconds: start * 1_000_000)
    let length = steps.reduce(0) { $0 + $1.1.total }
    return RecordAccount.Operation(
      activity: activity, outcome: outcome, misdeed: misdeed, started: started,
      ended: VirtualTime(nanoseconds: started.nanoseconds + length),
      steps: steps.map { (step: $0.0, time: $0.1) })
  }

  private func account(_ operations: [RecordAccount.Operation]) -> RecordAccount {
    RecordAccount(
      operations: operations, liveFiles: 3, auditRecords: 2, reports: 1, storedBytes: 4096,
      messages: [(kind: "upload", sent: 2, bytes: 301), (kind: "record", sent: 0, bytes: 0)],
      attempts: 5, leaks: 0, unprotected: 0, realArtefacts: 7, scannedBytes: 1000,
      comparedRecords: 4, life: [])
  }

  private var operations: [RecordAccount.Operation] {
    [
      operation(
        nil, .done, at: 0, [(.setup, time(crypto: 2, network: 1)), (.keys, time(crypto: 4))]),
      // Before the window: left out.
      operation(.access, .done, at: 50, [(.access, time(crypto: 100))]),
      operation(.access, .done, at: 200, [(.access, time(crypto: 1, consensus: 20, network: 3))]),
      operation(
        .access, .tampered, at: 300, misdeed: .tamperingCloud,
        [(.access, time(consensus: 10, queueing: 2)), (.decryption, time(crypto: 4))]),
      operation(.access, .unfinished, at: 900, [(.access, time(consensus: 77))]),
    ]
  }

  private func scenario(_ outcomes: String = "{}") throws -> Scenario {
    RecordsKind.register()
    return try Experiments.Scenario(
      SourceFile(
        name: "x.yaml",
        text: """
          name: x
          measure: records
          series: [{ protocol: pbft }]
          schedule: { warmup: 100 ms, duration: 10 s }
          records:
            attributes: 1
            users: [{ name: reader }]
            policy-rows: 1
            outcomes: \(outcomes)

          """), directory: "", settings: [], seed: nil)
  }

  private func result(_ operations: [RecordAccount.Operation], seed: UInt64 = 1) -> RunResult {
    RunResult(
      cell: 0, seed: seed, digest: TraceDigest(), events: 0, stopReason: .scheduleEnded,
      ending: .fulfilled, end: VirtualTime(nanoseconds: 2_100_000_000), tests: [],
      requests: RequestAccount(), strikes: [], census: [], blocks: 0, messages: [],
      counters: RunCounters(), violations: [], timeout: nil, account: account(operations))
  }

  private func lines(_ report: Report, _ index: Int) -> [Substring] {
    String(decoding: report.files[index].table.csv, as: UTF8.self).split(separator: "\n")
  }

  @Test("Steps have a row each, with the parts of their time, and no time before the window")
  func steps() throws {
    let report = Report(try scenario(), [result(operations)])
    #expect(report.files.map(\.name) == ["x", "x-operations", "x-summary"])
    #expect(
      lines(report, 0) == [
        "figure,protocol,variant,seed,step,count,mean_ms,p50_ms,p99_ms,crypto_ms,consensus_ms,"
          + "network_ms,queueing_ms,ended",
        "-,PBFT,default,1,setup,1,3.000,3.000,3.000,2.000,0.000,1.000,0.000,fulfilled",
        "-,PBFT,default,1,keys,1,4.000,4.000,4.000,4.000,0.000,0.000,0.000,fulfilled",
        "-,PBFT,default,1,access,2,18.000,12.000,24.000,0.500,15.000,1.500,1.000,fulfilled",
        "-,PBFT,default,1,decryption,1,4.000,4.000,4.000,4.000,0.000,0.000,0.000,fulfilled",
      ])
  }

  @Test("Operations are counted by what was done, what was forbidden and how they ended")
  func endings() throws {
    #expect(
      lines(Report(try scenario(), [result(operations)]), 1) == [
        "figure,protocol,variant,seed,activity,misdeed,outcome,count,per_second,mean_ms,ended",
        "-,PBFT,default,1,enrol,none,done,1,0.476,7.000,fulfilled",
        "-,PBFT,default,1,access,none,done,1,0.500,24.000,fulfilled",
        "-,PBFT,default,1,access,none,unfinished,1,0.500,,fulfilled",
        "-,PBFT,default,1,access,tampering-cloud,tampered,1,0.500,16.000,fulfilled",
      ])
  }

  @Test("The summary has means over seeds for steps, activities and all of them")
  func summary() throws {
    let fewer = Array(operations.prefix(3))
    let report = Report(try scenario(), [result(operations), result(fewer, seed: 2)])
    let summary = lines(report, 2)
    #expect(
      summary[0]
        == "figure,protocol,variant,kind,name,seeds,count_mean,per_second_mean,per_second_ci95,"
        + "ms_mean,ms_ci95,crypto_ms_mean,consensus_ms_mean,network_ms_mean,queueing_ms_mean,"
        + "unfulfilled_runs")
    // 20 ms in one run, 24 ms in the other: t(1) = 12.70621 times the standard error of 2 ms.
    let all = try #require(summary.first { $0.contains("activity,all,") })
    #expect(all.hasPrefix("-,PBFT,default,activity,all,2,1.500,0.750,3.177,22.000,25.412,"))
    #expect(summary.contains { $0.contains(",step,decryption,2,0.500,") })
    #expect(summary.contains { $0.contains(",activity,enrol,2,1.000,0.476,0.000,7.000,") })
    #expect(!summary.contains { $0.contains("revocation") })
  }

  @Test("The account for people has outcomes, steps, messages, real work and misdeeds")
  func account() throws {
    let text = RecordsSummary(try scenario(), [result(operations)]).text
    for part in [
      "access, tampered        1", "decryption      1", "upload                      2         151",
      "3 files, 2 audit records, 1 reports, 4096 B at the cloud", "5 attempts, 0 leaks",
      "7 artefacts made, 1000 B scanned, 4 records compared", "tampering-cloud: tampered 1",
    ] {
      #expect(text.contains(part), "\(part) in\n\(text)")
    }
    #expect(!text.contains("record  "))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 90 })
  }

  @Test("Outcomes that were expected or excluded are judged like invariants")
  func outcomes() throws {
    func verdict(_ outcomes: String) throws -> Verdict {
      Verdict(try scenario(outcomes), [result(operations)])
    }
    let fine = try verdict("{ done: some, leaked: none }")
    #expect(fine.unexpected.isEmpty && fine.missing.isEmpty)
    let broken = try verdict("{ tampered: none }")
    #expect(broken.unexpected.map(\.detail) == ["no operation may end as 'tampered', and 1 did"])
    #expect(broken.missing.isEmpty)
    let silent = try verdict("{ revoked: some }")
    #expect(
      silent.missing.map(\.detail)
        == ["some operation was expected to end as 'revoked', and none did"])
    #expect(silent.missing[0].text(settings: []).contains("replay: consim trace 'x.yaml'"))
  }
}
