import Crypto

/// Digests, authentication codes, derived keys and authenticated encryption, each counted.
///
/// The primitives are swift-crypto's. What is counted depends on lengths alone, so a count can be
/// had without the work:
/// - `byteHashed`: every byte of every argument, once: of the message for a digest; of key and
///   message for an authentication code; of key material, salt and info for a derived key. Padding,
///   output and inner passes are not counted.
/// - `byteSealed`: the bytes of plaintext and of additional data, the same for `seal` and for an
///   `open` that gets as far as checking the tag, whatever the check says.
public enum Symmetric {
  /// Bytes in a SHA-256 digest.
  public static let digestByteCount = 32
  /// Bytes in a key of AES-256-GCM.
  public static let keyByteCount = 32
  /// Bytes in a nonce of AES-256-GCM.
  public static let nonceByteCount = 12
  /// Bytes by which sealing lengthens a message.
  public static let tagByteCount = 16

  /// The SHA-256 digest of a message.
  public static func sha256(_ message: [UInt8], tally: inout OperationTally) -> [UInt8] {
    var hash = CountedHash()
    hash.update(message)
    return hash.finish(tally: &tally)
  }

  /// The HMAC-SHA-256 of a message, 32 bytes.
  public static func hmacSHA256(
    key: [UInt8], message: [UInt8], tally: inout OperationTally
  ) -> [UInt8] {
    tally.count(.byteHashed, key.count + message.count)
    return Array(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key)))
  }

  /// The HMAC-SHA-512 of a message, 64 bytes.
  public static func hmacSHA512(
    key: [UInt8], message: [UInt8], tally: inout OperationTally
  ) -> [UInt8] {
    tally.count(.byteHashed, key.count + message.count)
    return Array(HMAC<SHA512>.authenticationCode(for: message, using: SymmetricKey(data: key)))
  }

  /// A key derived by HKDF-SHA-256 (RFC 5869).
  ///
  /// - Precondition: 1 to 8160 bytes are asked for.
  public static func hkdfSHA256(
    keyMaterial: [UInt8], salt: [UInt8] = [], info: [UInt8], byteCount: Int = keyByteCount,
    tally: inout OperationTally
  ) -> [UInt8] {
    precondition((1...255 * digestByteCount).contains(byteCount), "\(byteCount) bytes of key")
    tally.count(.byteHashed, keyMaterial.count + salt.count + info.count)
    let key = HKDF<SHA256>.deriveKey(
      inputKeyMaterial: SymmetricKey(data: keyMaterial), salt: salt, info: info,
      outputByteCount: byteCount)
    return key.withUnsafeBytes { Array($0) }
  }

  /// Encrypts and authenticates by AES-256-GCM: the ciphertext with the tag behind it.
  ///
  /// A nonce must never serve twice under one key.
  ///
  /// - Precondition: a key of 32 bytes, a nonce of 12, a message below 64 GiB.
  public static func seal(
    _ message: [UInt8], key: [UInt8], nonce: [UInt8], additionalData: [UInt8],
    tally: inout OperationTally
  ) -> [UInt8] {
    precondition(key.count == keyByteCount, "a key of \(key.count) bytes")
    precondition(nonce.count == nonceByteCount, "a nonce of \(nonce.count) bytes")
    tally.count(.byteSealed, message.count + additionalData.count)
    do {
      let box = try AES.GCM.seal(
        message, using: SymmetricKey(data: key), nonce: AES.GCM.Nonce(data: nonce),
        authenticating: additionalData)
      return Array(box.ciphertext) + Array(box.tag)
    } catch {
      preconditionFailure("AES-256-GCM does not take \(message.count) bytes: \(error)")
    }
  }

  /// Checks and decrypts what `seal` made; only the key is trusted.
  ///
  /// - Precondition: a key of 32 bytes.
  /// - Throws: `SymmetricFailure` if a length is wrong or any byte was altered.
  public static func open(
    _ sealed: [UInt8], key: [UInt8], nonce: [UInt8], additionalData: [UInt8],
    tally: inout OperationTally
  ) throws(SymmetricFailure) -> [UInt8] {
    precondition(key.count == keyByteCount, "a key of \(key.count) bytes")
    guard nonce.count == nonceByteCount else {
      throw .nonceLength(found: nonce.count, allowed: nonceByteCount)
    }
    let length = sealed.count - tagByteCount
    guard length >= 0 else { throw .truncated(found: sealed.count, minimum: tagByteCount) }
    tally.count(.byteSealed, length + additionalData.count)
    do {
      let box = try AES.GCM.SealedBox(
        nonce: AES.GCM.Nonce(data: nonce), ciphertext: sealed[..<length], tag: sealed[length...])
      let message = try AES.GCM.open(
        box, using: SymmetricKey(data: key), authenticating: additionalData)
      return Array(message)
    } catch {
      throw .authentication
    }
  }
}

/// Why sealed bytes were not opened.
public enum SymmetricFailure: Error, Equatable, Sendable {
  /// Fewer bytes than a tag has.
  case truncated(found: Int, minimum: Int)
  /// A nonce of another length.
  case nonceLength(found: Int, allowed: Int)
  /// The tag does not belong to these bytes under this key.
  case authentication
}

/// A SHA-256 digest taken part by part, which saves joining the parts.
///
/// Counts as `Symmetric.sha256` of the parts joined.
public struct CountedHash: Sendable {
  private var hash = SHA256()
  private var byteCount = 0

  /// Nothing hashed so far.
  public init() {}

  /// Hashes more bytes.
  public mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
    byteCount += bytes.count
  }

  /// The digest of all bytes so far, which are counted now.
  public consuming func finish(tally: inout OperationTally) -> [UInt8] {
    tally.count(.byteHashed, byteCount)
    return Array(hash.finalize())
  }
}
