#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Writes files whole or not at all.
///
/// The content goes to a temporary file in the same directory, is forced to the disk, and then takes
/// the name of the result in one step. Whatever goes wrong, the name stands for the old file or for
/// the whole new one.
///
/// A temporary file is called `.consim-<process>-<attempt>.tmp` and is locked while it is being
/// written. A lock ends with its process, however that ends, so that a file without one is a
/// leftover; the next write into the directory removes it. No state is kept for that.
public enum OutputFile {
  /// Writes `bytes` under the name `path`, replacing what stands there.
  ///
  /// A replaced file keeps its permissions, and a symbolic link is followed. What is neither a file
  /// nor a directory, such as `/dev/stdout`, is written to directly.
  ///
  /// - Throws: An ``OutputError``; no temporary file is left behind.
  public static func write(_ bytes: [UInt8], to path: String) throws(OutputError) {
    try write(to: path) { writeAll(bytes, to: $0) }
  }

  /// Writes what `contents` hands to a file descriptor, for what is too large for the memory.
  ///
  /// - Parameters:
  ///   - path: The name, as for ``write(_:to:)``.
  ///   - contents: Answers the number of the system's error, or 0; with `ECANCELED` the old file
  ///     stays without a complaint.
  /// - Throws: An ``OutputError``; no temporary file is left behind.
  public static func write(
    to path: String, contents: (Int32) -> Int32
  ) throws(OutputError) {
    guard !path.utf8.contains(0) else {
      throw OutputError(path: path, operation: .create, code: EINVAL)
    }
    var status = stat()
    var permissions: mode_t?
    if stat(path, &status) == 0 {
      switch status.st_mode & S_IFMT {
      case S_IFREG: permissions = status.st_mode & 0o7777
      case S_IFDIR: throw OutputError(path: path, operation: .create, code: EISDIR)
      default: return try writeDirectly(contents, to: path)
      }
    }
    // The name must not be a link any more, or the link itself would be replaced.
    let target = permissions == nil ? path : resolved(path)
    let directory = parent(of: target)
    removeLeftovers(in: directory)
    let temporary = try TemporaryFile(in: directory, for: path)
    do throws(TemporaryFile.Failure) {
      try temporary.fill(contents, permissions: permissions, isForced: true)
      try temporary.rename(to: target)
    } catch {
      temporary.discard()
      if error.code == ECANCELED { return }
      throw OutputError(path: path, operation: error.operation, code: error.code)
    }
  }

  /// Removes the temporary files of writers that no longer exist.
  ///
  /// What cannot be removed is left alone.
  public static func removeLeftovers(in directory: String) {
    for path in temporaries(in: directory, prefix: prefix) {
      let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      guard descriptor >= 0 else { continue }
      // While it is locked, and still has its name, nobody else gives that name to another file.
      var status = stat()
      let isMine = flock(descriptor, LOCK_EX | LOCK_NB) == 0 && fstat(descriptor, &status) == 0
      if isMine, status.st_nlink > 0 { unlink(path) }
      close(descriptor)
    }
  }

  /// Removes the temporary files that this process is writing in `directory`.
  ///
  /// For an orderly end after an interruption: a write that is under way fails or is cut off by the
  /// end of the process, and the old file stays.
  public static func abandonWrites(in directory: String) {
    for path in temporaries(in: directory, prefix: "\(prefix)\(getpid())-") { unlink(path) }
  }

  /// Makes a directory and those it lies in, as far as they do not exist.
  ///
  /// - Throws: An ``OutputError`` if there can be no such directory.
  public static func makeDirectory(_ path: String) throws(OutputError) {
    var status = stat()
    if stat(path, &status) == 0 {
      if status.st_mode & S_IFMT == S_IFDIR { return }
      throw OutputError(path: path, operation: .createDirectory, code: ENOTDIR)
    }
    let parent = OutputFile.parent(of: path)
    if errno == ENOENT, parent != path { try makeDirectory(parent) }
    if mkdir(path, 0o777) != 0, errno != EEXIST {
      throw OutputError(path: path, operation: .createDirectory, code: errno)
    }
  }

  /// Tries whether a directory can hold files, or, where it does not exist, whether it can be made;
  /// nothing is left behind.
  ///
  /// - Throws: An ``OutputError`` if it cannot.
  public static func tryDirectory(_ path: String) throws(OutputError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let code = errno
      let parent = parent(of: path)
      guard code == ENOENT, parent != path else {
        throw OutputError(path: path, operation: .createDirectory, code: code)
      }
      return try tryDirectory(parent)
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw OutputError(path: path, operation: .createDirectory, code: ENOTDIR)
    }
    // Each process tries a file of its own: several may write into one directory.
    let probe = "\(path)/\(prefix)probe-\(getpid())"
    do throws(OutputError) {
      try write(Array("probe\n".utf8), to: probe)
    } catch {
      throw OutputError(path: path, operation: .tryDirectory, code: error.code)
    }
    unlink(probe)
  }

  /// The directory that a file of this name lies in.
  public static func parent(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  package static let prefix = ".consim-"
  package static let suffix = ".tmp"

  private static func temporaries(in directory: String, prefix: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var paths: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasPrefix(prefix), name.hasSuffix(suffix) { paths.append("\(directory)/\(name)") }
    }
    return paths
  }

  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  private static func writeDirectly(
    _ contents: (Int32) -> Int32, to path: String
  ) throws(OutputError) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw OutputError(path: path, operation: .create, code: errno)
    }
    let code = contents(descriptor)
    let closed = close(descriptor) == 0 ? 0 : errno
    if code == ECANCELED { return }
    if code != 0 || closed != 0 {
      throw OutputError(path: path, operation: .write, code: code != 0 ? code : closed)
    }
  }

  /// Writes everything to an open file, in as many pieces as the system takes.
  ///
  /// - Returns: The number of the system's error, or 0.
  public static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let count = systemWrite(descriptor, UnsafeRawBufferPointer(rebasing: rest))
        if count > 0 {
          rest = rest.dropFirst(count)
        } else if count == 0 {
          return EIO
        } else if errno != EINTR {
          return errno
        }
      }
      return 0
    }
  }
}

// Inside the type above, `write` is its own method.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}
