extension RunTextReader {
  /// One line behind its name: values with one blank between them.
  ///
  /// A value is accepted only in the form in which ``RunText`` writes it, so that no two texts are the
  /// same result.
  struct Line {
    let name: String
    private let bytes: ArraySlice<UInt8>
    private let count: Int

    init(name: String, bytes: ArraySlice<UInt8>) {
      self.name = name
      self.bytes = bytes
      count = bytes.isEmpty ? 0 : bytes.count { $0 == 0x20 } + 1
    }

    /// What is thrown where the line is not what was written.
    var error: RunTextError { RunTextError(problem: "'\(name)' has another form") }

    /// Whether the line says that there is no value.
    var isNone: Bool { bytes.elementsEqual([0x2D]) }

    /// Whether the line has one value.
    var isOne: Bool { count == 1 }

    /// The line, if it has so many values.
    func having(_ count: Int) throws(RunTextError) -> Self {
      guard self.count == count else { throw error }
      return self
    }

    /// The bytes of a value.
    private func value(_ place: Int) throws(RunTextError) -> ArraySlice<UInt8> {
      guard place < count else { throw error }
      var start = bytes.startIndex
      for _ in 0..<place { start = Self.end(of: bytes[start...]) + 1 }
      return bytes[start..<Self.end(of: bytes[start...])]
    }

    private static func end(of bytes: ArraySlice<UInt8>) -> Int {
      bytes.firstIndex(of: 0x20) ?? bytes.endIndex
    }

    func word(_ place: Int) throws(RunTextError) -> String {
      String(decoding: try value(place), as: UTF8.self)
    }

    func number<Number: FixedWidthInteger>(_ place: Int) throws(RunTextError) -> Number {
      guard let number = Self.number(try value(place)) as Number? else { throw error }
      return number
    }

    /// A number without a plus sign, leading zeros or a negative zero.
    private static func number<Number: FixedWidthInteger>(_ text: ArraySlice<UInt8>) -> Number? {
      let isNegative = text.first == UInt8(ascii: "-")
      let digits = isNegative ? text.dropFirst() : text
      guard let first = digits.first, first != 0x30 || text.count == 1 else { return nil }
      var number: Number = 0
      for byte in digits {
        guard 0x30...0x39 ~= byte else { return nil }
        let digit = Number(truncatingIfNeeded: byte - 0x30)
        let product = number.multipliedReportingOverflow(by: 10)
        let sum =
          isNegative
          ? product.partialValue.subtractingReportingOverflow(digit)
          : product.partialValue.addingReportingOverflow(digit)
        guard !product.overflow, !sum.overflow else { return nil }
        number = sum.partialValue
      }
      guard Number.self != Int.self || number.magnitude <= countAtMost else { return nil }
      return number
    }

    /// The largest count; tables add counts up, and no run comes near.
    private static var countAtMost: Int { 1 << 53 }

    func one<Number: FixedWidthInteger>() throws(RunTextError) -> Number {
      try having(1).number(0)
    }

    func optional<Number: FixedWidthInteger>(_ place: Int) throws(RunTextError) -> Number? {
      try value(place).elementsEqual([0x2D]) ? nil : try number(place)
    }

    func numbers<Number: FixedWidthInteger>() throws(RunTextError) -> [Number] {
      var numbers: [Number] = []
      numbers.reserveCapacity(count)
      try forEachValue { text throws(RunTextError) in
        guard let number = Self.number(text) as Number? else { throw error }
        numbers.append(number)
      }
      return numbers
    }

    func optionals() throws(RunTextError) -> [Int?] {
      var numbers: [Int?] = []
      try forEachValue { text throws(RunTextError) in
        let number: Int? = Self.number(text)
        guard number != nil || text.elementsEqual([0x2D]) else { throw error }
        numbers.append(number)
      }
      return numbers
    }

    private func forEachValue(
      _ take: (ArraySlice<UInt8>) throws(RunTextError) -> Void
    ) throws(RunTextError) {
      var start = bytes.startIndex
      for _ in 0..<count {
        let end = Self.end(of: bytes[start...])
        try take(bytes[start..<end])
        start = end + 1
      }
    }

    /// Sixteen hexadecimal digits, in lower case.
    func hexadecimal() throws(RunTextError) -> UInt64 {
      let text = try having(1).word(0)
      let isDigits = text.utf8.allSatisfy { 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 }
      guard text.utf8.count == 16, isDigits, let number = UInt64(text, radix: 16) else {
        throw error
      }
      return number
    }

    /// The text behind so many values.
    func rest(after count: Int) throws(RunTextError) -> String {
      guard count == 0 || count < self.count else { throw error }
      var start = bytes.startIndex
      for _ in 0..<count { start = Self.end(of: bytes[start...]) + 1 }
      var text: [UInt8] = []
      var isEscaped = false
      for byte in bytes[start...] {
        guard isEscaped || byte == 0x5C else {
          guard byte != 0x0D else { throw error }
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
      guard !isEscaped, let valid = String(validating: text, as: UTF8.self) else { throw error }
      return valid
    }
  }
}
