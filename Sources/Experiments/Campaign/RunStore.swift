import Foundation
import RunPlans
import Tables

/// A directory with the results of runs, a file for each.
///
/// The file of a run is `MODEL/dd/DIGEST-SEED.run`: the model version, two digits of the digest, the key.
/// A file gets its name when it is whole. Documentation/Campaigns.md has the format.
public struct RunStore: Sendable {
  /// What a store has of a run.
  package enum Entry {
    /// Nothing.
    case missing
    /// A file that is not what was written, and why.
    case torn(String)
    /// The result.
    case result(RunResult)
  }

  /// The directory.
  public let directory: String
  /// The model version whose results are read and written.
  public let model: String

  static let mark = "consim-store"
  private static let format = "consim-store 1\n"
  static let suffix = ".run"
  static let tornSuffix = ".torn"

  /// Opens a store.
  ///
  /// - Parameters:
  ///   - directory: The directory.
  ///   - model: The model version.
  ///   - creates: Whether a directory that is empty or does not exist becomes a store.
  /// - Throws: ``StoreError`` where it is no store, or of another format.
  public init(
    _ directory: String, model: String = Version.model, creates: Bool
  ) throws(StoreError) {
    self.directory = directory
    self.model = model
    let isMarked = try isMarked()
    if !isMarked {
      guard creates else {
        throw .unusable("\(directory): error: there is no store of runs here")
      }
      let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
      // Another process may have made the store meanwhile; the mark is the first that it writes.
      let isFree = names.allSatisfy { $0.hasPrefix(OutputFile.prefix) }
      let isMadeMeanwhile = try self.isMarked()
      guard isFree || isMadeMeanwhile else {
        throw .unusable(
          "\(directory): error: this is no store of runs, and it is not empty\n"
            + "  name a directory of its own")
      }
    }
    guard creates else { return }
    do throws(OutputError) {
      if !isMarked {
        try OutputFile.makeDirectory(directory)
        try OutputFile.tryDirectory(directory)
        try OutputFile.write(Array(Self.format.utf8), to: markPath)
      }
      try OutputFile.makeDirectory(folder)
      try OutputFile.tryDirectory(folder)
    } catch {
      throw .output(error)
    }
  }

  private var markPath: String { "\(directory)/\(Self.mark)" }

  /// Whether the directory has the mark of a store.
  ///
  /// - Throws: ``StoreError`` if the mark is of another format.
  private func isMarked() throws(StoreError) -> Bool {
    guard let found = try Self.bytes(markPath) else { return false }
    guard found.elementsEqual(Self.format.utf8) else {
      throw .unusable(
        "\(markPath): error: the store has another format than '\(Self.format.dropLast())'")
    }
    return true
  }

  /// The directory of the results of the model version.
  public var folder: String { "\(directory)/\(model)" }

  /// The file of a run.
  package func path(_ key: RunKey) -> String {
    "\(folder)/\(key.description.prefix(2))/\(key.text)\(Self.suffix)"
  }

  // MARK: Reading

  /// Reads the result of a run.
  ///
  /// - Throws: ``StoreError`` where the file is there and cannot be read.
  package func entry(
    _ key: RunKey, of run: Scenario.Run, in cell: Scenario.Cell
  ) throws(StoreError) -> Entry {
    guard let bytes = try Self.bytes(path(key)) else { return .missing }
    do throws(RunTextError) {
      let file = try RunFile(bytes)
      guard file.model == model else {
        return .torn("it is a run of the model version \(file.model)")
      }
      guard file.key == key.text else { return .torn("it is the run \(file.key)") }
      return .result(try RunTextReader.result(file.body, of: run, in: cell))
    } catch {
      return .torn(error.problem)
    }
  }

  /// The bytes of a file; nil where there is none.
  static func bytes(_ path: String) throws(StoreError) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw .unusable(
        "\(path): error: the file cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .unusable("\(path): error: this is no file")
    }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes { buffer in
        read(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
      }
      if count > 0 {
        filled += count
      } else if count == 0 {
        break
      } else if errno != EINTR {
        throw .unusable(
          "\(path): error: the file cannot be read: \(String(cString: strerror(errno)))")
      }
    }
    return Array(bytes.prefix(filled))
  }

  // MARK: Writing

  /// Stores the result of a run.
  ///
  /// The file is not forced to the disk: what a crash of the machine tears is known by its SHA-256.
  ///
  /// - Throws: ``StoreError`` where it cannot be written, or a different result of the run is there.
  package func keep(_ result: RunResult, as key: RunKey) throws(StoreError) {
    let path = path(key)
    let body = RunText(result).bytes
    let bytes = RunFile.bytes(model: model, key: key.text, body: body)
    if let found = try Self.bytes(path), let file = try? RunFile(found) {
      guard file.body.elementsEqual(body), file.key == key.text, file.model == model else {
        throw .contradiction(Self.contradiction(path, "the run that was just made"))
      }
      return
    }
    do throws(OutputError) {
      try write(bytes, to: path)
    } catch {
      throw .output(error)
    }
  }

  /// What is said of two results of one run.
  static func contradiction(_ path: String, _ other: String) -> String {
    "\(path): error: it differs from \(other), with the same model version, description and seed"
  }

  /// So many times a file is written whose directory, name or temporary file is gone.
  ///
  /// The first file of a directory finds none; `--prune` of another process removes empty ones. Network file
  /// systems may report a name as gone, and another machine may take a temporary file for a leftover.
  private static let attempts = 4

  private func write(_ bytes: [UInt8], to path: String) throws(OutputError) {
    for attempt in 1...Self.attempts {
      if attempt > 1 { try OutputFile.makeDirectory(OutputFile.parent(of: path)) }
      let isLast = attempt == Self.attempts
      guard let temporary = try temporaryFile(for: path, isLast: isLast) else { continue }
      do throws(TemporaryFile.Failure) {
        try temporary.fill(
          { OutputFile.writeAll(bytes, to: $0) }, permissions: nil, isForced: false)
        try temporary.rename(to: path)
        return
      } catch {
        temporary.discard()
        // A name that was given twice over the network is reported as missing.
        if let found = try? Self.bytes(path), found == bytes { return }
        guard error.code == ENOENT || error.code == ESTALE, !isLast else {
          throw OutputError(path: path, operation: error.operation, code: error.code)
        }
      }
    }
  }

  /// A temporary file; nil where its directory is gone and may be made again.
  private func temporaryFile(
    for path: String, isLast: Bool
  ) throws(OutputError) -> TemporaryFile? {
    do throws(OutputError) {
      return try TemporaryFile(in: folder, for: path)
    } catch {
      guard error.code == ENOENT, !isLast else { throw error }
      return nil
    }
  }

  /// Gives a torn file another name, so that its run is made again.
  ///
  /// - Returns: The other name.
  /// - Throws: ``StoreError`` if it cannot.
  package func setAside(_ key: RunKey) throws(StoreError) -> String {
    let path = path(key)
    let aside = path + Self.tornSuffix
    // Another process may have done it.
    guard rename(path, aside) == 0 || errno == ENOENT else {
      throw .output(OutputError(path: aside, operation: .rename, code: errno))
    }
    return aside
  }
}
