import Fuzzing
import Glibc

// Fuzzes one protocol on one core until the first finding, and says so in one line that a script
// can read. It needs little more than the protocols, so that a change to one of them, such as a bug
// put in on purpose, is built in seconds.
//
// Usage: fuzz-case PROTOCOL FIRST-SEED RUNS CPU-SECONDS PROGRESS-FILE [SCENARIO-FILE]
//
// The line: killed INVARIANT RUNS SECONDS SEED REPLICAS DETAIL, or survived - RUNS SECONDS.
// RUNS 0 stands for no end. The number of the present run is in the progress file, for those who
// wonder which run trapped.

guard CommandLine.arguments.count >= 6, let subject = FuzzProtocol(rawValue: CommandLine.arguments[1]),
  let first = UInt64(CommandLine.arguments[2]), let limit = Int(CommandLine.arguments[3]),
  let seconds = Double(CommandLine.arguments[4])
else {
  print("usage: fuzz-case PROTOCOL FIRST-SEED RUNS CPU-SECONDS PROGRESS-FILE [SCENARIO-FILE]")
  exit(64)
}
let progress = open(CommandLine.arguments[5], O_WRONLY | O_CREAT | O_TRUNC, 0o644)
let scenario = CommandLine.arguments.count > 6 ? CommandLine.arguments[6] : nil

var hunt = Hunt(subject: subject, first: first)
while (limit == 0 || hunt.runs < limit) && cpuSeconds() < seconds {
  note(hunt.runs + 1, in: progress)
  guard let finding = hunt.next() else { continue }
  let spent = tenths(cpuSeconds())
  print(
    "killed \(finding.invariant) \(hunt.runs) \(spent) \(finding.plan.seed) "
      + "\(finding.plan.replicas) \(finding.detail)")
  if let scenario { write(finding, to: scenario) }
  exit(1)
}
print("survived - \(hunt.runs) \(tenths(cpuSeconds()))")

/// The CPU time of this process, which other processes do not prolong.
func cpuSeconds() -> Double {
  var time = timespec()
  guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return 0 }
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func tenths(_ seconds: Double) -> String {
  let number = Int(seconds * 10 + 0.5)
  return "\(number / 10).\(number % 10)"
}

func note(_ run: Int, in file: Int32) {
  let text = Array("\(run)\n".utf8)
  pwrite(file, text, text.count, 0)
}

func write(_ finding: Hunt.Finding, to path: String) {
  let text = Array(
    finding.plan.scenario(named: "mutant", comment: [finding.invariant + ": " + finding.detail])
      .utf8)
  let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
  pwrite(file, text, text.count, 0)
  close(file)
}
