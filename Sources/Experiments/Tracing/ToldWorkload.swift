/// A workload that can tell the life of one item, such as a file.
package protocol ToldWorkload: WorkloadSection {
  /// The life of one item of the first run that matches.
  ///
  /// - Throws: ``TraceError`` when the run has no such item.
  static func life(of item: Int, in choice: RunChoice) throws(TraceError) -> String
}

/// The first run of a scenario that matches.
package struct RunChoice {
  /// The scenario.
  package let scenario: Scenario
  /// The index of the cell of the run.
  package let index: Int

  /// Chooses the first run that matches, as ``Tracer`` does.
  ///
  /// - Parameters:
  ///   - scenario: The scenario.
  ///   - series: The name of the series, or nil for any.
  ///   - variant: The name of the variant, or nil for any.
  ///   - settings: `key=value` arguments; for swept keys they choose among the values.
  /// - Throws: ``TraceError`` when nothing matches.
  package init(
    _ scenario: Scenario, series: String?, variant: String?, settings: [String]
  ) throws(TraceError) {
    index = try Tracer.choose(scenario, series: series, variant: variant, settings: settings)
    self.scenario = scenario
  }

  /// The life of one item of the workload.
  ///
  /// - Throws: ``TraceError`` when the run has no such item, or no records at all.
  package func life(of item: Int) throws(TraceError) -> String {
    guard scenario.cells[index].settings.workload != nil,
      let kind = Workloads.kind as? any ToldWorkload.Type
    else {
      throw TraceError(
        description: "\(scenario.fileName): error: no records are shared in it: '--record' needs a "
          + "scenario with 'records'")
    }
    return try kind.life(of: item, in: self)
  }
}
