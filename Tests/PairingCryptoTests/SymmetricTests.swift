import PairingCrypto
import Testing

@Suite("Symmetric primitives")
struct SymmetricTests {
  @Test("SHA-256 agrees with the CAVP short and long messages")
  func digests() throws {
    let records = try VectorRecord.read("sha256.txt")
    #expect(records.count == 69)
    var tally = OperationTally()
    for record in records {
      let message = try record.bytes("message")
      #expect(Symmetric.sha256(message, tally: &tally) == (try record.bytes("digest")))
    }
    #expect(tally[.byteHashed] == (try records.reduce(0) { try $0 + $1.bytes("message").count }))
  }

  @Test("SHA-256 agrees with the CAVP Monte Carlo checkpoints")
  func monteCarlo() throws {
    let records = try VectorRecord.read("sha256-monte-carlo.txt")
    var seed = try #require(records.first).bytes("seed")
    var tally = OperationTally()
    #expect(records.count == 21)
    for record in records.dropFirst() {
      var last = (seed, seed, seed)
      for _ in 0..<1000 {
        let next = Symmetric.sha256(last.0 + last.1 + last.2, tally: &tally)
        last = (last.1, last.2, next)
      }
      seed = last.2
      #expect(seed == (try record.bytes("digest")))
    }
  }

  @Test("A digest taken in parts is that of the parts joined, and counts the same")
  func parts() {
    let message = [UInt8](0..<200)
    var whole = OperationTally()
    let expected = Symmetric.sha256(message, tally: &whole)
    for cut in [0, 1, 63, 64, 65, 199, 200] {
      var tally = OperationTally()
      var hash = CountedHash()
      hash.update(Array(message[..<cut]))
      hash.update([])
      hash.update(Array(message[cut...]))
      #expect(hash.finish(tally: &tally) == expected)
      #expect(tally == whole)
    }
  }

  @Test("HMAC agrees with RFC 4231 for SHA-256 and SHA-512")
  func authenticationCodes() throws {
    let records = try VectorRecord.read("hmac.txt")
    #expect(records.count == 12)
    for record in records {
      var tally = OperationTally()
      let key = try record.bytes("key")
      let message = try record.bytes("message")
      let tag =
        try record.text("hash") == "sha256"
        ? Symmetric.hmacSHA256(key: key, message: message, tally: &tally)
        : Symmetric.hmacSHA512(key: key, message: message, tally: &tally)
      #expect(tag == (try record.bytes("tag")))
      #expect(tally[.byteHashed] == key.count + message.count)
    }
  }

  @Test("HKDF-SHA-256 agrees with RFC 5869")
  func derivedKeys() throws {
    let records = try VectorRecord.read("hkdf.txt")
    #expect(records.count == 3)
    for record in records {
      var tally = OperationTally()
      let material = try record.bytes("material")
      let salt = try record.bytes("salt")
      let info = try record.bytes("info")
      let expected = try record.bytes("key")
      let key = Symmetric.hkdfSHA256(
        keyMaterial: material, salt: salt, info: info, byteCount: expected.count, tally: &tally)
      #expect(key == expected)
      #expect(tally[.byteHashed] == material.count + salt.count + info.count)
    }
  }

  @Test("AES-256-GCM agrees with McGrew and Viega and with Wycheproof")
  func sealing() throws {
    let records = try VectorRecord.read("aes-256-gcm.txt")
    #expect(records.count == 77)
    for record in records { try check(record) }
  }

  /// A nonce that is not of 96 bits is refused, whatever the vector says of it.
  private func check(_ record: VectorRecord) throws {
    let key = try record.bytes("key")
    let nonce = try record.bytes("nonce")
    let data = try record.bytes("data")
    let message = try record.bytes("message")
    let sealed = try record.bytes("ciphertext") + record.bytes("tag")
    var tally = OperationTally()
    let opened = Result { () throws(SymmetricFailure) in
      try Symmetric.open(sealed, key: key, nonce: nonce, additionalData: data, tally: &tally)
    }
    guard nonce.count == Symmetric.nonceByteCount else {
      #expect(opened == .failure(.nonceLength(found: nonce.count, allowed: 12)))
      #expect(tally == OperationTally())
      return
    }
    #expect(tally[.byteSealed] == message.count + data.count)
    if try record.text("result") == "valid" {
      #expect(opened == .success(message), "\(record.testDescription)")
      let own = Symmetric.seal(
        message, key: key, nonce: nonce, additionalData: data, tally: &tally)
      #expect(own == sealed, "\(record.testDescription)")
      #expect(tally[.byteSealed] == 2 * (message.count + data.count))
    } else {
      #expect(opened == .failure(.authentication), "\(record.testDescription)")
    }
  }

  @Test("No altered byte of key, nonce, data, ciphertext or tag opens, nor a shortened message")
  func alteredBytes() {
    var tally = OperationTally()
    let key = [UInt8](100..<132)
    let nonce = [UInt8](0..<12)
    let data = [UInt8](0..<20)
    let message = Array("a record of some length".utf8)
    let sealed = Symmetric.seal(
      message, key: key, nonce: nonce, additionalData: data, tally: &tally)
    #expect(sealed.count == message.count + Symmetric.tagByteCount)

    func opened(_ parts: [[UInt8]]) -> Result<[UInt8], SymmetricFailure> {
      Result { () throws(SymmetricFailure) in
        try Symmetric.open(
          parts[0], key: parts[1], nonce: parts[2], additionalData: parts[3], tally: &tally)
      }
    }
    let parts = [sealed, key, nonce, data]
    #expect(opened(parts) == .success(message))
    for part in parts.indices {
      for index in parts[part].indices {
        for change in [1, 0x80, 0xff] as [UInt8] {
          var altered = parts
          altered[part][index] ^= change
          #expect(opened(altered) == .failure(.authentication))
        }
      }
    }
    for count in 0..<sealed.count {
      let failure: SymmetricFailure =
        count < 16 ? .truncated(found: count, minimum: 16) : .authentication
      #expect(opened([Array(sealed.prefix(count)), key, nonce, data]) == .failure(failure))
    }
    #expect(opened([sealed + [0], key, nonce, data]) == .failure(.authentication))
  }
}
