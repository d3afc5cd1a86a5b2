import DiscreteEvents
import PairingCrypto
import RecordSharing
import Testing

@testable import HealthRecords

@Suite("Secret scans") struct SecretScanTests {
  static func bytes(_ count: Int, _ seed: UInt64) -> [UInt8] {
    var draw = Seed(seed).draw(.choice, UInt64(count))
    return (0..<count).map { _ in UInt8(draw.below(256)) }
  }

  @Test("A secret is found wherever it begins", arguments: [8, 15, 16, 17, 20, 65, 128])
  func alignment(length: Int) {
    var scan = SecretScan()
    for other in 0..<2000 { scan.add(Self.bytes(32, UInt64(1000 + other)), as: "another") }
    let secret = Self.bytes(length, 7)
    scan.add(secret, as: "it")
    let traffic = Self.bytes(300, 9)
    #expect(scan.scan(traffic) == nil)
    for place in 0...64 {
      #expect(scan.scan(Array(traffic[..<place]) + secret + traffic[place...]) == "it")
    }
    #expect(scan.scan(secret) == "it")
    #expect(scan.scannedBytes == 300 + 65 * (300 + length) + length)
  }

  @Test("Any aligned piece of a long text is found, and its end")
  func pieces() {
    let text = Self.bytes(5000, 3)
    var scan = SecretScan()
    scan.add(text, as: "text")
    for start in stride(from: 0, to: 4976, by: 16) {
      let piece = Array(text[start..<start + 16])
      #expect(scan.scan([1, 2, 3] + piece) == "text")
    }
    #expect(scan.scan(Array(text.suffix(16))) == "text")
  }

  @Test("Pieces that differ in any bit are not found")
  func differences() {
    let secret = Self.bytes(16, 5)
    var scan = SecretScan()
    scan.add(secret, as: "it")
    for bit in 0..<128 {
      var other = secret
      other[bit / 8] ^= 1 << (bit % 8)
      #expect(scan.scan(other) == nil)
    }
    #expect(scan.scan(Array(secret.dropLast())) == nil)
    #expect(scan.scan(Array(secret.dropFirst())) == nil)
    #expect(scan.scan([]) == nil)
  }

  @Test("Of a text beyond the limit, as many pieces lie evenly")
  func limit() {
    let text = Self.bytes(16 * SecretScan.pieceLimit * 3, 3)
    var scan = SecretScan()
    scan.add(text, as: "text")
    #expect(scan.scan(text) == "text")
    for start in stride(from: 0, to: text.count - 48, by: 16 * 1000) {
      #expect(scan.scan(Array(text[start..<start + 48])) == "text")
    }
  }

  @Test("What is too short to tell from chance is left out")
  func short() {
    var scan = SecretScan()
    scan.add([1, 2, 3, 4, 5, 6, 7], as: "short")
    #expect(scan.scan([1, 2, 3, 4, 5, 6, 7, 8, 9]) == nil)
  }
}
