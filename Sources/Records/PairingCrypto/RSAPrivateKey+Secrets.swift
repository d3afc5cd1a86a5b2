extension RSAPrivateKey {
  /// The primes and the secret exponents, each by itself, big-endian: for whoever looks whether they
  /// are where they must not be.
  public var secretBytes: [[UInt8]] { [p, q, exponent, exponentP, exponentQ, inverseOfQ] }
}
