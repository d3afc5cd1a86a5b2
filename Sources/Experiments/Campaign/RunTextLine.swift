extension RunTextReader {
  /// One line behind its name.
  struct Line {
    let name: String
    private let values: [ArraySlice<UInt8>]
    private let bytes: ArraySlice<UInt8>

    init(name: String, bytes: ArraySlice<UInt8>) {
      self.name = name
      self.bytes = bytes
      values = bytes.split(separator: 0x20, omittingEmptySubsequences: false)
    }

    /// What is thrown where the line is not what was written.
    var error: RunTextError { RunTextError(problem: "'\(name)' has another form") }

    /// Whether the line says that there is no value.
    var isNone: Bool { values.count == 1 && values[0].elementsEqual([0x2D]) }

    func word(_ place: Int) throws(RunTextError) -> String {
      guard place < values.count else { throw error }
      return String(decoding: values[place], as: UTF8.self)
    }

    func number<Number: FixedWidthInteger>(_ place: Int) throws(RunTextError) -> Number {
      guard let number = Number(try word(place)) else { throw error }
      return number
    }

    func one<Number: FixedWidthInteger>() throws(RunTextError) -> Number {
      guard values.count == 1 else { throw error }
      return try number(0)
    }

    func optional<Number: FixedWidthInteger>(_ place: Int) throws(RunTextError) -> Number? {
      guard try word(place) != "-" else { return nil }
      return try number(place)
    }

    func numbers<Number: FixedWidthInteger>() throws(RunTextError) -> [Number] {
      var numbers: [Number] = []
      guard !bytes.isEmpty else { return numbers }
      numbers.reserveCapacity(values.count)
      for place in values.indices { numbers.append(try number(place)) }
      return numbers
    }

    func optionals() throws(RunTextError) -> [Int?] {
      var numbers: [Int?] = []
      guard !bytes.isEmpty else { return numbers }
      for place in values.indices { numbers.append(try optional(place)) }
      return numbers
    }

    /// Sixteen hexadecimal digits.
    func hexadecimal() throws(RunTextError) -> UInt64 {
      let text = try word(0)
      guard text.utf8.count == 16, let number = UInt64(text, radix: 16) else { throw error }
      return number
    }

    /// The text behind so many values.
    func rest(after count: Int) throws(RunTextError) -> String {
      guard count == 0 || count < values.count else { throw error }
      let start = values.prefix(count).reduce(0) { $0 + $1.count + 1 }
      var text: [UInt8] = []
      var isEscaped = false
      for byte in bytes.dropFirst(start) {
        guard isEscaped || byte == 0x5C else {
          text.append(byte)
          continue
        }
        defer { isEscaped.toggle() }
        guard isEscaped else { continue }
        switch byte {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case 0x5C: text.append(0x5C)
        default: throw error
        }
      }
      guard !isEscaped else { throw error }
      return String(decoding: text, as: UTF8.self)
    }
  }
}
