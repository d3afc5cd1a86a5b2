/// Feeds spoilt encodings to decoders and counts what became of them.
struct FuzzRun {
  let decoders: [Decoder]
  let seed: UInt64
  private let turns: [Int]
  private var unchanged: [Int]
  private var accepted: [Int]
  private var refused: [[String: Int]]
  private(set) var findings: [String] = []
  private var digest: UInt64 = 0xcbf2_9ce4_8422_2325

  init(_ decoders: [Decoder], seed: UInt64) {
    self.decoders = decoders
    self.seed = seed
    turns = decoders.indices.flatMap { [Int](repeating: $0, count: decoders[$0].weight) }
    unchanged = decoders.map { _ in 0 }
    accepted = unchanged
    refused = decoders.map { _ in [:] }
  }

  /// Requires that every decoder takes its own corpus, makes the same bytes of it, and refuses its
  /// forbidden for the right reason.
  mutating func checkCorpus() {
    for decoder in decoders {
      for (number, bytes) in decoder.corpus.enumerated() {
        switch decoder.decode(bytes) {
        case .accepted(bytes, _): break
        case .accepted: findings.append("\(decoder.name): valid \(number) encodes differently")
        case .refused(let name):
          findings.append("\(decoder.name): valid \(number) refused, \(name)")
        }
      }
      for (number, input) in decoder.forbidden.enumerated() {
        if case .refused(input.failure) = decoder.decode(input.bytes) { continue }
        findings.append(
          "\(decoder.name): forbidden input \(number) not refused as \(input.failure)")
      }
    }
  }

  /// Makes one input and decodes it.
  mutating func feed(_ index: Int, show: Bool = false) {
    var draws = Draws(seed: seed, index: index)
    let subject = draws.pick(turns)
    let decoder = decoders[subject]
    let valid = draws.pick(decoder.corpus)
    let isForbidden = !decoder.forbidden.isEmpty && draws.below(8) == 0
    var input = isForbidden ? draws.pick(decoder.forbidden.map(\.bytes)) : valid
    for _ in 0..<draws.pick([0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 4]) {
      let other = draws.pick(draws.pick(decoders).corpus)
      draws.pick(Mutation.allCases).apply(
        to: &input, other: other, of: decoder, &draws)
    }
    if show { print(index, decoder.name, input.map { hex($0) }.joined()) }

    let outcome = decoder.decode(input)
    record(outcome, of: subject, index: index, input: input, isValid: input == valid)
  }

  private mutating func record(
    _ outcome: Outcome, of subject: Int, index: Int, input: [UInt8], isValid: Bool
  ) {
    let decoder = decoders[subject]
    switch outcome {
    case .accepted(let encodedAgain, let isGenuine):
      if isValid { unchanged[subject] += 1 } else { accepted[subject] += 1 }
      mix("accepted")
      if encodedAgain != input {
        findings.append("\(decoder.name), input \(index): accepted, but encodes differently")
      }
      if isGenuine, !decoder.corpus.contains(input) {
        findings.append("\(decoder.name), input \(index): altered, but passes for genuine")
      }
    case .refused(let name):
      refused[subject][name, default: 0] += 1
      mix(name)
      if isValid { findings.append("\(decoder.name), input \(index): valid, but refused: \(name)") }
    }
    mix(decoder.name)
  }

  private mutating func mix(_ text: String) {
    for byte in text.utf8 { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01b3 }
    digest = (digest ^ 0xff) &* 0x100_0000_01b3
  }

  /// A line for each decoder and each of its errors, and a digest of all outcomes in their order.
  var report: String {
    var lines: [String] = []
    for (subject, decoder) in decoders.enumerated() {
      let errors = refused[subject].sorted { $0.key < $1.key }
      let total = errors.reduce(0) { $0 + $1.value }
      lines.append(
        "\(decoder.name): \(unchanged[subject]) valid, \(accepted[subject]) others accepted, "
          + "\(total) refused")
      lines += errors.map { "  \($0.key): \($0.value)" }
    }
    let word = String(digest, radix: 16)
    lines.append("digest " + String(repeating: "0", count: 16 - word.count) + word)
    return lines.joined(separator: "\n")
  }
}

/// Two hexadecimal digits.
func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
