import ArgumentParser
import Dispatch
import Experiments
import Foundation
import Synchronization
import Tables

/// Ends the program in order when a person or the system interrupts it.
///
/// Result files of one scenario are written in one go: an interruption during it waits for them, and
/// one before it leaves the old ones and writes what is done under names of its own. A second signal does not wait.
package enum Interruption {
  private static let directories = Mutex<[String]>([])
  private static let gate = Mutex<Void>(())
  private static let endsInOrder = Atomic<Bool>(false)
  private static let isAsked = Atomic<Bool>(false)
  private static let termination = Atomic<Int32>(143)

  /// From now on SIGTERM ends the program with the code of work that can be gone on with.
  static func terminateAsUnfinished() {
    termination.store(ExitCode.unfinished.rawValue, ordering: .sequentiallyConsistent)
  }

  /// From now on the command itself looks whether a person asked it to end; only a second time ends
  /// it at once.
  static func endInOrder() { endsInOrder.store(true, ordering: .sequentiallyConsistent) }

  /// Whether a person asked a command to end that does so itself.
  static var isRequested: Bool { isAsked.load(ordering: .relaxed) }

  /// What is done before an interruption ends the program; it returns the line that tells of it.
  private static let farewell = Mutex<(@Sendable () -> String)?>(nil)

  /// From now on an interruption first carries `work` out, or nothing if it is nil; nobody writes
  /// meanwhile.
  package static func beforeEnding(_ work: (@Sendable () -> String)?) {
    farewell.withLock { $0 = work }
  }

  /// Watches for signals as long as what it returns exists.
  ///
  /// A reader that closes a pipe is not a signal but an error of `write`, which commands look at.
  static func watch() -> [any DispatchSourceSignal] {
    signal(SIGPIPE, SIG_IGN)
    let sources = [source(of: SIGINT, exitCode: 130), source(of: SIGTERM, exitCode: 143)]
    for source in sources { source.resume() }
    return sources
  }

  /// Says where files will be written, so that no temporary one is left there.
  package static func willWrite(into directory: String) {
    directories.withLock { $0.append(directory) }
  }

  /// Carries out what an interruption has to wait for.
  package static func deferring<E: Error>(_ work: () throws(E) -> Void) throws(E) {
    let failure = gate.withLock { _ -> E? in
      do throws(E) {
        try work()
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw failure }
  }

  private static func source(of number: Int32, exitCode: Int32) -> any DispatchSourceSignal {
    signal(number, SIG_IGN)
    let queue = DispatchQueue(label: "interruption.\(number)")
    let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
    source.setEventHandler {
      signal(number, SIG_DFL)
      if number == SIGINT, endsInOrder.load(ordering: .sequentiallyConsistent) {
        isAsked.store(true, ordering: .relaxed)
        return
      }
      gate.withLock { _ in
        for directory in directories.withLock({ $0 }) {
          OutputFile.abandonWrites(in: directory)
        }
        if Console.isTerminal { Console.status("") }
        let work = farewell.withLock { $0 }
        Console.error(work?() ?? "interrupted")
        _exit(number == SIGTERM ? termination.load(ordering: .sequentiallyConsistent) : exitCode)
      }
    }
    return source
  }
}
