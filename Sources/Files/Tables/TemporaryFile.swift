#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A new, locked, empty file beside the one it will replace.
package struct TemporaryFile {
  /// What went wrong with it.
  package struct Failure: Error {
    package let operation: OutputError.Operation
    package let code: Int32
  }

  package let path: String
  private let descriptor: Int32

  /// So many names are tried; each is taken only while another thread writes beside this one, or
  /// where a leftover cannot be removed.
  private static let attempts = 10_000

  package init(in directory: String, for result: String) throws(OutputError) {
    for attempt in 0..<Self.attempts {
      let path = "\(directory)/\(OutputFile.prefix)\(getpid())-\(attempt)\(OutputFile.suffix)"
      let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666)
      guard descriptor >= 0 else {
        if errno == EEXIST || errno == EINTR { continue }
        throw OutputError(path: result, operation: .create, code: errno)
      }
      if Self.isKept(descriptor) {
        self.path = path
        self.descriptor = descriptor
        return
      }
      close(descriptor)
    }
    throw OutputError(path: result, operation: .create, code: EEXIST)
  }

  /// Locks a new file; false when another writer took it for a leftover before it was locked.
  ///
  /// Where the file system knows no locks nobody takes anything for a leftover.
  private static func isKept(_ descriptor: Int32) -> Bool {
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK { return false }
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_nlink > 0
  }

  /// Writes the contents and, if `isForced`, waits until they are on the disk.
  package func fill(
    _ contents: (Int32) -> Int32, permissions: mode_t?, isForced: Bool
  ) throws(Failure) {
    let code = contents(descriptor)
    if code != 0 { throw Failure(operation: .write, code: code) }
    // A file of somebody else may keep its content but not its permissions: not worth a failure.
    if let permissions { _ = fchmod(descriptor, permissions) }
    if isForced, fsync(descriptor) != 0, errno != EINVAL {
      throw Failure(operation: .write, code: errno)
    }
  }

  /// Gives the file its name; only then is it unlocked, or it could be taken for a leftover.
  package func rename(to target: String) throws(Failure) {
    if systemRename(path, target) != 0 { throw Failure(operation: .rename, code: errno) }
    close(descriptor)
  }

  package func discard() {
    unlink(path)
    close(descriptor)
  }
}

// Inside the type above, `rename` is its own method.
private func systemRename(_ path: String, _ target: String) -> Int32 { rename(path, target) }
