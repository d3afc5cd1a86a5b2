import Foundation

@testable import PairingCrypto

/// SplitMix64, so that every run of a test sees the same values.
struct Draws: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
  }
}

extension ParameterSet {
  /// How often a law is tried: each set some 20 times less often than the one before.
  func tries(_ toy: Int) -> Int {
    switch self {
    case .toy: toy
    case .ss512: max(toy / 8, 2)
    case .ss1536: max(toy / 100, 1)
    }
  }

  /// An element of G other than the identity.
  func randomElement(_ draws: inout Draws) -> GroupElement {
    mapToGroup(
      x: [UInt](bigEndian: draws.bytes(domain.fieldBytes + 16)), isOdd: draws.next() & 1 == 1)
  }

  /// A number below q in limbs.
  func randomNumber(_ draws: inout Draws) -> [UInt] {
    [UInt](bigEndian: draws.bytes(domain.fieldBytes + 16)).remainder(by: domain.modulus)
  }

  /// The point of a multiple of r h/m: its order divides m; not infinity.
  func pointOfSmallOrder(_ m: UInt) -> GroupElement {
    let domain = self.domain
    var x: UInt = 2
    while true {
      x += 1
      let point = multipleOfCurvePoint(x: x, [domain.order, domain.cofactor.divided(by: m)])
      guard let point, !point.isIdentity else { continue }
      // For order 4 the double must not be infinity.
      if m != 4 || !multiple(point, [2]).isIdentity { return point }
    }
  }

  /// A point of the curve multiplied by several numbers in turn, whatever its order.
  func multipleOfCurvePoint(x: UInt, _ numbers: [[UInt]]) -> GroupElement? {
    let domain = self.domain
    let curvePoint = withField(elements: 2 + Field.elementsForRoot) { field -> [UInt]? in
      let point = field.take(2)
      let scratch = field.take(Field.elementsForRoot)
      field.enter(point, [x].remainder(by: domain.modulus))
      guard field.solve(point + field.n, point, isOdd: false, domain, scratch: scratch) else {
        return nil
      }
      return field.keep(point, elements: 2)
    }
    guard let curvePoint else { return nil }
    var point = GroupElement(self, coordinates: curvePoint)
    for number in numbers {
      guard !point.isIdentity else { return point }
      point = multiple(point, number)
    }
    return point
  }

  /// A multiple of a point of any order by doubling and addition without windows.
  func multiple(_ point: GroupElement, _ number: [UInt]) -> GroupElement {
    let bits = number.bitWidth
    let digits = (0..<bits).map { Int8(number[$0 / 64] >> UInt($0 % 64) & 1) }
    return withField(elements: 6) { field in
      let p = field.take(3)
      point.coordinates.withLimbs { x in
        digits.withUnsafeBufferPointer { buffer in
          guard let address = buffer.baseAddress else { return }
          field.plainMultiple(p, x, x + field.n, digits: address, count: bits)
        }
      }
      field.normalise(p, count: 1, prefixes: field.take(3))
      return GroupElement(self, field, normalised: p)
    }
  }
}

extension [UInt] {
  /// The quotient by a small number that divides this one.
  func divided(by divisor: UInt) -> [UInt] {
    var quotient = self
    var rest: UInt = 0
    for index in indices.reversed() {
      (quotient[index], rest) = divisor.dividingFullWidth((rest, self[index]))
    }
    precondition(rest == 0, "not a divisor")
    return quotient
  }
}

extension Scalar {
  /// A power by squaring and multiplying, with the operations given.
  func plainPower<Value>(_ base: Value, _ one: Value, _ product: (Value, Value) -> Value) -> Value {
    var result = one
    for byte in bytes {
      for bit in (0..<8).reversed() {
        result = product(result, result)
        if byte >> UInt8(bit) & 1 == 1 { result = product(result, base) }
      }
    }
    return result
  }

  /// Exponents at the edges of recodings.
  static func edges(_ set: ParameterSet) -> [Scalar] {
    let one = Scalar.one(set)
    let half = Scalar(2, set).inverted()
    let patterns = [UInt8(0x55), 0xAA, 0x7F, 0x80, 0xF0, 0x0F, 0xFF].map {
      Scalar(reducing: [UInt8](repeating: $0, count: set.scalarBytes), set)
    }
    return [
      .zero(set), one, Scalar(2, set), Scalar(3, set), Scalar(127, set), Scalar(128, set),
      Scalar(129, set), Scalar(255, set), Scalar(256, set), -one, -Scalar(2, set),
      -Scalar(128, set), half, half - one, half + one,
    ] + patterns
  }
}

/// Bytes in hexadecimal.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { byte in
    let digits = String(byte, radix: 16)
    return digits.count == 2 ? digits : "0" + digits
  }.joined()
}

/// Bytes from hexadecimal.
func bytes(_ hexadecimal: String) -> [UInt8] {
  var result: [UInt8] = []
  var high: UInt8?
  for character in hexadecimal {
    let digit = UInt8(character.hexDigitValue ?? 0)
    if let first = high {
      result.append(first << 4 | digit)
      high = nil
    } else {
      high = digit
    }
  }
  return result
}

/// The values of one set in `Vectors/pairing.json`.
struct KnownAnswers: Decodable {
  let q: String
  let r: String
  let h: String
  let generator: String
  let pairing: String
  let seventh: String
  let seventhPairing: String

  enum CodingKeys: String, CodingKey {
    case q, r, h
    case generator = "g = [h](x0,y0), x||y"
    case pairing = "e(g,g), re||im"
    case seventh = "[7]g"
    case seventhPairing = "e([7]g,g)"
  }

  static func read(_ set: ParameterSet) throws -> KnownAnswers? {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Vectors/pairing.json")
    let sets = try JSONDecoder().decode([String: KnownAnswers].self, from: Data(contentsOf: file))
    return sets[set.name.uppercased()]
  }
}
