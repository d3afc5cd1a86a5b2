@testable import PairingCrypto

/// The encodings of RFC 8017, strict, to hold raw RSA against other programs.
enum RSAEncodings {
  /// What stands before a SHA-256 digest in a DER DigestInfo.
  private static let digestInfo: [UInt8] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
  ]

  private static func digest(_ message: [UInt8]) -> [UInt8] {
    var tally = OperationTally()
    return Symmetric.sha256(message, tally: &tally)
  }

  /// EMSA-PKCS1-v1_5 (§9.2): the only one for a message, so checking is comparing.
  static func pkcs1(_ message: [UInt8], size: RSAKeySize) -> [UInt8] {
    let info = digestInfo + digest(message)
    let padding = [UInt8](repeating: 0xff, count: size.byteCount - info.count - 3)
    return [0, 1] + padding + [0] + info
  }

  /// EMSA-PSS (§9.1.1) with SHA-256, MGF1-SHA-256 and the salt given.
  static func pss(_ message: [UInt8], salt: [UInt8], size: RSAKeySize) -> [UInt8] {
    let hash = digest([UInt8](repeating: 0, count: 8) + digest(message) + salt)
    let zeros = [UInt8](repeating: 0, count: size.byteCount - salt.count - hash.count - 2)
    let block = zeros + [1] + salt
    let mask = RSAFullDomainHash.mask(seed: hash, byteCount: block.count)
    var masked = zip(block, mask).map { $0 ^ $1 }
    masked[0] &= 0x7f
    return masked + hash + [0xbc]
  }

  /// EMSA-PSS-VERIFY (§9.1.2): 32 bytes of salt, and a modulus of whole bytes.
  static func isPSS(_ encoded: [UInt8], of message: [UInt8]) -> Bool {
    let blockCount = encoded.count - 33
    guard encoded.last == 0xbc, encoded[0] < 0x80 else { return false }
    let hash = Array(encoded[blockCount..<blockCount + 32])
    let mask = RSAFullDomainHash.mask(seed: hash, byteCount: blockCount)
    var block = zip(encoded, mask).map { $0 ^ $1 }
    block[0] &= 0x7f
    let zeros = block.prefix(blockCount - 33)
    guard zeros.allSatisfy({ $0 == 0 }), block[blockCount - 33] == 1 else { return false }
    let salt = block.suffix(32)
    return hash == digest([UInt8](repeating: 0, count: 8) + digest(message) + salt)
  }
}
