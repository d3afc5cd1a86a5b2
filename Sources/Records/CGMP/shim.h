// GMP for Swift. gmp.h renames its functions with macros, which Swift does not import; these inline
// wrappers give them back their documented names. They add nothing: each is one call.
#ifndef CONSIM_GMP_SHIM_H
#define CONSIM_GMP_SHIM_H

#include <gmp.h>

// Natural numbers of n limbs at raw addresses: the prime field.

static inline void limbs_copy(mp_limb_t *to, const mp_limb_t *from, mp_size_t n) {
  mpn_copyi(to, from, n);
}
static inline int limbs_compare(const mp_limb_t *a, const mp_limb_t *b, mp_size_t n) {
  return mpn_cmp(a, b, n);
}
static inline mp_limb_t limbs_add(mp_limb_t *r, const mp_limb_t *a, const mp_limb_t *b, mp_size_t n) {
  return mpn_add_n(r, a, b, n);
}
static inline mp_limb_t limbs_subtract(mp_limb_t *r, const mp_limb_t *a, const mp_limb_t *b, mp_size_t n) {
  return mpn_sub_n(r, a, b, n);
}
static inline mp_limb_t limbs_add_limb(mp_limb_t *r, const mp_limb_t *a, mp_size_t n, mp_limb_t b) {
  return mpn_add_1(r, a, n, b);
}
static inline mp_limb_t limbs_subtract_limb(mp_limb_t *r, const mp_limb_t *a, mp_size_t n, mp_limb_t b) {
  return mpn_sub_1(r, a, n, b);
}
static inline mp_limb_t limbs_shift_left(mp_limb_t *r, const mp_limb_t *a, mp_size_t n, unsigned bits) {
  return mpn_lshift(r, a, n, bits);
}
static inline mp_limb_t limbs_shift_right(mp_limb_t *r, const mp_limb_t *a, mp_size_t n, unsigned bits) {
  return mpn_rshift(r, a, n, bits);
}
// r has 2n limbs and overlaps neither factor.
static inline void limbs_multiply(mp_limb_t *r, const mp_limb_t *a, const mp_limb_t *b, mp_size_t n) {
  mpn_mul_n(r, a, b, n);
}
static inline void limbs_square(mp_limb_t *r, const mp_limb_t *a, mp_size_t n) {
  mpn_sqr(r, a, n);
}
static inline mp_limb_t limbs_add_product(mp_limb_t *r, const mp_limb_t *a, mp_size_t n, mp_limb_t b) {
  return mpn_addmul_1(r, a, n, b);
}
static inline void limbs_divide(
    mp_limb_t *quotient, mp_limb_t *remainder, const mp_limb_t *a, mp_size_t n, const mp_limb_t *d,
    mp_size_t m) {
  mpn_tdiv_qr(quotient, remainder, 0, a, n, d, m);
}

// Integers of any size: set-up, RSA, inversion and serialisation.

static inline void integer_init(mpz_ptr a) { mpz_init(a); }
static inline void integer_init_bits(mpz_ptr a, mp_bitcnt_t bits) { mpz_init2(a, bits); }
static inline void integer_clear(mpz_ptr a) { mpz_clear(a); }
static inline void integer_set(mpz_ptr r, mpz_srcptr a) { mpz_set(r, a); }
static inline void integer_set_limb(mpz_ptr r, mp_limb_t a) { mpz_set_ui(r, a); }
static inline int integer_compare(mpz_srcptr a, mpz_srcptr b) { return mpz_cmp(a, b); }
static inline int integer_compare_limb(mpz_srcptr a, mp_limb_t b) { return mpz_cmp_ui(a, b); }
static inline int integer_sign(mpz_srcptr a) { return mpz_sgn(a); }
static inline size_t integer_bits(mpz_srcptr a) { return mpz_sizeinbase(a, 2); }
static inline int integer_bit(mpz_srcptr a, mp_bitcnt_t index) { return mpz_tstbit(a, index); }
static inline void integer_set_bit(mpz_ptr a, mp_bitcnt_t index) { mpz_setbit(a, index); }
static inline void integer_add(mpz_ptr r, mpz_srcptr a, mpz_srcptr b) { mpz_add(r, a, b); }
static inline void integer_add_limb(mpz_ptr r, mpz_srcptr a, mp_limb_t b) { mpz_add_ui(r, a, b); }
static inline void integer_subtract(mpz_ptr r, mpz_srcptr a, mpz_srcptr b) { mpz_sub(r, a, b); }
static inline void integer_subtract_limb(mpz_ptr r, mpz_srcptr a, mp_limb_t b) { mpz_sub_ui(r, a, b); }
static inline void integer_multiply(mpz_ptr r, mpz_srcptr a, mpz_srcptr b) { mpz_mul(r, a, b); }
static inline void integer_remainder(mpz_ptr r, mpz_srcptr a, mpz_srcptr b) { mpz_mod(r, a, b); }
static inline void integer_quotient(mpz_ptr r, mpz_srcptr a, mpz_srcptr b) { mpz_fdiv_q(r, a, b); }
static inline void integer_power(mpz_ptr r, mpz_srcptr a, mpz_srcptr e, mpz_srcptr m) { mpz_powm(r, a, e, m); }
static inline void integer_power_secret(mpz_ptr r, mpz_srcptr a, mpz_srcptr e, mpz_srcptr m) {
  mpz_powm_sec(r, a, e, m);
}
static inline int integer_invert(mpz_ptr r, mpz_srcptr a, mpz_srcptr m) { return mpz_invert(r, a, m); }
static inline void integer_gcd(mpz_ptr r, mpz_srcptr a, mpz_srcptr b) { mpz_gcd(r, a, b); }
static inline void integer_next_prime(mpz_ptr r, mpz_srcptr a) { mpz_nextprime(r, a); }
static inline int integer_is_probably_prime(mpz_srcptr a, int rounds) { return mpz_probab_prime_p(a, rounds); }
// Big-endian bytes without sign.
static inline void integer_import(mpz_ptr r, size_t count, const void *bytes) {
  mpz_import(r, count, 1, 1, 1, 0, bytes);
}
static inline void integer_export(void *bytes, size_t *count, mpz_srcptr a) {
  mpz_export(bytes, count, 1, 1, 1, 0, a);
}
static inline size_t integer_limb_count(mpz_srcptr a) { return mpz_size(a); }
static inline const mp_limb_t *integer_limbs(mpz_srcptr a) { return mpz_limbs_read(a); }
// The limbs of r can be written until integer_finish_writing says how many count.
static inline mp_limb_t *integer_write(mpz_ptr r, mp_size_t n) { return mpz_limbs_write(r, n); }
static inline void integer_finish_writing(mpz_ptr r, mp_size_t n) { mpz_limbs_finish(r, n); }

#endif
