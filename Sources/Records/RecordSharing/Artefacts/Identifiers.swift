import PairingCrypto

/// The name of a data user, given out once by an authority (`uid` in Paper §II-C).
public struct UserID: Hashable, Comparable, Sendable {
  /// The number in artefacts.
  public let rawValue: UInt32

  /// The user with a number.
  public init(_ rawValue: UInt32) { self.rawValue = rawValue }

  /// The order of the numbers.
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// The name of a data owner, the patient (DO in Paper §II-B).
public struct OwnerID: Hashable, Comparable, Sendable {
  /// The number in artefacts.
  public let rawValue: UInt32

  /// The owner with a number.
  public init(_ rawValue: UInt32) { self.rawValue = rawValue }

  /// The order of the numbers.
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// The name of one encrypted file (θ in Paper §II-C); a new version of a record is a new file.
///
/// The upper 16 bits count the versions of a record from 0, the lower 48 name the record.
public struct FileID: Hashable, Comparable, Sendable {
  /// How many versions a record can have.
  public static let versionLimit = 1 << 16

  /// The number in artefacts.
  public let rawValue: UInt64

  /// The file with a number.
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// The record that this is a version of.
  public var record: UInt64 { rawValue & (1 << 48 - 1) }

  /// How many times the record was encrypted anew, 0 to 65535.
  public var version: Int { Int(rawValue >> 48) }

  /// The name of the next version; nil if there have been ``versionLimit``.
  public var nextVersion: Self? {
    version + 1 < Self.versionLimit ? Self(rawValue + 1 << 48) : nil
  }

  /// The order of the numbers.
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// How many times attributes have been re-keyed since the setup.
public struct Epoch: Hashable, Comparable, Sendable {
  /// 0 after the setup.
  public let rawValue: UInt32

  /// The epoch with a number.
  public init(_ rawValue: UInt32) { self.rawValue = rawValue }

  /// The epoch after this one.
  public var next: Self { Self(rawValue &+ 1) }

  /// The order of time.
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// Where the cloud server keeps a ciphertext (`Location` in Paper §II-C).
public struct StorageLocation: Hashable, Sendable {
  /// The bytes of a location.
  public static let byteCount = 8
  /// The number of the place.
  public let rawValue: UInt64

  /// The place with a number.
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// The name of a transaction (Paper §II-C, "transaction ID").
public struct TransactionID: Hashable, Sendable {
  /// The number in artefacts.
  public let rawValue: UInt64

  /// The transaction with a number.
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// A numbered keyword field of a file, such as hospital, diagnosis or year.
///
/// Deviation: Paper §II-C has a set of keywords and does not say which entries of an index a token
/// tests; trying all subsets is no option, so each keyword has its slot.
public struct Slot: Hashable, Comparable, Sendable {
  /// The most slots of a system.
  public static let maximumCount = 64
  /// The number, from 0.
  public let rawValue: UInt8

  /// The slot with a number.
  public init(_ rawValue: UInt8) { self.rawValue = rawValue }

  /// The order in an index.
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// A word that is asked for in a slot.
public struct SlotWord: Hashable, Sendable {
  /// Where the word must stand.
  public let slot: Slot
  /// The word, compared byte by byte.
  public let word: String

  /// A word in a slot.
  public init(_ slot: Slot, _ word: String) {
    self.slot = slot
    self.word = word
  }
}

/// 32 bytes that stand for an artefact: SHA-256 in the real engine, a mark in the counted one.
public struct ContentDigest: Hashable, Sendable {
  /// The bytes of a digest.
  public static let byteCount = 32
  private let a, b, c, d: UInt64

  /// The digest in 32 bytes; nil if there are more or fewer.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    for (index, byte) in bytes.enumerated() {
      switch index / 8 {
      case 0: words.0 = words.0 << 8 | UInt64(byte)
      case 1: words.1 = words.1 << 8 | UInt64(byte)
      case 2: words.2 = words.2 << 8 | UInt64(byte)
      default: words.3 = words.3 << 8 | UInt64(byte)
      }
    }
    (a, b, c, d) = words
  }

  /// A digest that carries a mark of the counted engine.
  init(mark: UInt64) {
    a = mark
    b = mixed(mark, 1)
    c = mixed(mark, 2)
    d = mixed(mark, 3)
  }

  /// The digest with one bit changed, as a fault would.
  public var altered: Self { Self(a, b, c, d ^ 1) }

  private init(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) {
    self.a = a
    self.b = b
    self.c = c
    self.d = d
  }

  /// What the counted engine tells it from others by.
  var mark: UInt64 { mixed(mixed(a, b), mixed(c, d)) }

  /// The 32 bytes.
  public var bytes: [UInt8] {
    [a, b, c, d].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) }
    }
  }
}
