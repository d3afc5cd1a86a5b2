import Notation

/// Reads YAML texts safely: whatever the bytes, the answer is a tree of values with their places or
/// a ``ScenarioError``, in time and memory linear in the size.
public enum YAMLDocument {
  /// The size of the largest text accepted: 1 MiB.
  public static let sizeAtMost = 1 << 20

  /// Reads the text of a file.
  ///
  /// The size is asked for before the file is opened, so a huge file costs nothing, and anything but
  /// a regular file is refused.
  ///
  /// - Throws: ``ScenarioError`` with cause `unreadable` when the file is missing, no regular file or
  ///   cannot be read, `invalid` when it is too large.
  public static func readFile(_ path: String) throws(ScenarioError) -> SourceFile {
    do throws(InputFile.Problem) {
      return SourceFile(name: path, bytes: try InputFile.read(path, sizeAtMost: sizeAtMost))
    } catch {
      switch error {
      case .unreadable(let message):
        throw ScenarioError(Diagnostic(message, file: path), cause: .unreadable)
      case .tooLarge(let size): throw tooLarge(size, path)
      }
    }
  }

  /// Reads the tree of a text.
  ///
  /// - Throws: ``ScenarioError`` with everything that keeps the text from being a tree.
  public static func load(_ bytes: [UInt8], named name: String) throws(ScenarioError) -> YAMLNode {
    if bytes.count > sizeAtMost { throw tooLarge(bytes.count, name) }
    return try load(SourceFile(name: name, bytes: bytes))
  }

  /// Reads the tree of a text.
  ///
  /// - Throws: ``ScenarioError`` with everything that keeps the text from being a tree.
  public static func load(_ source: SourceFile) throws(ScenarioError) -> YAMLNode {
    if source.bytes.count > sizeAtMost { throw tooLarge(source.bytes.count, source.name) }
    let diagnostics = Diagnostics()
    TextCheck.check(source, into: diagnostics)
    try diagnostics.throwIfErrors()
    YAMLScan.check(source, into: diagnostics)
    try diagnostics.throwIfErrors()
    return try YAMLComposer.compose(source)
  }

  private static func tooLarge(_ size: Int, _ name: String) -> ScenarioError {
    ScenarioError(
      Diagnostic(
        "the file has \(size) bytes, and a scenario may have \(sizeAtMost) (1 MiB)", file: name))
  }
}
