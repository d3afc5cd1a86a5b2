import Testing

@testable import PairingCrypto

@Suite("DeterministicGenerator")
struct DeterministicGeneratorTests {
  @Test("HMAC_DRBG agrees with CAVP: SHA-256, no reseed, count 0, second request")
  func cavp() throws {
    let entropy = try #require(
      [UInt8](hex: "ca851911349384bffe89de1cbdc46e6831e44d34a4fb935ee285dd14b71a7488"))
    let nonce = try #require([UInt8](hex: "659ba96c601dc69fc902940805ec0ca8"))
    var generator = HMACGenerator(seedMaterial: entropy + nonce)
    _ = generator.generate(count: 128)
    let expected =
      "e528e9abf2dece54d47c7e75e5fe302149f817ea9fb4bee6f4199697d04d5b89"
      + "d54fbb978a15b5c443c9ec21036d2460b6f73ebad0dc2aba6e624abf07745bc1"
      + "07694bb7547bb0995f70de25d6b29e2d3011bb19d27676c07162c8b5ccde0668"
      + "961df86803482cb37ed6d5c0bb8d50cf1f50d476aa0458bdaba806f48be9dcb8"
    #expect(generator.generate(count: 128).hex == expected)
  }

  /// RFC 6979 draws k by HMAC_DRBG from the private key and the hashed message.
  @Test(
    "HMAC_DRBG agrees with RFC 6979 A.2.5: P-256, SHA-256",
    arguments: [
      ("sample", "a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60"),
      ("test", "d16b6ae827f17175e040871a1c7ec3500192c4c92677336ec2537acaee0008e0"),
    ])
  func deterministicECDSA(message: String, expected: String) throws {
    let key = try #require(
      [UInt8](hex: "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"))
    var tally = OperationTally()
    // Both digests are below the order, so reducing them changes nothing.
    let digest = Symmetric.sha256(Array(message.utf8), tally: &tally)
    var generator = HMACGenerator(seedMaterial: key + digest)
    #expect(generator.generate(count: 32).hex == expected)
  }

  @Test("The stream is the one an independent program computes, across requests")
  func stream() {
    var generator = DeterministicGenerator(seed: 7, party: "owner", purpose: "stream")
    let bytes = generator.bytes(count: 272)
    #expect(
      bytes.suffix(32).map { $0 }.hex
        == "f4f26baaf2d637f2d8fdb27be5c119c1478922326e010cbc2ea1362688d7ce01")
  }

  @Test("Words are the bytes of the stream, big-endian; a drawn word is never split")
  func words() {
    var words = DeterministicGenerator(seed: 1, party: "a", purpose: "b")
    var bytes = words
    for count in [1, 7, 8, 9, 16] {
      let drawn = bytes.bytes(count: count)
      var expected: [UInt8] = []
      while expected.count < count {
        withUnsafeBytes(of: words.next().bigEndian) { expected.append(contentsOf: $0) }
      }
      #expect(drawn == Array(expected.prefix(count)))
    }
    #expect(words.next() == bytes.next())
  }

  @Test("The same seed, party and purpose repeat; a number is a seed of eight bytes")
  func repeats() {
    var first = DeterministicGenerator(seed: 0x0102, party: "owner", purpose: "rsa")
    var second = DeterministicGenerator(
      seed: [0, 0, 0, 0, 0, 0, 1, 2], party: "owner", purpose: "rsa")
    for _ in 0..<100 { #expect(first.next() == second.next()) }
  }

  @Test("No two seeds, parties or purposes share a stream, not even where joined they are equal")
  func separation() {
    let seeds: [[UInt8]] = [[], [0], [0, 0], [1], Array("ab".utf8), Array("abc".utf8)]
    let names = ["", "a", "ab", "abc", "b", "bc", "c", "\0", "a\0", "owner 1", "owner 11"]
    var words: Set<UInt64> = []
    for seed in seeds {
      for party in names {
        for purpose in names {
          var generator = DeterministicGenerator(seed: seed, party: party, purpose: purpose)
          for _ in 0..<2 { words.insert(generator.next()) }
        }
      }
    }
    #expect(words.count == 2 * seeds.count * names.count * names.count)
  }
}
