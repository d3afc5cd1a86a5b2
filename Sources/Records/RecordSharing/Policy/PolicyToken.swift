/// A word with a meaning in the text of a policy, in any case.
enum PolicyWord: Hashable {
  case and
  case or
  case of
  case not

  init?(lowercased bytes: [UInt8]) {
    switch bytes {
    case Array("and".utf8): self = .and
    case Array("or".utf8): self = .or
    case Array("of".utf8): self = .of
    case Array("not".utf8): self = .not
    default: return nil
    }
  }
}

/// A piece of the text of a policy.
struct PolicyToken {
  enum Kind: Equatable {
    case word
    case keyword(PolicyWord)
    case number
    case opening
    case closing
    case comma
    /// Something that the syntax doesn't have; what it most likely stands for, if anything.
    case stray(PolicyWord?)
    case end
  }

  let kind: Kind
  /// Bytes of the text, empty at the end.
  let range: Range<Int>
}

/// Cuts the text of a policy into tokens, one at a time; never fails and always moves on.
struct PolicyScanner {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func next() -> PolicyToken {
    while position < bytes.count, Self.isBlank(bytes[position]) { position += 1 }
    guard position < bytes.count else {
      return PolicyToken(kind: .end, range: bytes.count..<bytes.count)
    }
    let byte = bytes[position]
    switch byte {
    case UInt8(ascii: "("): return token(.opening, length: 1)
    case UInt8(ascii: ")"): return token(.closing, length: 1)
    case UInt8(ascii: ","): return token(.comma, length: 1)
    default: break
    }
    if Attribute.isDigit(byte) { return token(.number, length: run(of: Attribute.isDigit)) }
    guard Attribute.isLetter(byte) else { return stray() }
    let length = run(of: Attribute.isAllowed)
    // No keyword has more than three letters.
    if length <= 3 {
      let folded = bytes[position..<position + length].map(Attribute.lowercased)
      if let word = PolicyWord(lowercased: folded) { return token(.keyword(word), length: length) }
    }
    return token(.word, length: length)
  }

  private mutating func token(_ kind: PolicyToken.Kind, length: Int) -> PolicyToken {
    let start = position
    position += length
    return PolicyToken(kind: kind, range: start..<position)
  }

  private func run(of isMember: (UInt8) -> Bool) -> Int {
    var end = position
    while end < bytes.count, isMember(bytes[end]) { end += 1 }
    return end - position
  }

  /// One character, or a sign that other languages use for an operator.
  private mutating func stray() -> PolicyToken {
    for (sign, word) in Self.signs where bytes[position...].starts(with: sign) {
      return token(.stray(word), length: sign.count)
    }
    // `#` takes its number along: "a#2" has one problem, not two.
    if bytes[position] == UInt8(ascii: "#") {
      position += 1
      let digits = run(of: Attribute.isDigit)
      position -= 1
      return token(.stray(nil), length: 1 + digits)
    }
    var length = 1
    while position + length < bytes.count, bytes[position + length] & 0xC0 == 0x80 { length += 1 }
    return token(.stray(nil), length: length)
  }

  private static let signs: [(sign: [UInt8], word: PolicyWord)] =
    signs(["&&", "&", "+", "*", "∧", "⋀"], .and)
    + signs(["||", "|", "∨", "⋁"], .or)
    + signs(["!", "¬", "~"], .not)

  private static func signs(_ texts: [String], _ word: PolicyWord) -> [([UInt8], PolicyWord)] {
    texts.map { (Array($0.utf8), word) }
  }

  static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }
}
