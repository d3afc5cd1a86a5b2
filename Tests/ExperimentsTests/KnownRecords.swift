@testable import Experiments

#if RECORDS
  import RecordExperiments
#endif

/// Whether the build shares records: the one place of these tests that knows.
///
/// Who asks may read scenarios with the section from then on.
enum KnownRecords {
  static let areThere: Bool = {
    #if RECORDS
      RecordsKind.register()
      return true
    #else
      return false
    #endif
  }()

  /// What was carried out with real cryptography in a run.
  static func realArtefacts(in run: RunResult) -> Int {
    #if RECORDS
      run.records?.realArtefacts ?? 0
    #else
      0
    #endif
  }

  /// Of some values those that this build can read.
  static func readable<Value>(_ values: [Value], _ key: (Value) -> String) -> [Value] {
    areThere ? values : values.filter { !key($0).hasPrefix("records") }
  }
}
