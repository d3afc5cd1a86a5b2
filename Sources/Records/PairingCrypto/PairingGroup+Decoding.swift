extension PairingGroup {
  /// Reads the bytes of an element of G other than the identity.
  ///
  /// Checks the length, the prefix, x < q, that a point has this x, and that its order is r: the
  /// cofactor is a multiple of 12, so points of order 2, 3 and 4 exist, and one of them would give
  /// away an exponent modulo a small factor.
  public mutating func element(_ bytes: [UInt8]) throws(DecodingFailure) -> GroupElement {
    try Header.requireLength(bytes, parameters.elementBytes)
    guard bytes.contains(where: { $0 != 0 }) else { throw .identity(parameters) }
    guard bytes[0] == 2 || bytes[0] == 3 else { throw .badPrefix(found: bytes[0]) }
    let set = parameters
    let domain = set.domain
    let x = [UInt](bigEndian: bytes[1...], minimum: domain.limbCount)
    guard x.isBelow(domain.modulus) else { throw .coordinateTooLarge(set) }
    let isOdd = bytes[0] == 3
    let size = 5 + Field.elementsForRoot
    let (coordinates, isInSubgroup) = try set.withField(elements: size) {
      (field) throws(DecodingFailure) -> ([UInt], Bool) in
      let point = field.take(2)
      let multiple = field.take(3)
      let scratch = field.take(Field.elementsForRoot)
      field.enter(point, x)
      guard field.solve(point + field.n, point, isOdd: isOdd, domain, scratch: scratch) else {
        throw .notOnCurve(set)
      }
      let isInSubgroup = field.isInSubgroup(domain, point, point + field.n, scratch: multiple)
      return (field.keep(point, elements: 2), isInSubgroup)
    }
    tally.count(.subgroupCheck)
    guard isInSubgroup else { throw .outsideSubgroup(set) }
    return GroupElement(set, coordinates: coordinates)
  }

  /// Reads an element of G with its header.
  public mutating func element(
    serialized: [UInt8]
  ) throws(DecodingFailure) -> GroupElement {
    try element(try Header.open(serialized, parameters))
  }

  /// Reads the bytes of an element of G_T other than one.
  ///
  /// Checks the length, that both coordinates are below q, that the norm is one and that the order
  /// divides r.
  public mutating func targetElement(_ bytes: [UInt8]) throws(DecodingFailure) -> TargetElement {
    try Header.requireLength(bytes, parameters.targetBytes)
    let set = parameters
    let domain = set.domain
    let real = [UInt](bigEndian: bytes[..<domain.fieldBytes], minimum: domain.limbCount)
    let imaginary = [UInt](bigEndian: bytes[domain.fieldBytes...], minimum: domain.limbCount)
    guard real.isBelow(domain.modulus), imaginary.isBelow(domain.modulus) else {
      throw .coordinateTooLarge(set)
    }
    let (coordinates, isInGroup) = try set.withField(elements: 6) {
      (field) throws(DecodingFailure) -> ([UInt], Bool) in
      let value = field.take(2)
      let scratch = field.take(4)
      field.enter(value, real)
      field.enter(value + field.n, imaginary)
      field.norm(scratch, value)
      guard field.areEqual(scratch, field.one) else { throw .normNotOne(set) }
      guard !field.isOneQuadratic(value) else { throw .identity(set) }
      return (
        field.keep(value, elements: 2), field.isInTargetGroup(value, domain, scratch: scratch)
      )
    }
    tally.count(.subgroupCheck)
    guard isInGroup else { throw .outsideTargetGroup(set) }
    return TargetElement(set, coordinates: coordinates)
  }

  /// Reads an element of G_T with its header.
  public mutating func targetElement(
    serialized: [UInt8]
  ) throws(DecodingFailure) -> TargetElement {
    try targetElement(try Header.open(serialized, parameters))
  }
}
