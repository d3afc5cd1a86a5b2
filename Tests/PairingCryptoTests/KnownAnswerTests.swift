import Testing

@testable import PairingCrypto

@Suite("Known answers of the pairing")
struct KnownAnswerTests {
  @Test("The constants are those of the vectors", arguments: [ParameterSet.ss512, .ss1536])
  func constants(_ set: ParameterSet) throws {
    let answers = try #require(try KnownAnswers.read(set))
    let domain = set.domain
    #expect(domain.modulus == [UInt](hexadecimal: String(answers.q.dropFirst(2))))
    #expect(domain.order == [UInt](hexadecimal: String(answers.r.dropFirst(2))))
    #expect(domain.cofactor == [UInt](hexadecimal: String(answers.h.dropFirst(2))))
  }

  @Test(
    "Generator, its seventh power and their pairings have the known bytes",
    arguments: [
      ParameterSet.ss512, .ss1536,
    ])
  func pairings(_ set: ParameterSet) throws {
    let answers = try #require(try KnownAnswers.read(set))
    var group = PairingGroup(set)
    let g = PairingGroup.generator(of: set)
    #expect(point(g) == answers.generator)
    #expect(hexadecimal(group.pair(g, g).bytes) == answers.pairing)
    let seventh = group.power(g, Scalar(7, set))
    #expect(point(seventh) == answers.seventh)
    #expect(hexadecimal(group.pair(seventh, g).bytes) == answers.seventhPairing)
    #expect(hexadecimal(group.pair(g, seventh).bytes) == answers.seventhPairing)
  }

  @Test(
    "The compressed generator has the parity of y in its prefix",
    arguments: [
      ParameterSet.ss512, .ss1536,
    ])
  func compression(_ set: ParameterSet) throws {
    let answers = try #require(try KnownAnswers.read(set))
    let size = set.domain.fieldBytes
    let coordinates = bytes(answers.generator)
    let g = PairingGroup.generator(of: set)
    #expect(g.bytes == [2 | coordinates[2 * size - 1] & 1] + coordinates[..<size])
  }

  @Test("Every set has q + 1 = h r, h a multiple of 12 and an order of the said size")
  func shapes() {
    for (set, bits) in [(ParameterSet.toy, 61), (.ss512, 160), (.ss1536, 256)] {
      let domain = set.domain
      let n = domain.limbCount
      func wide(_ limbs: [UInt]) -> [UInt] {
        limbs + [UInt](repeating: 0, count: n - limbs.count)
      }
      let product = wide(domain.order).times(wide(domain.cofactor))
      #expect(Array(product[..<n]) == [domain.modulus[0] + 1] + domain.modulus[1...])
      #expect(product[n...].allSatisfy { $0 == 0 })
      #expect(domain.cofactor.divided(by: 12).bitWidth > 0)
      #expect(domain.orderBits == bits)
      #expect(domain.modulus[0] & 3 == 3)
    }
    #expect([ParameterSet.toy, .ss512, .ss1536].map(\.elementBytes) == [10, 65, 193])
    #expect([ParameterSet.toy, .ss512, .ss1536].map(\.targetBytes) == [18, 128, 384])
    #expect([ParameterSet.toy, .ss512, .ss1536].map(\.scalarBytes) == [8, 20, 32])
  }

  @Test("No smaller multiple of 12 than 72 gives the toy set a prime")
  func leastToyCofactor() {
    let order = UInt128(1) << 61 - 1
    func isPrime(_ number: UInt128) -> Bool {
      [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37].allSatisfy { witness in
        passesMillerRabin(number, witness)
      }
    }
    let primes = (1...6).filter { isPrime(UInt128($0) * 12 * order - 1) }
    #expect(primes == [6])
  }

  @Test("The loop digits of an order are its signed binary form", arguments: ParameterSet.allCases)
  func loopDigits(_ set: ParameterSet) {
    let expected: [(ParameterSet, Int, [(Int, Int8)])] = [
      (.toy, 61, [(0, -1)]), (.ss512, 159, [(107, 1), (0, 1)]),
      (.ss1536, 256, [(194, -1), (0, -1)]),
    ]
    for (_, length, digits) in expected.filter({ $0.0 == set }) {
      let loop = set.domain.loop
      #expect(loop.count == length)
      for (index, digit) in loop.enumerated() {
        let wanted = digits.first { $0.0 == length - 1 - index }?.1 ?? 0
        #expect(digit == wanted)
      }
    }
  }

  private func point(_ element: GroupElement) -> String {
    element.parameters.withField(elements: 0) { field in
      element.coordinates.withLimbs { x in
        let size = element.parameters.domain.fieldBytes
        return hexadecimal(
          field.number(x).bigEndianBytes(size) + field.number(x + field.n).bigEndianBytes(size))
      }
    }
  }

  private func passesMillerRabin(_ number: UInt128, _ witness: UInt128) -> Bool {
    let twos = (number - 1).trailingZeroBitCount
    var value = power(witness, (number - 1) >> UInt128(twos), number)
    if value == 1 || value == number - 1 { return true }
    for _ in 1..<twos {
      value = Schoolbook.product(value, value, number)
      if value == number - 1 { return true }
    }
    return false
  }

  private func power(_ base: UInt128, _ exponent: UInt128, _ modulus: UInt128) -> UInt128 {
    var result: UInt128 = 1
    for bit in (0..<128).reversed() {
      result = Schoolbook.product(result, result, modulus)
      if exponent >> UInt128(bit) & 1 == 1 { result = Schoolbook.product(result, base, modulus) }
    }
    return result
  }
}
