/// One kind of operation that is counted and priced.
///
/// A cost profile prices each; work inside an operation (the hashing of a hash to G, say) belongs
/// to that operation and is not counted again.
public enum CountedOperation: Int, CaseIterable, Sendable {
  /// A Miller loop of two points.
  case millerLoop
  /// A Miller loop whose first argument was prepared.
  case preparedMillerLoop
  /// Preparing an argument: the lines of its Miller loop.
  case preparation
  /// A final exponentiation; one pairing is a Miller loop and a final exponentiation.
  case finalExponentiation
  /// An exponentiation in G of a base that has a table.
  case fixedExponentiation
  /// An exponentiation in G of any base.
  case variableExponentiation
  /// A table for a base in G.
  case tableOfPowers
  /// An exponentiation in G_T.
  case targetExponentiation
  /// A hash to G.
  case hashToGroup
  /// A multiplication in G, an addition of points.
  case pointAddition
  /// A check that a received element is in the group of prime order.
  case subgroupCheck
  /// An inversion modulo the order.
  case scalarInversion
  /// An RSA key pair.
  case rsaKeyGeneration
  /// An RSA signature.
  case rsaSign
  /// A check of an RSA signature.
  case rsaVerify
  /// A byte that went into a digest, a MAC or a derived key.
  case byteHashed
  /// A byte that was encrypted or decrypted with authentication.
  case byteSealed
}

/// How many operations of each kind were performed.
public struct OperationTally: Equatable, Sendable {
  private var counts = InlineArray<17, Int>(repeating: 0)

  /// Nothing performed.
  public init() {}

  /// The count of one kind.
  public subscript(operation: CountedOperation) -> Int {
    get { counts[operation.rawValue] }
    set { counts[operation.rawValue] = newValue }
  }

  /// Counts one more operation.
  @inline(__always)
  public mutating func count(_ operation: CountedOperation) { counts[operation.rawValue] += 1 }

  /// Counts several operations.
  @inline(__always)
  public mutating func count(_ operation: CountedOperation, _ times: Int) {
    counts[operation.rawValue] += times
  }

  /// What both performed.
  public static func + (a: Self, b: Self) -> Self {
    var sum = a
    for operation in CountedOperation.allCases { sum[operation] += b[operation] }
    return sum
  }

  /// What the first performed beyond the second.
  public static func - (a: Self, b: Self) -> Self {
    var difference = a
    for operation in CountedOperation.allCases { difference[operation] -= b[operation] }
    return difference
  }

  /// Adds what another performed.
  public static func += (a: inout Self, b: Self) { a = a + b }

  /// Whether all counts are the same.
  public static func == (a: Self, b: Self) -> Bool {
    CountedOperation.allCases.allSatisfy { a[$0] == b[$0] }
  }
}

extension CountedOperation {
  /// The name in profiles and tables.
  public var name: String {
    switch self {
    case .millerLoop: "miller-loop"
    case .preparedMillerLoop: "prepared-miller-loop"
    case .preparation: "preparation"
    case .finalExponentiation: "final-exponentiation"
    case .fixedExponentiation: "fixed-exponentiation"
    case .variableExponentiation: "variable-exponentiation"
    case .tableOfPowers: "table-of-powers"
    case .targetExponentiation: "target-exponentiation"
    case .hashToGroup: "hash-to-group"
    case .pointAddition: "point-addition"
    case .subgroupCheck: "subgroup-check"
    case .scalarInversion: "scalar-inversion"
    case .rsaKeyGeneration: "rsa-key-generation"
    case .rsaSign: "rsa-sign"
    case .rsaVerify: "rsa-verify"
    case .byteHashed: "byte-hashed"
    case .byteSealed: "byte-sealed"
    }
  }
}
