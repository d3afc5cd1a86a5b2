import DiscreteEvents
import HealthRecords
import PairingCrypto
import Tables

/// What every counted operation costs on this machine: what `consim calibrate` measures.
public struct CryptoCalibration {
  /// The parameter set.
  public let parameters: ParameterSet
  private let times: PrimitiveTimes

  /// A cost has so many significant digits; more would be noise.
  private static let digits = 4

  /// Most operations are timed by themselves; a Miller loop follows from two products of pairings.
  private static let primitives: [Primitive] = [
    .pairing, .productOf12, .preparedPairing, .preparedProductOf12, .preparation,
    .fixedExponentiation, .narrowExponentiation, .variableExponentiation, .narrowTable,
    .fixedTargetExponentiation, .hashToGroup, .elementsOf16, .subgroupCheck, .scalarInversion,
    .rsaKeyGeneration, .rsaSign, .rsaVerify, .hash16KiB, .seal16KiB,
  ]

  /// Measures every operation, in batches that last at least `leastBatch`.
  ///
  /// `progress` is told what comes next, how many batches are done, and how many there are.
  public static func run(
    _ parameters: ParameterSet, leastBatch: VirtualDuration,
    progress: (String, Int, Int) -> Void
  ) -> CryptoCalibration {
    CryptoCalibration(
      PrimitiveTimes.measure(
        parameters, primitives, leastBatch: leastBatch, progress: progress))
  }

  init(_ times: PrimitiveTimes) {
    parameters = times.parameters
    self.times = times
  }

  /// The measurements as a profile.
  public func profile(
    name: String, machine: String, date: String, commit: String
  ) -> CryptoCostProfile {
    CryptoCostProfile(
      name: name, parameters: parameters, rsaBits: CryptoCostProfile.rsaBits(with: parameters),
      machine: machine, date: date, commit: commit
    ) { operation in
      let (samples, source) = measurement(of: operation)
      func short(_ picoseconds: Int64) -> Int64 {
        CryptoCostProfile.rounded(picoseconds, digits: Self.digits)
      }
      let spread = short(samples.spread.lowerBound)...short(samples.spread.upperBound)
      return CryptoCostProfile.Price(
        cost: short(samples.median), spread: spread, kind: .measured, source: source)
    }
  }

  /// The measured costs alone.
  var costs: OperationCosts {
    profile(name: "calibration", machine: "this", date: "1970-01-01", commit: "none").costs
  }

  private func measurement(
    of operation: CountedOperation
  ) -> (samples: BatchSamples, source: String) {
    let others = Int64(Primitive.longProduct - 1)
    let block = Int64(Primitive.blockSize)
    switch operation {
    case .millerLoop:
      return (
        .combining(times[.pairing], times[.productOf12]) { ($1 - $0) / others },
        "a product of 12 pairings less a pairing, by 11"
      )
    case .preparedMillerLoop:
      return (
        .combining(times[.preparedPairing], times[.preparedProductOf12]) { ($1 - $0) / others },
        "a product of 12 prepared pairings less one, by 11"
      )
    case .finalExponentiation:
      return (
        .combining(times[.pairing], times[.productOf12]) { $0 - ($1 - $0) / others },
        "a pairing less a Miller loop, with what the loops of a product share"
      )
    case .byteHashed:
      return (times[.hash16KiB].divided(by: block), "SHA-256 of 16 KiB, by 16384")
    case .byteSealed:
      return (times[.seal16KiB].divided(by: block), "AES-256-GCM of 16 KiB, by 16384")
    case .preparation: return (times[.preparation], "one point")
    case .fixedExponentiation:
      return (
        .combining(times[.fixedExponentiation], times[.narrowExponentiation]) { ($0 + $1) / 2 },
        "the mean of a wide table, as of g, and a narrow one, as of attributes"
      )
    case .variableExponentiation: return (times[.variableExponentiation], "random bases")
    case .tableOfPowers: return (times[.narrowTable], "a narrow table, as of attributes")
    case .targetExponentiation:
      return (times[.fixedTargetExponentiation], "a base with a table, as encryption has it")
    case .hashToGroup: return (times[.hashToGroup], "a text of 16 bytes")
    case .pointAddition:
      let additions = Int64(Primitive.longSum - 1)
      return (times[.elementsOf16].divided(by: additions), "a product of 16 points, by 15")
    case .subgroupCheck: return (times[.subgroupCheck], "decoding a point with all its checks")
    case .scalarInversion: return (times[.scalarInversion], "random scalars")
    case .rsaKeyGeneration: return (times[.rsaKeyGeneration], "keys differ much in what they take")
    case .rsaSign: return (times[.rsaSign], "with CRT and a check of the result")
    case .rsaVerify: return (times[.rsaVerify], "with exponent 65537")
    }
  }

  /// The set and the size of RSA keys.
  public var heading: String {
    "\(parameters.name) (\(parameters.strength)), RSA-\(CryptoCostProfile.rsaBits(with: parameters))"
  }

  /// The measurements as a table for people.
  public var text: String {
    var table = TextTable(["operation", "median", "least", "most", "in a batch"])
    for operation in CountedOperation.allCases {
      let samples = measurement(of: operation).samples
      table.append([
        operation.name, TextTable.time(samples.median),
        TextTable.time(samples.spread.lowerBound), TextTable.time(samples.spread.upperBound),
        String(samples.operations),
      ])
    }
    return table.text
  }
}
