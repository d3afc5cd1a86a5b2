import Experiments
import Foundation

/// The scenarios in the directory Scenarios.
enum ScenarioFiles {
  /// Where the scenario of a name lies: in some folder of Scenarios, as NAME.yaml or without the name's
  /// beginning, as Scenarios/records/steps.yaml of records-steps.
  static func path(of name: String) -> String {
    let stems = [name, String(name.drop { $0 != "-" }.dropFirst())]
    let files =
      FileManager.default.enumerator(atPath: "Scenarios")?.compactMap { $0 as? String } ?? []
    let found = files.sorted().filter { file in
      stems.contains { file == $0 + ".yaml" || file.hasSuffix("/\($0).yaml") }
        && (try? String(contentsOfFile: "Scenarios/" + file, encoding: .utf8))?
          .split(separator: "\n").contains("name: \(name)") == true
    }
    return "Scenarios/" + (found.first ?? "\(name).yaml")
  }

  /// The scenario of a name; nil where there is none or it is wrong.
  static func scenario(named name: String) -> Scenario? {
    let path = path(of: name)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    return try? ScenarioInput(path).scenario(settings: [], sweeps: [], seed: nil)
  }
}
