import Foundation

// Seeded hostile bytes for every decoder: `decoder-fuzz SEED COUNT [FROM] [--show | --quiet]`. Input
// number i of a seed is the same in any run, so that what follows a number printed before a trap can
// be fed alone, with --show to see the bytes. Exit code 2: something was accepted that encodes differently,
// or a valid input was refused.
let options = ["--show", "--quiet"]
let words = CommandLine.arguments.dropFirst().filter { !options.contains($0) }
let isShowing = CommandLine.arguments.contains("--show")
let isQuiet = CommandLine.arguments.contains("--quiet")
let numbers = words.compactMap { Int($0) }
guard numbers.count == words.count, 2...3 ~= numbers.count, numbers.allSatisfy({ $0 >= 0 }) else {
  print("usage: decoder-fuzz SEED COUNT [FROM] [--show | --quiet]")
  exit(64)
}
let first = numbers.count == 3 ? numbers[2] : 0
let count = numbers[1]

var run = FuzzRun(PairingDecoders.all + (try SharingDecoders.all()), seed: UInt64(numbers[0]))
run.checkCorpus()
for step in 0..<count {
  // Where a trap ends the run, the last of these lines tells where to look.
  if count >= 100_000, step % (count / 10) == 0 {
    FileHandle.standardError.write(Data("input \(first + step)\n".utf8))
  }
  run.feed(first + step, show: isShowing)
}
if !isQuiet { print(run.report) }
for finding in run.findings.prefix(20) { print("finding:", finding) }
print("\(count) inputs, \(run.findings.count) findings, no trap")
exit(run.findings.isEmpty ? 0 : 2)
