import Tables
import YAMLDocuments

extension Baseline {
  /// The names of all complete results, in alphabetical order.
  ///
  /// - Throws: ``BaselineError`` as for the scenarios.
  public func names() throws(BaselineError) -> [String] { try completeNames() }

  /// The tables that entries of a file of tolerances can name: those of the scenarios, of the costs,
  /// and of everything else that has provenance and is there.
  public func subjects(_ scenarios: [Scenario], _ costs: CostTable?) -> [Tolerances.Subject] {
    var subjects: [Tolerances.Subject] = []
    for scenario in scenarios {
      subjects += Report(scenario, []).files.map { Self.subject($0, of: scenario.name) }
    }
    if let costs { subjects.append(Self.subject(costs.file, of: CostTable.name)) }
    let known = Set(subjects.map(\.file))
    for name in (try? completeNames()) ?? [] {
      let tables = (try? provenance.entry(name).tables) ?? [:]
      for file in tables.keys.sorted() where !known.contains(String(file.dropLast(4))) {
        guard let bytes = try? InputFile.table("\(directory)/\(file)").get() else { continue }
        let header = Array(bytes.prefix { $0 != UInt8(ascii: "\n") })
        let columns = (try? Table(csv: header, named: file))?.columns ?? []
        subjects.append(
          Tolerances.Subject(
            scenario: name, file: String(file.dropLast(4)), columns: columns, keys: []))
      }
    }
    return subjects
  }

  private static func subject(_ file: Report.File, of name: String) -> Tolerances.Subject {
    Tolerances.Subject(
      scenario: name, file: file.name, columns: file.table.columns, keys: file.keys)
  }
}
