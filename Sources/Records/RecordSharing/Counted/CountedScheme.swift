import PairingCrypto

/// The engine that moves marks and counts by ``SharingCosts``.
///
/// Its artefacts have the sizes of real ones and it answers as the real engine does, up to accidents
/// of probability 2⁻⁶⁴, at a small part of the time. It keeps no secret from anybody.
///
/// Its answers differ for four artefacts that nobody makes by the rules. A capsule whose row and a
/// key that claim the same false epoch, or whose policy was exchanged for one with weights that
/// happen to recombine the shares, opens there and not here; artefacts of two systems with
/// different seeds may pass here and not there. Elements that are multiplied by others have no marks:
/// a capsule that was given another s and holds the same K opens there and cannot be made here, and
/// so it is with an index whose entries were shifted by powers of I.
public struct CountedScheme: SharingScheme {
  /// Artefacts of marks.
  public typealias Elements = CountedElements

  /// The groups.
  public let parameterSet: ParameterSet
  /// The size of RSA keys.
  public let keySize: RSAKeySize
  /// What the real engine would have performed.
  public internal(set) var tally = OperationTally()
  let seed: UInt64

  /// An engine that draws its marks from a seed.
  public init(_ parameterSet: ParameterSet, keySize: RSAKeySize, seed: UInt64) {
    self.parameterSet = parameterSet
    self.keySize = keySize
    self.seed = seed
  }

  /// A word for one purpose.
  func draw(_ purpose: Purpose, _ a: UInt64 = 0, _ b: UInt64 = 0) -> UInt64 {
    mixed(mixed(mixed(seed, UInt64(purpose.rawValue)), a), b)
  }

  enum Purpose: UInt8 {
    case system = 1
    case keyword, user, contentKey, index, filler, token, signingKey, proof
  }
}

extension Attribute {
  var mark: UInt64 { RecordSharing.mark(of: name.utf8) }

  /// Stands for v_x of an epoch.
  func secret(at epoch: Epoch) -> UInt64 { mixed(mark, UInt64(epoch.rawValue)) }
}

extension RowLabel {
  /// Stands for Hg(x).
  var mark: UInt64 { mixed(attribute.mark, UInt64(occurrence)) }
}

extension CountedScheme {
  /// MK: which system it is, and the epochs of its v_x.
  public struct MasterKey: Sendable {
    let system: UInt64
    var epochs: [Epoch]
  }

  /// κ.
  public struct KeywordKey: Hashable, Sendable {
    let mark: UInt64
  }

  /// Public parameters; there are no tables of marks.
  public struct PreparedParameters: Sendable {
    /// The parameters.
    public internal(set) var parameters: PublicParameters<CountedElements>
  }

  /// Which labels would have tables.
  public struct AttributeTables: Sendable {
    let labels: Set<RowLabel>
  }

  /// A user's key.
  public struct PreparedKey: Sendable {
    var key: UserKey<CountedElements>
  }

  /// A token.
  public struct PreparedToken: Sendable {
    let slots: [Slot]
    let sum: UInt64
  }

  /// Stands for the keys derived from K.
  public struct ContentKeys: Hashable, Sendable {
    let mark: UInt64
  }

  /// Stands for an RSA key pair.
  public struct SigningKey: Hashable, Sendable {
    let secret: UInt64
    let size: RSAKeySize
  }

  /// Stands for v'_x / v_x.
  public struct RekeyingSecret: Sendable {
    let attribute: Attribute
    let previous: Epoch
    let epoch: Epoch
    /// Stands for PAK_x of the epoch that ends.
    let previousKey: CountedPoint
  }
}
