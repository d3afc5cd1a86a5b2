import Experiments
import Foundation

// One case of the benchmark on the main thread, without the runtime of asynchronous programs, which
// instruction counters stumble over: `consim-case CASE MESSAGES`.
let words = CommandLine.arguments.dropFirst()
guard words.count == 2, let name = words.first, let messages = words.last.flatMap({ Int($0) }),
  messages > 0, let result = BenchmarkSuite.runCase(named: name, messages: messages)
else {
  print("usage: consim-case CASE MESSAGES, with a case of 'consim bench'")
  exit(64)
}
print(result.summary)
