import Foundation
import RecordExperiments

// Seeded hostile texts for everything that reads a file:
//   file-fuzz SEED COUNT [KIND] [--from INDEX] [--quiet] [--show]
// COUNT inputs of each kind, or of one. Input number i of a kind and seed is the same in any run. A
// worker process reads them; one that traps, hangs or needs too much memory is a finding, and leaves
// the input in Findings/. --show prints the inputs instead. Exit code 2: there are findings.
// Working directory: the root of the repository.
RecordsKind.register()
var words = Array(CommandLine.arguments.dropFirst())
func usage() -> Never {
  print("usage: file-fuzz SEED COUNT [KIND] [--from INDEX] [--quiet] [--show]")
  exit(64)
}

if words.first == "--worker" {
  guard words.count == 6, let seed = UInt64(words[1]), let first = Int(words[3]),
    let count = Int(words[4])
  else { usage() }
  let kinds = FileKinds(scratch: words[5])
  guard let kind = try kinds.all().first(where: { $0.name == words[2] }) else { usage() }
  try await Worker(kind: kind, seed: seed, scratch: words[5])
    .run(from: first, count: count, progress: words[5] + "/progress")
  exit(0)
}

let isQuiet = words.contains("--quiet")
let isShown = words.contains("--show")
words.removeAll { $0 == "--quiet" || $0 == "--show" }
var first = 0
if let place = words.firstIndex(of: "--from"), place + 1 < words.count {
  guard let number = Int(words[place + 1]), number >= 0 else { usage() }
  first = number
  words.removeSubrange(place...(place + 1))
}
guard 2...3 ~= words.count, let seed = UInt64(words[0]), let count = Int(words[1]), count >= 0
else { usage() }

let scratch =
  FileManager.default.temporaryDirectory.path
  + "/file-fuzz-\(ProcessInfo.processInfo.processIdentifier)"
let kinds = FileKinds(scratch: scratch)
try kinds.prepare()
let chosen = try kinds.all().filter { words.count < 3 || $0.name == words[2] }
if chosen.isEmpty {
  print("there is no kind '\(words[2])': \(try kinds.all().map(\.name).joined(separator: ", "))")
  exit(64)
}
if isShown {
  for kind in chosen {
    for index in first..<(first + count) {
      FileHandle.standardOutput.write(Data(kind.input(seed: seed, index: index)))
    }
  }
  kinds.remove()
  exit(0)
}
var found = 0
for kind in chosen {
  var run = FuzzRun(
    kind: kind, seed: seed, program: CommandLine.arguments[0], scratch: scratch)
  // Runs take a hundred times as long as reading.
  try run.run(from: first, count: kind.name == "run" ? (count + 99) / 100 : count)
  let tally = run.tally
  found += tally.findings.count
  if !isQuiet {
    print(
      "\(kind.name): \(tally.accepted) accepted, \(tally.refused) refused, at most "
        + "\(tally.megabytes) MB, digest \(String(tally.digest, radix: 16))")
  }
}
kinds.remove()
print("\(count) inputs of \(chosen.count) kinds, \(found) findings")
exit(found == 0 ? 0 : 2)
