import Experiments
import Foundation
import Notation
import YAMLDocuments

/// The text of a scenario: from a file, or from what can be read once only.
///
/// Standard input (`-`), pipes and the `/dev/fd/63` of a shell's `<(...)` have no directory of their
/// own: names of cost profiles in them start at the working directory.
struct ScenarioInput {
  let source: SourceFile
  let directory: String

  /// Reads the text.
  init(_ path: String) throws(ScenarioError) {
    guard let descriptor = Self.stream(path) else {
      source = try YAMLDocument.readFile(path)
      directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
      return
    }
    defer { if descriptor != STDIN_FILENO { close(descriptor) } }
    source = SourceFile(name: path == "-" ? "<stdin>" : path, bytes: Self.bytes(of: descriptor))
    directory = ""
  }

  /// The scenario in it.
  func scenario(
    settings: [String], sweeps: [String] = [], seed: UInt64?
  ) throws(ScenarioError) -> Scenario {
    try Scenario(source, directory: directory, settings: settings, sweeps: sweeps, seed: seed)
  }

  /// Opens what is no file with a directory; nil for all others and for what cannot be opened.
  private static func stream(_ path: String) -> Int32? {
    if path == "-" { return STDIN_FILENO }
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let isPipe = [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT)
    let isDescriptor = ["/dev/fd/", "/dev/stdin", "/proc/self/fd/"].contains(where: path.hasPrefix)
    guard isPipe || isDescriptor, status.st_mode & S_IFMT != S_IFDIR else { return nil }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    return descriptor >= 0 ? descriptor : nil
  }

  /// The bytes up to the end, or one more than a scenario may have.
  private static func bytes(of descriptor: Int32) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count <= YAMLDocument.sizeAtMost {
      let count = read(descriptor, &buffer, buffer.count)
      if count > 0 {
        bytes += buffer[..<count]
      } else if count == 0 || errno != EINTR {
        break
      }
    }
    return bytes
  }
}
