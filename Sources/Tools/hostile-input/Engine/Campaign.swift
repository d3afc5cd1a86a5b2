import Foundation

/// Has the inputs of an agenda read by a worker, and by another where one ends too early.
struct Campaign {
  let agenda: Agenda
  let family: String
  let scratch: String
  /// Whether only findings are printed.
  let isQuiet: Bool
  private(set) var tallies: [Tally]
  /// The position of the next input.
  private var next = 0

  /// Where inputs with findings are left.
  private static let findings = "Findings"
  /// More findings of a subject would only repeat the others.
  private static let findingsAtMost = 20

  init(_ agenda: Agenda, family: String, scratch: String, isQuiet: Bool) {
    self.agenda = agenda
    self.family = family
    self.scratch = scratch
    self.isQuiet = isQuiet
    tallies = agenda.subjects.map { _ in Tally() }
  }

  mutating func run() throws {
    while next < agenda.total {
      let ending = try work()
      guard next < agenda.total else { return }
      let subject = agenda.numbers(next).subject
      note(.finding, digest: 0, ending)
      if tallies[subject].findings >= Self.findingsAtMost, next < agenda.end(of: subject) {
        next = agenda.end(of: subject)
        report(subject)
      }
    }
  }

  /// Starts a worker with the words of this process, and counts the lines that it prints.
  ///
  /// - Returns: How the worker ended.
  private mutating func work() throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
    process.arguments = CommandLine.arguments.dropFirst() + ["--worker", scratch, "\(next)"]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    // Lines are many, and the C library reads them fastest.
    let stream = fdopen(dup(pipe.fileHandleForReading.fileDescriptor), "r")
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    while case let count = getline(&line, &capacity, stream), count > 0, let line {
      line[count - 1] = 0
      var text: UnsafeMutablePointer<CChar>?
      let digest = strtoull(line + 1, &text, 16)
      let letter = UInt8(bitPattern: line[0])
      guard let kind = Fate.Kind.allCases.first(where: { $0.letter == letter }), let text else {
        break
      }
      note(kind, digest: UInt64(digest), String(cString: text + 1))
    }
    free(line)
    if let stream { fclose(stream) }
    process.waitUntilExit()
    let status = process.terminationStatus
    if process.terminationReason == .exit { return "ended with status \(status)" }
    return status == SIGPROF ? "too much CPU time" : "ended by signal \(status)"
  }

  /// Counts the next input.
  private mutating func note(_ kind: Fate.Kind, digest: UInt64, _ text: String) {
    let subject = agenda.numbers(next).subject
    tallies[subject].add(kind, digest: digest, reason: text)
    if kind == .finding, tallies[subject].findings <= Self.findingsAtMost { keep(text) }
    next += 1
    if next == agenda.end(of: subject) { report(subject) }
  }

  /// Prints the tally of a subject after its last input.
  private func report(_ subject: Int) {
    if !isQuiet { print(tallies[subject].report(agenda.subjects[subject].name)) }
  }

  /// Keeps the next input.
  private func keep(_ finding: String) {
    let (subject, index) = agenda.place(next)
    let path = "\(Self.findings)/\(subject.name)-\(agenda.seed)-\(index).\(subject.ending)"
    try? FileManager.default.createDirectory(
      atPath: Self.findings, withIntermediateDirectories: true)
    _ = FileManager.default.createFile(atPath: path, contents: Data(agenda.input(next)))
    print("finding: \(subject.name), seed \(agenda.seed), input \(index): \(finding)")
    print("  the input: \(path)")
    print("  again: hostile-input \(family) \(agenda.seed) 1 \(subject.name) --from \(index)")
  }
}
