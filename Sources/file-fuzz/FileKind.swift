import Foundation

/// What became of one input.
enum Fate {
  /// It was taken; the text says what was made of it.
  case accepted(String)
  /// It was refused with this explanation.
  case refused(String)
  /// Something is wrong with us.
  case finding(String)
}

/// One kind of file that the tool reads, with right ones to begin from.
struct FileKind {
  /// What it is called on the command line.
  let name: String
  /// The ending of a file's name.
  let ending: String
  /// What inputs are made of, and the first inputs themselves.
  let corpus: [[UInt8]]
  /// Whether these have to be accepted.
  var isCorpusRight = true
  /// Whether most inputs should still be right.
  var isGentle = false
  /// The most CPU time of one input in seconds; more is a hang.
  var secondsAtMost = 10
  let read: ([UInt8]) async -> Fate

  /// The input of a number.
  func input(seed: UInt64, index: Int) -> [UInt8] {
    // The first inputs are the corpus itself.
    if corpus.indices.contains(index) { return corpus[index] }
    var draws = Draws(seed: seed, kind: name, index: index)
    // Of those that stay right the first, small ones are taken more often.
    var text =
      isGentle && draws.below(4) > 0
      ? corpus[draws.below(corpus.count / 3 + 1)] : draws.pick(corpus)
    let mutations = isGentle ? Mutation.gentle : Mutation.allCases
    for _ in 0..<draws.pick([1, 1, 1, 1, 2, 2, 3, 5]) {
      draws.pick(mutations).apply(to: &text, other: draws.pick(corpus), &draws)
    }
    return text
  }
}

/// Files of the repository that the corpus is made of.
enum Corpus {
  /// The files below a directory whose names end so, by name.
  static func files(in directory: String, ending: String) throws -> [(path: String, text: [UInt8])]
  {
    try FileManager.default.subpathsOfDirectory(atPath: directory).sorted()
      .filter { $0.hasSuffix(ending) }
      .map { name in
        let path = directory + "/" + name
        return (path, Array(try Data(contentsOf: URL(fileURLWithPath: path))))
      }
  }

  /// A text cut after a line, so that it is no longer than `size`.
  static func cut(_ text: [UInt8], to size: Int) -> [UInt8] {
    guard text.count > size else { return text }
    let end = text[..<size].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? size
    return Array(text[..<end])
  }
}
