/// The elementary functions that distributions need, from + - * / and bit operations alone.
///
/// A mathematics library may round differently from one machine to the next, and one bit of
/// difference in a delay is a different run. IEEE 754 fixes the results of the operations used
/// here, and Swift never fuses them, so these functions answer the same bits everywhere. The
/// approximations are those of FreeBSD's msun (e_log.c, e_exp.c), good to one unit in the last place.
enum Elementary {
  /// ln 2 in two parts; the first has 32 zero bits at its end, so that small multiples are exact.
  private static let ln2High = 0x1.62E4_2FEE_0000_0p-1
  private static let ln2Low = 0x1.A39E_F357_93C7_6p-33

  /// The natural logarithm of a positive, normal, finite number.
  ///
  /// With x = 2^k (1 + f) and 1 + f in [sqrt(1/2), sqrt(2)), and s = f / (2 + f), it is
  /// k ln 2 + 2 atanh(s), whose series in s^2 converges quickly.
  @inline(__always)
  static func logarithm(_ x: Double) -> Double {
    assert(x.isNormal && x > 0, "no logarithm of \(x)")
    // Subtracting the bits of sqrt(1/2) makes the exponent field step exactly where f must wrap.
    let offset = x.bitPattern &- 0x3FE6_A09E_667F_3BCD
    let exponent = Int64(bitPattern: offset) >> 52
    let k = Double(exponent)
    let f = Double(bitPattern: x.bitPattern &- UInt64(bitPattern: exponent << 52)) - 1
    let s = f / (2 + f)
    let z = s * s
    let w = z * z
    let even =
      w * (0.399_999_999_994_094_2 + w * (0.222_221_984_321_497_84 + w * 0.153_138_376_992_093_73))
    let odd =
      z
      * (0.666_666_666_666_673_5
        + w
        * (0.285_714_287_436_623_9
          + w * (0.181_835_721_616_180_5 + w * 0.147_981_986_051_165_86)))
    let half = 0.5 * f * f
    return k * ln2High - ((half - (s * (half + (odd + even)) + k * ln2Low)) - f)
  }

  /// e to the power `x`: 0 below -708, infinite above 709.
  ///
  /// With x = k ln 2 + r and |r| <= ln 2 / 2, it is 2^k e^r, and e^r is a rational function of r.
  static func exponential(_ x: Double) -> Double {
    guard x > -708 else { return 0 }
    guard x < 709 else { return .infinity }
    let k = Int64(x * 0x1.7154_7652_B82F_Ep0 + (x < 0 ? -0.5 : 0.5))
    let high = x - Double(k) * ln2High
    let low = Double(k) * ln2Low
    let r = high - low
    let t = r * r
    let p1 = 0.166_666_666_666_666_02
    let p2 = -2.777_777_777_701_559_3e-3
    let p3 = 6.613_756_321_437_934e-5
    let p4 = -1.653_390_220_546_525_2e-6
    let p5 = 4.138_136_797_057_238_5e-8
    let c = r - t * (p1 + t * (p2 + t * (p3 + t * (p4 + t * p5))))
    let power = 1 - ((low - (r * c) / (2 - c)) - high)
    return power * Double(bitPattern: UInt64(bitPattern: (k + 1023) << 52))
  }
}
