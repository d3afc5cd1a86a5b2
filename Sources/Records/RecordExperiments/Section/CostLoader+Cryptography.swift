import Experiments
import Notation

extension CostLoader {
  /// Reads a profile of cryptography; nil for `free` and after a problem.
  func loadCrypto(_ reader: ValueReader) -> CryptoCostProfile? {
    let read = { (path: String) throws(ScenarioError) in try CryptoCostProfile(path: path) }
    guard let found = load(reader, as: read) else { return nil }
    switch found.result {
    case .success(let list): return list as? CryptoCostProfile
    case .failure(let error):
      reader.error(
        "the cost profile of cryptography '\(found.path)' cannot be used: "
          + (error.diagnostics.first?.message ?? ""),
        hint: "'free', or a file relative to this one such as 'costs/reference-ss512.yaml'")
      return nil
    }
  }
}
