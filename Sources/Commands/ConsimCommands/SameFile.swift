import Foundation

/// Compares files rather than their names: `a.yaml`, `./a.yaml` and a link to it are one file.
enum SameFile {
  /// Whether two paths stand for one file or directory, or would if it existed.
  static func are(_ first: String, _ second: String) -> Bool {
    var one = stat()
    var other = stat()
    if stat(first, &one) == 0, stat(second, &other) == 0 {
      return one.st_dev == other.st_dev && one.st_ino == other.st_ino
    }
    return resolved(first) == resolved(second)
  }

  private static func resolved(_ path: String) -> URL {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL
  }
}
