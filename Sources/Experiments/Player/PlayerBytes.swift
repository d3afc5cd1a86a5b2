/// The bytes of a player's events: numbers of seven bits a byte, least first.
struct PlayerBytes {
  private(set) var bytes: [UInt8] = []

  /// Appends a byte.
  mutating func append(_ byte: UInt8) { bytes.append(byte) }

  /// Appends a number that is not negative.
  mutating func append(_ number: Int) {
    var rest = UInt64(number)
    while rest >= 128 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// Appends a number of any sign: 0, -1, 1, -2 become 0, 1, 2, 3.
  mutating func append(signed number: Int) {
    append(number < 0 ? -2 * number - 1 : 2 * number)
  }

  /// The bytes as text of 91 signs, none of which JSON or HTML escapes: two hold 13 bits, or 14 where
  /// those are less than 89.
  var text: String {
    let signs = (33...126 as ClosedRange<UInt8>).filter { !#""\<"#.utf8.contains($0) }
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 16 / 13 + 2)
    var bits = 0
    var held = 0
    for byte in bytes {
      bits |= Int(byte) << held
      held += 8
      guard held > 13 else { continue }
      var pair = bits & 8191
      var used = 13
      if pair <= 88 {
        pair = bits & 16383
        used = 14
      }
      bits >>= used
      held -= used
      text.append(signs[pair % 91])
      text.append(signs[pair / 91])
    }
    if held > 0 {
      text.append(signs[bits % 91])
      if held > 7 || bits > 90 { text.append(signs[bits / 91]) }
    }
    return String(decoding: text, as: UTF8.self)
  }
}

/// Texts as templates with numbers and words: "n12 8fe1ac93b07d4e52" is the template of the number 12 and of
/// the word of 16 hexadecimal digits.
struct PlayerTexts {
  /// A template: the parts between its numbers and words, and of which sort each of these is.
  struct Template: Hashable {
    var parts: [String] = []
    /// `#` for a number, `$` for a word, in their order.
    var sorts = ""
  }

  /// The templates in the order of their first use.
  private(set) var templates: [Template] = []
  /// The words in the order of their first use.
  private(set) var words: [String] = []
  private var knownTemplates: [Template: Int] = [:]
  private var knownWords: [String: Int] = [:]
  /// The last numbers of each template: in a run they grow by little.
  private var last: [[Int]] = []

  /// The most digits of a number, so that it is exact in a page.
  private static let digitsAtMost = 15
  private static let wordLength = 16

  /// The template of a text, and how its numbers and the places of its words differ from the last ones.
  mutating func split(_ text: String) -> (template: Int, changes: [Int]) {
    var template = Template()
    var values: [Int] = []
    var part: [UInt8] = []
    let bytes = Array(text.utf8)
    var place = 0
    func end(of isInside: (UInt8) -> Bool) -> Int {
      bytes[place...].firstIndex { !isInside($0) } ?? bytes.count
    }
    while place < bytes.count {
      let wordEnd = end(of: Self.isHexadecimal)
      if wordEnd - place > Self.wordLength {
        part += bytes[place..<wordEnd]
        place = wordEnd
        continue
      }
      let isWord = wordEnd - place == Self.wordLength
      let numberEnd = isWord ? wordEnd : end(of: Self.isDigit)
      let token = bytes[place..<numberEnd]
      if isWord || Self.isNumber(token) {
        let text = String(decoding: token, as: UTF8.self)
        template.parts.append(String(decoding: part, as: UTF8.self))
        template.sorts += isWord ? "$" : "#"
        values.append(isWord ? word(text) : Int(text) ?? 0)
        part = []
        place = numberEnd
      } else {
        let next = max(place + 1, numberEnd)
        part += bytes[place..<next]
        place = next
      }
    }
    template.parts.append(String(decoding: part, as: UTF8.self))
    let known = number(of: template)
    let changes = zip(values, last[known]).map { $0 - $1 }
    last[known] = values
    return (known, changes)
  }

  private mutating func number(of template: Template) -> Int {
    if let known = knownTemplates[template] { return known }
    knownTemplates[template] = templates.count
    templates.append(template)
    last.append(template.sorts.map { _ in 0 })
    return templates.count - 1
  }

  private mutating func word(_ text: String) -> Int {
    if let known = knownWords[text] { return known }
    knownWords[text] = words.count
    words.append(text)
    return words.count - 1
  }

  private static func isNumber(_ token: ArraySlice<UInt8>) -> Bool {
    !token.isEmpty && token.count <= digitsAtMost && (token.count == 1 || token.first != 0x30)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x61...0x66).contains(byte)
  }
}
