import CGMP

/// The few steps on integers of any size that the groups need.
enum Integers {
  /// The inverse of a number modulo an odd one of as many limbs; traps if there is none.
  static func invert(_ r: Limbs, _ a: ConstantLimbs, modulo modulus: ConstantLimbs, _ n: Int) {
    var value = __mpz_struct()
    var prime = __mpz_struct()
    var inverse = __mpz_struct()
    integer_init_bits(&value, mp_bitcnt_t(n * 64))
    integer_init_bits(&prime, mp_bitcnt_t(n * 64))
    integer_init_bits(&inverse, mp_bitcnt_t((n + 1) * 64))
    defer {
      integer_clear(&value)
      integer_clear(&prime)
      integer_clear(&inverse)
    }
    limbs_copy(integer_write(&value, n), a, n)
    integer_finish_writing(&value, n)
    limbs_copy(integer_write(&prime, n), modulus, n)
    integer_finish_writing(&prime, n)
    let exists = integer_invert(&inverse, &value, &prime)
    precondition(exists != 0, "a number without inverse")
    let count = integer_limb_count(&inverse)
    if let limbs = integer_limbs(&inverse) { limbs_copy(r, limbs, count) }
    for index in count..<n { r[index] = 0 }
  }
}
