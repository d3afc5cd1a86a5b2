import Testing

@testable import PairingCrypto

@Suite("Decoding hostile bytes")
struct DecodingTests {
  private func failure<Value>(_ body: () throws(DecodingFailure) -> Value) -> DecodingFailure? {
    do throws(DecodingFailure) {
      _ = try body()
      return nil
    } catch {
      return error
    }
  }

  @Test("Elements of both groups come back from their bytes", arguments: ParameterSet.allCases)
  func roundTrip(_ set: ParameterSet) throws {
    var draws = Draws(70)
    var group = PairingGroup(set)
    for _ in 0..<set.tries(200) {
      let p = set.randomElement(&draws)
      #expect(p.bytes.count == set.elementBytes)
      #expect(try group.element(p.bytes) == p)
      #expect(p.serialized == [1, set.rawValue] + p.bytes)
      #expect(try group.element(serialized: p.serialized) == p)
    }
    for _ in 0..<set.tries(50) {
      let u = group.pair(set.randomElement(&draws), set.randomElement(&draws))
      #expect(u.bytes.count == set.targetBytes)
      #expect(try group.targetElement(u.bytes) == u)
      #expect(try group.targetElement(serialized: u.serialized) == u)
    }
  }

  @Test("Other lengths are refused before anything is read", arguments: ParameterSet.allCases)
  func lengths(_ set: ParameterSet) {
    var group = PairingGroup(set)
    let g = PairingGroup.generator(of: set)
    let u = TargetElement.one(set)
    for count in [0, 1, g.bytes.count - 1] {
      let bytes = Array(g.bytes.prefix(count))
      #expect(
        failure { () throws(DecodingFailure) in try group.element(bytes) }
          == .truncated(found: count, expected: set.elementBytes))
    }
    for extra in [1, 1000, 1 << 16] {
      let bytes = g.bytes + [UInt8](repeating: 0, count: extra)
      #expect(
        failure { () throws(DecodingFailure) in try group.element(bytes) }
          == .oversized(found: set.elementBytes + extra, expected: set.elementBytes))
    }
    #expect(
      failure { () throws(DecodingFailure) in try group.targetElement(u.bytes.dropLast()) }
        == .truncated(found: set.targetBytes - 1, expected: set.targetBytes))
    #expect(
      failure { () throws(DecodingFailure) in try group.targetElement(u.bytes + [0]) }
        == .oversized(found: set.targetBytes + 1, expected: set.targetBytes))
    let scalar = Scalar.one(set).bytes
    #expect(
      failure { () throws(DecodingFailure) in try Scalar(scalar.dropLast(), set) }
        == .truncated(found: set.scalarBytes - 1, expected: set.scalarBytes))
    #expect(
      failure { () throws(DecodingFailure) in try Scalar([0] + scalar, set) }
        == .oversized(found: set.scalarBytes + 1, expected: set.scalarBytes))
    #expect(group.tally[.subgroupCheck] == 0)
  }

  @Test("A prefix other than 2 and 3 is refused", arguments: ParameterSet.allCases)
  func prefixes(_ set: ParameterSet) {
    var group = PairingGroup(set)
    var bytes = PairingGroup.generator(of: set).bytes
    for prefix in UInt8.min...UInt8.max where prefix != 2 && prefix != 3 {
      bytes[0] = prefix
      #expect(
        failure { () throws(DecodingFailure) in try group.element(bytes) }
          == .badPrefix(found: prefix))
    }
  }

  @Test("The other prefix gives the inverse", arguments: ParameterSet.allCases)
  func otherPrefix(_ set: ParameterSet) throws {
    var group = PairingGroup(set)
    let g = PairingGroup.generator(of: set)
    var bytes = g.bytes
    bytes[0] ^= 1
    #expect(try group.element(bytes) == group.inverse(g))
  }

  @Test("The identity is refused", arguments: ParameterSet.allCases)
  func identity(_ set: ParameterSet) {
    var group = PairingGroup(set)
    let bytes = GroupElement.identity(set).bytes
    #expect(bytes == [UInt8](repeating: 0, count: set.elementBytes))
    #expect(
      failure { () throws(DecodingFailure) in try group.element(bytes) } == .identity(set))
    let one = TargetElement.one(set)
    #expect(
      failure { () throws(DecodingFailure) in try group.targetElement(one.bytes) }
        == .identity(set))
    #expect(group.tally[.subgroupCheck] == 0)
  }

  /// q + x for the x of an element, where that fits into the bytes.
  private func secondEncodings(_ set: ParameterSet) -> [[UInt]] {
    var draws = Draws(74)
    let domain = set.domain
    let size = domain.fieldBytes
    for _ in 0..<(set == .ss1536 ? 1 : 40) {
      let x = [UInt](
        bigEndian: set.randomElement(&draws).bytes.dropFirst(), minimum: domain.limbCount)
      var sum = domain.modulus
      var carry = false
      for index in sum.indices {
        let (first, over) = sum[index].addingReportingOverflow(x[index])
        let (second, overAgain) = first.addingReportingOverflow(carry ? 1 : 0)
        sum[index] = second
        carry = over || overAgain
      }
      if !carry, sum.bitWidth <= 8 * size { return [sum] }
    }
    return []
  }

  @Test(
    "A coordinate of q or more is refused, even one that equals a valid one modulo q",
    arguments: ParameterSet.allCases)
  func largeCoordinates(_ set: ParameterSet) {
    var group = PairingGroup(set)
    let size = set.domain.fieldBytes
    let modulus = set.domain.modulus
    for number in [modulus] + secondEncodings(set) {
      let bytes = number.bigEndianBytes(size)
      for prefix in [UInt8(2), 3] {
        #expect(
          failure { () throws(DecodingFailure) in try group.element([prefix] + bytes) }
            == .coordinateTooLarge(set))
      }
      let zeros = [UInt8](repeating: 0, count: size)
      if set != .ss1536 { #expect(secondEncodings(set).count == 1) }
      #expect(
        failure { () throws(DecodingFailure) in try group.targetElement(bytes + zeros) }
          == .coordinateTooLarge(set))
      #expect(
        failure { () throws(DecodingFailure) in try group.targetElement(zeros + bytes) }
          == .coordinateTooLarge(set))
    }
    let full = [UInt8](repeating: 255, count: size)
    #expect(
      failure { () throws(DecodingFailure) in try group.element([2] + full) }
        == .coordinateTooLarge(set))
    // One as q + 1 would be a second encoding of the identity of G_T.
    let second = ([modulus[0] + 1] + modulus.dropFirst()).bigEndianBytes(size)
    #expect(
      failure { () throws(DecodingFailure) in
        try group.targetElement(second + [UInt8](repeating: 0, count: size))
      } == .coordinateTooLarge(set))
  }

  @Test("A coordinate that no point has is refused", arguments: ParameterSet.allCases)
  func offCurve(_ set: ParameterSet) {
    var group = PairingGroup(set)
    var refused = 0
    for x in UInt(2)..<30 {
      let bytes = [2] + [x].bigEndianBytes(set.domain.fieldBytes)
      let isOnCurve = set.pointOfOrder(x: [x], isOdd: false) != nil
      let found = failure { () throws(DecodingFailure) in try group.element(bytes) }
      #expect(found == (isOnCurve ? .outsideSubgroup(set) : .notOnCurve(set)))
      if !isOnCurve { refused += 1 }
      if set == .ss1536, refused > 0 { break }
    }
    #expect(refused > 0)
  }

  @Test(
    "Points of small order are refused, alone and on top of an element",
    arguments:
      ParameterSet.allCases, [UInt(2), 3, 4])
  func smallOrder(_ set: ParameterSet, _ order: UInt) {
    var group = PairingGroup(set)
    let point = set.pointOfSmallOrder(order)
    #expect(
      failure { () throws(DecodingFailure) in try group.element(point.bytes) }
        == .outsideSubgroup(set))
    let blended = group.multiply(PairingGroup.generator(of: set), point)
    #expect(
      failure { () throws(DecodingFailure) in try group.element(blended.bytes) }
        == .outsideSubgroup(set))
    #expect(group.tally[.subgroupCheck] == 2)
  }

  @Test("(0, 0) is refused under both prefixes", arguments: ParameterSet.allCases)
  func origin(_ set: ParameterSet) {
    var group = PairingGroup(set)
    for prefix in [UInt8(2), 3] {
      let bytes = [prefix] + [UInt8](repeating: 0, count: set.domain.fieldBytes)
      #expect(
        failure { () throws(DecodingFailure) in try group.element(bytes) }
          == .outsideSubgroup(set))
    }
  }

  @Test("An element of F_q2 of another norm is refused", arguments: ParameterSet.allCases)
  func norms(_ set: ParameterSet) {
    var draws = Draws(71)
    var group = PairingGroup(set)
    var bytes = group.pair(set.randomElement(&draws), set.randomElement(&draws)).bytes
    bytes[bytes.count - 1] ^= 1
    #expect(
      failure { () throws(DecodingFailure) in try group.targetElement(bytes) }
        == .normNotOne(set))
    let zeros = [UInt8](repeating: 0, count: set.targetBytes)
    #expect(
      failure { () throws(DecodingFailure) in try group.targetElement(zeros) }
        == .normNotOne(set))
    #expect(group.tally[.subgroupCheck] == 0)
  }

  @Test("An element of norm one outside the group is refused", arguments: ParameterSet.allCases)
  func targetSubgroup(_ set: ParameterSet) {
    var draws = Draws(72)
    var group = PairingGroup(set)
    let size = set.domain.fieldBytes
    let zeros = [UInt8](repeating: 0, count: size)
    let one = zeros.dropLast() + [1]
    let minusOne = ([set.domain.modulus[0] - 1] + set.domain.modulus.dropFirst())
      .bigEndianBytes(size)
    var outside = [minusOne + zeros, zeros + one, zeros + minusOne]
    // conj(f)/f without the power of h.
    let quotient = set.withField(elements: 5) { field in
      let n = field.n
      let f = field.take(2)
      let u = field.take(2)
      let inverse = field.take()
      set.randomNumber(&draws).withLimbs { field.copy(f, $0) }
      set.randomNumber(&draws).withLimbs { field.copy(f + n, $0) }
      field.norm(inverse, f)
      field.invert(inverse, inverse)
      field.conjugate(u, f)
      field.squareQuadratic(u, u)
      field.multiply(u, u, inverse)
      field.multiply(u + n, u + n, inverse)
      return TargetElement(set, field, u)
    }
    outside.append(quotient.bytes)
    let inside = group.pair(set.randomElement(&draws), set.randomElement(&draws))
    outside.append(group.multiply(inside, quotient).bytes)
    for bytes in outside {
      #expect(
        failure { () throws(DecodingFailure) in try group.targetElement(bytes) }
          == .outsideTargetGroup(set))
    }
    #expect(group.tally[.subgroupCheck] == outside.count)
  }

  @Test(
    "Headers of another version, set or of no set are refused",
    arguments:
      ParameterSet.allCases)
  func headers(_ set: ParameterSet) {
    var group = PairingGroup(set)
    let g = PairingGroup.generator(of: set)
    let values: [(bytes: [UInt8], isTarget: Bool)] = [
      (g.serialized, false),
      (group.pair(g, g).serialized, true),
    ]
    for (valid, isTarget) in values {
      func decode(_ bytes: [UInt8]) -> DecodingFailure? {
        failure { () throws(DecodingFailure) in
          if isTarget {
            _ = try group.targetElement(serialized: bytes)
          } else {
            _ = try group.element(serialized: bytes)
          }
        }
      }
      #expect(decode(valid) == nil)
      for version in [UInt8(0), 2, 255] {
        #expect(
          decode([version] + valid.dropFirst()) == .wrongVersion(found: version, expected: 1))
      }
      for id in [UInt8(0), 4, 255] {
        #expect(decode([1, id] + valid.dropFirst(2)) == .unknownParameterSet(found: id))
      }
      for other in ParameterSet.allCases where other != set {
        let foreign =
          isTarget
          ? TargetElement.one(other).serialized : PairingGroup.generator(of: other).serialized
        #expect(decode(foreign) == .wrongParameterSet(found: other, expected: set))
      }
      #expect(decode([]) == .truncated(found: 0, expected: 2))
      #expect(decode([1]) == .truncated(found: 1, expected: 2))
      #expect(
        decode([1, set.rawValue]) == .truncated(found: 0, expected: valid.count - 2))
    }
  }

  @Test(
    "A scalar of the order or more and a zero where none may be are refused",
    arguments:
      ParameterSet.allCases)
  func scalars(_ set: ParameterSet) throws {
    let order = set.domain.order
    let next = [order[0] &+ 1] + order.dropFirst()
    for number in [order, next] {
      guard number[0] != 0 else { continue }
      let bytes = number.bigEndianBytes(set.scalarBytes)
      #expect(
        failure { () throws(DecodingFailure) in try Scalar(bytes, set) } == .scalarTooLarge(set))
    }
    let full = [UInt8](repeating: 255, count: set.scalarBytes)
    #expect(
      failure { () throws(DecodingFailure) in try Scalar(full, set) } == .scalarTooLarge(set))
    let largest = Scalar.zero(set) - .one(set)
    #expect(try Scalar(largest.bytes, set).requireNonzero() == largest)
    let zero = try Scalar([UInt8](repeating: 0, count: set.scalarBytes), set)
    #expect(zero.isZero)
    #expect(
      failure { () throws(DecodingFailure) in try zero.requireNonzero() } == .zeroScalar(set))
    let foreign = Scalar.one(set == .toy ? .ss512 : .toy)
    #expect(
      failure { () throws(DecodingFailure) in try Scalar(serialized: foreign.serialized, set) }
        == .wrongParameterSet(found: foreign.parameters, expected: set))
  }

  @Test("Any altered byte of an element gives an error or another element")
  func mutations() {
    var draws = Draws(73)
    var group = PairingGroup(.toy)
    var failures: [DecodingFailure] = []
    for _ in 0..<40 {
      let p = ParameterSet.toy.randomElement(&draws)
      let u = group.pair(p, p)
      for position in 0..<p.serialized.count {
        var bytes = p.serialized
        bytes[position] ^= UInt8(truncatingIfNeeded: draws.next()) | 1
        do throws(DecodingFailure) {
          #expect(try group.element(serialized: bytes) != p)
        } catch { failures.append(error) }
      }
      for position in 0..<u.serialized.count {
        var bytes = u.serialized
        bytes[position] ^= UInt8(truncatingIfNeeded: draws.next()) | 1
        do throws(DecodingFailure) {
          #expect(try group.targetElement(serialized: bytes) != u)
        } catch { failures.append(error) }
      }
    }
    #expect(failures.count > 1000)
    #expect(failures.contains(.notOnCurve(.toy)))
    #expect(failures.contains(.normNotOne(.toy)))
  }

  @Test("Every failure says what was found in a sentence of its own")
  func descriptions() {
    let failures: [DecodingFailure] = [
      .truncated(found: 1, expected: 2), .oversized(found: 3, expected: 2),
      .wrongVersion(found: 2, expected: 1), .unknownParameterSet(found: 9),
      .wrongParameterSet(found: .toy, expected: .ss512), .badPrefix(found: 7),
      .coordinateTooLarge(.toy), .notOnCurve(.toy), .identity(.toy), .outsideSubgroup(.toy),
      .normNotOne(.toy), .outsideTargetGroup(.toy), .scalarTooLarge(.toy), .zeroScalar(.toy),
    ]
    #expect(Set(failures.map(\.description)).count == failures.count)
    #expect(
      failures[4].description == "found a value of toy, expected one of ss512")
  }
}
