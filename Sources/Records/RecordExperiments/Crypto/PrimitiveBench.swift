import PairingCrypto

/// The inputs on which primitives are timed, always the same for a parameter set.
///
/// Inputs take turns, so that none is timed with data that the last one left behind. It is a class
/// because the loops of several batches share its inputs.
final class PrimitiveBench {
  /// A power of two, so that taking turns costs nothing.
  private static let inputs = 16

  private let parameters: ParameterSet
  private let keySize: RSAKeySize
  private var group: PairingGroup
  private var tally = OperationTally()
  private var generator: DeterministicGenerator
  private let base: FixedBase
  private let narrowBase: FixedBase
  private let targetBase: TargetFixedBase
  private var points: [GroupElement] = []
  private var encodings: [[UInt8]] = []
  private var prepared: [PreparedElement] = []
  private var targets: [TargetElement] = []
  private var scalars: [Scalar] = []
  private let key: RSAPrivateKey
  private let digest = [UInt8](repeating: 0x5A, count: 32)
  private let signature: [UInt8]
  private let block = [UInt8](repeating: 0xA5, count: Primitive.blockSize)

  init(_ parameters: ParameterSet) {
    self.parameters = parameters
    keySize = CryptoCostProfile.rsaBits(with: parameters) == 3_072 ? .bits3072 : .bits2048
    group = PairingGroup(parameters)
    generator = DeterministicGenerator(seed: 1, party: "calibration", purpose: "inputs")
    let point = PairingGroup.generator(of: parameters)
    base = group.table(for: point)
    narrowBase = group.table(for: point, windowBits: Primitive.narrowWindow)
    let pairing = group.pair(point, point)
    targetBase = group.table(for: pairing)
    key = RSAPrivateKey.generate(keySize, using: &generator, tally: &tally)
    signature = (try? key.sign(digest: digest, domain: .ciphertext, tally: &tally)) ?? []
    for _ in 0..<Self.inputs {
      let scalar = Scalar.random(in: parameters, using: &generator)
      let point = group.power(base, scalar)
      scalars.append(scalar)
      points.append(point)
      encodings.append(point.bytes)
      prepared.append(group.prepare(point))
      targets.append(group.power(targetBase, scalar))
    }
  }

  /// Performs a primitive so many times.
  func run(_ primitive: Primitive, _ count: Int) {
    for turn in 0..<count { once(primitive, turn) }
  }

  private func point(_ turn: Int) -> GroupElement { points[turn & (Self.inputs - 1)] }
  private func scalar(_ turn: Int) -> Scalar { scalars[turn & (Self.inputs - 1)] }

  private func once(_ primitive: Primitive, _ turn: Int) {
    let place = turn & (Self.inputs - 1)
    switch primitive {
    case .pairing: _ = group.pair(point(turn), point(turn + 1))
    case .productOf2: _ = group.product(ofPairings: terms(2, turn))
    case .productOf12: _ = group.product(ofPairings: terms(Primitive.longProduct, turn))
    case .preparedPairing: _ = group.product(ofPairings: preparedTerms(1, turn))
    case .preparedProductOf12:
      _ = group.product(ofPairings: preparedTerms(Primitive.longProduct, turn))
    case .preparation: _ = group.prepare(point(turn))
    case .fixedExponentiation: _ = group.power(base, scalar(turn))
    case .narrowExponentiation: _ = group.power(narrowBase, scalar(turn))
    case .variableExponentiation: _ = group.power(point(turn), scalar(turn + 1))
    case .tableOfPowers: _ = group.table(for: point(turn))
    case .narrowTable: _ = group.table(for: point(turn), windowBits: Primitive.narrowWindow)
    case .targetExponentiation: _ = group.power(targets[place], scalar(turn + 1))
    case .fixedTargetExponentiation: _ = group.power(targetBase, scalar(turn))
    case .hashToGroup: _ = group.hash(message(turn), domain: Array("calibration".utf8))
    case .pointAddition: _ = group.multiply(point(turn), point(turn + 1))
    case .elementsOf16: _ = group.product(points.prefix(Primitive.longSum).map { .element($0) })
    case .subgroupCheck: _ = try? group.element(encodings[place])
    case .scalarInversion: _ = group.inverse(scalar(turn))
    case .rsaKeyGeneration:
      _ = RSAPrivateKey.generate(keySize, using: &generator, tally: &tally)
    case .rsaSign: _ = try? key.sign(digest: digest, domain: .ciphertext, tally: &tally)
    case .rsaVerify:
      _ = key.publicKey.verify(signature, digest: digest, domain: .ciphertext, tally: &tally)
    case .hash16KiB: _ = Symmetric.sha256(block, tally: &tally)
    case .seal16KiB:
      _ = Symmetric.seal(
        block, key: digest, nonce: [UInt8](repeating: 0, count: Symmetric.nonceByteCount),
        additionalData: [], tally: &tally)
    }
  }

  private func terms(_ count: Int, _ turn: Int) -> [PairingTerm] {
    (0..<count).map { .pair(point(turn + $0), point(turn + $0 + 1)) }
  }

  private func preparedTerms(_ count: Int, _ turn: Int) -> [PairingTerm] {
    (0..<count).map {
      .prepared(prepared[(turn + $0) & (Self.inputs - 1)], point(turn + $0 + 1))
    }
  }

  private func message(_ turn: Int) -> [UInt8] {
    var message = [UInt8](repeating: 0, count: 16)
    message[0] = UInt8(truncatingIfNeeded: turn)
    message[1] = UInt8(truncatingIfNeeded: turn >> 8)
    return message
  }
}
