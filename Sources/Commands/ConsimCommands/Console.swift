import Experiments
import Foundation
import Tables

/// Where messages for people go.
package enum Console {
  /// Gives the standard descriptors that are closed to `/dev/null`, opened for reading.
  ///
  /// Writing to one of them still fails, but no result file can get its number and with it what was
  /// to be printed.
  static func occupyClosedDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO
    where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
      _ = open("/dev/null", O_RDONLY)
    }
  }

  /// Prints to standard error; a reader that went away is no error.
  package static func error(_ message: String) {
    _ = OutputFile.writeAll(Array((message + "\n").utf8), to: STDERR_FILENO)
  }

  /// Prints to standard output, at once.
  ///
  /// A reader that went away has seen enough; that is no error.
  package static func output(_ text: String, terminator: String = "\n") throws {
    let code = OutputFile.writeAll(Array((text + terminator).utf8), to: STDOUT_FILENO)
    if code == 0 || code == EPIPE { return }
    throw Exit.failed(OutputError(path: "standard output", operation: .write, code: code))
  }

  /// Whether a person watches standard error.
  package static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Rewrites the line that a person watches.
  package static func status(_ text: String) {
    _ = OutputFile.writeAll(Array("\r\u{1B}[K\(text)".utf8), to: STDERR_FILENO)
  }
}

/// What this machine offers; it decides how long a run takes and nothing else.
package enum Machine {
  package static var cores: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }
}

/// Standard output of a command that writes files: whatever becomes of it, the files are written.
struct Speech {
  private var failure: (any Error)?

  /// Prints, unless printing failed before.
  mutating func say(_ text: String, terminator: String = "\n") {
    guard failure == nil else { return }
    do {
      try Console.output(text, terminator: terminator)
    } catch {
      failure = error
    }
  }

  /// Stops with the code of what was not printed.
  func check() throws {
    if let failure { throw failure }
  }
}
