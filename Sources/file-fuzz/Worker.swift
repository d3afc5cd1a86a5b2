import Foundation

/// Reads inputs in a process of its own, which a trap, a hang or a lack of memory may end.
struct Worker {
  let kind: FileKind
  let seed: UInt64
  /// What the texts of this process must not show, so that they are the same in every one.
  let scratch: String

  /// The address space of a worker; more is unbounded memory.
  private static let memoryAtMost: UInt = 6 << 30

  /// Reads inputs and prints what became of them; the number of the one under way is in a file.
  func run(from first: Int, count: Int, progress path: String) async throws {
    var limit = rlimit(rlim_cur: Self.memoryAtMost, rlim_max: Self.memoryAtMost)
    setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    var cores = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &cores)
    let progress = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    var tally = Tally()
    for index in first..<(first + count) {
      var number = index
      pwrite(progress, &number, MemoryLayout<Int>.size, 0)
      Self.wind(seconds: kind.secondsAtMost)
      let fate = await kind.read(kind.input(seed: seed, index: index))
      tally.note(fate, of: index, in: kind, without: scratch)
    }
    Self.wind(seconds: 0)
    close(progress)
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    tally.megabytes = usage.ru_maxrss / 1024
    print(tally.line)
  }

  /// Ends the process by a signal when it has computed for so long.
  private static func wind(seconds: Int) {
    var alarm = itimerval()
    alarm.it_value.tv_sec = seconds
    setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &alarm, nil)
  }
}

/// What became of some inputs.
struct Tally {
  var accepted = 0
  var refused = 0
  var megabytes = 0
  var digest: UInt64 = 0xcbf2_9ce4_8422_2325
  var findings: [(index: Int, text: String)] = []

  mutating func note(_ fate: Fate, of index: Int, in kind: FileKind, without scratch: String) {
    switch fate {
    case .accepted(let text):
      accepted += 1
      mix("accepted " + text.replacingOccurrences(of: scratch, with: ""))
    case .refused(let text):
      refused += 1
      mix("refused " + text.replacingOccurrences(of: scratch, with: ""))
      if kind.isCorpusRight, kind.corpus.indices.contains(index) {
        findings.append((index, "a right file is refused: \(text)"))
      }
    case .finding(let text):
      mix(text)
      findings.append((index, text))
    }
  }

  private mutating func mix(_ text: String) {
    for byte in text.utf8 { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01b3 }
  }

  /// The tally of one worker for the process that started it.
  var line: String {
    findings.map { "finding \($0.index) \($0.text.replacingOccurrences(of: "\n", with: " | "))\n" }
      .joined() + "total \(accepted) \(refused) \(megabytes) \(digest)"
  }

  /// Adds what a worker printed; answers whether it came to its end.
  mutating func add(_ output: String) -> Bool {
    var isWhole = false
    for line in output.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 2)
      if words.first == "finding", words.count == 3 {
        findings.append((Int(words[1]) ?? 0, String(words[2])))
      }
      let numbers = line.split(separator: " ").dropFirst().compactMap { UInt64($0) }
      guard words.first == "total", numbers.count == 4 else { continue }
      accepted += Int(numbers[0])
      refused += Int(numbers[1])
      megabytes = max(megabytes, Int(numbers[2]))
      digest = (digest ^ numbers[3]) &* 0x100_0000_01b3
      isWhole = true
    }
    return isWhole
  }
}
