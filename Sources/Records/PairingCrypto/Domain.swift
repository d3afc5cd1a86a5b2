import CGMP

/// The constants of one parameter set, computed once.
///
/// q + 1 = h r with h a multiple of 12, so q = 3 mod 4, the curve y² = x³ + x is supersingular
/// and has h r points over F_q, among them points of order 2, 3 and 4.
final class Domain: Sendable {
  /// The set.
  let parameters: ParameterSet
  /// Limbs of a field element.
  let limbCount: Int
  /// Bytes of a field element.
  let fieldBytes: Int
  /// Bytes of a scalar.
  let scalarBytes: Int
  /// q, r and h in limbs.
  let modulus: [UInt]
  /// r, the order of both groups.
  let order: [UInt]
  /// h, the number of points over the order.
  let cofactor: [UInt]
  /// (q + 1) / 4: the exponent of a square root.
  let rootExponent: [UInt]
  /// -1/q modulo 2^64.
  let negatedInverse: UInt
  /// q, then R, R², R³ and R/2 modulo q for R = 2^(64 n): what a field context copies.
  let fieldConstants: [UInt]
  /// The signed digits of r below its leading one, the most significant first.
  let loop: [Int8]

  /// Bits of the order.
  var orderBits: Int { order.bitWidth }

  /// Derives all constants from the order and the cofactor, both in hexadecimal, and the field.
  init(_ parameters: ParameterSet, modulus: String, order: String, cofactor: String) {
    self.parameters = parameters
    let q = [UInt](hexadecimal: modulus)
    self.modulus = q
    self.order = [UInt](hexadecimal: order)
    self.cofactor = [UInt](hexadecimal: cofactor)
    limbCount = q.count
    fieldBytes = (q.bitWidth + 7) / 8
    scalarBytes = (self.order.bitWidth + 7) / 8
    var inverse = q[0]
    for _ in 0..<5 { inverse &*= 2 &- q[0] &* inverse }
    negatedInverse = 0 &- inverse

    let n = q.count
    let one = ([UInt](repeating: 0, count: n) + [1]).remainder(by: q)
    let second = one.times(one).remainder(by: q)
    let third = second.times(one).remainder(by: q)
    var half = [UInt](repeating: 0, count: n + 1)
    limbs_copy(&half, one, n)
    if one[0] & 1 == 1 { half[n] = limbs_add(&half, one, q, n) }
    let odd = half
    _ = limbs_shift_right(&half, odd, n + 1, 1)
    fieldConstants = q + one + second + third + half[..<n]

    var root = q
    _ = limbs_add_limb(&root, q, n, 1)
    let next = root
    _ = limbs_shift_right(&root, next, n, 2)
    rootExponent = root

    let bits = self.order.bitWidth
    var digits = [Int8](repeating: 0, count: bits + 1)
    let end = self.order.withLimbs { limbs in
      SignedDigits.nonAdjacent(
        BitReader(limbs: limbs, count: (bits + 63) / 64), bits: bits, width: 2, into: &digits)
    }
    loop = digits[..<(end - 1)].reversed()
  }

  /// The insecure set: r = 2^61 - 1 and the least multiple h of 12 for which h r - 1 is prime, 72.
  static let toy = Domain(
    .toy, modulus: "8ffffffffffffffb7", order: "1fffffffffffffff", cofactor: "48")

  /// The constants of PBC's `a.param`; r = 2^159 + 2^107 + 1.
  static let ss512 = Domain(
    .ss512,
    modulus: "a7a73868e95fba886edef8ce96e7217e364bb946f5ed839628d1f80010940622"
      + "a7afdaf9b049744a459e54dab7ba5be92539e8ff9b4f30a3cf6230c28e284d97",
    order: "8000000000000800000000000000000000000001",
    cofactor: "14f4e70d1d2bf601bf6b0d47137cc83915f505f0e85050f93a6344777e2cd28f"
      + "f9b4f30a3cf6230c28e284d98")

  /// r = 2^256 - 2^194 - 1; h from SHA-256 of the seed EHR-SS1536-v1 with a counter, rounded up
  /// to a multiple of 12, plus 12 · 794, the first for which q is a prime of 1536 bits.
  static let ss1536 = Domain(
    .ss1536,
    modulus: "f284fa6c057a87df3fcce652809e5a447677a6cc9e39bcc5892897449285b400"
      + "0f2f5e0a4ddc041948dff47978cba46a8c6ae1a03330a61fd45b08d998727704"
      + "e2b00c79041eb212b5ea6d60a520c0a6417a69b5311fc4f94c455b934aef3503"
      + "ac0d760cb4b0e6bb09e7375eea24d499d1868b12d3944d31fbaa416858a7ae99"
      + "9332d616cbd8ca2b8cae1e6f1dafb2e8b9793790a7e0a3e75d527ab2c98c0214"
      + "ae2c43f0cf68a87e3e3561969e728ebbf95174adf95dac0c09fc4866c6d9b113",
    order: "fffffffffffffffbffffffffffffffffffffffffffffffffffffffffffffffff",
    cofactor: "f284fa6c057a87e309e0d002968879d09dfae6d6f85ba408011432a073f44421"
      + "060522f823279c806ad5505c9bf2903cd5bb09e99b568b1b2c5b632079c0e792"
      + "9a22bbf30e49ecdd894aad897a3b04593c6029c4b56261796a2165c69a39a27b"
      + "eeb5c91a2be15d884e09095113e54f14460ada1bd88beafc7df70f9e5510fd07"
      + "79c4ddaa4bfe1bd1c1ca9e69618d714406ae8b5206a253f3f603b79939264eec")
}

extension ParameterSet {
  /// The constants of this set.
  var domain: Domain {
    switch self {
    case .toy: .toy
    case .ss512: .ss512
    case .ss1536: .ss1536
    }
  }

  /// Bytes of an element of G.
  public var elementBytes: Int { 1 + domain.fieldBytes }

  /// Bytes of an element of G_T.
  public var targetBytes: Int { 2 * domain.fieldBytes }

  /// Bytes of a scalar.
  public var scalarBytes: Int { domain.scalarBytes }
}
