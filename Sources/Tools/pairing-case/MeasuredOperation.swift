import PairingCrypto

/// An operation whose instructions are counted.
enum MeasuredOperation: String, CaseIterable {
  case pairing
  case prepare
  case preparedPairing = "prepared-pairing"
  case product12
  case preparedProduct12 = "product12-prepared"
  case power
  case fixedPower = "power-fixed"
  case powerTable = "power-table"
  case targetPower = "target-power"
  case fixedTargetPower = "target-power-fixed"
  case hash
  case pointAddition = "point-addition"
  case targetMultiplication = "target-multiplication"
  case subgroupCheck = "subgroup-check"
  case targetSubgroupCheck = "target-subgroup-check"
  case scalarInversion = "scalar-inversion"
  case rsaSign2048 = "rsa-sign-2048"
  case rsaVerify2048 = "rsa-verify-2048"
  case rsaSign3072 = "rsa-sign-3072"
  case keygen10
  case encrypt10Cold = "encrypt10-cold"
  case encrypt10Tables = "encrypt10-tables"
  case decrypt10
  case token
  case tokenCheck = "token-check"
  case match

  /// The operation with everything it needs, as a function that performs it a number of times and
  /// answers the bytes of the last result.
  ///
  /// Inputs take turns, four of each kind.
  func prepared(for parameters: ParameterSet) throws -> (Int) throws -> [UInt8] {
    switch self {
    case .pairing, .prepare, .preparedPairing, .product12, .preparedProduct12:
      preparedPairings(PairingInputs(parameters))
    case .power, .fixedPower, .powerTable, .hash, .pointAddition, .subgroupCheck:
      preparedPowers(PairingInputs(parameters))
    case .targetPower, .fixedTargetPower, .targetMultiplication, .targetSubgroupCheck,
      .scalarInversion:
      preparedTarget(PairingInputs(parameters))
    case .rsaSign2048, .rsaVerify2048: try preparedSignature(.bits2048)
    case .rsaSign3072: try preparedSignature(.bits3072)
    case .keygen10, .encrypt10Cold, .encrypt10Tables, .decrypt10, .token, .tokenCheck, .match:
      try preparedSharing(parameters)
    }
  }
}

/// Elements of one set for the operations to work on.
struct PairingInputs {
  var group: PairingGroup
  let left: [GroupElement]
  let right: [GroupElement]
  let scalars: [Scalar]

  init(_ parameters: ParameterSet) {
    var group = PairingGroup(parameters)
    var draws = DeterministicGenerator(seed: 1, party: "pairing-case", purpose: "inputs")
    scalars = (0..<4).map { _ in Scalar.random(in: parameters, using: &draws) }
    let generator = PairingGroup.generator(of: parameters)
    var elements: [GroupElement] = []
    for _ in 0..<8 {
      elements.append(group.power(generator, Scalar.random(in: parameters, using: &draws)))
    }
    left = Array(elements[..<4])
    right = Array(elements[4...])
    self.group = group
  }

  /// Twelve pairs, or with the first of each prepared.
  mutating func terms(prepared: Bool) -> [PairingTerm] {
    (0..<12).map { index in
      prepared
        ? .prepared(group.prepare(left[index % 4]), right[index / 4])
        : .pair(left[index % 4], right[index / 4])
    }
  }
}

/// A function that performs something a number of times, one at least, and encodes the last result.
func repeated<Value>(
  _ encode: @escaping (Value) -> [UInt8], _ perform: @escaping (Int) throws -> Value
) -> (Int) throws -> [UInt8] {
  { count in
    var result = try perform(0)
    for index in 1..<max(1, count) { result = try perform(index) }
    return encode(result)
  }
}

extension MeasuredOperation {
  private func preparedPairings(_ given: PairingInputs) -> (Int) throws -> [UInt8] {
    var inputs = given
    let (left, right) = (inputs.left, inputs.right)
    switch self {
    case .prepare:
      return repeated(\.element.bytes) { inputs.group.prepare(left[$0 % 4]) }
    case .preparedPairing:
      let terms = left.map { inputs.group.prepare($0) }.enumerated().map { index, lines in
        [PairingTerm.prepared(lines, right[index])]
      }
      return repeated(\.bytes) { inputs.group.product(ofPairings: terms[$0 % 4]) }
    case .product12, .preparedProduct12:
      let terms = inputs.terms(prepared: self == .preparedProduct12)
      return repeated(\.bytes) { _ in inputs.group.product(ofPairings: terms) }
    default: return repeated(\.bytes) { inputs.group.pair(left[$0 % 4], right[$0 % 4]) }
    }
  }

  private func preparedPowers(_ given: PairingInputs) -> (Int) throws -> [UInt8] {
    var inputs = given
    let (left, right, scalars) = (inputs.left, inputs.right, inputs.scalars)
    switch self {
    case .fixedPower:
      let table = inputs.group.table(for: left[0])
      return repeated(\.bytes) { inputs.group.power(table, scalars[$0 % 4]) }
    case .powerTable:
      return repeated(\.element.bytes) { inputs.group.table(for: left[$0 % 4]) }
    case .hash:
      let domain = Array("pairing-case".utf8)
      return repeated(\.bytes) { inputs.group.hash([UInt8($0 & 0xff)], domain: domain) }
    case .pointAddition:
      return repeated(\.bytes) { inputs.group.multiply(left[$0 % 4], right[$0 % 4]) }
    case .subgroupCheck:
      let encoded = left.map(\.bytes)
      return repeated(\.bytes) { try inputs.group.element(encoded[$0 % 4]) }
    default: return repeated(\.bytes) { inputs.group.power(left[$0 % 4], scalars[$0 % 4]) }
    }
  }

  private func preparedTarget(_ given: PairingInputs) -> (Int) throws -> [UInt8] {
    var inputs = given
    let scalars = inputs.scalars
    let bases = inputs.left.map { inputs.group.pair($0, inputs.right[0]) }
    switch self {
    case .fixedTargetPower:
      let table = inputs.group.table(for: bases[0])
      return repeated(\.bytes) { inputs.group.power(table, scalars[$0 % 4]) }
    case .targetMultiplication:
      return repeated(\.bytes) { inputs.group.multiply(bases[$0 % 4], bases[($0 + 1) % 4]) }
    case .targetSubgroupCheck:
      let encoded = bases.map(\.bytes)
      return repeated(\.bytes) { try inputs.group.targetElement(encoded[$0 % 4]) }
    case .scalarInversion: return repeated(\.bytes) { inputs.group.inverse(scalars[$0 % 4]) }
    default: return repeated(\.bytes) { inputs.group.power(bases[$0 % 4], scalars[$0 % 4]) }
    }
  }

  private func preparedSignature(_ size: RSAKeySize) throws -> (Int) throws -> [UInt8] {
    var tally = OperationTally()
    var draws = DeterministicGenerator(seed: 1, party: "pairing-case", purpose: "key")
    let key = RSAPrivateKey.generate(size, using: &draws, tally: &tally)
    let digests = (0..<4).map { [UInt8](repeating: $0, count: 32) }
    let sign = { (index: Int) throws -> [UInt8] in
      try key.sign(digest: digests[index % 4], domain: .request, tally: &tally)
    }
    guard self == .rsaVerify2048 else { return repeated({ $0 }, sign) }
    let signatures = try digests.indices.map(sign)
    return repeated({ [$0 ? 1 : 0] }) { index in
      key.publicKey.verify(
        signatures[index % 4], digest: digests[index % 4], domain: .request, tally: &tally)
    }
  }
}
