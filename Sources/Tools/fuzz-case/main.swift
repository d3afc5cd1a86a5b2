import Fuzzing
import Glibc
import RunPlans
import Streamlet

// Fuzzes one protocol on one core until the first finding, and says so in one line that a script
// can read. It needs little more than the protocols, so that a change to one of them, such as a bug
// put in on purpose, is built in seconds.
//
// Usage: fuzz-case PROTOCOL FIRST-SEED RUNS CPU-SECONDS PROGRESS-FILE [SCENARIO-FILE]
//        fuzz-case PROTOCOL replay LINEAGE [SCENARIO-FILE]
//        fuzz-case PROTOCOL reach FIRST-SEED CPU-SECONDS POINT
//
// The line: killed INVARIANTS RUNS SECONDS LINEAGE REPLICAS DETAIL, or survived - RUNS SECONDS.
// RUNS 0 stands for no end. A lineage is the seed of a plan and those of the variants made of it,
// with commas. The number of the present run is in the progress file, for those who wonder which
// run trapped. The last form fails if a point of coverage is reached, which is named as "consim fuzz
// --coverage" prints what is never reached.

try Subjects.register([.streamlet])
let arguments = CommandLine.arguments
guard arguments.count >= 4, let subject = FuzzProtocol(named: arguments[1]) else { explain() }
if arguments[2] == "replay" {
  let lineage = arguments[3].split(separator: ",").compactMap { UInt64($0) }
  guard let plan = Hunt.plan(subject, lineage) else { explain() }
  if arguments.count > 4 { write(plan, "Lineage: \(arguments[3])", to: arguments[4]) }
  if let finding = Hunt.replay(plan, lineage) { report(finding, runs: 1) }
  print("survived - 1 \(tenths(cpuSeconds()))")
  exit(0)
}

if arguments[2] == "reach" {
  guard arguments.count == 6, let first = UInt64(arguments[3]), let seconds = Double(arguments[4]),
    Coverage().reaches(arguments[5], of: subject) != nil
  else { explain() }
  var hunt = Hunt(subject: subject, first: first)
  while cpuSeconds() < seconds {
    _ = hunt.next()
    guard hunt.coverage.reaches(arguments[5], of: subject) == true else { continue }
    print("\(arguments[5]): reached after \(hunt.runs) runs")
    exit(1)
  }
  print("\(arguments[5]): not reached in \(hunt.runs) runs")
  exit(0)
}

guard arguments.count >= 6, let first = UInt64(arguments[2]), let limit = Int(arguments[3]),
  let seconds = Double(arguments[4])
else { explain() }
let progress = open(arguments[5], O_WRONLY | O_CREAT | O_TRUNC, 0o644)
var hunt = Hunt(subject: subject, first: first)
while (limit == 0 || hunt.runs < limit) && cpuSeconds() < seconds {
  note(hunt.runs + 1, in: progress)
  guard let finding = hunt.next() else { continue }
  if arguments.count > 6 {
    write(finding.plan, "\(finding.invariants[0]): \(finding.detail)", to: arguments[6])
  }
  report(finding, runs: hunt.runs)
}
print("survived - \(hunt.runs) \(tenths(cpuSeconds()))")

func explain() -> Never {
  print("usage: fuzz-case PROTOCOL FIRST-SEED RUNS CPU-SECONDS PROGRESS-FILE [SCENARIO-FILE]")
  print("       fuzz-case PROTOCOL replay LINEAGE [SCENARIO-FILE]")
  print("       fuzz-case PROTOCOL reach FIRST-SEED CPU-SECONDS POINT")
  exit(64)
}

func report(_ finding: Hunt.Finding, runs: Int) -> Never {
  print(
    "killed", finding.invariants.map(\.name).joined(separator: ","), runs, tenths(cpuSeconds()),
    finding.lineage.map(String.init).joined(separator: ","), finding.plan.replicas,
    finding.detail)
  exit(1)
}

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

func write(_ plan: Plan, _ comment: String, to path: String) {
  let text = Array(plan.scenario(named: "mutant", comment: [comment]).utf8)
  let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
  pwrite(file, text, text.count, 0)
  close(file)
}
