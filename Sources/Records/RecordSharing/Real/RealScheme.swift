import PairingCrypto

/// The engine that computes.
///
/// A simulator's cryptography: not constant in time and not for production. Everything random is
/// drawn from the seed, for each party and purpose apart; an engine for use with people would draw
/// from the system.
public struct RealScheme: SharingScheme {
  /// Artefacts of numbers.
  public typealias Elements = RealElements

  /// The groups.
  public var parameterSet: ParameterSet { group.parameters }
  /// The size of RSA keys.
  public let keySize: RSAKeySize
  /// What was performed since the engine was made.
  public var tally: OperationTally { group.tally }
  var group: PairingGroup
  private let seed: UInt64

  /// An engine that draws from a seed.
  public init(_ parameterSet: ParameterSet, keySize: RSAKeySize, seed: UInt64) {
    group = PairingGroup(parameterSet)
    self.keySize = keySize
    self.seed = seed
  }

  /// The stream of one party for one purpose.
  func generator(_ party: String, _ purpose: String) -> DeterministicGenerator {
    DeterministicGenerator(seed: seed, party: party, purpose: purpose)
  }

  /// Reads an artefact from bytes of anybody.
  ///
  /// - Throws: what is wrong with the bytes.
  public mutating func decode<A: DecodableArtefact>(
    _ type: A.Type, from bytes: [UInt8]
  ) throws(ArtefactFailure) -> A {
    try ArtefactReader.decode(type, from: bytes, in: &group)
  }
}

extension RealScheme {
  /// MK = (g^β, {v_x}) with the epoch of each v_x.
  ///
  /// Deviation: Paper eq. (2) lists α too, which no formula needs once g^α is public.
  public struct MasterKey: Sendable {
    let blinding: GroupElement
    var secrets: [Scalar]
    var epochs: [Epoch]
  }

  /// κ.
  public struct KeywordKey: Hashable, Sendable {
    let bytes: [UInt8]
  }

  /// Public parameters with the tables of their bases.
  public struct PreparedParameters: Sendable {
    /// The parameters.
    public internal(set) var parameters: PublicParameters<RealElements>
    let generator: FixedBase
    let sharing: FixedBase
    let searching: FixedBase
    let masking: TargetFixedBase
    var attributeKeys: [FixedBase]
  }

  /// Tables of Hg(x).
  public struct AttributeTables: Sendable {
    let tables: [RowLabel: FixedBase]
  }

  /// A user's key with the lines of D, D' and every D_x.
  public struct PreparedKey: Sendable {
    var key: UserKey<RealElements>
    let blinded: PreparedElement
    let registered: PreparedElement
    var components: [[PreparedElement]]

    /// The lines of the element for a label.
    func element(for label: RowLabel) -> PreparedElement? {
      guard let place = key.place(of: label.attribute),
        components[place].indices.contains(label.occurrence - 1)
      else { return nil }
      return components[place][label.occurrence - 1]
    }
  }

  /// A token with the lines of t1 and t2.
  public struct PreparedToken: Sendable {
    let slots: [Slot]
    let question: PreparedElement
    let searching: PreparedElement
  }

  /// The keys derived from K.
  public struct ContentKeys: Hashable, Sendable, CustomStringConvertible {
    let record: [UInt8]
    let location: [UInt8]

    /// No secret, so that none gets into a log.
    public var description: String { "content keys" }
  }

  /// An RSA key pair.
  public typealias SigningKey = RSAPrivateKey

  /// u = v'_x / v_x, and its inverse.
  public struct RekeyingSecret: Sendable {
    let attribute: Attribute
    let previous: Epoch
    let epoch: Epoch
    /// PAK_x of the epoch that ends.
    let previousKey: GroupElement
    let rowFactor: Scalar
    let componentFactor: Scalar
  }
}
