import CryptoExtras
import Foundation
import Testing

@testable import PairingCrypto

/// Raw RSA against swift-crypto's: the same key must sign and check the same bytes.
@Suite("RSA and swift-crypto")
struct RSACrossCheckTests {
  private static let messages = ["", "a", String(repeating: "a record ", count: 100)]
  private static let exponent: [UInt8] = [1, 0, 1]

  private func theirs(_ key: RSAPrivateKey) throws -> _RSA.Signing.PrivateKey {
    try _RSA.Signing.PrivateKey(
      n: key.publicKey.modulus, e: Self.exponent, d: key.exponent, p: key.p, q: key.q)
  }

  private func theirs(_ key: RSAPublicKey) throws -> _RSA.Signing.PublicKey {
    try _RSA.Signing.PublicKey(n: key.modulus, e: Self.exponent)
  }

  private func sign(_ encoded: [UInt8], by key: RSAPrivateKey) throws -> [UInt8] {
    try key.signRaw(BigInteger(bytes: encoded)).bytes(count: key.publicKey.size.byteCount)
  }

  @Test(
    "PKCS#1 v1.5 signatures by our raw operation are theirs, byte for byte", arguments: RSAKeys.all)
  func pkcs1(key: RSAPrivateKey) throws {
    for message in Self.messages.map({ Array($0.utf8) }) {
      let ours = try sign(RSAEncodings.pkcs1(message, size: key.publicKey.size), by: key)
      let other = try theirs(key).signature(for: message, padding: .insecurePKCS1v1_5)
      #expect(ours == Array(other.rawRepresentation))
      #expect(
        try theirs(key.publicKey).isValidSignature(
          other, for: message, padding: .insecurePKCS1v1_5))
    }
  }

  @Test(
    "PSS signatures by our raw operation are accepted, and refused once altered",
    arguments: RSAKeys.all)
  func oursAccepted(key: RSAPrivateKey) throws {
    var generator = DeterministicGenerator(seed: 1, party: "test", purpose: "salt")
    for message in Self.messages.map({ Array($0.utf8) }) {
      let salt = generator.bytes(count: 32)
      let encoded = RSAEncodings.pss(message, salt: salt, size: key.publicKey.size)
      var signature = try sign(encoded, by: key)
      func isValid(_ message: [UInt8]) throws -> Bool {
        try theirs(key.publicKey).isValidSignature(
          _RSA.Signing.RSASignature(rawRepresentation: signature), for: message, padding: .PSS)
      }
      #expect(try isValid(message))
      #expect(try !isValid(message + [0]))
      signature[100] ^= 1
      #expect(try !isValid(message))
    }
  }

  @Test("Their PSS signatures pass our public operation", arguments: RSAKeys.all)
  func theirsAccepted(key: RSAPrivateKey) throws {
    for message in Self.messages.map({ Array($0.utf8) }) {
      let other = try theirs(key).signature(for: message, padding: .PSS)
      let raised = try key.publicKey.raised(Array(other.rawRepresentation))
      let encoded = raised.bytes(count: key.publicKey.size.byteCount)
      #expect(RSAEncodings.isPSS(encoded, of: message))
      #expect(!RSAEncodings.isPSS(encoded, of: message + [0]))
    }
  }

  @Test("A key that they draw is accepted, and their PKCS#1 v1.5 signature is the encoding raised")
  func theirKey() throws {
    let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
    let primitives = try key.publicKey.getKeyPrimitives()
    #expect(Array(primitives.publicExponent) == Self.exponent)
    let ours = try RSAPublicKey(
      modulus: Array(primitives.modulus), exponent: RSAPublicKey.exponent)
    let message = Array("a record".utf8)
    let signature = try key.signature(for: message, padding: .insecurePKCS1v1_5)
    let raised = try ours.raised(Array(signature.rawRepresentation))
    #expect(raised.bytes(count: 256) == RSAEncodings.pkcs1(message, size: .bits2048))
  }
}
