import DiscreteEvents

/// An input that must be refused, and the reason.
struct ForbiddenInput {
  let bytes: [UInt8]
  let reason: String
}

/// One decoder or reader of files, with inputs to begin from.
struct Subject {
  /// What inputs are made of.
  enum Form {
    case bytes
    case text
    /// A text most of whose mutants stay valid.
    case gentleText
  }

  /// The name on the command line.
  let name: String
  /// The ending of a file that holds an input.
  let ending: String
  let form: Form
  /// The first inputs; all others are made of them.
  let corpus: [[UInt8]]
  /// Whether the corpus must be accepted.
  var isCorpusValid = true
  /// The inputs after the corpus, which chance would hardly find.
  var forbidden: [ForbiddenInput] = []
  /// What mutations write into an input: boundary values, words.
  let pieces: [[UInt8]]
  /// Widths that members of lists may have.
  var widths: [Int] = []
  /// Valid inputs of related subjects, a list for each.
  var donors: [[[UInt8]]] = []
  /// The relative frequency among the subjects of a family.
  var weight = 100
  /// The most CPU time of one input in seconds; more is a hang.
  var secondsAtMost = 10
  /// Returns what it makes of an input; an error refuses the input, if it is no `Finding`.
  let read: ([UInt8]) async throws -> String

  /// Reasons have no more bytes, however large the input.
  private static let reasonAtMost = 200_000

  /// How many inputs have a known fate.
  var knownCount: Int { corpus.count + forbidden.count }

  /// The input of a number.
  func input(seed: UInt64, index: Int) -> [UInt8] {
    if index < corpus.count { return corpus[index] }
    if index < knownCount { return forbidden[index - corpus.count].bytes }
    var draws = Draw(seed: seed, subject: name, index: index)
    var input = draws.pick(corpus)
    if !forbidden.isEmpty, draws.below(8) == 0 { input = draws.pick(forbidden).bytes }
    // The small inputs come first.
    if form == .gentleText, draws.below(4) > 0 { input = corpus[draws.below(corpus.count / 3 + 1)] }
    let mutations = Mutation.all(of: form)
    for _ in 0..<draws.pick([0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 4, 5]) {
      let other = draws.pick(donors.isEmpty ? corpus : draws.pick(donors))
      draws.pick(mutations).apply(to: &input, other: other, of: self, &draws)
    }
    return input
  }

  /// Reads an input.
  func fate(of input: [UInt8], index: Int) async -> Fate {
    let required = corpus.count..<knownCount ~= index ? forbidden[index - corpus.count].reason : nil
    do {
      let text = try await read(input)
      if let required { throw Finding(text: "not refused because of: \(required)") }
      return Fate(kind: corpus.contains(input) ? .valid : .accepted, text: text)
    } catch {
      let problem = problem(error, of: input, required: required)
      return Fate(kind: problem == nil ? .refused : .finding, text: problem ?? "\(error)")
    }
  }

  /// What is wrong with an error, if anything.
  private func problem(_ error: any Error, of input: [UInt8], required: String?) -> String? {
    if let finding = error as? Finding { return finding.text }
    let reason = "\(error)"
    if reason.isEmpty { return "an empty reason" }
    if reason.utf8.count > Self.reasonAtMost { return "a reason of \(reason.utf8.count) bytes" }
    if let required, reason != required { return "\(reason), not refused because of: \(required)" }
    return isCorpusValid && corpus.contains(input) ? "valid, but refused: \(reason)" : nil
  }
}
