/// What became of one input.
struct Fate {
  enum Kind: String, CaseIterable {
    /// An input of the corpus was taken.
    case valid
    /// Another was taken.
    case accepted
    case refused
    /// The reader is wrong.
    case finding

    var letter: UInt8? { rawValue.utf8.first }
  }

  let kind: Kind
  /// What the reader made of the input, why the reader refused it, or what is wrong.
  let text: String

  /// FNV-1a.
  static let emptyDigest: UInt64 = 0xcbf2_9ce4_8422_2325
  static let prime: UInt64 = 0x100_0000_01b3

  /// What a worker prints: letter, digest, and a text that is counted or shown.
  func line(of form: Subject.Form) -> String {
    var digest = Self.emptyDigest
    for byte in text.utf8 { digest = (digest ^ UInt64(byte)) &* Self.prime }
    var shown = ""
    if kind == .finding { shown = text.split(whereSeparator: \.isNewline).joined(separator: " | ") }
    // The reasons of texts are too many.
    if kind == .refused, form == .bytes { shown = outline }
    return "\(kind.rawValue.prefix(1))\(String(digest, radix: 16)) \(shown)\n"
  }

  /// The text without numbers and quotations.
  private var outline: String {
    text.split(separator: " ").map { word in
      word.utf8.contains { 0x30...0x39 ~= $0 || $0 == 0x27 || $0 == 0x22 || $0 < 0x20 } ? "_" : word
    }.joined(separator: " ")
  }
}

/// What is wrong with a reader.
struct Finding: Error {
  let text: String
}

/// Why a reader refuses an input.
struct Refusal: Error, CustomStringConvertible {
  let description: String
}
