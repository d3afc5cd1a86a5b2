import Foundation

/// Reads inputs in a process of its own, which a trap, a hang or a lack of memory may end.
struct Worker {
  let agenda: Agenda

  /// The address space of a worker; more is unbounded memory.
  private static let memoryAtMost: UInt = 6 << 30

  /// Reads the inputs from a position on, and prints a line after each.
  func run(from position: Int) async {
    Self.limit(RLIMIT_AS, to: Self.memoryAtMost)
    Self.limit(RLIMIT_CORE, to: 0)
    for position in position..<agenda.total {
      let (subject, index) = agenda.place(position)
      Self.wind(seconds: subject.secondsAtMost)
      let fate = await subject.fate(of: agenda.input(position), index: index)
      FileHandle.standardOutput.write(Data(fate.line(of: subject.form).utf8))
    }
  }

  private static func limit(_ resource: __rlimit_resource, to most: UInt) {
    var limit = rlimit(rlim_cur: most, rlim_max: most)
    setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
  }

  /// Ends the process by a signal when it has computed for so long.
  private static func wind(seconds: Int) {
    var alarm = itimerval()
    alarm.it_value.tv_sec = seconds
    setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &alarm, nil)
  }
}
