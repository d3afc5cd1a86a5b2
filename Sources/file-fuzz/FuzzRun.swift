import Foundation

/// Has the inputs of one kind read by workers, batch by batch, and keeps those that end one.
struct FuzzRun {
  let kind: FileKind
  let seed: UInt64
  let program: String
  let scratch: String
  private(set) var tally = Tally()

  /// Where inputs with findings are left.
  private static let findings = "Findings"
  /// Inputs of one worker.
  private static let batch = 20_000
  /// After so many findings the rest would only repeat them.
  private static let findingsAtMost = 20

  init(kind: FileKind, seed: UInt64, program: String, scratch: String) {
    self.kind = kind
    self.seed = seed
    self.program = program
    self.scratch = scratch
  }

  mutating func run(from first: Int, count: Int) throws {
    var next = first
    let end = first + count
    while next < end, tally.findings.count < Self.findingsAtMost {
      let size = min(Self.batch, end - next)
      let known = tally.findings.count
      let (output, ending) = try work(from: next, count: size)
      if tally.add(output), ending == nil {
        next += size
      } else {
        let index = interrupted() ?? next
        tally.findings.append((index, ending ?? "the worker ended too early"))
        // What came before it is read again, and counted.
        if index > next { _ = tally.add(try work(from: next, count: index - next).output) }
        next = index + 1
      }
      for finding in tally.findings[known...] { keep(finding.index, finding.text) }
    }
  }

  private func work(from first: Int, count: Int) throws -> (output: String, ending: String?) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = [
      "--worker", "\(seed)", kind.name, "\(first)", "\(count)", scratch,
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    var ending: String?
    if process.terminationReason == .uncaughtSignal {
      let number = process.terminationStatus
      ending =
        number == SIGPROF
        ? "more than \(kind.secondsAtMost) s of CPU time" : "ended by signal \(number)"
    } else if process.terminationStatus != 0 {
      ending = "ended with status \(process.terminationStatus)"
    }
    return (String(decoding: output, as: UTF8.self), ending)
  }

  /// The number of the input that a worker was reading.
  private func interrupted() -> Int? {
    guard let bytes = FileManager.default.contents(atPath: scratch + "/progress"), bytes.count == 8
    else { return nil }
    return bytes.enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
  }

  private func keep(_ index: Int, _ text: String) {
    let path = "\(Self.findings)/file-fuzz-\(kind.name)-\(seed)-\(index).\(kind.ending)"
    try? FileManager.default.createDirectory(
      atPath: Self.findings, withIntermediateDirectories: true)
    _ = FileManager.default.createFile(
      atPath: path, contents: Data(kind.input(seed: seed, index: index)))
    print("finding: \(kind.name), seed \(seed), input \(index): \(text)")
    print("  the input: \(path)")
    print("  again: file-fuzz \(seed) 1 \(kind.name) --from \(index)")
  }
}
