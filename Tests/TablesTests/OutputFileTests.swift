import Foundation
import Testing

@testable import Tables

@Suite("OutputFile")
struct OutputFileTests {
  /// A directory of its own for one test.
  private func withDirectory(_ body: (String) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.path + "/consim-test-\(UUID())"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try body(directory)
  }

  private func names(in directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
  }

  private func content(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test("A file is created, then replaced, and nothing else is left")
  func replacing() throws {
    try withDirectory { directory in
      let path = "\(directory)/figure.csv"
      for text in ["first", "", "a longer second one"] {
        try OutputFile.write(Array(text.utf8), to: path)
        #expect(content(path) == text)
        #expect(try names(in: directory) == ["figure.csv"])
      }
      let large = [UInt8](repeating: 7, count: 5_000_000)
      try OutputFile.write(large, to: path)
      #expect(FileManager.default.contents(atPath: path) == Data(large))
    }
  }

  @Test("A replaced file keeps its permissions, and a link stays a link")
  func permissionsAndLinks() throws {
    try withDirectory { directory in
      let (path, link) = ("\(directory)/figure.csv", "\(directory)/link.csv")
      try OutputFile.write([1], to: path)
      #expect(chmod(path, 0o640) == 0)
      #expect(symlink("figure.csv", link) == 0)
      try OutputFile.write([2, 3], to: link)
      #expect(FileManager.default.contents(atPath: path) == Data([2, 3]))
      var status = stat()
      #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
      #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o640)
    }
  }

  @Test("What cannot be a file is refused with exit code 73, and nothing is left behind")
  func refused() throws {
    try withDirectory { directory in
      try OutputFile.write([1], to: "\(directory)/file")
      let before = try names(in: directory)
      let cases: [(String, String)] = [
        ("\(directory)/missing/x.csv", "cannot create the file: the directory does not exist"),
        (
          "\(directory)/file/x.csv", "cannot create the file: a part of the path is not a directory"
        ),
        (directory, "cannot create the file: it is a directory"),
        ("\(directory)/a\0b", "cannot create the file: no valid name"),
      ]
      for (path, reason) in cases {
        let error = #expect(throws: OutputError.self) { try OutputFile.write([2], to: path) }
        #expect(error?.exitCode == 73)
        #expect(error?.description == "\(path): error: \(reason)")
      }
      let long = "\(directory)/" + String(repeating: "n", count: 300)
      let error = #expect(throws: OutputError.self) { try OutputFile.write([2], to: long) }
      #expect(error?.exitCode == 73)
      #expect(error?.operation == .rename)
      #expect(try names(in: directory) == before)
      #expect(FileManager.default.contents(atPath: "\(directory)/file") == Data([1]))
    }
  }

  @Test("A device is written to and not replaced; a full one gives exit code 74")
  func devices() throws {
    try OutputFile.write([1, 2, 3], to: "/dev/null")
    let error = #expect(throws: OutputError.self) { try OutputFile.write([1], to: "/dev/full") }
    #expect(error?.exitCode == 74)
    #expect(error?.description == "/dev/full: error: cannot write: the disk is full")
    for device in ["/dev/null", "/dev/full"] {
      var status = stat()
      #expect(stat(device, &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    }
  }

  @Test("A full disk gives exit code 74 and spares the old file", .enabled(if: TinyDisk.isPossible))
  func fullDisk() throws {
    try withDirectory { directory in
      let disk = try #require(TinyDisk(at: directory))
      defer { disk.unmount() }
      let path = "\(directory)/figure.csv"
      try OutputFile.write(Array("old".utf8), to: path)
      let large = [UInt8](repeating: 7, count: 200_000)
      let error = #expect(throws: OutputError.self) { try OutputFile.write(large, to: path) }
      #expect(error?.exitCode == 74)
      #expect(error?.description == "\(path): error: cannot write: the disk is full")
      #expect(content(path) == "old")
      #expect(try names(in: directory) == ["figure.csv"])
      try OutputFile.write(Array("new".utf8), to: path)
      #expect(content(path) == "new")
    }
  }

  @Test("A leftover of a dead writer is removed by the next write, that of a live one is not")
  func leftovers() throws {
    try withDirectory { directory in
      let dead = "\(directory)/.consim-4194999-0.tmp"
      let live = "\(directory)/.consim-4194998-0.tmp"
      let ours = "\(directory)/.consim-\(getpid())-0.tmp"
      for path in [dead, live, ours, "\(directory)/.consim-notes", "\(directory)/other.tmp"] {
        #expect(FileManager.default.createFile(atPath: path, contents: Data([9])))
      }
      let lock = open(live, O_RDONLY)
      #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
      try OutputFile.write([1], to: "\(directory)/a.csv")
      #expect(
        try names(in: directory) == [
          ".consim-4194998-0.tmp", ".consim-notes", "a.csv", "other.tmp",
        ])
      // Its writer ends, however that may be.
      close(lock)
      OutputFile.removeLeftovers(in: directory)
      #expect(try names(in: directory) == [".consim-notes", "a.csv", "other.tmp"])
    }
  }

  @Test("A temporary file is no leftover before it is renamed or discarded")
  func lockedWhileWritten() throws {
    try withDirectory { directory in
      let first = try TemporaryFile(in: directory, for: "x")
      let second = try TemporaryFile(in: directory, for: "x")
      OutputFile.removeLeftovers(in: directory)
      #expect(first.path != second.path)
      try first.fill({ OutputFile.writeAll([1], to: $0) }, permissions: nil, isForced: true)
      OutputFile.removeLeftovers(in: directory)
      try first.rename(to: "\(directory)/a.csv")
      second.discard()
      let left = try names(in: directory)
      #expect(left == ["a.csv"])
    }
  }

  @Test("Abandoning removes the temporary files of this process even while they are written")
  func abandoning() throws {
    try withDirectory { directory in
      let ours = "\(directory)/.consim-\(getpid())-3.tmp"
      let others = "\(directory)/.consim-\(getpid())1-3.tmp"
      for path in [ours, others] {
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
      }
      let lock = open(ours, O_RDONLY)
      #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
      defer { close(lock) }
      OutputFile.abandonWrites(in: directory)
      let left = try names(in: directory)
      #expect(left == [".consim-\(getpid())1-3.tmp"])
    }
  }

  @Test("Writers beside each other in one directory do not disturb each other")
  func concurrent() async throws {
    let directory = FileManager.default.temporaryDirectory.path + "/consim-test-\(UUID())"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer: UInt8 in 0..<8 {
        group.addTask {
          for round in 0..<20 {
            let bytes = [UInt8](repeating: writer, count: 1000 + round)
            try OutputFile.write(
              bytes, to: "\(directory)/\(round % 2 == 0 ? "shared" : "\(writer)")")
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try names(in: directory) == (0..<8).map { "\($0)" } + ["shared"])
    let shared = try #require(FileManager.default.contents(atPath: "\(directory)/shared"))
    #expect(Set(shared).count == 1)
  }

  @Test("The directory of a path is what stands before its last slash")
  func parents() {
    #expect(OutputFile.parent(of: "a.csv") == ".")
    #expect(OutputFile.parent(of: "/a.csv") == "/")
    #expect(OutputFile.parent(of: "x/y/a.csv") == "x/y")
    #expect(OutputFile.parent(of: "../a.csv") == "..")
  }

  @Test(
    "Exit codes tell a place that cannot be from data that cannot be stored",
    arguments: [
      (OutputError.Operation.create, EACCES, 73), (.create, EROFS, 73), (.create, ENOSPC, 74),
      (.rename, EACCES, 73), (.rename, EDQUOT, 74), (.write, EPIPE, 74), (.write, EFBIG, 74),
    ] as [(OutputError.Operation, Int32, Int32)])
  func exitCodes(operation: OutputError.Operation, code: Int32, expected: Int32) {
    #expect(OutputError(path: "x", operation: operation, code: code).exitCode == expected)
  }
}

/// A file system of 64 KiB in memory; only a privileged process can have one.
private struct TinyDisk {
  private let path: String

  init?(at path: String) {
    guard mount("none", path, "tmpfs", 0, "size=64k") == 0 else { return nil }
    self.path = path
  }

  func unmount() { umount2(path, 0) }

  static var isPossible: Bool {
    let path = FileManager.default.temporaryDirectory.path + "/consim-test-\(UUID())"
    guard mkdir(path, 0o700) == 0 else { return false }
    defer { rmdir(path) }
    guard let disk = TinyDisk(at: path) else { return false }
    disk.unmount()
    return true
  }
}
