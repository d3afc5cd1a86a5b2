import Testing

@testable import PairingCrypto

/// Wycheproof's signatures, checked by the raw public operation and the strict encodings.
///
/// Valid and invalid must agree in every case. Of the acceptable ones, a DigestInfo without NULL is
/// refused as it is another spelling, and keys with exponent 3 are refused before any signature.
@Suite("RSA and Wycheproof")
struct RSAVectorTests {
  @Test(
    "PKCS#1 v1.5 signatures are judged as Wycheproof says",
    arguments: [("rsa-pkcs1-2048.txt", 74, 7, 3), ("rsa-pkcs1-3072.txt", 24, 3, 2)])
  func pkcs1(file: String, cases: Int, valid: Int, acceptable: Int) throws {
    let judged = try judge(file) { encoded, message in
      RSAEncodings.pkcs1(message, size: encoded.count == 256 ? .bits2048 : .bits3072) == encoded
    }
    #expect(
      judged == ["valid": valid, "acceptable": acceptable, "invalid": cases - valid - acceptable])
  }

  @Test("PSS signatures are judged as Wycheproof says")
  func pss() throws {
    let judged = try judge("rsa-pss-2048.txt") { RSAEncodings.isPSS($0, of: $1) }
    #expect(judged == ["valid": 8, "invalid": 40])
  }

  /// Judges every signature of a file and says how many it held of each result.
  private func judge(
    _ file: String, by accepts: (_ encoded: [UInt8], _ message: [UInt8]) -> Bool
  ) throws -> [String: Int] {
    var results: [String: Int] = [:]
    var key: RSAPublicKey?
    for record in try VectorRecord.read(file) {
      if record.has("modulus") {
        key = try acceptedKey(record)
        continue
      }
      let accepted = try isAccepted(record, by: key, accepts)
      let result = try record.text("result")
      #expect(accepted == (result == "valid"), "\(record.testDescription)")
      results[result, default: 0] += 1
    }
    return results
  }

  private func acceptedKey(_ record: VectorRecord) throws -> RSAPublicKey? {
    let exponent = try record.bytes("exponent").reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    let modulus = try record.bytes("modulus")
    if exponent == RSAPublicKey.exponent {
      return try RSAPublicKey(modulus: modulus, exponent: exponent)
    }
    #expect(throws: RSAFailure.exponent(found: 3, allowed: 65537)) {
      try RSAPublicKey(modulus: modulus, exponent: exponent)
    }
    return nil
  }

  private func isAccepted(
    _ record: VectorRecord, by key: RSAPublicKey?, _ accepts: ([UInt8], [UInt8]) -> Bool
  ) throws -> Bool {
    guard let key else { return false }
    let signature = try record.bytes("signature")
    do {
      let encoded = try key.raised(signature).bytes(count: key.size.byteCount)
      return accepts(encoded, try record.bytes("message"))
    } catch let failure as RSAFailure {
      let isOfLength = signature.count == key.size.byteCount
      #expect((failure == .signatureNotReduced) == isOfLength)
      return false
    }
  }
}
