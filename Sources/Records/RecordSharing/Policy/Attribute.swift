/// The name of a property that an authority vouches for, such as `doctor` or
/// `hospital-a:cardiology`.
///
/// A name begins with an ASCII letter, goes on with letters, digits and `_ - . : @ /`, and has at
/// most 64 characters. Upper case is folded to lower case, so that no two attributes differ in case
/// only. The words of the policy syntax (`and`, `or`, `of`, `not`) are no names. `#` is left out
/// because it numbers repeats in a policy (``RowLabel``).
public struct Attribute: Hashable, Sendable {
  /// The most characters that a name has.
  public static let maximumLength = 64

  /// The name in lower case, ASCII only.
  public let name: String

  /// Checks a name and folds its case.
  ///
  /// - Throws: the first thing that is wrong with the name.
  public init(_ name: String) throws(AttributeProblem) {
    try self.init(utf8: Array(name.utf8.prefix(Self.maximumLength + 1)), of: name.utf8.count)
  }

  /// Checks a name given in UTF-8 and folds its case.
  init(utf8 bytes: [UInt8]) throws(AttributeProblem) {
    try self.init(utf8: bytes, of: bytes.count)
  }

  private init(utf8 bytes: [UInt8], of length: Int) throws(AttributeProblem) {
    guard let first = bytes.first else { throw .empty }
    guard length <= Self.maximumLength else {
      throw .tooLong(length, allowed: Self.maximumLength)
    }
    guard Self.isLetter(first) else { throw .badStart(Self.character(at: 0, of: bytes)) }
    if let bad = bytes.firstIndex(where: { !Self.isAllowed($0) }) {
      throw .badCharacter(Self.character(at: bad, of: bytes), offset: bad)
    }
    let folded = bytes.map(Self.lowercased)
    if PolicyWord(lowercased: folded) != nil {
      throw .reserved(String(decoding: folded, as: UTF8.self))
    }
    name = String(decoding: folded, as: UTF8.self)
  }

  /// The name in bytes, one a character.
  public var bytes: [UInt8] { Array(name.utf8) }

  static func isLetter(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte)
  }

  static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// Whether a byte may stand in a name after the first.
  static func isAllowed(_ byte: UInt8) -> Bool {
    if isLetter(byte) || isDigit(byte) { return true }
    switch byte {
    case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"),
      UInt8(ascii: "@"), UInt8(ascii: "/"):
      return true
    default: return false
    }
  }

  static func lowercased(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
  }

  /// The character that begins at a byte, for messages.
  static func character(at index: Int, of bytes: [UInt8]) -> Character {
    // A scalar has at most four bytes; decoding never fails, it replaces.
    String(decoding: bytes[index..<min(index + 4, bytes.count)], as: UTF8.self).first ?? "\u{FFFD}"
  }
}

extension Attribute: Comparable, CustomStringConvertible {
  /// The order of the names' bytes.
  public static func < (a: Self, b: Self) -> Bool { a.name < b.name }

  /// The name.
  public var description: String { name }
}

/// What is wrong with the name of an attribute.
public enum AttributeProblem: Error, Hashable, Sendable {
  /// There is no name.
  case empty
  /// The name has too many bytes.
  case tooLong(Int, allowed: Int)
  /// The name begins with something else than a letter.
  case badStart(Character)
  /// The name has a character that names don't have.
  case badCharacter(Character, offset: Int)
  /// The name is a word of the policy syntax.
  case reserved(String)
}

extension AttributeProblem: CustomStringConvertible {
  /// The problem in a sentence.
  public var description: String {
    switch self {
    case .empty: "the name of an attribute is empty"
    case .tooLong(let found, let allowed):
      "the name of an attribute has \(found) bytes, at most \(allowed) are allowed"
    case .badStart(let found):
      "the name of an attribute begins with \(quoted(found)), it has to begin with a letter"
    case .badCharacter(let found, let offset):
      "the name of an attribute has \(quoted(found)) at offset \(offset);"
        + " allowed are letters, digits and _ - . : @ /"
    case .reserved(let word): "'\(word)' is a word of the policy syntax and names no attribute"
    }
  }
}

/// A character in quotes, or its number when it can't be seen.
func quoted(_ character: Character) -> String {
  guard let scalar = character.unicodeScalars.first else { return "nothing" }
  switch scalar.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .surrogate,
    .unassigned, .privateUse:
    return "the character U+" + hexadecimal(scalar.value)
  default: return "'\(scalar)'"
  }
}

private func hexadecimal(_ value: UInt32) -> String {
  let digits = String(value, radix: 16, uppercase: true)
  return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}
