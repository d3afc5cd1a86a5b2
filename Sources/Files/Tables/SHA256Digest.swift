/// The SHA-256 of bytes (FIPS 180-4), for provenance; no secret is hashed with it.
///
/// Programs that are built without cryptography write and compare provenance, too.
package struct SHA256Digest: Equatable, CustomStringConvertible {
  private var state: [UInt32] = [
    0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB,
    0x5BE0_CD19,
  ]

  private static let blockSize = 64

  /// Hashes bytes.
  package init(of bytes: [UInt8]) {
    var schedule = [UInt32](repeating: 0, count: 64)
    let whole = bytes.count / Self.blockSize * Self.blockSize
    for start in stride(from: 0, to: whole, by: Self.blockSize) {
      take(bytes[start..<start + Self.blockSize], &schedule)
    }
    // One bit, zeros, and the length in bits.
    var rest = Array(bytes[whole...]) + [0x80]
    while rest.count % Self.blockSize != 56 { rest.append(0) }
    let length = UInt64(bytes.count) * 8
    rest += (0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - 8 * $0)) }
    for start in stride(from: 0, to: rest.count, by: Self.blockSize) {
      take(rest[start..<start + Self.blockSize], &schedule)
    }
  }

  /// 64 hexadecimal digits.
  package var description: String {
    state.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }

  private mutating func take(_ block: ArraySlice<UInt8>, _ schedule: inout [UInt32]) {
    for (index, byte) in block.enumerated() {
      schedule[index / 4] = schedule[index / 4] << 8 | UInt32(byte)
    }
    for index in 16..<64 {
      let (early, late) = (schedule[index - 15], schedule[index - 2])
      let first = Self.rotated(early, 7) ^ Self.rotated(early, 18) ^ early >> 3
      let second = Self.rotated(late, 17) ^ Self.rotated(late, 19) ^ late >> 10
      schedule[index] = schedule[index - 16] &+ first &+ schedule[index - 7] &+ second
    }
    var words = state
    for index in 0..<64 {
      let (a, e) = (words[0], words[4])
      let choice = e & words[5] ^ ~e & words[6]
      let majority = a & words[1] ^ a & words[2] ^ words[1] & words[2]
      let mixed =
        words[7] &+ (Self.rotated(e, 6) ^ Self.rotated(e, 11) ^ Self.rotated(e, 25)) &+ choice
        &+ Self.constants[index] &+ schedule[index]
      let sum = (Self.rotated(a, 2) ^ Self.rotated(a, 13) ^ Self.rotated(a, 22)) &+ majority
      words[7] = words[6]
      words[6] = words[5]
      words[5] = e
      words[4] = words[3] &+ mixed
      words[3] = words[2]
      words[2] = words[1]
      words[1] = a
      words[0] = mixed &+ sum
    }
    for index in state.indices { state[index] &+= words[index] }
  }

  private static func rotated(_ word: UInt32, _ places: UInt32) -> UInt32 {
    word >> places | word << (32 - places)
  }

  /// The fractions of the cube roots of the first 64 primes.
  private static let constants: [UInt32] = [
    0x428A_2F98, 0x7137_4491, 0xB5C0_FBCF, 0xE9B5_DBA5, 0x3956_C25B, 0x59F1_11F1, 0x923F_82A4,
    0xAB1C_5ED5, 0xD807_AA98, 0x1283_5B01, 0x2431_85BE, 0x550C_7DC3, 0x72BE_5D74, 0x80DE_B1FE,
    0x9BDC_06A7, 0xC19B_F174, 0xE49B_69C1, 0xEFBE_4786, 0x0FC1_9DC6, 0x240C_A1CC, 0x2DE9_2C6F,
    0x4A74_84AA, 0x5CB0_A9DC, 0x76F9_88DA, 0x983E_5152, 0xA831_C66D, 0xB003_27C8, 0xBF59_7FC7,
    0xC6E0_0BF3, 0xD5A7_9147, 0x06CA_6351, 0x1429_2967, 0x27B7_0A85, 0x2E1B_2138, 0x4D2C_6DFC,
    0x5338_0D13, 0x650A_7354, 0x766A_0ABB, 0x81C2_C92E, 0x9272_2C85, 0xA2BF_E8A1, 0xA81A_664B,
    0xC24B_8B70, 0xC76C_51A3, 0xD192_E819, 0xD699_0624, 0xF40E_3585, 0x106A_A070, 0x19A4_C116,
    0x1E37_6C08, 0x2748_774C, 0x34B0_BCB5, 0x391C_0CB3, 0x4ED8_AA4A, 0x5B9C_CA4F, 0x682E_6FF3,
    0x748F_82EE, 0x78A5_636F, 0x84C8_7814, 0x8CC7_0208, 0x90BE_FFFA, 0xA450_6CEB, 0xBEF9_A3F7,
    0xC671_78F2,
  ]
}
