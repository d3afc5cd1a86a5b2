#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Why a result file could not be written; what stood under its name before still stands there.
public struct OutputError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was being done.
  public enum Operation: String, Hashable, Sendable {
    /// Making the file: the directory is missing, is none, or may not be written to.
    case create = "cannot create the file"
    /// Filling it.
    case write = "cannot write"
    /// Making a directory for it.
    case createDirectory = "cannot create the directory"
    /// Trying whether a directory can hold it.
    case tryDirectory = "cannot write into the directory"
    /// Giving it its name.
    case rename = "cannot replace the file"
  }

  /// The file as the user wrote it.
  public let path: String
  /// What was being done.
  public let operation: Operation
  /// The number of the system's error, such as `ENOSPC`.
  public let code: Int32

  /// Creates an error.
  public init(path: String, operation: Operation, code: Int32) {
    self.path = path
    self.operation = operation
    self.code = code
  }

  /// The exit code: 74 when data could not be stored, as on a full disk, and 73 when there can be no
  /// such file.
  public var exitCode: Int32 {
    switch code {
    case ENOSPC, EDQUOT, EFBIG, EIO: 74
    default: operation == .write ? 74 : 73
    }
  }

  /// `file: error: what could not be done: why`.
  public var description: String { "\(path): error: \(operation.rawValue): \(reason)" }

  private var reason: String {
    switch code {
    case ENOENT: "the directory does not exist"
    case ENOTDIR: "a part of the path is not a directory"
    case EACCES, EPERM: "permission denied"
    case EROFS: "the file system is read-only"
    case EISDIR: "it is a directory"
    case ENAMETOOLONG: "the name is too long"
    case ELOOP: "too many symbolic links"
    case EINVAL: "no valid name"
    case ENOSPC: "the disk is full"
    case EDQUOT: "the quota is used up"
    case EFBIG: "the file would be larger than is allowed"
    case EIO: "the device failed"
    case EMFILE, ENFILE: "too many open files"
    default: "system error \(code)"
    }
  }
}
