import Foundation
import Tables

extension RunStore {
  /// The results of one model version in a store.
  package struct OtherVersion {
    /// The model version.
    package let model: String
    /// How many of the runs asked for it has.
    package let runs: Int
  }

  /// The other model versions that have some of these runs, in alphabetical order.
  package func others(with keys: Set<RunKey>) -> [OtherVersion] {
    let texts = Set(keys.map { $0.text + Self.suffix })
    return models.compactMap { other in
      let count = files(of: other).count { texts.contains($0.name) }
      return count > 0 ? OtherVersion(model: other, runs: count) : nil
    }
  }

  /// Removes the results of all other model versions, torn files and what interrupted writers left.
  ///
  /// - Returns: How many files were removed.
  /// - Throws: ``StoreError`` for the first that cannot be removed.
  package func prune() throws(StoreError) -> Int {
    var count = 0
    for other in models {
      for file in files(of: other) { try Self.remove(file.path, &count) }
      OutputFile.removeLeftovers(in: "\(directory)/\(other)")
      // Directories with anything else stay.
      for part in Self.names("\(directory)/\(other)") { rmdir("\(directory)/\(other)/\(part)") }
      rmdir("\(directory)/\(other)")
    }
    for file in files(of: model) where file.name.hasSuffix(Self.tornSuffix) {
      try Self.remove(file.path, &count)
    }
    removeLeftovers()
    return count
  }

  /// Removes what killed writers left.
  package func removeLeftovers() { OutputFile.removeLeftovers(in: folder) }

  private static func remove(_ path: String, _ count: inout Int) throws(StoreError) {
    guard unlink(path) == 0 || errno == ENOENT else {
      throw .unusable(
        "\(path): error: the file cannot be removed: \(String(cString: strerror(errno)))")
    }
    count += 1
  }

  /// The other model versions.
  private var models: [String] {
    Self.names(directory).filter { name in
      name != model
        && (name == Version.unknownModel
          || name.utf8.count == 16 && name.utf8.allSatisfy(Self.isDigit))
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
  }

  /// The files of runs of a model version, whole and torn.
  private func files(of model: String) -> [(name: String, path: String)] {
    Self.names("\(directory)/\(model)")
      .filter { $0.utf8.count == 2 && $0.utf8.allSatisfy(Self.isDigit) }
      .flatMap { part in
        Self.names("\(directory)/\(model)/\(part)")
          .filter { $0.hasSuffix(Self.suffix) || $0.hasSuffix(Self.suffix + Self.tornSuffix) }
          .map { ($0, "\(directory)/\(model)/\(part)/\($0)") }
      }
  }

  private static func names(_ directory: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
  }
}
