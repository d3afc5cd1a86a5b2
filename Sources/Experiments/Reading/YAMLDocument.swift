import Foundation

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
    func unreadable(_ message: String) -> ScenarioError {
      ScenarioError(Diagnostic(message, file: path), cause: .unreadable)
    }
    let attributes: [FileAttributeKey: Any]
    let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    do {
      attributes = try FileManager.default.attributesOfItem(atPath: resolved)
    } catch {
      throw unreadable("there is no such file")
    }
    let type = attributes[.type] as? FileAttributeType
    guard type == .typeRegular else {
      throw unreadable(type == .typeDirectory ? "this is a directory" : "this is no regular file")
    }
    let size = (attributes[.size] as? NSNumber)?.intValue ?? 0
    if size > sizeAtMost { throw tooLarge(size, path) }
    // A file that grows meanwhile is caught by reading no further than one byte too many.
    guard let handle = FileHandle(forReadingAtPath: resolved),
      let data = try? handle.read(upToCount: sizeAtMost + 1)
    else {
      // An empty file reads as no data.
      if size == 0 { return SourceFile(name: path, bytes: []) }
      throw unreadable("the file cannot be read")
    }
    if data.count > sizeAtMost { throw tooLarge(data.count, path) }
    return SourceFile(name: path, bytes: Array(data))
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
