import Foundation
import PairingCrypto

// One operation, as often as asked for, on the main thread and without anything that depends on the
// process, for an instruction counter: `pairing-case OPERATION SET COUNT`. What an operation needs is
// made before, so that the difference of two counts is the operation alone.
let words = CommandLine.arguments
guard words.count == 4, let operation = MeasuredOperation(rawValue: words[1]),
  let parameters = ParameterSet(name: words[2]), let count = Int(words[3]), count > 0
else {
  print("usage: pairing-case OPERATION SET COUNT, with an operation of")
  print(MeasuredOperation.allCases.map(\.rawValue).joined(separator: " "))
  exit(64)
}
let result = try operation.prepared(for: parameters)(count)
// The last result is used, so that no operation can be left out.
let digits = result.suffix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
print("\(operation.rawValue) \(parameters.name): \(result.count) bytes ending in \(digits)")
