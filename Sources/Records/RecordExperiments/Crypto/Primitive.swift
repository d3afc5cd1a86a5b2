import PairingCrypto
import RecordSharing

/// A primitive of cryptography that can be timed by itself.
enum Primitive: String, CaseIterable, Hashable, Sendable {
  case pairing
  case productOf2 = "product-of-2"
  case productOf12 = "product-of-12"
  case preparedPairing = "prepared-pairing"
  case preparedProductOf12 = "prepared-product-of-12"
  case preparation
  case fixedExponentiation = "fixed-exponentiation"
  case narrowExponentiation = "fixed-exponentiation-narrow"
  case variableExponentiation = "variable-exponentiation"
  case tableOfPowers = "table-of-powers"
  case narrowTable = "table-of-powers-narrow"
  case targetExponentiation = "target-exponentiation"
  case fixedTargetExponentiation = "fixed-target-exponentiation"
  case hashToGroup = "hash-to-group"
  case pointAddition = "point-addition"
  case elementsOf16 = "point-additions-15"
  case subgroupCheck = "subgroup-check"
  case scalarInversion = "scalar-inversion"
  case rsaKeyGeneration = "rsa-key-generation"
  case rsaSign = "rsa-sign"
  case rsaVerify = "rsa-verify"
  case hash16KiB = "sha-256-of-16-kib"
  case seal16KiB = "aes-256-gcm-of-16-kib"

  /// The bytes that one hash or one encryption is about.
  static let blockSize = 16_384

  /// How many pairings a long product has.
  static let longProduct = 12

  /// The window of the tables of which there is one an attribute.
  static let narrowWindow = RealScheme.attributeWindowBits

  /// How many elements a long product in G has.
  static let longSum = 16

  /// So many share a batch at least: what a key pair takes is a matter of luck.
  var leastOperations: Int { self == .rsaKeyGeneration ? 4 : 1 }

  /// What other implementations take, in nanoseconds: PBC cdf8e1b for the pairing (type A with the
  /// constants of `a.param`; a curve of the same sizes for ss1536), `mpz_powm` with CRT for RSA.
  ///
  /// PBC has no product of prepared pairings: twelve single ones stand for it.
  func anchor(_ parameters: ParameterSet) -> Int64? {
    guard let (ss512, ss1536): (Int64, Int64?) = anchors else { return nil }
    switch parameters {
    case .toy: return nil
    case .ss512: return ss512
    case .ss1536: return ss1536
    }
  }

  private var anchors: (Int64, Int64?)? {
    switch self {
    case .pairing: (580_000, 7_300_000)
    case .productOf2: (1_270_000, 11_500_000)
    case .productOf12: (4_950_000, 46_300_000)
    case .preparedPairing: (247_000, 3_700_000)
    case .preparedProductOf12: (2_964_000, 44_400_000)
    case .preparation: (695_000, 4_350_000)
    case .fixedExponentiation: (65_000, 550_000)
    case .variableExponentiation: (700_000, 4_360_000)
    case .subgroupCheck: (623_000, nil)
    case .tableOfPowers: (3_643_000, nil)
    case .targetExponentiation: (68_000, 605_000)
    case .fixedTargetExponentiation: (14_000, 120_000)
    case .hashToGroup: (1_620_000, 22_300_000)
    case .pointAddition: (3_200, 12_400)
    case .rsaSign: (745_000, 2_180_000)
    case .rsaVerify: (24_000, 47_000)
    case .narrowExponentiation, .narrowTable, .elementsOf16, .scalarInversion, .rsaKeyGeneration,
      .hash16KiB, .seal16KiB:
      nil
    }
  }
}
