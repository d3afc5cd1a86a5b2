@testable import PairingCrypto

extension BigInteger {
  /// The digits, to compare in expectations: a number cannot be copied into one.
  var hex: String { bytes(count: (bitWidth + 7) / 8).hex }
}

/// The keys of the tests, drawn once.
enum RSAKeys {
  static let small = draw(.bits2048)
  static let large = draw(.bits3072)
  /// Another key of 2048 bits.
  static let other = draw(.bits2048, party: "other")

  static let all = [small, large]

  private static func draw(_ size: RSAKeySize, party: String = "owner") -> RSAPrivateKey {
    var generator = DeterministicGenerator(
      seed: 7, party: party, purpose: "rsa \(size.bitCount)")
    var tally = OperationTally()
    return .generate(size, using: &generator, tally: &tally)
  }

  /// SHA-256 of a text.
  static func digest(_ text: String) -> [UInt8] {
    var tally = OperationTally()
    return Symmetric.sha256(Array(text.utf8), tally: &tally)
  }
}
