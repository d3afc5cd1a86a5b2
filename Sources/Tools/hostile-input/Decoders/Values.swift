import PairingCrypto

/// Values of one set, and the numbers at which decoders have to tell one from the next.
struct Values {
  let parameters: ParameterSet
  let elements: [GroupElement]
  let targets: [TargetElement]
  let scalars: [Scalar]
  /// The prime of the field.
  let prime: [UInt8]
  /// The order of the groups.
  let order: [UInt8]
  /// Zero, one, and prime and order with their neighbours, as wide as they are encoded.
  var pieces: [[UInt8]] {
    let zero = [UInt8](repeating: 0, count: prime.count)
    return [zero, zero.successor, prime.predecessor, prime, prime.successor]
      + [order.predecessor, order, order.successor]
  }

  init(_ parameters: ParameterSet) {
    var group = PairingGroup(parameters)
    var draws = DeterministicGenerator(seed: 1, party: "hostile-input", purpose: "values")
    let generator = PairingGroup.generator(of: parameters)
    var scalars = (0..<8).map { _ in Scalar.random(in: parameters, using: &draws) }
    scalars += [.one(parameters), -.one(parameters)]
    let target = group.pair(generator, generator)
    elements = scalars.map { group.power(generator, $0) }
    targets = scalars.map { group.power(target, $0) }
    self.scalars = scalars
    self.parameters = parameters

    // b and q - b are the second coordinates of an element and of its inverse.
    let width = target.bytes.count / 2
    prime = target.bytes.suffix(width).plus(target.conjugate.bytes.suffix(width))
    order = (-Scalar.one(parameters)).bytes.successor
  }
}

extension ForbiddenInput {
  init(_ bytes: [UInt8], _ failure: DecodingFailure) {
    self.init(bytes: bytes, reason: "\(failure)")
  }
}

/// Inputs that a decoder has to refuse for one reason.
struct ForbiddenInputs {
  /// Infinity, the point of order two, coordinates that are too large, one of them of an element.
  let element: [ForbiddenInput]
  /// Zero, one, an element of order two, one of order four, a product with the former, a coordinate that
  /// is too large.
  let target: [ForbiddenInput]
  /// Zero and the order.
  let scalar: [ForbiddenInput]

  init(_ values: Values) {
    let set = values.parameters
    let zero = [UInt8](repeating: 0, count: values.prime.count)
    // x + q stands for x too, where it fits.
    let unreduced = values.elements.map(\.bytes).compactMap { bytes -> ForbiddenInput? in
      let sum = bytes.dropFirst().plus(values.prime)
      guard values.prime.lexicographicallyPrecedes(sum) else { return nil }
      return ForbiddenInput(bytes.prefix(1) + sum, .coordinateTooLarge(set))
    }
    element =
      [
        ForbiddenInput([0] + zero, .identity(set)),
        ForbiddenInput([2] + zero, .outsideSubgroup(set)),
        ForbiddenInput([2] + values.prime, .coordinateTooLarge(set)),
        ForbiddenInput([4] + zero, .badPrefix(found: 4)),
      ] + unreduced
    let opposite = values.targets[0].bytes.halves.flatMap { part in
      // q - a is q + (2^w - 1 - a) + 1 modulo 2^w.
      values.prime.plus(part.map { ~$0 }).successor
    }
    target = [
      ForbiddenInput(zero + zero, .normNotOne(set)),
      ForbiddenInput(zero.successor + zero, .identity(set)),
      ForbiddenInput(values.prime.predecessor + zero, .outsideTargetGroup(set)),
      ForbiddenInput(zero + zero.successor, .outsideTargetGroup(set)),
      ForbiddenInput(opposite, .outsideTargetGroup(set)),
      ForbiddenInput(values.prime.successor + zero, .coordinateTooLarge(set)),
    ]
    scalar = [
      ForbiddenInput([UInt8](repeating: 0, count: values.order.count), .zeroScalar(set)),
      ForbiddenInput(values.order, .scalarTooLarge(set)),
    ]
  }
}

// Big-endian numbers of a fixed width.
extension Array where Element == UInt8 {
  fileprivate var successor: [UInt8] { plus([UInt8](repeating: 0, count: count - 1) + [1]) }
  fileprivate var predecessor: [UInt8] { plus([UInt8](repeating: 0xff, count: count)) }
  fileprivate var halves: [[UInt8]] { [Array(prefix(count / 2)), Array(suffix(count / 2))] }
}

extension Collection<UInt8> {
  /// The sum of two numbers of the same width, cut to that width.
  fileprivate func plus(_ other: some Collection<UInt8>) -> [UInt8] {
    var carry = 0
    var digits: [UInt8] = []
    for (x, y) in zip(Array(self).reversed(), Array(other).reversed()) {
      carry += Int(x) + Int(y)
      digits.append(UInt8(carry & 0xff))
      carry >>= 8
    }
    return digits.reversed()
  }
}
