import Foundation
import Notation

/// Reads files that anybody may have written: only regular ones, and no further than a limit.
///
/// A pipe or a device could keep the reader for ever, and a file of terabytes would fill the memory.
package enum InputFile {
  /// Why a file was not read.
  package enum Problem: Error {
    /// It is missing, no regular file, or cannot be read.
    case unreadable(String)
    /// It has so many bytes.
    case tooLarge(Int)
  }

  /// The size of the largest table or provenance file accepted: 64 MiB.
  package static let tableSizeAtMost = 64 << 20

  /// The bytes of a file of at most `sizeAtMost`.
  ///
  /// The size is asked for before the file is opened, so a huge file costs nothing.
  package static func read(_ path: String, sizeAtMost: Int) throws(Problem) -> [UInt8] {
    let attributes: [FileAttributeKey: Any]
    let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    do {
      attributes = try FileManager.default.attributesOfItem(atPath: resolved)
    } catch {
      throw .unreadable("there is no such file")
    }
    let type = attributes[.type] as? FileAttributeType
    guard type == .typeRegular else {
      throw .unreadable(type == .typeDirectory ? "this is a directory" : "this is no regular file")
    }
    let size = (attributes[.size] as? NSNumber)?.intValue ?? 0
    if size > sizeAtMost { throw .tooLarge(size) }
    // A file that grows meanwhile is caught by reading no further than one byte too many.
    guard let handle = FileHandle(forReadingAtPath: resolved),
      let data = try? handle.read(upToCount: sizeAtMost + 1)
    else {
      // An empty file reads as no data.
      if size == 0 { return [] }
      throw .unreadable("the file cannot be read")
    }
    if data.count > sizeAtMost { throw .tooLarge(data.count) }
    return Array(data)
  }

  /// The bytes of a table or of provenance; the problem is a sentence for people.
  package static func table(_ path: String) -> Result<[UInt8], TableProblem> {
    do throws(Problem) {
      return .success(try read(path, sizeAtMost: tableSizeAtMost))
    } catch {
      switch error {
      case .unreadable(let reason):
        return .failure(TableProblem(message: reason, isUnreadable: true))
      case .tooLarge(let size):
        return .failure(
          TableProblem(
            message: "the file has \(size) bytes, and at most \(tableSizeAtMost) (64 MiB) are read",
            isUnreadable: false))
      }
    }
  }

  /// Why a table was not read.
  package struct TableProblem: Error {
    package var message: String
    /// Whether it is missing or cannot be read; otherwise it is wrong.
    package var isUnreadable: Bool
  }
}
