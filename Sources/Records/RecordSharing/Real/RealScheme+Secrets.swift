import PairingCrypto

// What whoever hands secrets over, or looks for them where they must not be, needs of them in bytes.

extension RealScheme.MasterKey {
  /// g^β, then each v_x with its epoch: what the trusted centre hands to an authority.
  public var encoded: [UInt8] {
    blinding.bytes + zip(secrets, epochs).flatMap { $0.bytes + $1.bytes }
  }

  /// g^β and every v_x, each by itself.
  public var secretBytes: [[UInt8]] { [blinding.bytes] + secrets.map(\.bytes) }
}

extension CountedScheme.MasterKey {
  /// The bytes of a master key as the real engine encodes it.
  public func encodedByteCount(_ parameters: ParameterSet) -> Int {
    parameters.elementBytes + epochs.count * (parameters.scalarBytes + 4)
  }
}

extension RealScheme.KeywordKey {
  /// κ.
  public var encoded: [UInt8] { bytes }

  /// The bytes of κ.
  public static var byteCount: Int { KeywordHash.keyByteCount }

  /// A key of 32 bytes from anywhere, as whoever guesses one has it.
  public init(guessed bytes: [UInt8]) {
    precondition(bytes.count == KeywordHash.keyByteCount, "a key of \(bytes.count) bytes")
    self.bytes = bytes
  }
}

extension RealScheme.ContentKeys {
  /// The key of the record and that of the location.
  public var secretBytes: [[UInt8]] { [record, location] }
}

extension RealScheme.RekeyingSecret {
  /// v'_x / v_x, which an authority hands to the cloud server.
  public var encoded: [UInt8] { rowFactor.bytes }

  /// v'_x / v_x and its inverse.
  public var secretBytes: [[UInt8]] { [rowFactor.bytes, componentFactor.bytes] }
}

extension Epoch {
  /// The number in four bytes, the high one first.
  fileprivate var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.write(rawValue)
    return writer.bytes
  }
}
